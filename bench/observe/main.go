// Command observe measures the library against what a Go service is usually built of, as ratios in one run: otelhttp,
// promhttp, httplog on chi, sentry-go and the batch processor of the OpenTelemetry SDK. It needs Linux.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// options of a run.
type options struct {
	rounds   int
	requests int
	parts    string
	down     time.Duration
	rate     int
	pause    time.Duration
	how      string
	paced    int
	pace     time.Duration
	profile  string
	subject  string
}

// parts are what can be measured, in the order of the report.
var parts = []struct {
	name string
	run  func(context.Context, *options) error
}{
	{"chain", chains},
	{"line", lines},
	{"calls", calls},
	{"pace", paced},
	{"down", down},
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == serviceArgument {
		exit(service(os.Args[2:]))
		return
	}
	var o options
	flag.IntVar(&o.rounds, "rounds", 9, "rounds; each measures every subject once, medians are reported")
	flag.IntVar(&o.requests, "requests", 8000, "requests of one measurement of the chain; other parts take their share of it")
	flag.StringVar(&o.parts, "only", "", "measure some parts: chain, line, calls, pace, down; by comma")
	flag.DurationVar(&o.down, "down", 10*time.Second, "how long the backend is down; 60s for the whole test")
	flag.IntVar(&o.rate, "rate", 1000, "requests per second while it is")
	flag.DurationVar(&o.pause, "between", 0, "wait between two rounds, for a machine that is shared")
	flag.StringVar(&o.how, "how", "refuse", "how the backend is down: refuse connections, or hang on requests")
	flag.IntVar(&o.paced, "streams", 12, "streams of 50 chunks in each round of the pace")
	flag.DurationVar(&o.pace, "pace", 2*time.Millisecond, "between two chunks of a paced stream")
	flag.StringVar(&o.profile, "profile", "", "write a CPU profile of -subject to this file, and measure it alone")
	flag.StringVar(&o.subject, "subject", "ours", "what -profile is of, by the name in the report")
	flag.Parse()
	signal.Ignore(syscall.SIGPIPE) // `| head` must not leave processes behind
	// The same work on both sides: the access line goes to a writer, and not to a backend as well.
	for _, name := range []string{"OTEL_LOGS_EXPORTER", "OTEL_METRICS_EXPORTER"} {
		_ = os.Setenv(name, "none")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	exit(run(ctx, &o))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "observe:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o *options) error {
	if o.rounds < 1 || o.requests < flushEvery || o.rate < 1 || o.paced < 1 {
		return fmt.Errorf("-rounds, -rate and -streams are at least 1, -requests at least %d", flushEvery)
	}
	known := 0
	for _, p := range parts {
		if o.parts != "" && !strings.Contains(","+o.parts+",", ","+p.name+",") {
			continue
		}
		known++
		switch err := p.run(ctx, o); {
		case errors.Is(err, errProfiled):
			return nil
		case err != nil:
			return fmt.Errorf("measure %s: %w", p.name, err)
		}
	}
	if known == 0 {
		return errors.New("-only names no part: chain, line, calls, pace, down")
	}
	return nil
}
