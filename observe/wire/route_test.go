package wire

import "testing"

func TestParseRoute(t *testing.T) {
	const vertex = "/v1/projects/{project}/locations/{location}/publishers/{publisher}/models/{model}:generateContent"
	for _, tc := range []struct {
		kind         Kind
		method, path string
		want         Route
	}{
		{OpenAI, "POST", "/v1/chat/completions", Route{OpenAIChat, "/v1/chat/completions", ""}},
		{OpenAI, "POST", "/v1/chat/completions/?x=1", Route{OpenAIChat, "/v1/chat/completions", ""}},
		{OpenAI, "POST", "/chat/completions", Route{OpenAIChat, "/chat/completions", ""}},
		{OpenAI, "POST", "/api/v1/chat/completions", Route{OpenAIChat, "/api/v1/chat/completions", ""}},
		{OpenAI, "POST", "/v1/completions", Route{OpenAICompletions, "/v1/completions", ""}},
		{OpenAI, "POST", "/v1/responses", Route{OpenAIResponses, "/v1/responses", ""}},
		{OpenAI, "GET", "/v1/responses/resp_1", Route{OpenAIOther, "/v1/responses/{id}", ""}},
		{OpenAI, "POST", "/v1/responses/input_tokens", Route{OpenAIOther, "/v1/responses/input_tokens", ""}},
		{OpenAI, "POST", "/v1/embeddings", Route{OpenAIEmbeddings, "/v1/embeddings", ""}},
		{OpenAI, "GET", "/v1/models", Route{OpenAIModels, "/v1/models", ""}},
		{OpenAI, "GET", "/v1/models/gpt-4o", Route{OpenAIModels, "/v1/models/{model}", ""}},
		{OpenAI, "GET", "/v1/files/f/content", Route{OpenAIOther, "/v1/files/{id}/content", ""}},
		{OpenAI, "POST", "/v1/messages", Route{AnthropicMessages, "/v1/messages", ""}},
		{OpenAI, "POST", "/openai/deployments/my-gpt/chat/completions?api-version=1", Route{OpenAIChat, "/openai/deployments/{deployment}/chat/completions", "my-gpt"}},
		{Anthropic, "POST", "/v1/messages?beta=true", Route{AnthropicMessages, "/v1/messages", ""}},
		{Anthropic, "POST", "/v1/messages/count_tokens", Route{AnthropicCountTokens, "/v1/messages/count_tokens", ""}},
		{Anthropic, "POST", "/v1/messages/batches", Route{AnthropicOther, "/v1/messages/batches", ""}},
		{Anthropic, "GET", "/v1/messages/batches/b/results", Route{AnthropicOther, "/v1/messages/batches/{id}/{action}", ""}},
		{Anthropic, "GET", "/v1/models", Route{AnthropicModels, "/v1/models", ""}},
		{Gemini, "POST", "/v1beta/models/gemini-2.5-flash:generateContent", Route{GeminiGenerate, "/v1beta/models/{model}:generateContent", "gemini-2.5-flash"}},
		{Gemini, "POST", "/v1/models/g:streamGenerateContent?alt=sse", Route{GeminiStream, "/v1/models/{model}:streamGenerateContent", "g"}},
		{Gemini, "POST", "/v1beta/models/g%20x:countTokens", Route{GeminiCountTokens, "/v1beta/models/{model}:countTokens", "g x"}},
		{Gemini, "POST", "/v1beta/models/e:batchEmbedContents", Route{GeminiEmbed, "/v1beta/models/{model}:batchEmbedContents", "e"}},
		{Gemini, "POST", "/v1/projects/p/locations/l/publishers/google/models/g:generateContent", Route{GeminiGenerate, vertex, "g"}},
		{Gemini, "GET", "/v1beta/models", Route{GeminiModels, "/v1beta/models", ""}},
		{Gemini, "GET", "/v1beta/models/g", Route{GeminiModels, "/v1beta/models/{model}", "g"}},
		{Gemini, "GET", "/v1beta/models/g/operations/o", Route{GeminiOther, "/v1beta/models/{id}/{part}", ""}},
		{Gemini, "POST", "/v1beta/openai/chat/completions", Route{OpenAIChat, "/v1beta/openai/chat/completions", ""}},
		{Gemini, "POST", "/v1beta/models/g:somethingNew", Route{}},
		{OpenAI, "GET", "/v1/embeddings", Route{}},
		{OpenAI, "POST", "/v1/whatever", Route{}},
		{OpenAI, "POST", "", Route{}},
		{OpenAI, "POST", "chat/completions", Route{}},
		{OpenAI, "POST", "/v1//chat/completions", Route{}},
		{Kind("x"), "GET", "/", Route{}},
	} {
		if got := ParseRoute(tc.kind, tc.method, tc.path); got != tc.want {
			t.Errorf("%s %s %s: %+v, want %+v", tc.kind, tc.method, tc.path, got, tc.want)
		}
	}
}

func FuzzParseRoute(f *testing.F) {
	f.Add("gemini", "POST", "/v1beta/models/x:generateContent")
	f.Add("openai", "GET", "/openai/deployments//")
	f.Fuzz(func(t *testing.T, kind, method, path string) {
		if r := ParseRoute(Kind(kind), method, path); len(r.Template) > 200 || len(r.Model) > MaxText || r.API == Unknown && r != (Route{}) {
			t.Fatalf("%+v", r)
		}
	})
}
