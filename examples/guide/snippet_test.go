package guide

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/telltale-dev/telltale/observe"
	"github.com/telltale-dev/telltale/observe/logging"
	"github.com/telltale-dev/telltale/observe/observetest"
	"github.com/telltale-dev/telltale/observe/observetest/llmmock"
)

func observed(t *testing.T) (*observe.Telemetry, *observetest.Recorder) {
	t.Helper()
	rec := observetest.New(t)
	tel, err := observe.Start(t.Context(), observe.Config{
		Service: "chat-api", Exporter: observe.ExporterNone, NoGlobal: true,
		SpanProcessors: []sdktrace.SpanProcessor{rec.SpanProcessor()},
		Log:            logging.Options{Writer: io.Discard, Sink: rec.Sink()},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tel.Shutdown(context.WithoutCancel(t.Context())) })
	rec.Watch(tel.Metrics())
	return tel, rec
}

func TestChat(t *testing.T) {
	tel, rec := observed(t)
	provider := httptest.NewServer(llmmock.New(llmmock.Options{}))
	defer provider.Close()
	client := openai.NewClient(option.WithBaseURL(provider.URL+"/v1"), option.WithAPIKey("any"), option.WithHTTPClient(tel.HTTPClient()))
	mux := http.NewServeMux()
	mux.Handle("POST /v1/chat/{room}", chat(client))

	w := httptest.NewRecorder()
	tel.Handler(mux).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/chat/42", nil))

	rec.ExpectSpan(t, "POST /v1/chat/{room}", attribute.String("user.id", "user-123"))
	rec.ExpectSpan(t, "chat gpt-4o-mini", attribute.Int("gen_ai.usage.input_tokens", 5))
	if got := rec.Metric(t, "llm_calls_total", "endpoint=/v1/chat/{room}", "status=success"); got != 1 {
		t.Errorf("%g calls, want 1", got)
	}
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "sky") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// What the guide says of agents, tools, retrieval, limits and answers is what is recorded.
func TestWork(t *testing.T) {
	rec := observetest.New(t)
	ctx := rec.Context(t.Context())
	answer, err := research(ctx, "Why is the sky blue?", func(_ context.Context, prompt string) (string, error) { return prompt, nil })
	if err != nil || !strings.Contains(answer, "scatters") {
		t.Errorf("%q, %v", answer, err)
	}
	const want = "invoke_agent researcher (internal)\n  execute_tool look_up (internal)\n    retrieval handbook"
	if got := rec.Tree(); !strings.HasPrefix(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	judge(ctx, "gpt-4o-mini", "chatcmpl-1", "poison", false)
	for _, name := range []string{"llm_cache_requests_total", "llm_validation_failures_total", "llm_safety_flags_total", "llm_evaluation_score"} {
		if rec.Metric(t, name) != 1 {
			t.Errorf("%s was not counted", name)
		}
	}
}

func TestQueueAndOwn(t *testing.T) {
	tel, rec := observed(t)
	var j job
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/jobs", func(_ http.ResponseWriter, r *http.Request) { j = enqueue(r.Context()) })
	tel.Handler(mux).ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/jobs", nil))
	work(t.Context(), tel, j)
	request, worked := rec.Span(t, "POST /v1/jobs"), rec.Span(t, "work job")
	if worked.Parent().SpanID() != request.SpanContext().SpanID() || rec.Log(t, "working").RequestID == "" {
		t.Error("the job does not belong to its request")
	}
	if err := own(t.Context(), tel, func(context.Context) error { return nil }); err != nil || rec.Metric(t, "orders_total", "plan=pro") != 1 {
		t.Errorf("%v, or no order", err)
	}
}
