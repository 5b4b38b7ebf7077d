package llm_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/codes"

	"github.com/telltale-dev/telltale/observe/internal/core"
	"github.com/telltale-dev/telltale/observe/llm"
	"github.com/telltale-dev/telltale/observe/observetest/llmmock"
)

// mock starts a provider, and returns its URL and the requests it got.
func mock(t testing.TB, o llmmock.Options) (string, func() []llmmock.Request) {
	t.Helper()
	got := make(chan llmmock.Request, 100)
	o.OnRequest = func(r llmmock.Request) { got <- r }
	srv := httptest.NewServer(llmmock.New(o))
	t.Cleanup(srv.Close)
	return srv.URL, func() []llmmock.Request {
		var list []llmmock.Request
		for len(got) > 0 {
			list = append(list, <-got)
		}
		return list
	}
}

// client is an HTTP client of its own, so that no connection outlives the test.
func client(t testing.TB, o llm.TransportOptions) *http.Client {
	t.Helper()
	base := http.DefaultTransport.(*http.Transport).Clone()
	t.Cleanup(base.CloseIdleConnections)
	return &http.Client{Transport: llm.NewTransport(base, o)}
}

func post(ctx context.Context, t testing.TB, c *http.Client, url, body string, header ...string) (*http.Response, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer any")
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return c.Do(r)
}

