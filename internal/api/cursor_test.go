package api

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

func TestCursorRoundTrip(t *testing.T) {
	want := page{
		telemetry.Range{From: 1, To: 1 << 62},
		telemetry.Cursor{Time: 1795172400123456789, TraceID: telemetry.TraceID{1, 15: 2}, SpanID: telemetry.SpanID{3, 7: 4}, Skip: 70_000},
	}
	got, err := decodePage(want.encode("key"), "key")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// FuzzCursor: whatever a client sends is refused or a cursor of ours.
func FuzzCursor(f *testing.F) {
	f.Add(page{}.encode("key"))
	f.Add(page{After: telemetry.Cursor{Skip: 3}}.encode("other"))
	f.Add("AQ==")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := decodePage(text, "key")
		if err == nil && p.encode("key") != text {
			t.Errorf("%q is taken as %+v", text, p)
		}
	})
}
