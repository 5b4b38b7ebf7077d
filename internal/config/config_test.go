package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func load(t *testing.T, text string, environ ...string) (*Config, []string, error) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "telltale.yml")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, warnings, err := Load(name, environ)
	if err != nil {
		err = fmt.Errorf("%s", strings.ReplaceAll(err.Error(), filepath.Dir(name)+"/", ""))
	}
	return c, warnings, err
}

func TestDefaultsAreValid(t *testing.T) {
	if err := Default().Validate(); err != nil {
		t.Fatal(err)
	}
}

func TestFileAndEnvironment(t *testing.T) {
	c, warnings, err := load(t, `
listen: 127.0.0.1:0
store: {max_age: 7d, max_size: 1.5gb}
providers:
  openai: {api_key: from-file}
  vllm: {kind: openai, base_url: "http://127.0.0.1:8000/v1"}
redact:
  pii: false
  rules:
    - {name: ticket, pattern: 'TCK-\d+'}
`, "TELLTALE_PROVIDERS_OPENAI_BASE_URL=http://127.0.0.1:1", "TELLTALE_LOG_LEVEL=debug", "TELLTALE_PORT_8080_TCP=tcp://10.0.0.1", "TELLTALE_SERVER=x", "HOME=/")
	if err != nil {
		t.Fatal(err)
	}
	if c.Store.MaxAge != 7*24*time.Hour || c.Store.MaxSize != 3<<29 || c.Log.Level != "debug" || c.Redact.PII || !c.Redact.Secrets {
		t.Errorf("got %+v", c)
	}
	if diff := cmp.Diff([]Rule{{Name: "ticket", Pattern: `TCK-\d+`}}, c.Redact.Rules); diff != "" {
		t.Error(diff)
	}
	want := map[string]Provider{
		"openai": {Kind: "openai", BaseURL: "http://127.0.0.1:1", APIKey: "from-file"}, "vllm": {Kind: "openai", BaseURL: "http://127.0.0.1:8000/v1"},
		"anthropic": Default().Providers["anthropic"], "gemini": Default().Providers["gemini"],
	}
	if diff := cmp.Diff(want, c.Providers); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"environment variable TELLTALE_PORT_8080_TCP means nothing here"}, warnings); diff != "" {
		t.Error(diff)
	}
}

