package wire

// failure is the error that the answer reports, also at the root of an event or body: {"type":"error","code":…}.
func (r *responseReader) failure() (Error, bool) {
	if r.failed {
		return r.err, true
	}
	if r.event == "error" || r.message != "" && (r.code != "" || r.event != "") {
		e := Error{Type: r.event, Code: r.code, Message: r.message}
		if e.Type == "error" && e.Code != "" {
			e.Type = e.Code
		}
		return e, true
	}
	return Error{}, false
}

// response makes the facts of what was read so far; reading may go on.
func (r *responseReader) response() Response {
	resp := Response{ID: r.id, Model: r.model, ServiceTier: r.tier, Region: r.region, Usage: r.used.usage(r.api)}
	if r.speed == "fast" && (r.tier == "" || r.tier == "standard") {
		resp.ServiceTier = r.speed
	}
	if e, failed := r.failure(); failed {
		resp.Error = &Error{Type: e.Type, Code: e.Code, Message: e.Message}
	}
	resp.FinishReasons = r.finishReasons()
	return resp
}

func (r *responseReader) finishReasons() []string {
	if r.api == OpenAIResponses {
		return r.responsesFinish()
	}
	list := r.choices
	if r.inside && r.choice.known {
		list = r.choice.addTo(append([]choice(nil), list...))
	}
	if len(list) == 0 {
		if r.blocked != "" {
			return []string{"content_filter"}
		}
		return nil
	}
	out := make([]string, 0, len(list))
	for i := range list {
		out = append(out, FinishReason(list[i].finish))
	}
	return out
}

// responsesFinish tells why an OpenAI response ended: its status says less than finish_reason of a chat.
func (r *responseReader) responsesFinish() []string {
	switch r.status {
	case "completed":
		if r.called {
			return []string{"tool_call"}
		}
		return []string{"stop"}
	case "incomplete":
		return []string{FinishReason(first(r.incomplete, "length"))}
	case "failed":
		return []string{"error"}
	case "cancelled":
		return []string{"cancelled"}
	}
	return nil
}
