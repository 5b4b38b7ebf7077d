// Package core is what the parts of one running telemetry share, so that observe, llm, logging and the rest find it by
// context alone and none of them imports another for it.
package core

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/telltale-dev/telltale/observe/internal/known"
	"github.com/telltale-dev/telltale/observe/internal/scope"
	"github.com/telltale-dev/telltale/observe/metric"
	"github.com/telltale-dev/telltale/observe/price"
	"github.com/telltale-dev/telltale/observe/redact"
)

// ScopeName is the name of the instrumentation scope of every span made here.
const ScopeName = "github.com/telltale-dev/telltale/observe"

// Core is one telemetry. Its fields do not change after it is made.
type Core struct {
	Tracer   trace.Tracer
	Logger   *slog.Logger
	Metrics  *metric.Registry
	Redact   *redact.Redactor // personal data and secrets
	Secrets  *redact.Redactor // secrets only, for content that is kept in full
	Known    *known.Texts     // what Redact does, for texts that come again and again; nil means Redact
	Captured *known.Captured  // content that was kept by the policy; nil remembers none
	Prices   func() *price.Book
	Content  Content // what is kept of prompts and answers

	Propagator propagation.TextMapPropagator // of contexts to and from other processes
	Owner      any                           // the observe.Telemetry it is the core of, nil if there is none

	parts atomic.Pointer[[]part] // of Part
	mu    sync.Mutex             // of who adds to parts
}

// part is what a package keeps. There are about a dozen, so that a list is read faster than a map.
type part struct{ key, value any }

// TextKey is the name of a field to Known.
type TextKey = known.Key

// Content says what is kept of prompts, answers, arguments and results of tools.
type Content int

// Policies, from the least to the most that is kept.
const (
	ContentOff Content = iota + 1
	ContentHash
	ContentRedacted
	ContentFull
)

// Clean returns what of the value of a field may be shown, where the same value is likely to come again.
func (c *Core) Clean(key, value string) string {
	if c.Known != nil {
		return c.Known.Field(key, value)
	}
	value, _ = c.Redact.Field(key, value)
	return value
}

// Part returns what build made for the key, and makes it the first time. Packages keep their instruments there.
func Part[T any](c *Core, key any, build func(*Core) T) T {
	if v := c.part(key); v != nil {
		return v.(T)
	}
	return c.add(key, build(c)).(T)
}

func (c *Core) part(key any) any {
	known := c.parts.Load()
	if known == nil {
		return nil
	}
	for i := range *known {
		if p := &(*known)[i]; p.key == key {
			return p.value
		}
	}
	return nil
}

// add keeps a value, unless there is one by now; it returns the one that is kept.
func (c *Core) add(key, value any) any {
	c.mu.Lock()
	defer c.mu.Unlock()
	if v := c.part(key); v != nil {
		return v
	}
	var next []part
	if known := c.parts.Load(); known != nil {
		next = slices.Clone(*known)
	}
	next = append(next, part{key, value})
	c.parts.Store(&next)
	return value
}

// current is the telemetry of code whose context knows none, as slog has a default logger.
var current atomic.Pointer[Core]

// SetDefault makes c the telemetry of code whose context knows none, and returns the one before; nil takes it away.
func SetDefault(c *Core) *Core { return current.Swap(c) }

type contextKey struct{}

// With returns a context below ctx that belongs to c, and to the work that ctx belongs to if it is of any.
func With(ctx context.Context, c *Core) context.Context {
	if s := scope.From(ctx); s != nil {
		if s.Core == c {
			return ctx
		}
		return scope.Derive(ctx, c, func(*scope.Identity) {})
	}
	return context.WithValue(ctx, contextKey{}, c)
}

// From returns the telemetry that ctx belongs to, else the default one. Before there is one, spans go to OpenTelemetry's
// global provider, logs to slog.Default, and metrics nowhere.
func From(ctx context.Context) *Core {
	if s := scope.From(ctx); s != nil {
		if c, ok := s.Core.(*Core); ok && c != nil {
			return c
		}
	}
	if c, ok := ctx.Value(contextKey{}).(*Core); ok {
		return c
	}
	if c := current.Load(); c != nil {
		return c
	}
	return idle()
}

var idle = sync.OnceValue(func() *Core {
	all, _ := redact.New(redact.Options{})
	return &Core{
		Tracer: otel.Tracer(ScopeName), Logger: slog.Default(), Metrics: metric.NewRegistry(metric.Options{}),
		Redact: all, Secrets: all.SecretsOnly(), Prices: price.Default, Content: ContentRedacted,
		Propagator: propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{}),
	}
})
