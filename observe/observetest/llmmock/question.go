package llmmock

import (
	"encoding/json"
	"strings"

	"github.com/telltale-dev/telltale/observe/wire"
)

// question is a request, whichever API it came by.
type question struct {
	route wire.Route
	sse   bool
	fault string
	text  string // to answer with, empty repeats what the user said
	// chunks is how many words the answer shall have, 0 leaves it.
	chunks int

	model        string
	stream       bool
	includeUsage bool
	n            int
	maxTokens    int
	user         []string // what the user said, the latest last
	answered     bool     // the last message is the result of a tool
	tools        []tool
	toolChoice   string // name of a tool, "none", or empty
	schema       json.RawMessage
	jsonObject   bool
	thinks       bool
	used         tokens
	inputs       []string // to embed
	dimensions   int
	base64       bool
	failure      string
}

type tool struct {
	name   string
	schema json.RawMessage
}

// tokens of a request and its answer; in leaves nothing out.
type tokens struct {
	in, cached, write5m, write1h int
	out, reasoning               int // out includes reasoning
}

// ReasoningTokens is what a model that reasons spends on it.
const ReasoningTokens = 64

// CountTokens is the number of tokens of a text: one for every four bytes, rounded up.
func CountTokens(text string) int { return (len(text) + 3) / 4 }

// plan reads the request and prepares its answer.
func (q *question) plan(body []byte) *plan {
	var err error
	switch q.route.API.Kind() {
	case wire.Anthropic:
		err = q.readAnthropic(body)
	case wire.Gemini:
		err = q.readGemini(body)
	default:
		err = q.readOpenAI(body)
	}
	p := &plan{model: q.model}
	if err != nil {
		p.failure = "We could not parse the JSON body of your request: " + err.Error()
		return p
	}
	if p.failure = q.failure; p.failure != "" {
		return p
	}
	a := q.answer()
	encode := encoders[q.route.API]
	if encode == nil {
		p.failure = "the mock does not serve " + q.route.Template
		return p
	}
	encode(q, a, p)
	return p
}

type encoder func(*question, *answer, *plan)

var encoders = map[wire.API]encoder{
	wire.OpenAIChat:           encodeChat,
	wire.OpenAICompletions:    encodeCompletions,
	wire.OpenAIResponses:      encodeResponses,
	wire.OpenAIEmbeddings:     encodeEmbeddings,
	wire.AnthropicMessages:    encodeMessages,
	wire.AnthropicCountTokens: encodeCount,
	wire.GeminiGenerate:       encodeGenerate,
	wire.GeminiStream:         encodeGenerate,
	wire.GeminiCountTokens:    encodeCount,
	wire.GeminiEmbed:          encodeGeminiEmbed,
}

// answer is what the model says.
type answer struct {
	text     string
	call     *tool // with its arguments in schema
	thinking string
	finish   finish
	used     tokens
	noUsage  bool
}

type finish uint8

const (
	stop finish = iota
	length
	toolCall
	filtered
)

func (q *question) answer() *answer {
	a := &answer{used: q.used}
	f, _ := parseFault(q.fault)
	if q.fault == "" && strings.HasPrefix(q.model, modelPrefix) {
		f, _ = parseFault(q.model)
	}
	a.noUsage = f.kind == faultNoUsage
	switch t := q.chosenTool(); {
	case t != nil:
		a.call = &tool{name: t.name, schema: instance(t.schema, q.user)}
		a.finish = toolCall
	case q.schema != nil:
		a.text = string(instance(q.schema, q.user))
	case q.jsonObject:
		a.text = `{"answer":"mock"}`
	default:
		a.text = q.says(f)
		if limit := 4 * q.maxTokens; limit > 0 && len(a.text) > limit {
			a.text, a.finish = cutText(a.text, limit), length
		}
	}
	if f.kind == faultFilter {
		a.text, a.call, a.finish = "", nil, filtered
	}
	a.used.out = CountTokens(a.text)
	if a.call != nil {
		a.used.out = CountTokens(string(a.call.schema))
	}
	a.used.out *= max(q.n, 1)
	if q.thinks {
		a.thinking = "The user said something; I will answer."
		a.used.reasoning = ReasoningTokens
		a.used.out += ReasoningTokens
	}
	return a
}

func (q *question) says(f fault) string {
	switch {
	case f.kind == faultSize:
		const line = "The quick brown fox jumps over the lazy dog; this line has sixty-four byte.\n"
		return strings.Repeat(line, f.size/len(line)+1)[:f.size]
	case q.chunks > 0:
		return strings.Repeat(" mock", min(q.chunks, 100_000))[1:]
	case q.text != "":
		return q.text
	}
	return "You said: " + q.lastUser()
}

func (q *question) lastUser() string {
	if len(q.user) == 0 {
		return ""
	}
	return q.user[len(q.user)-1]
}

func (q *question) chosenTool() *tool {
	if len(q.tools) == 0 || q.answered || q.toolChoice == "none" {
		return nil
	}
	for i := range q.tools {
		if q.tools[i].name == q.toolChoice {
			return &q.tools[i]
		}
	}
	return &q.tools[0]
}

// cutText cuts at a rune's border.
func cutText(s string, n int) string {
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n]
}

// chunksOf cuts a text into what a stream sends at a time: words, or more where there are very many.
func chunksOf(s string) []string {
	const most = 2000
	words := strings.SplitAfter(s, " ")
	if s == "" {
		return nil
	}
	if len(words) <= most {
		return words
	}
	size := len(s)/most + 1
	var out []string
	for len(s) > size {
		head := cutText(s, size)
		out, s = append(out, head), s[len(head):]
	}
	return append(out, s)
}

// say adds a text of the prompt to what is counted.
func (q *question) say(text string) int {
	n := CountTokens(text)
	q.used.in += n
	return n
}

// js is the JSON of a value that can always be encoded.
func js(v any) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // strings, numbers and raw JSON that was decoded before
	return strings.TrimSuffix(b.String(), "\n")
}

// text of a content: a string, or the text parts of a list.
func textOf(content json.RawMessage) string {
	var s string
	if json.Unmarshal(content, &s) == nil {
		return s
	}
	var parts []struct{ Text string }
	_ = json.Unmarshal(content, &parts) // of another shape: no text
	var b strings.Builder
	for _, p := range parts {
		b.WriteString(p.Text)
	}
	return b.String()
}
