package logging_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/telltale-dev/telltale/observe/logging"
)

func ExampleHandler() {
	h := logging.New(logging.Options{Writer: undated{}, Attrs: []slog.Attr{slog.String("service", "shop")}})
	slog.New(h).Info("started")
	// Output: {"level":"INFO","msg":"started","service":"shop"}
}

func ExampleHandler_Enabled() {
	log := slog.New(logging.New(logging.Options{Writer: undated{}}))
	ctx := context.Background()
	if log.Enabled(ctx, slog.LevelDebug) { // before what is costly to compute
		log.DebugContext(ctx, "state", "dump", "…")
	}
	fmt.Println(log.Enabled(ctx, slog.LevelInfo))
	// Output: true
}

func ExampleHandler_Handle() {
	h := logging.New(logging.Options{Writer: os.Stdout, Format: logging.FormatJSON})
	r := slog.NewRecord(time.Date(2026, 3, 14, 9, 26, 53, 0, time.UTC), slog.LevelInfo, "imported", 0)
	r.AddAttrs(slog.Int("rows", 12))
	if err := h.Handle(context.Background(), r); err != nil {
		fmt.Println(err)
	}
	// Output: {"time":"2026-03-14T09:26:53.000000000Z","level":"INFO","msg":"imported","rows":12}
}

func ExampleHandler_WithAttrs() {
	h := logging.New(logging.Options{Writer: undated{}})
	worker := slog.New(h.WithAttrs([]slog.Attr{slog.Int("worker", 3)}))
	worker.Info("took a job")
	// Output: {"level":"INFO","msg":"took a job","worker":3}
}

func ExampleHandler_WithGroup() {
	h := logging.New(logging.Options{Writer: undated{}})
	log := slog.New(h.WithGroup("credentials"))
	log.Info("checked", "value", "hunter2")
	// Output: {"level":"INFO","msg":"checked","credentials":{"value":"[redacted:secret]"}}
}

func ExampleHandler_Level() {
	h := logging.New(logging.Options{Writer: undated{}})
	_ = h.SetLevel("db", slog.LevelDebug)
	fmt.Println(h.Level("db"), h.Level("db.pool"), h.Level("web"))
	// Output: DEBUG DEBUG INFO
}

func ExampleHandler_ResetLevel() {
	h := logging.New(logging.Options{Writer: undated{}})
	_ = h.SetLevel("db", slog.LevelDebug)
	h.ResetLevel("db")
	fmt.Println(h.Level("db"))
	// Output: INFO
}

func ExampleStats() {
	h := logging.New(logging.Options{Writer: undated{}, Sampling: logging.Sampling{Info: 2}})
	for range 4 {
		slog.New(h).Info("tick")
	}
	stats := h.Stats()
	fmt.Println(stats.Kept, "kept,", stats.Sampled, "dropped")
	// Output:
	// {"level":"INFO","msg":"tick"}
	// {"level":"INFO","msg":"tick","sampled":2}
	// 2 kept, 2 dropped
}

func ExampleAccessLine() {
	h := logging.New(logging.Options{Writer: undated{}})
	h.Access(context.Background(), &logging.AccessLine{
		Status: http.StatusBadGateway, Duration: 30 * time.Second, BytesIn: -1, Route: "GET /orders/{id}",
		Err: "no answer from upstream",
	})
	// Output: {"level":"ERROR","msg":"request","route":"GET /orders/{id}","status":502,"duration_ms":30000,"bytes":0,"error":"no answer from upstream"}
}

func ExampleDefaultQuiet() {
	quiet := append(logging.DefaultQuiet(), "/internal/ping") // for Options.Quiet
	fmt.Println(quiet)
	// Output: [/healthz /readyz /ready /metrics /internal/ping]
}

// Of many quick requests few lines are kept, of slow ones every line.
func ExampleSampling_slow() {
	log := logging.New(logging.Options{Writer: undated{}, Sampling: logging.Sampling{
		Info: 1000, Slow: logging.DefaultSlow / 2, MaxKeys: 2 * logging.DefaultMaxKeys,
	}})
	for _, took := range []time.Duration{3 * time.Millisecond, 4 * time.Millisecond, 600 * time.Millisecond} {
		log.Access(context.Background(), &logging.AccessLine{Status: http.StatusOK, Duration: took, BytesIn: -1})
	}
	// Output:
	// {"level":"INFO","msg":"request","status":200,"duration_ms":3,"bytes":0}
	// {"level":"INFO","msg":"request","status":200,"duration_ms":600,"bytes":0}
}

// A stack on every error is too much for a service that expects many.
func ExampleOff() {
	log := slog.New(logging.New(logging.Options{Writer: undated{}, Stack: logging.Off}))
	log.Error("host unreachable", "host", "sensor-7")
	// Output: {"level":"ERROR","msg":"host unreachable","host":"sensor-7"}
}

func ExampleFormat() {
	var out bytes.Buffer // no terminal
	log := slog.New(logging.New(logging.Options{Writer: &out, Format: logging.FormatAuto}))
	log.Info("started")
	fmt.Println(out.String()[0] == '{')
	// Output: true
}

func ExampleColor() {
	var out bytes.Buffer
	log := slog.New(logging.New(logging.Options{
		Writer: &out, Format: logging.FormatConsole, Color: logging.ColorNever,
	}))
	log.Info("started")
	fmt.Println(bytes.ContainsRune(out.Bytes(), '\x1b'))
	// Output: false
}

// byLogger is a Sink.
type byLogger map[string][]string

func (b byLogger) Emit(_ context.Context, r *logging.Record) {
	b[r.Logger] = append(b[r.Logger], r.Message)
}

// traffic is a Sink that counts requests.
type traffic struct{ requests int }

func (t *traffic) Emit(_ context.Context, r *logging.Record) {
	if r.Message == logging.AccessMessage {
		t.requests++
	}
}

func ExampleHandler_Access_sink() {
	seen := &traffic{}
	h := logging.New(logging.Options{Writer: &bytes.Buffer{}, Sink: seen})
	slog.New(h).Info("order placed")
	h.Access(context.Background(), &logging.AccessLine{Status: http.StatusOK})
	fmt.Println(seen.requests, "request")
	// Output: 1 request
}

// debugAtNight is a slog.Leveler.
type debugAtNight struct{ now func() time.Time }

func (d debugAtNight) Level() slog.Level {
	if d.now().Hour() < 6 {
		return slog.LevelDebug
	}
	return slog.LevelInfo
}

func ExampleHandler_SetLevel_fixed() {
	h := logging.New(logging.Options{Writer: undated{}, Level: debugAtNight{time.Now}})
	if err := h.SetLevel("", slog.LevelWarn); errors.Is(err, logging.ErrFixedLevel) {
		fmt.Println("for all loggers", err)
	}
	fmt.Println("for one:", h.SetLevel("db", slog.LevelWarn))
	// Output:
	// for all loggers the level is decided by a slog.Leveler that cannot be set
	// for one: <nil>
}

func ExampleRecord() {
	lines := byLogger{}
	log := slog.New(logging.New(logging.Options{Writer: &bytes.Buffer{}, Sink: lines}))
	logging.Named(log, "db").Info("connected")
	logging.Named(log, "db.pool").Warn("exhausted")
	fmt.Println(lines)
	// Output: map[db:[connected] db.pool:[exhausted]]
}
