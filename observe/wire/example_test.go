package wire_test

import (
	"fmt"

	"github.com/telltale-dev/telltale/observe/wire"
)

func ExampleStream() {
	route := wire.ParseRoute(wire.OpenAI, "POST", "/v1/chat/completions")
	s := wire.NewStream(route.API)
	for _, piece := range []string{
		"data: {\"id\":\"chatcmpl-1\",\"model\":\"gpt-4o\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"},\"finish_re",
		"ason\":\"stop\"}]}\n\ndata: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":1}}\n\nda",
		"ta: [DONE]\n\n",
	} {
		_, _ = s.Write([]byte(piece))
	}
	r := s.Response()
	fmt.Println(r.ID, r.Model, r.FinishReasons, r.Usage.Input.Value, r.Usage.Output.Value, s.Finished())
	// Output: chatcmpl-1 gpt-4o [stop] 9 1 true
}

func ExampleScanRequest() {
	r := wire.ScanRequest(wire.OpenAIChat, []byte(`{"model":"gpt-4o","stream":true,"user":"user-123","messages":[]}`))
	fmt.Println(r.Model, r.Stream, r.IncludeUsage, r.User)
	// Output: gpt-4o true false user-123
}

func ExampleSpliceIncludeUsage() {
	body, changed := wire.SpliceIncludeUsage([]byte(`{"model":"gpt-4o","stream":true}`))
	fmt.Println(changed, string(body))
	// Output: true {"stream_options":{"include_usage":true},"model":"gpt-4o","stream":true}
}

func ExampleUsageFilter() {
	var f wire.UsageFilter
	out := f.Filter(nil, []byte("data: {\"choices\":[{\"index\":0}]}\n\ndata: {\"choices\":[],\"usage\":{}}\n\ndata: [DONE]\n\n"))
	fmt.Printf("%q\n", f.Flush(out))
	// Output: "data: {\"choices\":[{\"index\":0}]}\n\ndata: [DONE]\n\n"
}

func ExampleInputMessages() {
	messages, system := wire.InputMessages(wire.AnthropicMessages, []byte(`{"system":"be brief","messages":[{"role":"user","content":"hi"}]}`))
	fmt.Println(messages)
	fmt.Println(system)
	// Output:
	// [{"role":"user","parts":[{"type":"text","content":"hi"}]}]
	// [{"type":"text","content":"be brief"}]
}

func ExampleErrorBody() {
	_, body := wire.ErrorBody(wire.Gemini, 429, "", "budget spent")
	fmt.Println(string(body))
	// Output: {"error":{"code":429,"message":"budget spent","status":"RESOURCE_EXHAUSTED"}}
}
