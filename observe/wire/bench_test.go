package wire

import (
	"fmt"
	"strings"
	"testing"
)

// chatAsRead is a stream of 50 chunks of which 46 were made one, as a client keeps it to be read at its end.
func chatAsRead() []byte {
	const head = `data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1790000000,"model":"gpt-4o-mini-2024-07-18",`
	var text strings.Builder
	for i := range 46 {
		fmt.Fprintf(&text, " word%d", i)
	}
	return []byte(head + `"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}` + "\n\n" +
		head + `"choices":[{"index":0,"delta":{"content":"` + text.String() + `"},"finish_reason":null}]}` + "\n\n" +
		head + `"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}` + "\n\n" +
		head + `"choices":[],"usage":{"prompt_tokens":1200,"completion_tokens":48,"prompt_tokens_details":{"cached_tokens":1024}}}` + "\n\n" +
		"data: [DONE]\n\n")
}

const chatAsked = `{"model":"gpt-4o-mini","stream":true,"stream_options":{"include_usage":true},"messages":[` +
	`{"role":"system","content":"You are kind."},{"role":"user","content":"Write fifty words about the sea, and no more than that."}]}`

// BenchmarkCall reads what one streamed call says, each thing by itself.
func BenchmarkCall(b *testing.B) {
	asked, answered := []byte(chatAsked), chatAsRead()
	s := NewStream(OpenAIChat)
	for _, c := range []struct {
		name string
		read func() bool
	}{
		{"ScanRequest", func() bool { return ScanRequest(OpenAIChat, asked).Stream }},
		{"InputMessages", func() bool {
			in, system := InputMessages(OpenAIChat, asked)
			return in != "" && system != ""
		}},
		{"Stream", func() bool {
			s.Reset(OpenAIChat)
			_, _ = s.Write(answered)
			r := s.Response()
			return r.Usage.Known() && s.Finished()
		}},
		{"OutputMessages", func() bool { return OutputMessages(OpenAIChat, answered, true) != "" }},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if !c.read() {
					b.Fatal("nothing was read")
				}
			}
		})
	}
}
