package llmmock

import (
	"fmt"
	"strings"
	"time"
)

// responseOf is a response object in one of its states.
func (q *question) responseOf(a *answer, status, output string, created int64) string {
	usage, incomplete, completed := "null", "null", "null"
	if status != "in_progress" {
		completed = fmt.Sprint(created)
		if u := a.used; !a.noUsage {
			usage = fmt.Sprintf(`{"input_tokens":%d,"input_tokens_details":{"cached_tokens":%d,"cache_write_tokens":%d},"output_tokens":%d,`+
				`"output_tokens_details":{"reasoning_tokens":%d},"total_tokens":%d}`, u.in, u.cached, u.write5m, u.out, u.reasoning, u.in+u.out)
		}
	}
	if status == "incomplete" {
		incomplete = `{"reason":"max_output_tokens"}`
		if a.finish == filtered {
			incomplete = `{"reason":"content_filter"}`
		}
	}
	return `{"id":"resp_` + placeholder + `","object":"response","created_at":` + fmt.Sprint(created) + `,"status":"` + status +
		`","background":false,"completed_at":` + completed + `,"error":null,"incomplete_details":` + incomplete +
		`,"instructions":null,"max_output_tokens":null,"max_tool_calls":null,"model":` + js(q.model) + `,"output":[` + output +
		`],"parallel_tool_calls":true,"previous_response_id":null,"prompt_cache_key":null,"reasoning":{"effort":null,"summary":null},` +
		`"safety_identifier":null,"service_tier":"default","store":true,"temperature":1.0,"text":{"format":{"type":"text"},"verbosity":"medium"},` +
		`"tool_choice":"auto","tools":[],"top_logprobs":0,"top_p":1.0,"truncation":"disabled","usage":` + usage + `,"user":null,"metadata":{}}`
}

func (a *answer) responseStatus() string {
	if a.finish == length || a.finish == filtered {
		return "incomplete"
	}
	return "completed"
}

const (
	reasoningItem = `{"id":"rs_` + placeholder + `","type":"reasoning","summary":[]}`
	messageID     = `msg_` + placeholder
	callID        = `fc_` + placeholder
)

func (a *answer) outputText() string {
	return `{"type":"output_text","annotations":[],"logprobs":[],"text":` + js(a.text) + `}`
}

// outputItem is the message or the call; whole, or as it begins.
func (a *answer) outputItem(whole bool) string {
	status, content, arguments := "in_progress", "", `""`
	if whole {
		status, content = a.responseStatus(), a.outputText()
	}
	if a.call == nil {
		return `{"id":"` + messageID + `","type":"message","status":"` + status + `","content":[` + content + `],"role":"assistant"}`
	}
	if whole {
		arguments = js(string(a.call.schema))
	}
	return `{"id":"` + callID + `","type":"function_call","status":"` + status + `","arguments":` + arguments + `,"call_id":"call_` +
		placeholder + `","name":` + js(a.call.name) + `}`
}

func encodeResponses(q *question, a *answer, p *plan) {
	created := time.Now().Unix()
	var items []string
	if q.thinks {
		items = append(items, reasoningItem)
	}
	items = append(items, a.outputItem(true))
	final := q.responseOf(a, a.responseStatus(), strings.Join(items, ","), created)
	if p.stream = q.stream; !p.stream {
		p.whole = prepare([]byte(final))
		return
	}
	e := responseEvents{p: p}
	begun := `"response":` + q.responseOf(a, "in_progress", "", created)
	e.add("response.created", begun)
	e.add("response.in_progress", begun)
	at := 0
	if q.thinks {
		e.add("response.output_item.added", fmt.Sprintf(`"output_index":%d,"item":%s`, at, reasoningItem))
		e.add("response.output_item.done", fmt.Sprintf(`"output_index":%d,"item":%s`, at, reasoningItem))
		at++
	}
	e.add("response.output_item.added", fmt.Sprintf(`"output_index":%d,"item":%s`, at, a.outputItem(false)))
	if a.call != nil {
		e.call(a, at)
	} else {
		e.text(a, at)
	}
	e.add("response.output_item.done", fmt.Sprintf(`"output_index":%d,"item":%s`, at, a.outputItem(true)))
	e.add("response."+a.responseStatus(), `"response":`+final)
}

type responseEvents struct {
	p *plan
	n int
}

func (e *responseEvents) add(event, rest string) {
	e.p.events = append(e.p.events, named(event, fmt.Sprintf(`{"type":%q,"sequence_number":%d,%s}`, event, e.n, rest)))
	e.n++
}

func (e *responseEvents) call(a *answer, at int) {
	place := fmt.Sprintf(`"item_id":"%s","output_index":%d,`, callID, at)
	for _, c := range halves(string(a.call.schema)) {
		e.add("response.function_call_arguments.delta", place+`"delta":`+js(c))
	}
	e.add("response.function_call_arguments.done", place+`"name":`+js(a.call.name)+`,"arguments":`+js(string(a.call.schema)))
}

func (e *responseEvents) text(a *answer, at int) {
	place := fmt.Sprintf(`"item_id":"%s","output_index":%d,"content_index":0,`, messageID, at)
	e.add("response.content_part.added", place+`"part":{"type":"output_text","annotations":[],"logprobs":[],"text":""}`)
	for _, c := range chunksOf(a.text) {
		e.add("response.output_text.delta", place+`"logprobs":[],"delta":`+js(c))
	}
	e.add("response.output_text.done", place+`"logprobs":[],"text":`+js(a.text))
	e.add("response.content_part.done", place+`"part":`+a.outputText())
}
