package api

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/telltale-dev/telltale/internal/query"
	"github.com/telltale-dev/telltale/internal/telemetry"
	"github.com/telltale-dev/telltale/observe/price"
)

// How numbers are written: durations as whole nanoseconds in fields that end in _ns; money as exact decimal text in USD
// in fields that end in _usd, since pico-USD do not survive a float; moments as RFC 3339 with nanoseconds in UTC. What is
// unknown is absent, never 0 and never null, except in aggregates.

// Common is what spans and logs share.
type Common struct {
	Time        time.Time         `json:"time" doc:"when a span began, when a log was written"`
	Service     string            `json:"service,omitempty"`
	Environment string            `json:"environment,omitempty"`
	Name        string            `json:"name,omitempty" doc:"span name; logger or event name of a log"`
	TraceID     string            `json:"trace_id,omitempty"`
	SpanID      string            `json:"span_id,omitempty" doc:"of a log: the span it was written in"`
	Status      string            `json:"status" doc:"ok or error"`
	RequestID   string            `json:"request_id,omitempty"`
	UserID      string            `json:"user_id,omitempty"`
	TenantID    string            `json:"tenant_id,omitempty"`
	SessionID   string            `json:"session_id,omitempty"`
	KeyID       string            `json:"key_id,omitempty" doc:"id of the API key, never the key"`
	HTTPMethod  string            `json:"http_method,omitempty"`
	HTTPPath    string            `json:"http_path,omitempty" doc:"route template where known"`
	HTTPStatus  *int64            `json:"http_status,omitempty"`
	ErrorType   string            `json:"error_type,omitempty" doc:"class of the error"`
	Attributes  map[string]string `json:"attributes,omitempty" doc:"numbers and booleans as their JSON text, lists and maps as JSON"`
	Resource    map[string]string `json:"resource,omitempty" doc:"of whole records only"`
	Scope       string            `json:"scope,omitempty" doc:"instrumentation library"`
	ScopeVer    string            `json:"scope_version,omitempty"`
}

// Span is one finished operation.
type Span struct {
	Common
	ParentID      string  `json:"parent_id,omitempty"`
	Kind          string  `json:"kind,omitempty" doc:"internal, server, client, producer or consumer"`
	StatusMessage string  `json:"status_message,omitempty"`
	DurationNS    int64   `json:"duration_ns"`
	GenAI         *GenAI  `json:"genai,omitempty" doc:"of models, agents, tools and retrievals"`
	Events        []Event `json:"events,omitempty" doc:"of whole records only"`
	Links         []Link  `json:"links,omitempty" doc:"of whole records only"`
}

// GenAI is what spans of models, agents, tools and retrievals have beyond others.
type GenAI struct {
	Operation     string     `json:"operation,omitempty"`
	Provider      string     `json:"provider,omitempty"`
	Model         string     `json:"model,omitempty" doc:"that was asked for"`
	ResponseModel string     `json:"response_model,omitempty" doc:"that answered"`
	ResponseID    string     `json:"response_id,omitempty"`
	Call          bool       `json:"call" doc:"true on the one span that stands for its call; usage and cost stand there only"`
	Usage         *Usage     `json:"usage,omitempty"`
	Semantics     string     `json:"usage_semantics,omitempty" doc:"how the client's input tokens were read: inclusive, exclusive, assumed"`
	CostUSD       *string    `json:"cost_usd,omitempty" doc:"computed; exact decimal; absent where a price is unknown"`
	CostParts     []CostPart `json:"cost_parts,omitempty" doc:"what each kind of token cost, adding up to cost_usd; on whole spans only, and absent where the prices have changed since"`
	ReportedUSD   *string    `json:"cost_reported_usd,omitempty" doc:"as client or provider said it"`
	PriceVersion  string     `json:"price_version,omitempty"`
	ServiceTier   string     `json:"service_tier,omitempty"`
	Region        string     `json:"region,omitempty"`
	Batch         bool       `json:"batch,omitempty"`
	TTFTNS        *int64     `json:"ttft_ns,omitempty" doc:"time to the first token"`
	Streaming     bool       `json:"streaming,omitempty"`
	FinishReasons []string   `json:"finish_reasons,omitempty"`
	Agent         string     `json:"agent,omitempty"`
	Workflow      string     `json:"workflow,omitempty"`
	Tool          string     `json:"tool,omitempty"`
	ToolCallID    string     `json:"tool_call_id,omitempty"`
	ToolArguments string     `json:"tool_arguments,omitempty"`
	ToolResult    string     `json:"tool_result,omitempty"`
	Input         string     `json:"input_messages,omitempty" doc:"JSON of the GenAI conventions, as text: content that was cut is no JSON any more"`
	Output        string     `json:"output_messages,omitempty" doc:"as input_messages"`
	System        string     `json:"system_instructions,omitempty"`
	PromptName    string     `json:"prompt_name,omitempty"`
	PromptVersion string     `json:"prompt_version,omitempty"`
}

