package dialect

import (
	"encoding/json"
	"strings"

	"github.com/telltale-dev/telltale/internal/jsontext"
)

// conversation gathers messages in the JSON of the GenAI conventions, [{"role":…,"parts":[…]}], whatever form they come
// in. System messages at its beginning are kept apart, as parts, since some clients send them apart.
type conversation struct {
	whole   string // all messages, where they were in this form already; out is empty then
	out     []byte // messages without brackets
	system  []byte // parts of the system message, without brackets
	begun   bool   // a message that is not of the system was seen
	finish  string // finish reasons of messages, as sent, comma separated
	message message

	pictures []picture // that messages hold
}

// message is one that is being put together.
type message struct {
	role   string
	parts  []byte // without brackets
	finish string
}

// maxMessages bounds the messages of a conversation.
const maxMessages = 10_000

// messages and instructions return what was gathered; empty where there is none.
func (c *conversation) messages() string {
	if len(c.out) == 0 {
		return c.whole
	}
	b := make([]byte, 0, len(c.out)+2)
	b = append(b, '[')
	b = append(b, c.out...)
	return string(append(b, ']'))
}

func (c *conversation) instructions() string {
	if len(c.system) == 0 {
		return ""
	}
	return "[" + string(c.system) + "]"
}

// read adds what a text holds: JSON of any known form, or a plain text said by role.
func (c *conversation) read(s, role string) {
	s = strings.TrimSpace(s)
	switch s {
	case "", "null", "[]", "{}", `""`:
		return
	}
	switch s[0] {
	case '[', '{', '"':
		if c.empty() {
			if finish, ok := readCanonical(s); ok {
				c.whole, c.finish, c.begun = s, joinWords(c.finish, finish), true
				return
			}
		}
		if v, ok := parse(s); ok {
			if c.empty() && c.canonical(v) {
				return
			}
			c.value(v, role, 0)
			return
		}
		if c.readCut(s, role) {
			return
		}
	}
	c.say(role, s)
}

// canonical takes messages that are in the form of the conventions already, as they are.
func (c *conversation) canonical(v value) bool {
	if v.kind != jsonArray || len(v.list) == 0 || roleOf(v.list[0].get("role").text()) == "system" {
		return false
	}
	finish := ""
	for _, m := range v.list {
		if m.get("role").kind != jsonString || m.get("parts").kind != jsonArray || m.get("content").kind != jsonNone {
			return false
		}
		for _, p := range m.get("parts").list {
			switch p.get("type").text() {
			case "text", "tool_call", "tool_call_response", "reasoning":
			default:
				return false
			}
			if p.get("type").text() == "text" && p.get("content").kind != jsonString {
				return false
			}
		}
		if f := m.get("finish_reason").text(); f != "" {
			finish = joinWords(finish, f)
		}
	}
	c.finish = joinWords(c.finish, finish)
	c.begun = true
	c.whole = v.raw
	return true
}

// value adds a JSON value: a list of messages, a request, an answer, a message, a text.
func (c *conversation) value(v value, role string, depth int) {
	if depth > maxForms {
		c.say(role, v.raw)
		return
	}
	switch v.kind {
	case jsonString:
		s := unquote(v.raw)
		if s != "" && (s[0] == '"' || depth == 0 && (s[0] == '[' || s[0] == '{')) { // JSON text quoted once more
			if inner, ok := parse(s); ok {
				c.value(inner, role, depth+1)
				return
			}
		}
		c.say(role, s)
	case jsonArray:
		c.list(v, role, depth)
	case jsonObject:
		if !c.known(v, role, depth) {
			c.say(role, v.raw)
		}
	case jsonNumber, jsonBool:
		c.say(role, v.raw)
	}
}

// maxForms bounds how deep one form may hold another.
const maxForms = 8

// list adds messages. Parts that stand loose among them, as in OpenAI's Responses API, become messages of who says such.
func (c *conversation) list(v value, role string, depth int) {
	open := ""
	for i, e := range v.list {
		if i >= maxMessages {
			break
		}
		if says := speaker(e, role); says != "" {
			if says != open {
				c.close(&open)
				c.start(says)
				open = says
			}
			c.part(e)
			continue
		}
		c.close(&open)
		c.value(e, role, depth+1)
	}
	c.close(&open)
}

// close ends a message of loose parts.
func (c *conversation) close(open *string) {
	if *open != "" {
		c.end()
		*open = ""
	}
}

