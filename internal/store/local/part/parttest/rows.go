// Package parttest makes random records for tests of the event store.
package parttest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// Gen makes records with few distinct values, so that conditions, traces and repeats meet often.
type Gen struct {
	R *rand.Rand
	// Base is the time around which records lie; Spread is how far, in nanoseconds.
	Base, Spread int64
	spans        []telemetry.Span
	taken        map[telemetry.SpanID]bool
	n            int
}

// New makes a generator; the same seed makes the same records.
func New(seed uint64) *Gen {
	return &Gen{R: rand.New(rand.NewPCG(seed, 1)), Base: 1_700_000_000_000_000_000, Spread: 3_600_000_000_000}
}

func pick[T any](g *Gen, list ...T) T { return list[g.R.IntN(len(list))] }

// Time is a time of a record. Some are equal.
func (g *Gen) Time() int64 {
	t := g.Base + g.R.Int64N(g.Spread)
	if g.R.IntN(3) == 0 {
		t -= t % (g.Spread / 16)
	}
	return t
}

func (g *Gen) trace() (id telemetry.TraceID) {
	if n := g.R.IntN(60); n > 0 {
		id[0], id[15] = byte(n), 7
	}
	return id
}

func (g *Gen) span() (id telemetry.SpanID) {
	if g.R.IntN(20) > 0 {
		id[0], id[7] = byte(g.R.IntN(256)), byte(g.R.IntN(256))
	}
	return id
}

// Words are those of bodies and messages.
var Words = []string{
	"refund", "Refund", "order", "über", "naïve", "token-limit", "rate_limit", "429", "\n", "\x00", `"quoted"`, "🙂", "a", "I'm", "done.", "(x)",
	"payment", "failed", "retry", "日本語", "X",
}

// Text is some words.
func (g *Gen) Text(most int) string {
	var b strings.Builder
	for range g.R.IntN(most + 1) {
		b.WriteString(pick(g, Words...))
		b.WriteString(pick(g, " ", " ", "", ", "))
	}
	return b.String()
}

// Attrs are up to eight attributes.
func (g *Gen) Attrs() (attrs telemetry.Attrs) {
	for range g.R.IntN(8) {
		key := pick(g, "http.route", "user.plan", "User.Plan", "retries", "flag", "blob", "")
		if g.R.IntN(4) == 0 {
			key = fmt.Sprintf("rare.%d", g.R.IntN(400))
		}
		attrs = attrs.Set(key, pick(g, "", "a", "b", "3", "4.5", "-7", "true", `{"k":[1,2]}`, g.Text(3)))
	}
	return attrs
}

func (g *Gen) opt(most int64) telemetry.Opt {
	if g.R.IntN(3) == 0 {
		return telemetry.Opt{}
	}
	return telemetry.Known(g.R.Int64N(most) - most/20)
}

func (g *Gen) event() telemetry.Event {
	e := telemetry.Event{
		Time: g.Time(), Service: pick(g, "", "api", "web", "worker"), Environment: pick(g, "", "prod", "staging"),
		Name: pick(g, "", "chat", "GET /", "tool"), TraceID: g.trace(), SpanID: g.span(),
		RequestID: pick(g, "", fmt.Sprintf("req-%d", g.R.IntN(80))), UserID: pick(g, "", "", fmt.Sprintf("user-%d", g.R.IntN(30))),
		TenantID: pick(g, "", "t1"), SessionID: pick(g, "", fmt.Sprintf("s%d", g.R.IntN(9))), KeyID: pick(g, "", "k1", "k2"),
		HTTPMethod: pick(g, "", "GET", "POST"), HTTPPath: pick(g, "", "/v1/chat", "/é"), ErrorType: pick(g, "", "", "timeout"),
		Attributes: g.Attrs(), Scope: telemetry.Scope{Name: pick(g, "", "otel"), Version: pick(g, "", "1.0")},
	}
	if g.R.IntN(2) == 0 {
		e.HTTPStatus = telemetry.Known(pick[int64](g, 200, 404, 429, 500))
	}
	if g.R.IntN(4) > 0 {
		e.Resource = telemetry.Attrs{{Key: "host.name", Value: pick(g, "h1", "h2", "")}, {Key: `o"s`, Value: pick(g, "linux", "a\\b\x01")}}
	}
	return e
}

