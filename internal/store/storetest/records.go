package storetest

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// Epoch is the time around which the suite's records lie, Unix nanoseconds: 2026-11-20 12:00 UTC.
const Epoch = int64(1795176000) * 1e9

// Records makes records with every field filled, from a seed. What one seed makes is always the same.
type Records struct {
	r    *rand.Rand
	next uint64
}

// NewRecords makes a source of records.
func NewRecords(seed uint64) *Records {
	return &Records{r: rand.New(rand.NewPCG(seed, 0x5707e)), next: seed << 32}
}

// Span returns a span in which no field is empty, Repeat aside. Its ids are its own.
func (g *Records) Span() telemetry.Span {
	var s telemetry.Span
	g.fill(reflect.ValueOf(&s).Elem(), "span")
	s.Repeat = false
	return s
}

// Log returns a log in which no field is empty.
func (g *Records) Log() telemetry.Log {
	var l telemetry.Log
	g.fill(reflect.ValueOf(&l).Elem(), "log")
	return l
}

// Batch returns a batch of that many spans and logs. Some are as full as can be, some nearly empty, as those of clients are.
func (g *Records) Batch(spans, logs int) *telemetry.Batch {
	b := &telemetry.Batch{}
	resource := g.Span().Resource
	for range spans {
		s := g.Span()
		switch g.r.IntN(4) {
		case 0:
			s.GenAI, s.Events, s.Links = nil, nil, nil
		case 1:
			id, at := s.TraceID, s.Time
			s = telemetry.Span{Event: telemetry.Event{Time: at, TraceID: id, SpanID: s.SpanID}}
		}
		s.Resource = resource
		b.Spans = append(b.Spans, s)
	}
	for range logs {
		l := g.Log()
		if g.r.IntN(4) == 0 {
			l = telemetry.Log{Event: telemetry.Event{Time: l.Time, Body: l.Body}}
		}
		l.Resource = resource
		b.Logs = append(b.Logs, l)
	}
	return b
}

var texts = []string{
	"a", "two words", "Grüße, 世界 🙂", "quote \" and \\ backslash", "line\nbreak\ttab", "{\"json\": [1, 2]}", "'; DROP TABLE spans; --",
}

func (g *Records) text(name string) string {
	g.next++
	s := fmt.Sprintf("%s-%d %s", name, g.next, texts[g.r.IntN(len(texts))])
	if g.r.IntN(20) == 0 {
		s += strings.Repeat(" long", g.r.IntN(400))
	}
	return s
}

// fill sets every field below v. It knows the rules that types cannot say.
func (g *Records) fill(v reflect.Value, name string) {
	switch x := v.Addr().Interface().(type) {
	case *telemetry.Attrs:
		for i := range 1 + g.r.IntN(5) {
			*x = append(*x, telemetry.Attr{Key: fmt.Sprintf("%s.key%d", strings.ToLower(name), i+g.r.IntN(3)*10), Value: g.text(name)})
		}
		return
	case *telemetry.Kind:
		*x = telemetry.Kind(1 + g.r.IntN(5))
		return
	case *telemetry.Status:
		*x = telemetry.StatusError
		return
	case *telemetry.Severity:
		*x = telemetry.Severity(1 + g.r.IntN(24))
		return
	case *telemetry.Operation:
		*x = telemetry.OpChat
		return
	case *telemetry.Opt:
		*x = telemetry.Known(int64(g.r.IntN(1_000_000)))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			g.fill(v.Field(i), v.Type().Field(i).Name)
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		g.fill(v.Elem(), name)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1+g.r.IntN(3), 3))
		for i := range v.Len() {
			g.fill(v.Index(i), name)
		}
	case reflect.Array:
		for i := range v.Len() {
			v.Index(i).SetUint(uint64(g.r.IntN(256)))
		}
		v.Index(0).SetUint(1) // ids are not zero
	default:
		g.scalar(v, name)
	}
}

func (g *Records) scalar(v reflect.Value, name string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(g.text(name))
		if name == "RequestID" {
			v.SetString(fmt.Sprintf("req-%d", g.next))
		}
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int64:
		v.SetInt(1 + g.r.Int64N(1e9))
		if name == "Time" {
			v.SetInt(Epoch + g.r.Int64N(3600*1e9))
		}
	case reflect.Uint64:
		v.SetUint(1 + g.r.Uint64N(1<<62))
	default:
		panic("storetest: no value for a field of kind " + v.Kind().String() + ": " + name)
	}
}
