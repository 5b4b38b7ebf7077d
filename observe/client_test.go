package observe_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/trace"

	"github.com/telltale-dev/telltale/observe"
	"github.com/telltale-dev/telltale/observe/observetest/llmmock"
)

func TestOutgoingCall(t *testing.T) {
	o := begin(t)
	var seen http.Header
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = r.Header.Clone()
		http.Error(w, "no", http.StatusTeapot)
	}))
	defer s.Close()
	ctx, parent := o.Tracer().Start(observe.WithUser(t.Context(), "u_1", ""), "parent")
	r, _ := http.NewRequestWithContext(ctx, http.MethodGet, strings.Replace(s.URL, "//", "//ada:pw@", 1)+"/a?token=1", http.NoBody)
	resp, err := o.HTTPClient().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(o.spans.Ended()); n != 0 {
		t.Errorf("%d spans ended before the answer was read", n)
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	parent.End()

	span := o.spans.Ended()[0]
	if span.Name() != "GET" || span.SpanKind() != trace.SpanKindClient || span.Parent().SpanID() != parent.SpanContext().SpanID() ||
		span.Status().Code.String() != "Error" {
		t.Errorf("span %s %v %v", span.Name(), span.SpanKind(), span.Status())
	}
	host := strings.TrimPrefix(s.URL, "http://")
	got := attrs(span)
	if got["url.full"] != s.URL+"/a" || got["http.response.status_code"] != "418" || got["error.type"] != "418" {
		t.Errorf("attributes %v", got)
	}
	if want := "00-" + span.SpanContext().TraceID().String() + "-" + span.SpanContext().SpanID().String() + "-01"; seen.Get("traceparent") != want {
		t.Errorf("traceparent %q, want %q", seen.Get("traceparent"), want)
	}
	if r.Header.Get("traceparent") != "" {
		t.Error("the caller's request was changed")
	}
	want := `external_calls_total{status="418",target="` + host + `"} 1` + "\n"
	if diff := cmp.Diff(want, o.metrics(t, "external_calls_total")); diff != "" {
		t.Error(diff)
	}
	if got := o.metrics(t, "external_call_duration_seconds_count"); got != `external_call_duration_seconds_count{target="`+host+`"} 1`+"\n" {
		t.Errorf("duration %q", got)
	}
}

func TestOutgoingCallWithoutAnswer(t *testing.T) {
	o := begin(t)
	s := httptest.NewServer(http.NotFoundHandler())
	s.Close()
	r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL, http.NoBody)
	if resp, err := o.HTTPClient().Do(r); err == nil {
		_ = resp.Body.Close()
		t.Fatal("an answer")
	}
	if got := o.metrics(t, "external_calls_total"); !strings.Contains(got, `status="error"`) {
		t.Errorf("metrics %q", got)
	}
	if s := o.spans.Ended(); len(s) != 1 || s[0].Status().Code.String() != "Error" {
		t.Errorf("spans %v", s)
	}
}

// A call of a model is that and nothing else, and belongs to the route of who asked.
func TestModelCallInARequest(t *testing.T) {
	o := begin(t)
	model := httptest.NewServer(llmmock.New(llmmock.Options{}))
	defer model.Close()
	mux := http.NewServeMux()
	mux.HandleFunc("POST /ask/{topic}", func(w http.ResponseWriter, r *http.Request) {
		out, _ := http.NewRequestWithContext(r.Context(), http.MethodPost, model.URL+"/v1/chat/completions",
			strings.NewReader(`{"model":"gpt-4o-mini","messages":[{"role":"user","content":"hi"}]}`))
		out.Header.Set("Content-Type", "application/json")
		out.Header.Set("Authorization", "Bearer sk-test")
		resp, err := o.HTTPClient().Do(out)
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = io.Copy(w, resp.Body)
		_ = resp.Body.Close()
	})
	s := o.serve(t, mux)
	resp, err := send(t, s.Client(), http.MethodPost, s.URL+"/ask/go")
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	o.access(t)
	if got := o.metrics(t, "llm_calls_total"); !strings.Contains(got, `endpoint="/ask/{topic}"`) || !strings.Contains(got, `status="success"} 1`) {
		t.Errorf("calls %q", got)
	}
	if got := o.metrics(t, "external_calls_total"); got != "" {
		t.Errorf("counted as another's call too: %s", got)
	}
	if n := len(o.spans.Ended()); n != 2 {
		t.Errorf("%d spans", n)
	}
}

func TestTransportInATransportCountsOnce(t *testing.T) {
	o := begin(t)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"id":"x","model":"gpt-4o-mini","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4}}`)
	}))
	defer s.Close()
	c := &http.Client{Transport: o.Transport(o.HTTPClient().Transport)}
	for _, path := range []string{"/v1/chat/completions", "/other"} {
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+path, strings.NewReader(`{"model":"gpt-4o-mini","messages":[]}`))
		resp, err := c.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
	}
	calls, external := o.metrics(t, "llm_calls_total"), o.metrics(t, "external_calls_total")
	if !strings.HasSuffix(calls, " 1\n") || !strings.HasSuffix(external, " 1\n") || len(o.spans.Ended()) != 2 {
		t.Errorf("%s%s%d spans", calls, external, len(o.spans.Ended()))
	}
}

func TestEmptyMethodIsGet(t *testing.T) {
	o := begin(t)
	s := httptest.NewServer(http.NotFoundHandler())
	defer s.Close()
	r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL, http.NoBody)
	r.Method = ""
	resp, err := o.HTTPClient().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if span := o.spans.Ended()[0]; span.Name() != "GET" || attrs(span)["http.request.method"] != "GET" {
		t.Errorf("span %q %v", span.Name(), attrs(span))
	}
}
