package alerting

import (
	"bytes"
	"strings"
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

func TestMask(t *testing.T) {
	m := newMask("receivers: [{name: a, slack_configs: [{api_url: 'https://hooks.slack.com/services/T0/B0/abcdef'}], pagerduty_configs: [{routing_key: k-123456, url: 'https://u:passw0rd@x.example/p'}]}]\nglobal: {smtp_auth_password: 'pa ss'}")
	for text, want := range map[string]string{ //nolint:gosec // none of them is real
		`Post "https://hooks.slack.com/services/T0/B0/abcdef": refused`: `Post "https://hooks.slack.com/…": refused`,
		"status 400: key k-123456, password pa ss":                      "status 400: key <secret>, password <secret>",
		"no service /services/T0/B0/abcdef, passw0rd":                   "no service <secret>, <secret>",
		"dial tcp 127.0.0.1:9: see https://example.org":                 "dial tcp 127.0.0.1:9: see https://example.org",
	} {
		if got := m.text(text); got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
	}
	if got := m.text(strings.Repeat("é", 4000)); len(got) > maxError+4 {
		t.Errorf("%d bytes", len(got))
	}
	newMask("a: &x [*x]") // refers to itself
}
