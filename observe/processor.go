package observe

import (
	"context"
	"errors"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/telltale-dev/telltale/observe/internal/core"
	"github.com/telltale-dev/telltale/observe/internal/scope"
	"github.com/telltale-dev/telltale/observe/internal/spanclean"
)

// processor stands before all others: it puts onto every span whose work it is part of, and takes out what must not be
// shown, once for all of them.
type processor struct {
	core  *core.Core
	clean *spanclean.Cleaner
	next  []sdktrace.SpanProcessor
}

func newProcessor(c *core.Core, next []sdktrace.SpanProcessor) *processor {
	return &processor{core: c, clean: spanclean.New(c), next: next}
}

// OnStart implements sdktrace.SpanProcessor.
func (p *processor) OnStart(ctx context.Context, span sdktrace.ReadWriteSpan) {
	if s := scope.From(ctx); s != nil {
		setIdentity(p.core, span, s.Identity())
	}
	for _, each := range p.next {
		each.OnStart(ctx, span)
	}
}

// OnEnd implements sdktrace.SpanProcessor.
func (p *processor) OnEnd(span sdktrace.ReadOnlySpan) {
	span = p.clean.Span(span)
	for _, each := range p.next {
		each.OnEnd(span)
	}
}

// Shutdown implements sdktrace.SpanProcessor.
func (p *processor) Shutdown(ctx context.Context) error {
	var errs []error
	for _, each := range p.next {
		errs = append(errs, each.Shutdown(ctx))
	}
	return errors.Join(errs...)
}

// ForceFlush implements sdktrace.SpanProcessor.
func (p *processor) ForceFlush(ctx context.Context) error {
	var errs []error
	for _, each := range p.next {
		errs = append(errs, each.ForceFlush(ctx))
	}
	return errors.Join(errs...)
}
