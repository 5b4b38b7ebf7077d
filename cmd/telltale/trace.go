package main

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/telltale-dev/telltale/internal/api"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

func runTrace(ctx context.Context, env *environment, args []string) error {
	f := newFlags(env, "trace", "ID", "Show a trace as a tree: how long each span took, its tokens, cost and error.\nSums count each model call once, whoever reported it.",
		example{"a trace", "telltale trace 4bf92f3577b34da6a3ce929d0e0e4736"},
		example{"the trace of a call", "telltale trace $(telltale calls 'response:chatcmpl-1' --json | jq -r .trace_id)"})
	connect, times := serverFlags(f), rangeFlags(f, "")
	asJSON := f.Bool("json", false, "one JSON object")
	operands, err := f.parse(args)
	if err != nil {
		return err
	}
	text, err := f.one(operands, "a trace id")
	if err != nil {
		return err
	}
	id, err := telemetry.ParseTraceID(text)
	if err != nil {
		return f.usage("%s is no trace id: want 32 hex digits", quoteArg(text))
	}
	c, err := connect()
	if err != nil {
		return err
	}
	params := url.Values{}
	if err := times(params); err != nil {
		return err
	}
	var trace api.Trace
	if err := c.get(ctx, "/api/v1/traces/"+id.String(), params, &trace); err != nil {
		return err
	}
	if *asJSON {
		return writeJSON(env.stdout, trace)
	}
	return writeTrace(env, &trace)
}

func writeTrace(env *environment, trace *api.Trace) error {
	style, now := env.style(), env.now()
	s := &trace.Summary
	head := fmt.Sprintf("%s\n%s %s · %s\n", style.paint(bold, "trace "+visible(trace.TraceID)), showTime(s.Start, now), zone(now), summaryLine(s))
	if len(s.Services) > 0 {
		head += "service " + visible(strings.Join(s.Services, ", ")) + "\n"
	}
	if _, err := fmt.Fprintln(env.stdout, head); err != nil {
		return err
	}
	t := newTable(style, "~span", ">start", ">took", ">tokens", ">cost", "~error")
	roots := spanTree(trace.Spans)
	led := cause(roots)
	walk(roots, func(n *node) { t.addSpan(n, s.Start, n == led) })
	if err := t.write(env.stdout); err != nil {
		return err
	}
	if trace.Truncated {
		env.say("This is not all: there are more than 100,000 spans or logs.\n")
	}
	if s.Logs > 0 {
		_, err := fmt.Fprintf(env.stdout, "\n%s; show them with: telltale logs trace:%s\n", plural(int64(s.Logs), "log"), visible(trace.TraceID))
		return err
	}
	return nil
}

// addSpan adds a row for a span.
func (t *table) addSpan(n *node, start time.Time, led bool) {
	s := n.span
	name := strings.Repeat("  ", min(n.depth, maxIndent)) + firstOf(s.Name, s.SpanID)
	if n.orphan {
		name += " (parent is missing)"
	}
	var tokens, cost string
	if g := s.GenAI; g != nil {
		if g.Model != "" && !strings.Contains(s.Name, g.Model) {
			name += " " + g.Model
		}
		if g.Usage != nil {
			tokens = showTokens(g.Usage.Input, g.Usage.Output)
		}
		if g.CostUSD != nil {
			cost = "$" + *g.CostUSD
		}
	}
	colour, fault := "", blank
	if s.Status == "error" {
		colour, fault = red, firstOf(errorText(s), statusText(s), "error")
	}
	if led {
		fault = "◀ led to the error: " + fault
	}
	if (s.GenAI == nil || !s.GenAI.Call) && tokens == "" {
		tokens, cost = blank, firstOf(cost, blank) // not unknown: there are none
	}
	t.add(colour, name, "+"+showDuration(max(0, int64(s.Time.Sub(start)))), showDuration(s.DurationNS), tokens, cost, fault)
}

func statusText(s *api.Span) string {
	if s.HTTPStatus == nil {
		return ""
	}
	return fmt.Sprintf("status %d", *s.HTTPStatus)
}
