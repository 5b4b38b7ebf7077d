package observe_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/telltale-dev/telltale/observe"
)

// TestKeysInPathsAreShownNowhere looks at all that the path of a request gets into, and that of a call it makes.
func TestKeysInPathsAreShownNowhere(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	defer other.Close()
	const (
		bot   = "123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11"
		reset = "9f86d081884c7d659a2feaa0c55ad015"
	)
	for _, test := range []struct{ path, secret, want string }{
		{"/v1/" + apiKey + "/x", apiKey, "/v1/[redacted:api_key]/x"},
		{"/v1/" + strings.ReplaceAll(apiKey, "-", "%2D") + "/x", apiKey[8:], "/v1/[redacted:api_key]/x"},
		{"/v1/sk-abcdefghijklmnopqrst", "abcdefghijklmnop", "/v1/[redacted:api_key]"},
		{"/bot" + bot + "/sendMessage", bot, "/bot[redacted:api_key]/sendMessage"},
		{"/bot" + strings.Replace(bot, ":", "%3A", 1) + "/sendMessage", bot[7:], "/bot[redacted:api_key]/sendMessage"},
		{"/reset/token/" + reset, reset, "/reset/token/[redacted:secret]"},
		{"/rooms/" + reset, "", "/rooms/" + reset},
	} {
		var reported reporter
		o := begin(t, func(c *observe.Config) { c.Errors = []observe.ErrorReporter{&reported} })
		s := o.serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			observe.Error(r.Context(), errors.New("broken"))
			out, err := http.NewRequestWithContext(r.Context(), http.MethodGet, other.URL+r.URL.EscapedPath(), http.NoBody)
			if err != nil {
				t.Error(err)
				return
			}
			if resp, err := o.HTTPClient().Do(out); err == nil {
				_ = resp.Body.Close()
			}
		}))
		resp, err := send(t, http.DefaultClient, http.MethodGet, s.URL+test.path)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		got := map[string]string{"access line": o.access(t)["path"].(string)}
		for _, l := range o.lines(t, "") {
			if l["level"] == "ERROR" {
				got["line of an error"] = l["path"].(string)
			}
		}
		for _, span := range o.spans.Ended() {
			a := attrs(span)
			if a["url.path"] != "" {
				got["span"] = a["url.path"]
			} else {
				got["span of a call"] = strings.TrimPrefix(a["url.full"], other.URL)
			}
			for key, value := range a {
				if test.secret != "" && strings.Contains(value, test.secret) {
					t.Errorf("%s: %s of a span is %s", test.path, key, value)
				}
			}
		}
		for _, e := range reported {
			got["report"] = e.Path
		}
		if len(got) != 5 {
			t.Errorf("%s: %v", test.path, got)
		}
		for where, path := range got {
			if unescaped := strings.NewReplacer("%5B", "[", "%5D", "]").Replace(path); unescaped != test.want {
				t.Errorf("%s: the %s has %s, want %s", test.path, where, path, test.want)
			}
		}
		if log := o.log.String(); test.secret != "" && strings.Contains(log, test.secret) {
			t.Errorf("%s is in the log: %s", test.secret, log)
		}
	}
}
