package wire

// chat reads the messages of a chat completion request.
func (c *conversation) chat(v []byte) {
	var space [2]part
	n := 0
	for e := entriesOf(v); e.next() && n < maxMessages; n++ {
		var role, content, call []byte
		simple := true
		for m := entriesOf(e.value); m.next(); {
			switch string(m.key) {
			case "role":
				role = m.value
			case "content":
				content = m.value
			case "tool_call_id":
				call = m.value
			case "name":
			default:
				simple = false
			}
		}
		switch r := roleOf(role); {
		case r == "system" || r == "developer":
			c.instructions(content)
		case r == "tool" || r == "function":
			c.add("tool", []part{toolResult(call, content)}, "")
		case simple:
			c.add(r, appendContent(space[:0], content), "")
		default:
			c.add(r, chatParts(e.value), "")
		}
	}
}

// roleOf is str, of the usual roles without an allocation.
func roleOf(v []byte) string {
	switch string(v) {
	case `"user"`:
		return "user"
	case `"assistant"`:
		return "assistant"
	case `"system"`:
		return "system"
	case `"tool"`:
		return "tool"
	}
	return str(v)
}

// toolResult makes the part of a tool's answer: a string, a list of parts, or any JSON.
func toolResult(id, content []byte) part {
	p := part{kind: partResponse, id: inside(id), text: inside(content)}
	if p.text == nil {
		p.value = content
		switch parts := contentParts(content); {
		case len(parts) == 1 && parts[0].kind == partText:
			p.text, p.value = parts[0].text, nil
		case len(parts) > 0:
			p.inner, p.value = parts, nil
		}
	}
	if p.text == nil && p.value == nil && p.inner == nil {
		p.value = []byte("null")
	}
	return p
}

// chatParts reads a message of a request or an answer.
func chatParts(m []byte) (parts []part) {
	for e := entriesOf(m); e.next(); {
		switch string(e.key) {
		case "reasoning_content", "reasoning":
			if s := inside(e.value); len(s) > 0 {
				parts = append(parts, part{kind: partReasoning, text: s})
			}
		case "content":
			parts = appendContent(parts, e.value)
		case "refusal":
			if s := inside(e.value); len(s) > 0 {
				parts = append(parts, part{text: s})
			}
		case "audio":
			if s := inside(get(e.value, "transcript")); s != nil {
				parts = append(parts, part{text: s})
			}
		case "tool_calls":
			parts = append(parts, toolCalls(e.value)...)
		case "function_call":
			if name := inside(get(e.value, "name")); name != nil {
				parts = append(parts, part{kind: partCall, name: name, text: inside(get(e.value, "arguments"))})
			}
		}
	}
	return parts
}

func toolCalls(v []byte) (parts []part) {
	for e := entriesOf(v); e.next() && len(parts) < maxMessages; {
		call, text := get(e.value, "function"), "arguments"
		if call == nil {
			call, text = get(e.value, "custom"), "input"
		}
		parts = append(parts, part{
			kind: partCall, id: inside(get(e.value, "id")), name: inside(get(call, "name")), text: inside(get(call, text)),
		})
	}
	return parts
}

// contentParts reads content: a string, or a list of parts of the two OpenAI APIs or of Anthropic.
func contentParts(v []byte) []part { return appendContent(nil, v) }

func appendContent(parts []part, v []byte) []part {
	if s := inside(v); s != nil {
		return append(parts, part{text: s})
	}
	if len(v) == 0 || v[0] != '[' {
		return parts
	}
	n := 0
	for e := entriesOf(v); e.next() && n < maxMessages; {
		if p, ok := contentPart(e.value); ok {
			parts = append(parts, p)
			n++
		}
	}
	return parts
}

