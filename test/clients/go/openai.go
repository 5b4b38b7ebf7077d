package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/responses"
)

func openaiCases(base string) []testCase {
	client := openai.NewClient(option.WithBaseURL(base+"/openai/v1"), option.WithAPIKey("sk-test-0000000000000000000000"), option.WithMaxRetries(2))
	with := func(h http.Header) []option.RequestOption {
		var o []option.RequestOption
		for k := range h {
			o = append(o, option.WithHeader(k, h.Get(k)))
		}
		return o
	}
	ask := openai.ChatCompletionNewParams{
		Model:    "gpt-4o-mini",
		Messages: []openai.ChatCompletionMessageParamUnion{openai.SystemMessage("be brief"), openai.UserMessage("hi there")},
	}
	usage := func(u openai.CompletionUsage) facts {
		return facts{"input": u.PromptTokens, "output": u.CompletionTokens}
	}
	return []testCase{
		{"chat", func(ctx context.Context, h http.Header) (facts, error) {
			r, err := client.Chat.Completions.New(ctx, ask, with(h)...)
			if err != nil {
				return nil, err
			}
			return usage(r.Usage), check(r.Choices[0].Message.Content != "", "no content")
		}},
		{"stream", func(ctx context.Context, h http.Header) (facts, error) {
			s := client.Chat.Completions.NewStreaming(ctx, ask, with(h)...)
			acc := openai.ChatCompletionAccumulator{}
			for s.Next() {
				c := s.Current()
				acc.AddChunk(c)
				if err := check(len(c.Choices) > 0, "a chunk the client did not ask for came through"); err != nil {
					return nil, err
				}
			}
			if s.Err() != nil {
				return nil, s.Err()
			}
			return facts{}, check(acc.Choices[0].Message.Content != "", "no content")
		}},
		{"stream_usage", func(ctx context.Context, h http.Header) (facts, error) {
			p := ask
			p.StreamOptions = openai.ChatCompletionStreamOptionsParam{IncludeUsage: openai.Bool(true)}
			s := client.Chat.Completions.NewStreaming(ctx, p, with(h)...)
			acc := openai.ChatCompletionAccumulator{}
			for s.Next() {
				acc.AddChunk(s.Current())
			}
			return usage(acc.Usage), s.Err()
		}},
		{"tools", func(ctx context.Context, h http.Header) (facts, error) {
			p := ask
			p.Tools = []openai.ChatCompletionToolUnionParam{openai.ChatCompletionFunctionTool(openai.FunctionDefinitionParam{
				Name: "get_weather", Parameters: openai.FunctionParameters{
					"type": "object", "properties": map[string]any{"city": map[string]string{"type": "string"}}, "required": []string{"city"},
				},
			})}
			r, err := client.Chat.Completions.New(ctx, p, with(h)...)
			if err != nil {
				return nil, err
			}
			calls := r.Choices[0].Message.ToolCalls
			if err := check(len(calls) == 1 && json.Valid([]byte(calls[0].Function.Arguments)), "tool calls: %v", calls); err != nil {
				return nil, err
			}
			f := usage(r.Usage)
			f["finish"] = "tool_call"
			return f, nil
		}},
		{"responses", func(ctx context.Context, h http.Header) (facts, error) {
			r, err := client.Responses.New(ctx, responses.ResponseNewParams{
				Model: "gpt-4o-mini", Input: responses.ResponseNewParamsInputUnion{OfString: openai.String("hi there")},
			}, with(h)...)
			if err != nil {
				return nil, err
			}
			return facts{"input": r.Usage.InputTokens, "output": r.Usage.OutputTokens}, check(r.OutputText() != "", "no text")
		}},
		{"embeddings", func(ctx context.Context, h http.Header) (facts, error) {
			r, err := client.Embeddings.New(ctx, openai.EmbeddingNewParams{
				Model: "text-embedding-3-small", Input: openai.EmbeddingNewParamsInputUnion{OfArrayOfStrings: []string{"one", "two"}},
			}, with(h)...)
			if err != nil {
				return nil, err
			}
			return facts{"input": r.Usage.PromptTokens}, check(len(r.Data) == 2, "%d vectors", len(r.Data))
		}},
		{"error", func(ctx context.Context, h http.Header) (facts, error) {
			p := ask
			p.Model = "mock-500"
			_, err := client.Chat.Completions.New(ctx, p, append(with(h), option.WithMaxRetries(0))...)
			var apiErr *openai.Error
			return facts{"failed": true}, check(errors.As(err, &apiErr) && apiErr.StatusCode == http.StatusInternalServerError, "got %v", err)
		}},
		{"retry", func(ctx context.Context, h http.Header) (facts, error) {
			p := ask
			p.Model = "mock-429-once"
			_, err := client.Chat.Completions.New(ctx, p, with(h)...)
			return facts{"calls": 2}, err
		}},
		{"cancel", func(ctx context.Context, h http.Header) (facts, error) {
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			p := ask
			p.Model = "mock-slow-stream"
			s := client.Chat.Completions.NewStreaming(ctx, p, with(h)...)
			ok := s.Next()
			cancel()
			return facts{"cancelled": true}, check(ok, "no chunk: %v", s.Err())
		}},
	}
}
