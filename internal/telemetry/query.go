package telemetry

import (
	"math"
	"time"
)

// Range is a half-open interval of Event.Time in Unix nanoseconds. A zero To has no end.
type Range struct{ From, To int64 }

// Contains reports whether t is in the range.
func (r Range) Contains(t int64) bool { return t >= r.From && (r.To == 0 || t < r.To) }

// End is To, or the largest time.
func (r Range) End() int64 {
	if r.To == 0 {
		return math.MaxInt64
	}
	return r.To
}

// Query asks for spans or logs. Which, the method it is given to says.
type Query struct {
	Range  Range
	Filter Expr // nil matches all
	Order  Order
	Limit  int     // 0 is no limit
	After  *Cursor // only what comes after it in the order
	// Light leaves out the long parts: bodies, messages, tool arguments and results are cut to PreviewBytes, and events,
	// links and resource are absent. Lists use it; whole records are fetched one at a time.
	Light bool
	// Fields are what is needed of the records; nil is everything. Whatever they do not name may be missing, but for the time,
	// the ids of trace and span, the kind, and whether there is GenAI. The field attr without a key is all attributes.
	Fields []FieldRef
}

// PreviewBytes is how much of a long text a Light query keeps. The cut is at a rune's border.
const PreviewBytes = 256

// Order of results.
type Order uint8

// Orders. Equal times are ordered by trace, then span id, so that a cursor is exact.
const (
	NewestFirst Order = iota
	OldestFirst
)

// Cursor is a place in a result: the last record that was read.
type Cursor struct {
	Time    int64
	TraceID TraceID
	SpanID  SpanID
	Skip    int // records already read with the very same time and ids (logs of one span may share them)
}

// Expr is a condition on a record: And, Or, Not, Cond.
type Expr interface{ isExpr() }

// And matches if all do. An empty And matches all.
type And []Expr

// Or matches if any does. An empty Or matches nothing.
type Or []Expr

// Not matches if the inner does not.
type Not struct{ Expr Expr }

// Cond compares one field.
type Cond struct {
	Field FieldRef
	Op    Op
	// Values are the texts of Equals (any of them), Prefix, Contains, Word and Phrase (one).
	Values []string
	// Low and High are the inclusive bounds of Between, in the unit of the field; ±Inf is open.
	Low, High float64
}

func (And) isExpr()  {}
func (Or) isExpr()   {}
func (Not) isExpr()  {}
func (Cond) isExpr() {}

// Op compares.
type Op uint8

// Operators.
const (
	Equals   Op = iota // field:a,b — one of the values, exactly; numbers by Between
	Prefix             // field:pre*
	Contains           // field:~sub — exact, case matters
	Exists             // field:* — known and not empty
	Between            // field:>3s, field:1..5
	Word               // word — a whole word of the text, ASCII case aside
	Phrase             // "some words" — these words in a row with what is between them, ASCII case aside
)

// FieldRef names a field, and for attributes and resources the key.
type FieldRef struct {
	Field *Field
	Key   string
}

func (r FieldRef) String() string {
	if r.Field == nil {
		return ""
	}
	if r.Field.Keyed {
		return r.Field.Name + "." + r.Key
	}
	return r.Field.Name
}

// AggregateQuery groups records.
type AggregateQuery struct {
	Signal  Signal
	Range   Range
	Filter  Expr
	Bucket  time.Duration // 0: one bucket over everything
	GroupBy []FieldRef
	Columns []Aggregation
	// OrderBy is the index in Columns by which groups are sorted, largest first; -1 sorts by keys. Limit keeps the first
	// groups over all buckets; 0 keeps all.
	OrderBy int
	Limit   int
}

// Aggregation is one number a group is reduced to. Unknown values do not take part.
type Aggregation struct {
	Func     Func
	Field    FieldRef // of a numeric type; none for Count
	Quantile float64  // 0 to 1
}

// Func reduces values to one.
type Func uint8

// Functions. Quantiles are within 1 % of the value of that rank.
const (
	CountRecords Func = iota
	Sum
	Avg
	Min
	Max
	Quantile
)

// Table is the answer to an AggregateQuery: by bucket, then in the order asked for.
type Table struct{ Rows []Row }

// Row is one group in one bucket.
type Row struct {
	Bucket int64     // Unix nanoseconds at which the bucket begins, a multiple of its width
	Keys   []string  // values of GroupBy
	Values []float64 // of Columns, in the unit of the field; NaN where nothing was known
}
