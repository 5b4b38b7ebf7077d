package guide

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"

	"github.com/telltale-dev/telltale/observe"
)

// answer, authenticated and the rest are what the reader's service has of its own.
var _ = main

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	tel, err := observe.Start(ctx, observe.Config{Service: "chat-api", Environment: "production"})
	if err != nil {
		slog.Error("no telemetry", "error", err)
		return
	}

	client := openai.NewClient(option.WithHTTPClient(tel.HTTPClient()))

	mux := http.NewServeMux()
	mux.Handle("POST /v1/chat/{room}", chat(client))
	mux.Handle("GET /metrics", tel.MetricsHandler())
	mux.Handle("GET /healthz", tel.Health().Live())
	mux.Handle("GET /readyz", tel.Health().Ready())

	server := &http.Server{Addr: ":8000", Handler: tel.Handler(mux), ReadHeaderTimeout: 5 * time.Second}
	go func() {
		if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
			slog.Error("server", "error", err)
			stop()
		}
	}()
	<-ctx.Done()

	tel.Health().Drain() // /readyz says no
	last, cancel := context.WithTimeout(context.Background(), 15*time.Second)
	defer cancel()
	requests, cancel := context.WithTimeout(last, 10*time.Second)
	defer cancel()
	_ = server.Shutdown(requests) // requests under way end
	_ = tel.Shutdown(last)        // what a backend that is gone has not taken is lost
}
