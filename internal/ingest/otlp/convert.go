package otlp

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// Bounds of one record. What is beyond is cut, and cutKey says what.
const (
	maxAttributes = 1024
	maxEvents     = 1024
	maxLinks      = 1024
	maxKey        = 256
	maxName       = 1024
	maxMessage    = 64 << 10 // of a status
)

// Attributes that tell what was changed on the way in.
const (
	cutKey   = "telltale.cut"   // comma separated: what was cut
	clockKey = "telltale.clock" // which time was put right
)

// Reasons for which a record is rejected, as the sender is told and as the books name them.
const (
	reasonNoID      = "no valid trace and span id"
	reasonTime      = "time out of range"
	maxAhead        = int64(7 * 24 * time.Hour) // a clock may be wrong by this much
	earliest        = 946_684_800_000_000_000   // 2000-01-01: before it a time is in another unit, or missing
	endTolerance    = int64(time.Second)        // clocks step; a span that ends this long before its start is taken as instant
	maxSpanDuration = int64(366 * 24 * time.Hour)
)

// converter makes records of one request.
type converter struct {
	now      int64 // Unix nanoseconds
	maxValue int
	batch    uint64

	outSpans []telemetry.Span
	outLogs  []telemetry.Log
	noID     int64
	badTime  int64
	signal   telemetry.Signal
	cut      []string // of the record being converted
	buf      []byte
}

// origin is what all records of one resource and scope share.
type origin struct {
	service, environment string
	resource             telemetry.Attrs
	scope                telemetry.Scope
}

func (c *converter) counts() []telemetry.Count {
	var counts []telemetry.Count
	if c.noID > 0 {
		counts = append(counts, telemetry.Count{Signal: c.signal, Outcome: telemetry.Rejected, Reason: reasonNoID, N: c.noID})
	}
	if c.badTime > 0 {
		counts = append(counts, telemetry.Count{Signal: c.signal, Outcome: telemetry.Rejected, Reason: reasonTime, N: c.badTime})
	}
	return counts
}

func (c *converter) answer() answer {
	a := answer{rejected: c.noID + c.badTime}
	var reasons []string
	if c.noID > 0 {
		reasons = append(reasons, fmt.Sprintf("%d with %s", c.noID, reasonNoID))
	}
	if c.badTime > 0 {
		reasons = append(reasons, fmt.Sprintf("%d with %s", c.badTime, reasonTime))
	}
	a.reason = strings.Join(reasons, ", ")
	return a
}

