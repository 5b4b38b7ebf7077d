package llmmock

import (
	"fmt"
	"strings"

	"github.com/telltale-dev/telltale/observe/wire"
)

func (f finish) anthropic() string {
	return [...]string{"end_turn", "max_tokens", "tool_use", "refusal"}[f]
}

func (a *answer) anthropicUsage(out int) string {
	u := a.used
	return fmt.Sprintf(`{"input_tokens":%d,"cache_creation_input_tokens":%d,"cache_read_input_tokens":%d,"cache_creation":`+
		`{"ephemeral_5m_input_tokens":%d,"ephemeral_1h_input_tokens":%d},"output_tokens":%d,"output_tokens_details":{"thinking_tokens":%d},`+
		`"server_tool_use":null,"service_tier":"standard","inference_geo":"global","speed":"standard"}`,
		u.in-u.cached-u.write5m-u.write1h, u.write5m+u.write1h, u.cached, u.write5m, u.write1h, out, min(u.reasoning, out))
}

// anthropicMessage is a message; content and stop reason are JSON.
func (q *question) anthropicMessage(content, stop, usage string) string {
	if usage != "" {
		usage = `,"usage":` + usage
	}
	return `{"id":"msg_` + placeholder + `","type":"message","role":"assistant","model":` + js(q.model) + `,"content":[` + content +
		`],"stop_reason":` + stop + `,"stop_sequence":null,"stop_details":null,"container":null,"context_management":null` + usage + `}`
}

func encodeMessages(q *question, a *answer, p *plan) {
	if p.stream = q.stream; p.stream {
		q.messageEvents(a, p)
		return
	}
	var content []string
	if a.thinking != "" {
		content = append(content, `{"type":"thinking","thinking":`+js(a.thinking)+`,"signature":"bW9jaw=="}`)
	}
	switch {
	case a.call != nil:
		content = append(content, `{"type":"tool_use","id":"toolu_`+placeholder+`","name":`+js(a.call.name)+`,"input":`+
			string(a.call.schema)+`,"caller":{"type":"direct"}}`)
	case a.text != "":
		content = append(content, `{"type":"text","text":`+js(a.text)+`}`)
	}
	usage := a.anthropicUsage(a.used.out)
	if a.noUsage {
		usage = ""
	}
	p.whole = prepare([]byte(q.anthropicMessage(strings.Join(content, ","), js(a.finish.anthropic()), usage)))
}

func (q *question) messageEvents(a *answer, p *plan) {
	e := messageEvents{p: p}
	usage := a.anthropicUsage(1)
	if a.noUsage {
		usage = `{"input_tokens":0,"output_tokens":0}`
	}
	e.add("message_start", `,"message":`+q.anthropicMessage("", "null", usage))
	if a.thinking != "" {
		e.block(`{"type":"thinking","thinking":"","signature":""}`, "thinking_delta", "thinking", chunksOf(a.thinking))
		e.ends(`{"type":"signature_delta","signature":"bW9jaw=="}`)
	}
	switch {
	case a.call != nil:
		e.block(`{"type":"tool_use","id":"toolu_`+placeholder+`","name":`+js(a.call.name)+`,"input":{},"caller":{"type":"direct"}}`,
			"input_json_delta", "partial_json", append([]string{""}, halves(string(a.call.schema))...))
		e.ends("")
	case a.text != "":
		e.block(`{"type":"text","text":""}`, "text_delta", "text", chunksOf(a.text))
		e.ends("")
	}
	usage = `,"usage":` + a.anthropicUsage(a.used.out)
	if a.noUsage {
		usage = `,"usage":{"output_tokens":0}`
	}
	e.add("message_delta", `,"delta":{"stop_reason":`+js(a.finish.anthropic())+`,"stop_sequence":null,"stop_details":null,"container":null}`+usage)
	e.add("message_stop", "")
}

type messageEvents struct {
	p      *plan
	index  int
	pinged bool
}

func (e *messageEvents) add(event, rest string) {
	e.p.events = append(e.p.events, named(event, `{"type":"`+event+`"`+rest+`}`))
}

func (e *messageEvents) block(start, delta, key string, chunks []string) {
	e.add("content_block_start", fmt.Sprintf(`,"index":%d,"content_block":%s`, e.index, start))
	if !e.pinged {
		e.pinged = true
		e.p.events = append(e.p.events, named("ping", `{"type": "ping"}`))
	}
	for _, c := range chunks {
		e.add("content_block_delta", fmt.Sprintf(`,"index":%d,"delta":{"type":%q,%q:%s}`, e.index, delta, key, js(c)))
	}
}

func (e *messageEvents) ends(delta string) {
	if delta != "" {
		e.add("content_block_delta", fmt.Sprintf(`,"index":%d,"delta":%s`, e.index, delta))
	}
	e.add("content_block_stop", fmt.Sprintf(`,"index":%d`, e.index))
	e.index++
}

// encodeCount answers count_tokens and countTokens.
func encodeCount(q *question, a *answer, p *plan) {
	out := fmt.Sprintf(`{"input_tokens":%d}`, a.used.in)
	if q.route.API == wire.GeminiCountTokens {
		out = fmt.Sprintf(`{"totalTokens":%d,"promptTokensDetails":[{"modality":"TEXT","tokenCount":%d}]}`, a.used.in, a.used.in)
	}
	p.whole = prepare([]byte(out))
}
