package telemetry

import "strings"

// Field is something a query can name. This table is the one place that defines fields: the parser, completion, the
// documentation and the stores read it.
type Field struct {
	Name   string // in queries
	Type   Type
	Column string // in Parquet files and in ClickHouse; empty where it is computed from others
	Doc    string
	Keyed  bool // name.KEY: attributes and resource

	// Values of one record. Text is empty and Number unknown where the record has none.
	text   func(*Event, *Span, *Log) string
	number func(*Event, *Span, *Log) Opt
}

// Type of a field's values, and so its operators and units.
type Type uint8

// Types. Text compares by Equals, Prefix, Contains and Exists; numeric types by Between and Exists; FullText by Word,
// Phrase and Contains.
const (
	Text     Type = iota
	FullText      // long text, indexed by word
	Integer
	Duration // nanoseconds
	Money    // pico-USD
	Flag     // true or false, as text
)

// Numeric reports whether values are numbers.
func (t Type) Numeric() bool { return t == Integer || t == Duration || t == Money }

func (t Type) String() string {
	return [...]string{"text", "full text", "integer", "duration", "USD", "true or false"}[t]
}

// Fields lists all fields, in the order in which documentation shows them.
func Fields() []*Field { return fields }

// LookupField finds a field by the name in queries: "model", "attr.http.route", "resource.k8s.pod.name".
func LookupField(name string) (FieldRef, bool) {
	if f, ok := fieldsByName[name]; ok && !f.Keyed {
		return FieldRef{Field: f}, true
	}
	if base, key, ok := strings.Cut(name, "."); ok && key != "" {
		if f := fieldsByName[base]; f != nil && f.Keyed {
			return FieldRef{Field: f, Key: key}, true
		}
	}
	return FieldRef{}, false
}

// MustField is LookupField for names that are in the code.
func MustField(name string) FieldRef {
	r, ok := LookupField(name)
	if !ok {
		panic("telemetry: no field " + name)
	}
	return r
}

// MustFields is MustField for several.
func MustFields(names ...string) []FieldRef {
	refs := make([]FieldRef, len(names))
	for i, n := range names {
		refs[i] = MustField(n)
	}
	return refs
}

// AttrField names the field of an attribute, also of one whose key has no dot or is empty.
func AttrField(key string) FieldRef { return FieldRef{Field: fieldsByName["attr"], Key: key} }

// ResourceField names the field of an attribute of the resource.
func ResourceField(key string) FieldRef {
	return FieldRef{Field: fieldsByName["resource"], Key: key}
}

// SpanText returns the value of a text, full-text or flag field.
func (r FieldRef) SpanText(s *Span) string { return r.textOf(&s.Event, s, nil) }

// LogText is SpanText for logs.
func (r FieldRef) LogText(l *Log) string { return r.textOf(&l.Event, nil, l) }

// SpanNumber returns the value of a numeric field in its unit.
func (r FieldRef) SpanNumber(s *Span) Opt { return r.numberOf(&s.Event, s, nil) }

// LogNumber is SpanNumber for logs.
func (r FieldRef) LogNumber(l *Log) Opt { return r.numberOf(&l.Event, nil, l) }

func (r FieldRef) textOf(e *Event, s *Span, l *Log) string {
	if r.Field.Keyed {
		if r.Field.Name == "attr" {
			return e.Attributes.Value(r.Key)
		}
		return e.Resource.Value(r.Key)
	}
	if r.Field.text == nil {
		return ""
	}
	return r.Field.text(e, s, l)
}

func (r FieldRef) numberOf(e *Event, s *Span, l *Log) Opt {
	if r.Field.number == nil {
		return Opt{}
	}
	return r.Field.number(e, s, l)
}

// common makes the accessor of a text every event has.
func common(get func(*Event) string) func(*Event, *Span, *Log) string {
	return func(e *Event, _ *Span, _ *Log) string { return get(e) }
}

// genai makes the accessor of a text that only GenAI spans have.
func genai(get func(*GenAI) string) func(*Event, *Span, *Log) string {
	return func(_ *Event, s *Span, _ *Log) string {
		if s == nil || s.GenAI == nil {
			return ""
		}
		return get(s.GenAI)
	}
}

