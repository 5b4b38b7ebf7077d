package gateway

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/telltale-dev/telltale/observe/wire"
)

// Config says who the providers are and what a call may take. Zero values of limits mean the defaults.
type Config struct {
	Providers []Provider

	// AuthToken is what clients must present, if set. Where the provider's key is in the config it may stand in
	// Authorization, x-api-key, x-goog-api-key, api-key or ?key=; in any case in X-Telltale-Key.
	AuthToken string

	Limits Limits
	// NoContent collects no prompts and answers. What is kept of those that are collected, and in which form, is the
	// pipeline's business.
	NoContent bool
	// Raw collects the bodies of requests and answers as they were, beside the messages in them, unless NoContent.
	Raw bool
	// ContentMax bounds each of input messages, output messages and system instructions, in bytes of their JSON, each of the
	// raw bodies, and the pictures of a call together. Default 256 KiB.
	ContentMax int

	// QueueSize is how many calls may run or wait to be recorded. Default 16384.
	QueueSize int
	// ContentMemory bounds the bodies that wait to be recorded, in bytes; above it, and while the queue is more than half
	// full, content is dropped and counted. Default 64 MiB.
	ContentMemory int64
	// DisconnectGrace is how long a provider may go on after its client left. Default 3 s; negative cancels at once.
	DisconnectGrace time.Duration

	// Version of this software, for the scope of records.
	Version string
}

// Provider is a place to send calls to.
type Provider struct {
	Name    string // [a-z0-9]+, the first segment of the path
	Kind    wire.Kind
	BaseURL string
	APIKey  string // empty: the client brings the provider's key
}

// Limits of a call.
type Limits struct {
	MaxBody       int64 // bytes of a request body, as sent and decoded. Default 32 MiB
	MaxBodyMemory int64 // bytes of all request bodies above 64 KiB together. Default 1 GiB
	MaxHeader     int   // bytes of all request headers. Default 64 KiB
	MaxConcurrent int   // calls at once. Default 4096

	BodyTimeout      time.Duration // to read the request body, plus 1 s for each 256 KiB announced. Default 60 s
	ConnectTimeout   time.Duration // to the provider: DNS and TCP, then again TLS. Default 10 s
	FirstByteTimeout time.Duration // until the answer's header, connecting included. Default 10 min
	IdleTimeout      time.Duration // between two reads of the answer, or for one write to the client. Default 5 min
}

const (
	kib = 1 << 10
	mib = 1 << 20
)

func (c Config) withDefaults() Config {
	setDefault(&c.ContentMax, 256*kib)
	setDefault(&c.QueueSize, 16384)
	setDefault(&c.ContentMemory, 64*mib)
	setDefault(&c.DisconnectGrace, 3*time.Second)
	setDefault(&c.Limits.MaxBody, 32*mib)
	setDefault(&c.Limits.MaxBodyMemory, 1024*mib)
	setDefault(&c.Limits.MaxHeader, 64*kib)
	setDefault(&c.Limits.MaxConcurrent, 4096)
	setDefault(&c.Limits.BodyTimeout, time.Minute)
	setDefault(&c.Limits.ConnectTimeout, 10*time.Second)
	setDefault(&c.Limits.FirstByteTimeout, 10*time.Minute)
	setDefault(&c.Limits.IdleTimeout, 5*time.Minute)
	return c
}

func setDefault[T comparable](v *T, def T) {
	var zero T
	if *v == zero {
		*v = def
	}
}

func (c Config) validate() error {
	if c.ContentMax < 1024 {
		return fmt.Errorf("content limit %d: want at least 1024 bytes", c.ContentMax)
	}
	if c.QueueSize < 0 || c.Limits.MaxBody < 0 || c.Limits.MaxConcurrent < 0 || c.Limits.MaxHeader < 0 {
		return errors.New("limits must not be negative")
	}
	if !headerSafe(c.AuthToken) {
		return errors.New("auth token: spaces and control characters cannot stand in a header")
	}
	return nil
}

// provider is a Provider made ready for calls.
type provider struct {
	name    string
	kind    wire.Kind
	base    *url.URL
	prefix  string // escaped path of the base URL, without a slash at its end
	system  string // value of gen_ai.provider.name
	address string // server.address of records
	port    string

	keyed  bool     // the provider's key is in the config
	azure  bool     // wants the key in api-key
	bearer []string // header values with the key, shared by all requests
	rawKey []string

	// plainUntil is the time (Unix ns) up to which stream_options is not spliced, since the provider refused it.
	plainUntil atomic.Int64
}

