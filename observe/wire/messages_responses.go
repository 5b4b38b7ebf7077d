package wire

// items reads the input of a Responses request: a string, or a list of messages, calls and their results.
func (c *conversation) items(v []byte) {
	if s := inside(v); s != nil {
		c.add("user", []part{{text: s}}, "")
		return
	}
	n := 0
	for e := entriesOf(v); e.next() && n < maxMessages; n++ {
		role := roleOf(get(e.value, "role"))
		switch role {
		case "system", "developer":
			c.instructions(get(e.value, "content"))
			continue
		case "":
			role = "assistant"
		}
		parts := item(e.value)
		if len(parts) == 1 && parts[0].kind == partResponse {
			role = "tool"
		}
		c.add(role, parts, "")
	}
}

// item reads one item of the input or output of a response.
func item(v []byte) []part {
	switch kind := str(get(v, "type")); kind {
	case "", "message":
		return contentParts(get(v, "content"))
	case "reasoning":
		var parts []part
		for _, key := range []string{"summary", "content"} {
			for _, p := range contentParts(get(v, key)) {
				p.kind = partReasoning
				parts = append(parts, p)
			}
		}
		return parts
	case "function_call":
		return []part{{
			kind: partCall, id: inside(get(v, "call_id")), name: inside(get(v, "name")), text: inside(get(v, "arguments")),
		}}
	case "custom_tool_call":
		return []part{{
			kind: partCall, id: inside(get(v, "call_id")), name: inside(get(v, "name")), text: inside(get(v, "input")),
		}}
	case "function_call_output", "custom_tool_call_output":
		return []part{toolResult(get(v, "call_id"), get(v, "output"))}
	default: // tools that the provider runs
		if id := inside(get(v, "id")); id != nil && len(kind) > len("_call") && kind[len(kind)-len("_call"):] == "_call" {
			action := get(v, "action")
			if action == nil {
				action = []byte("{}")
			}
			return []part{{kind: partCall, id: id, name: []byte(kind[:len(kind)-len("_call")]), value: action}}
		}
	}
	return nil
}

// response reads a whole response: one message with all of its output.
func (c *conversation) response(v []byte) {
	var parts []part
	for e := entriesOf(get(v, "output")); e.next() && len(parts) < maxMessages; {
		parts = append(parts, item(e.value)...)
	}
	finish := ""
	if reasons := ScanResponse(OpenAIResponses, 0, v).FinishReasons; len(reasons) > 0 {
		finish = reasons[0]
	}
	c.add("assistant", parts, finish)
}

func responseMessages(v []byte) string {
	c := newConversation()
	defer c.free()
	c.response(v)
	return c.String()
}

// responsesTranscript takes the last event, which repeats all; of a stream that was cut it puts the pieces together.
func responsesTranscript(b []byte) string {
	one := answer{}
	whole := map[int][]byte{} // items that are done
	for t := (transcript{rest: b}); t.next(); {
		switch kind := str(get(t.data, "type")); kind {
		case "response.completed", "response.incomplete", "response.failed":
			if said := responseMessages(get(t.data, "response")); said != "" {
				return said
			}
		case "response.output_item.done":
			if at := indexOf(get(t.data, "output_index")); len(whole) < maxStreamParts {
				whole[at] = get(t.data, "item")
			}
		case "response.output_item.added":
			one.itemAdded(t.data)
		case "response.output_text.delta", "response.refusal.delta":
			one.extend(partText, indexOf(get(t.data, "output_index")), inside(get(t.data, "delta")))
		case "response.reasoning_summary_text.delta", "response.reasoning_text.delta":
			one.extend(partReasoning, indexOf(get(t.data, "output_index")), inside(get(t.data, "delta")))
		case "response.function_call_arguments.delta", "response.custom_tool_call_input.delta":
			one.extend(partCall, indexOf(get(t.data, "output_index")), inside(get(t.data, "delta")))
		}
	}
	return one.withItems(whole)
}

func (a *answer) itemAdded(data []byte) {
	v := get(data, "item")
	switch str(get(v, "type")) {
	case "function_call", "custom_tool_call":
		if p := a.part(partCall, indexOf(get(data, "output_index"))); p != nil {
			p.id, p.name = inside(get(v, "call_id")), inside(get(v, "name"))
		}
	}
}

// withItems takes finished items in place of their pieces.
func (a *answer) withItems(whole map[int][]byte) string {
	var parts []part
	seen := map[int]bool{}
	for _, p := range a.parts {
		v, done := whole[p.key]
		switch {
		case !done:
			parts = append(parts, p)
		case !seen[p.key]:
			seen[p.key] = true
			parts = append(parts, item(v)...)
		}
	}
	c := newConversation()
	defer c.free()
	c.add("assistant", parts, "")
	return c.String()
}
