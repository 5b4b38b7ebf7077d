package llm

import (
	"context"

	"github.com/telltale-dev/telltale/observe/internal/core"
	"github.com/telltale-dev/telltale/observe/internal/scope"
)

// frame says within what a piece of work happens.
type frame struct {
	agent   string
	session *session
	run     *Run     // the innermost around
	depth   int      // agents, steps and tools around, since the session began
	call    *CallRun // the call by hand that this context is for
}

type frameKey struct{}

// frameOf returns a copy, empty outside of everything.
func frameOf(ctx context.Context) frame {
	if f, ok := ctx.Value(frameKey{}).(*frame); ok {
		return *f
	}
	return frame{}
}

func (f frame) in(ctx context.Context) context.Context {
	return context.WithValue(ctx, frameKey{}, &f)
}

// coreFor is the telemetry of a context, where bound goes before the default.
func coreFor(ctx context.Context, s *scope.Scope, bound *core.Core) *core.Core {
	if bound == nil {
		return core.From(ctx)
	}
	if s != nil {
		if c, ok := s.Core.(*core.Core); ok && c != nil {
			return c
		}
	}
	return bound
}
