package otlp

import (
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// Fields that requests of every signal have at the same numbers.
const (
	requestResource = 1 // of Export…ServiceRequest: ResourceSpans, ResourceLogs, ResourceMetrics

	resourceResource  = 1
	resourceScope     = 2
	resourceSchemaURL = 3

	scopeScope     = 1
	scopeRecord    = 2
	scopeSchemaURL = 3
)

// Fields of Span, of its events and links, and of its status.
const (
	spanTraceID           = 1
	spanSpanID            = 2
	spanTraceState        = 3
	spanParentID          = 4
	spanName              = 5
	spanKind              = 6
	spanStart             = 7
	spanEnd               = 8
	spanAttributes        = 9
	spanDroppedAttributes = 10
	spanEvents            = 11
	spanDroppedEvents     = 12
	spanLinks             = 13
	spanDroppedLinks      = 14
	spanStatus            = 15
	spanFlags             = 16

	eventTime       = 1
	eventName       = 2
	eventAttributes = 3
	eventDropped    = 4

	linkTraceID    = 1
	linkSpanID     = 2
	linkTraceState = 3
	linkAttributes = 4
	linkDropped    = 5
	linkFlags      = 6

	statusMessage = 2
	statusCode    = 3
)

// Bits of flags above those of W3C: whether it is known that the parent was in another process, and whether it was.
const (
	flagRemoteKnown = 0x100
	flagRemote      = 0x200
)

// appendResource writes the Resource message of a request, with what every record shares.
func appendResource(b []byte, r *resource.Resource) []byte {
	b, m := begin(b, resourceResource, 2)
	for i := r.Iter(); i.Next(); {
		kv := i.Attribute()
		b = appendKeyValue(b, 1, &kv, 0)
	}
	return end(b, m)
}

func appendScope(b []byte, s *instrumentation.Scope) []byte {
	b, m := begin(b, scopeScope, 1)
	b = appendString(b, 1, s.Name)
	b = appendString(b, 2, s.Version)
	for i := s.Attributes.Iter(); i.Next(); {
		kv := i.Attribute()
		b = appendKeyValue(b, 3, &kv, 0)
	}
	return end(b, m)
}

// spanRequest writes requests of spans. It is used by one goroutine.
type spanRequest struct {
	resource  []byte // encoded
	schemaURL string
	scopes    []instrumentation.Scope
	scopeOf   []int
}

// append writes one ExportTraceServiceRequest: the spans grouped by their scope, in the order they came.
func (r *spanRequest) append(b []byte, spans []queuedSpan) []byte {
	r.group(spans)
	b, whole := begin(b, requestResource, 3)
	b = append(b, r.resource...)
	for s := range r.scopes {
		var m mark
		b, m = begin(b, resourceScope, 3)
		b = appendScope(b, &r.scopes[s])
		for i := range spans {
			if r.scopeOf[i] == s {
				b = appendSpan(b, scopeRecord, spans[i].ReadOnlySpan)
			}
		}
		b = appendString(b, scopeSchemaURL, r.scopes[s].SchemaURL)
		b = end(b, m)
	}
	b = appendString(b, resourceSchemaURL, r.schemaURL)
	clear(r.scopes)
	return end(b, whole)
}

// group finds the scope of each span. A process has few scopes.
func (r *spanRequest) group(spans []queuedSpan) {
	r.scopes, r.scopeOf = r.scopes[:0], r.scopeOf[:0]
	for i := range spans {
		scope := spans[i].InstrumentationScope()
		at := 0
		for at < len(r.scopes) && !sameScope(&r.scopes[at], &scope) {
			at++
		}
		if at == len(r.scopes) {
			r.scopes = append(r.scopes, scope)
		}
		r.scopeOf = append(r.scopeOf, at)
	}
}

func sameScope(a, b *instrumentation.Scope) bool {
	return a.Name == b.Name && a.Version == b.Version && a.SchemaURL == b.SchemaURL &&
		a.Attributes.Equivalent() == b.Attributes.Equivalent()
}

func appendSpan(b []byte, field uint32, s sdktrace.ReadOnlySpan) []byte {
	b, m := begin(b, field, 2)
	own, parent := s.SpanContext(), s.Parent()
	b = appendTraceID(b, spanTraceID, own.TraceID())
	b = appendSpanID(b, spanSpanID, own.SpanID())
	b = appendTraceState(b, spanTraceState, own.TraceState())
	if parent.HasSpanID() {
		b = appendSpanID(b, spanParentID, parent.SpanID())
	}
	b = appendString(b, spanName, s.Name())
	b = appendUint(b, spanKind, kind(s.SpanKind()))
	b = appendTime(b, spanStart, s.StartTime())
	b = appendTime(b, spanEnd, s.EndTime())
	b = appendKeyValues(b, spanAttributes, s.Attributes())
	b = appendUint(b, spanDroppedAttributes, count32(s.DroppedAttributes()))
	for _, e := range s.Events() {
		b = appendEvent(b, &e)
	}
	b = appendUint(b, spanDroppedEvents, count32(s.DroppedEvents()))
	for _, l := range s.Links() {
		b = appendLink(b, &l)
	}
	b = appendUint(b, spanDroppedLinks, count32(s.DroppedLinks()))
	b = appendStatus(b, s.Status())
	b = appendFixed32(b, spanFlags, flags(own.TraceFlags(), parent.IsRemote()))
	return end(b, m)
}

func appendEvent(b []byte, e *sdktrace.Event) []byte {
	b, m := begin(b, spanEvents, 1)
	b = appendTime(b, eventTime, e.Time)
	b = appendString(b, eventName, e.Name)
	b = appendKeyValues(b, eventAttributes, e.Attributes)
	b = appendUint(b, eventDropped, count32(e.DroppedAttributeCount))
	return end(b, m)
}

func appendLink(b []byte, l *sdktrace.Link) []byte {
	b, m := begin(b, spanLinks, 1)
	b = appendTraceID(b, linkTraceID, l.SpanContext.TraceID())
	b = appendSpanID(b, linkSpanID, l.SpanContext.SpanID())
	b = appendTraceState(b, linkTraceState, l.SpanContext.TraceState())
	b = appendKeyValues(b, linkAttributes, l.Attributes)
	b = appendUint(b, linkDropped, count32(l.DroppedAttributeCount))
	b = appendFixed32(b, linkFlags, flags(l.SpanContext.TraceFlags(), l.SpanContext.IsRemote()))
	return end(b, m)
}

func appendStatus(b []byte, s sdktrace.Status) []byte {
	if s.Code == codes.Unset && s.Description == "" {
		return b
	}
	b, m := begin(b, spanStatus, 1)
	b = appendString(b, statusMessage, s.Description)
	switch s.Code {
	case codes.Ok:
		b = appendUint(b, statusCode, 1)
	case codes.Error:
		b = appendUint(b, statusCode, 2)
	}
	return end(b, m)
}

func appendTraceID(b []byte, field uint32, id trace.TraceID) []byte {
	return append(append(appendTag(b, field, wireBytes), byte(len(id))), id[:]...)
}

func appendSpanID(b []byte, field uint32, id trace.SpanID) []byte {
	return append(append(appendTag(b, field, wireBytes), byte(len(id))), id[:]...)
}

func appendTraceState(b []byte, field uint32, state trace.TraceState) []byte {
	if state.Len() == 0 {
		return b
	}
	return appendString(b, field, state.String())
}

func flags(f trace.TraceFlags, remote bool) uint32 {
	bits := uint32(f) | flagRemoteKnown
	if remote {
		bits |= flagRemote
	}
	return bits
}

// kind is the number OTLP gives a kind of span.
func kind(k trace.SpanKind) uint64 {
	switch k {
	case trace.SpanKindServer:
		return 2
	case trace.SpanKindClient:
		return 3
	case trace.SpanKindProducer:
		return 4
	case trace.SpanKindConsumer:
		return 5
	}
	return 1 // internal
}

func count32(n int) uint64 { return uint64(max(0, min(n, 1<<32-1))) }

// spanSize is about how many bytes a span takes, in the queue and in a request.
func spanSize(s sdktrace.ReadOnlySpan) int {
	n := 128 + len(s.Name()) + len(s.Status().Description) + attributesSize(s.Attributes())
	for _, e := range s.Events() {
		n += eventSize(e.Name, e.Attributes)
	}
	for _, l := range s.Links() {
		n += eventSize("", l.Attributes) + 24
	}
	return n
}

func eventSize(name string, attrs []attribute.KeyValue) int {
	return 24 + len(name) + attributesSize(attrs)
}
