package observe

import (
	"io"
	"log" //nolint:depguard // slog.SetDefault redirects it, and only it can be led back
	"log/slog"
	"sync/atomic"
	"time"

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

	errors       *sdkErrors
	errorsBefore otel.ErrorHandler
}

// sdkErrors logs what OpenTelemetry has to say of its own, which would be printed otherwise: one line in 10 s, since
// requests can cause them.
type sdkErrors struct {
	log      *slog.Logger
	starting atomic.Bool  // the tracer provider is being made: what it does not understand of the environment is told by us
	last     atomic.Int64 // when a line was written, in nanoseconds of Unix
}

// sdkErrorInterval is the least time between two lines.
const sdkErrorInterval = 10 * time.Second

// Handle implements otel.ErrorHandler.
func (s *sdkErrors) Handle(err error) {
	if err == nil || s.starting.Load() {
		return
	}
	now, last := time.Now().UnixNano(), s.last.Load()
	if now-last < int64(sdkErrorInterval) || !s.last.CompareAndSwap(last, now) {
		return
	}
	s.log.Warn("OpenTelemetry reports an error", slog.Any("error", err))
}

// takeErrors makes t's log that of OpenTelemetry's own errors.
func (g *globals) takeErrors(t *Telemetry) {
	g.errors, g.errorsBefore = &sdkErrors{log: t.core.Logger}, otel.GetErrorHandler()
	g.errors.starting.Store(true)
	otel.SetErrorHandler(g.errors)
}

func (g *globals) set(t *Telemetry) {
	g.errors.starting.Store(false)
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
	if otel.GetErrorHandler() == otel.ErrorHandler(g.errors) {
		otel.SetErrorHandler(g.errorsBefore)
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
