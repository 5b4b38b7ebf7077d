package llmmock_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/telltale-dev/telltale/observe/observetest/llmmock"
	"github.com/telltale-dev/telltale/observe/wire"
)

// post sends a body to the mock. An SDK is given srv.URL+"/v1" as its base URL instead.
func post(srv *httptest.Server, path, body string) []byte {
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, srv.URL+path, strings.NewReader(body))
	if err != nil {
		panic(err)
	}
	r.Header.Set("Authorization", "Bearer any")
	resp, err := srv.Client().Do(r)
	if err != nil {
		panic(err)
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		panic(err)
	}
	return answer
}

func Example() {
	srv := httptest.NewServer(llmmock.New(llmmock.Options{}))
	defer srv.Close()
	answer := post(srv, "/v1/chat/completions", `{"model":"gpt-4o","messages":[{"role":"user","content":"Hi!"}]}`)
	fmt.Println(wire.OutputMessages(wire.OpenAIChat, answer, false))
	// Output: [{"role":"assistant","parts":[{"type":"text","content":"You said: Hi!"}],"finish_reason":"stop"}]
}

// What a client really sends can be looked at.
func ExampleOptions() {
	mock := llmmock.New(llmmock.Options{
		Text: "Rome.",
		OnRequest: func(r llmmock.Request) {
			fmt.Println(r.Method, r.Path, len(r.Body), "of at most", llmmock.MaxBody, "bytes")
		},
	})
	srv := httptest.NewServer(mock)
	defer srv.Close()
	answer := post(srv, "/v1/messages", `{"model":"claude-sonnet-4-5","max_tokens":9,"messages":[{"role":"user","content":"Where?"}]}`)
	fmt.Println(strings.Contains(string(answer), "Rome."))
	// Output:
	// POST /v1/messages 92 of at most 67108864 bytes
	// true
}

// A test computes the usage it expects.
func ExampleCountTokens() {
	srv := httptest.NewServer(llmmock.New(llmmock.Options{Text: "Forty-two."}))
	defer srv.Close()
	const prompt = "What is the answer?"
	answer := post(srv, "/v1/chat/completions", `{"model":"o3","messages":[{"role":"user","content":"`+prompt+`"}]}`)
	usage := wire.ScanResponse(wire.OpenAIChat, http.StatusOK, answer).Usage
	fmt.Println(usage.Input.Value == int64(llmmock.CountTokens(prompt)))
	fmt.Println(usage.Output.Value == int64(llmmock.CountTokens("Forty-two.")+llmmock.ReasoningTokens)) // o3 reasons
	// Output:
	// true
	// true
}

// A model by the name of a fault fails in that way: here the first try, so that retries can be tested.
func ExampleMock() {
	mock := llmmock.New(llmmock.Options{})
	for range 2 {
		r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "/v1/chat/completions",
			strings.NewReader(`{"model":"mock-429-once","messages":[{"role":"user","content":"Hi!"}]}`))
		r.Header.Set("Authorization", "Bearer any")
		w := httptest.NewRecorder()
		mock.ServeHTTP(w, r)
		fmt.Println(w.Code, w.Header().Get("Retry-After"))
	}
	// Output:
	// 429 1
	// 200
}
