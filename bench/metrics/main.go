// Metrics measures the embedded Prometheus against one of the same version, built from the same module, on copies of the same
// data: latency of queries, start, memory; samples appended a second; what derived metrics cost of ingest; and the time from a
// metric that crosses its threshold to the webhook. It needs Linux.
//
//	go run ./metrics -binary ../bin/telltale            # builds Prometheus first, which takes minutes the first time
//	go run ./metrics -dir data -only query              # keeps the data for the next time
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

type options struct {
	binary, prometheus, dir, only string
	series, rounds                int
	span                          time.Duration
	end                           time.Time // of the data
}

// parts are what is measured, in order.
var parts = []struct {
	name string
	run  func(context.Context, *options) error
}{{"start", compareStarts}, {"query", compareQueries}, {"append", measureAppend}, {"derive", measureDerive}, {"alert", measureAlert}}

func main() {
	var o options
	flag.StringVar(&o.binary, "binary", "../bin/telltale", "server")
	flag.StringVar(&o.prometheus, "prometheus", "", "Prometheus; default: built from the module that go.mod names")
	flag.StringVar(&o.dir, "dir", "", "data folder, filled if it does not exist; written again where it is too old; default: a temporary one, removed at the end")
	flag.StringVar(&o.only, "only", "", "only this: start, query, append, derive or alert")
	flag.IntVar(&o.series, "series", 10_000, "series")
	flag.DurationVar(&o.span, "span", 24*time.Hour, "how long they have a sample every 15 s")
	flag.IntVar(&o.rounds, "rounds", 9, "how often each is measured; medians are reported")
	flag.Parse()
	signal.Ignore(syscall.SIGPIPE) // `| head` must not leave servers behind
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, &o); err != nil {
		fmt.Fprintln(os.Stderr, "metrics:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o *options) (err error) {
	temp, err := os.MkdirTemp("", "telltale-metrics-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
	if o.dir == "" {
		o.dir = filepath.Join(temp, "data")
	}
	if o.prometheus == "" && (o.only == "" || o.only == "start" || o.only == "query") {
		if o.prometheus, err = build(ctx, temp); err != nil {
			return err
		}
	}
	if o.only == "" || o.only == "start" || o.only == "query" {
		if err := fill(ctx, o); err != nil {
			return err
		}
	}
	for _, p := range parts {
		if o.only != "" && o.only != p.name {
			continue
		}
		if err := p.run(ctx, o); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return nil
}

// build makes the Prometheus to compare with: the one whose packages the server embeds, without the discovery of clouds.
func build(ctx context.Context, dir string) (string, error) {
	path := filepath.Join(dir, "prometheus")
	cmd := exec.CommandContext(ctx, "go", "build", "-tags", "remove_all_sd", "-trimpath", "-o", path, "github.com/prometheus/prometheus/cmd/prometheus")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build Prometheus: %w: %s", err, strings.TrimSpace(string(out)))
	}
	return path, nil
}