func TestMistakes(t *testing.T) {
	for _, tc := range []struct{ name, text, env, want string }{
		{"unknown key", "listen: 127.0.0.1:0\nproviderz: {}\n", "", `telltale.yml:2: there is no key "providerz" here; did you mean "providers"?`},
		{"nested", "gateway:\n  max_bodi: 1mb\n", "", `telltale.yml:2: gateway: there is no key "max_bodi" here; did you mean "max_body"?`},
		{"size", "gateway: {max_body: many}\n", "", `telltale.yml:1: gateway.max_body: "many" is no size: want a number with b, kb, mb, gb or tb, such as 48mb`},
		{"duration", "\nshutdown: 30\n", "", `telltale.yml:2: shutdown: "30" is no duration: want a number with a unit, such as 150ms, 30s, 10m, 12h or 30d`},
		{"twice", "data: a\ndata: b\n", "", `telltale.yml:2: data: is set twice`},
		{"value", "log:\n  level: debgu\n", "", `telltale.yml:2: log.level: "debgu" is not known; did you mean "debug"?`},
		{"kind", "providers:\n  x:\n    kind: opnai\n    base_url: http://h\n", "", `telltale.yml:3: providers.x.kind: "opnai" is not known; did you mean "openai"?`},
		{"base url", "providers: {x: {kind: openai, base_url: 'ftp://h'}}\n", "", `telltale.yml:1: providers.x.base_url: want http:// or https:// with a host, and no user, query or fragment`},
		{"reserved", "providers: {api: {kind: openai, base_url: 'http://h'}}\n", "", `telltale.yml:1: providers.api: the name is taken: /api is an address of this server`},
		{"open door", "listen: 0.0.0.0:8080\n", "", `telltale.yml:1: listen: 0.0.0.0:8080 can be reached by other machines, so auth.token must be set (environment variable TELLTALE_AUTH_TOKEN)`},
		{"environment", "", "TELLTALE_GATEWAY_IDLE_TIMEOUT=soon", `environment variable TELLTALE_GATEWAY_IDLE_TIMEOUT: "soon" is no duration: want a number with a unit, such as 150ms, 30s, 10m, 12h or 30d`},
		{"environment value", "", "TELLTALE_CONTENT=ful", `environment variable TELLTALE_CONTENT: content: "ful" is not known; did you mean "full"?`},
		{"yaml", "a: [\n", "", `telltale.yml: line 1: did not find expected node content`},
		{"pattern", "redact: {rules: [{name: x, pattern: '('}]}\n", "", `telltale.yml:1: redact.rules[0]: x: pattern "(": missing closing ): "("`},
		{"rule name", "redact:\n  rules:\n    - {name: A B, pattern: x}\n", "", `telltale.yml:3: redact.rules[0]: name "A B": want 1 to 32 of a-z, 0-9 and _`},
		{"kept kind", "redact: {keep: [fone]}\n", "", `telltale.yml:1: redact.keep: keep "fone": no such kind; there are secret, api_key, token, private_key, password, webhook, email, phone, card, iban, name, address, birth_date, id_number`},
		{"provider twice", "providers:\n  x: {kind: openai, base_url: 'http://h'}\n  x: {kind: openai, base_url: 'http://i'}\n", "", `telltale.yml:3: providers.x: is set twice`},
		{"two documents", "data: a\n---\ndata: b\n", "", `telltale.yml:2: a second document begins here; a configuration is one`},
		{"password in a URL", "alerting: {external: ['http://ops:hunter2@am.example:9093']}\n", "", "telltale.yml:1: alerting.external: http://ops:xxxxx@am.example:9093 holds a password, which logs and links would show: want https://HOST, or http://HOST:PORT"},
		{"mail without a server", "alerting: {email: [oncall@example.com]}\n", "", "telltale.yml:1: alerting.smtp.address: is empty, and alerting.email wants a mail server: want host:port"},
		{"no pattern", "alerting:\n  rules: ['rules/[.yml']\n", "", `telltale.yml:2: alerting.rules: "rules/[.yml" is no pattern: want a file, or one such as rules/*.yml`},
		{"receivers nobody reads", "alerting:\n  alertmanager: am.yml\n  pagerduty_key: abc\n", "", "telltale.yml:2: alerting.alertmanager: names a file, so slack_webhook, pagerduty_key and email would have no meaning: write them there, or remove it"},
		{"merge key", "a: &a {max_body: 1mb}\ngateway: {<<: *a}\n", "", "telltale.yml:1: there is no key \"a\" here; there are listen, data, otlp, log, auth, shutdown, providers, gateway, ingest, content, redact, prices, store, query, external_url, metrics, alerting, dashboards\n" +
			`telltale.yml:2: gateway: there is no key "<<" here; there are max_body, max_body_memory, max_header, max_concurrent, body_timeout, connect_timeout, first_byte_timeout, idle_timeout, disconnect_grace, max_content, raw, queue_size, max_content_memory`},
		{"near limit", "gateway:\n  disconect_grace: 1s\n", "", `telltale.yml:2: gateway: there is no key "disconect_grace" here; did you mean "disconnect_grace"?`},
		{"body memory", "gateway:\n  max_body: 2gb\n  max_body_memory: 1gb\n", "", `telltale.yml:3: gateway.max_body_memory: 1gb is not more than gateway.max_body, 2gb: the largest bodies could never pass`},
		{"queue", "gateway: {queue_size: 100000000}\n", "", `telltale.yml:1: gateway.queue_size: 100000000 is too much; want at most 1048576`},
		{"no queue", "", "TELLTALE_GATEWAY_QUEUE_SIZE=0", `environment variable TELLTALE_GATEWAY_QUEUE_SIZE: gateway.queue_size: must be more than zero`},
		{"body timeout", "gateway: {body_timeout: 0s}\n", "", `telltale.yml:1: gateway.body_timeout: must be more than zero`},
		{"content memory", "gateway: {max_content_memory: 0}\n", "", `telltale.yml:1: gateway.max_content_memory: must be more than zero`},
		{"content", "gateway: {max_content: 100b}\n", "", `telltale.yml:1: gateway.max_content: 100b is too little; want at least 1kb, or content: off`},
		{"no number", "store: {sampling: {drop: .nan}}\n", "", `telltale.yml:1: store.sampling.drop: ".nan" is no number of zero or more`},
		{"no number either", "store: {sampling: {drop: NaN}}\n", "", `telltale.yml:1: store.sampling.drop: "NaN" is no number of zero or more`},
		{"mask for a secret", "auth: {token: '[secret]'}\n", "", "telltale.yml:1: auth.token: is the mask that `telltale config show` writes, not the secret"},
		{"blank secret", "", "TELLTALE_AUTH_TOKEN= ", "environment variable TELLTALE_AUTH_TOKEN: is blank"},
		{"two lines of secret", "", "TELLTALE_PROVIDERS_OPENAI_API_KEY=sk-a\nb", "environment variable TELLTALE_PROVIDERS_OPENAI_API_KEY: holds a space, a line break or another character that cannot stand in a key"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, _, err := load(t, tc.text, tc.env)
			if err == nil {
				t.Fatal("no error")
			}
			if diff := cmp.Diff(tc.want, err.Error()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A variable that is empty, and a key without a value, change nothing: compose files and charts write many of them.
func TestEmptyIsNotSet(t *testing.T) {
	c, _, err := load(t, "auth: {token: secret-of-file}\ndata: ~\nlisten:\nproviders:\nredact: {rules: null}\n", "TELLTALE_AUTH_TOKEN=", "TELLTALE_LISTEN=", "TELLTALE_PROVIDERS_OPENAI_API_KEY=")
	if err != nil {
		t.Fatal(err)
	}
	want := Default()
	if c.Auth.Token.Reveal() != "secret-of-file" || c.Listen != want.Listen || c.Data != want.Data || len(c.Providers) != len(want.Providers) {
		t.Errorf("got %+v, want %+v", c, want)
	}
}

// A provider may be called name, although that is what the documentation of keys calls all of them.
func TestAProviderCalledName(t *testing.T) {
	c, warnings, err := load(t, "", "TELLTALE_PROVIDERS_NAME_KIND=openai", "TELLTALE_PROVIDERS_NAME_BASE_URL=http://h")
	if err != nil || len(warnings) > 0 {
		t.Fatal(err, warnings)
	}
	if c.Providers["name"].BaseURL != "http://h" {
		t.Errorf("got %+v", c.Providers)
	}
}

func TestFilesWithoutEndAreRefused(t *testing.T) {
	for _, environ := range [][]string{nil, {"TELLTALE_PROVIDERS_OPENAI_API_KEY_FILE=/dev/zero"}} {
		name := "/dev/zero"
		if environ != nil {
			name = os.DevNull
		}
		if _, _, err := Load(name, environ); err == nil || !strings.Contains(err.Error(), "larger than 1 MB") {
			t.Errorf("got %v", err)
		}
	}
}

func TestRedactor(t *testing.T) {
	const text = "jo@example.org has sk-proj-abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGH, call +49 30 901820 for TCK-7"
	for _, tc := range []struct{ yaml, want string }{
		{"{}", "[redacted:email] has [redacted:api_key], call [redacted:phone] for TCK-7"},
		{"{secrets: false, pii: false}", text},
		{"{pii: false}", "jo@example.org has [redacted:api_key], call +49 30 901820 for TCK-7"},
		{"{secrets: false}", "[redacted:email] has sk-proj-abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGH, call [redacted:phone] for TCK-7"},
		{"{keep: [phone]}", "[redacted:email] has [redacted:api_key], call +49 30 901820 for TCK-7"},
		{"{secrets: false, pii: false, rules: [{name: ticket, pattern: 'TCK-[0-9]+'}]}", strings.Replace(text, "TCK-7", "[redacted:ticket]", 1)},
	} {
		c, _, err := load(t, "redact: "+tc.yaml)
		if err != nil {
			t.Fatal(err)
		}
		r, err := c.Redactor()
		if err != nil {
			t.Fatal(err)
		}
		got := text
		if r != nil {
			got, _ = r.String(text)
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s: %s", tc.yaml, diff)
		}
	}
	c, _, err := load(t, "redact: {rules: [{name: ticket, pattern: 'TCK-[0-9]+', personal: true}]}")
	if err != nil {
		t.Fatal(err)
	}
	r, err := c.Redactor()
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := r.SecretsOnly().String("TCK-7"); got != "TCK-7" {
		t.Errorf("content in full lost a personal find: %s", got)
	}
}

func TestSecretsNeverPrint(t *testing.T) {
	c, _, err := load(t, "auth: {token: s3cr3t-value}\nproviders: {openai: {api_key: s3cr3t-value}}\n")
	if err != nil {
		t.Fatal(err)
	}
	text, err := Show(c)
	if err != nil {
		t.Fatal(err)
	}
	if s := fmt.Sprintf("%v %+v %#v %s", c, c, c, text); strings.Contains(s, "s3cr3t") {
		t.Errorf("the secret shows: %s", s)
	}
	if c.Auth.Token.Reveal() != "s3cr3t-value" {
		t.Error("the secret is gone")
	}
}

// What `telltale config show` writes can be read again and means the same.
func TestShowReadsBack(t *testing.T) {
	text, err := Show(Default())
	if err != nil {
		t.Fatal(err)
	}
	c, _, err := load(t, text)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	again, err := Show(c)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(text, again); diff != "" {
		t.Error(diff)
	}
}

func TestEveryKeyIsDocumentedAndHasAVariable(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range Keys() {
		if k.Doc == "" {
			t.Errorf("%s has no documentation", k.Path)
		}
		if seen[k.Env] {
			t.Errorf("%s stands for two keys", k.Env)
		}
		seen[k.Env] = true
	}
}

func FuzzParse(f *testing.F) {
	f.Add("listen: 127.0.0.1:0\nproviders: {x: {kind: openai}}\n")
	f.Add("a: &a [*a]\n")
	f.Fuzz(func(_ *testing.T, text string) {
		c := Default()
		if c.parse("x.yml", []byte(text)) == nil {
			_ = c.Validate()
		}
	})
}
