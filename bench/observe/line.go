package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/telltale-dev/telltale/observe"
	"github.com/telltale-dev/telltale/observe/logging"
)

var (
	errUpstream = errors.New("upstream answered 503: connection reset by peer")
	started     = time.Date(2026, 11, 21, 10, 50, 53, 123456789, time.UTC)
)

// twelve is a line of 12 fields.
func twelve(ctx context.Context, log *slog.Logger) {
	log.LogAttrs(ctx, slog.LevelInfo, "model call finished",
		slog.String("provider", "openai"), slog.String("model", "gpt-5.2-mini"), slog.String("operation", "chat"),
		slog.Int("input_tokens", 1834), slog.Int("output_tokens", 412), slog.Float64("cost_usd", 0.00412),
		slog.Duration("took", 1843*time.Millisecond), slog.Bool("stream", true), slog.Int("attempt", 2),
		slog.Any("error", errUpstream), slog.Time("started", started), slog.String("finish_reason", "stop"))
}

// lines measures a line in a request with user and span, redacted, against slog's JSONHandler without any of it.
func lines(ctx context.Context, o *options) (err error) {
	tel, err := observe.Start(ctx, observe.Config{
		Service: "bench", NoGlobal: true, Sender: nowhere{}, Log: logging.Options{Writer: io.Discard, Format: logging.FormatJSON},
	})
	if err != nil {
		return err
	}
	defer tel.Shutdown(context.WithoutCancel(ctx))
	usual := slog.New(slog.NewJSONHandler(io.Discard, nil)) //nolint:sloglint // its encoder is what is measured
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+route, func(_ http.ResponseWriter, r *http.Request) {
		err = compareLines(observe.WithUser(r.Context(), user, org), o, tel.Logger(), usual)
	})
	tel.Handler(mux).ServeHTTP(httptest.NewRecorder(), request(ctx, ""))
	return err
}

func compareLines(ctx context.Context, o *options, own, usual *slog.Logger) error {
	many := func(log *slog.Logger) func(int) error {
		return func(n int) error {
			for range n {
				twelve(ctx, log)
			}
			return nil
		}
	}
	subjects := []subject{{"ours, with context and redaction", many(own)}, {"slog's JSONHandler, with neither", many(usual)}}
	costs, err := byTurns(ctx, o, o.requests*5, subjects)
	if err != nil {
		return err
	}
	table("A log line of 12 fields:", subjects, costs)
	fmt.Printf("ours/slog: %.3f of the CPU time, %.3f of the time (target 1)\n", ratio(costs[0], costs[1], nil, cpuOf), ratio(costs[0], costs[1], nil, wallOf))
	return nil
}
