package dialect

import (
	"encoding/binary"
	"strings"
	"time"

	"github.com/zeebo/xxh3"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// Log fills the canonical fields of a log. A log that reports a call of a model also returns that call as a span, which
// counts unless the call is known by another record. A log that carries the messages of a span returns them as a Repeat of
// it; MergeRepeats puts those of one span together. What went into the span is taken out of the log.
func Log(l *telemetry.Log) *telemetry.Span {
	genAI := readCommon(&l.Event)
	name := eventName(l)
	switch kindOf(l, name) {
	case reportsCall:
		return callOf(l)
	case reportsDetails:
		return detailsOf(l)
	case carriesMessage:
		return messageOf(l, name)
	case carriesText:
		return textOf(l, name)
	}
	if genAI && l.ErrorType == "" && l.Severity >= telemetry.SeverityError {
		l.ErrorType = errorOther
	}
	return nil
}

// logKind is what a log tells of calls.
type logKind uint8

const (
	tellsNothing   logKind = iota
	reportsCall            // a whole call, or its failure
	reportsDetails         // messages, and perhaps usage, of a call that may have a span
	carriesMessage         // one message of a span, in its body
	carriesText            // a prompt or an answer, in an attribute
)

// Names of events by which coding agents report calls, without the prefix of the agent.
const (
	claudePrefix = "claude_code."
	codexPrefix  = "codex."
	geminiPrefix = "gemini_cli."
)

// eventName returns the name of the event a log is, as its instrumentation documents it. Claude Code leaves its prefix out
// where the scope says it; the log gets it back.
func eventName(l *telemetry.Log) string {
	if strings.HasPrefix(l.Scope.Name, "com.anthropic.claude_code") || l.Service == "claude-code" {
		if l.Name != "" && l.Name != l.Scope.Name && !strings.HasPrefix(l.Name, claudePrefix) {
			l.Name = claudePrefix + l.Name
		}
	}
	return l.Name
}

func kindOf(l *telemetry.Log, name string) logKind {
	if len(name) < len(codexPrefix) {
		return tellsNothing
	}
	switch name {
	case claudePrefix + "api_request", claudePrefix + "api_error", geminiPrefix + "api_response", geminiPrefix + "api_error":
		return reportsCall
	case codexPrefix + "sse_event":
		if l.Attributes.Value("event.kind") == "response.completed" && (l.Attributes.Value("input_token_count") != "" || l.Attributes.Value("error.message") != "") {
			return reportsCall
		}
	case codexPrefix + "api_request":
		if l.Attributes.Value("error.message") != "" || l.HTTPStatus.Value >= 400 {
			return reportsCall
		}
	case claudePrefix + "user_prompt", claudePrefix + "assistant_response", codexPrefix + "user_prompt",
		geminiPrefix + "user_prompt", geminiPrefix + "api_request":
		return carriesText
	case eventDetails:
		return reportsDetails
	case eventChoice:
		return carriesMessage
	}
	if isMessageEvent(name) {
		return carriesMessage
	}
	return tellsNothing
}

// readLog reads a log by the same rules as a span: a copy of the log, as a span.
func readLog(l *telemetry.Log, op telemetry.Operation) *record {
	s := &telemetry.Span{Event: l.Event, Kind: telemetry.KindClient}
	s.Body = ""
	r := new(record)
	r.begin(&s.Event, s, new(telemetry.GenAI))
	r.family = recognise(r)
	if r.family.begin != nil {
		r.family.begin(r)
	}
	if op != "" {
		r.g.Operation = op
	}
	r.read()
	if r.family.finish != nil {
		r.family.finish(r)
	}
	return r
}

// finishLog ends what readLog began: content leaves the log, and the span has no attributes of its own.
func (r *record) finishLog(l *telemetry.Log) *telemetry.Span {
	r.complete()
	r.takeContent()
	l.Attributes, r.span.Attributes = r.span.Attributes, nil
	fill(&l.ErrorType, r.span.ErrorType)
	r.span.GenAI = r.g
	return r.span
}

// callOf makes the span of a call that a coding agent reports.
func callOf(l *telemetry.Log) *telemetry.Span {
	op := telemetry.OpChat
	if strings.HasPrefix(l.Name, geminiPrefix) {
		op = telemetry.OpGenerateContent
	}
	r := readLog(l, op)
	r.usage.elsewhere = false
	if strings.HasSuffix(l.Name, "error") || r.get("error.message") != "" {
		r.failBare()
	}
	r.output.read(r.Attributes.Value("response_text"), "assistant")
	r.moveNamed("response_text")
	s := r.finishLog(l)
	r.identify(l)
	return s
}

// detailsOf reads gen_ai.client.inference.operation.details. Where it stands in a span it repeats that, unless it has the
// usage too; else it is the only report of its call.
func detailsOf(l *telemetry.Log) *telemetry.Span {
	r := readLog(l, "")
	gemini := r.family == &geminiCLI // which tells of the call by another log
	inSpan := !l.TraceID.IsZero() && !l.SpanID.IsZero()
	said := r.usage.said() && !gemini
	if gemini && !inSpan {
		return nil
	}
	s := r.finishLog(l)
	switch {
	case said, !inSpan && (s.GenAI.OutputMessages != "" || s.GenAI.FinishReasons != ""):
		if s.GenAI.Operation == "" || s.GenAI.Operation == telemetry.OpOther {
			s.GenAI.Operation = telemetry.OpChat
		}
		s.GenAI.Counts = s.GenAI.Operation.IsCall()
		r.identify(l)
		return s
	case inSpan:
		return repeatOf(l, s.GenAI)
	}
	return nil
}

// messageOf reads the message in the body of a log. Without a span it is left where it is.
func messageOf(l *telemetry.Log, name string) *telemetry.Span {
	if l.TraceID.IsZero() || l.SpanID.IsZero() {
		return nil
	}
	g := &telemetry.GenAI{}
	var c conversation
	v, ok := parse(l.Body)
	if !ok || v.kind != jsonObject {
		v = value{kind: jsonObject, members: []string{"content"}, list: []value{quoted(l.Body)}}
	}
	if v.get("content").kind == jsonNone && v.get("message").kind == jsonNone && v.get("tool_calls").kind == jsonNone && l.Body == "" {
		v = objectOf(l.Attributes) // some put it there
	}
	if name == eventChoice {
		c.begun = true
		c.event(name, v)
		g.OutputMessages, g.FinishReasons = c.messages(), finishReasons(c.finish)
	} else {
		c.event(name, v)
		g.InputMessages, g.SystemInstructions = c.messages(), c.instructions()
	}
	l.Body = ""
	return someOf(repeatOf(l, g))
}

// textOf reads the prompt or the answer that an agent logs in a span.
func textOf(l *telemetry.Log, name string) *telemetry.Span {
	if l.TraceID.IsZero() || l.SpanID.IsZero() {
		return nil
	}
	g := &telemetry.GenAI{}
	var in, out conversation
	for _, k := range []string{"prompt", "request_text"} {
		in.read(l.Attributes.Value(k), "user")
	}
	if strings.HasSuffix(name, "assistant_response") {
		out.read(l.Attributes.Value("response"), "assistant")
	}
	g.InputMessages, g.SystemInstructions, g.OutputMessages = in.messages(), in.instructions(), out.messages()
	if g.InputMessages == "" && g.OutputMessages == "" {
		return nil
	}
	for _, k := range []string{"prompt", "request_text", "response"} {
		l.Attributes = l.Attributes.Delete(k)
	}
	return someOf(repeatOf(l, g))
}

// someOf notes that the messages of a Repeat are some of those of its span: others come with other logs.
func someOf(s *telemetry.Span) *telemetry.Span {
	s.Attributes = telemetry.Attrs{{Key: telemetry.AttrMessages, Value: telemetry.AllMessages}}
	return s
}

// repeatOf is what a log adds to the span it was written in.
func repeatOf(l *telemetry.Log, g *telemetry.GenAI) *telemetry.Span {
	g.Counts, g.Usage, g.UsageSemantics, g.CostReported = false, telemetry.Usage{}, "", telemetry.Opt{}
	if g.Operation == telemetry.OpOther { // not said
		g.Operation = ""
	}
	return &telemetry.Span{Repeat: true, GenAI: g, Event: telemetry.Event{
		Time: l.Time, Service: l.Service, Environment: l.Environment, TraceID: l.TraceID, SpanID: l.SpanID,
		RequestID: l.RequestID, UserID: l.UserID, TenantID: l.TenantID, SessionID: l.SessionID,
	}}
}

// identify gives the span of a call its place: ids made of what the log says, so that the same log makes the same span
// again, inside the span the log was written in.
func (r *record) identify(l *telemetry.Log) {
	s := r.span
	if d := elapsed(l.Attributes.Value("duration_ms"), time.Millisecond); d.Known {
		s.Time, s.Duration = l.Time-d.Value, d.Value
	}
	s.Name = string(r.g.Operation)
	if r.g.RequestModel != "" {
		s.Name += " " + r.g.RequestModel
	}
	h := xxh3.New()
	var t [8]byte
	binary.LittleEndian.PutUint64(t[:], uint64(l.Time))
	_, _ = h.Write(t[:]) // hashing never returns an error, here and below
	for _, text := range []string{l.Service, l.SessionID, l.Name} {
		_, _ = h.WriteString(text)
		_, _ = h.Write(t[:1])
	}
	for i := range l.Attributes {
		_, _ = h.WriteString(l.Attributes[i].Key)
		_, _ = h.WriteString(l.Attributes[i].Value)
	}
	sum := h.Sum128()
	s.ParentID = l.SpanID
	binary.BigEndian.PutUint64(s.SpanID[:], max(sum.Lo, 1))
	if !s.TraceID.IsZero() {
		return
	}
	s.ParentID = telemetry.SpanID{}
	trace := sum
	if prompt := nonEmpty(l.Attributes.Value("prompt.id"), l.Attributes.Value("prompt_id")); prompt != "" { // what one prompt led to
		trace = xxh3.HashString128(l.SessionID + "\x00" + prompt)
	}
	binary.BigEndian.PutUint64(s.TraceID[:8], max(trace.Hi, 1))
	binary.BigEndian.PutUint64(s.TraceID[8:], trace.Lo)
}

// MergeRepeats puts Repeats of the same span together: message events come one by one, in order. Other spans pass as they are.
func MergeRepeats(spans []telemetry.Span) []telemetry.Span {
	type id struct {
		trace telemetry.TraceID
		span  telemetry.SpanID
	}
	first := map[id]int{}
	kept := spans[:0]
	for i := range spans {
		s := &spans[i]
		if s.Repeat && s.GenAI != nil {
			key := id{s.TraceID, s.SpanID}
			if at, ok := first[key]; ok {
				mergeMessages(kept[at].GenAI, s.GenAI)
				continue
			}
			first[key] = len(kept)
		}
		kept = append(kept, *s)
	}
	clear(spans[len(kept):])
	return kept
}

func mergeMessages(to, from *telemetry.GenAI) {
	to.InputMessages = concat(to.InputMessages, from.InputMessages)
	to.OutputMessages = concat(to.OutputMessages, from.OutputMessages)
	to.SystemInstructions = concat(to.SystemInstructions, from.SystemInstructions)
	fill(&to.FinishReasons, from.FinishReasons)
	fill(&to.Provider, from.Provider)
	fill(&to.RequestModel, from.RequestModel)
	fill(&to.ResponseModel, from.ResponseModel)
	fill(&to.ResponseID, from.ResponseID)
}

// concat puts two lists in JSON together.
func concat(a, b string) string {
	if a == "" || b == "" || a == b {
		return nonEmpty(a, b)
	}
	return a[:len(a)-1] + "," + b[1:]
}
