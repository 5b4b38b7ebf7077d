package main

import (
	"context"
	"errors"
	"net/http"

	"github.com/anthropics/anthropic-sdk-go/v2"
	"github.com/anthropics/anthropic-sdk-go/v2/option"
)

func anthropicV2Cases(base string) []testCase {
	client := anthropic.NewClient(option.WithBaseURL(base+"/anthropic"), option.WithAPIKey("sk-ant-test-000000000000"), option.WithMaxRetries(2))
	with := func(h http.Header) []option.RequestOption {
		var o []option.RequestOption
		for k := range h {
			o = append(o, option.WithHeader(k, h.Get(k)))
		}
		return o
	}
	ask := anthropic.MessageNewParams{
		Model: "claude-sonnet-4-5", MaxTokens: 64,
		Messages: []anthropic.MessageParam{anthropic.NewUserMessage(anthropic.NewTextBlock("hi there"))},
	}
	usage := func(u anthropic.Usage) facts {
		return facts{"input": u.InputTokens + u.CacheReadInputTokens + u.CacheCreationInputTokens, "output": u.OutputTokens}
	}
	return []testCase{
		{"messages", func(ctx context.Context, h http.Header) (facts, error) {
			r, err := client.Messages.New(ctx, ask, with(h)...)
			if err != nil {
				return nil, err
			}
			f := usage(r.Usage)
			f["id"] = r.ID
			return f, check(r.Content[0].Text != "", "no text")
		}},
		{"stream", func(ctx context.Context, h http.Header) (facts, error) {
			s := client.Messages.NewStreaming(ctx, ask, with(h)...)
			var m anthropic.Message
			for s.Next() {
				if err := m.Accumulate(s.Current()); err != nil {
					return nil, err
				}
			}
			if s.Err() != nil {
				return nil, s.Err()
			}
			f := usage(m.Usage)
			f["id"] = m.ID
			return f, check(m.Content[0].Text != "", "no text")
		}},
		{"count_tokens", func(ctx context.Context, h http.Header) (facts, error) {
			r, err := client.Messages.CountTokens(ctx, anthropic.MessageCountTokensParams{Model: ask.Model, Messages: ask.Messages}, with(h)...)
			if err != nil {
				return nil, err
			}
			return facts{"uncounted": true}, check(r.InputTokens > 0, "no tokens")
		}},
		{"error", func(ctx context.Context, h http.Header) (facts, error) {
			p := ask
			p.Model = "mock-500"
			_, err := client.Messages.New(ctx, p, append(with(h), option.WithMaxRetries(0))...)
			var apiErr *anthropic.Error
			return facts{"failed": true}, check(errors.As(err, &apiErr) && apiErr.StatusCode == http.StatusInternalServerError, "got %v", err)
		}},
	}
}