// Usage counts tokens. Input includes cached and audio, output includes reasoning and audio.
type Usage struct {
	Input        *int64 `json:"input_tokens,omitempty"`
	Output       *int64 `json:"output_tokens,omitempty"`
	CacheRead    *int64 `json:"cache_read_tokens,omitempty"`
	CacheWrite5m *int64 `json:"cache_write_5m_tokens,omitempty"`
	CacheWrite1h *int64 `json:"cache_write_1h_tokens,omitempty"`
	Reasoning    *int64 `json:"reasoning_tokens,omitempty"`
	AudioIn      *int64 `json:"audio_input_tokens,omitempty"`
	AudioOut     *int64 `json:"audio_output_tokens,omitempty"`
}

// CostPart is what the tokens of one kind cost: parts do not overlap.
type CostPart struct {
	Kind    string `json:"kind" doc:"input, cache_read, cache_write_5m, cache_write_1h, audio_input, output, reasoning or audio_output; input without those cached and audio, output without reasoning and audio"`
	Tokens  int64  `json:"tokens"`
	CostUSD string `json:"cost_usd" doc:"exact decimal"`
}

var costKinds = [...]string{
	price.Input: "input", price.CacheRead: "cache_read", price.CacheWrite5m: "cache_write_5m", price.CacheWrite1h: "cache_write_1h",
	price.AudioIn: "audio_input", price.Output: "output", price.Reasoning: "reasoning", price.AudioOut: "audio_output",
}

// Event is something that happened at a moment of a span.
type Event struct {
	Time       time.Time         `json:"time"`
	Name       string            `json:"name"`
	Attributes map[string]string `json:"attributes,omitempty"`
}

// Link points to another span.
type Link struct {
	TraceID    string            `json:"trace_id"`
	SpanID     string            `json:"span_id"`
	Attributes map[string]string `json:"attributes,omitempty"`
}

// Log is one record of something that happened.
type Log struct {
	Common
	Level string `json:"level,omitempty" doc:"trace, debug, info, warn, error or fatal"`
	Body  string `json:"body,omitempty"`
}

func newCommon(e *telemetry.Event, status telemetry.Status, full bool) Common {
	c := Common{
		Time: moment(e.Time), Service: e.Service, Environment: e.Environment, Name: e.Name,
		TraceID: e.TraceID.String(), SpanID: e.SpanID.String(), Status: status.String(), RequestID: e.RequestID,
		UserID: e.UserID, TenantID: e.TenantID, SessionID: e.SessionID, KeyID: e.KeyID,
		HTTPMethod: e.HTTPMethod, HTTPPath: e.HTTPPath, HTTPStatus: number(e.HTTPStatus), ErrorType: e.ErrorType,
		Attributes: object(e.Attributes), Scope: e.Scope.Name, ScopeVer: e.Scope.Version,
	}
	if full {
		c.Resource = object(e.Resource)
	}
	return c
}

