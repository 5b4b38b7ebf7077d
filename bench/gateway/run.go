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
	targetCPU        = "≤ 0.6"
	targetCPUDurable = "≤ 1.0"
	targetP50        = "≤ 1.1"
	targetP99        = "≤ 0.6"
	targetSSE        = "≤ 1.1"
)

func run(ctx context.Context, o options, pid int, mockAddr string) error {
	if !slices.Contains([]string{"gateway", "all", "none"}, o.tuned) {
		return fmt.Errorf("-tuned %q: want gateway, all or none", o.tuned)
	}
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
	rp, err := startProxy(ctx, o, "reverseproxy", mock.addr)
	if err != nil {
		return err
	}
	defer rp.stop()
	pooled, err := startProxy(ctx, o, "reverseproxy-pool", mock.addr)
	if err != nil {
		return err
	}
	defer pooled.stop()
	gw, err := startGateway(ctx, o, pid, mock.addr)
	if err != nil {
		return err
	}
	defer gw.stop()

	b := bench{options: o, out: tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0), subjects: [subjects]*subject{mock, rp, pooled, gw}}
	if err = b.ratios(ctx); err != nil {
		return err
	}
	if err = b.completeness(ctx); err != nil {
		return err
	}
	return b.memory(ctx)
}

func startProxy(ctx context.Context, o options, role, mock string) (*subject, error) {
	s, err := spawn(ctx, role, "-upstream", mock, tuneFlag(o.tuned == "all"))
	if err != nil {
		return nil, err
	}
	s.path, s.key = "/v1/chat/completions", clientKey
	return s, nil
}

func tuneFlag(on bool) string { return fmt.Sprintf("-tune=%t", on) }

func startGateway(ctx context.Context, o options, pid int, mock string) (*subject, error) {
	if o.gateway != "" {
		addr, prefix, _ := strings.Cut(o.gateway, "/")
		return &subject{name: "gateway", addr: addr, path: "/" + prefix + "/v1/chat/completions", key: clientKey, pid: pid}, nil
	}
	role, dir := "gateway", ""
	if o.durable {
		var err error
		if dir, err = os.MkdirTemp("", "telltale-bench-"); err != nil {
			return nil, fmt.Errorf("make a folder: %w", err)
		}
		role = "server"
	}
	gw, err := spawn(ctx, role, "-upstream", mock, "-content", o.content, "-profile", o.profile, "-data", dir, tuneFlag(o.tuned != "none"))
	if err != nil {
		return nil, err
	}
	gw.dir = dir
	gw.path, gw.key = "/openai/v1/chat/completions", clientKey
	return gw, nil
}

// Who is measured.
const (
	direct = iota
	reverse
	reversePool
	ours
	subjects
)

type bench struct {
	options
	out      *tabwriter.Writer
	subjects [subjects]*subject
}

// sample is one number of each subject, by round.
type sample [subjects][]float64

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	if len(v) == 0 {
		return 0
	}
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}

// ratio of the gateway to another subject: the median of those of each round, whose measurements met the same machine.
// added takes off what the mock needs by itself.
func (s *sample) ratio(to int, added bool) float64 {
	var v []float64
	for round := range s[ours] {
		base := 0.0
		if added {
			base = s[direct][round]
		}
		v = append(v, (s[ours][round]-base)/(s[to][round]-base))
	}
	return median(v)
}

// ratios measures what is compared, subjects by turns.
func (b *bench) ratios(ctx context.Context) error {
	var cpu, rate, p50, p99, sse sample
	json := load{connections: b.connections, model: "fast", promptBytes: b.promptBytes}
	slow := load{connections: 8, rate: b.rate, model: "fast", promptBytes: b.promptBytes}
	paced := load{connections: b.paced, stream: true, model: fmt.Sprintf("paced-%d", b.pace.Microseconds()), promptBytes: b.promptBytes}
	for _, part := range []struct {
		name string
		load load
		take func(who int, r *result)
	}{
		{"cpu", json, func(who int, r *result) {
			cpu.add(who, float64(r.cpu.Microseconds())/float64(r.requests))
			rate.add(who, float64(r.requests)/b.duration.Seconds())
		}},
		{"latency", slow, func(who int, r *result) {
			p50.add(who, float64(r.quantile(.5).Nanoseconds())/1e3)
			p99.add(who, float64(r.quantile(.99).Nanoseconds())/1e3)
		}},
		{"sse", paced, func(who int, r *result) { sse.add(who, float64(r.cpu.Microseconds())/float64(r.events)) }},
	} {
		if b.only != "" && b.only != part.name {
			continue
		}
		for range b.rounds {
			if err := b.each(ctx, part.load, part.take); err != nil {
				return err
			}
		}
	}
	_, _ = fmt.Fprintln(b.out, "medians\tdirect\treverse proxy\twith buffer pool\tgateway\tratio\ttarget\tratio to pool")
	row := func(what string, s *sample, added bool, target string) {
		if len(s[ours]) > 0 {
			_, _ = fmt.Fprintf(b.out, "%s\t%.1f\t%.1f\t%.1f\t%.1f\t%.2f\t%s\t%.2f\n", what, median(s[direct]), median(s[reverse]), median(s[reversePool]),
				median(s[ours]), s.ratio(reverse, added), target, s.ratio(reversePool, added))
		}
	}
	forCPU := targetCPU
	if b.durable {
		forCPU = targetCPUDurable
	}
	row("CPU µs per request", &cpu, false, forCPU)
	row("requests per second", &rate, false, "")
	row("p50 µs, ratio of what is added", &p50, true, targetP50)
	row("p99 µs, ratio of what is added", &p99, true, targetP99)
	row("CPU µs per event of paced streams", &sse, false, targetSSE)
	return b.out.Flush()
}

func (s *sample) add(who int, v float64) { s[who] = append(s[who], v) }

// each measures every subject once.
func (b *bench) each(ctx context.Context, l load, take func(int, *result)) error {
	for who, s := range b.subjects {
		r, err := l.measure(ctx, s, b.warmup, b.duration)
		if err != nil {
			return err
		}
		if r.failures > 0 {
			_, _ = fmt.Fprintf(os.Stderr, "%s: %d of %d requests failed: %v\n", s.name, r.failures, r.failures+r.requests, r.cause)
		}
		take(who, r)
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
	r, err := l.complete(ctx, b.subjects[ours], b.streams)
	if err != nil {
		return err
	}
	fmt.Printf("%d streams complete, %d cut short, %d failed, in %v\n", r.requests, r.cut, r.failures, time.Since(begin).Round(time.Second))
	return nil
}

// memory watches the resident memory of the gateway under load.
func (b *bench) memory(ctx context.Context) error {
	if b.flat == 0 {
		return nil
	}
	l := load{connections: b.connections, model: "fast", promptBytes: b.promptBytes}
	const parts = 10
	fmt.Printf("RSS of the gateway in MB over %v:", b.flat)
	total := 0
	for range parts {
		r, err := l.measure(ctx, b.subjects[ours], 0, b.flat/parts)
		if err != nil {
			return err
		}
		total += r.requests
		fmt.Printf(" %d", r.rss>>20)
	}
	fmt.Printf("; %d requests\n", total)
	return ctx.Err()
}
