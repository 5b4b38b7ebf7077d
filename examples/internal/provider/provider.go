// Package provider decides where the examples send their model calls: to a stand-in that runs inside the process and costs
// nothing, to a gateway, or to the real provider.
package provider

import (
	"cmp"
	"fmt"
	"net/url"
	"os"
	"strings"
)

// Usage is the help of the flag whose value Open takes.
const Usage = "where models are: mock (a stand-in inside this process), provider (the real one, with the key of the environment), " +
	"or the URL of a Telltale gateway, such as http://127.0.0.1:8080"

// Vendor is a provider as an SDK needs to know it.
type Vendor struct {
	Prefix  string // where a gateway and the stand-in have its API
	BaseURL string // the real one
	KeyName string // of the environment
}

// OpenAI and Anthropic return what their SDKs need.
func OpenAI() Vendor {
	return Vendor{Prefix: "/openai/v1", BaseURL: "https://api.openai.com/v1", KeyName: "OPENAI_API_KEY"}
}

// Anthropic is as OpenAI.
func Anthropic() Vendor {
	return Vendor{Prefix: "/anthropic", BaseURL: "https://api.anthropic.com", KeyName: "ANTHROPIC_API_KEY"}
}

// Provider is where model calls go, as options of an SDK.
type Provider struct {
	BaseURL string
	Key     string
	Where   string // for people

	close func()
}

// Close ends the stand-in, if that is what it is.
func (p *Provider) Close() { p.close() }

// Open returns the provider for a value of the flag, see Usage. The stand-in says what answers says.
func Open(where string, v Vendor, answers Answers) (*Provider, error) {
	p := &Provider{Key: os.Getenv(v.KeyName), close: func() {}}
	switch where {
	case "mock":
		base, stop, err := listen(answers)
		if err != nil {
			return nil, fmt.Errorf("start the stand-in for a provider: %w", err)
		}
		p.BaseURL, p.Key, p.close = base+v.Prefix, "mock", stop
		p.Where = "a stand-in inside this process; its answers are made up and its tokens cost nothing"
	case "provider":
		if p.Key == "" {
			return nil, fmt.Errorf("no key for %s: set %s", v.BaseURL, v.KeyName)
		}
		p.BaseURL, p.Where = v.BaseURL, v.BaseURL
	default:
		u, err := url.Parse(where)
		if err != nil || u.Host == "" {
			return nil, fmt.Errorf("models at %q: want mock, provider or a URL", where)
		}
		p.BaseURL = strings.TrimSuffix(where, "/") + v.Prefix
		p.Key, p.Where = cmp.Or(p.Key, "none"), p.BaseURL
	}
	return p, nil
}
