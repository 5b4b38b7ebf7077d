package health_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/telltale-dev/telltale/observe/health"
)

// status asks a path for its status code.
func status(h http.Handler, path string) int {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(context.Background(), http.MethodGet, path, http.NoBody))
	return w.Code
}

// ping stands for what a client of a database has.
func ping(context.Context) error { return nil }

// down is a dependency that is out of reach.
func down(context.Context) error { return errors.New("connection refused") }

func Example() {
	ctx := context.Background()
	checks := health.New() // in a service: tel.Health()
	defer func() { _ = checks.Close(ctx) }()
	if err := checks.Add(health.Check{Name: "database", Run: ping}); err != nil {
		fmt.Println(err)
		return
	}
	mux := http.NewServeMux()
	mux.Handle("GET /healthz", checks.Live())
	mux.Handle("GET /readyz", checks.Ready())
	fmt.Println(status(mux, "/healthz"), status(mux, "/readyz"))
	// Output: 200 200
}

func ExampleChecks_Add() {
	checks := health.New()
	defer func() { _ = checks.Close(context.Background()) }()
	fmt.Println(checks.Add(health.Check{Name: "database", Run: ping}))
	fmt.Println(checks.Add(health.Check{Name: "database", Run: ping}))
	// Output:
	// <nil>
	// health: there is a check database already
}

// The service does its work without the search, though less of it.
func ExampleCheck() {
	checks := health.New()
	defer func() { _ = checks.Close(context.Background()) }()
	_ = checks.Add(health.Check{Name: "search", Run: down, Optional: true})
	fmt.Println(status(checks.Ready(), "/readyz"), checks.Run(context.Background()).Status)
	// Output: 200 degraded
}

func ExampleChecks_Run() {
	checks := health.New()
	defer func() { _ = checks.Close(context.Background()) }()
	_ = checks.Add(health.Check{Name: "database", Run: ping})
	_ = checks.Add(health.Check{Name: "search", Optional: true, Run: down})

	report := checks.Run(context.Background())
	fmt.Println(report.Status)
	for _, c := range report.Checks {
		fmt.Println(c.Name, c.Status)
	}
	// Output:
	// degraded
	// database ok
	// search failed
}

func ExampleChecks_Live() {
	checks := health.New()
	defer func() { _ = checks.Close(context.Background()) }()
	_ = checks.Add(health.Check{Name: "database", Run: down}) // no reason to restart the process

	w := httptest.NewRecorder()
	checks.Live().ServeHTTP(w, httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/healthz", http.NoBody))
	fmt.Print(w.Code, " ", w.Body)
	// Output: 200 {"status":"ok"}
}

func ExampleChecks_Ready() {
	checks := health.New()
	defer func() { _ = checks.Close(context.Background()) }()
	_ = checks.Add(health.Check{Name: "database", Run: down})
	fmt.Println(status(checks.Ready(), "/readyz"))
	// Output: 503
}

func ExampleChecks_Drain() {
	checks := health.New()
	defer func() { _ = checks.Close(context.Background()) }()
	ready := checks.Ready()
	fmt.Println(status(ready, "/readyz"))
	checks.Drain() // on SIGTERM, before the server is shut down
	fmt.Println(status(ready, "/readyz"))
	// Output:
	// 200
	// 503
}

func ExampleChecks_Close() {
	ctx := context.Background()
	checks := health.New()
	_ = checks.Add(health.Check{Name: "database", Run: ping})
	if err := checks.Close(ctx); err != nil { // waits for checks that are under way
		fmt.Println(err)
	}
	fmt.Println(checks.Run(ctx).Status)
	// Output: unready
}

// An index that may be slow and is costly to ask has its own time limit and is asked less often.
func ExampleCheck_times() {
	checks := health.New()
	defer func() { _ = checks.Close(context.Background()) }()
	asked := 0
	_ = checks.Add(health.Check{
		Name: "index", Timeout: 2 * health.DefaultTimeout, MaxAge: 12 * health.DefaultMaxAge,
		Run: func(context.Context) error { asked++; return nil },
	})
	for range 100 { // an orchestrator and its load balancers
		status(checks.Ready(), "/readyz")
	}
	fmt.Println("asked", asked, "time")
	// Output: asked 1 time
}

func ExampleStatus() {
	checks := health.New()
	defer func() { _ = checks.Close(context.Background()) }()
	hang := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	for _, k := range []health.Check{
		{Name: "cache", Run: hang, Timeout: time.Millisecond, Optional: true},
		{Name: "database", Run: ping},
		{Name: "search", Run: down, Optional: true},
	} {
		_ = checks.Add(k)
	}
	report := checks.Run(context.Background())
	for _, c := range report.Checks {
		switch c.Status {
		case health.OK:
		case health.Timeout:
			fmt.Println(c.Name, "is too slow")
		case health.Failed:
			fmt.Println(c.Name, "is away:", c.Err)
		}
	}
	fmt.Println("do without:", report.Status == health.Degraded)
	// Output:
	// cache is too slow
	// search is away: connection refused
	// do without: true
}
