package redact

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

// seededSecrets must not survive, whatever stands around them.
var seededSecrets = []string{
	"sk-proj-Zx81kQw0eR7tYuIoPaSd",
	"sk-ant-api03-Qm4nB5vC6xZ7lK8jH9gF-AA",
	"AIzaSyD4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T",
	"ghp_a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8",
	"github_pat_11ABCDEFG0a1b2c3d4e5f6_g7h8i9j0k1l2m3n4",
	"xoxb-123456789012-1234567890123-AbCdEfGhIjKl",
	"sk_live_51HxYzAbCdEfGhIjKl",
	"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
	"ada.lovelace@example.co.uk",
}

func FuzzString(f *testing.F) {
	for _, suite := range []string{"must-go.txt", "must-stay.txt"} {
		for _, c := range readSuite(f, suite) {
			f.Add(c.text)
		}
	}
	f.Add(`{"a":4111111111111111,"b":[4111111111111111, 378282246310005 ]}`)
	f.Add(`"\u0040\u00e9a\u0040b.cd \n+4915112345678"`)
	f.Add("ada@example.com\xff\xc3@b.cd")
	all, err := New(Options{Fields: []string{"badge"}, Rules: []Rule{{Name: "customer", Pattern: `CUST-\d+`}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for name, r := range map[string]*Redactor{"all": all, "secrets only": all.SecretsOnly()} {
			once, n := r.String(s)
			if (n == 0) != (once == s) {
				t.Errorf("%s: %d finds, but %q became %q", name, n, s, once)
			}
			if twice, m := r.String(once); m != 0 {
				t.Errorf("%s: not idempotent: %q, then %q, then %q", name, s, once, twice)
			}
			if utf8.ValidString(s) && !utf8.ValidString(once) {
				t.Errorf("%s: %q became invalid UTF-8: %q", name, s, once)
			}
			if isDocument(s) && !json.Valid([]byte(once)) {
				t.Errorf("%s: JSON %q became %q", name, s, once)
			}
		}
	})
}

// FuzzJSON puts any text into JSON, twice: valid JSON must come out at both levels.
func FuzzJSON(f *testing.F) {
	for _, c := range readSuite(f, "must-go.txt") {
		f.Add("content", c.text)
	}
	f.Add("password", `hun"ter\2`)
	f.Add("token", "\u2028\\")
	r, err := New(Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, key, text string) {
		inner, err := json.Marshal(map[string]any{key: text, "n": 4111111111111111, "l": []string{text}})
		if err != nil {
			t.Fatal(err)
		}
		outer, err := json.Marshal([]map[string]string{{"role": "user", "content": string(inner)}})
		if err != nil {
			t.Fatal(err)
		}
		if once, _ := r.String(string(inner)); !json.Valid([]byte(once)) {
			t.Errorf("JSON %s became %s", inner, once)
		}
		once, _ := r.String(string(outer))
		var messages []map[string]string
		if err := json.Unmarshal([]byte(once), &messages); err != nil {
			t.Fatalf("JSON %s became %s: %v", outer, once, err)
		}
		if got := messages[0]["content"]; !json.Valid([]byte(got)) {
			t.Errorf("JSON inside %s became %s", outer, got)
		}
	})
}

// FuzzSecretSurvives puts secrets between any two texts.
func FuzzSecretSurvives(f *testing.F) {
	f.Add("key: ", ", and more", uint8(0))
	f.Add(`{"content":"`, `"}`, uint8(3))
	f.Add("https://example.com/?q=", "&x=1", uint8(5))
	f.Add("密钥", "。", uint8(7))
	r, err := New(Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, before, after string, which uint8) {
		secret := seededSecrets[int(which)%len(seededSecrets)]
		text := before + " " + secret + " " + after
		if got, _ := r.String(text); strings.Contains(got, secret) && !strings.Contains(before+after, secret) {
			t.Errorf("%q survived in %q", secret, got)
		}
	})
}

// isDocument reports whether s is a JSON object, list or string.
func isDocument(s string) bool {
	s = strings.TrimLeft(s, " \t\r\n")
	return s != "" && strings.IndexByte(`{["`, s[0]) >= 0 && json.Valid([]byte(s))
}
