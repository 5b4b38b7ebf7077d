package redact

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func ExampleRedactor_String() {
	r, err := New(Options{})
	if err != nil {
		panic(err)
	}
	text, n := r.String(`ask ada@example.com, key sk-proj-1a2B3c4D5e6F7g8H`)
	fmt.Println(text, n)
	// Output: ask [redacted:email], key [redacted:api_key] 2
}

func ExampleRedactor_Field() {
	r, err := New(Options{Fields: []string{"customer number"}})
	if err != nil {
		panic(err)
	}
	for _, f := range [][2]string{
		{"db.password", "hunter2"},
		{"gen_ai.usage.input_tokens", "1200"},
		{"user.full_name", "Ada Lovelace"},
		{"billing.customerNumber", "4711"},
		{"note", "call +49 30 901820"},
	} {
		value, _ := r.Field(f[0], f[1])
		fmt.Println(f[0], "=", value)
	}
	// Output:
	// db.password = [redacted:secret]
	// gen_ai.usage.input_tokens = 1200
	// user.full_name = [redacted:name]
	// billing.customerNumber = [redacted:field]
	// note = call [redacted:phone]
}

func ExampleRule() {
	r, err := New(Options{Rules: []Rule{{Name: "customer", Pattern: `CUST-[0-9]{8}`}}})
	if err != nil {
		panic(err)
	}
	text, _ := r.String("refund CUST-00471108")
	fmt.Println(text)
	// Output: refund [redacted:customer]
}

func TestField(t *testing.T) {
	r := newRedactor(t, Options{})
	for _, c := range []struct{ key, value, want string }{
		{"password", "hunter2", "[redacted:secret]"},
		{"PASSWORD", "12345678", "[redacted:secret]"},
		{"password", "", ""},
		{"password", "true", "true"},
		{"password", "[redacted:secret]", "[redacted:secret]"},
		{"http.request.header.authorization", `["Bearer abc"]`, "[redacted:secret]"},
		{"http.request.header.cookie", "a=b; c=d", "[redacted:secret]"},
		{"http.response.header.set-cookie", "a=b", "[redacted:secret]"},
		{"OPENAI_API_KEY", "anything at all", "[redacted:secret]"},
		{"clientSecret", "x y z", "[redacted:secret]"},
		{"aws.secretAccessKey", "abc", "[redacted:secret]"},
		{"db.connection_string", "Server=db", "[redacted:secret]"},
		{"access_tokens", `["a"]`, "[redacted:secret]"},
		{"token", "abc", "[redacted:secret]"},
		{"token", "42", "42"},
		{"tokens", "4200", "4200"},
		{"max_tokens", "4096", "4096"},
		{"gen_ai.usage.output_tokens", "34", "34"},
		{"gen_ai.token.type", "input", "input"},
		{"llm.token_count.prompt", "12", "12"},
		{"tokenizer", "cl100k_base", "cl100k_base"},
		{"secretary", "Bob", "Bob"},
		{"api_key_id", "key_1", "key_1"},
		{"session.id", "s-1", "s-1"},
		{"enduser.id", "u-1", "u-1"},
		{"user.name", "ada", "[redacted:name]"},
		{"user.full_name", "Ada Lovelace", "[redacted:name]"},
		{"user_name", "ada42", "ada42"},
		{"customer.first_name", "Ada", "[redacted:name]"},
		{"gen_ai.agent.name", "planner", "planner"},
		{"service.name", "checkout", "checkout"},
		{"user.phone", "0171 1234567", "[redacted:phone]"},
		{"phone", "none given", "none given"},
		{"user.email", "ada@example.com", "[redacted:email]"},
		{"ssn", "078-05-1120", "[redacted:id_number]"},
		{"server.address", "10.0.0.1", "10.0.0.1"},
		{"message", "password=hunter2", "password=[redacted:secret]"},
	} {
		got, n := r.Field(c.key, c.value)
		if got != c.want || (n > 0) != (got != c.value) {
			t.Errorf("%s=%q: got %q (%d), want %q", c.key, c.value, got, n, c.want)
		}
	}
}

