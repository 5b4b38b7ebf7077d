package otlp

import (
	"math"
	"strings"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// decoder makes records of one export request, straight from the wire. All texts of the records are pieces of the message,
// or share memory with each other: who keeps a single one for long keeps its copy.
//
// A record's fields may come in any order, so they are noted first; what stands in lists is read after the rest.
type decoder struct {
	converter
	*reservation
	message string
	err     error

	attributes, events, links []piece // of the record being read, as sent
	inner                     []piece // attributes of an event, a link, a resource or a scope
	buf                       []byte  // text being written
	slab                      telemetry.Attrs
	slabSize                  int
	small                     strings.Builder
}

// begin makes a decoder ready for a request.
func (d *decoder) begin(s signal, r *Receiver, reserved *reservation) {
	d.converter = converter{now: r.opts.Now().UnixNano(), maxValue: r.opts.MaxValue, signal: telemetry.SignalSpans, cut: d.cut[:0]}
	if s == logs {
		d.signal = telemetry.SignalLogs
	}
	d.reservation = reserved
}

// Bounds of what is used again.
const (
	maxRecycledList = 4096    // entries
	maxRecycledText = 1 << 20 // bytes
)

// recycle lets go of the request and its records.
func (d *decoder) recycle() {
	fresh := decoder{
		attributes: recycled(d.attributes), events: recycled(d.events), links: recycled(d.links), inner: recycled(d.inner),
	}
	clear(d.cut)
	fresh.cut = recycled(d.cut)
	if cap(d.buf) <= maxRecycledText {
		fresh.buf = d.buf[:0]
	}
	*d = fresh
}

func recycled[T any](s []T) []T {
	if cap(s) > maxRecycledList {
		return nil
	}
	return s[:0]
}

// read tells whether a message was read to its end.
func (d *decoder) read(f *fields) bool {
	if f.err != nil {
		return d.fail(malformed(f.err))
	}
	return true
}

func (d *decoder) fail(err error) bool {
	if d.err == nil {
		d.err = err
	}
	return false
}

func (d *decoder) fields(p piece, of *layout) fields {
	return fields{message: d.message, at: p.from, end: p.to, of: of}
}

func (d *decoder) text(p piece) string { return d.message[p.from:p.to] }

// charge accounts for n bytes of memory before they are taken.
func (d *decoder) charge(n int64) bool {
	d.used += n
	if d.used <= d.granted {
		return true
	}
	if err := d.grow(); err != nil {
		return d.fail(err)
	}
	return true
}

// export reads a whole request.
func (d *decoder) export(message string) error {
	d.message = message
	if !d.charge(int64(len(message))) {
		return d.err
	}
	f := d.fields(piece{0, len(message)}, &requestLayout)
	for f.next() {
		if f.number == 1 && !d.resourceRecords(f.piece) {
			return d.err
		}
	}
	d.read(&f)
	return d.err
}

// oldScopes is the number of the field that held the scopes before 2022.
const oldScopes = 1000

// resourceRecords reads all records of one resource, wherever in the message the resource itself stands.
func (d *decoder) resourceRecords(p piece) bool {
	if !d.charge(weightContainer) {
		return false
	}
	d.inner = d.inner[:0]
	scopes := oldScopes
	f := d.fields(p, &resourcesLayout)
	for f.next() {
		switch f.number {
		case 1:
			if !d.resource(f.piece) {
				return false
			}
		case 2:
			scopes = 2
		}
	}
	if !d.read(&f) {
		return false
	}
	o, ok := d.origin()
	if !ok {
		return false
	}
	f = d.fields(p, &resourcesLayout)
	for f.next() {
		if int(f.number) == scopes && !d.scopeRecords(o, f.piece) {
			return false
		}
	}
	return true
}

func (d *decoder) resource(p piece) bool {
	if !d.charge(weightContainer) {
		return false
	}
	f := d.fields(p, &resourceLayout)
	for f.next() {
		switch f.number {
		case 1:
			if !d.note(&d.inner, f.piece, weightKeyValue) {
				return false
			}
		case 3:
			entity := d.fields(f.piece, &entityLayout)
			for entity.next() { // nobody reads them
			}
			if !d.read(&entity) {
				return false
			}
		}
	}
	return d.read(&f)
}

// note keeps a piece of the message for later.
func (d *decoder) note(list *[]piece, p piece, weight int64) bool {
	if !d.charge(weight) {
		return false
	}
	*list = append(*list, p)
	return true
}

func (d *decoder) origin() (origin, bool) {
	attrs, ok := d.attrs(d.inner, 1)
	if len(d.cut) > 0 {
		attrs = append(attrs, telemetry.Attr{Key: cutKey, Value: d.takeCut()})
	}
	o := origin{resource: attrs[:len(attrs):len(attrs)]}
	o.service = attrs.Value("service.name")
	if o.environment = attrs.Value("deployment.environment.name"); o.environment == "" {
		o.environment = attrs.Value("deployment.environment")
	}
	return o, ok
}

// scopeRecords reads all records of one scope.
func (d *decoder) scopeRecords(o origin, p piece) bool {
	if !d.charge(weightContainer) {
		return false
	}
	records := 0
	f := d.fields(p, &scopesLayout)
	for f.next() {
		switch f.number {
		case 1:
			if !d.scope(&o.scope, f.piece) {
				return false
			}
		case 2:
			records++
		}
	}
	if !d.read(&f) || !d.expect(records) {
		return false
	}
	o.scope.Name, o.scope.Version = d.clip(o.scope.Name, maxName, "scope"), d.clip(o.scope.Version, maxName, "scope")
	d.cut = d.cut[:0] // the name of a scope that long tells nothing
	f = d.fields(p, &scopesLayout)
	for f.next() {
		if f.number != 2 {
			continue
		}
		if d.signal == telemetry.SignalLogs && !d.log(&o, f.piece) || d.signal == telemetry.SignalSpans && !d.span(&o, f.piece) {
			return false
		}
	}
	return true
}

func (d *decoder) scope(s *telemetry.Scope, p piece) bool {
	if !d.charge(weightContainer) {
		return false
	}
	d.inner = d.inner[:0]
	f := d.fields(p, &scopeLayout)
	for f.next() {
		switch f.number {
		case 1:
			s.Name = f.text()
		case 2:
			s.Version = f.text()
		case 3:
			if !d.note(&d.inner, f.piece, weightKeyValue) {
				return false
			}
		}
	}
	return d.read(&f) && d.checkAttrs(d.inner)
}

// expect makes room for n records more.
func (d *decoder) expect(n int) bool {
	if d.signal == telemetry.SignalLogs {
		if !d.charge(int64(n) * weightLog) {
			return false
		}
		d.outLogs = grow(d.outLogs, n)
		return true
	}
	if !d.charge(int64(n) * weightSpan) {
		return false
	}
	d.outSpans = grow(d.outSpans, n)
	return true
}

// grow makes room for n more, exactly so the first time.
func grow[T any](s []T, n int) []T {
	if n <= cap(s)-len(s) {
		return s
	}
	return append(make([]T, 0, max(len(s)+n, len(s)+len(s)/2)), s...)
}

// attributesOf gives the attributes of an event or a link that was just read.
func (d *decoder) attributesOf(f *fields) (telemetry.Attrs, bool) {
	if !d.read(f) {
		return nil, false
	}
	return d.attrs(d.inner, 0)
}

// setID reads an id. One of a wrong length is as if it were not there: it shall cost its own record, not the request.
func setID(id []byte, b string) {
	if len(b) == len(id) {
		copy(id, b)
	} else if b == "" {
		clear(id)
	}
}

func toTime(t uint64) int64 { return int64(min(t, math.MaxInt64)) }
