package llm_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/telltale-dev/telltale/observe/llm"
	"github.com/telltale-dev/telltale/observe/observetest"
)

// provider stands for one, so that the examples need no key.
var provider = roundTrip(func(*http.Request) (*http.Response, error) {
	const answer = `{"id":"r1","model":"gpt-4o-mini","choices":[{"message":{"content":"Hello."},"finish_reason":"stop"}],
		"usage":{"prompt_tokens":1200,"completion_tokens":34,"prompt_tokens_details":{"cached_tokens":1024}}}`
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(answer))}, nil
})

// ask calls a model as an SDK would.
func ask(ctx context.Context, client *http.Client) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://api.openai.com/v1/chat/completions",
		strings.NewReader(`{"model":"gpt-4o-mini","messages":[{"role":"user","content":"Hi!"}]}`))
	if err != nil {
		return err
	}
	resp, err := client.Do(r)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, resp.Body)
	return errors.Join(err, resp.Body.Close())
}

func ExampleTransport() {
	client := &http.Client{Transport: llm.Transport(provider)} // option.WithHTTPClient(client) of an SDK

	ctx, session := llm.Session(context.Background(), "conversation-8", llm.Limits{})
	defer session.End()
	if err := ask(ctx, client); err != nil {
		fmt.Println(err)
	}
	fmt.Println(session.Calls(), "call,", session.Cost(), "USD")
	// Output: 1 call, 0.0001236 USD
}

func ExampleNewTransport() {
	client := &http.Client{Transport: llm.NewTransport(provider, llm.TransportOptions{
		Endpoints: []llm.Endpoint{{Host: "models.example.com", Prefix: "/llm", Provider: "acme"}},
	})}
	fmt.Println(ask(context.Background(), client))
	// Output: <nil>
}

func ExampleLimitError() {
	client := &http.Client{Transport: llm.Transport(provider)}
	ctx, session := llm.Session(context.Background(), "conversation-3", llm.Limits{Calls: 2})
	defer session.End()
	for {
		var limit *llm.LimitError
		if err := ask(ctx, client); errors.As(err, &limit) {
			fmt.Println(limit)
			return
		}
	}
	// Output: session conversation-3 is over its limit of 2 model calls
}

func ExampleStart() {
	rec := observetest.New(&testing.T{})
	ctx := rec.Context(context.Background()) // in a handler: r.Context()
	_, call := llm.Start(ctx, llm.Call{Provider: "aws.bedrock", Model: "amazon.nova-lite", Messages: []llm.Message{{Content: "Hi!"}}})
	defer call.Close() // ends the call where the code below panics
	if err := call.Err(); err != nil {
		fmt.Println(err) // over a limit of the session
		return
	}
	call.FirstToken()
	call.End(llm.Result{Usage: llm.Usage{Input: 3, Output: 2}, FinishReason: "end_turn", Messages: []llm.Message{{Content: "Hello."}}})
	fmt.Print(rec.Tree("gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens", "gen_ai.response.finish_reasons"))
	// Output: chat amazon.nova-lite (client) gen_ai.usage.input_tokens=3 gen_ai.usage.output_tokens=2 gen_ai.response.finish_reasons=["stop"]
}

func ExampleAgent() {
	research := func(ctx context.Context, question string) (answer string, err error) {
		ctx, run := llm.Agent(ctx, "researcher")
		defer run.End(&err)

		ctx, step := llm.Step(ctx, "search")
		defer step.End(&err)

		ctx, search := llm.Retrieval(ctx, "manuals", question)
		search.Found(llm.Document{ID: "m17", Score: 0.83})
		search.End(nil)

		_, tool := llm.Tool(ctx, llm.ToolCall{Name: "weather", ID: "call_1", Arguments: `{"city":"Rome"}`})
		defer tool.End(&err)
		if err := tool.Err(); err != nil {
			return "", err // over a limit of the session
		}
		tool.Result("clear")
		return "clear", nil
	}
	fmt.Println(research(context.Background(), "How is the weather in Rome?"))
	// Output: clear <nil>
}

// A user presses thumbs up, long after the request of the answer has ended.
func ExampleScore() {
	t := &testing.T{}
	rec := observetest.New(t)
	ctx := rec.Context(context.Background())
	llm.Score(ctx, llm.Evaluation{Name: "user_feedback", Value: 1, Label: "thumbs_up", Model: "gpt-4o-mini", ResponseID: "r1"})
	line := rec.Log(t, "evaluation")
	fmt.Println(line.Attr("response_id"), line.Attr("label"))
	fmt.Println(rec.Metric(t, "llm_evaluation_score", "name=user_feedback"), "judgement")
	// Output:
	// r1 thumbs_up
	// 1 judgement
}
