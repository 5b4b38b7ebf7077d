package dialect

import (
	"strings"

	"github.com/telltale-dev/telltale/internal/jsontext"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// readContent fills the columns of content and marks every attribute that held some, also those that only repeat it.
func (r *record) readContent() {
	if r.g.Operation == telemetry.OpExecuteTool {
		fill(&r.g.ToolArguments, r.raw(src.toolArguments))
		fill(&r.g.ToolResult, r.raw(src.toolResult))
		r.move(src.toolArguments)
		r.move(src.toolResult)
		return
	}
	r.readInput()
	r.readOutput()
	r.g.InputMessages = r.input.messages()
	r.g.OutputMessages = r.output.messages()
	r.g.SystemInstructions = r.input.instructions()
	for _, keys := range [][]key{src.system, src.inputMessages, src.anyInput, src.outputMessages, src.anyOutput} {
		r.move(keys)
	}
	r.takeEvents()
	keepPictures(r.span, &r.input, &r.output)
}

func (r *record) readInput() {
	c := &r.input
	c.read(r.raw(src.inputMessages[:1]), "user")
	if c.empty() {
		r.inputEvents()
	}
	if r.indexed {
		r.readIndexed()
	}
	for _, keys := range [][]key{src.inputMessages[1:], src.anyInput} {
		for _, k := range keys {
			if !c.empty() {
				break
			}
			c.read(r.raw([]key{k}), "user")
		}
	}
	said := c.system
	c.system = nil
	c.readInstructions(r.raw(src.system))
	if string(said) != string(c.system) { // some say them twice
		c.system = join(c.system, said)
	}
	if len(c.system) == 0 {
		c.instruct(r.instructions)
	}
}

func (r *record) readOutput() {
	c := &r.output
	before := *c                   // of indexed attributes, or what the family found
	*c = conversation{begun: true} // an answer has no instructions to keep apart
	c.read(r.raw(src.outputMessages[:1]), "assistant")
	if c.empty() {
		r.outputEvents()
	}
	if c.empty() {
		*c = before
	}
	for _, keys := range [][]key{src.outputMessages[1:], src.anyOutput} {
		for _, k := range keys {
			if !c.empty() {
				return
			}
			c.read(r.raw([]key{k}), "assistant")
		}
	}
}

func (c *conversation) empty() bool { return c.whole == "" && len(c.out) == 0 && len(c.system) == 0 }

// readInstructions takes system instructions: a plain text, or parts in JSON.
func (c *conversation) readInstructions(s string) {
	s = strings.TrimSpace(s)
	if s == "" || s == "null" || s == "[]" {
		return
	}
	if v, ok := parse(s); ok && (v.kind == jsonArray || v.kind == jsonObject || v.kind == jsonString) {
		c.instruct(v)
		return
	}
	c.message = message{role: "system"}
	c.text(s)
	c.system = join(c.system, c.message.parts)
}

// Events of a span that carry content, of the conventions before 1.37 and of OpenLLMetry.
const (
	eventPrompt     = "gen_ai.content.prompt"
	eventCompletion = "gen_ai.content.completion"
	eventChoice     = "gen_ai.choice"
	eventDetails    = "gen_ai.client.inference.operation.details"
)

func hasContentEvents(s *telemetry.Span) bool {
	for i := range s.Events {
		if strings.HasPrefix(s.Events[i].Name, "gen_ai.") {
			return true
		}
	}
	return false
}

// isMessageEvent knows gen_ai.user.message and its kin.
func isMessageEvent(name string) bool {
	return strings.HasPrefix(name, "gen_ai.") && strings.HasSuffix(name, ".message")
}

func (r *record) inputEvents() {
	for i := range r.span.Events {
		e := &r.span.Events[i]
		switch {
		case e.Name == eventPrompt:
			r.input.read(e.Attributes.Value("gen_ai.prompt"), "user")
		case e.Name == eventDetails:
			r.input.readInstructions(e.Attributes.Value("gen_ai.system_instructions"))
			r.input.read(e.Attributes.Value("gen_ai.input.messages"), "user")
		case isMessageEvent(e.Name):
			r.input.event(e.Name, objectOf(e.Attributes))
		}
	}
}

func (r *record) outputEvents() {
	for i := range r.span.Events {
		e := &r.span.Events[i]
		switch e.Name {
		case eventCompletion:
			r.output.read(e.Attributes.Value("gen_ai.completion"), "assistant")
		case eventDetails:
			r.output.read(e.Attributes.Value("gen_ai.output.messages"), "assistant")
		case eventChoice:
			r.output.event(e.Name, objectOf(e.Attributes))
		}
	}
}

// takeEvents takes the content out of the events, and the events with it that have nothing else to say.
func (r *record) takeEvents() {
	if !hasContentEvents(r.span) {
		return
	}
	kept := r.span.Events[:0]
	for _, e := range r.span.Events {
		if e.Name == eventPrompt || e.Name == eventCompletion || e.Name == eventChoice || e.Name == eventDetails || isMessageEvent(e.Name) {
			for _, k := range []string{
				"gen_ai.prompt", "gen_ai.completion", "gen_ai.input.messages", "gen_ai.output.messages",
				"gen_ai.system_instructions", "content", "message", "tool_calls", "finish_reason", "index", "role",
			} {
				e.Attributes = e.Attributes.Delete(k)
			}
			if len(e.Attributes) == 0 {
				continue
			}
		}
		kept = append(kept, e)
	}
	clear(r.span.Events[len(kept):])
	r.span.Events = kept
}

// objectOf makes a JSON object of attributes: lists and maps are JSON already, the rest are texts.
func objectOf(attrs telemetry.Attrs) value {
	v := value{kind: jsonObject}
	for i := range attrs {
		e, ok := value{}, false
		if s := attrs[i].Value; s != "" && (s[0] == '{' || s[0] == '[') {
			e, ok = parse(s)
		}
		if !ok {
			e = value{kind: jsonString, raw: string(jsontext.AppendString(nil, attrs[i].Value))}
		}
		v.members, v.list = append(v.members, attrs[i].Key), append(v.list, e)
	}
	return v
}
