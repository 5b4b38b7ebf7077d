package otlp

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

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

// converter is what is known and counted while the records of one request are made.
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

func (c *converter) takeCut() string {
	s := strings.Join(c.cut, ", ")
	c.cut = c.cut[:0]
	return s
}

// notes adds what was changed on the way in to a record.
func (c *converter) notes(e *telemetry.Event, clock string) {
	if clock != "" {
		e.Attributes = e.Attributes.Set(clockKey, clock)
	}
	if len(c.cut) > 0 {
		e.Attributes = e.Attributes.Set(cutKey, c.takeCut())
	}
}

// clip keeps s valid UTF-8 and no longer than limit; what names it where it was cut.
func (c *converter) clip(s string, limit int, what string) string {
	if len(s) > limit {
		c.noteCut(what, len(s))
		s = wholeCharacters(s[:limit])
	}
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	return s
}

func (c *converter) noteCut(what string, size int) {
	c.cut = append(c.cut, what+" of "+strconv.Itoa(size)+" bytes")
}

// wholeCharacters takes the beginning of a character from the end of a text that was cut.
func wholeCharacters(s string) string {
	for i := 0; i < utf8.UTFMax && len(s) > 0; i++ {
		if r, n := utf8.DecodeLastRuneInString(s); r != utf8.RuneError || n > 1 {
			break
		}
		s = s[:len(s)-1]
	}
	return s
}
