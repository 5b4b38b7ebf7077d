// Package audit keeps a record of who did what, to what, and when, in which a change made later shows.
//
//	log, err := audit.OpenFile("/var/lib/app/audit.jsonl", audit.FileOptions{})
//	…
//	_, err = log.Append(ctx, audit.Entry{Actor: "ada", Action: "key.revoke", Target: key.ID})
//
// Every entry has the hash of the one before it and a hash of itself, so that an entry which is changed, left out, put in
// or moved breaks the chain. Verify reads a log and names the first entry where it does.
//
// # What a chain proves, and what not
//
// Whoever can write the log can also write a new chain from any entry on. Two things help, and are best used together:
//
//   - A key. With Chain's key the hashes are HMACs, which nobody makes who does not have the key.
//   - A pin. Head is the number and hash of the last entry. Kept somewhere else (in another system, on paper, in a
//     message to the auditor) and given to Verify, it shows any change of what was there, also a tail that was cut off,
//     which no key shows.
//
// # The bytes that are hashed
//
// SHA-256, or HMAC-SHA-256 where there is a key, of these, one after another; integers have the highest byte first:
//
//	"telltale/audit/1\n"
//	Seq        8 bytes
//	Time       8 bytes, nanoseconds since 1970 in UTC
//	Actor, Action, Target, Before, After, RequestID, IP
//	           each: its length in bytes as 4 bytes, then the bytes; none is the length 0
//	PrevHash   32 bytes, zero for the first entry
//
// Before and After are JSON without white space between tokens, otherwise as they were given.
//
// # Private things
//
// Before and After go through the redaction of the telemetry the context belongs to (see observe.Config): secrets are
// removed before anything is hashed or written. Personal data stays, since an audit log is about persons.
package audit
