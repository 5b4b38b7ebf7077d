package wire

import "strings"

func (c *conversation) anthropic(v []byte) {
	n := 0
	for e := entriesOf(v); e.next() && n < maxMessages; n++ {
		role := roleOf(get(e.value, "role"))
		if role == "system" {
			c.instructions(get(e.value, "content"))
			continue
		}
		c.add(role, blocks(get(e.value, "content")), "")
	}
}

// blocks reads content: a string or a list of blocks.
func blocks(v []byte) (parts []part) {
	if s := inside(v); s != nil {
		return []part{{text: s}}
	}
	for e := entriesOf(v); e.next() && len(parts) < maxMessages; {
		if p, ok := block(e.value); ok {
			parts = append(parts, p)
		}
	}
	return parts
}

func block(v []byte) (part, bool) {
	switch kind := str(get(v, "type")); kind {
	case "thinking":
		return part{kind: partReasoning, text: inside(get(v, "thinking"))}, true
	case "redacted_thinking":
		return part{kind: partReasoning}, true
	case "tool_use", "server_tool_use", "mcp_tool_use":
		p := part{kind: partCall, id: inside(get(v, "id")), name: inside(get(v, "name")), value: get(v, "input")}
		if p.value == nil {
			p.value = []byte("null")
		}
		return p, true
	default:
		if strings.HasSuffix(kind, "tool_result") {
			return toolResult(get(v, "tool_use_id"), get(v, "content")), true
		}
	}
	return contentPart(v)
}

// source reads where an image or a document comes from.
func source(kind, v []byte) (part, bool) {
	modality := ""
	if str(kind) == "image" {
		modality = "image"
	}
	switch str(get(v, "type")) {
	case "base64":
		return blob(modality, inside(get(v, "media_type")), inside(get(v, "data"))), true
	case "url":
		return part{kind: partURI, modality: modality, text: inside(get(v, "url"))}, true
	case "file":
		return part{kind: partFile, modality: modality, id: inside(get(v, "file_id"))}, true
	case "text":
		return part{text: inside(get(v, "data"))}, true
	}
	return part{}, false
}

// messagesTranscript puts the blocks of a stream together.
func messagesTranscript(b []byte) string {
	one := answer{}
	for t := (transcript{rest: b}); t.next(); {
		switch str(get(t.data, "type")) {
		case "content_block_start":
			one.blockStart(indexOf(get(t.data, "index")), get(t.data, "content_block"))
		case "content_block_delta":
			one.blockDelta(indexOf(get(t.data, "index")), get(t.data, "delta"))
		case "message_delta":
			if f := finishOf(get(get(t.data, "delta"), "stop_reason")); f != "" {
				one.finish = f
			}
		}
	}
	c := newConversation()
	defer c.free()
	c.add("assistant", one.parts, one.finish)
	return c.String()
}

func (a *answer) blockStart(index int, v []byte) {
	p, ok := block(v)
	if !ok || len(a.parts) == maxStreamParts {
		return
	}
	p.key = index
	a.parts = append(a.parts, p)
}

func (a *answer) blockDelta(index int, v []byte) {
	switch str(get(v, "type")) {
	case "text_delta":
		a.extend(partText, index, inside(get(v, "text")))
	case "thinking_delta":
		a.extend(partReasoning, index, inside(get(v, "thinking")))
	case "input_json_delta":
		if json := inside(get(v, "partial_json")); len(json) > 0 {
			if p := a.part(partCall, index); p != nil {
				p.value = nil // the input of the start is an empty object
				p.addText(json)
			}
		}
	}
}
