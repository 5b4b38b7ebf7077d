package health_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"

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