// speaker is who says a loose part; empty where v is no part.
func speaker(v value, role string) string {
	kind := v.get("type").text()
	if v.kind != jsonObject || isMessage(v) || roleOf(kind) != "" && kind != "function" || v.get("data", "content").kind != jsonNone {
		return ""
	}
	switch kind {
	case "":
		if firstOf(v, "functionCall", "functionResponse", "inlineData").kind != jsonNone {
			return role
		}
		return ""
	case "function_call", "custom_tool_call", "reasoning", "tool_call", "tool-call", "tool_use", "thinking":
		return "assistant"
	case "function_call_output", "custom_tool_call_output", "tool_call_response", "tool-result", "tool_result":
		return "tool"
	case "text", "input_text", "output_text", "refusal", "image_url", "input_image", "image", "file", "input_file", "input_audio", "uri", "blob":
		return role
	}
	return ""
}

// known adds an object if it has one of the forms in which clients and providers write conversations.
func (c *conversation) known(v value, role string, depth int) bool {
	switch {
	case v.get("event.name").kind == jsonString:
		c.event(v.get("event.name").text(), v)
	case isMessage(v):
		c.object(v, role)
	case v.get("messages").kind != jsonNone: // a request, or the input of a chain
		c.instruct(v.get("system"))
		c.value(v.get("messages"), role, depth+1)
	case v.get("choices").kind == jsonArray:
		for _, e := range v.get("choices").list {
			c.choice(e)
		}
	case v.get("candidates").kind == jsonArray:
		for _, e := range v.get("candidates").list {
			c.content(e.get("content"), "assistant", e.get("finishReason").text())
		}
	case v.get("content", "parts").kind == jsonArray: // a candidate
		c.content(v.get("content"), "assistant", v.get("finishReason").text())
	case v.get("contents").kind != jsonNone:
		c.instruct(v.get("systemInstruction"))
		c.instruct(v.get("config", "systemInstruction"))
		c.value(v.get("contents"), role, depth+1)
	case v.get("output").kind == jsonArray && v.get("object").text() == "response":
		c.value(v.get("output"), "assistant", depth+1)
	case v.get("input").kind != jsonNone && (v.get("model").kind != jsonNone || v.get("instructions").kind != jsonNone):
		c.instruct(v.get("instructions"))
		c.value(v.get("input"), role, depth+1)
	case v.get("generations").kind == jsonArray:
		c.value(v.get("generations"), "assistant", depth+1)
	case v.get("prompt").kind == jsonString && v.get("model").kind == jsonString:
		c.say(role, v.get("prompt").text())
	case v.get("prompt").kind != jsonNone && v.get("system").kind != jsonNone:
		c.instruct(v.get("system"))
		c.value(v.get("prompt"), role, depth+1)
	default:
		return c.langchain(v, role)
	}
	return true
}

// langchain adds a message as LangChain serialises it.
func (c *conversation) langchain(v value, role string) bool {
	switch {
	case v.get("kwargs", "content").kind != jsonNone: // its constructor
		kwargs := v.get("kwargs")
		if t := kwargs.get("type").text(); t != "" {
			role = t
		}
		c.object(kwargs, role)
	case v.get("message", "kwargs").kind == jsonObject: // a generation
		c.content(v.get("message", "kwargs"), "assistant", v.get("generation_info", "finish_reason").text())
	case v.get("data", "content").kind != jsonNone && v.get("type").kind == jsonString:
		c.object(v.get("data"), v.get("type").text())
	case v.get("content").kind == jsonString && roleOf(v.get("type").text()) != "":
		c.object(v, v.get("type").text())
	default:
		return false
	}
	return true
}

// isMessage tells a message from other objects: it has a role, and something said.
func isMessage(v value) bool {
	if v.get("role").kind != jsonString {
		return false
	}
	for _, k := range []string{"parts", "content", "tool_calls", "function_call", "toolCalls"} {
		if v.get(k).kind != jsonNone {
			return true
		}
	}
	return false
}

// instruct adds to the system instructions: a text, a list of parts, a message.
func (c *conversation) instruct(v value) {
	switch v.kind {
	case jsonString, jsonArray:
	case jsonObject:
		if parts := v.get("parts"); parts.kind == jsonArray {
			v = parts
		}
	default:
		return
	}
	m := c.message
	c.message = message{role: "system"}
	if v.kind == jsonArray {
		for _, e := range v.list {
			if isMessage(e) {
				e = firstOf(e, "parts", "content")
			}
			if e.kind == jsonArray {
				for _, p := range e.list {
					c.part(p)
				}
				continue
			}
			c.part(e)
		}
	} else {
		c.part(v)
	}
	c.system = join(c.system, c.message.parts)
	c.message = m
}

// say adds a message of one text.
func (c *conversation) say(role, text string) {
	if text == "" {
		return
	}
	c.start(role)
	c.text(text)
	c.end()
}

func (c *conversation) start(role string) {
	known := roleOf(role)
	if known == "" {
		known = role
	}
	c.message = message{role: known}
}

