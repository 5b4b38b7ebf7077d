package wire

import (
	"net/url"
	"strings"
)

// Kind is a family of APIs: how a provider speaks, not who it is.
type Kind string

// Kinds.
const (
	OpenAI    Kind = "openai"
	Anthropic Kind = "anthropic"
	Gemini    Kind = "gemini"
)

// API is one call of a kind.
type API uint8

// APIs. The Other of a kind are paths that are known but use no tokens of their own: files, batches, a stored response.
const (
	Unknown API = iota
	OpenAIChat
	OpenAICompletions
	OpenAIResponses
	OpenAIEmbeddings
	OpenAIModels
	OpenAIOther
	AnthropicMessages
	AnthropicCountTokens
	AnthropicModels
	AnthropicOther
	GeminiGenerate
	GeminiStream
	GeminiEmbed
	GeminiCountTokens
	GeminiModels
	GeminiOther
)

// Kind is the family; empty for Unknown.
func (a API) Kind() Kind {
	switch {
	case a == Unknown:
		return ""
	case a <= OpenAIOther:
		return OpenAI
	case a <= AnthropicOther:
		return Anthropic
	}
	return Gemini
}

// Operation is the value of gen_ai.operation.name: chat, text_completion, generate_content or embeddings; empty where no
// tokens are used.
func (a API) Operation() string {
	switch a {
	case OpenAIChat, OpenAIResponses, AnthropicMessages:
		return "chat"
	case OpenAICompletions:
		return "text_completion"
	case GeminiGenerate, GeminiStream:
		return "generate_content"
	case OpenAIEmbeddings, GeminiEmbed:
		return "embeddings"
	}
	return ""
}

// Route is what a method and a path say.
type Route struct {
	API      API
	Template string // of a bounded set, for labels: "/v1/chat/completions", "/v1beta/models/{model}:generateContent"; empty if unknown
	Model    string // from the path, where the API puts it there
}

// ParseRoute reads the path that follows a provider's prefix, as in "/v1/chat/completions" or
// "/v1beta/models/gemini-2.5-flash:generateContent". A query is ignored. Paths it does not know give the zero Route.
//
// Providers that speak another's API besides their own are understood: Messages at an OpenAI kind, Chat Completions at
// an Anthropic or Gemini kind.
func ParseRoute(k Kind, method, path string) Route {
	path, _, _ = strings.Cut(path, "?")
	path, _, _ = strings.Cut(path, "#")
	path = strings.TrimSuffix(path, "/")
	if !strings.HasPrefix(path, "/") {
		return Route{}
	}
	if k == Gemini {
		if r := geminiRoute(method, path); r.API != Unknown {
			return r
		}
	}
	if k == OpenAI {
		if r := azureRoute(method, path); r.API != Unknown {
			return r
		}
	}
	version, rest := cutVersion(path)
	for i := range routes {
		if t := &routes[i]; (t.kind == "" || t.kind == k) && t.method.accepts(method) {
			if t.template == rest || strings.IndexByte(t.template, '{') >= 0 && matches(t.template, rest) {
				return Route{API: t.api, Template: templates[version][i]}
			}
		}
	}
	return Route{}
}

// versions are what stands before the part of a path that names the call; the last is that there is none.
var versions = []string{"/v1beta/openai", "/api/paas/v4", "/openai/v1", "/api/v1", "/v1beta", "/v1", ""}

// cutVersion returns which of the versions the path begins with.
func cutVersion(path string) (version int, rest string) {
	for i, v := range versions {
		if rest, ok := strings.CutPrefix(path, v); ok && strings.HasPrefix(rest, "/") {
			return i, rest
		}
	}
	return len(versions) - 1, path
}

// templates are those of routes behind each of the versions.
var templates = func() [][]string {
	all := make([][]string, len(versions))
	for v, version := range versions {
		for i := range routes {
			all[v] = append(all[v], version+routes[i].template)
		}
	}
	return all
}()

type verb uint8

const (
	anyVerb verb = iota
	post
	read
)

func (v verb) accepts(method string) bool {
	switch v {
	case post:
		return method == "POST"
	case read:
		return method == "GET" || method == "HEAD" || method == "DELETE"
	}
	return true
}

