package wire

// gemini reads a request to generate, to count or to embed.
func (c *conversation) gemini(api API, body []byte) {
	for e := entriesOf(body); e.next(); {
		switch string(e.key) {
		case "systemInstruction", "system_instruction":
			c.system = append(c.system, geminiParts(get(e.value, "parts"))...)
		case "contents":
			n := 0
			for m := entriesOf(e.value); m.next() && n < maxMessages; n++ {
				c.geminiContent(m.value)
			}
		case "content":
			c.geminiContent(e.value)
		case "requests":
			n := 0
			for r := entriesOf(e.value); r.next() && n < maxMessages; n++ {
				c.geminiContent(get(r.value, "content"))
			}
		case "generateContentRequest":
			if api == GeminiCountTokens {
				c.gemini(GeminiGenerate, e.value)
			}
		}
	}
}

func (c *conversation) geminiContent(v []byte) {
	role := roleOf(get(v, "role"))
	parts := geminiParts(get(v, "parts"))
	switch role {
	case "model":
		role = "assistant"
	case "", "function":
		role = "user"
	}
	if len(parts) > 0 && parts[0].kind == partResponse {
		role = "tool"
	}
	c.add(role, parts, "")
}

func geminiParts(v []byte) (parts []part) {
	for e := entriesOf(v); e.next() && len(parts) < maxMessages; {
		if p, ok := geminiPart(e.value); ok {
			parts = append(parts, p)
		}
	}
	return parts
}

func geminiPart(v []byte) (p part, ok bool) {
	thought := false
	for e := entriesOf(v); e.next(); {
		switch string(e.key) {
		case "text":
			p, ok = part{text: inside(e.value)}, true
		case "thought":
			thought = string(e.value) == "true"
		case "inlineData", "inline_data":
			p, ok = blob("", eitherOf(e.value, "mimeType", "mime_type"), inside(get(e.value, "data"))), true
		case "fileData", "file_data":
			p, ok = part{
				kind: partURI, mime: eitherOf(e.value, "mimeType", "mime_type"), text: eitherOf(e.value, "fileUri", "file_uri"),
			}, true
		case "functionCall", "function_call":
			p, ok = part{kind: partCall, id: inside(get(e.value, "id")), name: inside(get(e.value, "name")), value: get(e.value, "args")}, true
		case "functionResponse", "function_response":
			p, ok = part{
				kind: partResponse, id: inside(get(e.value, "id")), name: inside(get(e.value, "name")), value: get(e.value, "response"),
			}, true
		case "executableCode":
			p, ok = part{kind: partCall, name: []byte("code_execution"), value: e.value}, true
		case "codeExecutionResult":
			p, ok = part{kind: partResponse, name: []byte("code_execution"), value: e.value}, true
		}
	}
	if thought && p.kind == partText {
		p.kind = partReasoning
	}
	return p, ok
}

func eitherOf(v []byte, a, b string) []byte {
	if s := inside(get(v, a)); s != nil {
		return s
	}
	return inside(get(v, b))
}

// candidates reads a whole answer.
func (c *conversation) candidates(body []byte) {
	n := 0
	for e := entriesOf(get(body, "candidates")); e.next() && n < maxMessages; n++ {
		c.add("assistant", geminiParts(get(get(e.value, "content"), "parts")), finishOf(get(e.value, "finishReason")))
	}
}

// geminiTranscript puts the parts of all chunks together; text that goes on is one part.
func geminiTranscript(b []byte, attach Attach) string {
	a := newAnswers()
	defer a.free()
	for t := (transcript{rest: b}); t.next(); {
		for e := entriesOf(get(t.data, "candidates")); e.next(); {
			answer := a.at(indexOf(get(e.value, "index")))
			if answer == nil {
				continue
			}
			if f := finishOf(get(e.value, "finishReason")); f != "" {
				answer.finish = f
			}
			answer.geminiDelta(geminiParts(get(get(e.value, "content"), "parts")))
		}
	}
	return a.messages(attach)
}

func (a *answer) geminiDelta(parts []part) {
	for _, p := range parts {
		if n := len(a.parts); n > 0 && p.kind <= partReasoning && a.parts[n-1].kind == p.kind {
			last := &a.parts[n-1]
			last.text = append(last.text, p.text...)
			continue
		}
		if len(a.parts) < maxStreamParts {
			a.parts = append(a.parts, p)
		}
	}
}
