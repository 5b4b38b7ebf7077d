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
	defer func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = tel.Shutdown(ctx) // what a backend that is gone has not taken is lost
	}()

	client := openai.NewClient(option.WithHTTPClient(tel.HTTPClient()))

	mux := http.NewServeMux()
	mux.Handle("POST /v1/chat/{room}", chat(client))
	mux.Handle("GET /metrics", tel.MetricsHandler())
	mux.Handle("GET /healthz", tel.Health().Live())
	mux.Handle("GET /readyz", tel.Health().Ready())

	server := &http.Server{Addr: ":8000", Handler: tel.Handler(mux), ReadHeaderTimeout: 5 * time.Second}
	go func() {
		<-ctx.Done()
		tel.Health().Drain()
		_ = server.Shutdown(context.Background())
	}()
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		slog.Error("server", "error", err)
	}
}
