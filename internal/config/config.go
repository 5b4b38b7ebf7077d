// Package config is the one configuration file, its defaults, and the environment variables that stand for its keys.
//
// No file is needed. A key that does not exist is an error with file, line and the nearest key that does; so is a value
// that cannot be. Every key has an environment variable: providers.openai.base_url is TELLTALE_PROVIDERS_OPENAI_BASE_URL.
// The environment wins over the file, flags win over both. A variable that is empty is as good as not set.
package config

import (
	"time"

	"github.com/telltale-dev/telltale/observe/redact"
)

// Config is everything that can be set.
type Config struct {
	Listen   string        `yaml:"listen" doc:"address of UI, API, gateway and OTLP over HTTP"`
	Data     string        `yaml:"data" doc:"folder of the event store"`
	OTLP     OTLP          `yaml:"otlp"`
	Log      Log           `yaml:"log"`
	Auth     Auth          `yaml:"auth"`
	Shutdown time.Duration `yaml:"shutdown" doc:"how long running calls may take to end after SIGTERM"`

	Providers map[string]Provider `yaml:"providers" doc:"providers of models by name, [a-z0-9]+; /NAME/x goes to base_url + /x"`
	Gateway   Gateway             `yaml:"gateway"`
	Ingest    Ingest              `yaml:"ingest"`
	Content   string              `yaml:"content" doc:"what is kept of prompts and answers: off, hash, redacted or full"`
	Redact    Redact              `yaml:"redact"`
	Prices    string              `yaml:"prices" doc:"file of own prices, laid over the built-in table"`
	Store     Store               `yaml:"store"`
	Query     Query               `yaml:"query"`

	ExternalURL string   `yaml:"external_url" doc:"where people reach this server; links in alerts begin with it. Empty is http:// and the address it listens on"`
	Metrics     Metrics  `yaml:"metrics"`
	Alerting    Alerting `yaml:"alerting"`
	Dashboards  string   `yaml:"dashboards" doc:"folder of own dashboards, JSON as Grafana writes it"`

	origin map[string]string // where a setting came from: "telltale.yml:12", "environment variable X"
}

// OTLP holds the addresses of OTLP's own ports.
type OTLP struct {
	GRPC string `yaml:"grpc" doc:"address of OTLP over gRPC; off to switch it off"`
	HTTP string `yaml:"http" doc:"address of OTLP over HTTP; off to switch it off"`
}

// Log is how the server logs about itself.
type Log struct {
	Format string `yaml:"format" doc:"text, json, or auto: text on a terminal"`
	Level  string `yaml:"level" doc:"debug, info, warn or error"`
}

// Auth guards everything until keys exist.
type Auth struct {
	Token Secret `yaml:"token" doc:"what clients must present; needed to listen beyond loopback"`
}

// Provider is a provider of models.
type Provider struct {
	Kind       string `yaml:"kind" doc:"which API it speaks: openai, anthropic or gemini"`
	BaseURL    string `yaml:"base_url" doc:"where /NAME goes, without a slash at its end"`
	APIKey     Secret `yaml:"api_key" doc:"the provider's key; without it the client's passes through"`
	APIKeyFile string `yaml:"api_key_file" doc:"file that holds the provider's key"`
}

// Gateway limits proxied calls.
type Gateway struct {
	MaxBody          Size          `yaml:"max_body" doc:"largest request body"`
	MaxBodyMemory    Size          `yaml:"max_body_memory" doc:"all request bodies above 64kb together; more than max_body"`
	MaxHeader        Size          `yaml:"max_header" doc:"largest request header"`
	MaxConcurrent    int           `yaml:"max_concurrent" doc:"calls under way at once"`
	BodyTimeout      time.Duration `yaml:"body_timeout" doc:"for a client to send its body, and 1s more for each 256kb it announces"`
	ConnectTimeout   time.Duration `yaml:"connect_timeout" doc:"to reach a provider, TLS included"`
	FirstByteTimeout time.Duration `yaml:"first_byte_timeout" doc:"from the request to the head of the answer"`
	IdleTimeout      time.Duration `yaml:"idle_timeout" doc:"between two pieces of an answer"`
	DisconnectGrace  time.Duration `yaml:"disconnect_grace" doc:"how long an answer is read on for its usage once the client has left; 0 breaks it off at once"`
	MaxContent       Size          `yaml:"max_content" doc:"most that is kept of a prompt, an answer, a raw body, or the pictures of a call; the cut is visible"`
	Raw              bool          `yaml:"raw" doc:"keep bodies of requests and answers as they were, beside the messages in them; about doubles what a call takes on disk"`
	QueueSize        int           `yaml:"queue_size" doc:"calls under way or waiting to be recorded; more are refused with 503"`
	MaxContentMemory Size          `yaml:"max_content_memory" doc:"bodies that wait to be recorded, together; beyond it calls are recorded without content"`
}

