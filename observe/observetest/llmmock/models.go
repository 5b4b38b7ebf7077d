package llmmock

import (
	"net/http"
	"path"
	"strconv"
	"strings"

	"github.com/telltale-dev/telltale/observe/wire"
)

// modelNames are those that are listed. Any name is served.
var modelNames = map[wire.Kind][]string{
	wire.OpenAI:    {"gpt-4o", "gpt-4o-mini", "gpt-5-mini", "o3", "text-embedding-3-small"},
	wire.Anthropic: {"claude-opus-5-5", "claude-sonnet-4-5"},
	wire.Gemini:    {"gemini-2.5-flash", "gemini-2.5-pro", "gemini-embedding-001"},
}

// models answers what is listed, or one of it.
func (x *exchange) models() {
	switch x.route.API {
	case wire.OpenAIModels, wire.AnthropicModels, wire.GeminiModels:
	default:
		x.fail(http.StatusNotFound, "No such object: "+x.r.URL.Path)
		return
	}
	names := modelNames[x.kind]
	if strings.Contains(x.route.Template, "{") {
		x.send(modelOf(x.kind, path.Base(x.r.URL.Path)))
		return
	}
	list := make([]string, len(names))
	for i, n := range names {
		list[i] = modelOf(x.kind, n)
	}
	all := strings.Join(list, ",")
	switch x.kind {
	case wire.Anthropic:
		x.send(`{"data":[` + all + `],"has_more":false,"first_id":` + js(names[0]) + `,"last_id":` + js(names[len(names)-1]) + `}`)
	case wire.Gemini:
		x.send(`{"models":[` + all + `]}`)
	default:
		x.send(`{"object":"list","data":[` + all + `]}`)
	}
}

func modelOf(k wire.Kind, name string) string {
	switch k {
	case wire.Anthropic:
		return `{"type":"model","id":` + js(name) + `,"display_name":` + js(name) + `,"created_at":"2026-01-01T00:00:00Z"}`
	case wire.Gemini:
		return `{"name":` + js("models/"+name) + `,"version":"001","displayName":` + js(name) + `,"inputTokenLimit":1048576,"outputTokenLimit":65536,` +
			`"supportedGenerationMethods":["generateContent","countTokens"]}`
	}
	return `{"id":` + js(name) + `,"object":"model","created":1767225600,"owned_by":"mock"}`
}

func (x *exchange) send(body string) {
	x.w.Header().Set("Content-Type", "application/json")
	x.w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = x.w.Write([]byte(body))
}
