package observe_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel"

	"github.com/telltale-dev/telltale/observe"
	"github.com/telltale-dev/telltale/observe/logging"
)

func TestWrongConfigIsRefusedByName(t *testing.T) {
	two := 2.0
	for want, c := range map[string]observe.Config{
		`Exporter is "jaeger"`:  {Exporter: "jaeger"},
		`Content is "some"`:     {Content: "some"},
		`TraceRatio is 2`:       {TraceRatio: &two},
		`MetricInterval is -1s`: {MetricInterval: -time.Second},
		`Quiet[0] is "healthz"`: {Quiet: []string{"healthz"}},
		`endpoint of traces`:    {Endpoint: "localhost:4318"},
		`header "a b"`:          {Headers: map[string]string{"a b": "c"}},
	} {
		tel, err := observe.Start(t.Context(), c)
		if err == nil {
			_ = tel.Shutdown(t.Context())
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %s, got %v", want, err)
		}
	}
}

// handled keeps what OpenTelemetry says went wrong.
type handled struct{ errs []error }

func (h *handled) Handle(err error) { h.errs = append(h.errs, err) }

// What OpenTelemetry has to say is a line of the log, and not printed beside it; the environment is spoken of once.
func TestErrorsOfOpenTelemetryAreLogged(t *testing.T) {
	before := otel.GetErrorHandler()
	defer otel.SetErrorHandler(before)
	var printed handled
	otel.SetErrorHandler(&printed)
	t.Setenv("OTEL_TRACES_SAMPLER", "weird")
	o := begin(t, func(c *observe.Config) { c.NoGlobal = false })
	otel.Handle(errors.New("broken for ada@example.com"))
	otel.Handle(errors.New("and again")) // a line in 10 s
	if n := len(o.lines(t, "environment variable ignored")); n != 1 {
		t.Errorf("%d lines of the variable", n)
	}
	if l := o.lines(t, "OpenTelemetry reports an error"); len(l) != 1 || l[0]["error"] != "broken for [redacted:email]" {
		t.Errorf("lines %v", l)
	}
	if err := o.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(printed.errs) != 0 || otel.GetErrorHandler() != otel.ErrorHandler(&printed) {
		t.Errorf("printed %v", printed.errs)
	}
}

func TestGlobalsAreGivenBack(t *testing.T) {
	logger, provider := slog.Default(), otel.GetTracerProvider()
	o := begin(t, func(c *observe.Config) { c.NoGlobal = false })
	slog.Info("by default")
	_, span := otel.Tracer("x").Start(t.Context(), "by default")
	span.End()
	if len(o.lines(t, "by default")) != 1 || len(o.spans.Ended()) != 1 {
		t.Error("the defaults are not its own")
	}
	for range 2 {
		if err := o.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if slog.Default() != logger || otel.GetTracerProvider() != provider {
		t.Error("the defaults are not as they were")
	}
	slog.Debug("does not lock up")
}

// collector takes OTLP and counts what arrives.
type collector struct {
	mu    sync.Mutex
	paths map[string]int
}

func (c *collector) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.paths[r.URL.Path+" "+r.Header.Get("X-Key")]++
}

func TestShutdownSendsWhatWaits(t *testing.T) {
	c := &collector{paths: map[string]int{}}
	s := httptest.NewServer(c)
	defer s.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "X-Key=k1")
	t.Setenv("OTEL_EXPORTER_OTLP_METRICS_HEADERS", "X-Key=k2")
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", s.URL)
	o := begin(t, func(c *observe.Config) { c.Exporter = "" })
	o.Handler(http.NotFoundHandler()).ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), "GET", "/", http.NoBody))
	if err := o.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"/v1/traces k1", "/v1/logs k1", "/v1/metrics k2"} {
		if c.paths[want] == 0 {
			t.Errorf("nothing came to %s: %v", want, c.paths)
		}
	}
}

// A backend that takes connections and never answers must cost requests nothing but a counted loss.
func TestBackendDown(t *testing.T) {
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	t.Setenv("OTEL_BSP_MAX_QUEUE_SIZE", "50")
	o := &observed{}
	if o.Telemetry, err = observe.Start(t.Context(), observe.Config{
		NoGlobal: true, Endpoint: "http://" + l.Addr().String(), Log: logging.Options{Writer: io.Discard},
	}); err != nil {
		t.Fatal(err)
	}
	h := o.Handler(http.NotFoundHandler())
	began := time.Now()
	const requests = 2000
	for range requests {
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), "GET", "/", http.NoBody))
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("%d requests took %v", requests, took)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := o.Shutdown(ctx); err == nil {
		t.Error("shutdown says nothing of what was left")
	}
	sum := o.metrics(t, `telltale_export_records_total{outcome="dropped",signal="traces"}`)
	if !strings.HasSuffix(sum, " 2000\n") {
		t.Errorf("not every span is accounted for: %s", o.metrics(t, "telltale_export"))
	}
}