// Ingest limits what clients send.
type Ingest struct {
	MaxBody     Size `yaml:"max_body" doc:"largest request as sent"`
	MaxDecoded  Size `yaml:"max_decoded" doc:"largest request after decompression"`
	MaxInFlight Size `yaml:"max_in_flight" doc:"what may wait to be written; beyond it clients are told to come again"`
}

// Redact takes secrets and personal data out before anything is stored.
type Redact struct {
	Secrets bool     `yaml:"secrets" doc:"keys, tokens, passwords"`
	PII     bool     `yaml:"pii" doc:"e-mail, phone, card and bank account numbers"`
	Fields  []string `yaml:"fields" doc:"names of attributes whose values are always taken out"`
	Keep    []string `yaml:"keep" doc:"kinds that stay, such as phone where phone numbers are the subject"`
	Rules   []Rule   `yaml:"rules" doc:"own rules: name and regular expression (RE2)"`
}

// Rule is an own redaction rule.
type Rule struct {
	Name    string `yaml:"name" doc:"what stands in its place: [redacted:NAME]"`
	Pattern string `yaml:"pattern" doc:"regular expression, RE2 syntax"`
	// Personal rules do not apply to content kept in full.
	Personal bool `yaml:"personal" doc:"finds personal data, which content: full keeps"`
}

// Store is how long and how much is kept.
type Store struct {
	MaxAge  time.Duration `yaml:"max_age" doc:"older records are removed; 0 keeps them"`
	MaxSize Size          `yaml:"max_size" doc:"the oldest parts are removed beyond it; 0 is no limit"`

	Sampling Sampling `yaml:"sampling"`
}

// Sampling thins out what is no longer new. Traces with an error are always kept.
type Sampling struct {
	Drop   float64       `yaml:"drop" doc:"share of ordinary traces that compaction leaves out, 0 to 1"`
	Slow   time.Duration `yaml:"slow" doc:"traces with a span as long are kept; 0 keeps none for it"`
	Costly float64       `yaml:"costly" doc:"traces that cost as many USD are kept; 0 keeps none for it"`
}

// Query limits questions.
type Query struct {
	Timeout       time.Duration `yaml:"timeout" doc:"longest a query may take"`
	MaxConcurrent int           `yaml:"max_concurrent" doc:"queries under way at once; others wait a few seconds before they are refused"`
}

// Metrics is the embedded Prometheus.
type Metrics struct {
	Config   string        `yaml:"config" doc:"a prometheus.yml: what to scrape, where to write to, further rules"`
	Interval time.Duration `yaml:"interval" doc:"how often own and derived metrics are written, and rules evaluated where the prometheus.yml does not say"`
	MaxAge   time.Duration `yaml:"max_age" doc:"older samples are removed"`
	MaxSize  Size          `yaml:"max_size" doc:"the oldest blocks are removed beyond it; 0 is no limit"`
	// MaxSeries keeps one careless label from taking the memory of all.
	MaxSeries int         `yaml:"max_series" doc:"series that one metric may have; new ones beyond it are refused and counted"`
	Query     MetricQuery `yaml:"query"`
}

// MetricQuery limits PromQL.
type MetricQuery struct {
	Timeout       time.Duration `yaml:"timeout" doc:"longest a query may take"`
	MaxSamples    int           `yaml:"max_samples" doc:"samples a query may hold at once, 16 bytes each"`
	MaxConcurrent int           `yaml:"max_concurrent" doc:"queries under way at once; others wait"`
}

