package alerting

import (
	"strings"
	"testing"
)

// What a configuration keeps secret is in no text, whatever shape it has there.
func TestMaskOfConfiguration(t *testing.T) {
	m := newMask(`
global: {slack_api_url: "https://hooks.example/services/T0/B0/secret-slack?key=secret-query-0123", http_config: {http_headers: {X-Key: {secrets: [secret-header], values: [plain-header]}}}}
receivers:
- name: plain-name
  pagerduty_configs: [{routing_key: &key secret-routing}]
  opsgenie_configs: [{api_key: *key}]
  webhook_configs: [{url: "https://user:secret-user@example.org/x", http_config: {authorization: {credentials: secret-bearer}, oauth2: {client_secret: secret-oauth}}}]
`)
	for _, text := range []string{
		"in /services/T0/B0/secret-slack", "no hook secret-slack", "the key secret-query-0123 has expired", "X-Key: secret-header", "secret-routing", "Basic user:secret-user", "Bearer secret-bearer", "secret-oauth",
		"Post \"https://hooks.example/services/T0/B0/secret-slack\": EOF", "https://elsewhere.example/with/secret-path",
	} {
		got := m.text(text)
		if strings.Contains(got, "secret-") {
			t.Errorf("%s: %s", text, got)
		}
	}
	if got := m.text("plain-name: plain-header is no secret; https://example.org:443"); got != "plain-name: plain-header is no secret; https://example.org:443" {
		t.Error(got)
	}
}

func TestMask(t *testing.T) {
	m := newMask("receivers: [{name: a, slack_configs: [{api_url: 'https://hooks.slack.com/services/T0/B0/abcdef'}], pagerduty_configs: [{routing_key: k-123456, url: 'https://u:passw0rd@x.example/p'}]}]\nglobal: {smtp_auth_password: 'pa ss'}")
	for text, want := range map[string]string{ //nolint:gosec // none of them is real
		`Post "https://hooks.slack.com/services/T0/B0/abcdef": refused`: `Post "https://hooks.slack.com/…": refused`,
		"status 400: key k-123456, password pa ss":                      "status 400: key <secret>, password <secret>",
		"no service /services/T0/B0/abcdef, passw0rd":                   "no service <secret>, <secret>",
		"dial tcp 127.0.0.1:9: see https://example.org":                 "dial tcp 127.0.0.1:9: see https://example.org",
	} {
		if got := m.text(text); got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
	}
	if got := m.text(strings.Repeat("é", 4000)); len(got) > maxError+4 {
		t.Errorf("%d bytes", len(got))
	}
	newMask("a: &x [*x]") // refers to itself
}
