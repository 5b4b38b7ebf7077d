package observe_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/telltale-dev/telltale/observe"
	"github.com/telltale-dev/telltale/observe/health"
	"github.com/telltale-dev/telltale/observe/logging"
)

// quiet starts a Telemetry for an example: nothing leaves the process.
func quiet(c observe.Config) *observe.Telemetry {
	c.Exporter, c.NoGlobal = observe.ExporterNone, true
	if c.Log.Writer == nil {
		c.Log.Writer = io.Discard
	}
	tel, err := observe.Start(context.Background(), c)
	if err != nil {
		panic(err)
	}
	return tel
}

func request(method, target string) *http.Request {
	return httptest.NewRequestWithContext(context.Background(), method, target, http.NoBody)
}

func Example() {
	ctx := context.Background()
	tel, err := observe.Start(ctx, observe.Config{
		Service: "chat-api", Environment: "production",
		Exporter: observe.ExporterNone, Log: logging.Options{Writer: io.Discard}, // no backend in this example
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = tel.Shutdown(ctx) }()

	mux := http.NewServeMux()
	mux.HandleFunc("GET /hello/{name}", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "hello")
	})
	server := httptest.NewServer(tel.Handler(mux))
	defer server.Close()

	r, _ := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/hello/ada", http.NoBody)
	r.Header.Set("X-Request-ID", "7")
	resp, err := tel.HTTPClient().Do(r)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = resp.Body.Close() }()
	body, _ := io.ReadAll(resp.Body)
	fmt.Println(string(body), resp.Header.Get("X-Request-ID"))
	// Output: hello 7
}

func ExampleStart() {
	_, err := observe.Start(context.Background(), observe.Config{Exporter: "jaeger"})
	fmt.Println(err)
	// Output: config: Exporter is "jaeger"; it can be otlp, console or none
}

func ExampleTelemetry_Handler() {
	tel := quiet(observe.Config{})
	defer func() { _ = tel.Shutdown(context.Background()) }()
	h := tel.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("out of order") }))

	r := request(http.MethodGet, "/")
	r.Header.Set("X-Request-ID", "7")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	fmt.Print(w.Code, " ", w.Body)
	// Output: 500 {"error":{"code":"internal_error","message":"internal server error","request_id":"7"}}
}

func ExampleTelemetry_MetricsHandler() {
	tel := quiet(observe.Config{})
	defer func() { _ = tel.Shutdown(context.Background()) }()
	tel.Metrics().Counter("orders_total", "Orders placed.", "plan").With("pro").Inc()

	w := httptest.NewRecorder()
	tel.MetricsHandler().ServeHTTP(w, request(http.MethodGet, "/metrics"))
	for line := range strings.Lines(w.Body.String()) {
		if strings.HasPrefix(line, "orders") {
			fmt.Print(line)
		}
	}
	// Output: orders_total{plan="pro"} 1
}

func ExampleTelemetry_Health() {
	tel := quiet(observe.Config{})
	defer func() { _ = tel.Shutdown(context.Background()) }()
	_ = tel.Health().Add(health.Check{Name: "database", Run: func(context.Context) error { return errors.New("gone") }})
	mux := http.NewServeMux()
	mux.Handle("GET /healthz", tel.Health().Live())
	mux.Handle("GET /readyz", tel.Health().Ready())

	for _, path := range []string{"/healthz", "/readyz"} {
		w := httptest.NewRecorder()
		tel.Handler(mux).ServeHTTP(w, request(http.MethodGet, path))
		fmt.Println(path, w.Code)
	}
	// Output:
	// /healthz 200
	// /readyz 503
}

func ExampleWithUser() {
	var log strings.Builder
	tel := quiet(observe.Config{Log: logging.Options{Writer: &log, Format: logging.FormatJSON}})
	defer func() { _ = tel.Shutdown(context.Background()) }()
	h := tel.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		ctx := observe.WithKey(observe.WithUser(r.Context(), "u_7", "acme"), "key_1")
		tel.Logger().InfoContext(ctx, "order placed")
	}))
	h.ServeHTTP(httptest.NewRecorder(), request(http.MethodPost, "/orders"))
	fmt.Println(strings.Count(log.String(), `"user_id":"u_7","tenant_id":"acme","key_id":"key_1"`), "lines")
	// Output: 2 lines
}

