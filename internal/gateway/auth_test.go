package gateway

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	ttToken     = "tt-secret-token"
	providerKey = "sk-provider-secret"
)

// TestKeys looks at what the provider gets to see for what the client sent.
func TestKeys(t *testing.T) {
	const chat, messages, gemini = "/openai/v1/chat/completions", "/anthropic/v1/messages", "/gemini/v1beta/models/m:generateContent"
	type seen struct{ Authorization, APIKey, GoogKey, Query string }
	for name, tc := range map[string]struct {
		path    string
		keyed   bool
		token   string
		headers []string
		status  int
		want    seen
	}{
		"client's key passes":       {path: chat, headers: []string{"Authorization: Bearer sk-c"}, status: 200, want: seen{Authorization: "Bearer sk-c"}},
		"client's query key passes": {path: gemini + "?key=AIza&alt=sse", status: 200, want: seen{Query: "key=AIza&alt=sse"}},
		"config key replaces any":   {path: chat, keyed: true, headers: []string{"Authorization: Bearer whatever", "api-key: other"}, status: 200, want: seen{Authorization: "Bearer " + providerKey}},
		"config key, none sent":     {path: messages, keyed: true, status: 200, want: seen{APIKey: providerKey}},
		"token as bearer":           {path: chat, keyed: true, token: ttToken, headers: []string{"Authorization: Bearer " + ttToken}, status: 200, want: seen{Authorization: "Bearer " + providerKey}},
		"token as x-api-key":        {path: messages, keyed: true, token: ttToken, headers: []string{"x-api-key: " + ttToken}, status: 200, want: seen{APIKey: providerKey}},
		"new anthropic, bearer": {
			path: messages, keyed: true, token: ttToken,
			headers: []string{"Authorization: Bearer " + ttToken, "anthropic-version: 2026-10-21"}, status: 200, want: seen{Authorization: "Bearer " + providerKey},
		},
		"token as goog key":        {path: gemini, keyed: true, token: ttToken, headers: []string{"x-goog-api-key: " + ttToken}, status: 200, want: seen{GoogKey: providerKey}},
		"token as query key":       {path: gemini + "?alt=sse&key=" + ttToken, keyed: true, token: ttToken, status: 200, want: seen{GoogKey: providerKey, Query: "alt=sse"}},
		"token as encoded query":   {path: gemini + "?%6bey=" + ttToken, keyed: true, token: ttToken, status: 200, want: seen{GoogKey: providerKey}},
		"own header":               {path: chat, keyed: true, token: ttToken, headers: []string{"X-Telltale-Key: " + ttToken}, status: 200, want: seen{Authorization: "Bearer " + providerKey}},
		"own header, client's key": {path: chat, token: ttToken, headers: []string{"X-Telltale-Key: " + ttToken, "Authorization: Bearer sk-c"}, status: 200, want: seen{Authorization: "Bearer sk-c"}},
		"no token":                 {path: chat, keyed: true, token: ttToken, status: 401},
		"wrong token":              {path: chat, keyed: true, token: ttToken, headers: []string{"Authorization: Bearer nope"}, status: 401},
		"wrong own header wins":    {path: chat, keyed: true, token: ttToken, headers: []string{"X-Telltale-Key: no", "Authorization: Bearer " + ttToken}, status: 401},
		"only the provider's key":  {path: chat, token: ttToken, headers: []string{"Authorization: Bearer sk-c"}, status: 401},
		"token where the key goes": {path: chat, token: ttToken, headers: []string{"Authorization: Bearer " + ttToken}, status: 401},
		"token in both": {
			path: gemini + "?key=" + ttToken, token: ttToken, headers: []string{"X-Telltale-Key: " + ttToken}, status: 401,
		},
	} {
		t.Run(name, func(t *testing.T) {
			var got *seen
			r := newRig(t, func(w http.ResponseWriter, req *http.Request) {
				got = &seen{req.Header.Get("Authorization"), req.Header.Get("X-Api-Key"), req.Header.Get("X-Goog-Api-Key"), req.URL.RawQuery}
				if req.Header.Get("Api-Key") != "" || req.Header.Get("X-Telltale-Key") != "" {
					t.Errorf("a key went to the provider that must not: %v", req.Header)
				}
				answer("application/json", chatAnswer)(w, req)
			}, func(c *Config) {
				c.AuthToken = tc.token
				if tc.keyed {
					keyed(providerKey)(c)
				}
			})
			resp, body := r.post(t, tc.path, chatBody, tc.headers...)
			if resp.StatusCode != tc.status {
				t.Fatalf("status %d, want %d: %s", resp.StatusCode, tc.status, body)
			}
			if tc.status == 200 {
				if d := cmp.Diff(&tc.want, got); d != "" {
					t.Errorf("the provider saw (-want +got):\n%s", d)
				}
			} else if got != nil {
				t.Errorf("a refused call went to the provider")
			}
			s := r.sink.waitOne(t)
			for _, text := range []string{dump(s), dump(r.sink.logs[0]), body} {
				for _, secret := range []string{ttToken, providerKey, "sk-c", "AIza"} {
					if strings.Contains(text, secret) {
						t.Errorf("%s stands in %s", secret, text)
					}
				}
			}
			if tc.status == 401 && s.ErrorType != "gateway_unauthorized" {
				t.Errorf("recorded as %q", s.ErrorType)
			}
		})
	}
}

