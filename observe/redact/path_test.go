package redact_test

import (
	"strings"
	"testing"

	"github.com/telltale-dev/telltale/observe/redact"
)

func TestPaths(t *testing.T) {
	for _, test := range []struct{ path, want string }{
		{"/v1/sk-proj-1a2B3c4D5e6F7g8H9i0J/x", "/v1/[redacted:api_key]/x"},
		{"/v1/sk-abcdefghijklmnopqrst/x", "/v1/[redacted:api_key]/x"},
		{"/bot123456789:AAEhBP0av28abcdefghijklmnopqrstuvwx/sendMessage", "/bot[redacted:api_key]/sendMessage"},
		{"/bot123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11/getMe", "/bot[redacted:api_key]/getMe"},
		{"/bot123456%3AABC-DEF1234ghIkl-zyx57W2v1u123ew11/getMe", "/bot[redacted:api_key]/getMe"},
		{"/reset/token/9f86d081884c7d659a2feaa0c55ad015", "/reset/token/[redacted:secret]"},
		{"/reset/token/9f86d081884c7d659a2feaa0c55ad015/?next=/a", "/reset/token/[redacted:secret]/?next=/a"},
		{"/api-key/0a1b2c3d4e5f6071/usage", "/api-key/[redacted:secret]/usage"},
		{"/password/Zx9Yw8Vu7Ts6Rq5P", "/password/[redacted:secret]"},
		{"/members/4711/plan", "/members/[redacted:field]/plan"}, // a field of one's own
		{"/users/bob@example.com/token/0a1b2c3d4e5f6071", "/users/[redacted:email]/token/[redacted:secret]"},

		{"/", "/"},
		{"//", "//"},
		{"/v1/chat/completions", "/v1/chat/completions"},
		{"/users/password/reset", "/users/password/reset"},
		{"/oauth/token/introspect", "/oauth/token/introspect"},
		{"/v1/tokens/3f2504e0-4f89-11d3-9a0c-0305e82c3301", "/v1/tokens/3f2504e0-4f89-11d3-9a0c-0305e82c3301"},
		{"/traces/4bf92f3577b34da6a3ce929d0e0e4736", "/traces/4bf92f3577b34da6a3ce929d0e0e4736"},
		{"/keys/key_01h455vb4pex5vsknk084sn02q", "/keys/key_01h455vb4pex5vsknk084sn02q"},
		{"/docs/sk-learn-tutorials-for-beginners", "/docs/sk-learn-tutorials-for-beginners"},
		{"/bot/status", "/bot/status"},
		{"/bots12345:the-name-of-a-long-document", "/bots12345:the-name-of-a-long-document"},
		{"/robots.txt", "/robots.txt"},
		{"/search?token/0a1b2c3d4e5f6071", "/search?token/0a1b2c3d4e5f6071"},
	} {
		r, err := redact.New(redact.Options{Fields: []string{"members"}})
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range []string{"path", "url.path", "request_path"} {
			got, n := r.Field(key, test.path)
			if got != test.want || (n > 0) != (got != test.path) {
				t.Errorf("%s %s: %s (%d), want %s", key, test.path, got, n, test.want)
			}
			if again, n := r.Field(key, got); again != got || n > 0 && !strings.Contains(got, "@") {
				t.Errorf("%s again: %s (%d)", got, again, n)
			}
		}
		url := "https://example.com:8080" + test.path
		if got, _ := r.Field("url.full", url); got != "https://example.com:8080"+test.want {
			t.Errorf("%s: %s", url, got)
		}
		if got, _ := r.Field("note", test.path); strings.Contains(test.want, ":secret]") && got == test.want {
			t.Errorf("%s: only paths have segments", test.path)
		}
	}
	personal, err := redact.New(redact.Options{PII: true})
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := personal.Field("path", "/token/0a1b2c3d4e5f6071"); got != "/token/0a1b2c3d4e5f6071" {
		t.Errorf("without secrets: %s", got)
	}
}

func FuzzPath(f *testing.F) {
	f.Add("/reset/token/9f86d081884c7d659a2feaa0c55ad015?x#y")
	f.Add("/bot123456%3AABC-DEF1234ghIkl-zyx57W2v1u123ew11//sk-abcdefghijklmnopqrst")
	r, err := redact.New(redact.Options{Fields: []string{"members"}})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, path string) {
		once, n := r.Field("path", path)
		if n == 0 && once != path {
			t.Errorf("%q became %q without a find", path, once)
		}
		if strings.Count(once, "/") > strings.Count(path, "/") {
			t.Errorf("%q has more segments than %q", once, path)
		}
	})
}
