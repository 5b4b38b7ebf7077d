package sentry_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"

	"github.com/telltale-dev/telltale/observe"
	"github.com/telltale-dev/telltale/observe/logging"
	observesentry "github.com/telltale-dev/telltale/observe/sentry"
)

// tracker is a transport that stands for Sentry, and prints what it is told of errors.
type tracker struct{}

func (tracker) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	for _, said := range regexp.MustCompile(`"(release|value|team)":"[^"]*"`).FindAll(body, -1) {
		fmt.Printf("%s\n", said)
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(&bytes.Reader{})}, nil
}

func ExampleNew() {
	ctx := context.Background()
	reporter, err := observesentry.New(observesentry.Options{
		DSN:       "https://0123456789abcdef@sentry.example.com/42", // or SENTRY_DSN
		Tags:      map[string]string{"team": "checkout"},
		Transport: tracker{},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	tel, err := observe.Start(ctx, observe.Config{
		Service: "shop", Version: "1.4.2", Errors: []observe.ErrorReporter{reporter},
		Exporter: observe.ExporterNone, NoGlobal: true, Log: logging.Options{Writer: io.Discard}, // no backend in this example
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	observe.Error(tel.Context(ctx), errors.New("card of ada@example.com refused"))
	if err := tel.Shutdown(ctx); err != nil { // and the reporter, which sends what waits
		fmt.Println(err)
	}
	// Unordered output:
	// "release":"shop@1.4.2"
	// "team":"checkout"
	// "value":"card of [redacted:email] refused"
}

func ExampleOptions() {
	_, err := observesentry.New(observesentry.Options{SampleRate: 30}) // percent were meant
	fmt.Println(err)
	// Output: sentry: SampleRate 30 is not from 0 to 1
}

// A command that makes a Reporter without a Telemetry ends it itself.
func ExampleReporter() {
	reporter, err := observesentry.New(observesentry.Options{DSN: "https://0123456789abcdef@sentry.example.com/42", Transport: tracker{}})
	if err != nil {
		fmt.Println(err)
		return
	}
	reporter.Report(context.Background(), observe.ErrorEvent{Err: errors.New("no paper"), Message: "no paper"})
	fmt.Println(reporter.Shutdown(context.Background()))
	// Output:
	// "value":"no paper"
	// <nil>
}