func (c *converter) origin(res pcommon.Resource) origin {
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

func (o *origin) withScope(c *converter, s pcommon.InstrumentationScope) {
	o.scope = telemetry.Scope{Name: c.text(s.Name(), maxName, "scope"), Version: c.text(s.Version(), maxName, "scope")}
	c.cut = c.cut[:0] // the name of a scope that long tells nothing
}

func (c *converter) traces(td ptrace.Traces) {
	c.signal = telemetry.SignalSpans
	c.outSpans = make([]telemetry.Span, 0, td.SpanCount())
	for _, rs := range td.ResourceSpans().All() {
		o := c.origin(rs.Resource())
		for _, ss := range rs.ScopeSpans().All() {
			o.withScope(c, ss.Scope())
			for _, s := range ss.Spans().All() {
				c.span(&o, s)
			}
		}
	}
}

func (c *converter) span(o *origin, in ptrace.Span) {
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
	s.Name = c.text(in.Name(), maxName, "name")
	s.ParentID = telemetry.SpanID(in.ParentSpanID())
	if k := in.Kind(); k >= 0 && k <= ptrace.SpanKindConsumer {
		s.Kind = telemetry.Kind(k)
	}
	if in.Status().Code() == ptrace.StatusCodeError {
		s.Status = telemetry.StatusError
	}
	s.StatusMessage = c.text(in.Status().Message(), maxMessage, "status message")
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

// times reads when a span began and how long it took, and says in words what it put right.
func (c *converter) times(start, end uint64) (begin, duration int64, clock string, ok bool) {
	if !c.plausible(start) || end != 0 && !c.plausible(end) {
		return 0, 0, "", false
	}
	begin, duration = int64(start), int64(end)-int64(start)
	switch {
	case end == 0:
		return begin, 0, "the span has no end", true
	case duration < -endTolerance:
		return begin, 0, "the span ended " + time.Duration(-duration).String() + " before it began", true
	case duration < 0:
		return begin, 0, "", true
	case duration > maxSpanDuration:
		return 0, 0, "", false
	}
	return begin, duration, "", true
}

func (c *converter) plausible(t uint64) bool {
	return t >= earliest && t <= math.MaxInt64 && int64(t) <= c.now+maxAhead
}

func (c *converter) event(o *origin, t int64, trace telemetry.TraceID, span telemetry.SpanID) telemetry.Event {
	return telemetry.Event{
		Time: t, TraceID: trace, SpanID: span,
		Service: o.service, Environment: o.environment, Resource: o.resource, Scope: o.scope,
	}
}

// dropped notes what the SDK dropped before it sent, under the names OpenTelemetry gives these counts elsewhere.
func (c *converter) dropped(e *telemetry.Event, in ptrace.Span) {
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

func (c *converter) events(s *telemetry.Span, in ptrace.SpanEventSlice) {
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
		s.Events[i] = telemetry.SpanEvent{Time: int64(min(t, math.MaxInt64)), Name: c.text(e.Name(), maxName, "event name"), Attributes: c.attrs(e.Attributes(), 0)}
	}
}

func (c *converter) links(s *telemetry.Span, in ptrace.SpanLinkSlice) {
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

func (c *converter) logs(ld plog.Logs) {
	c.signal = telemetry.SignalLogs
	c.outLogs = make([]telemetry.Log, 0, ld.LogRecordCount())
	for _, rl := range ld.ResourceLogs().All() {
		o := c.origin(rl.Resource())
		for _, sl := range rl.ScopeLogs().All() {
			o.withScope(c, sl.Scope())
			for _, l := range sl.LogRecords().All() {
				c.log(&o, l)
			}
		}
	}
}

func (c *converter) log(o *origin, in plog.LogRecord) {
	t, clock := c.logTime(uint64(in.Timestamp()), uint64(in.ObservedTimestamp()))
	c.outLogs = append(c.outLogs, telemetry.Log{Batch: c.batch})
	l := &c.outLogs[len(c.outLogs)-1]
	l.Event = c.event(o, t, telemetry.TraceID(in.TraceID()), telemetry.SpanID(in.SpanID()))
	l.Attributes = c.attrs(in.Attributes(), 0)
	l.Body = c.text(c.value(in.Body()), c.maxValue, "body")
	l.Name = c.text(in.EventName(), maxName, "name")
	if l.Name == "" {
		l.Name = l.Attributes.Value("event.name")
	}
	if l.Name == "" {
		l.Name = o.scope.Name
	}
	c.severity(l, in)
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

// logTime is when a log was written, else when it was seen, else now: a log is never lost for its clock.
func (c *converter) logTime(t, observed uint64) (at int64, clock string) {
	if c.plausible(t) {
		return int64(t), ""
	}
	if t != 0 {
		clock = "the time sent was " + strconv.FormatUint(t, 10)
	}
	if c.plausible(observed) {
		return int64(observed), clock
	}
	return c.now, clock
}

// severity reads the number, else the text. A text that says more than the level is kept.
func (c *converter) severity(l *telemetry.Log, in plog.LogRecord) {
	if n := in.SeverityNumber(); n >= 1 && n <= 24 {
		l.Severity = telemetry.Severity(n)
	}
	text := in.SeverityText()
	if text == "" {
		return
	}
	level := levelOf(text)
	if l.Severity == telemetry.SeverityUnknown {
		l.Severity = level
	}
	if !strings.EqualFold(text, l.Severity.Level()) {
		l.Attributes = l.Attributes.Set("severity.text", c.text(text, maxKey, "severity.text"))
	}
}

func levelOf(text string) telemetry.Severity {
	text = strings.ToLower(text)
	switch text {
	case "warning":
		return telemetry.SeverityWarn
	case "err", "eror":
		return telemetry.SeverityError
	case "critical", "crit", "emergency", "alert", "panic", "dpanic":
		return telemetry.SeverityFatal
	case "information", "notice", "informational":
		return telemetry.SeverityInfo
	case "verbose", "finest":
		return telemetry.SeverityTrace
	}
	return telemetry.ParseLevel(text)
}

func (c *converter) takeCut() string {
	s := strings.Join(c.cut, ", ")
	c.cut = c.cut[:0]
	return s
}