func ExampleSetRoute() {
	tel := quiet(observe.Config{})
	defer func() { _ = tel.Shutdown(context.Background()) }()
	h := tel.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		observe.SetRoute(r.Context(), "/things/{id}") // what a router's middleware would do
	}))
	h.ServeHTTP(httptest.NewRecorder(), request(http.MethodGet, "/things/42"))
	printMetric(tel, "http_requests_total")
	// Output: http_requests_total{method="GET",path="/things/{id}",status="200"} 1
}

func ExampleRoutes() {
	tel := quiet(observe.Config{})
	defer func() { _ = tel.Shutdown(context.Background()) }()
	v1 := http.NewServeMux()
	v1.HandleFunc("GET /things/{id}", func(http.ResponseWriter, *http.Request) {})
	mux := http.NewServeMux()
	mux.Handle("/v1/", http.StripPrefix("/v1", observe.Routes(v1)))
	tel.Handler(mux).ServeHTTP(httptest.NewRecorder(), request(http.MethodGet, "/v1/things/42"))
	printMetric(tel, "http_requests_total")
	// Output: http_requests_total{method="GET",path="/v1/things/{id}",status="200"} 1
}

func ExampleError() {
	tel := quiet(observe.Config{Errors: []observe.ErrorReporter{printer{}}})
	defer func() { _ = tel.Shutdown(context.Background()) }()
	h := tel.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		tel.Logger().InfoContext(r.Context(), "charging card")
		observe.Error(r.Context(), errors.New("card refused"), "order", 7)
	}))
	h.ServeHTTP(httptest.NewRecorder(), request(http.MethodPost, "/orders"))
	// Output: card refused, after: charging card
}

func ExamplePanic() {
	tel := quiet(observe.Config{Errors: []observe.ErrorReporter{printer{}}})
	defer func() { _ = tel.Shutdown(context.Background()) }()
	job := func(ctx context.Context) {
		defer func() {
			if v := recover(); v != nil {
				observe.Panic(ctx, v, "job", 7)
			}
		}()
		tel.Logger().InfoContext(ctx, "charging card")
		panic("no card")
	}
	job(observe.Extract(tel.Context(context.Background()), nil))
	// Output: panic: no card, after: charging card
}

func ExampleTelemetry_Context() {
	var log strings.Builder
	tel := quiet(observe.Config{Log: logging.Options{Writer: &log, Format: logging.FormatJSON}})
	defer func() { _ = tel.Shutdown(context.Background()) }()
	ctx := observe.WithUser(tel.Context(context.Background()), "u_7", "") // for one piece of work of many
	observe.Error(ctx, errors.New("out of paper"))
	fmt.Println(strings.Contains(log.String(), `"user_id":"u_7"`))
	// Output: true
}

// printer is an ErrorReporter.
type printer struct{}

func (printer) Report(_ context.Context, e observe.ErrorEvent) {
	fmt.Printf("%s, after: %s\n", e.Message, e.Breadcrumbs[0].Message)
}

func ExampleInject() {
	tel := quiet(observe.Config{})
	defer func() { _ = tel.Shutdown(context.Background()) }()
	queue := make(chan map[string]string, 1)
	h := tel.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		job := map[string]string{}
		observe.Inject(observe.WithUser(r.Context(), "u_7", ""), job)
		queue <- job
	}))
	r := request(http.MethodPost, "/orders")
	r.Header.Set("X-Request-ID", "7")
	h.ServeHTTP(httptest.NewRecorder(), r)

	ctx := observe.Extract(context.Background(), <-queue) // in the worker
	fmt.Println(observe.RequestID(ctx))
	// Output: 7
}
