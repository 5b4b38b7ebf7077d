package sdktest

import (
	"errors"
	"net/http"
	"testing"

	"google.golang.org/genai"

	"github.com/telltale-dev/telltale/observe/llm"
)

// 1200·0.30 + 34·2.50 = 445 millionths of a USD.
var generateWant = want{
	name: "generate_content gemini-2.5-flash", provider: "gcp.gemini", endpoint: "/v1beta/models/{model}:generateContent",
	input: "1200", output: "34", cost: "0.000445", finish: `["stop"]`,
}

func (b *bench) genai(t *testing.T) *genai.Client {
	t.Helper()
	client, err := genai.NewClient(t.Context(), &genai.ClientConfig{
		APIKey: "AIza-test-000000000000000000000000000000", Backend: genai.BackendGeminiAPI, HTTPClient: b.client,
		HTTPOptions: genai.HTTPOptions{BaseURL: b.url + "/gemini"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func TestGenAI(t *testing.T) {
	b := newBench(t)
	if _, err := b.genai(t).Models.GenerateContent(t.Context(), "gemini-2.5-flash", genai.Text(long), nil); err != nil {
		t.Fatal(err)
	}
	b.check(t, generateWant)
}

func TestGenAIStream(t *testing.T) {
	b := newBench(t)
	for _, err := range b.genai(t).Models.GenerateContentStream(t.Context(), "gemini-2.5-flash", genai.Text(long), nil) {
		if err != nil {
			t.Fatal(err)
		}
	}
	w := generateWant
	w.endpoint, w.streamed = "/v1beta/models/{model}:streamGenerateContent", true
	b.check(t, w)
}

func TestGenAIError(t *testing.T) {
	b := newBench(t)
	_, err := b.genai(t).Models.GenerateContent(t.Context(), "mock-500", genai.Text("hi"), nil)
	var apiErr genai.APIError
	if !errors.As(err, &apiErr) || apiErr.Code != http.StatusInternalServerError {
		t.Fatalf("got %v", err)
	}
	if a := attributes(b.ours()[0]); a["error.type"] != "INTERNAL" || a["gen_ai.request.model"] != "mock-500" {
		t.Errorf("attributes: %v", a)
	}
}

func TestGenAIPastALimit(t *testing.T) {
	b := newBench(t)
	ctx, session := llm.Session(t.Context(), "s", llm.Limits{Calls: 1})
	defer session.End()
	client := b.genai(t)
	_, first := client.Models.GenerateContent(ctx, "gemini-2.5-flash", genai.Text(long), nil)
	_, second := client.Models.GenerateContent(ctx, "gemini-2.5-flash", genai.Text(long), nil)
	var limit *llm.LimitError
	if first != nil || !errors.As(second, &limit) {
		t.Errorf("got %v, then %v", first, second)
	}
}
