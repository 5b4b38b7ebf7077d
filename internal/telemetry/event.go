package telemetry

// Event is what spans and logs have in common.
//
// Strings are empty when absent. They are hostile input: whoever shows one escapes it for where it is shown.
type Event struct {
	Time        int64 // Unix nanoseconds: when a span began, when a log was written
	Service     string
	Environment string
	Name        string // span name; for a log its event name or logger
	TraceID     TraceID
	SpanID      SpanID // of a log: the span it was written in
	RequestID   string // well-formed, see ValidRequestID
	UserID      string
	TenantID    string
	SessionID   string // conversation
	KeyID       string // API key the caller used, never the key itself
	Body        string // text of a log; empty on spans
	Attributes  Attrs
	Resource    Attrs
	Scope       Scope

	HTTPMethod string
	HTTPPath   string // route template where known, else the URL's path without query
	HTTPStatus Opt    // response code
	ErrorType  string // low-cardinality class of what went wrong: an exception type, an error code of a provider, a status
}

// Span is one finished operation.
type Span struct {
	Event
	ParentID      SpanID
	Kind          Kind
	Status        Status
	StatusMessage string
	Duration      int64 // nanoseconds, never negative
	Events        []SpanEvent
	Links         []Link
	GenAI         *GenAI // nil unless it is of a model, an agent, a tool or a retrieval

	// Repeat marks a later version of a span that is stored already: the same trace and span id, with facts the first
	// did not have. Readers merge it into the first. It carries usage and cost only where no version before it did, so that
	// every sum has them once.
	Repeat bool
}

// AttrMessages is an attribute of Repeats, not shown to users: their messages are some of those of the span, each list
// told by logs of its own, and come behind those that other Repeats with the attribute brought. Its value names the texts:
// AllMessages, or some of its words.
const (
	AttrMessages = "telltale.messages"
	AllMessages  = "input output system"
)

// AttrService is an attribute of a span whose service is a guess, with ServiceGuessed: the name of the client's software. It
// gives way to the service of a Repeat, and the attribute goes.
const (
	AttrService    = "telltale.service"
	ServiceGuessed = "guessed"
)

// Log is one record of something that happened.
type Log struct {
	Event
	Severity Severity

	// Batch is a hash of the export request the record came in, so that a request sent twice is known again after a
	// restart. Zero where the transport does not retry.
	Batch uint64
}

// Batch is a set of records that becomes durable together or not at all.
type Batch struct {
	Spans []Span
	Logs  []Log

	// Counts are added to the books in the same write, see Books.
	Counts []Count
}

// Len is the number of records.
func (b *Batch) Len() int { return len(b.Spans) + len(b.Logs) }

// Scope names the instrumentation that made a record.
type Scope struct{ Name, Version string }

// SpanEvent is something that happened at a moment of a span.
type SpanEvent struct {
	Time       int64 // Unix nanoseconds
	Name       string
	Attributes Attrs
}

// Link points to a span of this or another trace.
type Link struct {
	TraceID    TraceID
	SpanID     SpanID
	Attributes Attrs
}

// Attr is one attribute. Numbers and booleans are kept as their JSON text, lists and maps as JSON.
type Attr struct{ Key, Value string }

// Attrs is a list of attributes. Keys are unique; the order is the sender's.
type Attrs []Attr

// Get returns the value of key, and whether it is there.
func (a Attrs) Get(key string) (string, bool) {
	for i := range a {
		if a[i].Key == key {
			return a[i].Value, true
		}
	}
	return "", false
}

// Value returns the value of key, or nothing.
func (a Attrs) Value(key string) string {
	v, _ := a.Get(key)
	return v
}

// Set replaces the value of key or adds it, and returns the list.
func (a Attrs) Set(key, value string) Attrs {
	for i := range a {
		if a[i].Key == key {
			a[i].Value = value
			return a
		}
	}
	return append(a, Attr{key, value})
}

// Delete removes key, keeping the order of the rest, and returns the list.
func (a Attrs) Delete(key string) Attrs {
	for i := range a {
		if a[i].Key == key {
			return append(a[:i], a[i+1:]...)
		}
	}
	return a
}

// Opt is a number that may be unknown. Unknown is not zero: it is left out of sums and averages.
type Opt struct {
	Value int64
	Known bool
}

// Known makes a number that is known.
func Known(v int64) Opt { return Opt{Value: v, Known: true} }

// Or returns the number, or other where it is unknown.
func (o Opt) Or(other int64) int64 {
	if o.Known {
		return o.Value
	}
	return other
}

// Kind is the role of a span, with the numbers of OTLP.
type Kind uint8

// Span kinds.
const (
	KindUnspecified Kind = iota
	KindInternal
	KindServer
	KindClient
	KindProducer
	KindConsumer
)

var kindNames = [...]string{"", "internal", "server", "client", "producer", "consumer"}

func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return ""
}

// ParseKind is the reverse of String; what it does not know is KindUnspecified.
func ParseKind(s string) Kind {
	for i, n := range kindNames {
		if n == s {
			return Kind(i)
		}
	}
	return KindUnspecified
}

// Status says whether a span failed. OTLP's unset counts as ok.
type Status uint8

// Span statuses.
const (
	StatusOK Status = iota
	StatusError
)

func (s Status) String() string {
	if s == StatusError {
		return "error"
	}
	return "ok"
}

// Severity of a log, with the numbers of OTLP (1 to 24); 0 is unknown.
type Severity uint8

// The first number of each level.
const (
	SeverityUnknown Severity = 0
	SeverityTrace   Severity = 1
	SeverityDebug   Severity = 5
	SeverityInfo    Severity = 9
	SeverityWarn    Severity = 13
	SeverityError   Severity = 17
	SeverityFatal   Severity = 21
)

var levelNames = [...]string{"trace", "debug", "info", "warn", "error", "fatal"}

// Level is the name of the level: trace, debug, info, warn, error or fatal; empty where unknown.
func (s Severity) Level() string {
	if s == 0 || s > 24 {
		return ""
	}
	return levelNames[(s-1)/4]
}

// ParseLevel reads the name of a level as Level writes it; what it does not know is SeverityUnknown.
func ParseLevel(s string) Severity {
	for i, n := range levelNames {
		if n == s {
			return Severity(4*i + 1)
		}
	}
	return SeverityUnknown
}

// Status of a log is error from SeverityError up.
func (l *Log) Status() Status {
	if l.Severity >= SeverityError {
		return StatusError
	}
	return StatusOK
}
