package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telltale-dev/telltale/internal/api"
)

// TestSpanTree: no span is lost, whatever parents they claim.
func TestSpanTree(t *testing.T) {
	span := func(id, parent string, ms int64) api.Span {
		s := api.Span{ParentID: parent, DurationNS: 1e6}
		s.TraceID, s.SpanID, s.Name, s.Time = "t", id, id, time.Unix(0, ms*1e6)
		return s
	}
	draw := func(spans []api.Span) string {
		var b strings.Builder
		walk(spanTree(spans), func(n *node) {
			fmt.Fprintf(&b, "%d%s", n.depth, n.span.Name)
			if n.orphan {
				b.WriteString("?")
			}
			b.WriteByte(' ')
		})
		return b.String()
	}
	for name, test := range map[string]struct {
		spans []api.Span
		want  string
	}{
		"siblings by time": {[]api.Span{span("c", "a", 3), span("b", "a", 2), span("a", "", 1)}, "0a 1b 1c "},
		"missing parent":   {[]api.Span{span("a", "", 1), span("b", "x", 2), span("c", "b", 3)}, "0a 0b? 1c "},
		"own parent":       {[]api.Span{span("a", "a", 1)}, "0a? "},
		"circle":           {[]api.Span{span("a", "c", 1), span("b", "a", 2), span("c", "b", 3), span("d", "", 4)}, "0a? 1b 2c 0d "},
		"same id twice":    {[]api.Span{span("a", "", 1), span("a", "", 2), span("b", "a", 3)}, "0a 1b 0a "},
		"two circles":      {[]api.Span{span("a", "b", 1), span("b", "a", 2), span("c", "d", 3), span("d", "c", 4), span("e", "d", 5)}, "0a? 1b 0c? 1d 2e "},
	} {
		if diff := cmp.Diff(test.want, draw(test.spans)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	var deep []api.Span
	for i := range 30_000 {
		deep = append(deep, span(fmt.Sprint(i), fmt.Sprint(i-1), int64(i)))
	}
	if n := len(strings.Fields(draw(deep))); n != len(deep) {
		t.Errorf("%d of %d spans", n, len(deep))
	}
}
