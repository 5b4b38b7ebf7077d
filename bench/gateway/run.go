package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// Targets, as ratios to the reverse proxy.
const (
	targetCPU = 0.6
	targetP50 = 1.1
	targetP99 = 0.6
	targetSSE = 1.1
)

func run(ctx context.Context, o options, pid int, mockAddr string) error {
	mockArgs := []string{}
	if mockAddr != "" {
		mockArgs = []string{"-listen", mockAddr}
	}
	mock, err := spawn(ctx, "mock", mockArgs...)
	if err != nil {
		return err
	}
	defer mock.stop()
	mock.path, mock.key = "/v1/chat/completions", providerKey
	rp, err := spawn(ctx, "reverseproxy", "-upstream", mock.addr)
	if err != nil {
		return err
	}
	defer rp.stop()
	rp.path, rp.key = "/v1/chat/completions", clientKey
	gw, err := startGateway(ctx, o, pid, mock.addr)
	if err != nil {
		return err
	}
	defer gw.stop()

	b := bench{options: o, out: tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0), mock: mock, rp: rp, gw: gw}
	if err = b.ratios(ctx); err != nil {
		return err
	}
	if err = b.completeness(ctx); err != nil {
		return err
	}
	return b.memory(ctx)
}

func startGateway(ctx context.Context, o options, pid int, mock string) (*subject, error) {
	if o.gateway != "" {
		addr, prefix, _ := strings.Cut(o.gateway, "/")
		return &subject{name: "gateway", addr: addr, path: "/" + prefix + "/v1/chat/completions", key: clientKey, pid: pid}, nil
	}
	gw, err := spawn(ctx, "gateway", "-upstream", mock, "-content", o.content, "-profile", o.profile)
	if err != nil {
		return nil, err
	}
	gw.path, gw.key = "/openai/v1/chat/completions", clientKey
	return gw, nil
}

type bench struct {
	options
	out          *tabwriter.Writer
	mock, rp, gw *subject
}

// sample is one number of each subject in each round.
type sample struct{ direct, rp, gw []float64 }

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	if len(v) == 0 {
		return 0
	}
	return v[len(v)/2]
}

// ratios measures what is compared, subjects by turns, so that what else the machine does meets them all.
func (b *bench) ratios(ctx context.Context) error {
	var cpu, rate, p50, p99, sse sample
	json := load{connections: b.connections, model: "fast", promptBytes: b.promptBytes}
	slow := load{connections: 8, rate: b.rate, model: "fast", promptBytes: b.promptBytes}
	paced := load{connections: b.paced, stream: true, model: fmt.Sprintf("paced-%d", b.pace.Microseconds()), promptBytes: b.promptBytes}
	for range b.rounds {
		if b.only == "" || b.only == "cpu" {
			err := b.each(ctx, json, func(v func(*sample) *[]float64, r *result) {
				add(v(&cpu), float64(r.cpu.Microseconds())/float64(r.requests))
				add(v(&rate), float64(r.requests)/b.duration.Seconds())
			})
			if err != nil {
				return err
			}
		}
		if b.only == "" || b.only == "latency" {
			err := b.each(ctx, slow, func(v func(*sample) *[]float64, r *result) {
				add(v(&p50), float64(r.quantile(.5).Nanoseconds())/1e3)
				add(v(&p99), float64(r.quantile(.99).Nanoseconds())/1e3)
			})
			if err != nil {
				return err
			}
		}
		if b.only == "" || b.only == "sse" {
			err := b.each(ctx, paced, func(v func(*sample) *[]float64, r *result) {
				add(v(&sse), float64(r.cpu.Microseconds())/float64(r.events))
			})
			if err != nil {
				return err
			}
		}
	}
	row := func(what string, v sample, base, target float64) {
		if len(v.gw) == 0 {
			return
		}
		d, r, g := median(v.direct), median(v.rp), median(v.gw)
		verdict := ""
		if target > 0 {
			verdict = fmt.Sprintf("≤ %.1f", target)
		}
		fmt.Fprintf(b.out, "%s\t%.1f\t%.1f\t%.1f\t%.2f\t%s\n", what, d, r, g, (g-base*d)/(r-base*d), verdict)
	}
	fmt.Fprintln(b.out, "median of rounds\tdirect\treverse proxy\tgateway\tratio\ttarget")
	row("CPU µs per request", cpu, 0, targetCPU)
	row("requests per second", rate, 0, 0)
	row("p50 µs (ratio of what is added)", p50, 1, targetP50)
	row("p99 µs (ratio of what is added)", p99, 1, targetP99)
	row("CPU µs per event of paced streams", sse, 0, targetSSE)
	return b.out.Flush()
}

func add(to *[]float64, v float64) { *to = append(*to, v) }

// each measures the three subjects and hands over where the number of each goes.
func (b *bench) each(ctx context.Context, l load, take func(func(*sample) *[]float64, *result)) error {
	for _, s := range []struct {
		*subject
		where func(*sample) *[]float64
	}{
		{b.mock, func(s *sample) *[]float64 { return &s.direct }},
		{b.rp, func(s *sample) *[]float64 { return &s.rp }},
		{b.gw, func(s *sample) *[]float64 { return &s.gw }},
	} {
		r, err := l.measure(ctx, s.subject, b.warmup, b.duration)
		if err != nil {
			return err
		}
		if r.failures > 0 {
			fmt.Fprintf(os.Stderr, "%s: %d of %d requests failed: %v\n", s.name, r.failures, r.failures+r.requests, r.cause)
		}
		take(s.where, r)
	}
	return nil
}

// completeness counts streams that were cut short.
func (b *bench) completeness(ctx context.Context) error {
	if b.streams == 0 {
		return nil
	}
	l := load{connections: b.connections, stream: true, model: "fast", promptBytes: b.promptBytes}
	begin := time.Now()
	r, err := l.complete(ctx, b.gw, b.streams)
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stdout, "%d streams complete, %d cut short, %d failed, in %v\n", r.requests, r.cut, r.failures, time.Since(begin).Round(time.Second))
	return nil
}

// memory watches the resident memory of the gateway under load.
func (b *bench) memory(ctx context.Context) error {
	if b.flat == 0 {
		return nil
	}
	l := load{connections: b.connections, model: "fast", promptBytes: b.promptBytes}
	const parts = 10
	fmt.Fprintf(os.Stdout, "RSS of the gateway in MB over %v:", b.flat)
	total := 0
	for range parts {
		r, err := l.measure(ctx, b.gw, 0, b.flat/parts)
		if err != nil {
			return err
		}
		total += r.requests
		fmt.Fprintf(os.Stdout, " %d", r.rss>>20)
	}
	fmt.Fprintf(os.Stdout, "; %d requests\n", total)
	return ctx.Err()
}
