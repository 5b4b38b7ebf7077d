package wal

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// errEncoding says that bytes are not a batch.
var errEncoding = errors.New("not an encoded batch")

// decoder reads what encoder wrote. Texts of the batch share one string.
type decoder struct {
	memory
	in    string
	at    int
	err   error
	arena []telemetry.Attr // attributes of all rows, in one piece of memory
}

// decodeBatch reads an encoded batch. Whatever the bytes, it returns a batch or an error, and its memory is bounded by a
// multiple of their length.
func decodeBatch(p []byte) (*telemetry.Batch, error) {
	d := &decoder{in: string(p)}
	if v := d.byte(); d.err == nil && v != encodingVersion {
		return nil, fmt.Errorf("batch encoding %d is not known, a newer version wrote it: %w", v, errEncoding)
	}
	counts, spans, logs := d.length(4), d.length(minRow), d.length(minRow)
	b := &telemetry.Batch{
		Counts: grown[telemetry.Count](counts), Spans: grown[telemetry.Span](spans), Logs: grown[telemetry.Log](logs),
	}
	for range counts {
		if d.err != nil {
			break
		}
		c := telemetry.Count{Signal: telemetry.Signal(d.byte()), Outcome: telemetry.Outcome(d.byte())}
		c.Reason, c.N = d.text(slotReason), d.int()
		if c.Signal > telemetry.SignalLogs || c.Outcome > telemetry.Quarantined {
			d.fail()
		}
		b.Counts = append(b.Counts, c)
	}
	for range spans {
		if d.err != nil {
			break
		}
		b.Spans = append(b.Spans, telemetry.Span{})
		d.span(&b.Spans[len(b.Spans)-1])
	}
	for range logs {
		if d.err != nil {
			break
		}
		b.Logs = append(b.Logs, telemetry.Log{})
		d.log(&b.Logs[len(b.Logs)-1])
	}
	if d.err == nil && d.at != len(d.in) {
		d.fail()
	}
	if d.err != nil {
		return nil, d.err
	}
	return b, nil
}

// minRow is the least number of bytes a row takes.
const minRow = 18

// grown makes room for n rows, if n is likely; lists grow as they are read beyond that.
func grown[T any](n int) []T {
	if n == 0 {
		return nil
	}
	return make([]T, 0, min(n, 4096))
}

func (d *decoder) fail() {
	if d.err == nil {
		d.err = fmt.Errorf("at byte %d: %w", d.at, errEncoding)
	}
	d.at = len(d.in)
}

func (d *decoder) byte() byte {
	if d.at >= len(d.in) {
		d.fail()
		return 0
	}
	b := d.in[d.at]
	d.at++
	return b
}

func (d *decoder) take(n uint64) string {
	if n > uint64(len(d.in)-d.at) {
		d.fail()
		return ""
	}
	s := d.in[d.at : d.at+int(n)]
	d.at += int(n)
	return s
}

func (d *decoder) uint() uint64 {
	v := uint64(0)
	for shift := 0; shift < 64; shift += 7 {
		b := d.byte()
		if shift == 63 && b > 1 {
			break
		}
		v |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return v
		}
	}
	d.fail()
	return 0
}

func (d *decoder) int() int64 {
	v := d.uint()
	return int64(v>>1) ^ -int64(v&1)
}

// length reads how many things of at least size bytes follow, and refuses more than there can be.
func (d *decoder) length(size int) int {
	n := d.uint()
	if n > uint64((len(d.in)-d.at)/size) {
		d.fail()
		return 0
	}
	return int(n)
}

func (d *decoder) long() string { return d.take(d.uint()) }

func (d *decoder) text(slot int) string { return d.remembered(&d.texts[slot]) }

func (d *decoder) remembered(last *string) string {
	switch n := d.uint(); n {
	case 0:
		return ""
	case 1:
		return *last
	default:
		*last = d.take(n - 2)
		return *last
	}
}

func (d *decoder) attrList(slots *[attrSlots]attrSlot) telemetry.Attrs {
	n := d.length(2)
	if n == 0 {
		return nil
	}
	if len(d.arena) < n {
		d.arena = make([]telemetry.Attr, max(n, 2048))
	}
	attrs := d.arena[:n:n]
	d.arena = d.arena[n:]
	for i := range attrs {
		slot := &slots[min(i, attrSlots-1)]
		attrs[i] = telemetry.Attr{Key: d.remembered(&slot.key), Value: d.remembered(&slot.value)}
	}
	return attrs
}

