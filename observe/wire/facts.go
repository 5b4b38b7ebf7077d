package wire

// Count is a number that may be unknown. Unknown is not zero.
type Count struct {
	Value int64
	Known bool
}

// Float is a fraction that may be unknown.
type Float struct {
	Value float64
	Known bool
}

// Usage counts tokens. Input includes cache reads, cache writes and audio; Output includes reasoning and audio, so that
// input plus output is the total, whatever the provider's own habit.
type Usage struct {
	Input        Count
	Output       Count
	CacheRead    Count
	CacheWrite5m Count // also writes whose lifetime the provider did not say
	CacheWrite1h Count
	Reasoning    Count
	AudioIn      Count
	AudioOut     Count

	// CacheAdded says that the provider counts cache reads and writes apart from input, and that they were added here.
	CacheAdded bool
}

// Known reports whether the provider said anything about usage.
func (u *Usage) Known() bool { return u.Input.Known || u.Output.Known }

// Request is what a request body says. Strings are empty where it says nothing, and at most MaxText bytes long.
type Request struct {
	Model  string // empty for Gemini, whose paths name it: see Route.Model
	Stream bool   // the answer will be a stream; always true for GeminiStream

	// IncludeUsage is stream_options.include_usage of OpenAI chat and completions: without it a stream ends without usage.
	IncludeUsage bool

	User           string // the end user, as the client named them
	Session        string // the conversation, as the client named it
	ServiceTier    string
	Temperature    Float
	MaxTokens      Count
	Tools          int    // tools offered to the model
	ResponseFormat string // text, json_object or json_schema
}

// Response is what an answer says. Strings are empty where it says nothing, and at most MaxText bytes long.
type Response struct {
	ID            string
	Model         string
	Usage         Usage
	FinishReasons []string // one for each choice or candidate that has one, normalised: see FinishReason
	ServiceTier   string
	Error         *Error // nil unless the provider reported one
}

// Error is a failure as the provider reports it.
type Error struct {
	Type    string // class: invalid_request_error, overloaded_error, RESOURCE_EXHAUSTED, …
	Code    string // finer: context_length_exceeded, 429, …
	Message string
}

// Error makes it an error.
func (e *Error) Error() string {
	switch {
	case e.Message == "":
		return e.Type
	case e.Type == "":
		return e.Message
	}
	return e.Type + ": " + e.Message
}

// MaxText bounds each text among the facts, in bytes. Longer ones are cut at a rune's border.
const MaxText = 1024

// FinishReason normalises a provider's word for why the model stopped: stop, length, tool_call, content_filter, error,
// pause or compaction. Words it does not know pass as they are, in lower case.
func FinishReason(word string) string {
	return word
}