// read calls and reads the answer to its end.
func read(ctx context.Context, t testing.TB, c *http.Client, url, body string, header ...string) string {
	t.Helper()
	resp, err := post(ctx, t, c, url, body, header...)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// prompt has 1200 tokens as the mock counts them, of which it says 1152 were cached.
var prompt = strings.Repeat("four", 1200)

func chat(more string) string {
	return fmt.Sprintf(`{"model":"gpt-4o-mini","messages":[{"role":"user","content":%q}]%s}`, prompt, more)
}

func TestCallIsASpanMetricsAndALine(t *testing.T) {
	tel := newTelemetry(t)
	url, got := mock(t, llmmock.Options{Text: strings.Repeat("word", 34)})
	read(tel.in(t.Context()), t, client(t, llm.TransportOptions{}), url+"/v1/chat/completions", chat(`,"temperature":0.5,"max_tokens":99`))

	span := tel.one(t)
	if span.Name() != "chat gpt-4o-mini" || span.Status().Code == codes.Error {
		t.Errorf("span %q, status %v", span.Name(), span.Status())
	}
	a := attributes(span)
	if a["gen_ai.response.id"] == "" || !strings.Contains(a["gen_ai.output.messages"], "wordword") || a["gen_ai.input.messages"] == "" {
		t.Errorf("attributes: %v", a)
	}
	want := map[string]string{
		"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o-mini",
		"gen_ai.request.temperature": "0.5", "gen_ai.request.max_tokens": "99", "server.address": "127.0.0.1",
		"gen_ai.response.finish_reasons": `["stop"]`, "http.response.status_code": "200", "http.route": "/chat",
		"gen_ai.usage.input_tokens": "1200", "gen_ai.usage.output_tokens": "34", "gen_ai.usage.cache_read.input_tokens": "1152",
		"gen_ai.usage.cost": "0.000114",
	}
	// 48·0.15 + 1152·0.075 + 34·0.60 = 114 millionths
	for k, v := range want {
		if a[k] != v {
			t.Errorf("%s is %q, want %q", k, a[k], v)
		}
	}
	for family, want := range map[string]map[string]float64{
		"llm_calls_total":           {"/chat,gpt-4o-mini,openai,success": 1},
		"llm_tokens_total":          {"/chat,gpt-4o-mini,openai,input": 1200, "/chat,gpt-4o-mini,openai,output": 34},
		"llm_cached_tokens_total":   {"read,gpt-4o-mini,openai": 1152},
		"llm_cost_usd_total":        {"/chat,gpt-4o-mini,openai": 0.000114},
		"llm_call_duration_seconds": {"/chat,gpt-4o-mini,openai": 1},
		"llm_unpriced_calls_total":  {},
	} {
		if diff := cmp.Diff(want, tel.series(t, family)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", family, diff)
		}
	}
	line := tel.log.all(t)
	if len(line) != 1 || line[0]["msg"] != "model call" || line[0]["model"] != "gpt-4o-mini" || line[0]["input_tokens"] != 1200.0 || line[0]["cost_usd"] != 0.000114 {
		t.Errorf("log: %v", line)
	}
	parent := got()[0].Header.Get("Traceparent")
	if want := "00-" + span.SpanContext().TraceID().String() + "-" + span.SpanContext().SpanID().String() + "-01"; parent != want {
		t.Errorf("traceparent is %q, want %q", parent, want)
	}
}

func TestStreamIsAskedForUsageAndTheCallerSeesNone(t *testing.T) {
	tel := newTelemetry(t)
	url, got := mock(t, llmmock.Options{Text: strings.Repeat("word", 34)})
	direct := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	want := read(t.Context(), t, direct, url+"/v1/chat/completions", chat(`,"stream":true`))
	answer := read(tel.in(t.Context()), t, client(t, llm.TransportOptions{}), url+"/v1/chat/completions", chat(`,"stream":true`))
	if chunks := strings.Count(answer, "data:"); chunks != strings.Count(want, "data:") || strings.Contains(answer, `"usage":{`) {
		t.Errorf("%d chunks instead of %d:\n%s", chunks, strings.Count(want, "data:"), answer)
	}
	if requests := got(); !bytes.Contains(requests[1].Body, []byte(`"include_usage":true`)) {
		t.Errorf("sent %s", requests[1].Body[len(requests[1].Body)-80:])
	}
	a := attributes(tel.one(t))
	for k, v := range map[string]string{
		"gen_ai.usage.input_tokens": "1200", "gen_ai.usage.output_tokens": "34", "gen_ai.usage.cost": "0.000114", "gen_ai.request.stream": "true",
	} {
		if a[k] != v {
			t.Errorf("%s is %q, want %q", k, a[k], v)
		}
	}
	if a["gen_ai.response.time_to_first_chunk"] == "" || tel.series(t, "llm_time_to_first_token_seconds")["/chat,gpt-4o-mini,openai"] != 1 {
		t.Error("time to first token is not known")
	}
}

func TestCallerWhoAsksForUsageGetsIt(t *testing.T) {
	tel := newTelemetry(t)
	url, got := mock(t, llmmock.Options{})
	c := client(t, llm.TransportOptions{})
	answer := read(tel.in(t.Context()), t, c, url+"/v1/chat/completions", chat(`,"stream":true,"stream_options":{"include_usage":true}`))
	if !strings.Contains(answer, `"usage":{`) {
		t.Error("the chunk with usage is gone")
	}
	c = client(t, llm.TransportOptions{NoIncludeUsage: true})
	read(tel.in(t.Context()), t, c, url+"/v1/chat/completions", chat(`,"stream":true`))
	if r := got(); bytes.Contains(r[1].Body, []byte("include_usage")) {
		t.Error("usage was asked for against the option")
	}
}

func TestServerThatRefusesTheOption(t *testing.T) {
	tel := newTelemetry(t)
	var bodies []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		bodies = append(bodies, string(b))
		if bytes.Contains(b, []byte("include_usage")) {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"error":{"message":"unknown field stream_options","type":"invalid_request_error"}}`)
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"abcdefgh\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n")
	}))
	defer srv.Close()
	c := client(t, llm.TransportOptions{})
	const body = `{"model":"gpt-4o-mini","stream":true,"messages":[{"role":"user","content":"hi"}]}`
	for range 2 {
		if got := read(tel.in(t.Context()), t, c, srv.URL+"/v1/chat/completions", body); !strings.Contains(got, "abcdefgh") {
			t.Fatalf("answer: %s", got)
		}
	}
	if len(bodies) != 3 || bodies[1] != body || bodies[2] != body {
		t.Errorf("sent: %q", bodies)
	}
	if n := len(tel.spans.Ended()); n != 2 {
		t.Errorf("%d spans of 2 calls", n)
	}
}

func TestFailures(t *testing.T) {
	for _, tt := range []struct{ model, errType, stream string }{
		{"mock-429", "rate_limit_error", ""},
		{"mock-500", "server_error", ""},
		{"mock-html", "server_error", ""},
		{"mock-stream-error", "server_error", `,"stream":true`},
		{"mock-stream-cut", "stream_cut", `,"stream":true`},
	} {
		t.Run(tt.model, func(t *testing.T) {
			tel := newTelemetry(t)
			url, _ := mock(t, llmmock.Options{})
			resp, err := post(tel.in(t.Context()), t, client(t, llm.TransportOptions{}), url+"/v1/chat/completions",
				fmt.Sprintf(`{"model":%q,"messages":[{"role":"user","content":"hi"}]%s}`, tt.model, tt.stream))
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
			span := tel.one(t)
			if got := attributes(span)["error.type"]; got != tt.errType || span.Status().Code != codes.Error {
				t.Errorf("error.type %q, want %q; status %v", got, tt.errType, span.Status())
			}
			if got := tel.series(t, "llm_calls_total")["/chat,"+tt.model+",openai,failure"]; got != 1 {
				t.Errorf("calls: %v", tel.series(t, "llm_calls_total"))
			}
			if l := tel.log.all(t); len(l) != 1 || l[0]["level"] != "ERROR" || l[0]["error_type"] != tt.errType {
				t.Errorf("log: %v", l)
			}
		})
	}
}

func TestNobodyAnswers(t *testing.T) {
	tel := newTelemetry(t)
	srv := httptest.NewServer(http.NotFoundHandler())
	srv.Close()
	_, err := post(tel.in(t.Context()), t, client(t, llm.TransportOptions{}), srv.URL+"/v1/chat/completions", chat("")) //nolint:bodyclose // there is none
	if err == nil {
		t.Fatal("an answer")
	}
	if got := attributes(tel.one(t))["error.type"]; got != "connection_error" {
		t.Errorf("error.type %q", got)
	}
}

func TestWhoGoesAwayPaysAllTheSame(t *testing.T) {
	tel := newTelemetry(t)
	url, _ := mock(t, llmmock.Options{Text: strings.Repeat("word ", 50), Between: 20 * time.Millisecond})
	ctx, cancel := context.WithCancel(tel.in(t.Context()))
	defer cancel()
	resp, err := post(ctx, t, client(t, llm.TransportOptions{}), url+"/v1/chat/completions",
		`{"model":"mock-slow-stream-1s","stream":true,"messages":[{"role":"user","content":"twelve bytes"}]}`, "X-Mock-Between", "20ms")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for buf := make([]byte, 512); seen < 600; {
		n, err := resp.Body.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		seen += n
	}
	_ = resp.Body.Close()
	span := tel.one(t)
	a := attributes(span)
	if a["telltale.client_disconnected"] != "true" || a["telltale.usage"] != "estimated" || a["gen_ai.usage.input_tokens"] != "3" || span.Status().Code == codes.Error {
		t.Errorf("attributes: %v, status %v", a, span.Status())
	}
	if tel.series(t, "llm_cost_usd_total")["/chat,mock-slow-stream-1s,openai"] <= 0.000003 {
		t.Errorf("cost: %v", tel.series(t, "llm_cost_usd_total"))
	}
}

func TestEverythingElsePassesUntouched(t *testing.T) {
	tel := newTelemetry(t)
	seen := make(chan http.Header, 10)
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen <- r.Header }))
	defer srv.Close()
	c := client(t, llm.TransportOptions{})
	for _, path := range []string{"/", "/v1/models", "/orders", "/v1/files"} {
		read(tel.in(t.Context()), t, c, srv.URL+path, "{}")
		if h := <-seen; h.Get("Traceparent") != "" {
			t.Errorf("%s was changed", path)
		}
	}
	if n := len(tel.spans.Ended()); n != 0 {
		t.Errorf("%d spans", n)
	}
}

// slow gives a body one piece at a time, at given moments.
type slow struct {
	pieces []string
	every  time.Duration
}

func (s *slow) Read(p []byte) (int, error) {
	if len(s.pieces) == 0 {
		return 0, io.EOF
	}
	time.Sleep(s.every)
	n := copy(p, s.pieces[0])
	s.pieces = s.pieces[1:]
	return n, nil
}

func (*slow) Close() error { return nil }

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func streamed(body io.ReadCloser) *http.Response {
	return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"text/event-stream"}}, Body: body, ContentLength: -1}
}

func TestNoChunkWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tel := newTelemetry(t)
		var pieces []string
		for i := range 20 {
			pieces = append(pieces, fmt.Sprintf("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"word %d\"}}]}\n\n", i))
		}
		base := roundTrip(func(*http.Request) (*http.Response, error) {
			return streamed(&slow{pieces: append(pieces[:20:20], "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":20}}\n\n", "data: [DONE]\n\n"), every: time.Second}), nil
		})
		c := &http.Client{Transport: llm.Transport(base)}
		resp, err := post(tel.in(t.Context()), t, c, "https://api.openai.com/v1/chat/completions", chat(`,"stream":true`))
		if err != nil {
			t.Fatal(err)
		}
		begin, buf := time.Now(), make([]byte, 4096)
		for i, want := range pieces {
			n, err := resp.Body.Read(buf)
			if err != nil || string(buf[:n]) != want {
				t.Fatalf("chunk %d: %q, %v", i, buf[:n], err)
			}
			if at := time.Since(begin); at != time.Duration(i+1)*time.Second {
				t.Errorf("chunk %d came at %v", i, at)
			}
		}
		rest, err := io.ReadAll(resp.Body)
		if err != nil || string(rest) != "data: [DONE]\n\n" {
			t.Errorf("rest %q, %v", rest, err)
		}
		_ = resp.Body.Close()
		if a := attributes(tel.one(t)); a["gen_ai.response.time_to_first_chunk"] != "1" || a["gen_ai.usage.output_tokens"] != "20" {
			t.Errorf("attributes: %v", a)
		}
	})
}

func TestAnswerNobodyReadsIsEndedSomeTimeAfterItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tel := newTelemetry(t)
		base := roundTrip(func(*http.Request) (*http.Response, error) { return streamed(&slow{}), nil })
		ctx, cancel := context.WithCancel(tel.in(t.Context()))
		_, err := post(ctx, t, &http.Client{Transport: llm.Transport(base)}, "https://api.openai.com/v1/chat/completions", chat(`,"stream":true`)) //nolint:bodyclose // that is the case
		if err != nil {
			t.Fatal(err)
		}
		cancel()
		time.Sleep(time.Minute)
		synctest.Wait()
		if a := attributes(tel.one(t)); a["telltale.client_disconnected"] != "true" {
			t.Errorf("attributes: %v", a)
		}
	})
}

// once is a body that can be read only once and has no copy.
type once struct{ io.Reader }

func TestBodies(t *testing.T) {
	big := fmt.Sprintf(`{"model":"gpt-4o-mini","messages":[{"role":"user","content":%q}]}`, strings.Repeat("x", 5<<20))
	for _, tt := range []struct {
		name, body, model string
		wrap              func(string) io.Reader
	}{
		{"once", chat(""), "gpt-4o-mini", func(s string) io.Reader { return once{strings.NewReader(s)} }},
		{"once big", big, "gpt-4o-mini", func(s string) io.Reader { return once{strings.NewReader(s)} }},
		{"bytes big", big, "gpt-4o-mini", func(s string) io.Reader { return bytes.NewReader([]byte(s)) }},
		{"string big", big, "gpt-4o-mini", func(s string) io.Reader { return strings.NewReader(s) }},
		{"buffer", chat(""), "gpt-4o-mini", func(s string) io.Reader { return bytes.NewBufferString(s) }},
		{"no JSON", "hello", "", func(s string) io.Reader { return strings.NewReader(s) }},
		{"none", "", "", func(string) io.Reader { return nil }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tel := newTelemetry(t)
			var sent []byte
			base := roundTrip(func(r *http.Request) (*http.Response, error) {
				if r.Body != nil {
					sent, _ = io.ReadAll(r.Body)
					_ = r.Body.Close()
				}
				return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("{}"))}, nil
			})
			r, err := http.NewRequestWithContext(tel.in(t.Context()), http.MethodPost, "https://api.openai.com/v1/chat/completions", tt.wrap(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			resp, err := llm.Transport(base).RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
			if string(sent) != tt.body {
				t.Errorf("%d bytes were sent instead of %d", len(sent), len(tt.body))
			}
			if got := attributes(tel.one(t))["gen_ai.request.model"]; got != tt.model {
				t.Errorf("model %q", got)
			}
			if got := attributes(tel.one(t))["gen_ai.input.messages"]; len(got) > 70<<10 || len(tt.body) > 1<<20 && !strings.Contains(got, "[cut ") {
				t.Errorf("input messages have %d bytes, or the cut is not seen", len(got))
			}
		})
	}
}

func TestCompressedAnswer(t *testing.T) {
	tel := newTelemetry(t)
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = io.WriteString(z, `{"id":"r1","model":"gpt-4o-mini","choices":[{"message":{"content":"hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1000,"completion_tokens":100}}`)
	_ = z.Close()
	base := roundTrip(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Header: http.Header{"Content-Encoding": {"gzip"}}, Body: io.NopCloser(bytes.NewReader(packed.Bytes()))}, nil
	})
	got := read(tel.in(t.Context()), t, &http.Client{Transport: llm.Transport(base)}, "https://api.openai.com/v1/chat/completions", chat(""), "Accept-Encoding", "gzip")
	if got != packed.String() {
		t.Error("the answer was changed")
	}
	if a := attributes(tel.one(t)); a["gen_ai.usage.input_tokens"] != "1000" || a["gen_ai.usage.cost"] != "0.00021" {
		t.Errorf("attributes: %v", a)
	}
}

func TestContentPolicy(t *testing.T) {
	const body = `{"model":"gpt-4o-mini","messages":[{"role":"system","content":"Be kind."},{"role":"user","content":"I am ada@example.com, key sk-proj-1a2B3c4D5e6F7g8H"}]}`
	for _, tt := range []struct {
		policy        core.Content
		has, hasNot   string
		system, inner bool
	}{
		{core.ContentOff, "", "ada", false, false},
		{core.ContentHash, "sha256:", "ada", true, true},
		{core.ContentRedacted, "[redacted:email]", "ada", true, true},
		{core.ContentFull, "ada@example.com", "sk-proj", true, true},
	} {
		t.Run(fmt.Sprint(tt.policy), func(t *testing.T) {
			tel := newTelemetry(t, func(c *core.Core) { c.Content = tt.policy })
			url, _ := mock(t, llmmock.Options{})
			read(tel.in(t.Context()), t, client(t, llm.TransportOptions{}), url+"/v1/chat/completions", body)
			a := attributes(tel.one(t))
			for _, key := range []string{"gen_ai.input.messages", "gen_ai.output.messages"} {
				if !strings.Contains(a[key], tt.has) || strings.Contains(a[key], tt.hasNot) || (a[key] != "") != tt.inner {
					t.Errorf("%s: %s", key, a[key])
				}
			}
			if (a["gen_ai.system_instructions"] != "") != tt.system {
				t.Errorf("system: %q", a["gen_ai.system_instructions"])
			}
		})
	}
}

func TestDeadline(t *testing.T) {
	tel := newTelemetry(t)
	url, _ := mock(t, llmmock.Options{})
	ctx, cancel := context.WithTimeout(tel.in(t.Context()), 30*time.Millisecond)
	defer cancel()
	_, err := post(ctx, t, client(t, llm.TransportOptions{}), url+"/v1/chat/completions", `{"model":"mock-hang","messages":[{"role":"user","content":"hi"}]}`) //nolint:bodyclose // there is none
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	if got := attributes(tel.one(t))["error.type"]; got != "timeout" {
		t.Errorf("error.type %q", got)
	}
}
