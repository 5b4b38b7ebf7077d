package otlp

import (
	"encoding/base64"
	"math"
	"strconv"

	"github.com/zeebo/xxh3"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"

	"github.com/telltale-dev/telltale/internal/jsontext"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// reference makes records of a request by way of OpenTelemetry's own decoder. The decoder of this package is held to it.
type reference struct {
	converter
	buf []byte
}

// referenceRecords decodes a request that walk has passed.
func referenceRecords(s signal, payload []byte, now int64, maxValue int) (*telemetry.Batch, *reference, error) {
	hash := max(xxh3.Hash(payload), 1)
	payload = append([]byte(nil), payload...)
	if err := prepare(payload, s); err != nil {
		return nil, nil, err
	}
	c := &reference{converter: converter{now: now, maxValue: maxValue}}
	if s == logs {
		c.batch = hash
		req := plogotlp.NewExportRequest()
		if err := req.UnmarshalProto(payload); err != nil {
			return nil, nil, err
		}
		c.logs(req.Logs())
	} else {
		req := ptraceotlp.NewExportRequest()
		if err := req.UnmarshalProto(payload); err != nil {
			return nil, nil, err
		}
		c.traces(req.Traces())
	}
	return &telemetry.Batch{Spans: c.outSpans, Logs: c.outLogs, Counts: c.counts()}, c, nil
}

func (c *reference) origin(res pcommon.Resource) origin {
	attrs := c.attrs(res.Attributes(), 1)
	if len(c.cut) > 0 {
		attrs = append(attrs, telemetry.Attr{Key: cutKey, Value: c.takeCut()})
	}
	o := origin{resource: attrs[:len(attrs):len(attrs)]}
	o.service = attrs.Value("service.name")
	if o.environment = attrs.Value("deployment.environment.name"); o.environment == "" {
		o.environment = attrs.Value("deployment.environment")
	}
	return o
}

func (c *reference) scope(o *origin, s pcommon.InstrumentationScope) {
	o.scope = telemetry.Scope{Name: c.clip(s.Name(), maxName, "scope"), Version: c.clip(s.Version(), maxName, "scope")}
	c.cut = c.cut[:0] // the name of a scope that long tells nothing
}

func (c *reference) traces(td ptrace.Traces) {
	c.signal = telemetry.SignalSpans
	c.outSpans = make([]telemetry.Span, 0, td.SpanCount())
	for _, rs := range td.ResourceSpans().All() {
		o := c.origin(rs.Resource())
		for _, ss := range rs.ScopeSpans().All() {
			c.scope(&o, ss.Scope())
			for _, s := range ss.Spans().All() {
				c.span(&o, s)
			}
		}
	}
}

func (c *reference) span(o *origin, in ptrace.Span) {
	trace, id := telemetry.TraceID(in.TraceID()), telemetry.SpanID(in.SpanID())
	if trace.IsZero() || id.IsZero() {
		c.noID++
		return
	}
	begin, duration, clock, ok := c.times(uint64(in.StartTimestamp()), uint64(in.EndTimestamp()))
	if !ok {
		c.badTime++
		return
	}
	c.outSpans = append(c.outSpans, telemetry.Span{})
	s := &c.outSpans[len(c.outSpans)-1]
	s.Event = c.event(o, begin, trace, id)
	s.Name = c.clip(in.Name(), maxName, "name")
	s.ParentID = telemetry.SpanID(in.ParentSpanID())
	if k := in.Kind(); k >= 0 && k <= ptrace.SpanKindConsumer {
		s.Kind = telemetry.Kind(k)
	}
	if in.Status().Code() == ptrace.StatusCodeError {
		s.Status = telemetry.StatusError
	}
	s.StatusMessage = c.clip(in.Status().Message(), maxMessage, "status message")
	s.Duration = duration
	s.Attributes = c.attrs(in.Attributes(), 0)
	c.dropped(&s.Event, in)
	c.events(s, in.Events())
	c.links(s, in.Links())
	if clock != "" {
		s.Attributes = s.Attributes.Set(clockKey, clock)
	}
	if len(c.cut) > 0 {
		s.Attributes = s.Attributes.Set(cutKey, c.takeCut())
	}
}

// dropped notes what the SDK dropped before it sent, under the names OpenTelemetry gives these counts elsewhere.
func (c *reference) dropped(e *telemetry.Event, in ptrace.Span) {
	for _, d := range [...]struct {
		key string
		n   uint32
	}{
		{"otel.dropped_attributes_count", in.DroppedAttributesCount()},
		{"otel.dropped_events_count", in.DroppedEventsCount()},
		{"otel.dropped_links_count", in.DroppedLinksCount()},
	} {
		if d.n > 0 {
			e.Attributes = e.Attributes.Set(d.key, strconv.FormatUint(uint64(d.n), 10))
		}
	}
}

func (c *reference) events(s *telemetry.Span, in ptrace.SpanEventSlice) {
	n := in.Len()
	if n == 0 {
		return
	}
	if n > maxEvents {
		c.cut = append(c.cut, strconv.Itoa(n-maxEvents)+" events")
		n = maxEvents
	}
	s.Events = make([]telemetry.SpanEvent, n)
	for i := range n {
		e := in.At(i)
		t := e.Timestamp()
		s.Events[i] = telemetry.SpanEvent{Time: int64(min(t, math.MaxInt64)), Name: c.clip(e.Name(), maxName, "event name"), Attributes: c.attrs(e.Attributes(), 0)}
	}
}

func (c *reference) links(s *telemetry.Span, in ptrace.SpanLinkSlice) {
	n := in.Len()
	if n > maxLinks {
		c.cut = append(c.cut, strconv.Itoa(n-maxLinks)+" links")
		n = maxLinks
	}
	for i := range n {
		l := in.At(i)
		if l.TraceID().IsEmpty() || l.SpanID().IsEmpty() { // a link to nowhere says nothing
			continue
		}
		s.Links = append(s.Links, telemetry.Link{
			TraceID: telemetry.TraceID(l.TraceID()), SpanID: telemetry.SpanID(l.SpanID()), Attributes: c.attrs(l.Attributes(), 0),
		})
	}
}

func (c *reference) logs(ld plog.Logs) {
	c.signal = telemetry.SignalLogs
	c.outLogs = make([]telemetry.Log, 0, ld.LogRecordCount())
	for _, rl := range ld.ResourceLogs().All() {
		o := c.origin(rl.Resource())
		for _, sl := range rl.ScopeLogs().All() {
			c.scope(&o, sl.Scope())
			for _, l := range sl.LogRecords().All() {
				c.log(&o, l)
			}
		}
	}
}

func (c *reference) log(o *origin, in plog.LogRecord) {
	t, clock := c.logTime(uint64(in.Timestamp()), uint64(in.ObservedTimestamp()))
	c.outLogs = append(c.outLogs, telemetry.Log{Batch: c.batch})
	l := &c.outLogs[len(c.outLogs)-1]
	l.Event = c.event(o, t, telemetry.TraceID(in.TraceID()), telemetry.SpanID(in.SpanID()))
	l.Attributes = c.attrs(in.Attributes(), 0)
	l.Body = c.clip(c.value(in.Body()), c.maxValue, "body")
	l.Name = c.clip(in.EventName(), maxName, "name")
	if l.Name == "" {
		l.Name = l.Attributes.Value("event.name")
	}
	if l.Name == "" {
		l.Name = o.scope.Name
	}
	c.severity(l, int32(in.SeverityNumber()), in.SeverityText())
	if n := in.DroppedAttributesCount(); n > 0 {
		l.Attributes = l.Attributes.Set("otel.dropped_attributes_count", strconv.FormatUint(uint64(n), 10))
	}
	if clock != "" {
		l.Attributes = l.Attributes.Set(clockKey, clock)
	}
	if len(c.cut) > 0 {
		l.Attributes = l.Attributes.Set(cutKey, c.takeCut())
	}
}

// attrs converts a map. Keys become unique, the last value wins, as an SDK would have it; room is left for more.
func (c *reference) attrs(m pcommon.Map, room int) telemetry.Attrs {
	n := m.Len()
	if n == 0 {
		return nil
	}
	out := make(telemetry.Attrs, 0, min(n, maxAttributes)+room)
	var seen [4]uint64 // a bit for each key's hash: most keys are known to be new without a look at the others
	for k, v := range m.All() {
		key := c.clip(k, maxKey, "a key")
		value := c.clip(c.value(v), c.maxValue, key)
		h := keyHash(key)
		if seen[h>>6]&(1<<(h&63)) != 0 {
			before := len(out)
			if out = out.Set(key, value); len(out) == before {
				continue
			}
			out = out[:before]
		}
		if len(out) == maxAttributes {
			c.cut = append(c.cut, strconv.Itoa(n-maxAttributes)+" attributes")
			break
		}
		seen[h>>6] |= 1 << (h & 63)
		out = append(out, telemetry.Attr{Key: key, Value: value})
	}
	return out
}

// value is the text of a value: strings as they are, numbers and booleans as JSON has them, bytes in base64, lists and
// maps as JSON. A value without content is empty.
func (c *reference) value(v pcommon.Value) string {
	switch v.Type() {
	case pcommon.ValueTypeStr:
		return v.Str()
	case pcommon.ValueTypeInt:
		return strconv.FormatInt(v.Int(), 10)
	case pcommon.ValueTypeBool:
		return strconv.FormatBool(v.Bool())
	case pcommon.ValueTypeEmpty:
		return ""
	case pcommon.ValueTypeBytes:
		return base64.StdEncoding.EncodeToString(v.Bytes().AsRaw())
	case pcommon.ValueTypeDouble:
		c.buf = appendNumber(c.buf[:0], v.Double())
	default:
		c.buf = referenceValue(c.buf[:0], v)
	}
	return string(c.buf)
}

// referenceValue writes a value as JSON.
func referenceValue(b []byte, v pcommon.Value) []byte {
	switch v.Type() {
	case pcommon.ValueTypeStr:
		return jsontext.AppendString(b, v.Str())
	case pcommon.ValueTypeInt:
		return strconv.AppendInt(b, v.Int(), 10)
	case pcommon.ValueTypeBool:
		return strconv.AppendBool(b, v.Bool())
	case pcommon.ValueTypeDouble:
		if f := v.Double(); math.IsNaN(f) || math.IsInf(f, 0) { // JSON has no number for them
			b = append(b, '"')
			return append(appendNumber(b, f), '"')
		}
		return appendNumber(b, v.Double())
	case pcommon.ValueTypeBytes:
		return jsontext.AppendString(b, base64.StdEncoding.EncodeToString(v.Bytes().AsRaw()))
	case pcommon.ValueTypeSlice:
		b = append(b, '[')
		for i, e := range v.Slice().All() {
			if i > 0 {
				b = append(b, ',')
			}
			b = referenceValue(b, e)
		}
		return append(b, ']')
	case pcommon.ValueTypeMap:
		b = append(b, '{')
		first := true
		for k, e := range v.Map().All() {
			if !first {
				b = append(b, ',')
			}
			first = false
			b = append(jsontext.AppendString(b, k), ':')
			b = referenceValue(b, e)
		}
		return append(b, '}')
	}
	return append(b, "null"...)
}