func TestConsole(t *testing.T) {
	o := begin(t, func(c *observe.Config) { c.Exporter, c.Log.Format = observe.ExporterConsole, logging.FormatAuto })
	mux := http.NewServeMux()
	mux.HandleFunc("GET /a", func(http.ResponseWriter, *http.Request) {})
	o.Handler(mux).ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), "GET", "/a", http.NoBody))
	if got := o.log.String(); !strings.Contains(got, "GET /a") || strings.Contains(got, "{") || strings.Count(got, "\n") < 2 {
		t.Errorf("console:\n%s", got)
	}
}

func TestDisabledByEnvironment(t *testing.T) {
	t.Setenv("OTEL_SDK_DISABLED", "true")
	o := begin(t, func(c *observe.Config) { c.Exporter = "" })
	o.Handler(http.NotFoundHandler()).ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), "GET", "/", http.NoBody))
	if len(o.spans.Ended()) != 0 || len(o.lines(t, "request")) != 1 {
		t.Errorf("spans %d, log:\n%s", len(o.spans.Ended()), o.log)
	}
}

// OpenTelemetry's variables are set by platforms, for programs they do not know.
func TestWrongEnvironmentIsLogged(t *testing.T) {
	t.Setenv("OTEL_PROPAGATORS", "tracecontext,b3")
	t.Setenv("OTEL_RESOURCE_ATTRIBUTES", "a=b,c")
	o := begin(t)
	lines := o.lines(t, "environment variable ignored")
	if len(lines) != 2 || lines[0]["level"] != "WARN" {
		t.Errorf("lines %v", lines)
	}
}

// The context of signal.NotifyContext is done when the service stops.
func TestShutdownWithDoneContext(t *testing.T) {
	c := &collector{paths: map[string]int{}}
	s := httptest.NewServer(c)
	defer s.Close()
	tel, err := observe.Start(t.Context(), observe.Config{NoGlobal: true, Endpoint: s.URL, Log: logging.Options{Writer: io.Discard}})
	if err != nil {
		t.Fatal(err)
	}
	tel.Handler(http.NotFoundHandler()).ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), "GET", "/", http.NoBody))
	ctx, stop := context.WithCancel(t.Context())
	stop()
	for range 100 {
		if err := tel.Shutdown(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if c.paths["/v1/traces "] == 0 || c.paths["/v1/logs "] == 0 {
		t.Errorf("what came: %v", c.paths)
	}
}

func TestShutdownSaysWhatIsLost(t *testing.T) {
	tel, err := observe.Start(t.Context(), observe.Config{
		NoGlobal: true, Endpoint: "http://127.0.0.1:1", Log: logging.Options{Writer: io.Discard},
	})
	if err != nil {
		t.Fatal(err)
	}
	tel.Handler(http.NotFoundHandler()).ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), "GET", "/", http.NoBody))
	began := time.Now()
	err = tel.Shutdown(context.Background())
	if err == nil || !strings.Contains(err.Error(), "records were not delivered") || time.Since(began) > 20*time.Second {
		t.Errorf("after %v: %v", time.Since(began), err)
	}
}

// heldReporter ends when it is released.
type heldReporter struct{ ending, release chan struct{} }

func (heldReporter) Report(context.Context, observe.ErrorEvent) {}

func (r heldReporter) Shutdown(context.Context) error {
	close(r.ending)
	<-r.release
	return nil
}

func TestSecondShutdownKeepsItsLimit(t *testing.T) {
	r := heldReporter{make(chan struct{}), make(chan struct{})}
	o := begin(t, func(c *observe.Config) { c.Errors = []observe.ErrorReporter{r} })
	first, second := make(chan error, 1), make(chan error, 1)
	go func() { first <- o.Shutdown(context.Background()) }()
	<-r.ending
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	go func() { second <- o.Shutdown(ctx) }()
	select {
	case err := <-second:
		if err == nil {
			t.Error("no error while the first has not come to its end")
		}
	case <-time.After(time.Minute):
		t.Error("it waits for the first")
	}
	close(r.release)
	if err := <-first; err != nil {
		t.Error(err)
	}
}

// With the console there is no backend that metrics could go to.
func TestConsoleShutdown(t *testing.T) {
	t.Setenv("OTEL_TRACES_EXPORTER", "console")
	t.Setenv("OTEL_LOGS_EXPORTER", "console")
	tel, err := observe.Start(t.Context(), observe.Config{
		NoGlobal: true, Endpoint: "http://127.0.0.1:1", Log: logging.Options{Writer: io.Discard},
	})
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := tel.Shutdown(t.Context()); err != nil || time.Since(began) > 4*time.Second { // a backend would be tried for five
		t.Errorf("after %v: %v", time.Since(began), err)
	}
}
