// Package dialect reads what the many clients of models say about a call into one canonical record. A family of clients has
// a file: how it is recognised, and what it does differently from the sources all share.
package dialect

import (
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// family is a group of clients that write alike.
type family struct {
	name string
	is   func(r *record) bool
	// begin reads what must be known before the shared sources are read, finish what only this family says. Either may be nil.
	begin, finish func(r *record)
}

// families in the order in which they are tried: who is sure of itself before who is content with little.
var families = [...]*family{
	&claudeCode, &codex, &geminiCLI, &anthropicSDK, &langfuse, &openInference, &aiSDKLegacy, &aiSDK, &openLLMetry, &langSmith,
	&liteLLM, &pydanticAI, &otelGenAI,
}

// Reader reads spans one after the other; its zero value is ready. It is for one goroutine and for one batch: the GenAI of
// several spans are made together.
type Reader struct {
	r     record
	spare []telemetry.GenAI
}

// genAIs is how many are made at a time, once a batch has shown that it has more than one.
const genAIs = 16

// Span fills the canonical columns of a span, and its GenAI where it is of a model, an agent, a tool or a retrieval. What
// was said there is moved out of the attributes into its column; all other attributes stay.
//
// Usage and cost are those the client reported, on every span that has them; Counts is set on calls of models. Which of
// several spans stands for one call is for the caller to decide.
func (d *Reader) Span(s *telemetry.Span) {
	genAI := readCommon(&s.Event) || isGenAIScope(s.Scope.Name) || hasContentEvents(s)
	if !genAI {
		setHTTPFailure(s)
		setErrorType(s)
		return
	}
	if len(d.spare) == 0 {
		d.spare = make([]telemetry.GenAI, 1+min(genAIs-1, cap(d.r.moved)))
	}
	r := &d.r
	d.spare[0] = telemetry.GenAI{} // of a span that was none
	r.begin(&s.Event, s, &d.spare[0])
	r.family = recognise(r)
	if r.family.begin != nil {
		r.family.begin(r)
	}
	r.read()
	if r.family.finish != nil {
		r.family.finish(r)
	}
	r.complete()
	if r.isGenAI() {
		s.GenAI = r.g
		d.spare = d.spare[1:]
		r.takeContent()
	}
}

// Span reads one span, see Reader.Span.
func Span(s *telemetry.Span) { new(Reader).Span(s) }

func recognise(r *record) *family {
	for _, f := range families {
		if f.is(r) {
			return f
		}
	}
	return &otelGenAI
}

// isGenAIScope knows the instrumentation that may leave out every attribute that only GenAI has.
func isGenAIScope(name string) bool {
	switch name {
	case "com.anthropic.claude_code.tracing", "com.anthropic.claude_code", "gemini-cli", "pydantic-ai", "litellm", "ai", "gen_ai", "langfuse-sdk":
		return true
	}
	return false
}
