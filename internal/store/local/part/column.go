package part

import (
	"encoding/hex"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// Type of a column's values.
type Type uint8

// Types. A text is never null: empty is absent. A number is null where it is unknown, which is not zero.
const (
	Text      Type = iota // required string
	Number                // optional int64
	Flag                  // required boolean; read as text: "true" or empty
	Timestamp             // required int64, nanoseconds UTC
)

// Column is a column that every part has. Promoted attributes are columns as well, see Group.
type Column struct {
	Name string
	Type Type
	// Long text is seldom equal to other text: it has no dictionary, no bounds and small pages.
	Long bool
	// Bloom says that row groups have a Bloom filter of its values.
	Bloom bool
	// Words says that its words are in the index of words.
	Words bool

	of section
	// One of these reads the value of a row: text as it is, or built at the end of dst.
	text   func(*row) string
	build  func(dst []byte, r *row) []byte
	number func(*row) telemetry.Opt
	flag   func(*row) bool

	setText   func(*row, string) error
	setBytes  func(*row, []byte) error // in place of setText, for who keeps nothing of it
	setNumber func(*row, telemetry.Opt)
	setFlag   func(*row)
}

// section says which rows can have a value in a column.
type section uint8

const (
	ofAll section = iota
	ofSpans
	ofGenAI
	ofLogs
)

// row is a span or a log seen through its parts. Absent ones are nil.
type row struct {
	e *telemetry.Event
	s *telemetry.Span
	l *telemetry.Log
	g *telemetry.GenAI
}

// ID is the place of a column: of those that every part has, its place in Columns.
type ID int

// Columns lists the columns every part has, in the order of the file.
func Columns() []Column { return columns }

// Lookup finds a column by its name.
func Lookup(name string) (ID, bool) {
	for i := range columns {
		if columns[i].Name == name {
			return ID(i), true
		}
	}
	return 0, false
}

// Columns that the code names.
var (
	ColTime      = mustColumn("time")
	ColKind      = mustColumn("kind")
	ColTrace     = mustColumn("trace_id")
	ColSpan      = mustColumn("span_id")
	ColRequest   = mustColumn("request_id")
	ColStatus    = mustColumn("status")
	ColDuration  = mustColumn("duration_ns")
	ColCost      = mustColumn("cost_pico_usd")
	ColCall      = mustColumn("call")
	ColProvider  = mustColumn("provider")
	ColResponse  = mustColumn("response_id")
	ColBatch     = mustColumn("batch_hash")
	ColRepeat    = mustColumn("repeat")
	ColResource  = mustColumn("resource")
	ColEvents    = mustColumn("events")
	ColLinks     = mustColumn("links")
	colGenAI     = mustColumn("genai")
	colSeverity  = mustColumn("severity_number")
	colTokensIn  = mustColumn("input_tokens")
	colTokensOut = mustColumn("output_tokens")
	colInput     = mustColumn("input_messages")
	colOutput    = mustColumn("output_messages")
	colSystem    = mustColumn("system_instructions")
)

// KindLog is the kind of rows that are logs.
const KindLog = "log"

const (
	// PageRows is the number of rows of a page. A chunk whose values are all the same has one page.
	PageRows = 4096
	// LongPageRows is the most rows that a page of long text has: fewer cost more space, more cost time where one is read.
	LongPageRows = 2048
	// LongPageBytes is the most bytes it has on average, uncompressed.
	LongPageBytes   = 2 << 20
	minLongPageRows = 16
	// GroupRows is the most a row group holds.
	GroupRows = 32768

	maxPromoted   = 64
	maxPromoteKey = 128 // bytes of a key that may become the name of a column
	promoteEvery  = 200 // a key in one of so many rows becomes a column
	attrPrefix    = "a."
	mapName       = "attributes"
)

func mustColumn(name string) ID {
	id, ok := Lookup(name)
	if !ok {
		panic("part: no column " + name)
	}
	return id
}

func eventText(name string, get func(*telemetry.Event) *string) Column {
	return Column{
		Name: name, text: func(r *row) string { return *get(r.e) },
		setText: func(r *row, v string) error { *get(r.e) = v; return nil },
	}
}

func spanText(name string, get func(*telemetry.Span) *string) Column {
	return Column{
		Name: name, of: ofSpans, text: func(r *row) string { return *get(r.s) },
		setText: func(r *row, v string) error { *get(r.s) = v; return nil },
	}
}

func genaiText(name string, get func(*telemetry.GenAI) *string) Column {
	return Column{
		Name: name, of: ofGenAI, text: func(r *row) string { return *get(r.g) },
		setText: func(r *row, v string) error { *get(r.g) = v; return nil },
	}
}

func genaiNumber(name string, get func(*telemetry.GenAI) *telemetry.Opt) Column {
	return Column{
		Name: name, Type: Number, of: ofGenAI, number: func(r *row) telemetry.Opt { return *get(r.g) },
		setNumber: func(r *row, v telemetry.Opt) { *get(r.g) = v },
	}
}

func genaiFlag(name string, get func(*telemetry.GenAI) *bool) Column {
	return Column{
		Name: name, Type: Flag, of: ofGenAI, flag: func(r *row) bool { return *get(r.g) },
		setFlag: func(r *row) { *get(r.g) = true },
	}
}

func hexColumn(name string, of section, get func(*row) []byte) Column {
	return Column{
		Name: name, of: of, build: func(dst []byte, r *row) []byte {
			id := get(r)
			for _, b := range id {
				if b != 0 {
					return hex.AppendEncode(dst, id)
				}
			}
			return dst
		},
		setBytes: func(r *row, v []byte) error {
			id := get(r)
			if hex.DecodedLen(len(v)) != len(id) {
				return errValue(name, string(v))
			}
			if _, err := hex.Decode(id, v); err != nil {
				return errValue(name, string(v))
			}
			return nil
		},
	}
}

func bloomed(c Column) Column { c.Bloom = true; return c }
func long(c Column) Column    { c.Long = true; return c }
func worded(c Column) Column  { c.Long, c.Words = true, true; return c }

func ignoreText(*row, string) error { return nil }

var columns = []Column{
	{
		Name: "time", Type: Timestamp, number: func(r *row) telemetry.Opt { return telemetry.Known(r.e.Time) },
		setNumber: func(r *row, v telemetry.Opt) { r.e.Time = v.Value },
	},
	{
		Name: "kind", text: func(r *row) string {
			if r.s == nil {
				return KindLog
			}
			return r.s.Kind.String()
		},
		setText: func(r *row, v string) error {
			if r.s != nil {
				r.s.Kind = telemetry.ParseKind(v)
			}
			return nil
		},
	},
	{
		Name: "status", text: func(r *row) string {
			if r.s == nil {
				return r.l.Status().String()
			}
			return r.s.Status.String()
		},
		setText: func(r *row, v string) error {
			if r.s != nil && v == telemetry.StatusError.String() {
				r.s.Status = telemetry.StatusError
			}
			return nil
		},
	},
	{Name: "level", of: ofLogs, text: func(r *row) string { return r.l.Severity.Level() }, setText: ignoreText},
	{
		Name: "severity_number", Type: Number, of: ofLogs,
		number: func(r *row) telemetry.Opt {
			return telemetry.Opt{Value: int64(r.l.Severity), Known: r.l.Severity != telemetry.SeverityUnknown}
		},
		setNumber: func(r *row, v telemetry.Opt) { r.l.Severity = telemetry.Severity(v.Value) },
	},
	eventText("service", func(e *telemetry.Event) *string { return &e.Service }),
	eventText("environment", func(e *telemetry.Event) *string { return &e.Environment }),
	eventText("name", func(e *telemetry.Event) *string { return &e.Name }),
	bloomed(hexColumn("trace_id", ofAll, func(r *row) []byte { return r.e.TraceID[:] })),
	hexColumn("span_id", ofAll, func(r *row) []byte { return r.e.SpanID[:] }),
	hexColumn("parent_id", ofSpans, func(r *row) []byte { return r.s.ParentID[:] }),
	{
		Name: "duration_ns", Type: Number, of: ofSpans,
		number:    func(r *row) telemetry.Opt { return telemetry.Known(r.s.Duration) },
		setNumber: func(r *row, v telemetry.Opt) { r.s.Duration = v.Value },
	},
	bloomed(eventText("request_id", func(e *telemetry.Event) *string { return &e.RequestID })),
	bloomed(eventText("user_id", func(e *telemetry.Event) *string { return &e.UserID })),
	eventText("tenant_id", func(e *telemetry.Event) *string { return &e.TenantID }),
	eventText("session_id", func(e *telemetry.Event) *string { return &e.SessionID }),
	eventText("key_id", func(e *telemetry.Event) *string { return &e.KeyID }),
	eventText("http_method", func(e *telemetry.Event) *string { return &e.HTTPMethod }),
	eventText("http_path", func(e *telemetry.Event) *string { return &e.HTTPPath }),
	{
		Name: "http_status", Type: Number, number: func(r *row) telemetry.Opt { return r.e.HTTPStatus },
		setNumber: func(r *row, v telemetry.Opt) { r.e.HTTPStatus = v },
	},
	eventText("error_type", func(e *telemetry.Event) *string { return &e.ErrorType }),
	spanText("status_message", func(s *telemetry.Span) *string { return &s.StatusMessage }),
	{
		Name: "operation", of: ofGenAI, text: func(r *row) string { return string(r.g.Operation) },
		setText: func(r *row, v string) error { r.g.Operation = telemetry.Operation(v); return nil },
	},
	genaiText("provider", func(g *telemetry.GenAI) *string { return &g.Provider }),
	genaiText("model", func(g *telemetry.GenAI) *string { return &g.RequestModel }),
	genaiText("response_model", func(g *telemetry.GenAI) *string { return &g.ResponseModel }),
	genaiText("response_id", func(g *telemetry.GenAI) *string { return &g.ResponseID }),
	{Name: "genai", Type: Flag, of: ofGenAI, flag: func(*row) bool { return true }, setFlag: func(*row) {}},
	genaiFlag("call", func(g *telemetry.GenAI) *bool { return &g.Counts }),
	genaiFlag("streaming", func(g *telemetry.GenAI) *bool { return &g.Streaming }),
	genaiFlag("batch_api", func(g *telemetry.GenAI) *bool { return &g.BatchAPI }),
	genaiNumber("input_tokens", func(g *telemetry.GenAI) *telemetry.Opt { return &g.Usage.Input }),
	genaiNumber("output_tokens", func(g *telemetry.GenAI) *telemetry.Opt { return &g.Usage.Output }),
	genaiNumber("cache_read_tokens", func(g *telemetry.GenAI) *telemetry.Opt { return &g.Usage.CacheRead }),
	genaiNumber("cache_write_5m_tokens", func(g *telemetry.GenAI) *telemetry.Opt { return &g.Usage.CacheWrite5m }),
	genaiNumber("cache_write_1h_tokens", func(g *telemetry.GenAI) *telemetry.Opt { return &g.Usage.CacheWrite1h }),
	genaiNumber("reasoning_tokens", func(g *telemetry.GenAI) *telemetry.Opt { return &g.Usage.Reasoning }),
	genaiNumber("audio_in_tokens", func(g *telemetry.GenAI) *telemetry.Opt { return &g.Usage.AudioIn }),
	genaiNumber("audio_out_tokens", func(g *telemetry.GenAI) *telemetry.Opt { return &g.Usage.AudioOut }),
	genaiText("usage_semantics", func(g *telemetry.GenAI) *string { return &g.UsageSemantics }),
	genaiNumber("cost_pico_usd", func(g *telemetry.GenAI) *telemetry.Opt { return &g.Cost }),
	genaiNumber("cost_reported_pico_usd", func(g *telemetry.GenAI) *telemetry.Opt { return &g.CostReported }),
	genaiText("price_version", func(g *telemetry.GenAI) *string { return &g.PriceVersion }),
	genaiText("service_tier", func(g *telemetry.GenAI) *string { return &g.ServiceTier }),
	genaiText("region", func(g *telemetry.GenAI) *string { return &g.Region }),
	genaiNumber("ttft_ns", func(g *telemetry.GenAI) *telemetry.Opt { return &g.TimeToFirstToken }),
	genaiText("finish_reasons", func(g *telemetry.GenAI) *string { return &g.FinishReasons }),
	genaiText("agent", func(g *telemetry.GenAI) *string { return &g.Agent }),
	genaiText("workflow", func(g *telemetry.GenAI) *string { return &g.Workflow }),
	genaiText("tool", func(g *telemetry.GenAI) *string { return &g.Tool }),
	genaiText("tool_call_id", func(g *telemetry.GenAI) *string { return &g.ToolCallID }),
	long(genaiText("tool_arguments", func(g *telemetry.GenAI) *string { return &g.ToolArguments })),
	long(genaiText("tool_result", func(g *telemetry.GenAI) *string { return &g.ToolResult })),
	worded(genaiText("input_messages", func(g *telemetry.GenAI) *string { return &g.InputMessages })),
	worded(genaiText("output_messages", func(g *telemetry.GenAI) *string { return &g.OutputMessages })),
	worded(genaiText("system_instructions", func(g *telemetry.GenAI) *string { return &g.SystemInstructions })),
	genaiText("prompt_name", func(g *telemetry.GenAI) *string { return &g.PromptName }),
	genaiText("prompt_version", func(g *telemetry.GenAI) *string { return &g.PromptVersion }),
	worded(eventText("body", func(e *telemetry.Event) *string { return &e.Body })),
	eventText("scope_name", func(e *telemetry.Event) *string { return &e.Scope.Name }),
	eventText("scope_version", func(e *telemetry.Event) *string { return &e.Scope.Version }),
	{
		Name: "resource", build: func(dst []byte, r *row) []byte { return appendAttrs(dst, r.e.Resource) },
		setText: func(r *row, v string) (err error) { r.e.Resource, err = parseAttrs(v); return err },
	},
	long(Column{
		Name: "events", of: ofSpans, build: func(dst []byte, r *row) []byte { return appendEvents(dst, r.s.Events) },
		setText: func(r *row, v string) (err error) { r.s.Events, err = parseEvents(v); return err },
	}),
	long(Column{
		Name: "links", of: ofSpans, build: func(dst []byte, r *row) []byte { return appendLinks(dst, r.s.Links) },
		setText: func(r *row, v string) (err error) { r.s.Links, err = parseLinks(v); return err },
	}),
	{
		Name: "repeat", Type: Flag, of: ofSpans, flag: func(r *row) bool { return r.s.Repeat },
		setFlag: func(r *row) { r.s.Repeat = true },
	},
	{
		Name: "batch_hash", Type: Number, of: ofLogs,
		number:    func(r *row) telemetry.Opt { return telemetry.Opt{Value: int64(r.l.Batch), Known: r.l.Batch != 0} },
		setNumber: func(r *row, v telemetry.Opt) { r.l.Batch = uint64(v.Value) },
	},
}
