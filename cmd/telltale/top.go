package main

import (
	"context"
	"fmt"
	"net/url"
	"strconv"

	"github.com/telltale-dev/telltale/internal/api"
)

// sortColumns are the columns top sorts by.
var sortColumns = map[string]string{
	"calls": "count", "p95": "p95(duration)", "cost": "sum(cost)", "tokens": "sum(tokens)",
}

func runTop(ctx context.Context, env *environment, args []string) error {
	f := newFlags(env, "top", "FIELD [QUERY]", "Sum model calls by a field: model, user, service, provider, tenant, session, agent, key, attr.KEY, …\nCost and tokens are of the calls where they are known; each call counts once.",
		example{"models of the last 24 hours", "telltale top model"},
		example{"who spent most this week", "telltale top user --from -7d --sort cost"},
		example{"services by p95 of failed calls", "telltale top service status:error --sort p95"})
	f.queries = true
	connect, times := serverFlags(f), rangeFlags(f, "-24h")
	limit := f.Int("limit", 20, "at most this many groups, `n` to 1000")
	by := f.String("sort", "calls", "`column` to sort by: calls, p95, tokens, cost")
	asJSON := f.Bool("json", false, "one JSON object a line")
	operands, err := f.parse(args)
	if err != nil {
		return err
	}
	if len(operands) == 0 {
		return f.usage("top needs a field, as in: telltale top model")
	}
	column, ok := sortColumns[*by]
	if !ok {
		return f.usage("--sort is calls, p95, tokens or cost, not %s", quoteArg(*by))
	}
	if *limit < 1 || *limit > 1000 {
		return f.usage("--limit is from 1 to 1000")
	}
	c, err := connect()
	if err != nil {
		return err
	}
	params := url.Values{"group": {operands[0]}, "q": {queryOf(operands[1:])}, "limit": {strconv.Itoa(*limit)}, "order": {column}}
	if err := times(params); err != nil {
		return err
	}
	groups, err := fetchTop(ctx, c, params)
	if err != nil {
		return err
	}
	if *asJSON {
		for i := range groups {
			if err := writeJSON(env.stdout, &groups[i]); err != nil {
				return err
			}
		}
		return nil
	}
	if len(groups) == 0 {
		env.say("No call matches. The time range is the last 24 hours unless --from and --to say otherwise.\n")
		return nil
	}
	return writeTop(env, operands[0], groups)
}

// topGroup is a line of top. What is not known is absent.
type topGroup struct {
	Key      string   `json:"key"`
	Calls    int64    `json:"calls"`
	Errors   *int64   `json:"errors,omitempty"`
	P95NS    *float64 `json:"p95_ns,omitempty"`
	Input    *int64   `json:"input_tokens,omitempty"`
	Output   *int64   `json:"output_tokens,omitempty"`
	CostUSD  *float64 `json:"cost_usd,omitempty"`
	Unpriced *int64   `json:"unpriced_calls,omitempty"`
}

// fetchTop asks for the groups, then how many calls of each failed and how many have no known cost.
func fetchTop(ctx context.Context, c *client, params url.Values) ([]topGroup, error) {
	var table api.Aggregate
	params.Set("columns", "count,p95(duration),sum(tokens.in),sum(tokens.out),sum(cost),sum(tokens)")
	if err := c.get(ctx, "/api/v1/aggregate", compact(params), &table); err != nil {
		return nil, err
	}
	groups := make([]topGroup, 0, len(table.Rows))
	for _, row := range table.Rows {
		if len(row.Keys) != 1 || len(row.Values) != 6 || row.Values[0] == nil {
			return nil, fmt.Errorf("%s answers in a shape that this version does not know", c.base)
		}
		groups = append(groups, topGroup{
			Key: row.Keys[0], Calls: int64(*row.Values[0]), P95NS: row.Values[1], Input: whole(row.Values[2]), Output: whole(row.Values[3]), CostUSD: row.Values[4],
		})
	}
	for _, count := range []struct {
		condition string
		of        func(*topGroup) **int64
	}{
		{"status:error", func(g *topGroup) **int64 { return &g.Errors }},
		{"tokens:* -cost:*", func(g *topGroup) **int64 { return &g.Unpriced }},
	} {
		found, complete, err := countBy(ctx, c, params, count.condition)
		if err != nil {
			return nil, err
		}
		for i := range groups {
			if n, ok := found[groups[i].Key]; ok || complete {
				*count.of(&groups[i]) = &n
			}
		}
	}
	return groups, nil
}

// maxGroups is the most groups the API returns.
const maxGroups = 1000

// countBy counts the calls that meet a further condition, by key. Where not complete, keys that are missing are unknown.
func countBy(ctx context.Context, c *client, params url.Values, condition string) (counts map[string]int64, complete bool, err error) {
	asked := url.Values{"group": params["group"], "from": params["from"], "to": params["to"], "columns": {"count"}, "limit": {strconv.Itoa(maxGroups)}, "q": {condition}}
	if q := params.Get("q"); q != "" {
		asked.Set("q", "("+q+") "+condition)
	}
	var table api.Aggregate
	if err := c.get(ctx, "/api/v1/aggregate", compact(asked), &table); err != nil {
		return nil, false, err
	}
	counts = map[string]int64{}
	for _, row := range table.Rows {
		if len(row.Keys) == 1 && len(row.Values) == 1 && row.Values[0] != nil {
			counts[row.Keys[0]] = int64(*row.Values[0])
		}
	}
	return counts, len(table.Rows) < maxGroups, nil
}

func whole(v *float64) *int64 {
	if v == nil {
		return nil
	}
	n := int64(*v)
	return &n
}

func writeTop(env *environment, field string, groups []topGroup) error {
	t := newTable(env.style(), "~"+field, ">calls", ">errors", ">p95", ">tokens in", ">tokens out", ">cost", ">unpriced")
	for i := range groups {
		g := &groups[i]
		var p95, cost string
		if g.P95NS != nil {
			p95 = showAbout(*g.P95NS)
		}
		if g.CostUSD != nil {
			cost = showUSD(strconv.FormatFloat(*g.CostUSD, 'f', 12, 64))
		}
		errors, colour := showOptional(g.Errors), ""
		if g.Errors != nil && *g.Errors > 0 {
			errors += " (" + threeDigits(100*float64(*g.Errors)/float64(g.Calls)) + "%)"
		}
		t.add(colour, g.Key, showCount(g.Calls), errors, p95, showOptional(g.Input), showOptional(g.Output), cost, showOptional(g.Unpriced))
	}
	return t.write(env.stdout)
}
