// Package apikey makes, keeps and checks the API keys of a service.
//
// A key is shown once, when it is made. What is kept is its SHA-256, which nobody can turn back into the key, since a key
// has 256 random bits.
//
//	keys := apikey.New(store, apikey.Options{})
//	defer keys.Close(ctx) // writes when keys were last used
//
//	secret, key, err := keys.Create(ctx, apikey.Grant{Name: "ci", User: "ada", Tenant: "acme"})
//	fmt.Println(secret.Reveal()) // sk-…, for the user, once
//
//	mux.Handle("/v1/", keys.Require()(api)) // 401 unknown, 403 revoked or expired
//
// # The text of a key
//
// It is "sk-", 43 characters of base62 that hold 256 random bits, and 6 that hold a CRC-32 of what stands before them: 52 in
// all. A typing error is refused by the checksum, without a lookup. The checksum is no secret: whoever wants can make texts
// that pass it, and they are unknown.
//
// # What a check costs
//
// Validate remembers what the store said for a short time (Options.Remember, Options.RememberUnknown), in bounded memory.
// What is changed through a Keys holds there at once; what another process changes holds once the memory of it is over.
// Unknown keys have a memory of their own, so that guessing never pushes out the keys in use.
//
// # Stores
//
// MemoryStore is for tests and tools. Package sqlite, a module of its own, keeps keys in a file. For a database of your own
// implement Store and run package keytest against it.
package apikey
