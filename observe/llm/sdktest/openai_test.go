package sdktest

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/responses"

	"github.com/telltale-dev/telltale/observe/llm"
)

// long has 1200 tokens, of which the mock says 1152 were cached.
var long = strings.Repeat("four", 1200)

// costs of these: 48·0.15 + 1152·0.075 + 34·0.60 = 114 millionths of a USD.
var chatWant = want{
	name: "chat gpt-4o-mini", provider: "openai", endpoint: "/v1/chat/completions", input: "1200", output: "34", read: "1152",
	cost: "0.000114", finish: `["stop"]`,
}

func (b *bench) openai(more ...option.RequestOption) openai.Client {
	return openai.NewClient(append([]option.RequestOption{
		option.WithBaseURL(b.url + "/openai/v1"), option.WithAPIKey("sk-test-0000000000000000000000"), option.WithHTTPClient(b.client),
	}, more...)...)
}

func ask(model string) openai.ChatCompletionNewParams {
	return openai.ChatCompletionNewParams{Model: model, Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage(long)}}
}

func TestOpenAIChat(t *testing.T) {
	b := newBench(t)
	client := b.openai()
	r, err := client.Chat.Completions.New(t.Context(), ask("gpt-4o-mini"))
	if err != nil {
		t.Fatal(err)
	}
	if a := b.check(t, chatWant); a["gen_ai.response.id"] != r.ID {
		t.Errorf("response id %q, want %q", a["gen_ai.response.id"], r.ID)
	}
}

func TestOpenAIStream(t *testing.T) {
	b := newBench(t)
	client := b.openai()
	s := client.Chat.Completions.NewStreaming(t.Context(), ask("gpt-4o-mini"))
	acc := openai.ChatCompletionAccumulator{}
	for s.Next() {
		if c := s.Current(); len(c.Choices) == 0 {
			t.Errorf("a chunk nobody asked for: %s", c.RawJSON())
		}
		acc.AddChunk(s.Current())
	}
	if s.Err() != nil || len(acc.Choices[0].Message.Content) != 4*34 {
		t.Fatalf("%v, %d bytes", s.Err(), len(acc.Choices[0].Message.Content))
	}
	w := chatWant
	w.streamed = true
	b.check(t, w)
}

func TestOpenAITools(t *testing.T) {
	b := newBench(t)
	p := ask("gpt-4o-mini")
	p.Tools = []openai.ChatCompletionToolUnionParam{openai.ChatCompletionFunctionTool(openai.FunctionDefinitionParam{
		Name: "get_weather", Parameters: openai.FunctionParameters{
			"type": "object", "properties": map[string]any{"city": map[string]string{"type": "string"}}, "required": []string{"city"},
		},
	})}
	client := b.openai()
	if _, err := client.Chat.Completions.New(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	a := attributes(b.ours()[0])
	if a["gen_ai.response.finish_reasons"] != `["tool_call"]` || !strings.Contains(a["gen_ai.output.messages"], "get_weather") {
		t.Errorf("attributes: %v", a)
	}
}

func TestOpenAIResponses(t *testing.T) {
	for _, streamed := range []bool{false, true} {
		b := newBench(t)
		client := b.openai()
		p := responses.ResponseNewParams{Model: "gpt-4o-mini", Input: responses.ResponseNewParamsInputUnion{OfString: openai.String(long)}}
		if streamed {
			s := client.Responses.NewStreaming(t.Context(), p)
			for s.Next() {
			}
			if s.Err() != nil {
				t.Fatal(s.Err())
			}
		} else if _, err := client.Responses.New(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		w := chatWant
		w.endpoint, w.streamed = "/v1/responses", streamed
		b.check(t, w)
	}
}

func TestOpenAIEmbeddings(t *testing.T) {
	b := newBench(t)
	client := b.openai()
	_, err := client.Embeddings.New(t.Context(), openai.EmbeddingNewParams{
		Model: "text-embedding-3-small", Input: openai.EmbeddingNewParamsInputUnion{OfArrayOfStrings: []string{"four", "eight ch"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	b.check(t, want{name: "embeddings text-embedding-3-small", provider: "openai", endpoint: "/v1/embeddings", input: "3", cost: "6e-08"})
}

func TestOpenAIErrorAndRetry(t *testing.T) {
	b := newBench(t)
	client := b.openai()
	_, err := client.Chat.Completions.New(t.Context(), ask("mock-500"), option.WithMaxRetries(0))
	var apiErr *openai.Error
	if !errors.As(err, &apiErr) || apiErr.StatusCode != http.StatusInternalServerError {
		t.Fatalf("got %v", err)
	}
	if _, err := client.Chat.Completions.New(t.Context(), ask("mock-429-once")); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range b.ours() {
		a := attributes(s)
		got = append(got, a["http.response.status_code"]+" "+a["error.type"]+" "+a["http.request.resend_count"])
	}
	if strings.Join(got, ", ") != "500 server_error , 429 rate_limit_error , 200  1" {
		t.Errorf("tries: %q", got)
	}
	if f, s := b.sum(t, "llm_calls_total", "failure"), b.sum(t, "llm_calls_total", "success"); f != 2 || s != 1 {
		t.Errorf("%v failures and %v successes", f, s)
	}
}

func TestOpenAICancel(t *testing.T) {
	b := newBench(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	client := b.openai()
	s := client.Chat.Completions.NewStreaming(ctx, ask("mock-slow-stream"))
	for range 3 {
		if !s.Next() {
			t.Fatal(s.Err())
		}
	}
	cancel()
	for s.Next() {
	}
	_ = s.Close()
	a := attributes(b.ours()[0])
	if a["telltale.client_disconnected"] != "true" || a["telltale.usage"] != "estimated" || a["gen_ai.usage.input_tokens"] != "1200" || a["gen_ai.usage.cost"] == "" {
		t.Errorf("attributes: %v", a)
	}
}

func TestOpenAIPastALimit(t *testing.T) {
	b := newBench(t)
	ctx, session := llm.Session(t.Context(), "s", llm.Limits{Calls: 1})
	defer session.End()
	attempts := 0
	client := b.openai(option.WithMiddleware(func(r *http.Request, next option.MiddlewareNext) (*http.Response, error) {
		attempts++
		return next(r)
	}))
	if _, err := client.Chat.Completions.New(ctx, ask("gpt-4o-mini")); err != nil {
		t.Fatal(err)
	}
	_, err := client.Chat.Completions.New(ctx, ask("gpt-4o-mini"))
	_, _ = client.Responses.New(ctx, responses.ResponseNewParams{Model: "gpt-4o-mini"})
	s := client.Chat.Completions.NewStreaming(ctx, ask("gpt-4o-mini"))
	s.Next()
	var limit, streamed *llm.LimitError
	if !errors.As(err, &limit) || !errors.As(s.Err(), &streamed) || limit.Limit != llm.LimitCalls {
		t.Errorf("got %v and %v", err, s.Err())
	}
	if attempts != 4 {
		t.Errorf("the SDK tried again: %d attempts of 4 calls", attempts)
	}
	if n := b.sum(t, "llm_calls_total"); n != 1 {
		t.Errorf("%v calls", n)
	}
}