// end closes the message; one without parts and finish reason is left out.
func (c *conversation) end() {
	m := &c.message
	c.finish = joinWords(c.finish, m.finish)
	if len(m.parts) == 0 && m.finish == "" {
		return
	}
	if m.role == "system" && !c.begun {
		c.system = join(c.system, m.parts)
		return
	}
	c.begun = true
	if c.whole != "" {
		c.out, c.whole = append(c.out, c.whole[1:len(c.whole)-1]...), ""
	}
	b := c.out
	if len(b) > 0 {
		b = append(b, ',')
	}
	b = append(b, `{"role":`...)
	b = jsontext.AppendString(b, m.role)
	b = append(b, `,"parts":[`...)
	b = append(b, m.parts...)
	b = append(b, ']')
	if m.finish != "" {
		b = append(b, `,"finish_reason":`...)
		b = jsontext.AppendString(b, finishReason(m.finish))
	}
	c.out = append(b, '}')
}

// object adds a message with a role of its own, or else role.
func (c *conversation) object(v value, role string) {
	if r := v.get("role").text(); r != "" {
		role = r
	}
	c.content(v, role, firstOf(v, "finish_reason", "stop_reason").text())
}

// content adds a message of what v holds.
func (c *conversation) content(v value, role, finish string) {
	c.start(role)
	c.message.finish = finish
	answered := firstOf(v, "tool_call_id", "toolCallId", "id")
	switch {
	case c.message.role == "tool" && v.get("content").kind != jsonNone && answered.kind == jsonString && !hasParts(v.get("content")):
		c.toolResponse(answered.text(), v.get("content"))
	default:
		c.reasoning(firstOf(v, "reasoning_content", "reasoning"))
		for _, k := range []string{"content", "parts"} {
			c.parts(v.get(k))
		}
	}
	c.toolCalls(v)
	c.end()
}

// hasParts tells a list of typed parts from a tool's answer that happens to be a list.
func hasParts(v value) bool {
	return v.kind == jsonArray && len(v.list) > 0 && v.list[0].get("type").kind == jsonString
}

func (c *conversation) choice(v value) {
	finish := firstOf(v, "finish_reason", "finishReason").text()
	m := v.get("message")
	if m.kind == jsonObject {
		c.content(m, nonEmpty(m.get("role").text(), "assistant"), finish)
		return
	}
	c.start("assistant")
	c.message.finish = finish
	c.parts(m)
	c.parts(firstOf(v, "text", "content"))
	c.toolCalls(v)
	c.end()
}

// event adds a message that was an event of the older conventions: gen_ai.user.message and its kin.
func (c *conversation) event(name string, v value) {
	switch name {
	case "gen_ai.choice":
		c.choice(v)
	case "gen_ai.tool.message":
		c.start("tool")
		if id := v.get("id").text(); id != "" {
			c.toolResponse(id, v.get("content"))
		} else {
			c.parts(v.get("content"))
		}
		c.end()
	default:
		c.object(v, eventRole(name))
	}
}

// eventRole is the role in the name of an event: gen_ai.user.message.
func eventRole(name string) string {
	name = strings.TrimSuffix(strings.TrimPrefix(name, "gen_ai."), ".message")
	if name == "prompt" || strings.Contains(name, ".") {
		return "user"
	}
	return name
}

// roleOf is the name the conventions have for a role; empty where it is unknown.
func roleOf(role string) string {
	switch strings.ToLower(role) {
	case "user", "human", "humanmessage":
		return "user"
	case "assistant", "ai", "model", "aimessage", "aimessagechunk", "bot":
		return "assistant"
	case "system", "developer", "systemmessage":
		return "system"
	case "tool", "function", "toolmessage", "tool_result":
		return "tool"
	}
	return ""
}

func firstOf(v value, keys ...string) value {
	for _, k := range keys {
		if e := v.get(k); e.kind != jsonNone && e.kind != jsonNull {
			return e
		}
	}
	return value{}
}

func nonEmpty(s, other string) string {
	if s != "" {
		return s
	}
	return other
}

// joinWords puts two lists of words together.
func joinWords(a, b string) string {
	if a != "" && b != "" {
		return a + "," + b
	}
	return a + b
}

// join puts lists without brackets together.
func join(a, b []byte) []byte {
	if len(a) > 0 && len(b) > 0 {
		a = append(a, ',')
	}
	return append(a, b...)
}

// embed writes JSON, or text that may hold JSON, as a value: as JSON where it is a whole and valid list or object.
func embed(b []byte, v value) []byte {
	s := v.raw
	if v.kind == jsonString {
		s = unquote(v.raw)
		if t := strings.TrimSpace(s); t == "" || t[0] != '{' && t[0] != '[' || !json.Valid([]byte(t)) {
			return jsontext.AppendString(b, s)
		}
	} else if v.kind == jsonNone || !json.Valid([]byte(s)) {
		return append(b, "null"...)
	}
	return append(b, s...)
}
