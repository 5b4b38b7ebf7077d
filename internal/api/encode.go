package api

import (
	"encoding/json"
	"io"
	"strconv"
	"time"

	"github.com/telltale-dev/telltale/internal/jsontext"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// Traces of 30,000 spans are written without reflection, maps and one buffer for all, a few times faster than by
// encoding/json. What is written is the same: TestEncodersAgree compares them over every field.

// jsonStream is an answer that writes itself.
type jsonStream interface{ writeJSON(w io.Writer) error }

// recordStream is the answer about a trace or a request: some members, then its records, their texts cut to previews.
type recordStream struct {
	head    any // an object, whose members come first
	records *telemetry.Records
}

// flushFrom is how much is written at a time.
const flushFrom = 64 << 10

func (r *recordStream) writeJSON(w io.Writer) error {
	head, err := json.Marshal(r.head)
	if err != nil {
		return err
	}
	out := newBehind(w)
	b := append(out.buffer(), head[:len(head)-1]...)
	b = append(b, `,"spans":[`...)
	for i := range r.records.Spans {
		if b = appendSpan(comma(b, i), &r.records.Spans[i]); len(b) >= flushFrom {
			b = out.write(b)
		}
	}
	b = append(b, `],"logs":[`...)
	for i := range r.records.Logs {
		if b = appendLog(comma(b, i), &r.records.Logs[i]); len(b) >= flushFrom {
			b = out.write(b)
		}
	}
	b = append(b, `],"truncated":`...)
	b = strconv.AppendBool(b, r.records.Truncated)
	out.write(append(b, "}\n"...))
	return out.close()
}

// behind writes in a goroutine of its own, so that more is encoded while what there is gets compressed.
type behind struct {
	full, free chan []byte
	done       chan struct{}
	err        error // of writing, once it is done
}

func newBehind(w io.Writer) *behind {
	o := &behind{full: make(chan []byte, 1), free: make(chan []byte, 3), done: make(chan struct{})}
	for range cap(o.free) {
		o.free <- nil
	}
	go func() {
		defer close(o.done)
		for b := range o.full {
			if o.err == nil {
				_, o.err = w.Write(b)
			}
			o.free <- b
		}
	}()
	return o
}

// buffer waits for an empty buffer.
func (o *behind) buffer() []byte {
	if b := <-o.free; b != nil {
		return b[:0]
	}
	return make([]byte, 0, flushFrom+8<<10)
}

// write hands a buffer over and returns another.
func (o *behind) write(b []byte) []byte {
	o.full <- b
	return o.buffer()
}

// close waits until all is written. After an error nothing more was.
func (o *behind) close() error {
	close(o.full)
	<-o.done
	return o.err
}

func comma(b []byte, i int) []byte {
	if i > 0 {
		return append(b, ',')
	}
	return b
}

// appendSpan writes the preview of a span.
func appendSpan(b []byte, s *telemetry.Span) []byte {
	plain := *s
	plain.Attributes = nil // they are written as they are, not made a map of
	o := newSpan(&plain, false)
	b = appendCommon(append(b, '{'), &o.Common, s.Attributes)
	b = member(b, "parent_id", o.ParentID)
	b = member(b, "kind", o.Kind)
	b = member(b, "status_message", o.StatusMessage)
	b = append(b, `,"duration_ns":`...)
	b = strconv.AppendInt(b, o.DurationNS, 10)
	if o.GenAI != nil {
		b = appendGenAI(append(b, `,"genai":`...), o.GenAI)
	}
	return append(b, '}')
}

// appendLog writes the preview of a log.
func appendLog(b []byte, l *telemetry.Log) []byte {
	plain := *l
	plain.Attributes = nil
	o := newLog(&plain, false)
	b = appendCommon(append(b, '{'), &o.Common, l.Attributes)
	b = member(b, "level", o.Level)
	b = member(b, "body", o.Body)
	return append(b, '}')
}

func appendCommon(b []byte, c *Common, attrs telemetry.Attrs) []byte {
	b = append(b, `"time":"`...)
	b = c.Time.AppendFormat(b, time.RFC3339Nano)
	b = append(b, '"')
	b = member(b, "service", c.Service)
	b = member(b, "environment", c.Environment)
	b = member(b, "name", c.Name)
	b = member(b, "trace_id", c.TraceID)
	b = member(b, "span_id", c.SpanID)
	b = jsontext.AppendString(append(b, `,"status":`...), c.Status)
	b = member(b, "request_id", c.RequestID)
	b = member(b, "user_id", c.UserID)
	b = member(b, "tenant_id", c.TenantID)
	b = member(b, "session_id", c.SessionID)
	b = member(b, "key_id", c.KeyID)
	b = member(b, "http_method", c.HTTPMethod)
	b = member(b, "http_path", c.HTTPPath)
	b = numberMember(b, "http_status", c.HTTPStatus)
	b = member(b, "error_type", c.ErrorType)
	if len(attrs) > 0 {
		b = append(b, `,"attributes":{`...)
		for i := range attrs {
			b = jsontext.AppendString(comma(b, i), attrs[i].Key)
			b = jsontext.AppendString(append(b, ':'), attrs[i].Value)
		}
		b = append(b, '}')
	}
	b = member(b, "scope", c.Scope)
	return member(b, "scope_version", c.ScopeVer)
}

func appendGenAI(b []byte, g *GenAI) []byte {
	b = append(b, `{"call":`...)
	b = strconv.AppendBool(b, g.Call)
	for _, m := range [...]struct{ name, value string }{
		{"operation", g.Operation},
		{"provider", g.Provider},
		{"model", g.Model},
		{"response_model", g.ResponseModel},
		{"response_id", g.ResponseID},
		{"usage_semantics", g.Semantics},
		{"price_version", g.PriceVersion},
		{"service_tier", g.ServiceTier},
		{"region", g.Region},
		{"agent", g.Agent},
		{"workflow", g.Workflow},
		{"tool", g.Tool},
		{"tool_call_id", g.ToolCallID},
		{"tool_arguments", g.ToolArguments},
		{"tool_result", g.ToolResult},
		{"input_messages", g.Input},
		{"output_messages", g.Output},
		{"system_instructions", g.System},
		{"prompt_name", g.PromptName},
		{"prompt_version", g.PromptVersion},
	} {
		b = member(b, m.name, m.value)
	}
	if g.CostUSD != nil {
		b = jsontext.AppendString(append(b, `,"cost_usd":`...), *g.CostUSD)
	}
	if g.ReportedUSD != nil {
		b = jsontext.AppendString(append(b, `,"cost_reported_usd":`...), *g.ReportedUSD)
	}
	b = numberMember(b, "ttft_ns", g.TTFTNS)
	if g.Batch {
		b = append(b, `,"batch":true`...)
	}
	if g.Streaming {
		b = append(b, `,"streaming":true`...)
	}
	if len(g.FinishReasons) > 0 {
		b = append(b, `,"finish_reasons":[`...)
		for i, r := range g.FinishReasons {
			b = jsontext.AppendString(comma(b, i), r)
		}
		b = append(b, ']')
	}
	if g.Usage != nil {
		b = appendUsage(append(b, `,"usage":`...), g.Usage)
	}
	return append(b, '}')
}

func appendUsage(b []byte, u *Usage) []byte {
	at := len(b)
	for _, m := range [...]struct {
		name  string
		value *int64
	}{
		{"input_tokens", u.Input},
		{"output_tokens", u.Output},
		{"cache_read_tokens", u.CacheRead},
		{"cache_write_5m_tokens", u.CacheWrite5m},
		{"cache_write_1h_tokens", u.CacheWrite1h},
		{"reasoning_tokens", u.Reasoning},
		{"audio_input_tokens", u.AudioIn},
		{"audio_output_tokens", u.AudioOut},
	} {
		b = numberMember(b, m.name, m.value)
	}
	if at == len(b) {
		return append(b, "{}"...)
	}
	b[at] = '{' // where the first comma is
	return append(b, '}')
}

// member writes a text that is not empty. Names need no escapes.
func member(b []byte, name, value string) []byte {
	if value == "" {
		return b
	}
	b = append(b, ',', '"')
	b = append(b, name...)
	return jsontext.AppendString(append(b, '"', ':'), value)
}

func numberMember(b []byte, name string, value *int64) []byte {
	if value == nil {
		return b
	}
	b = append(b, ',', '"')
	b = append(b, name...)
	return strconv.AppendInt(append(b, '"', ':'), *value, 10)
}
