package llmmock

import (
	"fmt"
	"strings"
)

func (f finish) gemini() string {
	return [...]string{"STOP", "MAX_TOKENS", "STOP", "SAFETY"}[f]
}

func (a *answer) geminiUsage() string {
	if a.noUsage {
		return ""
	}
	u := a.used
	s := fmt.Sprintf(`,"usageMetadata":{"promptTokenCount":%d,"candidatesTokenCount":%d,"totalTokenCount":%d,`+
		`"promptTokensDetails":[{"modality":"TEXT","tokenCount":%d}]`, u.in, u.out-u.reasoning, u.in+u.out, u.in)
	if u.cached > 0 {
		s += fmt.Sprintf(`,"cachedContentTokenCount":%d,"cacheTokensDetails":[{"modality":"TEXT","tokenCount":%d}]`, u.cached, u.cached)
	}
	if u.reasoning > 0 {
		s += fmt.Sprintf(`,"thoughtsTokenCount":%d`, u.reasoning)
	}
	return s + "}"
}

// geminiAnswer is an answer or a chunk of one; parts and finish may be empty.
func (q *question) geminiAnswer(parts, finish, usage string) string {
	if finish != "" {
		finish = `,"finishReason":"` + finish + `"`
	}
	content := `"content":{"parts":[` + parts + `],"role":"model"}`
	var candidates []string
	for i := range max(q.n, 1) {
		candidates = append(candidates, fmt.Sprintf(`{%s%s,"index":%d}`, content, finish, i))
	}
	return `{"candidates":[` + strings.Join(candidates, ",") + `]` + usage + `,"modelVersion":` + js(q.model) + `,"responseId":"` + placeholder + `"}`
}

func encodeGenerate(q *question, a *answer, p *plan) {
	var parts []string
	if a.thinking != "" {
		parts = append(parts, `{"text":`+js(a.thinking)+`,"thought":true}`)
	}
	switch {
	case a.call != nil:
		parts = append(parts, `{"functionCall":{"id":"call_`+placeholder+`","name":`+js(a.call.name)+`,"args":`+string(a.call.schema)+`}}`)
	case q.stream:
		for _, c := range chunksOf(a.text) {
			parts = append(parts, `{"text":`+js(c)+`}`)
		}
	case a.text != "":
		parts = append(parts, `{"text":`+js(a.text)+`}`)
	}
	if !q.stream {
		p.whole = prepare([]byte(q.geminiAnswer(strings.Join(parts, ","), a.finish.gemini(), a.geminiUsage())))
		return
	}
	p.stream, p.array = true, !q.sse
	if len(parts) == 0 {
		parts = []string{""}
	}
	begun := a.geminiBegun()
	for i, part := range parts {
		finish, usage := "", begun
		if i == len(parts)-1 {
			finish, usage = a.finish.gemini(), a.geminiUsage()
		}
		p.events = append(p.events, geminiEvent(q.geminiAnswer(part, finish, usage), p.array, i == 0, i == len(parts)-1))
	}
}

// geminiBegun is the usage in all chunks but the last.
func (a *answer) geminiBegun() string {
	if a.noUsage {
		return ""
	}
	return fmt.Sprintf(`,"usageMetadata":{"promptTokenCount":%d,"totalTokenCount":%d}`, a.used.in, a.used.in)
}

func geminiEvent(data string, array, first, last bool) prepared {
	if !array {
		return prepare([]byte("data: " + data + "\r\n\r\n"))
	}
	if first {
		data = "[" + data
	} else {
		data = ",\r\n" + data
	}
	if last {
		data += "]\n"
	}
	return prepare([]byte(data))
}

func encodeGeminiEmbed(q *question, a *answer, p *plan) {
	usage := fmt.Sprintf(`"usageMetadata":{"promptTokenCount":%d,"totalTokenCount":%d}`, a.used.in, a.used.in)
	var values []string
	for _, text := range q.inputs {
		values = append(values, `{"values":`+js(vector(text, q.dimensions))+`}`)
	}
	out := `{"embeddings":[` + strings.Join(values, ",") + `],` + usage + `}`
	if strings.HasSuffix(q.route.Template, ":embedContent") {
		out = `{"embedding":` + strings.Join(values, ",") + `,` + usage + `}`
	}
	p.whole = prepare([]byte(out))
}