// Span is a random span.
func (g *Gen) Span() telemetry.Span {
	s := telemetry.Span{
		Event: g.event(), ParentID: g.span(), Kind: telemetry.Kind(g.R.IntN(6)), Status: telemetry.Status(g.R.IntN(2)),
		StatusMessage: pick(g, "", "boom"), Duration: int64(math.Exp(g.R.Float64() * 25)),
	}
	for s.SpanID.IsZero() || g.taken[s.SpanID] {
		g.n++
		s.SpanID[3], s.SpanID[4] = byte(g.n), byte(g.n>>8)
	}
	if g.taken == nil {
		g.taken = map[telemetry.SpanID]bool{}
	}
	g.taken[s.SpanID] = true
	if g.R.IntN(4) == 0 {
		s.Events = []telemetry.SpanEvent{{Time: g.Time(), Name: g.Text(2), Attributes: g.Attrs()}, {Time: -1}}
	}
	if g.R.IntN(4) == 0 {
		s.Links = []telemetry.Link{{TraceID: g.trace(), SpanID: g.span(), Attributes: g.Attrs()}}
	}
	if g.R.IntN(2) == 0 {
		s.GenAI = g.genAI()
	}
	g.spans = append(g.spans, s)
	return s
}

func (g *Gen) genAI() *telemetry.GenAI {
	if g.R.IntN(10) == 0 {
		return &telemetry.GenAI{}
	}
	return &telemetry.GenAI{
		Operation: pick(g, telemetry.OpChat, telemetry.OpEmbeddings, telemetry.OpExecuteTool), Provider: pick(g, "openai", "anthropic", ""),
		RequestModel: pick(g, "gpt-4o", "gpt-4o-mini", "claude"), ResponseModel: pick(g, "", "gpt-4o-2024"),
		ResponseID: pick(g, "", fmt.Sprintf("resp-%d", g.R.IntN(1000))), Counts: g.R.IntN(2) == 0,
		Usage: telemetry.Usage{
			Input: g.opt(9000), Output: g.opt(900), CacheRead: g.opt(500), CacheWrite5m: g.opt(5), CacheWrite1h: g.opt(5),
			Reasoning: g.opt(99), AudioIn: g.opt(9), AudioOut: g.opt(9),
		},
		UsageSemantics: pick(g, "", "inclusive"), Cost: g.opt(1e12), CostReported: g.opt(1e12), PriceVersion: pick(g, "", "v1"),
		ServiceTier: pick(g, "", "flex"), Region: pick(g, "", "eu"), BatchAPI: g.R.IntN(5) == 0, TimeToFirstToken: g.opt(1e9),
		Streaming: g.R.IntN(2) == 0, FinishReasons: pick(g, "", "stop", "stop,length"), Agent: pick(g, "", "planner"),
		Workflow: pick(g, "", "w"), Tool: pick(g, "", "search"), ToolCallID: pick(g, "", "c1"), ToolArguments: g.Text(3),
		ToolResult: g.Text(200), InputMessages: g.Text(200), OutputMessages: g.Text(20), SystemInstructions: g.Text(2),
		PromptName: pick(g, "", "p"), PromptVersion: pick(g, "", "2"),
	}
}

// Repeat is a later version of a span that was made before, or of one nobody has seen. Repeats of one span do not
// contradict each other.
func (g *Gen) Repeat() telemetry.Span {
	s := telemetry.Span{Event: telemetry.Event{Time: g.Time(), TraceID: g.trace(), SpanID: g.span()}, Repeat: true}
	if len(g.spans) > 0 && g.R.IntN(10) > 0 {
		base := &g.spans[g.R.IntN(len(g.spans))]
		s.TraceID, s.SpanID = base.TraceID, base.SpanID
	}
	said := &Gen{R: rand.New(rand.NewPCG(uint64(s.SpanID[0])<<8|uint64(s.SpanID[7]), uint64(s.TraceID[0]))), Base: g.Base, Spread: g.Spread}
	s.UserID, s.SessionID, s.Attributes = pick(said, "", "late-user"), pick(said, "", "late"), said.Attrs()
	s.Status = telemetry.Status(said.R.IntN(2))
	if said.R.IntN(2) == 0 {
		s.GenAI = &telemetry.GenAI{InputMessages: said.Text(5), OutputMessages: said.Text(5), Agent: pick(said, "", "late-agent")}
	}
	return s
}

// Log is a random log.
func (g *Gen) Log() telemetry.Log {
	l := telemetry.Log{Event: g.event(), Severity: telemetry.Severity(g.R.IntN(25))}
	l.Body = g.Text(30)
	if g.R.IntN(2) == 0 {
		l.Batch = g.R.Uint64()
	}
	return l
}
