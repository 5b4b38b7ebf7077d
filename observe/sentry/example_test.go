package sentry_test

import (
	"context"
	"log/slog"
	"os"

	"github.com/telltale-dev/telltale/observe"
	observesentry "github.com/telltale-dev/telltale/observe/sentry"
)

func ExampleNew() {
	ctx := context.Background()
	reporter, err := observesentry.New(observesentry.Options{DSN: os.Getenv("SENTRY_DSN")})
	if err != nil {
		slog.ErrorContext(ctx, "no error tracker", slog.Any("error", err))
		return
	}
	tel, err := observe.Start(ctx, observe.Config{Service: "chat-api", Errors: []observe.ErrorReporter{reporter}})
	if err != nil {
		slog.ErrorContext(ctx, "not observed", slog.Any("error", err))
		return
	}
	defer func() { _ = tel.Shutdown(ctx) }() // and the reporter
}