func contentPart(v []byte) (part, bool) {
	switch str(get(v, "type")) {
	case "text", "input_text", "output_text", "summary_text", "reasoning_text":
		return part{text: inside(get(v, "text"))}, true
	case "image", "document": // Anthropic's
		return source(get(v, "type"), get(v, "source"))
	case "refusal":
		return part{text: inside(get(v, "refusal"))}, true
	case "image_url", "input_image":
		url := get(v, "image_url")
		if u := get(url, "url"); u != nil {
			url = u
		}
		if id := inside(get(v, "file_id")); id != nil {
			return part{kind: partFile, modality: "image", id: id}, true
		}
		return media("image", inside(url)), true
	case "input_audio":
		audio := get(v, "input_audio")
		return blob("audio", append([]byte("audio/"), inside(get(audio, "format"))...), inside(get(audio, "data"))), true
	case "file", "input_file":
		file := get(v, "file")
		if file == nil {
			file = v
		}
		if id := inside(get(file, "file_id")); id != nil {
			return part{kind: partFile, id: id}, true
		}
		if url := inside(get(file, "file_url")); url != nil {
			return media("", url), true
		}
		return media("", inside(get(file, "file_data"))), true
	}
	return part{}, false
}

// choices reads the answers of a chat completion or a completion.
func (c *conversation) choices(v []byte) {
	n := 0
	for e := entriesOf(v); e.next() && n < maxMessages; n++ {
		finish := finishOf(get(e.value, "finish_reason"))
		if s := inside(get(e.value, "text")); s != nil {
			c.add("assistant", []part{{text: s}}, finish)
			continue
		}
		c.add("assistant", chatParts(get(e.value, "message")), finish)
	}
}

// chatTranscript puts the chunks of a stream together.
func chatTranscript(b []byte) string {
	a := newAnswers()
	defer a.free()
	var choices lastMember
	for t := (transcript{rest: b}); t.next(); {
		for e := entriesOf(choices.find(t.data, "choices")); e.next(); {
			a.chatChoice(e.value)
		}
	}
	return a.String()
}

func (a *answers) chatChoice(v []byte) {
	var index, finish, text, delta []byte
	for e := entriesOf(v); e.next(); {
		switch string(e.key) {
		case "index":
			index = e.value
		case "finish_reason":
			finish = e.value
		case "text":
			text = e.value
		case "delta":
			delta = e.value
		}
	}
	answer := a.at(indexOf(index))
	if answer == nil {
		return
	}
	if f := finishOf(finish); f != "" {
		answer.finish = f
	}
	answer.extend(partText, 0, inside(text))
	answer.chatDelta(delta)
}

// Keys of the parts of a chat answer; tool calls have theirs from firstCallKey on.
const (
	reasoningKey = iota
	contentKey
	refusalKey
	transcriptKey
	firstCallKey
)

func (a *answer) chatDelta(delta []byte) {
	for e := entriesOf(delta); e.next(); {
		switch string(e.key) {
		case "reasoning_content", "reasoning":
			a.extend(partReasoning, reasoningKey, inside(e.value))
		case "content":
			a.extend(partText, contentKey, inside(e.value))
		case "refusal":
			a.extend(partText, refusalKey, inside(e.value))
		case "audio":
			a.extend(partText, transcriptKey, inside(get(e.value, "transcript")))
		case "tool_calls":
			for call := entriesOf(e.value); call.next(); {
				a.callDelta(call.value)
			}
		case "function_call":
			if p := a.part(partCall, firstCallKey); p != nil {
				p.name = append(p.name, inside(get(e.value, "name"))...)
				p.addText(inside(get(e.value, "arguments")))
			}
		}
	}
}

func (a *answer) callDelta(v []byte) {
	p := a.part(partCall, firstCallKey+indexOf(get(v, "index")))
	if p == nil {
		return
	}
	if id := inside(get(v, "id")); len(id) > 0 {
		p.id = id
	}
	call, text := get(v, "function"), "arguments"
	if call == nil {
		call, text = get(v, "custom"), "input"
	}
	if name := inside(get(call, "name")); len(name) > 0 {
		p.name = name
	}
	p.addText(inside(get(call, text)))
}
