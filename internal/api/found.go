package api

import "time"

// The answers that put records together: traces, errors, sessions, and what sets a selection apart.

// TraceList is a page of traces.
type TraceList struct {
	Traces    []TraceSummary `json:"traces"`
	Next      string         `json:"next_cursor,omitempty" doc:"for the next page; absent on the last"`
	Scanned   int            `json:"scanned" doc:"spans that were read for this page"`
	Truncated bool           `json:"truncated" doc:"the traces of this page have more spans than were read: numbers of traces marked partial are too small, and traces may be missing where the search ended early"`
}

// TraceSummary is what a trace adds up to, over all of its spans, those that q does not match among them.
type TraceSummary struct {
	TraceID     string    `json:"trace_id"`
	Name        string    `json:"name" doc:"of the root span, or of the earliest where the root is missing"`
	Service     string    `json:"service,omitempty" doc:"of the span that gives the name"`
	Services    []string  `json:"services"`
	Start       time.Time `json:"start" doc:"of the first span"`
	DurationNS  int64     `json:"duration_ns" doc:"from the first span's start to the last end of a span"`
	Spans       int       `json:"spans"`
	Logs        int       `json:"logs"`
	Errors      int       `json:"errors" doc:"spans and logs whose status is error"`
	Calls       int       `json:"calls" doc:"model calls"`
	Input       *int64    `json:"input_tokens,omitempty"`
	Output      *int64    `json:"output_tokens,omitempty"`
	CostUSD     *string   `json:"cost_usd,omitempty" doc:"exact; of the calls whose cost is known"`
	Unpriced    int       `json:"unpriced_calls" doc:"calls that used tokens and whose cost is unknown"`
	Status      string    `json:"status" doc:"of the root span; error where the root is missing and a span failed"`
	HTTPStatus  *int64    `json:"http_status,omitempty" doc:"of the span that gives the name"`
	RootMissing bool      `json:"root_missing" doc:"there is no span without a parent: it has not ended yet, or was not sent"`
	Partial     bool      `json:"partial" doc:"it has more spans than were read: its numbers are too small"`
	Agents      []string  `json:"agents"`
	Models      []string  `json:"models" doc:"that were asked for"`
	RequestID   string    `json:"request_id,omitempty"`
	UserID      string    `json:"user_id,omitempty"`
	SessionID   string    `json:"session_id,omitempty"`
}

// ErrorList is the errors of a time, put together by what they say.
type ErrorList struct {
	Errors    []ErrorGroup `json:"errors" doc:"most frequent first"`
	Total     int          `json:"total" doc:"failed spans and error logs that match, exact"`
	Scanned   int          `json:"scanned" doc:"the newest so many of them were read and put together"`
	Folded    int          `json:"folded" doc:"of those that were read: spans and logs that told an error again and were not counted"`
	Truncated bool         `json:"truncated" doc:"not all were read: counts are of those that were, from oldest on"`
	Oldest    *time.Time   `json:"oldest,omitempty" doc:"of what was read"`
	More      bool         `json:"more" doc:"there are more groups than limit"`
	From      time.Time    `json:"from" doc:"when the first bucket begins"`
	BucketNS  int64        `json:"bucket_ns" doc:"width of a bucket"`
}

// ErrorGroup is one kind of error. An error that is told by several spans on its way up, or by a span and its logs, counts
// once, for the deepest that says something of it: the others are layers of it. Spans that say nothing of their own, servers
// that answered 5xx, and those that say the same as one below them are layers.
type ErrorGroup struct {
	Fingerprint string       `json:"fingerprint" doc:"of kind and message, 16 hex digits; the same tomorrow"`
	Kind        string       `json:"kind" doc:"class of the error; without one the HTTP status, or the level of a log"`
	Message     string       `json:"message" doc:"numbers, ids, addresses and quoted texts replaced; the span's name where there is none"`
	Service     string       `json:"service,omitempty" doc:"that of most of them"`
	Services    []string     `json:"services"`
	Source      string       `json:"source" doc:"span, or log where no span tells it"`
	Count       int          `json:"count"`
	Folded      int          `json:"folded" doc:"spans and logs that told one of these errors again, in other layers of the same trace: not in count"`
	First       time.Time    `json:"first"`
	Last        time.Time    `json:"last"`
	Users       int          `json:"users" doc:"different users"`
	Traces      int          `json:"traces" doc:"different traces"`
	Example     ErrorExample `json:"example" doc:"the latest"`
	Buckets     []int        `json:"buckets" doc:"24 counts over the time range"`
}

