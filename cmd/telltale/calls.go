package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/telltale-dev/telltale/internal/api"
)

func runCalls(ctx context.Context, env *environment, args []string) error {
	f := newFlags(env, "calls", "[QUERY]", "List model calls, the newest first; each counts once, whoever reported it.",
		example{"failed gpt-4o calls of the last hour", "telltale calls 'model:gpt-4o status:error' --from -1h"},
		example{"calls of a user that took longer than 3 seconds", "telltale calls 'user:user-123 duration:>3s'"},
		example{"the exact prompt behind one answer", "telltale calls 'response:chatcmpl-1' --full"},
		example{"calls that cost more than a cent, for a program", "telltale calls 'cost:>0.01' --json | jq .genai.cost_usd"})
	f.queries = true
	connect, times := serverFlags(f), rangeFlags(f, "")
	limit := f.Int("limit", 50, "at most this many `n`")
	full := f.Bool("full", false, "show everything of each call: prompt, answer, tokens, attributes")
	asJSON := f.Bool("json", false, "one JSON object a line; whole records with --full")
	operands, err := f.parse(args)
	if err != nil {
		return err
	}
	if *limit < 1 {
		return f.usage("--limit is at least 1")
	}
	c, err := connect()
	if err != nil {
		return err
	}
	params := url.Values{"q": {queryOf(operands)}}
	if err := times(params); err != nil {
		return err
	}
	most := 1000
	if *full {
		params.Set("full", "true")
		most = 100
	}
	calls, more, err := listCalls(ctx, c, params, *limit, most)
	if err != nil {
		return err
	}
	if err := writeCalls(env, calls, *full, *asJSON); err != nil {
		return err
	}
	switch {
	case len(calls) == 0:
		env.say("No call matches. The time range is everything unless --from and --to say otherwise.\n")
	case more:
		env.say("There are more: raise --limit (now %d) or narrow the query.\n", *limit)
	}
	return nil
}

// listCalls reads pages until there are enough.
func listCalls(ctx context.Context, c *client, params url.Values, limit, most int) (calls []api.Span, more bool, err error) {
	for {
		var list api.SpanList
		params.Set("limit", pageSize(limit-len(calls), most))
		if err := c.get(ctx, "/api/v1/calls", compact(params), &list); err != nil {
			return nil, false, err
		}
		calls = append(calls, list.Spans...)
		if list.Next == "" || len(calls) >= limit {
			return calls, list.Next != "", nil
		}
		params.Set("cursor", list.Next)
	}
}

func writeCalls(env *environment, calls []api.Span, full, asJSON bool) error {
	if asJSON {
		for i := range calls {
			if err := writeJSON(env.stdout, &calls[i]); err != nil {
				return err
			}
		}
		return nil
	}
	if full {
		for i := range calls {
			if err := writeCall(env, &calls[i]); err != nil {
				return err
			}
		}
		return nil
	}
	if len(calls) == 0 {
		return nil
	}
	now := env.now()
	t := newTable(env.style(), "time ("+zone(now)+")", "~model", "status", ">took", ">tokens", ">cost", "?user", "?service", "request", "~outcome")
	for i := range calls {
		t.addCall(&calls[i], now)
	}
	return t.write(env.stdout)
}

func (t *table) addCall(s *api.Span, now time.Time) {
	g := s.GenAI
	if g == nil {
		g = &api.GenAI{}
	}
	tokens, cost, colour, last := "", "", "", g.ResponseID
	if g.Usage != nil {
		tokens = showTokens(g.Usage.Input, g.Usage.Output)
	}
	if g.CostUSD != nil {
		cost = showUSD(*g.CostUSD)
	}
	if s.Status == "error" {
		colour, last = red, firstOf(errorText(s), statusText(s), g.ResponseID)
	}
	t.add(colour, showTime(s.Time, now), firstOf(g.Model, g.ResponseModel), s.Status, showDuration(s.DurationNS), tokens, cost,
		s.UserID, s.Service, firstOf(s.RequestID, s.TraceID), last)
}

