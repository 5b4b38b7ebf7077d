package sdktest

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	anthropicv1 "github.com/anthropics/anthropic-sdk-go"
	optionv1 "github.com/anthropics/anthropic-sdk-go/option"
	"github.com/anthropics/anthropic-sdk-go/v2"
	"github.com/anthropics/anthropic-sdk-go/v2/option"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/telltale-dev/telltale/observe/internal/core"
	"github.com/telltale-dev/telltale/observe/llm"
)

// Of the prompt 1000 tokens of system come from the cache; the user's 200 do not.
// 200·3 + 1000·0.30 + 34·15 = 1410 millionths of a USD.
var messagesWant = want{
	name: "chat claude-sonnet-4-5", provider: "anthropic", endpoint: "/v1/messages", input: "1200", output: "34", read: "1000",
	cost: "0.00141", finish: `["stop"]`,
}

var (
	system = strings.Repeat("four", 1000)
	user   = strings.Repeat("four", 200)
)

func (b *bench) anthropicV1() anthropicv1.Client {
	return anthropicv1.NewClient(optionv1.WithBaseURL(b.url+"/anthropic"), optionv1.WithAPIKey("sk-ant-test-000000000000"), optionv1.WithHTTPClient(b.client))
}

func askV1() anthropicv1.MessageNewParams {
	return anthropicv1.MessageNewParams{
		Model: "claude-sonnet-4-5", MaxTokens: 64,
		System:   []anthropicv1.TextBlockParam{{Text: system, CacheControl: anthropicv1.NewCacheControlEphemeralParam()}},
		Messages: []anthropicv1.MessageParam{anthropicv1.NewUserMessage(anthropicv1.NewTextBlock(user))},
	}
}

func TestAnthropicV1(t *testing.T) {
	b := newBench(t)
	client := b.anthropicV1()
	if _, err := client.Messages.New(t.Context(), askV1()); err != nil {
		t.Fatal(err)
	}
	b.check(t, messagesWant)
}

func TestAnthropicV1Stream(t *testing.T) {
	b := newBench(t)
	client := b.anthropicV1()
	s := client.Messages.NewStreaming(t.Context(), askV1())
	for s.Next() {
	}
	if s.Err() != nil {
		t.Fatal(s.Err())
	}
	w := messagesWant
	w.streamed = true
	b.check(t, w)
}

func TestAnthropicV1PastALimit(t *testing.T) {
	b := newBench(t)
	ctx, session := llm.Session(t.Context(), "s", llm.Limits{Cost: 0.001})
	defer session.End()
	client := b.anthropicV1()
	_, first := client.Messages.New(ctx, askV1())
	_, second := client.Messages.New(ctx, askV1())
	var limit *llm.LimitError
	if first != nil || !errors.As(second, &limit) || limit.Limit != llm.LimitCost {
		t.Errorf("got %v, then %v", first, second)
	}
}

func (b *bench) anthropicV2() anthropic.Client {
	return anthropic.NewClient(option.WithBaseURL(b.url+"/anthropic"), option.WithAPIKey("sk-ant-test-000000000000"), option.WithHTTPClient(b.client))
}

func askV2(model anthropic.Model) anthropic.MessageNewParams {
	return anthropic.MessageNewParams{
		Model: model, MaxTokens: 64,
		System:   []anthropic.TextBlockParam{{Text: system, CacheControl: anthropic.NewCacheControlEphemeralParam()}},
		Messages: []anthropic.MessageParam{anthropic.NewUserMessage(anthropic.NewTextBlock(user))},
	}
}

// The SDK makes a span of its own around ours: Telltale takes both for one call by the response id, and our metrics know
// one only.
func TestAnthropicV2MakesSpansAndCountsOnce(t *testing.T) {
	for _, streamed := range []bool{false, true} {
		b := newBench(t)
		client := b.anthropicV2()
		if streamed {
			s := client.Messages.NewStreaming(t.Context(), askV2("claude-sonnet-4-5"))
			for s.Next() {
			}
			if s.Err() != nil {
				t.Fatal(s.Err())
			}
			_ = s.Close()
		} else if _, err := client.Messages.New(t.Context(), askV2("claude-sonnet-4-5")); err != nil {
			t.Fatal(err)
		}
		w := messagesWant
		w.streamed = streamed
		ours := b.check(t, w)

		var theirs sdktrace.ReadOnlySpan
		for _, s := range b.spans.Ended() {
			if s.InstrumentationScope().Name != core.ScopeName {
				theirs = s
			}
		}
		if theirs == nil {
			t.Fatal("the SDK made no span: the case is not tested")
		}
		if b.ours()[0].Parent().SpanID() != theirs.SpanContext().SpanID() {
			t.Error("our span is not inside the SDK's")
		}
		if id := attributes(theirs)["gen_ai.response.id"]; id == "" || id != ours["gen_ai.response.id"] {
			t.Errorf("response ids %q and %q do not agree", id, ours["gen_ai.response.id"])
		}
	}
}

func TestAnthropicV2Error(t *testing.T) {
	b := newBench(t)
	client := b.anthropicV2()
	_, err := client.Messages.New(t.Context(), askV2("mock-500"), option.WithMaxRetries(0))
	var apiErr *anthropic.Error
	if !errors.As(err, &apiErr) || apiErr.StatusCode != http.StatusInternalServerError {
		t.Fatalf("got %v", err)
	}
	if a := attributes(b.ours()[0]); a["error.type"] != "api_error" {
		t.Errorf("attributes: %v", a)
	}
}