// ErrorExample is one of the errors of a group.
type ErrorExample struct {
	Time      time.Time `json:"time"`
	TraceID   string    `json:"trace_id,omitempty"`
	SpanID    string    `json:"span_id,omitempty"`
	RequestID string    `json:"request_id,omitempty"`
	Name      string    `json:"name,omitempty" doc:"of the span, or logger"`
	Message   string    `json:"message" doc:"as it was written, cut to a preview"`
}

// ErrorOccurrences are the errors of one group.
type ErrorOccurrences struct {
	Fingerprint string            `json:"fingerprint"`
	Kind        string            `json:"kind,omitempty" doc:"as in /api/v1/errors; absent where there was none"`
	Message     string            `json:"message,omitempty" doc:"as in /api/v1/errors"`
	Count       int               `json:"count" doc:"of what was read; the same as in /api/v1/errors with these parameters"`
	Occurrences []ErrorOccurrence `json:"occurrences" doc:"newest first"`
	Scanned     int               `json:"scanned" doc:"failed spans and error logs that were read, the newest"`
	Truncated   bool              `json:"truncated" doc:"not all were read: with to=oldest it goes on"`
	Oldest      *time.Time        `json:"oldest,omitempty" doc:"of what was read"`
}

// ErrorOccurrence is one error, with who told it again.
type ErrorOccurrence struct {
	ErrorExample
	Signal  string       `json:"signal" doc:"span, or log"`
	Service string       `json:"service,omitempty"`
	UserID  string       `json:"user_id,omitempty"`
	Folded  int          `json:"folded" doc:"how many spans and logs told it again"`
	Layers  []ErrorLayer `json:"layers" doc:"the first 8 of them"`
}

// ErrorLayer is a span or log that told an error again.
type ErrorLayer struct {
	Signal  string    `json:"signal" doc:"span, or log"`
	Time    time.Time `json:"time"`
	Service string    `json:"service,omitempty"`
	Name    string    `json:"name,omitempty" doc:"of the span, or logger"`
	SpanID  string    `json:"span_id,omitempty" doc:"in the same trace"`
	Message string    `json:"message" doc:"cut to a preview"`
}

// Comparison tells what sets a selection apart.
type Comparison struct {
	Selected       int                 `json:"selected" doc:"how many records are selected, exact"`
	Rest           int                 `json:"rest" doc:"how many others match q in the time range, exact"`
	SelectedSample int                 `json:"selected_sample" doc:"how many of the selected were looked at"`
	RestSample     int                 `json:"rest_sample" doc:"how many of the others were looked at"`
	Sampled        bool                `json:"sampled" doc:"not all were looked at: shares and counts are those of the samples, taken evenly over time"`
	Attributes     []ComparedAttribute `json:"attributes" doc:"most different first; those that do not differ are left out"`
}

// ComparedAttribute is a field whose values are distributed differently.
type ComparedAttribute struct {
	Field  string          `json:"field" doc:"as queries write it"`
	Score  float64         `json:"score" doc:"0 to 1: the largest difference of shares, less where there are few records"`
	Values []ComparedValue `json:"values" doc:"at most 12, most different first"`
}

// ComparedValue is how often a value comes.
type ComparedValue struct {
	Value         string  `json:"value" doc:"empty: has none; of numbers a range as queries write it; cut to a preview"`
	Query         string  `json:"query" doc:"finds the records with this value; empty where no query can"`
	SelectedShare float64 `json:"selected_share" doc:"0 to 1, of selected_sample"`
	RestShare     float64 `json:"rest_share" doc:"0 to 1, of rest_sample"`
	SelectedCount int     `json:"selected_count"`
	RestCount     int     `json:"rest_count"`
}

// SessionList is a page of sessions.
type SessionList struct {
	Sessions  []Session `json:"sessions"`
	Next      string    `json:"next_cursor,omitempty" doc:"for the next page; absent on the last"`
	Scanned   int       `json:"scanned" doc:"calls that were read to find these sessions"`
	Truncated bool      `json:"truncated" doc:"the search ended early: next_cursor goes on"`
}

// Session is a conversation: the model calls of one session id in the time range, those that q does not match among them.
type Session struct {
	SessionID string    `json:"session_id"`
	First     time.Time `json:"first" doc:"when its first call began"`
	Last      time.Time `json:"last" doc:"when its last call began"`
	Calls     int       `json:"calls"`
	Errors    int       `json:"errors" doc:"calls that failed"`
	Input     *int64    `json:"input_tokens,omitempty"`
	Output    *int64    `json:"output_tokens,omitempty"`
	CostUSD   *string   `json:"cost_usd,omitempty" doc:"of the calls whose cost is known"`
	UserID    string    `json:"user_id,omitempty"`
	Models    []string  `json:"models" doc:"that were asked for"`
	Services  []string  `json:"services"`
	Preview   string    `json:"preview" doc:"beginning of what the user said first"`
}
