package alerting

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/alertmanager/alert"
)

func TestSnapshot(t *testing.T) {
	now := time.Now().UTC().Round(0)
	a := fires("Slow", "quote", "\"\n\u2028é")
	list := []*alert.Alert{newAlert(&a, now), newAlert(&Alert{Labels: map[string]string{"alertname": "x"}, StartsAt: now.Add(-time.Hour), EndsAt: now}, now)}
	for _, one := range list {
		one.StartsAt, one.EndsAt = one.StartsAt.UTC().Round(0), one.EndsAt.UTC().Round(0)
	}
	var b bytes.Buffer
	if err := encodeAlertList(&b, list); err != nil {
		t.Fatal(err)
	}
	got, err := decodeAlertList(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(list, got); diff != "" {
		t.Error(diff)
	}
	for n := range b.Len() {
		if _, err := decodeAlertList(b.Bytes()[:n]); err == nil {
			t.Fatalf("a file that ends after %d of %d bytes was taken", n, b.Len())
		}
	}
	if _, err := decodeAlertList(append(b.Bytes(), '{')); err == nil {
		t.Error("a file that goes on was taken")
	}
}

func FuzzSnapshot(f *testing.F) {
	f.Add([]byte(`{"format":"telltale alerts 1","alerts":1}` + "\n" + `{"labels":{"alertname":"x"},"starts_at":"2026-01-01T00:00:00Z","ends_at":"2026-01-01T01:00:00Z","updated_at":"2026-01-01T00:00:00Z"}` + "\n"))
	f.Add([]byte(`{"format":"telltale alerts 1","alerts":999999999999}` + "\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		list, err := decodeAlertList(content)
		if err != nil {
			return
		}
		var b bytes.Buffer
		if err := encodeAlertList(&b, list); err != nil {
			return // a year that JSON does not know
		}
		again, err := decodeAlertList(b.Bytes())
		if err != nil || len(again) != len(list) {
			t.Fatalf("%d alerts became %d: %v", len(list), len(again), err)
		}
	})
}
