package pipeline

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/telltale-dev/telltale/observe/price"
)

// TestCostParts: the cost of a call taken apart is that which was stored, and nothing once prices are others.
func TestCostParts(t *testing.T) {
	book := price.Default()
	e := newEnv(t, func(o *Options) { o.Prices = func() *price.Book { return book } })
	e.send(t, chat(1, 1, 0, 0, 100), span(1, 2, 1, 0, 50))
	spans := e.kept.all().Spans
	want := []price.Part{
		{Kind: price.Input, Tokens: 176, Cost: 26_400_000},
		{Kind: price.CacheRead, Tokens: 1024, Cost: 76_800_000},
		{Kind: price.Output, Tokens: 34, Cost: 20_400_000},
	}
	if diff := cmp.Diff(want, e.CostParts(&spans[0])); diff != "" || spans[0].GenAI.Cost.Value != 123_600_000 {
		t.Errorf("cost %d: %s", spans[0].GenAI.Cost.Value, diff)
	}
	if parts := e.CostParts(&spans[1]); parts != nil {
		t.Errorf("parts of a span that is no call: %+v", parts)
	}
	book = &price.Book{}
	if parts := e.CostParts(&spans[0]); parts != nil {
		t.Errorf("parts by prices that are gone: %+v", parts)
	}
}
