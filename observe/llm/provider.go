package llm

import (
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/telltale-dev/telltale/observe/wire"
)

// Endpoint names a host that speaks like a provider, besides those that are known.
type Endpoint struct {
	Host     string    // as in the URL, without the port
	Prefix   string    // what stands before the path that the provider's own API has: "/llm"
	Provider string    // as gen_ai.provider.name; empty means that of the kind
	Kind     wire.Kind // how it speaks; empty means wire.OpenAI
}

// hosts are the providers that are known. A host that begins with a dot is any host below it.
var hosts = []Endpoint{
	{Host: "api.openai.com", Provider: "openai", Kind: wire.OpenAI},
	{Host: ".api.openai.com", Provider: "openai", Kind: wire.OpenAI},
	{Host: "api.anthropic.com", Provider: "anthropic", Kind: wire.Anthropic},
	{Host: "generativelanguage.googleapis.com", Provider: "gcp.gemini", Kind: wire.Gemini},
	{Host: "aiplatform.googleapis.com", Provider: "gcp.vertex_ai", Kind: wire.Gemini},
	{Host: "-aiplatform.googleapis.com", Provider: "gcp.vertex_ai", Kind: wire.Gemini},
	{Host: ".openai.azure.com", Provider: "azure.ai.openai", Kind: wire.OpenAI},
	{Host: ".cognitiveservices.azure.com", Provider: "azure.ai.openai", Kind: wire.OpenAI},
	{Host: ".services.ai.azure.com", Provider: "azure.ai.inference", Kind: wire.OpenAI},
	{Host: ".models.ai.azure.com", Provider: "azure.ai.inference", Kind: wire.OpenAI},
	{Host: "openrouter.ai", Provider: "openrouter", Kind: wire.OpenAI},
	{Host: "api.mistral.ai", Provider: "mistral_ai", Kind: wire.OpenAI},
	{Host: "api.deepseek.com", Provider: "deepseek", Kind: wire.OpenAI},
	{Host: "api.groq.com", Provider: "groq", Kind: wire.OpenAI},
	{Host: "api.x.ai", Provider: "x_ai", Kind: wire.OpenAI},
	{Host: ".api.x.ai", Provider: "x_ai", Kind: wire.OpenAI},
	{Host: "api.together.xyz", Provider: "together_ai", Kind: wire.OpenAI},
	{Host: "api.together.ai", Provider: "together_ai", Kind: wire.OpenAI},
	{Host: "api.fireworks.ai", Provider: "fireworks_ai", Kind: wire.OpenAI},
	{Host: "api.perplexity.ai", Provider: "perplexity", Kind: wire.OpenAI},
	{Host: "api.cohere.com", Provider: "cohere", Kind: wire.OpenAI},
	{Host: "api.cohere.ai", Provider: "cohere", Kind: wire.OpenAI},
	{Host: "api.cerebras.ai", Provider: "cerebras", Kind: wire.OpenAI},
	{Host: "api.moonshot.ai", Provider: "moonshot_ai", Kind: wire.OpenAI},
	{Host: "api.z.ai", Provider: "z_ai", Kind: wire.OpenAI},
	{Host: "dashscope.aliyuncs.com", Provider: "alibaba", Kind: wire.OpenAI},
	{Host: "dashscope-intl.aliyuncs.com", Provider: "alibaba", Kind: wire.OpenAI},
}

// prefixes are first segments of a path by which gateways, Telltale's among them, name a provider.
var prefixes = []Endpoint{
	{Prefix: "/openai", Provider: "openai", Kind: wire.OpenAI},
	{Prefix: "/anthropic", Provider: "anthropic", Kind: wire.Anthropic},
	{Prefix: "/gemini", Provider: "gcp.gemini", Kind: wire.Gemini},
	{Prefix: "/azure", Provider: "azure.ai.openai", Kind: wire.OpenAI},
	{Prefix: "/openrouter", Provider: "openrouter", Kind: wire.OpenAI},
	{Prefix: "/mistral", Provider: "mistral_ai", Kind: wire.OpenAI},
	{Prefix: "/deepseek", Provider: "deepseek", Kind: wire.OpenAI},
	{Prefix: "/groq", Provider: "groq", Kind: wire.OpenAI},
	{Prefix: "/xai", Provider: "x_ai", Kind: wire.OpenAI},
	{Prefix: "/together", Provider: "together_ai", Kind: wire.OpenAI},
}

// target is a model call as its URL tells it.
type target struct {
	wire.Route
	provider string
	official bool // a host of a provider that is known by name
}

