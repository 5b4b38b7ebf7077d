package llm_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/telltale-dev/telltale/observe/llm"
	"github.com/telltale-dev/telltale/observe/price"
	"github.com/telltale-dev/telltale/observe/wire"
)

func ExampleIsModelCall() {
	for _, url := range []string{"https://api.openai.com/v1/chat/completions", "https://api.example.com/orders"} {
		r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, url, http.NoBody)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(r.URL.Host, llm.IsModelCall(r))
	}
	// Output:
	// api.openai.com true
	// api.example.com false
}

// A model of one's own, behind a host that speaks like Anthropic.
func ExampleEndpoint() {
	tel := service()
	defer func() { _ = tel.Shutdown(context.Background()) }()
	model := roundTrip(func(*http.Request) (*http.Response, error) {
		const answer = `{"model":"acme-large","stop_reason":"end_turn","usage":{"input_tokens":9,"output_tokens":2}}`
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(answer))}, nil
	})
	client := http.Client{Transport: llm.NewTransport(model, llm.TransportOptions{
		Endpoints: []llm.Endpoint{{Host: "models.internal", Prefix: "/v2", Provider: "acme", Kind: wire.Anthropic}},
	})}
	r, err := http.NewRequestWithContext(tel.Context(context.Background()), http.MethodPost, "https://models.internal/v2/v1/messages",
		strings.NewReader(`{"model":"acme-large","max_tokens":100,"messages":[{"role":"user","content":"Hi!"}]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	resp, err := client.Do(r)
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = resp.Body.Close()
	showCounts(tel, "llm_calls_total")
	// Output: endpoint=/v1/messages model=acme-large provider=acme status=success 1
}

// A provider that says what the call cost.
func ExampleResult() {
	ctx, session := llm.Session(context.Background(), "conversation-7", llm.Limits{})
	defer session.End()
	_, call := llm.Start(ctx, llm.Call{Provider: "acme", Model: "acme-large"})
	cost := price.Amount(2_500_000_000) // in 1e-12 USD
	call.End(llm.Result{Model: "acme-large-2", Usage: llm.Usage{Input: 1000, Output: 50}, Cost: &cost})
	fmt.Println(session.Cost(), "USD")
	// Output: 0.0025 USD
}

func ExampleCallRun_Err() {
	ctx, session := llm.Session(context.Background(), "conversation-2", llm.Limits{Calls: 1})
	defer session.End()
	for range 2 {
		_, call := llm.Start(ctx, llm.Call{Provider: "aws.bedrock", Model: "amazon.nova-lite"})
		fmt.Println(call.Err())
		call.End(llm.Result{})
	}
	// Output:
	// <nil>
	// session conversation-2 is over its limit of 1 model calls
}

func ExampleCallRun_FirstToken() {
	stream := []string{"Hel", "lo", "."} // stands for one of an SDK
	_, call := llm.Start(context.Background(), llm.Call{Provider: "aws.bedrock", Model: "amazon.nova-lite", Stream: true})
	defer call.Close()
	answer := ""
	for _, token := range stream {
		call.FirstToken() // the first one counts
		answer += token
	}
	call.End(llm.Result{FinishReason: "end_turn", Messages: []llm.Message{{Content: answer}}})
	fmt.Println(answer)
	// Output: Hello.
}

func ExampleCallRun_End() {
	tel := service()
	defer func() { _ = tel.Shutdown(context.Background()) }()
	_, call := llm.Start(tel.Context(context.Background()), llm.Call{Provider: "aws.bedrock", Model: "amazon.nova-lite"})
	call.End(llm.Result{Err: errors.New("throttled")})
	call.End(llm.Result{}) // only the first counts
	showCounts(tel, "llm_calls_total")
	// Output: endpoint=other model=amazon.nova-lite provider=aws.bedrock status=failure 1
}

// Close ends the call that an early return leaves open.
func ExampleCallRun_Close() {
	invoke := func(ctx context.Context, prompt string) error {
		_, call := llm.Start(ctx, llm.Call{Provider: "aws.bedrock", Model: "amazon.nova-lite"})
		defer call.Close()
		if prompt == "" {
			return errors.New("no prompt")
		}
		call.End(llm.Result{})
		return nil
	}
	fmt.Println(invoke(context.Background(), ""))
	// Output: no prompt
}
