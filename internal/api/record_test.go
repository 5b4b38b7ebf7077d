package api_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/telltale-dev/telltale/internal/api"
	"github.com/telltale-dev/telltale/internal/api/apitest"
	"github.com/telltale-dev/telltale/internal/telemetry"
	"github.com/telltale-dev/telltale/observe/price"
)

// twoParts takes every cost apart alike.
type twoParts struct{}

func (twoParts) CostParts(*telemetry.Span) []price.Part {
	return []price.Part{{Kind: price.CacheRead, Tokens: 1024, Cost: 76_800_000}, {Kind: price.Reasoning, Tokens: 7, Cost: 1}}
}

// TestCostParts: whole spans say what each kind of token cost, previews do not.
func TestCostParts(t *testing.T) {
	a := newAPI(t, apitest.Sample(), func(c *api.Config) { c.Prices = twoParts{} })
	d := readDocument(t, a)
	want := []api.CostPart{{Kind: "cache_read", Tokens: 1024, CostUSD: "0.0000768"}, {Kind: "reasoning", Tokens: 7, CostUSD: "0.000000000001"}}
	one := "/api/v1/spans/" + apitest.TraceGood.String() + "/" + apitest.CallGood.String()
	var span api.Span
	get(t, a, one, http.StatusOK, &span)
	if diff := cmp.Diff(want, span.GenAI.CostParts); diff != "" {
		t.Error(diff)
	}
	var body any
	get(t, a, one, http.StatusOK, &body)
	d.check(t, one, d.Paths["/api/v1/spans/{trace}/{span}"]["get"].Responses["200"].Content["application/json"].Schema, body)
	for target, whole := range map[string]bool{"/api/v1/calls": false, "/api/v1/calls?full=true": true} {
		var list api.SpanList
		get(t, a, target, http.StatusOK, &list)
		if got := list.Spans[0].GenAI.CostParts; (got != nil) != whole {
			t.Errorf("%s: %+v", target, got)
		}
	}
}