func (d *decoder) event(flags uint64, ev *telemetry.Event) {
	d.time += d.int()
	ev.Time = d.time
	if flags&hasTrace != 0 {
		if flags&sameTrace == 0 {
			copy(d.trace[:], d.take(16))
		}
		ev.TraceID = d.trace
	}
	if flags&hasSpan != 0 {
		copy(ev.SpanID[:], d.take(8))
	}
	if flags&hasHTTPStatus != 0 {
		ev.HTTPStatus = telemetry.Known(d.int())
	}
	ev.Service = d.text(slotService)
	ev.Environment = d.text(slotEnvironment)
	ev.Name = d.text(slotName)
	ev.RequestID = d.text(slotRequest)
	ev.UserID = d.text(slotUser)
	ev.TenantID = d.text(slotTenant)
	ev.SessionID = d.text(slotSession)
	ev.KeyID = d.text(slotKey)
	ev.HTTPMethod = d.text(slotMethod)
	ev.HTTPPath = d.text(slotPath)
	ev.ErrorType = d.text(slotErrorType)
	ev.Scope = telemetry.Scope{Name: d.text(slotScopeName), Version: d.text(slotScopeVersion)}
	ev.Body = d.long()
	ev.Attributes = d.attrList(&d.attrs)
	if flags&sameResource == 0 {
		d.resource = d.attrList(&d.resources)
	}
	ev.Resource = d.resource
}

func (d *decoder) span(s *telemetry.Span) {
	flags := d.uint()
	d.event(flags, &s.Event)
	if flags&hasParent != 0 {
		copy(s.ParentID[:], d.take(8))
	}
	s.Kind, s.Status = telemetry.Kind(d.byte()), telemetry.Status(d.byte())
	s.StatusMessage = d.text(slotStatusMessage)
	s.Duration = d.int()
	s.Repeat = flags&hasRepeat != 0
	if flags&hasGenAI != 0 {
		s.GenAI = new(telemetry.GenAI)
		d.genAI(s.GenAI)
	}
	if flags&hasEvents != 0 {
		s.Events = make([]telemetry.SpanEvent, d.length(3))
		for i := range s.Events {
			s.Events[i] = telemetry.SpanEvent{Time: s.Time + d.int(), Name: d.text(slotEventName), Attributes: d.attrList(&d.nested)}
		}
	}
	if flags&hasLinks != 0 {
		s.Links = make([]telemetry.Link, d.length(25))
		for i := range s.Links {
			copy(s.Links[i].TraceID[:], d.take(16))
			copy(s.Links[i].SpanID[:], d.take(8))
			s.Links[i].Attributes = d.attrList(&d.nested)
		}
	}
}

func (d *decoder) log(l *telemetry.Log) {
	flags := d.uint()
	d.event(flags, &l.Event)
	l.Severity = telemetry.Severity(d.byte())
	if flags&hasBatch != 0 {
		if flags&sameBatch == 0 {
			if raw := d.take(8); len(raw) == 8 {
				d.batch = binary.LittleEndian.Uint64([]byte(raw))
			}
		}
		l.Batch = d.batch
	}
}

func (d *decoder) genAI(g *telemetry.GenAI) {
	flags := d.uint()
	g.Counts = flags&genCounts != 0
	g.BatchAPI = flags&genBatchAPI != 0
	g.Streaming = flags&genStreaming != 0
	for i, n := range numbersOf(g) {
		if flags&(1<<(genNumbers+i)) != 0 {
			*n = telemetry.Known(d.int())
		}
	}
	g.Operation = telemetry.Operation(d.text(slotOperation))
	g.Provider = d.text(slotProvider)
	g.RequestModel = d.text(slotRequestModel)
	g.ResponseModel = d.text(slotResponseModel)
	g.ResponseID = d.text(slotResponseID)
	g.UsageSemantics = d.text(slotSemantics)
	g.PriceVersion = d.text(slotPriceVersion)
	g.ServiceTier = d.text(slotServiceTier)
	g.Region = d.text(slotRegion)
	g.FinishReasons = d.text(slotFinish)
	g.Agent = d.text(slotAgent)
	g.Workflow = d.text(slotWorkflow)
	g.Tool = d.text(slotTool)
	g.ToolCallID = d.text(slotToolCall)
	g.PromptName = d.text(slotPromptName)
	g.PromptVersion = d.text(slotPromptVersion)
	g.SystemInstructions = d.text(slotSystem)
	g.ToolArguments = d.long()
	g.ToolResult = d.long()
	g.InputMessages = d.long()
	g.OutputMessages = d.long()
}
