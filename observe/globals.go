package observe

import (
	"io"
	"log" //nolint:depguard // slog.SetDefault redirects it, and only it can be led back
	"log/slog"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/telltale-dev/telltale/observe/internal/core"
)

// globals are what a Telemetry took the place of.
type globals struct {
	taken      bool
	core       *core.Core
	logger     *slog.Logger
	output     io.Writer // of package log
	flags      int
	provider   trace.TracerProvider
	propagator propagation.TextMapPropagator
}

func (g *globals) set(t *Telemetry) {
	g.taken = true
	g.core = core.SetDefault(t.core)
	g.output, g.flags = log.Writer(), log.Flags()
	g.logger = slog.Default()
	slog.SetDefault(t.core.Logger)
	g.provider, g.propagator = otel.GetTracerProvider(), otel.GetTextMapPropagator()
	otel.SetTracerProvider(t.provider)
	otel.SetTextMapPropagator(t.core.Propagator)
}

// restore puts back what was there, unless someone else has come since.
func (g *globals) restore(t *Telemetry) {
	if !g.taken {
		return
	}
	if now := core.SetDefault(g.core); now != t.core {
		core.SetDefault(now)
	}
	if slog.Default() == t.core.Logger {
		slog.SetDefault(g.logger)
		log.SetOutput(g.output)
		log.SetFlags(g.flags)
	}
	if otel.GetTracerProvider() == t.provider {
		otel.SetTracerProvider(g.provider)
		otel.SetTextMapPropagator(g.propagator)
	}
}
