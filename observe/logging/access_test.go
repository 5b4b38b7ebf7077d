package logging_test

import (
	"bytes"
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telltale-dev/telltale/observe/internal/scope"
	"github.com/telltale-dev/telltale/observe/logging"
)

// TestAccessLineIsTheSameWithASink writes each line often enough for what it says to be remembered.
func TestAccessLineIsTheSameWithASink(t *testing.T) {
	for name, line := range map[string]logging.AccessLine{
		"usual":    {Duration: 12345 * time.Microsecond, Status: 200, BytesIn: 512, BytesOut: 2048, Route: "/v1/things/{id}", RemoteAddr: "10.1.2.3:54321", UserAgent: benchAgent},
		"failed":   {Duration: time.Minute, Status: 500, BytesIn: -1, RemoteAddr: "[::1%e\"th]:80", Err: "dial ada@example.com: refused"},
		"none":     {Status: 404},
		"escapes":  {Status: 302, Route: "/a\"b\\c\n", UserAgent: "caf\u00e9 \u202e\xff", RemoteAddr: "@"},
		"secrets":  {Status: 200, UserAgent: "curl sk-proj-abcdefghijklmnopqrstuvwxyz0123456789", RemoteAddr: "Bearer abcdefghijklmnop0123456789"},
		"backward": {Duration: -time.Second, Status: 200},
	} {
		line.Start = benchTime
		id := &scope.Identity{
			RequestID: "0123456789abcdef0123456789abcdef", Made: true, Method: "POST", Path: "/v1/\"things\"", User: "ada@example.com", Tenant: "acme",
			Session: "s\x00", Key: "key_1",
		}
		var plain, collected bytes.Buffer
		without := logging.New(logging.Options{Writer: &plain})
		with := logging.New(logging.Options{Writer: &collected, Sink: nowhere{}})
		for range 100 {
			without.Access(scope.New(context.Background(), nil, id), &line)
			with.Access(scope.New(context.Background(), nil, id), &line)
		}
		if diff := cmp.Diff(collected.String(), plain.String()); diff != "" {
			t.Errorf("%s: with a sink (-) and without (+):\n%s", name, diff)
		}
		lines(t, plain.Bytes()) // is JSON
	}
}

// TestTextsThatComeAgain writes the same fields often, first in a group and after others, and among them a secret.
func TestTextsThatComeAgain(t *testing.T) {
	var b bytes.Buffer
	log := slog.New(logging.New(logging.Options{Writer: &b}))
	for range 200 {
		log.WithGroup("g").Info("call ada@example.com", "provider", "openai", "note", "sk-proj-abcdefghijklmnopqrstuvwxyz0123456789", "password", "hunter2", "quote", `a"b`)
		log.Info("plain", "provider", "openai", "first", "openai")
	}
	for i, got := range lines(t, b.Bytes()) {
		delete(got, "time")
		want := map[string]any{"level": "INFO", "msg": "plain", "provider": "openai", "first": "openai"}
		if i%2 == 0 {
			want = map[string]any{"level": "INFO", "msg": "call [redacted:email]", "g": map[string]any{
				"provider": "openai", "note": "[redacted:api_key]", "password": "[redacted:secret]", "quote": `a"b`,
			}}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("line %d (-want +got):\n%s", i, diff)
		}
	}
}

// TestTimesOfOneSecond has times whose second was written before, and others between them.
func TestTimesOfOneSecond(t *testing.T) {
	var b bytes.Buffer
	h := logging.New(logging.Options{Writer: &b})
	times := []time.Time{
		benchTime, benchTime.Add(1), benchTime.Add(time.Second), benchTime,
		time.Date(2026, 11, 21, 12, 0, 0, 0, time.FixedZone("", 3600)), time.Date(2026, 11, 21, 11, 0, 0, 7, time.UTC),
		time.Date(10000, 1, 1, 0, 0, 0, 123456780, time.UTC), time.Date(10000, 1, 1, 0, 0, 0, 1, time.UTC),
		time.Date(1, 1, 2, 0, 0, 0, 0, time.UTC), time.Date(1, 1, 2, 0, 0, 0, 5, time.UTC),
	}
	for _, at := range times {
		h.Access(t.Context(), &logging.AccessLine{Start: at, Status: 200})
	}
	for i, got := range lines(t, b.Bytes()) {
		if times[i].Year() > 9999 { // that time.Parse does not read
			if want := times[i].Format(time.RFC3339Nano); got["time"] != want {
				t.Errorf("%s is written %v", want, got["time"])
			}
			continue
		}
		read, err := time.Parse(time.RFC3339Nano, got["time"].(string))
		if err != nil || !read.Equal(times[i]) {
			t.Errorf("%v is written %v: %v", times[i], got["time"], err)
		}
	}
}
