package wire

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

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
	Region        string // where inference ran, as Anthropic's inference_geo says it
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
	if n, ok := finishReasons[word]; ok {
		return n
	}
	word = strings.ToLower(word)
	if n, ok := finishReasons[word]; ok {
		return n
	}
	return word
}

var finishReasons = map[string]string{
	"stop": "stop", "end_turn": "stop", "stop_sequence": "stop", "STOP": "stop", "completed": "stop", "eos": "stop",

	"length": "length", "max_tokens": "length", "MAX_TOKENS": "length", "max_output_tokens": "length",
	"model_context_window_exceeded": "length", "model_length": "length",

	"tool_calls": "tool_call", "tool-calls": "tool_call", "tool_call": "tool_call", "tool_use": "tool_call", "function_call": "tool_call",

	"content_filter": "content_filter", "content-filter": "content_filter", "refusal": "content_filter",
	"guardrail_intervened": "content_filter", "SAFETY": "content_filter", "RECITATION": "content_filter",
	"safety": "content_filter", "recitation": "content_filter", "blocklist": "content_filter",
	"prohibited_content": "content_filter", "spii": "content_filter", "image_safety": "content_filter",
	"image_prohibited_content": "content_filter", "image_recitation": "content_filter", "model_armor": "content_filter",

	"error": "error", "other": "error", "failed": "error", "": "error", "malformed_function_call": "error",
	"unexpected_tool_call": "error", "too_many_tool_calls": "error", "malformed_response": "error",

	"pause_turn": "pause", "pause": "pause", "compaction": "compaction",
}

// factText makes a fact of a string of the document; of the most frequent words without an allocation.
func factText(b []byte) string {
	switch string(b) {
	case "stop":
		return "stop"
	case "length":
		return "length"
	case "tool_calls":
		return "tool_calls"
	case "end_turn":
		return "end_turn"
	case "completed":
		return "completed"
	case "default":
		return "default"
	case "standard":
		return "standard"
	}
	if len(b) <= MaxText && utf8.Valid(b) {
		return string(b)
	}
	b = b[:min(len(b), MaxText+utf8.UTFMax)]
	out := make([]byte, 0, len(b)+utf8.UTFMax)
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if len(out)+utf8.RuneLen(r) > MaxText {
			break
		}
		out, b = utf8.AppendRune(out, r), b[n:]
	}
	return string(out)
}

// maxCount is more than any real number of tokens, and small enough that sums of such do not overflow.
const maxCount = 1 << 40

// factCount reads a number of tokens. What is negative, absurd or no number is unknown.
func factCount(b []byte) Count {
	if v, err := strconv.ParseInt(string(b), 10, 64); err == nil {
		return Count{v, true}.plausible()
	}
	v, err := strconv.ParseFloat(string(b), 64)
	if err != nil || v != v || v < 0 || v > maxCount {
		return Count{}
	}
	return Count{int64(v), true}
}

func (c Count) plausible() Count {
	if c.Value < 0 || c.Value > maxCount {
		return Count{}
	}
	return c
}

func factFloat(b []byte) Float {
	v, err := strconv.ParseFloat(string(b), 64)
	if err != nil {
		return Float{}
	}
	return Float{v, true}
}
