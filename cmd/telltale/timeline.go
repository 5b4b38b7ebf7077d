package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/telltale-dev/telltale/internal/api"
)

// timeline is everything of a request in order.
type timeline struct {
	style   style
	now     time.Time
	title   string
	summary *api.Summary
	facts   []string // about the request as a whole
	entries []entry
	start   time.Time
	notes   []string // said below
}

// entry is a span or a log.
type entry struct {
	time  time.Time
	span  *api.Span
	log   *api.Log
	depth int
	cause bool
}

// maxIndent bounds indentation, so that deep traces stay readable.
const maxIndent = 20

func newTimeline(title string, summary *api.Summary, spans []api.Span, logs []api.Log, truncated bool) *timeline {
	t := &timeline{title: title, summary: summary, start: summary.Start}
	roots := spanTree(spans)
	led := cause(roots)
	depths := map[[2]string]int{}
	var users, sessions []string
	walk(roots, func(n *node) {
		depths[[2]string{n.span.TraceID, n.span.SpanID}] = n.depth
		t.entries = append(t.entries, entry{time: n.span.Time, span: n.span, depth: n.depth, cause: n == led})
		users, sessions = append(users, n.span.UserID), append(sessions, n.span.SessionID)
	})
	for i := range logs {
		e := entry{time: logs[i].Time, log: &logs[i]}
		if depth, ok := depths[[2]string{logs[i].TraceID, logs[i].SpanID}]; ok {
			e.depth = depth + 1
			e.cause = led != nil && logs[i].SpanID == led.span.SpanID && logs[i].TraceID == led.span.TraceID && logs[i].Status == "error"
		}
		t.entries = append(t.entries, e)
		users, sessions = append(users, logs[i].UserID), append(sessions, logs[i].SessionID)
	}
	slices.SortStableFunc(t.entries, func(a, b entry) int { return cmp.Or(a.time.Compare(b.time), cmp.Compare(a.depth, b.depth)) })
	t.fact("user", users)
	t.fact("session", sessions)
	t.fact("service", summary.Services)
	if truncated {
		t.notes = append(t.notes, "This is not all: there are more than 100,000 spans or logs.")
	}
	return t
}

// fact adds the different values of something that most records share.
func (t *timeline) fact(name string, values []string) {
	slices.Sort(values)
	values = slices.DeleteFunc(slices.Compact(values), func(s string) bool { return s == "" })
	if len(values) > 5 {
		values = append(values[:5], "…")
	}
	if len(values) > 0 {
		t.facts = append(t.facts, name+" "+strings.Join(values, ", "))
	}
}

func (t *timeline) write(w io.Writer) error {
	var b strings.Builder
	b.WriteString(t.style.paint(bold, visible(t.title)) + "\n")
	fmt.Fprintf(&b, "%s %s · %s\n", showTime(t.start, t.now), zone(t.now), summaryLine(t.summary))
	if len(t.facts) > 0 {
		b.WriteString(visible(strings.Join(t.facts, " · ")) + "\n")
	}
	b.WriteByte('\n')
	for i := range t.entries {
		t.line(&b, &t.entries[i])
	}
	for _, n := range t.notes {
		b.WriteString("\n" + visible(n) + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (t *timeline) line(b *strings.Builder, e *entry) {
	offset := fmt.Sprintf("%9s", "+"+showDuration(max(0, int64(e.time.Sub(t.start)))))
	mark, text, colour := " ", "", ""
	if e.span != nil {
		text = spanLine(e.span)
		if e.span.Status == "error" {
			mark, colour = "✗", red
		}
	} else {
		text = firstOf(e.log.Level, "log") + ": " + firstOf(e.log.Body, e.log.Name)
		switch e.log.Level {
		case "warn":
			mark, colour = "!", yellow
		case "error", "fatal":
			mark, colour = "✗", red
		}
	}
	text = visible(text)
	if t.style.width > 0 {
		text = clip(text, max(20, t.style.width-len(offset)-4-2*min(e.depth, maxIndent)))
	}
	if e.cause {
		text += "  ◀ led to the error"
	}
	fmt.Fprintf(b, "%s %s %s%s\n", t.style.paint(dim, offset), t.style.paint(colour, mark),
		strings.Repeat("  ", min(e.depth, maxIndent)), t.style.paint(colour, text))
}

// summaryLine adds up a trace or request.
func summaryLine(s *api.Summary) string {
	parts := []string{showDuration(s.DurationNS), plural(int64(s.Spans), "span"), plural(int64(s.Logs), "log")}
	if s.Errors > 0 {
		parts = append(parts, plural(int64(s.Errors), "error"))
	}
	if s.Calls > 0 {
		parts = append(parts, plural(int64(s.Calls), "call"))
		if s.Input != nil || s.Output != nil {
			parts = append(parts, showTokens(s.Input, s.Output)+" tokens")
		}
		parts = append(parts, summaryCost(s))
	}
	return visible(strings.Join(parts, " · "))
}

func summaryCost(s *api.Summary) string {
	cost := "cost " + unknown
	if s.CostUSD != nil {
		cost = "$" + *s.CostUSD
	}
	if s.Unpriced > 0 {
		cost += fmt.Sprintf(" (%s of unknown cost)", plural(int64(s.Unpriced), "call"))
	}
	return cost
}

// showTokens writes input and output, what is unknown as a dash.
func showTokens(input, output *int64) string {
	if input == nil && output == nil {
		return ""
	}
	return firstOf(showOptional(input), unknown) + " → " + firstOf(showOptional(output), unknown)
}

// spanLine says in one line what a span was and how it went.
func spanLine(s *api.Span) string {
	parts := []string{firstOf(s.Name, s.SpanID), showDuration(s.DurationNS)}
	if s.HTTPStatus != nil {
		parts = append(parts, fmt.Sprintf("status %d", *s.HTTPStatus))
	}
	if g := s.GenAI; g != nil {
		if g.Model != "" && !strings.Contains(s.Name, g.Model) {
			parts = append(parts, g.Model)
		}
		if u := g.Usage; u != nil {
			parts = append(parts, showTokens(u.Input, u.Output)+" tokens")
		}
		if g.CostUSD != nil {
			parts = append(parts, "$"+*g.CostUSD)
		}
		if g.TTFTNS != nil {
			parts = append(parts, "first token "+showDuration(*g.TTFTNS))
		}
		if len(g.FinishReasons) > 0 && g.FinishReasons[0] != "stop" {
			parts = append(parts, "finish "+strings.Join(g.FinishReasons, ","))
		}
	}
	if e := errorText(s); e != "" {
		parts = append(parts, e)
	}
	return strings.Join(parts, "  ")
}

// errorText says what went wrong.
func errorText(s *api.Span) string {
	if s.Status != "error" {
		return ""
	}
	switch {
	case s.StatusMessage != "" && s.HTTPStatus != nil && s.ErrorType == strconv.FormatInt(*s.HTTPStatus, 10):
		return s.StatusMessage // the code is shown already
	case s.ErrorType != "" && s.StatusMessage != "":
		return s.ErrorType + ": " + s.StatusMessage
	case s.ErrorType != "" || s.StatusMessage != "":
		return s.ErrorType + s.StatusMessage
	case s.HTTPStatus != nil:
		return "" // the code says it
	}
	return "error"
}
