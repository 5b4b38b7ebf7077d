package pipeline

import (
	"errors"
	"net/http"
	"strings"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/telltale-dev/telltale/internal/telemetry"
	"github.com/telltale-dev/telltale/observe/wire"
)

// metrics are the families of model calls, counted from all of them once they are durable, and what the pipeline says of
// itself.
type metrics struct {
	calls, tokens, cached, reasoning, cost, unpriced *prometheus.CounterVec
	duration, firstToken                             *prometheus.HistogramVec
	redactions, overloaded                           prometheus.Counter
	folded                                           *prometheus.CounterVec

	mu       sync.Mutex
	series   map[seriesKey]*series
	distinct map[string]map[string]struct{} // label → values given out
}

// seriesKey holds the labels of a call. None is ever an id.
type seriesKey struct{ provider, model, endpoint string }

// series are the children of one seriesKey, looked up once.
type series struct {
	ok, failed, in, out, read, write, reasoning, cost, unpriced prometheus.Counter
	duration, firstToken                                        prometheus.Observer
}

// maxLabelValues bounds the values of one label. Models come from requests: without a bound anyone who can call could
// make series without end. What comes beyond counts under "other".
const maxLabelValues = 200

// maxSeries bounds the combinations of labels, each of which is some forty series.
const maxSeries = 2000

// other is the label value of what does not fit.
const other = "other"

func newMetrics(reg prometheus.Registerer) (*metrics, error) {
	byEndpoint := []string{"provider", "model", "endpoint"}
	byModel := []string{"provider", "model"}
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	m := &metrics{
		calls:     counter("llm_calls_total", "Model calls by outcome.", append(byEndpoint, "status")...),
		tokens:    counter("llm_tokens_total", "Tokens of model calls; input includes cached, output includes reasoning.", append(byEndpoint, "token_type")...),
		cached:    counter("llm_cached_tokens_total", "Input tokens read from or written to the provider's cache.", append(byModel, "cache")...),
		reasoning: counter("llm_reasoning_tokens_total", "Output tokens spent on reasoning.", byModel...),
		cost:      counter("llm_cost_usd_total", "Cost of model calls in USD, from the price book.", byEndpoint...),
		unpriced:  counter("llm_unpriced_calls_total", "Model calls with usage whose cost is unknown.", byModel...),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "llm_call_duration_seconds", Help: "Duration of model calls.",
			Buckets: []float64{.1, .25, .5, 1, 2, 5, 10, 20, 30, 60, 120},
		}, byEndpoint),
		firstToken: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "llm_time_to_first_token_seconds", Help: "Time to the first token of streamed answers.",
			Buckets: []float64{.05, .1, .25, .5, 1, 2, 5, 10, 20, 30, 60},
		}, byEndpoint),
		redactions: prometheus.NewCounter(prometheus.CounterOpts{Name: "telltale_redactions_total", Help: "Secrets and personal data taken out before storing."}),
		overloaded: prometheus.NewCounter(prometheus.CounterOpts{Name: "telltale_pipeline_overloaded_total", Help: "Batches told to come again because too much was under way."}),
		folded:     counter("telltale_cardinality_folded_total", "Label values counted as other because a label had too many.", "label"),
		series:     map[seriesKey]*series{},
		distinct:   map[string]map[string]struct{}{},
	}
	var errs []error
	for _, c := range []prometheus.Collector{
		m.calls, m.tokens, m.cached, m.reasoning, m.cost, m.unpriced, m.duration, m.firstToken, m.redactions, m.overloaded, m.folded,
	} {
		errs = append(errs, reg.Register(c))
	}
	return m, errors.Join(errs...)
}

// count adds the calls of a durable batch.
func (m *metrics) count(b *telemetry.Batch) {
	for i := range b.Spans {
		switch s := &b.Spans[i]; {
		case lateUsage(s): // the call was counted
			m.countUsage(m.seriesOf(s.GenAI.Provider, modelOf(s.GenAI), endpointOf(s)), s.GenAI)
		case s.GenAI != nil && s.GenAI.Counts && !s.Repeat:
			m.countCall(s)
		}
	}
}

