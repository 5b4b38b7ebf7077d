// Package query is the query language: it reads what a person types into the tree that stores evaluate, says what is
// wrong and where, completes half-written text, and writes trees as text again.
//
// Which fields there are, and of what type, is the table telemetry.Fields. What an expression means is
// telemetry.MatchSpan. This package only knows how it is written:
//
//	model:gpt-4o status:error duration:>3s -user:test* (http.status:500..599 OR "rate limit")
//
// All functions are safe for concurrent use and bounded in time and memory, whatever the text.
package query

// Limits of a query.
const (
	MaxLength     = 8 << 10 // bytes of text
	MaxDepth      = 32      // brackets and negations inside each other
	MaxConditions = 256     // each value of a list that is no plain value counts too
)