func TestFieldUnder(t *testing.T) {
	r := newRedactor(t, Options{Fields: []string{"badge"}})
	for _, c := range []struct{ groups, key, value, want string }{
		{"secret", "v", "hunter2", "[redacted:secret]"},
		{"credentials.inner", "list", `["hunter2"]`, "[redacted:secret]"},
		{"token.value", "x", "hunter2hunter2", "[redacted:secret]"},
		{"gen_ai.token", "type", "input", "input"},
		{"token", "count", "1234567", "1234567"},
		{"badge", "v", "A1", "[redacted:field]"},
		{"secret", "configured", "true", "true"},
		{"user", "id", "u-1", "u-1"},
		{"user", "name", "ada", "[redacted:name]"},
		{"", "password", "hunter2", "[redacted:secret]"},
		{"home_address", "street", "Main St", "[redacted:address]"},
		{"phone", "note", "ask ada@example.com", "ask [redacted:email]"},
	} {
		if got, n := r.FieldUnder(c.groups, c.key, c.value); got != c.want || (n > 0) != (got != c.value) {
			t.Errorf("%s, %s=%q: got %q (%d), want %q", c.groups, c.key, c.value, got, n, c.want)
		}
	}
}

// Names inside of names are walked over once, however many there are.
func TestNestedNamesCostOnce(t *testing.T) {
	r := newRedactor(t, Options{})
	text := strings.Repeat(`{"secret":`, 20_000) + `"hunter2"`
	begin := time.Now()
	if got, _ := r.String(text); strings.Contains(got, "hunter2") {
		t.Error("the secret is still there")
	}
	if d := time.Since(begin); d > 5*time.Second {
		t.Errorf("%d bytes took %v", len(text), d)
	}
}

const mixed = "ada@example.com password=hunter2 4111111111111111 sk-proj-1a2B3c4D5e6F7g8H CUST-1 CASE-2"