// IsModelCall reports whether a Transport without options would record the request as a model call. All others it passes
// on untouched.
func IsModelCall(r *http.Request) bool {
	_, ok := targetOf(r, nil)
	return ok
}

// targetOf recognises model calls: by the hosts that are known, else by the shape of the path.
func targetOf(r *http.Request, own []Endpoint) (target, bool) {
	if r.URL == nil || r.Method != http.MethodPost {
		return target{}, false
	}
	host, path := r.URL.Hostname(), escapedPath(r.URL)
	for n, list := range [...][]Endpoint{own, hosts} {
		for i := range list {
			if e := &list[i]; e.is(host) {
				t, ok := e.target(path)
				t.official = ok && n > 0
				return t, ok
			}
		}
	}
	for i := range prefixes {
		if t, ok := prefixes[i].target(path); ok && strings.HasPrefix(path, prefixes[i].Prefix+"/") {
			return t, true
		}
	}
	return byShape(r, host, path)
}

// escapedPath is the path as it was written. Opaque URLs have it behind the host, or alone.
func escapedPath(u *url.URL) string {
	if u.Opaque == "" {
		return u.EscapedPath()
	}
	path, _, _ := strings.Cut(u.Opaque, "?")
	if rest, ok := strings.CutPrefix(path, "//"); ok {
		if i := strings.IndexByte(rest, '/'); i >= 0 {
			return rest[i:]
		}
	}
	return path
}

func (e *Endpoint) is(host string) bool {
	if e.Host == "" {
		return false
	}
	if c := e.Host[0]; c == '.' || c == '-' {
		return len(host) > len(e.Host) && strings.EqualFold(host[len(host)-len(e.Host):], e.Host)
	}
	return strings.EqualFold(host, e.Host)
}

// target reads the path, also behind a prefix that the provider has for another's API: /openai/v1, /anthropic/v1, /api/v1.
func (e *Endpoint) target(path string) (target, bool) {
	kind, provider := e.Kind, e.Provider
	if kind == "" {
		kind = wire.OpenAI
	}
	r := wire.Route{}
	if strings.HasPrefix(path, "/openai/deployments/") {
		r = wire.ParseRoute(wire.OpenAI, http.MethodPost, path)
	}
	path = strings.TrimPrefix(path, strings.TrimSuffix(e.Prefix, "/"))
	if r.API == wire.Unknown {
		r = wire.ParseRoute(kind, http.MethodPost, path)
	}
	if r.API == wire.Unknown {
		r = below(kind, path)
	}
	if provider == "" {
		provider = providerOf(r.API.Kind())
	}
	return target{Route: r, provider: provider}, r.API.Operation() != ""
}

// maxPrefix is how many segments may stand before a path that is known.
const maxPrefix = 4

// below takes segments off the path until it is known.
func below(kind wire.Kind, path string) wire.Route {
	for range maxPrefix {
		if path == "" {
			break
		}
		i := strings.IndexByte(path[1:], '/')
		if i < 0 {
			break
		}
		path = path[i+1:]
		if r := wire.ParseRoute(kind, http.MethodPost, path); r.API.Operation() != "" {
			return r
		}
	}
	return wire.Route{}
}

func providerOf(k wire.Kind) string {
	switch k {
	case wire.Anthropic:
		return "anthropic"
	case wire.Gemini:
		return "gcp.gemini"
	}
	return "openai"
}

// byShape recognises calls to hosts that nobody named. Paths that other services may have too count only with what the
// provider's clients send, or on hosts of one's own.
func byShape(r *http.Request, host, path string) (target, bool) {
	kind := wire.OpenAI
	switch {
	case strings.HasSuffix(path, "/chat/completions"):
	case strings.HasSuffix(path, "/messages") && r.Header.Get("Anthropic-Version") != "":
		kind = wire.Anthropic
	case strings.HasSuffix(path, ":generateContent"), strings.HasSuffix(path, ":streamGenerateContent"),
		strings.HasSuffix(path, ":embedContent"), strings.HasSuffix(path, ":batchEmbedContents"):
		kind = wire.Gemini
	case !isLocal(host):
		return target{}, false
	}
	e := Endpoint{Kind: kind}
	return e.target(path)
}

// isLocal knows loopback and private addresses, and names without a dot, as containers have them.
func isLocal(host string) bool {
	if ip := net.ParseIP(host); ip != nil {
		return ip.IsLoopback() || ip.IsPrivate()
	}
	return host != "" && !strings.Contains(host, ".") || strings.HasSuffix(host, ".localhost") || strings.HasSuffix(host, ".local") ||
		strings.HasSuffix(host, ".internal")
}
