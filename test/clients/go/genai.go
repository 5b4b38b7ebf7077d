package main

import (
	"context"
	"errors"
	"net/http"

	"google.golang.org/genai"
)

func genaiCases(base string) []testCase {
	client := func(ctx context.Context, h http.Header) (*genai.Client, error) {
		return genai.NewClient(ctx, &genai.ClientConfig{
			APIKey: "AIza-test-000000000000000000000000000000", Backend: genai.BackendGeminiAPI,
			HTTPOptions: genai.HTTPOptions{BaseURL: base + "/gemini", Headers: h},
		})
	}
	usage := func(u *genai.GenerateContentResponseUsageMetadata) facts {
		return facts{"input": u.PromptTokenCount, "output": u.CandidatesTokenCount + u.ThoughtsTokenCount}
	}
	const model = "gemini-2.5-flash"
	return []testCase{
		{"generate", func(ctx context.Context, h http.Header) (facts, error) {
			c, err := client(ctx, h)
			if err != nil {
				return nil, err
			}
			r, err := c.Models.GenerateContent(ctx, model, genai.Text("hi there"), nil)
			if err != nil {
				return nil, err
			}
			return usage(r.UsageMetadata), check(r.Text() != "", "no text")
		}},
		{"stream", func(ctx context.Context, h http.Header) (facts, error) {
			c, err := client(ctx, h)
			if err != nil {
				return nil, err
			}
			var last *genai.GenerateContentResponse
			text := ""
			for r, err := range c.Models.GenerateContentStream(ctx, model, genai.Text("hi there"), nil) {
				if err != nil {
					return nil, err
				}
				last = r
				text += r.Text()
			}
			return usage(last.UsageMetadata), check(text != "", "no text")
		}},
		{"count_tokens", func(ctx context.Context, h http.Header) (facts, error) {
			c, err := client(ctx, h)
			if err != nil {
				return nil, err
			}
			r, err := c.Models.CountTokens(ctx, model, genai.Text("hi there"), nil)
			if err != nil {
				return nil, err
			}
			return facts{"uncounted": true}, check(r.TotalTokens > 0, "no tokens")
		}},
		{"error", func(ctx context.Context, h http.Header) (facts, error) {
			c, err := client(ctx, h)
			if err != nil {
				return nil, err
			}
			_, err = c.Models.GenerateContent(ctx, "mock-500", genai.Text("hi"), nil)
			var apiErr genai.APIError
			return facts{"failed": true}, check(errors.As(err, &apiErr) && apiErr.Code == http.StatusInternalServerError, "got %v", err)
		}},
	}
}
