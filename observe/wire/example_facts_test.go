package wire_test

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/telltale-dev/telltale/observe/wire"
)

func ExampleParseRoute() {
	route := wire.ParseRoute(wire.Gemini, http.MethodPost, "/v1beta/models/gemini-2.5-flash:generateContent")
	fmt.Println(route.Template, route.Model)
	// Output: /v1beta/models/{model}:generateContent gemini-2.5-flash
}

func ExampleRoute() {
	if route := wire.ParseRoute(wire.OpenAI, http.MethodPost, "/v1/whatever"); route.API == wire.Unknown {
		fmt.Println("pass it on unread")
	}
	// Output: pass it on unread
}

func ExampleAPI() {
	for _, api := range []wire.API{wire.OpenAIChat, wire.AnthropicMessages, wire.GeminiEmbed, wire.OpenAIModels} {
		fmt.Printf("%s %q\n", api.Kind(), api.Operation())
	}
	// Output:
	// openai "chat"
	// anthropic "chat"
	// gemini "embeddings"
	// openai ""
}

func ExampleAPI_Kind() {
	fmt.Println(wire.AnthropicCountTokens.Kind())
	// Output: anthropic
}

func ExampleAPI_Operation() {
	fmt.Println(wire.OpenAIEmbeddings.Operation())
	// Output: embeddings
}

func ExampleKind() {
	for _, k := range []wire.Kind{wire.OpenAI, wire.Anthropic, wire.Gemini} {
		contentType, _ := wire.ErrorBody(k, http.StatusTooManyRequests, "", "slow down")
		fmt.Println(k, contentType)
	}
	// Output:
	// openai application/json
	// anthropic application/json
	// gemini application/json
}

func ExampleRequest() {
	r := wire.ScanRequest(wire.OpenAIChat, []byte(`{"model":"gpt-4o","temperature":0,"tools":[{"type":"function"}]}`))
	fmt.Println(r.Temperature.Known, r.MaxTokens.Known, r.Tools)
	// Output: true false 1
}

func ExampleFloat() {
	r := wire.ScanRequest(wire.OpenAIChat, []byte(`{"temperature":0}`))
	fmt.Println(r.Temperature.Value, r.Temperature.Known) // set, to zero
	// Output: 0 true
}

func ExampleScanResponse() {
	r := wire.ScanResponse(wire.AnthropicMessages, http.StatusOK, []byte(`{"id":"msg_1","model":"claude-sonnet-4-5",`+
		`"stop_reason":"end_turn","usage":{"input_tokens":5,"cache_read_input_tokens":100,"output_tokens":7}}`))
	fmt.Println(r.Model, r.FinishReasons, r.Usage.Input.Value, r.Usage.CacheRead.Value, r.Usage.Output.Value)
	// Output: claude-sonnet-4-5 [stop] 105 100 7
}

func ExampleResponse() {
	r := wire.ScanResponse(wire.OpenAIChat, http.StatusBadGateway, nil)
	if r.Error != nil { // by status alone
		fmt.Println("failed, usage known:", r.Usage.Known())
	}
	// Output: failed, usage known: false
}

func ExampleError() {
	r := wire.ScanResponse(wire.OpenAIChat, http.StatusBadRequest, []byte(
		`{"error":{"type":"invalid_request_error","code":"context_length_exceeded","message":"too long"}}`))
	if r.Error.Code == "context_length_exceeded" {
		fmt.Println("summarise and try again")
	}
	// Output: summarise and try again
}

func ExampleError_Error() {
	var err error = &wire.Error{Type: "overloaded_error", Message: "Overloaded"}
	fmt.Println(err)
	// Output: overloaded_error: Overloaded
}

func ExampleUsage() {
	u := wire.ScanResponse(wire.OpenAIChat, http.StatusOK, []byte(
		`{"usage":{"prompt_tokens":12,"completion_tokens":3}}`)).Usage
	fmt.Println(u.Input.Value+u.Output.Value, "tokens")
	// Output: 15 tokens
}

func ExampleUsage_Known() {
	u := wire.ScanResponse(wire.OpenAIChat, http.StatusOK, []byte(`{"id":"chatcmpl-1"}`)).Usage
	fmt.Println(u.Known()) // not to be billed as zero
	// Output: false
}

func ExampleCount() {
	u := wire.ScanResponse(wire.OpenAIChat, http.StatusOK, []byte(`{"usage":{"prompt_tokens":12}}`)).Usage
	fmt.Println(u.Input, u.Reasoning)
	// Output: {12 true} {0 false}
}

func ExampleFinishReason() {
	for _, word := range []string{"end_turn", "MAX_TOKENS", "tool_calls", "SAFETY"} {
		fmt.Println(wire.FinishReason(word))
	}
	// Output:
	// stop
	// length
	// tool_call
	// content_filter
}

func ExampleOutputMessages() {
	fmt.Println(wire.OutputMessages(wire.OpenAIChat, []byte(completion), true))
	// Output: [{"role":"assistant","parts":[{"type":"text","content":"Hi"}],"finish_reason":"stop"}]
}

func ExampleTextBytes() {
	fmt.Println(wire.TextBytes(`[{"role":"user","parts":[{"type":"text","content":"hello"}]}]`))
	// Output: 5
}

func ExampleBound() {
	long := `[{"role":"user","parts":[{"type":"text","content":"` + fmt.Sprintf("%0200d", 0) + `"}]}]`
	short := wire.Bound(long, 150, 0)
	fmt.Println(len(long), len(short) <= 150)
	// Output: 256 true
}

// What a provider says is bounded, however long it is.
func ExampleMaxText() {
	body := `{"error":{"type":"server_error","message":"` + strings.Repeat("very ", 10_000) + `sorry"}}`
	r := wire.ScanResponse(wire.OpenAIChat, http.StatusInternalServerError, []byte(body))
	fmt.Println(len(body) > wire.MaxText, len(r.Error.Message) <= wire.MaxText)
	// Output: true true
}