// writeCall shows one call whole: facts, then system instructions, prompt and answer as text.
func writeCall(env *environment, s *api.Span) error {
	style, now := env.style(), env.now()
	g := s.GenAI
	if g == nil {
		g = &api.GenAI{}
	}
	var b strings.Builder
	b.WriteString(style.paint(bold, visible(firstOf(s.Name, "call"))) + "\n")
	fact := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "  %-10s %s\n", name, visible(value))
		}
	}
	fact("time", showTime(s.Time, now)+" "+zone(now))
	fact("took", showDuration(s.DurationNS))
	if g.TTFTNS != nil {
		fact("first", "token after "+showDuration(*g.TTFTNS))
	}
	fact("model", modelText(g))
	fact("status", strings.TrimSpace(s.Status+" "+errorText(s)))
	fact("finish", strings.Join(g.FinishReasons, ", "))
	fact("tokens", usageText(g.Usage))
	fact("cost", costText(g))
	fact("user", s.UserID)
	fact("session", s.SessionID)
	fact("service", s.Service)
	fact("request", s.RequestID)
	fact("trace", s.TraceID)
	fact("span", s.SpanID)
	fact("answer", g.ResponseID)
	fact("prompt", strings.TrimSpace(g.PromptName+" "+g.PromptVersion))
	section(&b, style, "system", g.System)
	section(&b, style, "prompt", g.Input)
	section(&b, style, "answer", g.Output)
	b.WriteByte('\n')
	_, err := io.WriteString(env.stdout, b.String())
	return err
}

func modelText(g *api.GenAI) string {
	text := firstOf(g.Model, g.ResponseModel)
	if g.ResponseModel != "" && g.ResponseModel != text {
		text += ", answered by " + g.ResponseModel
	}
	if g.Provider != "" {
		text += " (" + g.Provider + ")"
	}
	return text
}

func usageText(u *api.Usage) string {
	if u == nil {
		return unknown
	}
	text := showTokens(u.Input, u.Output)
	for _, part := range []struct {
		name string
		n    *int64
	}{
		{"read from cache", u.CacheRead},
		{"written to cache for 5m", u.CacheWrite5m},
		{"written to cache for 1h", u.CacheWrite1h},
		{"reasoning", u.Reasoning},
		{"audio in", u.AudioIn},
		{"audio out", u.AudioOut},
	} {
		if part.n != nil && *part.n != 0 {
			text += fmt.Sprintf(", %s %s", showCount(*part.n), part.name)
		}
	}
	return text
}

func costText(g *api.GenAI) string {
	text := unknown
	if g.CostUSD != nil {
		text = "$" + *g.CostUSD
	}
	if g.ReportedUSD != nil {
		text += ", reported $" + *g.ReportedUSD
	}
	return text
}

// section shows messages: as conversation where they are the JSON of the conventions, else as they are. Content that was
// cut is no JSON any more.
func section(b *strings.Builder, style style, name, messages string) {
	if messages == "" {
		return
	}
	fmt.Fprintf(b, "\n%s\n", style.paint(bold, name))
	var parsed []message
	if json.Unmarshal([]byte(messages), &parsed) != nil || len(parsed) == 0 {
		indent(b, messages)
		return
	}
	for _, m := range parsed {
		if m.Role != "" {
			fmt.Fprintf(b, "  %s\n", style.paint(dim, visible(m.Role)+":"))
		}
		if len(m.Parts) == 0 { // system instructions are parts themselves
			m.Parts = []messagePart{m.messagePart}
		}
		for _, p := range m.Parts {
			indent(b, p.text())
		}
	}
}

func indent(b *strings.Builder, text string) {
	for line := range strings.Lines(visibleLines(text)) {
		b.WriteString("    " + strings.TrimSuffix(line, "\n") + "\n")
	}
}

// message is one of a conversation, as the GenAI conventions write it.
type message struct {
	messagePart
	Role  string        `json:"role"`
	Parts []messagePart `json:"parts"`
}

type messagePart struct {
	Type      string          `json:"type"`
	Content   json.RawMessage `json:"content"`
	Name      string          `json:"name"`
	ID        string          `json:"id"`
	Arguments json.RawMessage `json:"arguments"`
	Response  json.RawMessage `json:"response"`
	Result    json.RawMessage `json:"result"`
}

// text is what a part says, with its kind where it is no text.
func (p *messagePart) text() string {
	switch p.Type {
	case "text", "":
		return plainJSON(p.Content)
	case "tool_call":
		return fmt.Sprintf("[calls %s %s] %s", p.Name, p.ID, plainJSON(p.Arguments))
	case "tool_call_response":
		return fmt.Sprintf("[result of %s] %s", p.ID, firstOf(plainJSON(p.Response), plainJSON(p.Result)))
	}
	return "[" + p.Type + "] " + plainJSON(p.Content)
}

// plainJSON is a JSON string without its quotes, and any other JSON as it is.
func plainJSON(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	return string(raw)
}
