package derive

import "github.com/telltale-dev/telltale/internal/telemetry"

// facts are what is counted of a call of a model. A number below 0 is not known.
type facts struct {
	values                              [maxValues]string // provider, model, endpoint
	agent, key                          string            // key is the id of an API key, which an operator makes: there are few
	failed, used                        bool              // used: its usage is known
	duration, firstToken, in, out, cost int64
	cacheRead, cacheWrite, reasoning/* never below 0 */ int64
}

func factsOf(s *telemetry.Span) facts {
	g := s.GenAI
	u := &g.Usage
	return facts{
		values: [maxValues]string{g.Provider, modelOf(g), endpointOf(s)}, agent: g.Agent, key: s.KeyID,
		failed: s.Status == telemetry.StatusError, used: u.Total().Known,
		duration: max(s.Duration, 0), firstToken: atLeastZero(g.TimeToFirstToken), in: atLeastZero(u.Input), out: atLeastZero(u.Output),
		cost: atLeastZero(g.Cost), cacheRead: max(u.CacheRead.Value, 0),
		cacheWrite: max(u.CacheWrite5m.Value, 0) + max(u.CacheWrite1h.Value, 0), reasoning: max(u.Reasoning.Value, 0),
	}
}

// atLeastZero is a number as a counter takes it, whatever a client sent; -1 is unknown.
func atLeastZero(o telemetry.Opt) int64 {
	if !o.Known {
		return -1
	}
	return max(o.Value, 0)
}

// call counts a call; e names the span behind it.
func (c *Counter) call(job string, f *facts, e *telemetry.Event) {
	to := c.group(called, job, f.values)
	if f.failed {
		c.inc(to, calledFailure, 1, e)
	} else {
		c.inc(to, calledSuccess, 1, e)
	}
	c.observe(to, calledDuration, seconds(f.duration), e)
	if f.firstToken >= 0 {
		c.observe(to, calledFirstToken, seconds(f.firstToken), e)
	}
	c.usage(job, to, f, e)
}

// usage counts the tokens and the cost of a call in its group.
func (c *Counter) usage(job string, to *group, f *facts, e *telemetry.Event) {
	c.known(to, calledIn, f.in, e)
	c.known(to, calledOut, f.out, e)
	for _, part := range [...]struct {
		col int
		n   int64
	}{{calledCacheRead, f.cacheRead}, {calledCacheWrite, f.cacheWrite}, {calledReasoning, f.reasoning}} {
		if part.n > 0 {
			c.inc(to, part.col, float64(part.n), e)
		}
	}
	switch {
	case f.cost >= 0:
		c.inc(to, calledCost, float64(f.cost)/1e12, e)
		if f.key != "" {
			c.inc(c.group(keys, job, [maxValues]string{f.key}), first, float64(f.cost)/1e12, e)
		}
	case f.used:
		c.inc(to, calledUnpriced, 1, e)
	}
	if f.agent != "" && f.used {
		to = c.group(agentUses, job, [maxValues]string{f.agent, f.values[1]})
		c.known(to, first, f.in, e)
		c.known(to, second, f.out, e)
	}
}

func (c *Counter) known(to *group, col int, n int64, e *telemetry.Event) {
	if n >= 0 {
		c.inc(to, col, float64(n), e)
	}
}
