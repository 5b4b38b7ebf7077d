// Package redact removes secrets and personal data from text before it is stored or sent.
//
// A [Redactor] looks at the shape of a text (API keys, tokens, private keys, e-mail addresses, phone and card numbers)
// and at the names in it (password=…, "client_secret":"…"), and puts a visible marker such as [redacted:email] in place
// of what it finds; the name of an object holds for all that is in it. Text around a find stays as it was, byte for byte.
//
//	r, err := redact.New(redact.Options{})
//	if err != nil {
//		return err
//	}
//	text, n := r.String("ask ada@example.com, key sk-proj-1a2B3c4D5e6F7g8H")
//	// text: "ask [redacted:email], key [redacted:api_key]", n: 2
//
// # What can be relied on
//
// Redacting twice changes nothing more. Text that is valid UTF-8 stays so, and a JSON object, array or string stays valid
// JSON, at every level of JSON quoted inside JSON. Where nothing is found the same string comes back, without an
// allocation. A Redactor never changes and may be used by any number of goroutines.
//
// # What it is not
//
// Detection by shape is a safety net. A password in the middle of a sentence has no shape, a person's name has none
// either: names are removed only under keys that say so, such as user.full_name. What must not leave a process should not
// be written in the first place; for whole prompts use a content policy.
//
// It errs to the side of keeping: token counts, ids, timestamps, hashes, versions and file names stay, and so do code that
// reads a secret from somewhere (password = os.environ["DB_PASSWORD"]) and placeholders (sk-..., <your token>).
package redact
