package otlp

import (
	"strconv"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// spanFields are the fields of a span of which there is one, as sent.
type spanFields struct {
	trace              telemetry.TraceID
	id, parent         telemetry.SpanID
	name, message      string
	kind, status       int32
	start, end         uint64
	attrs, evts, links uint32 // how many the SDK dropped before it sent
}

// Numbers of enumerations on the wire.
const (
	maxKind     = int32(telemetry.KindConsumer)
	statusError = 2
)

func (d *decoder) span(o *origin, p piece) bool {
	var in spanFields
	if !d.spanFields(&in, p) {
		return false
	}
	d.outSpans = append(d.outSpans, telemetry.Span{})
	at := len(d.outSpans) - 1
	s := &d.outSpans[at]
	begin, duration, clock, inTime := d.times(in.start, in.end)
	s.Event = d.event(o, begin, in.trace, in.id)
	s.Name = d.clip(in.name, maxName, "name")
	s.ParentID = in.parent
	if in.kind >= 0 && in.kind <= maxKind {
		s.Kind = telemetry.Kind(in.kind)
	}
	if in.status == statusError {
		s.Status = telemetry.StatusError
	}
	s.StatusMessage = d.clip(in.message, maxMessage, "status message")
	s.Duration = duration
	var ok bool
	if s.Attributes, ok = d.attrs(d.attributes, 0); !ok {
		return false
	}
	d.dropped(&s.Event, &in)
	if !d.spanEvents(s) || !d.spanLinks(s) {
		return false
	}
	switch {
	case in.trace.IsZero() || in.id.IsZero():
		d.noID++
	case !inTime:
		d.badTime++
	default:
		d.notes(&s.Event, clock)
		return true
	}
	d.cut = d.cut[:0]
	d.outSpans[at] = telemetry.Span{}
	d.outSpans = d.outSpans[:at]
	return true
}

func (d *decoder) spanFields(in *spanFields, p piece) bool {
	d.attributes, d.events, d.links = d.attributes[:0], d.events[:0], d.links[:0]
	f := d.fields(p, &spanLayout)
	ok := true
	for ok && f.next() {
		switch f.number {
		case 1:
			setID(in.trace[:], f.text())
		case 2:
			setID(in.id[:], f.text())
		case 4:
			setID(in.parent[:], f.text())
		case 5:
			in.name = f.text()
		case 6:
			in.kind = int32(f.uint)
		case 7:
			in.start = f.uint
		case 8:
			in.end = f.uint
		case 9:
			ok = d.note(&d.attributes, f.piece, weightKeyValue)
		case 10:
			in.attrs = uint32(f.uint)
		case 11:
			ok = d.note(&d.events, f.piece, weightChild)
		case 12:
			in.evts = uint32(f.uint)
		case 13:
			ok = d.note(&d.links, f.piece, weightChild)
		case 14:
			in.links = uint32(f.uint)
		case 15:
			ok = d.status(in, f.piece)
		}
	}
	return ok && d.read(&f)
}

func (d *decoder) status(in *spanFields, p piece) bool {
	f := d.fields(p, &statusLayout)
	for f.next() {
		switch f.number {
		case 2:
			in.message = f.text()
		case 3:
			in.status = int32(f.uint)
		}
	}
	return d.read(&f)
}

// dropped notes what the SDK dropped, under the names OpenTelemetry gives these counts elsewhere.
func (d *decoder) dropped(e *telemetry.Event, in *spanFields) {
	noteDropped(e, "otel.dropped_attributes_count", in.attrs)
	noteDropped(e, "otel.dropped_events_count", in.evts)
	noteDropped(e, "otel.dropped_links_count", in.links)
}

func noteDropped(e *telemetry.Event, key string, n uint32) {
	if n > 0 {
		e.Attributes = e.Attributes.Set(key, strconv.FormatUint(uint64(n), 10))
	}
}

func (d *decoder) spanEvents(s *telemetry.Span) bool {
	if len(d.events) == 0 {
		return true
	}
	if n := len(d.events); n > maxEvents {
		d.cut = append(d.cut, strconv.Itoa(n-maxEvents)+" events")
	}
	s.Events = make([]telemetry.SpanEvent, 0, min(len(d.events), maxEvents))
	for i, p := range d.events {
		if i < maxEvents {
			s.Events = append(s.Events, telemetry.SpanEvent{})
			if !d.spanEvent(&s.Events[i], p) {
				return false
			}
			continue
		}
		cut := len(d.cut) // of what is not kept nothing is said
		if !d.spanEvent(&telemetry.SpanEvent{}, p) {
			return false
		}
		d.cut = d.cut[:cut]
	}
	return true
}

func (d *decoder) spanEvent(e *telemetry.SpanEvent, p piece) (ok bool) {
	d.inner = d.inner[:0]
	f := d.fields(p, &eventLayout)
	for f.next() {
		switch f.number {
		case 1:
			e.Time = toTime(f.uint)
		case 2:
			e.Name = f.text()
		case 3:
			if !d.note(&d.inner, f.piece, weightKeyValue) {
				return false
			}
		}
	}
	e.Name = d.clip(e.Name, maxName, "event name")
	e.Attributes, ok = d.attributesOf(&f)
	return ok
}

func (d *decoder) spanLinks(s *telemetry.Span) bool {
	if n := len(d.links); n > maxLinks {
		d.cut = append(d.cut, strconv.Itoa(n-maxLinks)+" links")
	}
	for i, p := range d.links {
		var l telemetry.Link
		cut := len(d.cut)
		if !d.spanLink(&l, p) {
			return false
		}
		if i >= maxLinks || l.TraceID.IsZero() || l.SpanID.IsZero() { // a link to nowhere says nothing
			d.cut = d.cut[:cut]
			continue
		}
		s.Links = append(s.Links, l)
	}
	return true
}

func (d *decoder) spanLink(l *telemetry.Link, p piece) (ok bool) {
	d.inner = d.inner[:0]
	f := d.fields(p, &linkLayout)
	for f.next() {
		switch f.number {
		case 1:
			setID(l.TraceID[:], f.text())
		case 2:
			setID(l.SpanID[:], f.text())
		case 4:
			if !d.note(&d.inner, f.piece, weightKeyValue) {
				return false
			}
		}
	}
	l.Attributes, ok = d.attributesOf(&f)
	return ok
}