func newProvider(p Provider) (*provider, error) {
	if p.Name == "" || strings.Trim(p.Name, "abcdefghijklmnopqrstuvwxyz0123456789") != "" {
		return nil, fmt.Errorf("provider %q: a name is [a-z0-9]+", p.Name)
	}
	switch p.Kind {
	case wire.OpenAI, wire.Anthropic, wire.Gemini:
	default:
		return nil, fmt.Errorf("provider %s: kind %q: want openai, anthropic or gemini", p.Name, p.Kind)
	}
	u, err := url.Parse(p.BaseURL)
	if err != nil {
		// The error of url.Parse quotes the URL, which may hold a secret.
		return nil, fmt.Errorf("provider %s: base_url is not a URL", p.Name)
	}
	switch {
	case u.User != nil:
		return nil, fmt.Errorf("provider %s: base_url holds a user name or password; put the key into api_key", p.Name)
	case u.Scheme != "http" && u.Scheme != "https", u.Host == "", u.Hostname() == "":
		return nil, fmt.Errorf("provider %s: base_url %q: want http:// or https:// and a host", p.Name, p.BaseURL)
	case u.RawQuery != "" || u.Fragment != "" || u.ForceQuery:
		return nil, fmt.Errorf("provider %s: base_url must not have a query or fragment", p.Name)
	}
	prefix := strings.TrimRight(u.EscapedPath(), "/")
	if _, bad := checkPath(prefix); bad != "" {
		return nil, fmt.Errorf("provider %s: base_url: %s", p.Name, bad)
	}
	if !headerSafe(p.APIKey) {
		return nil, fmt.Errorf("provider %s: api_key: spaces and control characters cannot stand in a header", p.Name)
	}
	out := &provider{
		name: p.Name, kind: p.Kind, base: &url.URL{Scheme: u.Scheme, Host: u.Host}, prefix: prefix,
		system: systemName(p.Name, p.Kind, u.Hostname()), address: u.Hostname(), port: u.Port(),
	}
	if out.port == "" {
		out.port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	if p.APIKey != "" {
		out.keyed = true
		out.azure = out.system == "azure.ai.openai"
		out.bearer = []string{"Bearer " + p.APIKey}
		out.rawKey = []string{p.APIKey}
	}
	return out, nil
}

func headerSafe(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

// hostSystems are the values of gen_ai.provider.name for hosts, by suffix.
var hostSystems = []struct{ suffix, system string }{
	{"api.openai.com", "openai"},
	{"openai.azure.com", "azure.ai.openai"},
	{"cognitiveservices.azure.com", "azure.ai.openai"},
	{"services.ai.azure.com", "azure.ai.inference"},
	{"api.anthropic.com", "anthropic"},
	{"generativelanguage.googleapis.com", "gcp.gemini"},
	{"aiplatform.googleapis.com", "gcp.vertex_ai"},
	{"amazonaws.com", "aws.bedrock"},
	{"api.mistral.ai", "mistral_ai"},
	{"api.groq.com", "groq"},
	{"api.deepseek.com", "deepseek"},
	{"api.x.ai", "x_ai"},
	{"api.cohere.com", "cohere"},
	{"api.cohere.ai", "cohere"},
	{"api.perplexity.ai", "perplexity"},
	{"api.together.xyz", "together_ai"},
	{"api.fireworks.ai", "fireworks_ai"},
	{"openrouter.ai", "openrouter"},
}

// nameSystems are those for the names people give to providers, whatever the host (a relay, a mock).
var nameSystems = map[string]string{
	"gemini": "gcp.gemini", "google": "gcp.gemini", "vertex": "gcp.vertex_ai", "mistral": "mistral_ai", "xai": "x_ai",
	"grok": "x_ai", "azure": "azure.ai.openai", "bedrock": "aws.bedrock", "together": "together_ai", "fireworks": "fireworks_ai",
}

func systemName(name string, kind wire.Kind, host string) string {
	for _, h := range hostSystems {
		if host == h.suffix || strings.HasSuffix(host, "."+h.suffix) {
			return h.system
		}
	}
	if s, ok := nameSystems[name]; ok {
		return s
	}
	switch kind {
	case wire.Anthropic:
		return "anthropic"
	case wire.Gemini:
		return "gcp.gemini"
	}
	return name
}