// Alerting is what alerts are made of, and who is told.
type Alerting struct {
	Defaults     bool     `yaml:"defaults" doc:"the alert rules that come with Telltale"`
	Rules        []string `yaml:"rules" doc:"own rule files, as Prometheus reads them: patterns such as rules/*.yml"`
	SLOs         string   `yaml:"slos" doc:"file of service level objectives"`
	Alertmanager string   `yaml:"alertmanager" doc:"an alertmanager.yml; with one, the receivers below have no meaning"`
	External     []string `yaml:"external" doc:"URLs of further Alertmanagers that are told as well"`
	Embedded     bool     `yaml:"embedded" doc:"the Alertmanager inside; false leaves all to the external ones"`
	SlackWebhook Secret   `yaml:"slack_webhook" doc:"URL of a Slack webhook: gets every alert"`
	PagerDutyKey Secret   `yaml:"pagerduty_key" doc:"integration key of PagerDuty (events v2): gets critical alerts"`
	Email        []string `yaml:"email" doc:"addresses that get every alert; wants smtp"`
	SMTP         SMTP     `yaml:"smtp"`
}

// SMTP is the server that takes e-mail.
type SMTP struct {
	Address  string `yaml:"address" doc:"host:port of the mail server"`
	From     string `yaml:"from" doc:"sender of alerts"`
	User     string `yaml:"user" doc:"name to log in with; empty does not log in"`
	Password Secret `yaml:"password" doc:"password to log in with"`
	Insecure bool   `yaml:"insecure" doc:"without TLS, for a mail server on this machine"`
}

// Default returns the configuration of a server without a file.
func Default() *Config {
	return &Config{
		Listen: "127.0.0.1:8080", Data: "data",
		OTLP:     OTLP{GRPC: "127.0.0.1:4317", HTTP: "127.0.0.1:4318"},
		Log:      Log{Format: "auto", Level: "info"},
		Shutdown: 30 * time.Second,
		Providers: map[string]Provider{
			"openai":    {Kind: "openai", BaseURL: "https://api.openai.com"},
			"anthropic": {Kind: "anthropic", BaseURL: "https://api.anthropic.com"},
			"gemini":    {Kind: "gemini", BaseURL: "https://generativelanguage.googleapis.com"},
		},
		Gateway: Gateway{
			MaxBody: 32 << 20, MaxBodyMemory: 1 << 30, MaxHeader: 64 << 10, MaxConcurrent: 4096, BodyTimeout: time.Minute,
			ConnectTimeout: 10 * time.Second, FirstByteTimeout: 10 * time.Minute, IdleTimeout: 5 * time.Minute, DisconnectGrace: 3 * time.Second,
			MaxContent: 256 << 10, QueueSize: 16384, MaxContentMemory: 64 << 20,
		},
		Ingest:  Ingest{MaxBody: 16 << 20, MaxDecoded: 64 << 20, MaxInFlight: 128 << 20},
		Content: "redacted",
		Redact:  Redact{Secrets: true, PII: true},
		Store:   Store{MaxAge: 30 * 24 * time.Hour, MaxSize: 50 << 30},
		Query:   Query{Timeout: 30 * time.Second, MaxConcurrent: 16},
		Metrics: Metrics{
			Interval: 15 * time.Second, MaxAge: 15 * 24 * time.Hour, MaxSize: 20 << 30, MaxSeries: 10_000,
			Query: MetricQuery{Timeout: 30 * time.Second, MaxSamples: 10_000_000, MaxConcurrent: 8},
		},
		Alerting:   Alerting{Defaults: true, Rules: []string{"rules/*.yml"}, Embedded: true},
		Dashboards: "dashboards",
		origin:     map[string]string{},
	}
}

// Off switches an address off.
const Off = "off"

// Redactor is what takes secrets and personal data out; nil where nothing is to be taken out.
func (c *Config) Redactor() (*redact.Redactor, error) {
	d := &c.Redact
	if !d.Secrets && !d.PII && len(d.Fields) == 0 && len(d.Rules) == 0 {
		return nil, nil //nolint:nilnil // as documented
	}
	o := redact.Options{Secrets: d.Secrets, PII: d.PII, Fields: d.Fields}
	for _, k := range d.Keep {
		o.Keep = append(o.Keep, redact.Kind(k))
	}
	if !d.Secrets && !d.PII { // own fields and rules alone: to package redact, neither set means both
		o.PII, o.Keep = true, personalKinds
	}
	for _, r := range d.Rules {
		o.Rules = append(o.Rules, redact.Rule{Name: r.Name, Pattern: r.Pattern, Personal: r.Personal})
	}
	return redact.New(o)
}

var personalKinds = []redact.Kind{
	redact.Email, redact.Phone, redact.Card, redact.IBAN, redact.Name, redact.Address, redact.BirthDate, redact.IDNumber,
}
