package observe_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"

	"github.com/telltale-dev/telltale/observe"
)

func ExampleRequestID() {
	tel := quiet(observe.Config{})
	defer func() { _ = tel.Shutdown(context.Background()) }()
	h := tel.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintln(w, "ask us about request", observe.RequestID(r.Context()))
	}))
	r := request(http.MethodGet, "/help")
	r.Header.Set(observe.RequestIDHeader, "7")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	fmt.Print(w.Body)
	// Output: ask us about request 7
}

func ExampleWithKey() {
	tel := quiet(observe.Config{})
	defer func() { _ = tel.Shutdown(context.Background()) }()
	ctx := observe.WithKey(tel.Context(context.Background()), "key_1") // the id of an API key, never the key
	job := map[string]string{}
	observe.Inject(ctx, job)
	fmt.Println(job["key_id"])
	// Output: key_1
}

// A worker takes a job that a service without this library has put into the queue.
func ExampleExtract() {
	tel := quiet(observe.Config{})
	defer func() { _ = tel.Shutdown(context.Background()) }()
	job := map[string]string{
		"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "request_id": "7",
	}
	ctx := observe.Extract(tel.Context(context.Background()), job)
	_, span := tel.Tracer().Start(ctx, "send mail")
	defer span.End()
	fmt.Println(span.SpanContext().TraceID(), observe.RequestID(ctx))
	// Output: 0af7651916cd43dd8448eb211c80319c 7
}

// pager is an ErrorReporter that tells panics apart.
type pager struct{}

func (pager) Report(_ context.Context, e observe.ErrorEvent) {
	if e.Panic {
		fmt.Println("page someone:", e.Message)
		return
	}
	fmt.Println("open a ticket:", e.Type, e.Message, e.Attrs)
}

func ExampleErrorReporter() {
	tel := quiet(observe.Config{Errors: []observe.ErrorReporter{pager{}}})
	defer func() { _ = tel.Shutdown(context.Background()) }()
	ctx := tel.Context(context.Background())
	observe.Error(ctx, &fs.PathError{Op: "open", Path: "price.list", Err: fs.ErrNotExist}, "shop", "rome")
	observe.Panic(ctx, "out of order")
	// Output:
	// open a ticket: *fs.PathError open price.list: file does not exist [shop=rome]
	// page someone: panic: out of order
}

func ExamplePanicError() {
	var err error = &observe.PanicError{Value: fs.ErrNotExist} // ErrorEvent.Err of a panic
	var p *observe.PanicError
	fmt.Println(err, errors.As(err, &p), errors.Is(err, fs.ErrNotExist))
	// Output: panic: file does not exist true true
}

func ExamplePanicError_Callers() {
	tel := quiet(observe.Config{Errors: []observe.ErrorReporter{blame{}}})
	defer func() { _ = tel.Shutdown(context.Background()) }()
	h := tel.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { charge(nil) }))
	h.ServeHTTP(httptest.NewRecorder(), request(http.MethodPost, "/orders"))
	// Output: panicked in charge
}

// charge has a mistake in it.
func charge(card *struct{ number string }) { card.number = "" }

// blame is an ErrorReporter that looks at the stack.
type blame struct{}

func (blame) Report(_ context.Context, e observe.ErrorEvent) {
	var p *observe.PanicError
	if errors.As(e.Err, &p) {
		top, _ := runtime.CallersFrames(p.Callers()).Next()
		fmt.Println("panicked in", top.Function[strings.LastIndexByte(top.Function, '.')+1:])
	}
}

// Whoever gives up waiting is no error of the service, and no success either.
func Example_statusClientGone() {
	tel := quiet(observe.Config{})
	defer func() { _ = tel.Shutdown(context.Background()) }()
	h := tel.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	ctx, cancel := context.WithCancel(context.Background())
	cancel() // the client is gone
	h.ServeHTTP(httptest.NewRecorder(), request(http.MethodGet, "/report").WithContext(ctx))
	gone := fmt.Sprintf(`status="%d"`, observe.StatusClientGone)
	fmt.Println(strings.Contains(scrape(tel), gone))
	// Output: true
}
