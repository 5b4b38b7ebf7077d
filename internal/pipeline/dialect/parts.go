package dialect

import (
	"strconv"
	"strings"

	"github.com/telltale-dev/telltale/internal/jsontext"
)

// parts adds what a message says: a text, or a list of parts.
func (c *conversation) parts(v value) {
	switch v.kind {
	case jsonArray:
		for _, e := range v.list {
			c.part(e)
		}
	case jsonNone, jsonNull:
	default:
		c.part(v)
	}
}

// part adds one part in the form of the conventions, whichever provider's or client's form it has.
func (c *conversation) part(v value) {
	switch v.kind {
	case jsonObject:
	case jsonNone, jsonNull:
		return
	default:
		c.text(v.plain())
		return
	}
	if c.gemini(v) {
		return
	}
	switch kind := v.get("type").text(); kind {
	case "text", "input_text", "output_text", "summary_text", "refusal":
		c.text(firstOf(v, "content", "text", "refusal").plain())
	case "reasoning", "thinking":
		c.reasoning(firstOf(v, "content", "text", "thinking", "summary"))
	case "tool_call", "tool-call", "tool_use", "function_call", "function", "custom_tool_call":
		c.toolCall(v)
	case "tool_call_response", "tool-result", "tool_result", "function_call_output", "custom_tool_call_output":
		c.toolResponse(firstOf(v, "id", "tool_call_id", "tool_use_id", "toolCallId", "call_id").text(),
			firstOf(v, "response", "result", "output", "content"))
	case "image_url", "input_image", "image", "file", "input_file", "input_audio", "document", "audio", "media", "blob", "uri", "binary":
		c.media(kind, v)
	default:
		c.other(kind, v)
	}
}

// other adds a part of an unknown type: its text, or what it is.
func (c *conversation) other(kind string, v value) {
	switch text := firstOf(v, "text", "content"); {
	case text.kind == jsonString:
		c.text(text.text())
	case kind != "" && len(v.raw) < 64<<10:
		c.message.parts = embed(c.next(), v)
	default:
		c.text(v.raw)
	}
}

// gemini adds a part as Google writes them: what it is, is the key it has.
func (c *conversation) gemini(v value) bool {
	if v.get("type").kind != jsonNone {
		return false
	}
	call := firstOf(v, "functionCall", "function_call")
	answer := firstOf(v, "functionResponse", "function_response")
	switch {
	case call.kind == jsonObject:
		c.appendToolCall(call.get("id").text(), call.get("name").text(), call.get("args"))
	case answer.kind == jsonObject:
		c.toolResponse(nonEmpty(answer.get("id").text(), answer.get("name").text()), answer.get("response"))
	case v.get("text").kind == jsonString && v.get("thought").raw == "true":
		c.reasoning(v.get("text"))
	case v.get("text").kind == jsonString:
		c.text(v.get("text").text())
	case firstOf(v, "inlineData", "inline_data", "fileData").kind == jsonObject:
		c.media("", firstOf(v, "inlineData", "inline_data", "fileData"))
	default:
		return false
	}
	return true
}

// next returns the parts so far, ready for another.
func (c *conversation) next() []byte {
	if len(c.message.parts) > 0 {
		return append(c.message.parts, ',')
	}
	return c.message.parts
}

func (c *conversation) text(s string) {
	if s == "" {
		return
	}
	b := append(c.next(), `{"type":"text","content":`...)
	c.message.parts = append(jsontext.AppendString(b, s), '}')
}

func (c *conversation) reasoning(v value) {
	s := v.plain()
	if v.kind == jsonArray {
		var all []string
		for _, e := range v.list {
			all = append(all, nonEmpty(e.get("text").text(), e.plain()))
		}
		s = strings.Join(all, "\n")
	}
	if s == "" {
		return
	}
	b := append(c.next(), `{"type":"reasoning","content":`...)
	c.message.parts = append(jsontext.AppendString(b, s), '}')
}

// toolCalls adds the calls a message carries beside its content.
func (c *conversation) toolCalls(v value) {
	for _, e := range firstOf(v, "tool_calls", "toolCalls").elements() {
		c.toolCall(e)
	}
	if f := v.get("function_call"); f.kind == jsonObject {
		c.appendToolCall("", f.get("name").text(), f.get("arguments"))
	}
}

func (c *conversation) toolCall(v value) {
	id := firstOf(v, "call_id", "id", "toolCallId", "tool_call_id").text()
	if f := v.get("function"); f.kind == jsonObject {
		c.appendToolCall(id, f.get("name").text(), f.get("arguments"))
		return
	}
	c.appendToolCall(id, firstOf(v, "name", "toolName", "tool_name").text(), firstOf(v, "arguments", "input", "args"))
}

func (c *conversation) appendToolCall(id, name string, arguments value) {
	b := append(c.next(), `{"type":"tool_call"`...)
	if id != "" {
		b = jsontext.AppendString(append(b, `,"id":`...), id)
	}
	b = jsontext.AppendString(append(b, `,"name":`...), name)
	if arguments.kind != jsonNone {
		b = embed(append(b, `,"arguments":`...), arguments)
	}
	c.message.parts = append(b, '}')
}

func (c *conversation) toolResponse(id string, response value) {
	b := append(c.next(), `{"type":"tool_call_response"`...)
	if id != "" {
		b = jsontext.AppendString(append(b, `,"id":`...), id)
	}
	if v := response.get("value"); v.kind != jsonNone && response.get("type").kind == jsonString { // Vercel's typed output
		response = v
	}
	b = embed(append(b, `,"response":`...), response)
	c.message.parts = append(b, '}')
}

// media adds an image, a sound or a file: its address, or its type and size. Of bytes small pictures alone are kept, beside
// the messages.
func (c *conversation) media(kind string, v value) {
	modality := "file"
	for _, m := range []string{"image", "audio", "video"} {
		if strings.Contains(kind, m) {
			modality = m
		}
	}
	modality = nonEmpty(v.get("modality").text(), modality)
	mime := firstOf(v, "mime_type", "mimeType", "media_type", "mediaType").text()
	link, data := "", ""
	for _, e := range []value{
		firstOf(v, "image_url", "url", "uri", "file_uri", "fileUri", "image", "data", "content", "file_data"),
		v.get("image_url", "url"), v.get("source", "url"), v.get("source", "data"), v.get("input_audio", "data"),
		v.get("file", "file_data"), v.get("image", "url"),
	} {
		s := e.text()
		switch {
		case s == "":
		case strings.HasPrefix(s, "data:"):
			head, base64, _ := strings.Cut(s[len("data:"):], ",")
			mime, data = nonEmpty(mime, strings.TrimSuffix(head, ";base64")), base64
		case len(s) <= 2048 && strings.Contains(s, "://"):
			link = s
		default:
			data = s
		}
	}
	mime = nonEmpty(mime, v.get("source", "media_type").text())
	b := c.next()
	if link != "" {
		b = jsontext.AppendString(append(jsontext.AppendString(append(b, `{"type":"uri","modality":`...), modality), `,"uri":`...), link)
	} else {
		b = jsontext.AppendString(append(b, `{"type":"blob","modality":`...), modality)
		if mime != "" {
			b = jsontext.AppendString(append(b, `,"mime_type":`...), mime)
		}
		b = strconv.AppendInt(append(b, `,"size":`...), int64(len(strings.TrimRight(data, "="))*3/4), 10)
		if id := c.attach(mime, data); id != "" {
			b = jsontext.AppendString(append(b, `,"attachment":`...), id)
		}
	}
	c.message.parts = append(b, '}')
}
