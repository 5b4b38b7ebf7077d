package dialect

import (
	"slices"
	"strconv"
	"strings"

	"github.com/telltale-dev/telltale/internal/jsontext"
)

// Attributes are flat, so older clients spread lists over numbered names: gen_ai.prompt.0.role, gen_ai.prompt.0.content.

// indexedPrefixes begin such names. Those of answers are marked.
var indexedPrefixes = [...]struct {
	prefix string
	output bool
}{
	{"gen_ai.prompt.", false},
	{"gen_ai.completion.", true},
	{"llm.input_messages.", false},
	{"llm.output_messages.", true},
	{"llm.prompts.", false},
	{"llm.completions.", true},
	{"embedding.embeddings.", false},
}

func isIndexed(k string) bool {
	if len(k) < 14 || k[0] != 'g' && k[0] != 'l' && k[0] != 'e' {
		return false
	}
	for _, p := range indexedPrefixes {
		if strings.HasPrefix(k, p.prefix) && len(k) > len(p.prefix) && k[len(p.prefix)] >= '0' && k[len(p.prefix)] <= '9' {
			return true
		}
	}
	return false
}

// indexedMessage is one as it is gathered.
type indexedMessage struct {
	at                                                  int
	role, content, finish, reasoning, answers, function string
	arguments                                           string // of function, the form before tool calls
	calls                                               []indexedCall
	contents                                            []indexedContent
}

type indexedCall struct {
	at                  int
	id, name, arguments string
}

type indexedContent struct {
	at               int
	kind, text, link string
}

// readIndexed gathers the messages of both directions. They are used where no better source is there, and moved anyway.
func (r *record) readIndexed() {
	var in, out []indexedMessage
	for i := range r.Attributes {
		a := &r.Attributes[i]
		if !isIndexed(a.Key) {
			continue
		}
		for _, p := range indexedPrefixes {
			rest, ok := strings.CutPrefix(a.Key, p.prefix)
			if !ok {
				continue
			}
			list := &in
			if p.output {
				list = &out
			}
			if strings.HasSuffix(rest, ".embedding.vector") { // numbers are no content
				continue
			}
			n, field, ok := cutIndex(rest)
			if ok && a.Value != "" {
				element(list, n, func(m *indexedMessage) *int { return &m.at }).set(field, a.Value)
			}
			r.moved[i] = r.moved[i] || ok
		}
	}
	if r.input.empty() {
		r.input.addIndexed(in, "user")
	}
	r.output.begun = true
	r.output.addIndexed(out, "assistant")
}

// cutIndex splits 12.role into 12 and role.
func cutIndex(s string) (n int, field string, ok bool) {
	num, field, _ := strings.Cut(s, ".")
	n, err := strconv.Atoi(num)
	return n, field, err == nil && n >= 0 && n < maxMessages
}

// element returns the element with an index, which it adds if it is new.
func element[T any](list *[]T, n int, at func(*T) *int) *T {
	for i := len(*list) - 1; i >= 0; i-- { // most come in order
		if *at(&(*list)[i]) == n {
			return &(*list)[i]
		}
	}
	*list = append(*list, *new(T))
	e := &(*list)[len(*list)-1]
	*at(e) = n
	return e
}

func (m *indexedMessage) set(field, v string) {
	field = strings.TrimPrefix(field, "message.")
	switch field {
	case "role":
		m.role = v
	case "content", "embedding.text":
		m.content = v
	case "finish_reason":
		m.finish = v
	case "reasoning", "reasoning_content":
		m.reasoning = v
	case "tool_call_id":
		m.answers = v
	case "function_call.name", "function_call_name":
		m.function = v
	case "function_call.arguments", "function_call_arguments_json":
		m.arguments = v
	default:
		m.setDeeper(field, v)
	}
}

func (m *indexedMessage) setDeeper(field, v string) {
	if rest, ok := strings.CutPrefix(field, "tool_calls."); ok {
		n, name, ok := cutIndex(rest)
		if !ok {
			return
		}
		c := element(&m.calls, n, func(c *indexedCall) *int { return &c.at })
		switch strings.TrimPrefix(strings.TrimPrefix(name, "tool_call."), "function.") {
		case "id":
			c.id = v
		case "name":
			c.name = v
		case "arguments":
			c.arguments = v
		}
		return
	}
	if rest, ok := strings.CutPrefix(field, "contents."); ok {
		n, name, ok := cutIndex(rest)
		if !ok {
			return
		}
		c := element(&m.contents, n, func(c *indexedContent) *int { return &c.at })
		switch strings.TrimPrefix(name, "message_content.") {
		case "type":
			c.kind = v
		case "text":
			c.text = v
		case "image.image.url", "image.url":
			c.kind, c.link = "image", v
		}
	}
}

func (c *conversation) addIndexed(list []indexedMessage, role string) {
	slices.SortStableFunc(list, func(a, b indexedMessage) int { return a.at - b.at })
	for i := range list {
		m := &list[i]
		c.start(nonEmpty(m.role, role))
		c.message.finish = m.finish
		if m.reasoning != "" {
			c.reasoning(quoted(m.reasoning))
		}
		if m.answers != "" {
			c.toolResponse(m.answers, quoted(m.content))
		} else {
			c.indexedText(m.content)
		}
		slices.SortStableFunc(m.contents, func(a, b indexedContent) int { return a.at - b.at })
		for _, p := range m.contents {
			switch {
			case p.link != "":
				c.media("image", value{kind: jsonObject, members: []string{"url"}, list: []value{quoted(p.link)}})
			case p.kind == "reasoning":
				c.reasoning(quoted(p.text))
			default:
				c.text(p.text)
			}
		}
		slices.SortStableFunc(m.calls, func(a, b indexedCall) int { return a.at - b.at })
		for _, t := range m.calls {
			c.appendToolCall(t.id, t.name, quoted(t.arguments))
		}
		if m.function != "" {
			c.appendToolCall("", m.function, quoted(m.arguments))
		}
		c.end()
	}
}

// indexedText adds a text; a list of parts may stand there as JSON.
func (c *conversation) indexedText(s string) {
	if strings.HasPrefix(s, "[{") {
		if v, ok := parse(s); ok && hasParts(v) {
			c.parts(v)
			return
		}
	}
	c.text(s)
}

// quoted is a text as a JSON value; empty text is no value.
func quoted(s string) value {
	if s == "" {
		return value{}
	}
	return value{kind: jsonString, raw: string(jsontext.AppendString(nil, s))}
}