// routes below the version, the first that fits counts. An empty kind is any.
var routes = []struct {
	kind     Kind
	method   verb
	template string
	api      API
}{
	{"", post, "/chat/completions", OpenAIChat},
	{"", post, "/messages", AnthropicMessages},
	{"", post, "/messages/count_tokens", AnthropicCountTokens},
	{OpenAI, post, "/completions", OpenAICompletions},
	{OpenAI, post, "/responses", OpenAIResponses},
	{"", post, "/embeddings", OpenAIEmbeddings},
	{Anthropic, read, "/models", AnthropicModels},
	{Anthropic, read, "/models/{model}", AnthropicModels},
	{"", read, "/models", OpenAIModels},
	{"", read, "/models/{model}", OpenAIModels},
	{"", read, "/models/{owner}/{model}", OpenAIModels},

	{"", anyVerb, "/messages/batches", AnthropicOther},
	{"", anyVerb, "/messages/batches/{id}", AnthropicOther},
	{"", anyVerb, "/messages/batches/{id}/{action}", AnthropicOther},
	{Anthropic, anyVerb, "/files", AnthropicOther},
	{Anthropic, anyVerb, "/files/{id}", AnthropicOther},
	{Anthropic, anyVerb, "/files/{id}/content", AnthropicOther},
	{Anthropic, anyVerb, "/skills", AnthropicOther},
	{Anthropic, anyVerb, "/skills/{id}", AnthropicOther},

	{OpenAI, post, "/responses/input_tokens", OpenAIOther},
	{OpenAI, post, "/responses/compact", OpenAIOther},
	{OpenAI, anyVerb, "/responses/{id}", OpenAIOther},
	{OpenAI, anyVerb, "/responses/{id}/{action}", OpenAIOther},
	{OpenAI, anyVerb, "/chat/completions", OpenAIOther},
	{OpenAI, anyVerb, "/chat/completions/{id}", OpenAIOther},
	{OpenAI, anyVerb, "/chat/completions/{id}/messages", OpenAIOther},
	{OpenAI, anyVerb, "/conversations", OpenAIOther},
	{OpenAI, anyVerb, "/conversations/{id}", OpenAIOther},
	{OpenAI, anyVerb, "/conversations/{id}/items", OpenAIOther},
	{OpenAI, anyVerb, "/conversations/{id}/items/{item}", OpenAIOther},
	{OpenAI, anyVerb, "/files", OpenAIOther},
	{OpenAI, anyVerb, "/files/{id}", OpenAIOther},
	{OpenAI, anyVerb, "/files/{id}/content", OpenAIOther},
	{OpenAI, anyVerb, "/batches", OpenAIOther},
	{OpenAI, anyVerb, "/batches/{id}", OpenAIOther},
	{OpenAI, anyVerb, "/batches/{id}/cancel", OpenAIOther},
	{OpenAI, post, "/moderations", OpenAIOther},
	{OpenAI, post, "/images/{action}", OpenAIOther},
	{OpenAI, post, "/audio/{action}", OpenAIOther},
	{OpenAI, post, "/rerank", OpenAIOther},
	{OpenAI, anyVerb, "/vector_stores", OpenAIOther},
	{OpenAI, anyVerb, "/vector_stores/{id}", OpenAIOther},
	{OpenAI, anyVerb, "/vector_stores/{id}/{part}", OpenAIOther},
}

// matches compares segment by segment; one in braces stands for any that is not empty.
func matches(template, path string) bool {
	for {
		t, tRest, tMore := strings.Cut(template[1:], "/")
		p, pRest, pMore := strings.Cut(path[1:], "/")
		if t[0] == '{' && p == "" || t[0] != '{' && p != t || tMore != pMore {
			return false
		}
		if !tMore {
			return true
		}
		template, path = "/"+tRest, "/"+pRest
	}
}

// azureRoute reads /openai/deployments/{deployment}/CALL, where the deployment stands for the model.
func azureRoute(method, path string) Route {
	rest, ok := strings.CutPrefix(path, "/openai/deployments/")
	if !ok {
		return Route{}
	}
	name, call, _ := strings.Cut(rest, "/")
	if name == "" {
		return Route{}
	}
	r := ParseRoute(OpenAI, method, "/v1/"+call)
	if r.API.Operation() == "" {
		return Route{}
	}
	return Route{API: r.API, Template: "/openai/deployments/{deployment}" + strings.TrimPrefix(r.Template, "/v1"), Model: pathText(name)}
}

// pathText makes a fact of a segment of a path.
func pathText(s string) string {
	if u, err := url.PathUnescape(s); err == nil {
		s = u
	}
	return factText([]byte(s))
}
