package derive

import "slices"

// Kind of a family.
type Kind uint8

// Kinds.
const (
	Count Kind = iota
	Histogram
	Gauge
)

func (k Kind) String() string { return [...]string{"counter", "histogram", "gauge"}[k] }

// Family is a name with what its series have in common. All have the label job besides.
type Family struct {
	Name, Help string
	Kind       Kind
	Labels     []string
	Buckets    []float64 // upper bounds of a histogram, +Inf left out

	index int
	shape shape
	from  []int // by label: which of the group's values it has; -1 where the column says it
}

// shape is which values series are grouped by: a span finds all series of a group by one lookup.
type shape uint8

const (
	served    shape = iota // method, path, status
	called                 // provider, model, endpoint
	external               // target, status
	agents                 // agent
	agentUses              // agent, model
	tools                  // agent, tool
	models                 // model
	flags                  // model, category
	scores                 // name, model
	keys                   // key
	services               // nothing but the job
	shapes
)

// maxValues is how many values a group has.
const maxValues = 3

// column is a place of a group: a series of a family, with what its fixed label says.
type column struct {
	family string
	fixed  string
}

// Columns of each shape.
const (
	servedRequests = iota
	servedDuration
	servedReceived
	servedSent
)

const (
	calledSuccess = iota
	calledFailure
	calledIn
	calledOut
	calledCost
	calledDuration
	calledFirstToken
	calledCacheRead
	calledCacheWrite
	calledReasoning
	calledUnpriced
	maxColumns
)

const (
	externalCalls = iota
	externalDuration
)

const (
	agentSuccess = iota
	agentFailure
	agentDuration
	agentStepSuccess
	agentStepFailure
)

const (
	serviceCacheHit = iota
	serviceCacheMiss
	serviceRetrieval
	serviceRetrievalMean
)

// columns of a group that a success and a failure, or the input and the output, stand in.
const (
	first = iota
	second
)

const (
	success = "success"
	failure = "failure"
	input   = "input"
	output  = "output"
)

var columns = [shapes][]column{
	served: {
		{"http_requests_total", ""}, {"http_request_duration_seconds", ""}, {"http_request_size_bytes", ""}, {"http_response_size_bytes", ""},
	},
	called: {
		{"llm_calls_total", success},
		{"llm_calls_total", failure},
		{"llm_tokens_total", input},
		{"llm_tokens_total", output},
		{"llm_cost_usd_total", ""},
		{"llm_call_duration_seconds", ""},
		{"llm_time_to_first_token_seconds", ""},
		{"llm_cached_tokens_total", "read"},
		{"llm_cached_tokens_total", "write"},
		{"llm_reasoning_tokens_total", ""},
		{"llm_unpriced_calls_total", ""},
	},
	external: {{"external_calls_total", ""}, {"external_call_duration_seconds", ""}},
	agents: {
		{"agent_runs_total", success},
		{"agent_runs_total", failure},
		{"agent_run_duration_seconds", ""},
		{"agent_steps_total", success},
		{"agent_steps_total", failure},
	},
	agentUses: {{"agent_tokens_total", input}, {"agent_tokens_total", output}},
	tools:     {{"agent_tool_calls_total", success}, {"agent_tool_calls_total", failure}},
	models:    {{"llm_validation_failures_total", ""}},
	flags:     {{"llm_safety_flags_total", ""}},
	scores:    {{"llm_evaluation_score", ""}},
	keys:      {{"llm_key_cost_usd_total", ""}},
	services: {
		{"llm_cache_requests_total", "hit"}, {"llm_cache_requests_total", "miss"}, {"rag_retrieval_score", ""}, {"rag_retrieval_score_avg", ""},
	},
}

var (
	requestSeconds = []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 120}
	bodyBytes      = []float64{256, 1 << 10, 4 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20, 4 << 20, 16 << 20, 64 << 20}
	tenths         = []float64{.1, .2, .3, .4, .5, .6, .7, .8, .9, 1}
)

