package telemetry

// GenAI holds what a span of a model, an agent, a tool or a retrieval has beyond others. Names and meanings are those of
// the OpenTelemetry GenAI conventions.
type GenAI struct {
	Operation     Operation
	Provider      string // openai, anthropic, gcp.gemini, …: the values of gen_ai.provider.name
	RequestModel  string
	ResponseModel string
	ResponseID    string

	// Counts is set on the one span that stands for its call. Usage and cost are filled on that span only: an agent that
	// repeats the sum of its children, or a wrapper around an SDK, keeps what it said in its attributes. So a plain sum
	// over the columns is right, here and in any tool that reads the files.
	Counts bool
	Usage  Usage
	// UsageSemantics tells how the client's input tokens were read: inclusive (cache is part of input), exclusive (cache was
	// added here) or assumed (inclusive by default).
	UsageSemantics string

	Cost         Opt    // pico-USD, computed from the price book; unknown where a price is
	CostReported Opt    // pico-USD, as the client or provider said it
	PriceVersion string // which price was used, see price.Price.Version

	ServiceTier string
	Region      string
	BatchAPI    bool // sent through a provider's batch API

	TimeToFirstToken Opt // nanoseconds
	Streaming        bool
	FinishReasons    string // comma separated, normalised: stop, length, tool_call, content_filter, error, pause, compaction

	Agent         string
	Workflow      string
	Tool          string
	ToolCallID    string
	ToolArguments string
	ToolResult    string

	// Messages in the JSON of the GenAI conventions: [{"role":…,"parts":[{"type":"text","content":…}]}].
	InputMessages      string
	OutputMessages     string
	SystemInstructions string

	PromptName    string
	PromptVersion string
}

// Usage counts tokens. Input includes cache reads, cache writes and audio; output includes reasoning and audio, so that
// input plus output is the total.
type Usage struct {
	Input        Opt
	Output       Opt
	CacheRead    Opt
	CacheWrite5m Opt // also writes whose lifetime the client did not say
	CacheWrite1h Opt
	Reasoning    Opt
	AudioIn      Opt
	AudioOut     Opt
}

// Total is input plus output; unknown if both are.
func (u *Usage) Total() Opt {
	if !u.Input.Known && !u.Output.Known {
		return Opt{}
	}
	return Known(u.Input.Value + u.Output.Value)
}

// Operation is what a GenAI span does: the values of gen_ai.operation.name, and a few that the conventions lack.
type Operation string

// Operations.
const (
	OpChat            Operation = "chat"
	OpTextCompletion  Operation = "text_completion"
	OpGenerateContent Operation = "generate_content"
	OpEmbeddings      Operation = "embeddings"
	OpExecuteTool     Operation = "execute_tool"
	OpInvokeAgent     Operation = "invoke_agent"
	OpCreateAgent     Operation = "create_agent"
	OpInvokeWorkflow  Operation = "invoke_workflow"
	OpPlan            Operation = "plan" // also a step or task of an agent
	OpRetrieval       Operation = "retrieval"
	OpRerank          Operation = "rerank"
	OpGuardrail       Operation = "guardrail"
	OpEvaluation      Operation = "evaluation"
	OpMemory          Operation = "memory"
	OpOther           Operation = "other" // talks to a provider without inference: models, count_tokens, files
)

// IsCall reports whether the operation uses tokens: inference and embeddings. Only these have usage and cost.
func (o Operation) IsCall() bool {
	switch o {
	case OpChat, OpTextCompletion, OpGenerateContent, OpEmbeddings:
		return true
	}
	return false
}
