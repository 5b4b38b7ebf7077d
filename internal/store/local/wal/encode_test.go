package wal

import (
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/telltale-dev/telltale/internal/store/storetest"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

func encoded(b *telemetry.Batch) []byte {
	var e encoder
	e.encode(b)
	return e.buf
}

func TestEncodingKeepsEveryField(t *testing.T) {
	g := storetest.NewRecords(1)
	for i := range 200 {
		want := g.Batch(i%7, i%5)
		want.Counts = []telemetry.Count{
			{Signal: telemetry.SignalSpans, Outcome: telemetry.Duplicate, Reason: "sent again", N: 3},
			{Signal: telemetry.SignalLogs, Outcome: telemetry.Rejected, Reason: "sent again", N: int64(i)},
		}
		for j := range want.Spans {
			want.Spans[j].Repeat = j%3 == 1
		}
		got, err := decodeBatch(encoded(want))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("batch %d changed (-want +got):\n%s", i, diff)
		}
	}
}

// A field added to the domain that the log does not keep would be lost by a crash, and only then.
func TestRecordsOfTheSuiteFillEveryField(t *testing.T) {
	g := storetest.NewRecords(2)
	s, l := g.Span(), g.Log()
	s.Repeat = true
	for _, v := range []any{s, l, s.Events[0], s.Links[0]} {
		assertFilled(t, reflect.ValueOf(v), reflect.TypeOf(v).Name())
	}
}

func assertFilled(t *testing.T, v reflect.Value, path string) {
	t.Helper()
	if v.IsZero() {
		t.Errorf("%s is empty", path)
	}
	switch v.Kind() {
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[telemetry.Opt]() {
			return
		}
		for i := range v.NumField() {
			assertFilled(t, v.Field(i), path+"."+v.Type().Field(i).Name)
		}
	case reflect.Pointer:
		assertFilled(t, v.Elem(), path)
	}
}

func TestManyAttributesShareTheLastSlot(t *testing.T) {
	want := &telemetry.Batch{Logs: make([]telemetry.Log, 3)}
	for i := range want.Logs {
		for j := range 200 {
			want.Logs[i].Attributes = want.Logs[i].Attributes.Set(string(rune('a'+j%26))+string(rune('a'+j/26)), string(rune('a'+(i+j)%26)))
		}
	}
	got, err := decodeBatch(encoded(want))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatal(diff)
	}
}

func FuzzDecodeBatch(f *testing.F) {
	g := storetest.NewRecords(3)
	f.Add(encoded(&telemetry.Batch{}))
	f.Add(encoded(g.Batch(2, 2)))
	f.Add(encoded(g.Batch(1, 0))[:40])
	f.Fuzz(func(t *testing.T, p []byte) {
		b, err := decodeBatch(p)
		if err != nil {
			return
		}
		if b.Len() > len(p)/minRow+1 {
			t.Fatalf("%d records out of %d bytes", b.Len(), len(p))
		}
		again, err := decodeBatch(encoded(b))
		if err != nil {
			t.Fatalf("what was decoded cannot be encoded and decoded again: %v", err)
		}
		if diff := cmp.Diff(b, again); diff != "" {
			t.Fatalf("not the same after encoding again:\n%s", diff)
		}
	})
}