// genaiNumber makes the accessor of a number that only GenAI spans have.
func genaiNumber(get func(*GenAI) Opt) func(*Event, *Span, *Log) Opt {
	return func(_ *Event, s *Span, _ *Log) Opt {
		if s == nil || s.GenAI == nil {
			return Opt{}
		}
		return get(s.GenAI)
	}
}

func flagText(b bool) string {
	if b {
		return "true"
	}
	return ""
}

var fields = []*Field{
	{Name: "service", Column: "service", Doc: "service that sent it", text: common(func(e *Event) string { return e.Service })},
	{Name: "env", Column: "environment", Doc: "deployment environment", text: common(func(e *Event) string { return e.Environment })},
	{Name: "level", Column: "level", Doc: "level of a log: trace, debug, info, warn, error, fatal", text: func(_ *Event, _ *Span, l *Log) string {
		if l == nil {
			return ""
		}
		return l.Severity.Level()
	}},
	{Name: "status", Column: "status", Doc: "ok or error", text: func(_ *Event, s *Span, l *Log) string {
		if l != nil {
			return l.Status().String()
		}
		return s.Status.String()
	}},
	{Name: "http.status", Type: Integer, Column: "http_status", Doc: "HTTP response code", number: func(e *Event, _ *Span, _ *Log) Opt { return e.HTTPStatus }},
	{Name: "name", Column: "name", Doc: "span name, or logger or event name of a log", text: common(func(e *Event) string { return e.Name })},
	{Name: "kind", Column: "kind", Doc: "internal, server, client, producer, consumer; log for logs", text: func(_ *Event, s *Span, _ *Log) string {
		if s == nil {
			return "log"
		}
		return s.Kind.String()
	}},
	{Name: "trace", Column: "trace_id", Doc: "trace id, 32 hex digits", text: common(func(e *Event) string { return e.TraceID.String() })},
	{Name: "span", Column: "span_id", Doc: "span id, 16 hex digits", text: common(func(e *Event) string { return e.SpanID.String() })},
	{Name: "parent", Column: "parent_id", Doc: "span id of the parent", text: func(_ *Event, s *Span, _ *Log) string {
		if s == nil {
			return ""
		}
		return s.ParentID.String()
	}},
	{Name: "duration", Type: Duration, Column: "duration_ns", Doc: "how long a span took: 150ms, 3s, 2m", number: func(_ *Event, s *Span, _ *Log) Opt {
		if s == nil {
			return Opt{}
		}
		return Known(s.Duration)
	}},
	{Name: "request", Column: "request_id", Doc: "request id", text: common(func(e *Event) string { return e.RequestID })},
	{Name: "user", Column: "user_id", Doc: "user", text: common(func(e *Event) string { return e.UserID })},
	{Name: "tenant", Column: "tenant_id", Doc: "tenant", text: common(func(e *Event) string { return e.TenantID })},
	{Name: "session", Column: "session_id", Doc: "session or conversation", text: common(func(e *Event) string { return e.SessionID })},
	{Name: "key", Column: "key_id", Doc: "id of the API key that was used", text: common(func(e *Event) string { return e.KeyID })},
	{Name: "provider", Column: "provider", Doc: "provider of the model: openai, anthropic, gcp.gemini, …", text: genai(func(g *GenAI) string { return g.Provider })},
	{Name: "model", Column: "model", Doc: "model that was asked for", text: genai(func(g *GenAI) string { return g.RequestModel })},
	{Name: "model.response", Column: "response_model", Doc: "model that answered", text: genai(func(g *GenAI) string { return g.ResponseModel })},
	{Name: "op", Column: "operation", Doc: "chat, embeddings, execute_tool, invoke_agent, retrieval, …", text: genai(func(g *GenAI) string { return string(g.Operation) })},
	{Name: "call", Type: Flag, Column: "call", Doc: "true on the one span that stands for a model call", text: genai(func(g *GenAI) string { return flagText(g.Counts) })},
	{Name: "agent", Column: "agent", Doc: "agent name", text: genai(func(g *GenAI) string { return g.Agent })},
	{Name: "workflow", Column: "workflow", Doc: "workflow name", text: genai(func(g *GenAI) string { return g.Workflow })},
	{Name: "tool", Column: "tool", Doc: "tool name", text: genai(func(g *GenAI) string { return g.Tool })},
	{Name: "tokens", Type: Integer, Doc: "input and output tokens of a call", number: genaiNumber(func(g *GenAI) Opt { return g.Usage.Total() })},
	{Name: "tokens.in", Type: Integer, Column: "input_tokens", Doc: "input tokens, cached ones among them", number: genaiNumber(func(g *GenAI) Opt { return g.Usage.Input })},
	{Name: "tokens.out", Type: Integer, Column: "output_tokens", Doc: "output tokens, reasoning among them", number: genaiNumber(func(g *GenAI) Opt { return g.Usage.Output })},
	{Name: "tokens.cached", Type: Integer, Column: "cache_read_tokens", Doc: "input tokens read from the provider's cache", number: genaiNumber(func(g *GenAI) Opt { return g.Usage.CacheRead })},
	{Name: "tokens.reasoning", Type: Integer, Column: "reasoning_tokens", Doc: "output tokens spent on reasoning", number: genaiNumber(func(g *GenAI) Opt { return g.Usage.Reasoning })},
	{Name: "cost", Type: Money, Column: "cost_pico_usd", Doc: "computed cost in USD: cost:>0.01", number: genaiNumber(func(g *GenAI) Opt { return g.Cost })},
	{Name: "ttft", Type: Duration, Column: "ttft_ns", Doc: "time to the first token", number: genaiNumber(func(g *GenAI) Opt { return g.TimeToFirstToken })},
	{Name: "error", Column: "error_type", Doc: "class of the error: rate_limit_error, timeout, an exception type", text: common(func(e *Event) string { return e.ErrorType })},
	{Name: "message", Column: "status_message", Doc: "what a failed span says of its error", text: func(_ *Event, s *Span, _ *Log) string {
		if s == nil {
			return ""
		}
		return s.StatusMessage
	}},
	{Name: "finish", Column: "finish_reasons", Doc: "stop, length, tool_call, content_filter, error, pause", text: genai(func(g *GenAI) string { return g.FinishReasons })},
	{Name: "stream", Type: Flag, Column: "streaming", Doc: "true for streamed answers", text: genai(func(g *GenAI) string { return flagText(g.Streaming) })},
	{Name: "method", Column: "http_method", Doc: "HTTP method", text: common(func(e *Event) string { return e.HTTPMethod })},
	{Name: "path", Column: "http_path", Doc: "route template, else the path of the URL", text: common(func(e *Event) string { return e.HTTPPath })},
	{Name: "response", Column: "response_id", Doc: "id the provider gave the answer", text: genai(func(g *GenAI) string { return g.ResponseID })},
	{Name: "prompt", Column: "prompt_name", Doc: "name of the prompt template", text: genai(func(g *GenAI) string { return g.PromptName })},
	{Name: "scope", Column: "scope_name", Doc: "instrumentation library or logger", text: common(func(e *Event) string { return e.Scope.Name })},
	{Name: "body", Type: FullText, Column: "body", Doc: "text of a log", text: common(func(e *Event) string { return e.Body })},
	{Name: "input", Type: FullText, Column: "input_messages", Doc: "messages sent to the model", text: genai(func(g *GenAI) string { return g.InputMessages })},
	{Name: "output", Type: FullText, Column: "output_messages", Doc: "messages the model answered", text: genai(func(g *GenAI) string { return g.OutputMessages })},
	{Name: "system", Type: FullText, Column: "system_instructions", Doc: "system prompt", text: genai(func(g *GenAI) string { return g.SystemInstructions })},
	{Name: "attr", Column: "attributes", Keyed: true, Doc: "any attribute of a span or log: attr.http.route:/v1/chat"},
	{Name: "resource", Column: "resource", Keyed: true, Doc: "any attribute of the resource: resource.k8s.pod.name:web-*"},
	// What words and quoted phrases search. It stands for body, input, output and system.
	{Name: "text", Type: FullText, Doc: "body, input, output and system together; what words and \"quoted phrases\" search"},
}

// textFields are what the field text stands for.
var textFields = []string{"body", "input", "output", "system"}

// TextFields are the fields that text searches, each with a column of its own.
func TextFields() []FieldRef {
	refs := make([]FieldRef, len(textFields))
	for i, n := range textFields {
		refs[i] = FieldRef{Field: fieldsByName[n]}
	}
	return refs
}

var fieldsByName = indexFields()

func indexFields() map[string]*Field {
	m := make(map[string]*Field, len(fields))
	for _, f := range fields {
		m[f.Name] = f
	}
	return m
}
