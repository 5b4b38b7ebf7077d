package llmmock

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"time"
)

// sse is an event of the kinds that do not name them.
func sse(data string) prepared { return prepare([]byte("data: " + data + "\n\n")) }

// named is an event with its name.
func named(event, data string) prepared {
	return prepare([]byte("event: " + event + "\ndata: " + data + "\n\n"))
}

func (f finish) openAI() string {
	return [...]string{"stop", "length", "tool_calls", "content_filter"}[f]
}

func (a *answer) openAIUsage() string {
	u := a.used
	return fmt.Sprintf(`{"prompt_tokens":%d,"completion_tokens":%d,"total_tokens":%d,"prompt_tokens_details":{"cached_tokens":%d,`+
		`"audio_tokens":0,"cache_write_tokens":%d},"completion_tokens_details":{"reasoning_tokens":%d,"audio_tokens":0,`+
		`"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}`, u.in, u.out, u.in+u.out, u.cached, u.write5m, u.reasoning)
}

func encodeChat(q *question, a *answer, p *plan) {
	head := func(object string) string {
		return `{"id":"chatcmpl-` + placeholder + `","object":"` + object + `","created":` + fmt.Sprint(time.Now().Unix()) + `,"model":` + js(q.model)
	}
	if p.stream = q.stream; p.stream {
		q.chatEvents(a, p, head("chat.completion.chunk")+`,"service_tier":"default","system_fingerprint":"fp_mock"`)
		return
	}
	message := `{"role":"assistant","content":` + js(a.text)
	if a.call != nil {
		message = `{"role":"assistant","content":null,"tool_calls":[{"id":"call_` + placeholder + `","type":"function","function":{"name":` +
			js(a.call.name) + `,"arguments":` + js(string(a.call.schema)) + `}}]`
	}
	message += `,"refusal":null,"annotations":[]}`
	var choices []string
	for i := range max(q.n, 1) {
		choices = append(choices, fmt.Sprintf(`{"index":%d,"message":%s,"logprobs":null,"finish_reason":%q}`, i, message, a.finish.openAI()))
	}
	out := head("chat.completion") + `,"choices":[` + strings.Join(choices, ",") + `]`
	if !a.noUsage {
		out += `,"usage":` + a.openAIUsage()
	}
	p.whole = prepare([]byte(out + `,"service_tier":"default","system_fingerprint":"fp_mock"}`))
}

func (q *question) chatEvents(a *answer, p *plan, head string) {
	tail := "}"
	if q.includeUsage {
		tail = `,"usage":null}`
	}
	chunk := func(i int, delta, finish string) {
		p.events = append(p.events, sse(fmt.Sprintf(`%s,"choices":[{"index":%d,"delta":%s,"logprobs":null,"finish_reason":%s}]%s`, head, i, delta, finish, tail)))
	}
	for i := range max(q.n, 1) {
		if a.call != nil {
			chunk(i, `{"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"call_`+placeholder+`","type":"function","function":{"name":`+
				js(a.call.name)+`,"arguments":""}}],"refusal":null}`, "null")
			for _, c := range halves(string(a.call.schema)) {
				chunk(i, `{"tool_calls":[{"index":0,"function":{"arguments":`+js(c)+`}}]}`, "null")
			}
		} else {
			chunk(i, `{"role":"assistant","content":"","refusal":null}`, "null")
			for _, c := range chunksOf(a.text) {
				chunk(i, `{"content":`+js(c)+`}`, "null")
			}
		}
		chunk(i, "{}", `"`+a.finish.openAI()+`"`)
	}
	if q.includeUsage && !a.noUsage {
		p.events = append(p.events, sse(head+`,"choices":[],"usage":`+a.openAIUsage()+`}`))
	}
	p.events = append(p.events, sse("[DONE]"))
}

// halves cuts arguments as providers send them, in pieces which are not JSON.
func halves(s string) []string {
	head := cutText(s, len(s)/2)
	return []string{head, s[len(head):]}
}

func encodeCompletions(q *question, a *answer, p *plan) {
	if a.finish == toolCall {
		a.finish = stop
	}
	head := `{"id":"cmpl-` + placeholder + `","object":"text_completion","created":` + fmt.Sprint(time.Now().Unix()) + `,"model":` + js(q.model)
	choice := func(text, finish string) string {
		return head + `,"choices":[{"text":` + js(text) + `,"index":0,"logprobs":null,"finish_reason":` + finish + `}]`
	}
	if p.stream = q.stream; p.stream {
		tail := "}"
		if q.includeUsage {
			tail = `,"usage":null}`
		}
		for _, c := range chunksOf(a.text) {
			p.events = append(p.events, sse(choice(c, "null")+tail))
		}
		p.events = append(p.events, sse(choice("", js(a.finish.openAI()))+tail))
		if q.includeUsage && !a.noUsage {
			p.events = append(p.events, sse(head+`,"choices":[],"usage":`+a.openAIUsage()+`}`))
		}
		p.events = append(p.events, sse("[DONE]"))
		return
	}
	out := choice(a.text, js(a.finish.openAI()))
	if !a.noUsage {
		out += `,"usage":` + a.openAIUsage()
	}
	p.whole = prepare([]byte(out + "}"))
}

func encodeEmbeddings(q *question, a *answer, p *plan) {
	var b strings.Builder
	b.WriteString(`{"object":"list","data":[`)
	for i, text := range q.inputs {
		if i > 0 {
			b.WriteByte(',')
		}
		v := vector(text, q.dimensions)
		value := js(v)
		if q.base64 {
			raw := make([]byte, 0, 4*len(v))
			for _, f := range v {
				raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(f))
			}
			value = `"` + base64.StdEncoding.EncodeToString(raw) + `"`
		}
		fmt.Fprintf(&b, `{"object":"embedding","index":%d,"embedding":%s}`, i, value)
	}
	fmt.Fprintf(&b, `],"model":%s`, js(q.model))
	if !a.noUsage {
		fmt.Fprintf(&b, `,"usage":{"prompt_tokens":%d,"total_tokens":%d}`, a.used.in, a.used.in)
	}
	b.WriteByte('}')
	p.whole = prepare([]byte(b.String()))
}