func newSpan(s *telemetry.Span, full bool) Span {
	o := Span{
		Common: newCommon(&s.Event, s.Status, full), ParentID: s.ParentID.String(), Kind: s.Kind.String(),
		StatusMessage: s.StatusMessage, DurationNS: s.Duration,
	}
	if s.GenAI != nil {
		o.GenAI = newGenAI(s.GenAI, full)
	}
	if !full {
		return o
	}
	for _, e := range s.Events {
		o.Events = append(o.Events, Event{moment(e.Time), e.Name, object(e.Attributes)})
	}
	for _, l := range s.Links {
		o.Links = append(o.Links, Link{l.TraceID.String(), l.SpanID.String(), object(l.Attributes)})
	}
	return o
}

// wholeSpan is a span with all of its texts and what its tokens cost.
func (a *API) wholeSpan(s *telemetry.Span) Span {
	o := newSpan(s, true)
	if o.GenAI == nil || a.config.Prices == nil {
		return o
	}
	for _, p := range a.config.Prices.CostParts(s) {
		o.GenAI.CostParts = append(o.GenAI.CostParts, CostPart{costKinds[p.Kind], p.Tokens, p.Cost.String()})
	}
	return o
}

func newGenAI(g *telemetry.GenAI, full bool) *GenAI {
	text := preview
	if full {
		text = func(s string) string { return s }
	}
	o := &GenAI{
		Operation: string(g.Operation), Provider: g.Provider, Model: g.RequestModel, ResponseModel: g.ResponseModel,
		ResponseID: g.ResponseID, Call: g.Counts, Semantics: g.UsageSemantics, CostUSD: usd(g.Cost), ReportedUSD: usd(g.CostReported),
		PriceVersion: g.PriceVersion, ServiceTier: g.ServiceTier, Region: g.Region, Batch: g.BatchAPI,
		TTFTNS: number(g.TimeToFirstToken), Streaming: g.Streaming, Agent: g.Agent, Workflow: g.Workflow, Tool: g.Tool,
		ToolCallID: g.ToolCallID, ToolArguments: text(g.ToolArguments), ToolResult: text(g.ToolResult),
		Input: text(g.InputMessages), Output: text(g.OutputMessages), System: text(g.SystemInstructions),
		PromptName: g.PromptName, PromptVersion: g.PromptVersion,
	}
	if g.FinishReasons != "" {
		o.FinishReasons = strings.Split(g.FinishReasons, ",")
	}
	if u := g.Usage; u != (telemetry.Usage{}) {
		o.Usage = &Usage{
			number(u.Input), number(u.Output), number(u.CacheRead), number(u.CacheWrite5m), number(u.CacheWrite1h),
			number(u.Reasoning), number(u.AudioIn), number(u.AudioOut),
		}
	}
	return o
}

func newLog(l *telemetry.Log, full bool) Log {
	o := Log{Common: newCommon(&l.Event, l.Status(), full), Level: l.Severity.Level(), Body: l.Body}
	if !full {
		o.Body = preview(o.Body)
	}
	return o
}

func moment(ns int64) time.Time { return time.Unix(0, ns).UTC() }

func number(o telemetry.Opt) *int64 {
	if !o.Known {
		return nil
	}
	return &o.Value
}

func usd(o telemetry.Opt) *string {
	if !o.Known {
		return nil
	}
	s := query.FormatPicoUSD(o.Value)
	return &s
}

func object(attrs telemetry.Attrs) map[string]string {
	if len(attrs) == 0 {
		return nil
	}
	m := make(map[string]string, len(attrs))
	for _, a := range attrs {
		m[a.Key] = a.Value
	}
	return m
}

// preview cuts a text at telemetry.PreviewBytes, at a rune's border.
func preview(s string) string {
	if len(s) <= telemetry.PreviewBytes {
		return s
	}
	n := telemetry.PreviewBytes
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
