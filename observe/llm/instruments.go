package llm

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/telltale-dev/telltale/observe/internal/core"
	"github.com/telltale-dev/telltale/observe/metric"
)

// instruments are the families of this package in one telemetry.
type instruments struct {
	calls, tokens, cached, reasoning, cost, unpriced         *metric.Counter
	duration, firstToken                                     *metric.Histogram
	validation, safety, cache                                *metric.Counter
	evaluation                                               *metric.Histogram
	agentRuns, agentSteps, agentTools, agentTokens, exceeded *metric.Counter
	agentDuration                                            *metric.Histogram
	agents                                                   prometheus.Gauge
	retrieval                                                *metric.Histogram
	retrievalMean                                            *metric.Gauge

	callSeries callSeriesByKey

	scores window
	source atomic.Uintptr // of logSource

	sessions *tallies
}

type instrumentsKey struct{}

func instrumentsOf(c *core.Core) *instruments { return core.Part(c, instrumentsKey{}, newInstruments) }

func newInstruments(c *core.Core) *instruments {
	m := c.Metrics
	byModel := []string{"provider", "model"}
	byEndpoint := []string{"provider", "model", "endpoint"}
	tenths := []float64{.1, .2, .3, .4, .5, .6, .7, .8, .9, 1}
	in := &instruments{
		calls:     m.Counter("llm_calls_total", "Model calls by outcome.", "provider", "model", "endpoint", "status"),
		tokens:    m.Counter("llm_tokens_total", "Tokens of model calls; input includes cached, output includes reasoning.", "provider", "model", "endpoint", "token_type"),
		cached:    m.Counter("llm_cached_tokens_total", "Input tokens read from or written to the provider's cache.", "provider", "model", "cache"),
		reasoning: m.Counter("llm_reasoning_tokens_total", "Output tokens spent on reasoning.", byModel...),
		cost:      m.Counter("llm_cost_usd_total", "Cost of model calls in USD, from the price book.", byEndpoint...),
		unpriced:  m.Counter("llm_unpriced_calls_total", "Model calls with usage whose cost is unknown.", byModel...),
		duration: m.Histogram("llm_call_duration_seconds", "Duration of model calls.",
			[]float64{.1, .25, .5, 1, 2, 5, 10, 20, 30, 60, 120}, byEndpoint...),
		firstToken: m.Histogram("llm_time_to_first_token_seconds", "Time to the first token of streamed answers.",
			[]float64{.05, .1, .25, .5, 1, 2, 5, 10, 20, 30, 60}, byEndpoint...),
		validation: m.Counter("llm_validation_failures_total", "Answers that failed their schema.", "model"),
		safety:     m.Counter("llm_safety_flags_total", "Answers or prompts flagged as unsafe.", "model", "category"),
		cache:      m.Counter("llm_cache_requests_total", "Lookups in the response cache.", "result"),
		evaluation: m.Histogram("llm_evaluation_score", "Scores of evaluators and users, 0 to 1.", tenths, "name", "model"),

		agentRuns:  m.Counter("agent_runs_total", "Runs of agents by outcome.", "agent", "status"),
		agentSteps: m.Counter("agent_steps_total", "Steps of agents by outcome.", "agent", "status"),
		agentTools: m.Counter("agent_tool_calls_total", "Tool calls by outcome.", "agent", "tool", "status"),
		agentTokens: m.Counter("agent_tokens_total", "Tokens used by agents; input includes cached, output includes reasoning.",
			"agent", "model", "token_type"),
		agentDuration: m.Histogram("agent_run_duration_seconds", "Duration of runs of agents.",
			[]float64{.1, .5, 1, 2, 5, 10, 30, 60, 120}, "agent"),
		agents:        m.Gauge("agent_sessions_active", "Runs of agents in progress, not counting agents called by agents.").With(),
		sessions:      newTallies(m.Gauge("conversations_active", "Conversations in progress.").With()),
		retrieval:     m.Histogram("rag_retrieval_score", "Scores of retrieved documents.", tenths),
		retrievalMean: m.Gauge("rag_retrieval_score_avg", "Mean score of the documents retrieved last."), // no series before there is a score
		exceeded:      m.Counter("telltale_llm_limit_exceeded_total", "Sessions that a limit ended, each once for a limit however much was refused after it.", "limit"),
	}
	in.begin()
	return in
}

// begin makes the series whose labels are known, so that they are there with 0 before anything happens.
func (i *instruments) begin() {
	i.retrieval.With()
	for _, result := range []string{"hit", "miss"} {
		i.cache.With(result)
	}
	for _, limit := range []Limit{LimitCost, LimitCalls, LimitDepth, LimitRepeatedTool} {
		i.exceeded.With(string(limit))
	}
}

// logSource is where the lines of calls are written in the source, for handlers that show it. It is found once: to look for
// it at every line costs as much as writing one.
func (i *instruments) logSource() uintptr {
	if pc := i.source.Load(); pc != 0 {
		return pc
	}
	var pcs [1]uintptr
	runtime.Callers(2, pcs[:])
	i.source.Store(pcs[0])
	return pcs[0]
}

// Values of the label status.
const (
	success = "success"
	failure = "failure"
)

func statusOf(failed bool) string {
	if failed {
		return failure
	}
	return success
}

// windowSize is how many scores rag_retrieval_score_avg is the mean of.
const windowSize = 1000

// window is the mean of the last values.
type window struct {
	mu     sync.Mutex
	values [windowSize]float64
	n, at  int
}

// observe takes scores and returns the mean. It is summed anew each time, so that no rounding adds up.
func (w *window) observe(ctx context.Context, h *metric.Histogram, scores []float64) float64 {
	for _, s := range scores {
		h.Observe(ctx, s)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range scores {
		w.values[w.at] = s
		w.at = (w.at + 1) % windowSize
		w.n = min(w.n+1, windowSize)
	}
	sum := 0.0
	for _, v := range w.values[:w.n] {
		sum += v
	}
	return sum / float64(max(w.n, 1))
}
