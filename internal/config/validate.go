package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/telltale-dev/telltale/internal/query/nearest"
	"github.com/telltale-dev/telltale/observe/redact"
)

// reserved are the first parts of paths that are not providers'.
var reserved = []string{
	"api", "ui", "prometheus", "alertmanager", "metrics", "healthz", "readyz", "ready", "v1", "r",
	"calls", "traces", "logs", "errors", "explore", "dashboards", "alerts", "quality", "keys", "audit", "settings", "status", "sessions",
}

var providerName = regexp.MustCompile(`^[a-z0-9]+$`)

// Validate refuses what cannot work: each mistake with where it was made, and what would be right.
func (c *Config) Validate() error {
	v := validator{origin: c.origin}
	v.address("listen", c.Listen, false)
	v.address("otlp.grpc", c.OTLP.GRPC, true)
	v.address("otlp.http", c.OTLP.HTTP, true)
	v.oneOf("log.format", c.Log.Format, "auto", "text", "json")
	v.oneOf("log.level", c.Log.Level, "debug", "info", "warn", "error")
	v.oneOf("content", c.Content, "off", "hash", "redacted", "full")
	if c.Data == "" {
		v.fail("data", "is empty; want a folder")
	}
	v.gateway(&c.Gateway)
	v.positive("ingest.max_body", int64(c.Ingest.MaxBody))
	v.positive("ingest.max_decoded", int64(c.Ingest.MaxDecoded))
	v.positive("ingest.max_in_flight", int64(c.Ingest.MaxInFlight))
	v.positive("query.timeout", int64(c.Query.Timeout))
	v.positive("query.max_concurrent", int64(c.Query.MaxConcurrent))
	v.metrics(&c.Metrics)
	v.alerting(&c.Alerting)
	v.externalURL(c.ExternalURL)
	if c.Store.Sampling.Drop > 1 {
		v.fail("store.sampling.drop", "is a share: want 0 to 1")
	}
	for name, p := range c.Providers {
		v.provider(name, p)
	}
	v.redact(&c.Redact)
	if c.Auth.Token == "" {
		v.loopback("listen", c.Listen)
		v.loopback("otlp.grpc", c.OTLP.GRPC)
		v.loopback("otlp.http", c.OTLP.HTTP)
	}
	return errors.Join(v.errs...)
}

// maxQueue bounds the memory of the gateway's queue, which is taken at the start: 8 bytes a place.
const maxQueue = 1 << 20

// minContent is the least of a prompt that can still be cut to something readable.
const minContent = 1 << 10

func (v *validator) gateway(g *Gateway) {
	v.positive("gateway.max_body", int64(g.MaxBody))
	v.positive("gateway.max_header", int64(g.MaxHeader))
	v.positive("gateway.max_concurrent", int64(g.MaxConcurrent))
	v.positive("gateway.body_timeout", int64(g.BodyTimeout))
	v.positive("gateway.connect_timeout", int64(g.ConnectTimeout))
	v.positive("gateway.first_byte_timeout", int64(g.FirstByteTimeout))
	v.positive("gateway.idle_timeout", int64(g.IdleTimeout))
	v.positive("gateway.queue_size", int64(g.QueueSize))
	v.positive("gateway.max_content_memory", int64(g.MaxContentMemory))
	if g.MaxBodyMemory <= g.MaxBody {
		v.fail("gateway.max_body_memory", "%s is not more than gateway.max_body, %s: the largest bodies could never pass", g.MaxBodyMemory, g.MaxBody)
	}
	if g.QueueSize > maxQueue {
		v.fail("gateway.queue_size", "%d is too much; want at most %d", g.QueueSize, maxQueue)
	}
	if g.MaxContent < minContent {
		v.fail("gateway.max_content", "%db is too little; want at least %s, or content: off", int64(g.MaxContent), Size(minContent))
	}
}

// redact asks package redact about each part by itself, so that mistakes come with their place.
func (v *validator) redact(d *Redact) {
	try := func(key string, o redact.Options) {
		if _, err := redact.New(o); err != nil {
			v.fail(key, "%s", strings.TrimPrefix(strings.TrimPrefix(err.Error(), "redact: "), "rule 1: "))
		}
	}
	for i, r := range d.Rules {
		try(fmt.Sprintf("redact.rules[%d]", i), redact.Options{Rules: []redact.Rule{{Name: r.Name, Pattern: r.Pattern}}})
	}
	try("redact.fields", redact.Options{Fields: d.Fields})
	for _, k := range d.Keep {
		try("redact.keep", redact.Options{Keep: []redact.Kind{redact.Kind(k)}})
	}
}

type validator struct {
	origin map[string]string
	errs   []error
}

func (v *validator) fail(key, format string, args ...any) {
	at := key
	for k := key; k != ""; k = k[:max(strings.LastIndexByte(k, '.'), 0)] {
		if from, ok := v.origin[k]; ok {
			at = from + ": " + key
			break
		}
	}
	v.errs = append(v.errs, fmt.Errorf("%s: %s", at, fmt.Sprintf(format, args...)))
}

func (v *validator) positive(key string, n int64) {
	if n <= 0 {
		v.fail(key, "must be more than zero")
	}
}

func (v *validator) oneOf(key, value string, allowed ...string) {
	if slices.Contains(allowed, value) {
		return
	}
	if near := nearest.Of(value, allowed); near != "" {
		v.fail(key, "%q is not known; did you mean %q?", value, near)
		return
	}
	v.fail(key, "%q is not known; want %s", value, strings.Join(allowed, ", "))
}

func (v *validator) address(key, value string, mayBeOff bool) {
	if mayBeOff && value == Off {
		return
	}
	_, port, err := net.SplitHostPort(value)
	if n, convErr := strconv.ParseUint(port, 10, 16); err != nil || convErr != nil || n > 65535 {
		v.fail(key, "%q is no address; want host:port such as 127.0.0.1:8080, or port 0 for any free one", value)
	}
}

// loopback refuses an open door: without a token only this machine may come in.
func (v *validator) loopback(key, value string) {
	host, _, err := net.SplitHostPort(value)
	if value == Off || err != nil || host == "localhost" {
		return
	}
	if ip, err := netip.ParseAddr(host); err == nil && ip.IsLoopback() {
		return
	}
	v.fail(key, "%s can be reached by other machines, so auth.token must be set (environment variable %s)", value, EnvName("auth.token"))
}

func (v *validator) provider(name string, p Provider) {
	path := "providers." + name
	if !providerName.MatchString(name) {
		v.fail(path, "a provider's name is made of a-z and 0-9")
	}
	if slices.Contains(reserved, name) {
		v.fail(path, "the name is taken: /%s is an address of this server", name)
	}
	v.oneOf(path+".kind", p.Kind, "openai", "anthropic", "gemini")
	u, err := url.Parse(p.BaseURL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		v.fail(path+".base_url", "want http:// or https:// with a host, and no user, query or fragment")
	}
}
