package llm

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

// ToolCall is a call of a tool that a model asked for.
type ToolCall struct {
	Name      string // a label of metrics: of a bounded set
	ID        string // of the call, as the model named it
	Arguments any    // a string of JSON, or any value; kept by the content policy
}

// ToolRun is a tool at work. Err, Span and End are as for a Run.
type ToolRun struct {
	*Run
	mu     sync.Mutex
	result any
}

// Tool begins a tool call.
//
//	ctx, tool := llm.Tool(ctx, llm.ToolCall{Name: "weather", ID: call.ID, Arguments: call.Arguments})
//	defer tool.End(&err)
//	if err := tool.Err(); err != nil {
//		return err // over a limit of the session
//	}
//	…
//	tool.Result(forecast)
func Tool(ctx context.Context, c ToolCall) (context.Context, *ToolRun) {
	name := cutText(c.Name, maxLabel)
	f := frameOf(ctx)
	t := &ToolRun{Run: newRun(ctx, f)}
	t.message = "tool call"
	arguments := ""
	keeps := policyOf(t.core).keeps()
	if keeps || f.session.watchesTools() {
		arguments = text(c.Arguments)
	}
	t.limit = f.session.admitWork(t.frame.depth)
	if t.limit == nil {
		t.limit = f.session.admitTool(name, arguments)
	}
	if t.limit != nil {
		ctx, _ = t.refused(ctx)
		return ctx, t
	}
	attrs := []attribute.KeyValue{attribute.String(attrTool, name), attribute.String("gen_ai.tool.type", "function")}
	if c.ID != "" {
		attrs = append(attrs, attribute.String(attrToolCallID, cutText(c.ID, maxLabel)))
	}
	if f.agent != "" {
		attrs = append(attrs, attribute.String(attrAgent, f.agent))
	}
	t.count = func(in *instruments, status string, _ time.Duration) {
		in.agentTools.Add(t.ctx, 1, f.agent, name, status)
	}
	t.line = func() []slog.Attr { return []slog.Attr{slog.String("tool", name), slog.String("agent", f.agent)} }
	t.finish = func(add func(...attribute.KeyValue)) {
		p := policyOf(t.core)
		if kept := p.keep(arguments, 0); kept != "" {
			add(attribute.String(attrToolArguments, kept))
		}
		result := t.returned()
		if result == nil || !keeps {
			return
		}
		if kept := p.keep(text(result), 0); kept != "" {
			add(attribute.String(attrToolResult, kept))
		}
	}
	ctx, _ = t.begin(ctx, opTool, name, trace.SpanKindInternal, attrs...)
	return ctx, t
}

// Result notes what the tool returned, kept by the content policy. It goes before End.
func (t *ToolRun) Result(v any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.result = v
}

func (t *ToolRun) returned() any {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.result
}