func (m *metrics) countCall(s *telemetry.Span) {
	g := s.GenAI
	c := m.seriesOf(g.Provider, modelOf(g), endpointOf(s))
	if s.Status == telemetry.StatusError {
		c.failed.Inc()
	} else {
		c.ok.Inc()
	}
	c.duration.Observe(float64(s.Duration) / 1e9)
	if g.TimeToFirstToken.Known {
		c.firstToken.Observe(float64(g.TimeToFirstToken.Value) / 1e9)
	}
	m.countUsage(c, g)
}

func (m *metrics) countUsage(c *series, g *telemetry.GenAI) {
	c.in.Add(tokensOf(g.Usage.Input))
	c.out.Add(tokensOf(g.Usage.Output))
	c.read.Add(tokensOf(g.Usage.CacheRead))
	c.write.Add(tokensOf(g.Usage.CacheWrite5m) + tokensOf(g.Usage.CacheWrite1h))
	c.reasoning.Add(tokensOf(g.Usage.Reasoning))
	switch {
	case g.Cost.Known:
		c.cost.Add(tokensOf(g.Cost) / 1e12)
	case g.Usage.Total().Known:
		c.unpriced.Inc()
	}
}

// tokensOf is a count as a metric wants it: never negative, whatever a client sent.
func tokensOf(o telemetry.Opt) float64 { return float64(max(o.Value, 0)) }

// endpointOf is the route of the caller where the span says it, else the provider's route template, else other.
func endpointOf(s *telemetry.Span) string {
	if route := s.Attributes.Value("http.route"); route != "" {
		return route
	}
	if strings.HasPrefix(s.HTTPPath, "/") {
		for _, kind := range [...]wire.Kind{wire.OpenAI, wire.Anthropic, wire.Gemini} {
			if r := wire.ParseRoute(kind, http.MethodPost, s.HTTPPath); r.Template != "" {
				return r.Template
			}
		}
	}
	return other
}

// modelOf is the model that was asked for, else the one that answered.
func modelOf(g *telemetry.GenAI) string {
	if g.RequestModel != "" {
		return g.RequestModel
	}
	return g.ResponseModel
}

func (m *metrics) seriesOf(provider, model, endpoint string) *series {
	key := seriesKey{provider, model, endpoint}
	m.mu.Lock()
	defer m.mu.Unlock()
	if c := m.series[key]; c != nil {
		return c
	}
	folded := seriesKey{m.bounded("provider", provider), m.bounded("model", model), m.bounded("endpoint", endpoint)}
	if len(m.series) >= maxSeries {
		folded = seriesKey{other, other, other}
	}
	c := m.series[folded]
	if c == nil {
		c = m.newSeries(folded)
		m.series[folded] = c
	}
	return c
}

// bounded returns the value, or "other" once the label has its fill.
func (m *metrics) bounded(label, value string) string {
	value = strings.Clone(strings.ToValidUTF8(value, "?")) // kept for ever: not as a piece of a request
	values := m.distinct[label]
	if values == nil {
		values = map[string]struct{}{}
		m.distinct[label] = values
	}
	if _, ok := values[value]; ok {
		return value
	}
	if len(values) >= maxLabelValues {
		m.folded.WithLabelValues(label).Inc()
		return other
	}
	values[value] = struct{}{}
	return value
}

func (m *metrics) newSeries(k seriesKey) *series {
	p, mo, e := k.provider, k.model, k.endpoint
	return &series{
		ok: m.calls.WithLabelValues(p, mo, e, "success"), failed: m.calls.WithLabelValues(p, mo, e, "failure"),
		in: m.tokens.WithLabelValues(p, mo, e, "input"), out: m.tokens.WithLabelValues(p, mo, e, "output"),
		read: m.cached.WithLabelValues(p, mo, "read"), write: m.cached.WithLabelValues(p, mo, "write"),
		reasoning: m.reasoning.WithLabelValues(p, mo), cost: m.cost.WithLabelValues(p, mo, e), unpriced: m.unpriced.WithLabelValues(p, mo),
		duration: m.duration.WithLabelValues(p, mo, e), firstToken: m.firstToken.WithLabelValues(p, mo, e),
	}
}
