package wire_test

import (
	"fmt"
	"io"
	"strings"

	"github.com/telltale-dev/telltale/observe/wire"
)

const completion = `data: {"id":"chatcmpl-1","model":"gpt-4o","choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":"stop"}]}

data: {"id":"chatcmpl-1","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":1}}

data: [DONE]

`

func ExampleNewStream() {
	s := wire.NewStream(wire.OpenAIChat)
	_, _ = io.Copy(s, strings.NewReader(completion)) // or an io.TeeReader of the answer's body
	fmt.Println(s.Response().Usage.Output.Value)
	// Output: 1
}

func ExampleStream_Write() {
	s := wire.NewStream(wire.OpenAIChat)
	for piece := range strings.SplitSeq(completion, "c") { // cut anywhere
		_, _ = s.Write([]byte(piece + "c"))
	}
	fmt.Println(s.Response().ID)
	// Output: chatcmpl-1
}

func ExampleStream_Response() {
	s := wire.NewStream(wire.OpenAIChat)
	_, _ = io.WriteString(s, completion[:strings.Index(completion, "\n\n")+2]) // the client went away
	r := s.Response()
	fmt.Println(r.Model, r.FinishReasons, r.Usage.Known())
	// Output: gpt-4o [stop] false
}

func ExampleStream_Finished() {
	s := wire.NewStream(wire.OpenAIChat)
	_, _ = io.WriteString(s, completion[:strings.Index(completion, "data: [DONE]")])
	fmt.Println(s.Finished())
	_, _ = io.WriteString(s, "data: [DONE]\n\n")
	fmt.Println(s.Finished())
	// Output:
	// false
	// true
}

func ExampleStream_Err() {
	s := wire.NewStream(wire.AnthropicMessages)
	_, _ = io.WriteString(s, "event: error\n"+
		`data: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`+"\n\n")
	if err := s.Err(); err != nil {
		fmt.Println(err.Type, err.Message)
	}
	// Output: overloaded_error Overloaded
}

func ExampleStream_Reset() {
	s := wire.NewStream(wire.OpenAIChat)
	_, _ = io.WriteString(s, completion)
	s.Reset(wire.AnthropicMessages) // the next answer, with the same buffers
	r := s.Response()
	fmt.Println(s.Finished(), r.Usage.Known())
	// Output: false false
}

func ExampleHasContent() {
	fmt.Println(wire.HasContent(wire.OpenAIChat, []byte(`data: {"choices":[{"delta":{"role":"assistant","content":""}}]}`+"\n\n")))
	fmt.Println(wire.HasContent(wire.OpenAIChat, []byte(`data: {"choices":[{"delta":{"content":"Hi"}}]}`+"\n\n")))
	// Output:
	// false
	// true
}

func ExampleUsageFilter_Filter() {
	var (
		f   wire.UsageFilter
		out []byte
	)
	for piece := range strings.SplitAfterSeq(completion, "\n\n") {
		out = f.Filter(out, []byte(piece))
	}
	out = f.Flush(out)
	fmt.Println(strings.Count(string(out), "data: "), "of", strings.Count(completion, "data: "), "events pass")
	// Output: 2 of 3 events pass
}

func ExampleUsageFilter_Flush() {
	var f wire.UsageFilter
	out := f.Filter(nil, []byte(`data: {"id":`)) // may be the chunk with usage; then the stream breaks off
	fmt.Printf("%q\n", f.Flush(out))
	// Output: "data: {\"id\":"
}

func ExampleUsageFilter_Removed() {
	var f wire.UsageFilter
	_ = f.Filter(nil, []byte(completion))
	fmt.Println(f.Removed())
	// Output: 1
}

func ExampleUsageFilter_Idle() {
	var f wire.UsageFilter
	_ = f.Filter(nil, []byte("data: {"))
	fmt.Println(f.Idle())
	// Output: false
}

func ExampleUsageFilter_Reset() {
	var f wire.UsageFilter
	_ = f.Filter(nil, []byte(completion))
	f.Reset()
	fmt.Println(f.Removed(), f.Idle())
	// Output: 0 true
}