func TestOptions(t *testing.T) {
	rules := []Rule{{Name: "customer", Pattern: `CUST-\d+`, Personal: true}, {Name: "case_no", Pattern: `CASE-\d+`}}
	for name, c := range map[string]struct {
		r    *Redactor
		want string
	}{
		"everything":   {newRedactor(t, Options{}), "[redacted:email] password=[redacted:secret] [redacted:card] [redacted:api_key] CUST-1 CASE-2"},
		"secrets":      {newRedactor(t, Options{Secrets: true}), "ada@example.com password=[redacted:secret] 4111111111111111 [redacted:api_key] CUST-1 CASE-2"},
		"PII":          {newRedactor(t, Options{PII: true}), "[redacted:email] password=hunter2 [redacted:card] sk-proj-1a2B3c4D5e6F7g8H CUST-1 CASE-2"},
		"both":         {newRedactor(t, Options{Secrets: true, PII: true}), "[redacted:email] password=[redacted:secret] [redacted:card] [redacted:api_key] CUST-1 CASE-2"},
		"keep":         {newRedactor(t, Options{Keep: []Kind{Email, Secret}}), "ada@example.com password=hunter2 [redacted:card] [redacted:api_key] CUST-1 CASE-2"},
		"rules":        {newRedactor(t, Options{Rules: rules}), "[redacted:email] password=[redacted:secret] [redacted:card] [redacted:api_key] [redacted:customer] [redacted:case_no]"},
		"secrets only": {newRedactor(t, Options{Rules: rules}).SecretsOnly(), "ada@example.com password=[redacted:secret] 4111111111111111 [redacted:api_key] CUST-1 [redacted:case_no]"},
		"secrets only, twice": {
			newRedactor(t, Options{}).SecretsOnly().SecretsOnly(),
			"ada@example.com password=[redacted:secret] 4111111111111111 [redacted:api_key] CUST-1 CASE-2",
		},
		"fields": {newRedactor(t, Options{Fields: []string{"Case"}}), "[redacted:email] password=[redacted:secret] [redacted:card] [redacted:api_key] CUST-1 CASE-2"},
	} {
		t.Run(name, func(t *testing.T) {
			got, _ := c.r.String(mixed)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestOwnFieldsInText(t *testing.T) {
	r := newRedactor(t, Options{Fields: []string{"customer_number"}})
	for text, want := range map[string]string{
		`{"customerNumber":"A 1","x":"A 1"}`:   `{"customerNumber":"[redacted:field]","x":"A 1"}`,
		`{"billing_customer_number":47110815}`: `{"billing_customer_number":"[redacted:field]"}`,
		`customer-number=A1 x=A1`:              `customer-number=[redacted:field] x=A1`,
		`{"customer":"A1","number":"A1"}`:      `{"customer":"A1","number":"A1"}`,
	} {
		if got, _ := r.String(text); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}

func TestRulesLeaveMarkersAlone(t *testing.T) {
	r := newRedactor(t, Options{Rules: []Rule{{Name: "word", Pattern: `[a-z]+`}, {Name: "number", Pattern: `\d+`}}})
	once, n := r.String("ask ada@example.com 42")
	if once != "[redacted:word] [redacted:email] [redacted:number]" || n != 3 {
		t.Errorf("got %q, %d", once, n)
	}
	if twice, n := r.String(once); twice != once || n != 0 {
		t.Errorf("again: got %q, %d", twice, n)
	}
}

func TestNewRefuses(t *testing.T) {
	for want, o := range map[string]Options{
		`rule 1: name "": want 1 to 32 of a-z, 0-9 and _`:              {Rules: []Rule{{Pattern: "x"}}},
		`rule 1: name "Bad Name": want 1 to 32 of a-z, 0-9 and _`:      {Rules: []Rule{{Name: "Bad Name", Pattern: "x"}}},
		`rule 2: b: the pattern is empty`:                              {Rules: []Rule{{Name: "a", Pattern: "x"}, {Name: "b"}}},
		`rule 1: a: pattern "x(": missing closing ): "x("`:             {Rules: []Rule{{Name: "a", Pattern: "x("}}},
		`rule 1: a: pattern "(?=x)": invalid or unsupported Perl`:      {Rules: []Rule{{Name: "a", Pattern: "(?=x)"}}},
		`rule 1: a: pattern "x*" matches the empty text, so it would`:  {Rules: []Rule{{Name: "a", Pattern: "x*"}}},
		`field 1: "--" has no letter or digit`:                         {Fields: []string{"--"}},
		`keep "e-mail": no such kind; there are secret, api_key, toke`: {Keep: []Kind{"e-mail"}},
	} {
		if _, err := New(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestRuleFindsItsLiteral(t *testing.T) {
	for pattern, want := range map[string]string{
		`CUST-[0-9]{8}`:    "CUST-",
		`(?i)cust-\d+`:     "",
		`\bcase (no|nr)\b`: "case ",
		`(abc)+d?`:         "abc",
		`a|b`:              "",
		`x{2,}yz*`:         "x",
	} {
		got, err := Rule{Name: "r", Pattern: pattern}.compile()
		if err != nil {
			t.Fatal(err)
		}
		if got.literal != want {
			t.Errorf("%s: literal %q, want %q", pattern, got.literal, want)
		}
	}
}

func TestCleanTextIsTheSameString(t *testing.T) {
	r := newRedactor(t, Options{Rules: []Rule{{Name: "customer", Pattern: `CUST-\d+`}}})
	for _, text := range []string{clean(4096), messages(4096), "", "x"} {
		if n := testing.AllocsPerRun(10, func() { r.String(text) }); n != 0 {
			t.Errorf("%.20q…: %v allocations", text, n)
		}
	}
	if n := testing.AllocsPerRun(10, func() { r.Field("gen_ai.usage.input_tokens", "1200") }); n != 0 {
		t.Errorf("field: %v allocations", n)
	}
}

// Content is bounded before or after redaction: a cut text must not give away what a whole one would not.
func TestCutTextKeepsNoSecret(t *testing.T) {
	r := newRedactor(t, Options{})
	text := `{"password":"correct horse battery staple","key":"-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ`
	for n := len(`{"password":"correct`); n <= len(text); n++ {
		got, _ := r.String(text[:n])
		if strings.Contains(got, "correct") || n > len(text)-40 && strings.Contains(got, "MIIEv") {
			t.Errorf("%s became %s", text[:n], got)
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	r := newRedactor(t, Options{Rules: []Rule{{Name: "customer", Pattern: `CUST-\d+`}}})
	want, _ := r.String(mixed)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				if got, _ := r.String(mixed); got != want {
					t.Errorf("got %q, want %q", got, want)
				}
			}
		})
	}
	wg.Wait()
}
