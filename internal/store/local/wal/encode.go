package wal

import (
	"encoding/binary"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// The encoding of a batch: a version, the numbers of counts, spans and logs, then these in this order. Integers are
// varints. Rows of a batch resemble each other, so each text has a slot that remembers its last value: 0 is empty, 1 is
// the last value of the slot again, n+2 is a new value of n bytes. The keys and values of attributes have slots by their
// place in the list.
const encodingVersion = 1

// MaxBatch is how long an encoded batch may be before compression, in bytes.
const MaxBatch = 256 << 20

// Slots of texts.
const (
	slotService = iota
	slotEnvironment
	slotName
	slotRequest
	slotUser
	slotTenant
	slotSession
	slotKey
	slotMethod
	slotPath
	slotErrorType
	slotScopeName
	slotScopeVersion
	slotStatusMessage
	slotOperation
	slotProvider
	slotRequestModel
	slotResponseModel
	slotResponseID
	slotSemantics
	slotPriceVersion
	slotServiceTier
	slotRegion
	slotFinish
	slotAgent
	slotWorkflow
	slotTool
	slotToolCall
	slotPromptName
	slotPromptVersion
	slotSystem
	slotEventName
	slotReason
	slotCount
)

// attrSlots is how many places of an attribute list are remembered.
const attrSlots = 64

// Flags of a row.
const (
	hasTrace = 1 << iota
	sameTrace
	hasSpan
	hasParent
	hasHTTPStatus
	hasGenAI
	hasRepeat
	hasEvents
	hasLinks
	sameResource
	hasBatch
	sameBatch
)

// Flags of a GenAI part; above them stand the bits of the numbers that are known, in the order of numbersOf.
const (
	genCounts = 1 << iota
	genBatchAPI
	genStreaming
	genNumbers = 3 // number of flags
)

// attrSlot remembers a place of an attribute list.
type attrSlot struct{ key, value string }

// memory is what both directions know of the rows before.
type memory struct {
	texts     [slotCount]string
	attrs     [attrSlots]attrSlot
	resources [attrSlots]attrSlot
	nested    [attrSlots]attrSlot // of span events and links
	resource  telemetry.Attrs
	trace     telemetry.TraceID
	time      int64
	batch     uint64
}

// encoder appends the encoding of a batch to buf.
type encoder struct {
	memory
	buf []byte
}

func (e *encoder) encode(b *telemetry.Batch) {
	e.buf = append(e.buf, encodingVersion)
	e.uint(uint64(len(b.Counts)))
	e.uint(uint64(len(b.Spans)))
	e.uint(uint64(len(b.Logs)))
	for i := range b.Counts {
		c := &b.Counts[i]
		e.buf = append(e.buf, byte(c.Signal), byte(c.Outcome))
		e.text(slotReason, c.Reason)
		e.int(c.N)
	}
	for i := range b.Spans {
		e.span(&b.Spans[i])
	}
	for i := range b.Logs {
		e.log(&b.Logs[i])
	}
}

func (e *encoder) uint(v uint64) { e.buf = binary.AppendUvarint(e.buf, v) }
func (e *encoder) int(v int64)   { e.buf = binary.AppendVarint(e.buf, v) }

func (e *encoder) long(s string) {
	e.uint(uint64(len(s)))
	e.buf = append(e.buf, s...)
}

func (e *encoder) text(slot int, s string) { e.remembered(&e.texts[slot], s) }

func (e *encoder) remembered(last *string, s string) {
	switch s {
	case "":
		e.buf = append(e.buf, 0)
	case *last:
		e.buf = append(e.buf, 1)
	default:
		*last = s
		e.uint(uint64(len(s)) + 2)
		e.buf = append(e.buf, s...)
	}
}

func (e *encoder) attrList(slots *[attrSlots]attrSlot, attrs telemetry.Attrs) {
	e.uint(uint64(len(attrs)))
	for i := range attrs {
		slot := &slots[min(i, attrSlots-1)]
		e.remembered(&slot.key, attrs[i].Key)
		e.remembered(&slot.value, attrs[i].Value)
	}
}

// sameList reports whether two lists are one in memory, as those of rows from one resource are.
func sameList(a, b telemetry.Attrs) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

func (e *encoder) eventFlags(ev *telemetry.Event) uint64 {
	flags := uint64(0)
	if !ev.TraceID.IsZero() {
		flags |= hasTrace
		if ev.TraceID == e.trace {
			flags |= sameTrace
		}
	}
	if !ev.SpanID.IsZero() {
		flags |= hasSpan
	}
	if ev.HTTPStatus.Known {
		flags |= hasHTTPStatus
	}
	if sameList(ev.Resource, e.resource) {
		flags |= sameResource
	}
	return flags
}

func (e *encoder) event(flags uint64, ev *telemetry.Event) {
	e.int(ev.Time - e.time)
	e.time = ev.Time
	if flags&hasTrace != 0 && flags&sameTrace == 0 {
		e.buf = append(e.buf, ev.TraceID[:]...)
		e.trace = ev.TraceID
	}
	if flags&hasSpan != 0 {
		e.buf = append(e.buf, ev.SpanID[:]...)
	}
	if flags&hasHTTPStatus != 0 {
		e.int(ev.HTTPStatus.Value)
	}
	e.text(slotService, ev.Service)
	e.text(slotEnvironment, ev.Environment)
	e.text(slotName, ev.Name)
	e.text(slotRequest, ev.RequestID)
	e.text(slotUser, ev.UserID)
	e.text(slotTenant, ev.TenantID)
	e.text(slotSession, ev.SessionID)
	e.text(slotKey, ev.KeyID)
	e.text(slotMethod, ev.HTTPMethod)
	e.text(slotPath, ev.HTTPPath)
	e.text(slotErrorType, ev.ErrorType)
	e.text(slotScopeName, ev.Scope.Name)
	e.text(slotScopeVersion, ev.Scope.Version)
	e.long(ev.Body)
	e.attrList(&e.attrs, ev.Attributes)
	if flags&sameResource == 0 {
		e.attrList(&e.resources, ev.Resource)
		e.resource = ev.Resource
	}
}

func (e *encoder) span(s *telemetry.Span) {
	flags := e.eventFlags(&s.Event)
	if !s.ParentID.IsZero() {
		flags |= hasParent
	}
	if s.GenAI != nil {
		flags |= hasGenAI
	}
	if s.Repeat {
		flags |= hasRepeat
	}
	if len(s.Events) > 0 {
		flags |= hasEvents
	}
	if len(s.Links) > 0 {
		flags |= hasLinks
	}
	e.uint(flags)
	e.event(flags, &s.Event)
	if flags&hasParent != 0 {
		e.buf = append(e.buf, s.ParentID[:]...)
	}
	e.buf = append(e.buf, byte(s.Kind), byte(s.Status))
	e.text(slotStatusMessage, s.StatusMessage)
	e.int(s.Duration)
	if s.GenAI != nil {
		e.genAI(s.GenAI)
	}
	if len(s.Events) > 0 {
		e.spanEvents(s)
	}
	if len(s.Links) > 0 {
		e.links(s)
	}
}

func (e *encoder) spanEvents(s *telemetry.Span) {
	e.uint(uint64(len(s.Events)))
	for i := range s.Events {
		ev := &s.Events[i]
		e.int(ev.Time - s.Time)
		e.text(slotEventName, ev.Name)
		e.attrList(&e.nested, ev.Attributes)
	}
}

func (e *encoder) links(s *telemetry.Span) {
	e.uint(uint64(len(s.Links)))
	for i := range s.Links {
		l := &s.Links[i]
		e.buf = append(e.buf, l.TraceID[:]...)
		e.buf = append(e.buf, l.SpanID[:]...)
		e.attrList(&e.nested, l.Attributes)
	}
}

func (e *encoder) log(l *telemetry.Log) {
	flags := e.eventFlags(&l.Event)
	if l.Batch != 0 {
		flags |= hasBatch
		if l.Batch == e.batch {
			flags |= sameBatch
		}
	}
	e.uint(flags)
	e.event(flags, &l.Event)
	e.buf = append(e.buf, byte(l.Severity))
	if flags&hasBatch != 0 && flags&sameBatch == 0 {
		e.buf = binary.LittleEndian.AppendUint64(e.buf, l.Batch)
		e.batch = l.Batch
	}
}

// numbersOf lists the optional numbers of a GenAI part. The order is part of the encoding.
func numbersOf(g *telemetry.GenAI) [11]*telemetry.Opt {
	u := &g.Usage
	return [11]*telemetry.Opt{
		&u.Input, &u.Output, &u.CacheRead, &u.CacheWrite5m, &u.CacheWrite1h, &u.Reasoning, &u.AudioIn, &u.AudioOut,
		&g.Cost, &g.CostReported, &g.TimeToFirstToken,
	}
}

func (e *encoder) genAI(g *telemetry.GenAI) {
	flags := uint64(0)
	if g.Counts {
		flags |= genCounts
	}
	if g.BatchAPI {
		flags |= genBatchAPI
	}
	if g.Streaming {
		flags |= genStreaming
	}
	numbers := numbersOf(g)
	for i, n := range numbers {
		if n.Known {
			flags |= 1 << (genNumbers + i)
		}
	}
	e.uint(flags)
	for _, n := range numbers {
		if n.Known {
			e.int(n.Value)
		}
	}
	e.text(slotOperation, string(g.Operation))
	e.text(slotProvider, g.Provider)
	e.text(slotRequestModel, g.RequestModel)
	e.text(slotResponseModel, g.ResponseModel)
	e.text(slotResponseID, g.ResponseID)
	e.text(slotSemantics, g.UsageSemantics)
	e.text(slotPriceVersion, g.PriceVersion)
	e.text(slotServiceTier, g.ServiceTier)
	e.text(slotRegion, g.Region)
	e.text(slotFinish, g.FinishReasons)
	e.text(slotAgent, g.Agent)
	e.text(slotWorkflow, g.Workflow)
	e.text(slotTool, g.Tool)
	e.text(slotToolCall, g.ToolCallID)
	e.text(slotPromptName, g.PromptName)
	e.text(slotPromptVersion, g.PromptVersion)
	e.text(slotSystem, g.SystemInstructions)
	e.long(g.ToolArguments)
	e.long(g.ToolResult)
	e.long(g.InputMessages)
	e.long(g.OutputMessages)
}