var families = index([]Family{
	{
		Name: "http_requests_total", Help: "Requests served, by route and status.",
		shape: served, Labels: []string{"method", "path", "status"}, from: []int{0, 1, 2},
	},
	{
		Name: "http_request_duration_seconds", Help: "Time to serve a request.", Kind: Histogram, Buckets: requestSeconds,
		shape: served, Labels: []string{"method", "path"}, from: []int{0, 1},
	},
	{
		Name: "http_request_size_bytes", Help: "Size of request bodies.", Kind: Histogram, Buckets: bodyBytes,
		shape: served, Labels: []string{"method", "path"}, from: []int{0, 1},
	},
	{
		Name: "http_response_size_bytes", Help: "Size of response bodies.", Kind: Histogram, Buckets: bodyBytes,
		shape: served, Labels: []string{"method", "path"}, from: []int{0, 1},
	},
	{
		Name: "llm_calls_total", Help: "Model calls by outcome.",
		shape: called, Labels: []string{"provider", "model", "endpoint", "status"}, from: []int{0, 1, 2, -1},
	},
	{
		Name: "llm_tokens_total", Help: "Tokens of model calls; input includes cached, output includes reasoning.",
		shape: called, Labels: []string{"provider", "model", "endpoint", "token_type"}, from: []int{0, 1, 2, -1},
	},
	{
		Name: "llm_cost_usd_total", Help: "Cost of model calls in USD, from the price book.",
		shape: called, Labels: []string{"provider", "model", "endpoint"}, from: []int{0, 1, 2},
	},
	{
		Name: "llm_key_cost_usd_total", Help: "Cost of model calls in USD by API key, where one is known.",
		shape: keys, Labels: []string{"key"}, from: []int{0},
	},
	{
		Name: "llm_call_duration_seconds", Help: "Duration of model calls.",
		Kind: Histogram, Buckets: []float64{.1, .25, .5, 1, 2, 5, 10, 20, 30, 60, 120},
		shape: called, Labels: []string{"provider", "model", "endpoint"}, from: []int{0, 1, 2},
	},
	{
		Name: "llm_time_to_first_token_seconds", Help: "Time to the first token of streamed answers.",
		Kind: Histogram, Buckets: []float64{.05, .1, .25, .5, 1, 2, 5, 10, 20, 30, 60},
		shape: called, Labels: []string{"provider", "model", "endpoint"}, from: []int{0, 1, 2},
	},
	{
		Name: "llm_cached_tokens_total", Help: "Input tokens read from or written to the provider's cache.",
		shape: called, Labels: []string{"provider", "model", "cache"}, from: []int{0, 1, -1},
	},
	{
		Name: "llm_reasoning_tokens_total", Help: "Output tokens spent on reasoning.",
		shape: called, Labels: []string{"provider", "model"}, from: []int{0, 1},
	},
	{
		Name: "llm_unpriced_calls_total", Help: "Model calls with usage whose cost is unknown.",
		shape: called, Labels: []string{"provider", "model"}, from: []int{0, 1},
	},
	{
		Name: "llm_validation_failures_total", Help: "Answers that failed their schema.",
		shape: models, Labels: []string{"model"}, from: []int{0},
	},
	{
		Name: "llm_safety_flags_total", Help: "Answers or prompts flagged as unsafe.",
		shape: flags, Labels: []string{"model", "category"}, from: []int{0, 1},
	},
	{
		Name: "llm_cache_requests_total", Help: "Lookups in the response cache.",
		shape: services, Labels: []string{"result"}, from: []int{-1},
	},
	{
		Name: "llm_evaluation_score", Help: "Scores of evaluators and users, 0 to 1.", Kind: Histogram, Buckets: tenths,
		shape: scores, Labels: []string{"name", "model"}, from: []int{0, 1},
	},
	{
		Name: "agent_runs_total", Help: "Runs of agents by outcome.",
		shape: agents, Labels: []string{"agent", "status"}, from: []int{0, -1},
	},
	{
		Name: "agent_run_duration_seconds", Help: "Duration of runs of agents.",
		Kind: Histogram, Buckets: []float64{.1, .5, 1, 2, 5, 10, 30, 60, 120},
		shape: agents, Labels: []string{"agent"}, from: []int{0},
	},
	{
		Name: "agent_steps_total", Help: "Steps of agents by outcome.",
		shape: agents, Labels: []string{"agent", "status"}, from: []int{0, -1},
	},
	{
		Name: "agent_tool_calls_total", Help: "Tool calls by outcome.",
		shape: tools, Labels: []string{"agent", "tool", "status"}, from: []int{0, 1, -1},
	},
	{
		Name: "agent_tokens_total", Help: "Tokens used by agents; input includes cached, output includes reasoning.",
		shape: agentUses, Labels: []string{"agent", "model", "token_type"}, from: []int{0, 1, -1},
	},
	{
		Name: "rag_retrieval_score", Help: "Scores of retrieved documents.", Kind: Histogram, Buckets: tenths,
		shape: services,
	},
	{
		Name: "rag_retrieval_score_avg", Help: "Mean score of the documents retrieved last.", Kind: Gauge,
		shape: services,
	},
	{
		Name: "external_calls_total", Help: "Outgoing calls by host and status; error if there was no answer.",
		shape: external, Labels: []string{"target", "status"}, from: []int{0, 1},
	},
	{
		Name: "external_call_duration_seconds", Help: "Duration of outgoing calls, their answers included.", Kind: Histogram, Buckets: requestSeconds,
		shape: external, Labels: []string{"target"}, from: []int{0},
	},
})

// familyOf is the family of each column.
var familyOf = func() (of [shapes][maxColumns]*Family) {
	for s := range columns {
		for i, c := range columns[s] {
			of[s][i] = familyNamed(c.family)
		}
	}
	return of
}()

func index(list []Family) []Family {
	for i := range list {
		list[i].index = i
	}
	return list
}

// familyNamed returns nil where there is none.
func familyNamed(name string) *Family {
	if i := slices.IndexFunc(families, func(f Family) bool { return f.Name == name }); i >= 0 {
		return &families[i]
	}
	return nil
}

// Families lists the families that are derived.
func Families() []Family { return slices.Clone(families) }
