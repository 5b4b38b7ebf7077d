package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/telltale-dev/telltale/bench/server"
)

const (
	downRounds    = 3 // at most: a round is twice -down
	connections   = 16
	watchEvery    = 100 * time.Millisecond
	recoverWithin = 30 * time.Second
)

// phase is what was seen while the backend was up, or down.
type phase struct {
	latencies []time.Duration // sorted
	seconds   []time.Duration // the p99 of each second
	rss       int64           // the most there was
}

// process is the service.
type process struct {
	cmd     *exec.Cmd
	address string
}

func startService(ctx context.Context, backend string) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p := &process{cmd: exec.CommandContext(ctx, self, serviceArgument, backend)}
	p.cmd.Stderr = os.Stderr
	p.cmd.Env = slices.DeleteFunc(os.Environ(), func(pair string) bool { return strings.HasPrefix(pair, "OTEL_") })
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start service: %w", err), p.stop())
	}
	p.address = strings.TrimSpace(line)
	return p, nil
}

func (p *process) stop() error {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	return p.cmd.Wait()
}

// down measures requests at a fixed rate while the backend is up and down by turns.
func down(ctx context.Context, o *options) (err error) {
	if o.profile != "" || o.down <= 0 {
		return nil
	}
	b, err := newBackend(o.how)
	if err != nil {
		return err
	}
	defer b.close()
	p, err := startService(ctx, b.url())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	made := 0
	if _, err := p.load(ctx, o, 2*time.Second, &made); err != nil { // connections, caches and the first batches
		return err
	}
	var of [2][]*phase
	for range min(o.rounds, downRounds) {
		for i, state := range []bool{true, false} {
			if err := b.set(state); err != nil {
				return err
			}
			ph, err := p.load(ctx, o, o.down, &made)
			if err != nil {
				return err
			}
			of[i] = append(of[i], ph)
		}
	}
	reportDown(o, of)
	if err := b.set(true); err != nil {
		return err
	}
	return p.books(ctx, made)
}

func reportDown(o *options, of [2][]*phase) {
	fmt.Printf("\n%d requests/s, the backend up and down (%s) for %v by turns:\n\n", o.rate, o.how, o.down)
	w := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\tp50 ms\tp99 ms\tp99 of a second ms\tp99.9 ms\tlongest ms\tpeak RSS MB\trequests\t")
	var p50, p99, seconds [2][]time.Duration
	for i, name := range []string{"up", "down"} {
		for _, ph := range of[i] {
			l := ph.latencies
			p50[i], p99[i] = append(p50[i], quantile(l, .5)), append(p99[i], quantile(l, .99))
			seconds[i] = append(seconds[i], median(ph.seconds))
			fmt.Fprintf(w, "%s\t%.2f\t%.2f\t%.2f\t%.2f\t%.1f\t%d\t%d\t\n", name, micros(quantile(l, .5))/1e3, micros(quantile(l, .99))/1e3,
				micros(median(ph.seconds))/1e3, micros(quantile(l, .999))/1e3, micros(l[len(l)-1])/1e3, ph.rss>>20, len(l))
		}
	}
	w.Flush()
	fmt.Printf("\ndown/up: %.2f of the p50, %.2f of the p99 of a second, the median of all seconds (target 1.1); %.2f of the p99 of all,"+
		" in which whatever else held up the machine for a moment stands too\n", ratioOf(p50), ratioOf(seconds), ratioOf(p99))
}

// load sends requests at the rate, and counts time from when each was due.
func (p *process) load(ctx context.Context, o *options, duration time.Duration, made *int) (*phase, error) {
	n := int(float64(o.rate) * duration.Seconds())
	all := make([]time.Duration, n)
	began := time.Now()
	raw := rawRequest(request(ctx, ""))
	errs := make([]error, connections)
	var wg sync.WaitGroup
	for c := range connections {
		wg.Go(func() { errs[c] = p.connection(ctx, raw, c, began, time.Second/time.Duration(o.rate), all) })
	}
	stop := make(chan struct{})
	rss := make(chan int64)
	go func() { rss <- p.watch(stop) }()
	wg.Wait()
	close(stop)
	ph := &phase{latencies: all, rss: <-rss}
	*made += n
	for second := range slices.Chunk(all, o.rate) {
		second = slices.Clone(second)
		slices.Sort(second)
		ph.seconds = append(ph.seconds, quantile(second, .99))
	}
	slices.Sort(all)
	return ph, errors.Join(errs...)
}

// connection sends every connections-th request.
func (p *process) connection(ctx context.Context, raw []byte, first int, began time.Time, interval time.Duration, all []time.Duration) error {
	c, err := dial(p.address)
	if err != nil {
		return err
	}
	defer c.conn.Close()
	for i := first; i < len(all); i += connections {
		due := began.Add(time.Duration(i) * interval)
		select {
		case <-time.After(time.Until(due)):
		case <-ctx.Done():
			return ctx.Err()
		}
		if err := c.call(raw); err != nil {
			return err
		}
		all[i] = time.Since(due)
	}
	return nil
}

// watch returns the most memory the service has had.
func (p *process) watch(stop <-chan struct{}) (most int64) {
	for {
		if u, err := server.UsageOf(p.cmd.Process.Pid); err == nil {
			most = max(most, u.RSS)
		}
		select {
		case <-stop:
			return most
		case <-time.After(watchEvery):
		}
	}
}