func TestHeadersThatStayHere(t *testing.T) {
	var got http.Header
	var host string
	r := newRig(t, func(w http.ResponseWriter, req *http.Request) {
		got, host = req.Header, req.Host
		h := w.Header()
		h.Set("Connection", "X-Hop")
		h.Set("X-Hop", "1")
		h.Set("Keep-Alive", "timeout=5")
		h.Set("X-Ratelimit-Remaining-Requests", "99")
		h.Add("Set-Cookie", "a=1")
		h.Add("Set-Cookie", "b=2")
		answer("application/json", chatAnswer)(w, req)
	}, nil)
	resp, _ := r.post(t, "/openai/v1/chat/completions", chatBody,
		"Connection: X-Drop, close", "X-Drop: 1", "Te: trailers", "Proxy-Authorization: Basic x", "Keep-Alive: 5",
		"X-Forwarded-For: 10.0.0.1", "Forwarded: for=10.0.0.1", "X-Real-Ip: 10.0.0.1", "Via: 1.1 x",
		"X-Telltale-Service: billing", "Cookie: telltale_session=secret; cf=1", "Accept-Encoding: gzip, br", "Expect: 100-continue",
		"Openai-Organization: org-1", "Anthropic-Beta: b1", "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "tracestate: a=b")
	for _, name := range []string{
		"X-Drop", "Te", "Proxy-Authorization", "Keep-Alive", "X-Forwarded-For", "Forwarded", "X-Real-Ip", "Via", "X-Telltale-Service", "Expect", "Connection",
	} {
		if got[name] != nil {
			t.Errorf("%s: %v went to the provider", name, got[name])
		}
	}
	for name, want := range map[string]string{
		"Openai-Organization": "org-1", "Anthropic-Beta": "b1", "Cookie": "cf=1", "Accept-Encoding": "identity", "Tracestate": "a=b", "Content-Type": "application/json",
	} {
		if v := got.Get(name); v != want {
			t.Errorf("%s: %q went to the provider, want %q", name, v, want)
		}
	}
	if host != r.upstream.Listener.Addr().String() {
		t.Errorf("Host %q", host)
	}
	if resp.Header.Get("X-Hop") != "" || resp.Header.Get("Keep-Alive") != "" {
		t.Errorf("hop-by-hop headers came back: %v", resp.Header)
	}
	if resp.Header.Get("X-Ratelimit-Remaining-Requests") != "99" || len(resp.Header["Set-Cookie"]) != 2 {
		t.Errorf("headers of the answer are missing: %v", resp.Header)
	}
	s := r.sink.waitOne(t)
	if s.TraceID.String() != "0af7651916cd43dd8448eb211c80319c" || s.ParentID.String() != "b7ad6b7169203331" || s.Service != "billing" {
		t.Errorf("trace %s parent %s service %s", s.TraceID, s.ParentID, s.Service)
	}
	if got := s.Attributes.Value("telltale.service"); got != "" {
		t.Errorf("the service that the client said is marked as %s", got)
	}
	if want := "00-" + s.TraceID.String() + "-" + s.SpanID.String() + "-01"; got.Get("Traceparent") != want {
		t.Errorf("traceparent %q went to the provider, want %q", got.Get("Traceparent"), want)
	}
}

func TestRequestIDs(t *testing.T) {
	for name, tc := range map[string]struct {
		client, provider           string
		kept                       bool
		wantX, wantOwn, wantTheirs string // "*": made
	}{
		"none":                  {wantX: "*", wantOwn: "*"},
		"provider's":            {provider: "req_p", wantX: "req_p", wantOwn: "*"},
		"client's":              {client: "my-id.1", wantX: "my-id.1", wantOwn: "my-id.1"},
		"both":                  {client: "my-id.1", provider: "req_p", wantX: "my-id.1", wantOwn: "my-id.1", wantTheirs: "req_p"},
		"malformed":             {client: "a b\u00e9", wantX: "*", wantOwn: "*"},
		"too long":              {client: strings.Repeat("x", 129), wantX: "*", wantOwn: "*"},
		"malformed, provider's": {client: "<script>", provider: "req_p", wantX: "req_p", wantOwn: "*"},
	} {
		t.Run(name, func(t *testing.T) {
			var upstream string
			r := newRig(t, func(w http.ResponseWriter, req *http.Request) {
				upstream = req.Header.Get("X-Request-Id")
				if tc.provider != "" {
					w.Header().Set("X-Request-Id", tc.provider)
				}
				answer("application/json", chatAnswer)(w, req)
			}, nil)
			var headers []string
			if tc.client != "" {
				headers = []string{"X-Request-ID: " + tc.client}
			}
			resp, _ := r.post(t, "/openai/v1/chat/completions", chatBody, headers...)
			s := r.sink.waitOne(t)
			check := func(header, want string) {
				if want == "*" {
					want = s.RequestID
				}
				if got := resp.Header.Get(header); got != want {
					t.Errorf("%s = %q, want %q", header, got, want)
				}
			}
			check("X-Request-Id", tc.wantX)
			check("X-Telltale-Request-Id", tc.wantOwn)
			check("X-Telltale-Provider-Request-Id", tc.wantTheirs)
			if tc.client != "" && upstream != s.RequestID {
				t.Errorf("the provider saw %q, recorded is %q", upstream, s.RequestID)
			}
			if got := s.Attributes.Value("telltale.provider.request_id"); got != tc.provider {
				t.Errorf("provider's id recorded as %q", got)
			}
		})
	}
}
