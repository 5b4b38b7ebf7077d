package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

func withTemp(o *options, do func(dir string) error) (err error) {
	dir, err := os.MkdirTemp(filepath.Dir(o.dir), "telltale-compare-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	return do(dir)
}

// compareStarts starts each on the data, and ends it, by turns.
func compareStarts(ctx context.Context, o *options) error {
	return withTemp(o, func(dir string) error {
		var ours, theirs []time.Duration
		for range min(o.rounds, 5) + 1 { // the first finds cold files
			a, b, err := both(ctx, o, dir)
			if err != nil {
				return err
			}
			ours, theirs = append(ours, a.took), append(theirs, b.took)
			if err := errors.Join(a.stop(), b.stop()); err != nil {
				return err
			}
		}
		a, b := median(ours[1:]), median(theirs[1:])
		fmt.Printf("start with the data: %d ms, Prometheus %d ms, ratio %.2f\n", a.Milliseconds(), b.Milliseconds(), float64(a)/float64(b))
		return nil
	})
}

func median[T cmp.Ordered](list []T) T {
	list = slices.Clone(list)
	slices.Sort(list)
	return list[len(list)/2]
}

// queries are those of a dashboard and of rules.
var queries = []struct {
	expr  string
	span  time.Duration // 0: instant
	width time.Duration
}{
	{`http_requests_total{instance="10.0.0.3:8000",path="/v1/route-1",status="500"}`, 0, 0}, // one series: what a query costs at least
	{`http_requests_total{job="service-1",status="500"}`, 0, 0},
	{`sum by (job) (rate(http_requests_total[5m]))`, 0, 0},
	{`sum(rate(http_requests_total{status=~"5.."}[5m])) / sum(rate(http_requests_total[5m]))`, 0, 0},
	{`histogram_quantile(0.95, sum by (le, path) (rate(http_request_duration_seconds_bucket[5m])))`, 0, 0},
	{`topk(5, sum by (path, instance) (increase(http_requests_total[1h])))`, 0, 0},
	{`count(http_requests_total)`, 0, 0},
	{`sum by (job) (rate(http_requests_total[5m]))`, time.Hour, 15 * time.Second},
	{`sum by (status) (rate(http_requests_total[5m]))`, 24 * time.Hour, 5 * time.Minute},
	{`histogram_quantile(0.99, sum by (le, job) (rate(http_request_duration_seconds_bucket{path="/v1/route-3"}[5m])))`, 6 * time.Hour, time.Minute},
	{`http_requests_total{instance="10.0.0.3:8000"}`, 24 * time.Hour, 5 * time.Minute},
}

// compareQueries asks both the same by turns, and compares latency, answers and memory.
func compareQueries(ctx context.Context, o *options) error {
	return withTemp(o, func(dir string) error {
		a, b, err := both(ctx, o, dir)
		if err != nil {
			return err
		}
		defer func() { _ = errors.Join(a.stop(), b.stop()) }()
		w := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
		fmt.Fprintln(w, "query\trange\tours ms\tPrometheus ms\tratio")
		var ratios []float64
		var used [2]memory
		if err := note(a, b, &used); err != nil {
			return err
		}
		for _, q := range queries {
			ours, theirs, err := ask(ctx, o, a, b, q.expr, q.span, q.width)
			if err != nil {
				return err
			}
			ratio := float64(ours) / float64(theirs)
			ratios = append(ratios, ratio)
			if err := note(a, b, &used); err != nil {
				return err
			}
			fmt.Fprintf(w, "%s\t%v\t%.2f\t%.2f\t%.2f\n", q.expr, q.span, ms(ours), ms(theirs), ratio)
		}
		if err := w.Flush(); err != nil {
			return err
		}
		slices.Sort(ratios)
		fmt.Printf("ratios: median %.2f, largest %.2f\n", ratios[len(ratios)/2], ratios[len(ratios)-1])
		report("before the first query", used, func(m memory) int64 { return m.list[0] })
		report("median after each of them", used, func(m memory) int64 { return median(m.list) })
		report("at most", used, func(m memory) int64 { return m.peak })
		return nil
	})
}

// memory is what a process had at times, in bytes of RSS, and at most.
type memory struct {
	list []int64
	peak int64
}

func note(a, b *peer, used *[2]memory) error {
	for i, p := range []*peer{a, b} {
		u, err := p.use()
		if err != nil {
			return err
		}
		used[i].list, used[i].peak = append(used[i].list, u.RSS), u.Peak
	}
	return nil
}

func report(when string, used [2]memory, of func(memory) int64) {
	a, b := of(used[0]), of(used[1])
	fmt.Printf("memory %s: %d MB, Prometheus %d MB, ratio %.2f\n", when, a>>20, b>>20, float64(a)/float64(b))
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// ask measures one query in both by turns, after once to warm up, when the answers are compared.
func ask(ctx context.Context, o *options, a, b *peer, expr string, span, width time.Duration) (ours, theirs time.Duration, err error) {
	end := time.Now().Add(-time.Minute).Truncate(time.Minute)
	v := url.Values{"query": {expr}, "time": {fmt.Sprint(end.Unix())}}
	path := "/api/v1/query?"
	if span > 0 {
		v = url.Values{"query": {expr}, "start": {fmt.Sprint(end.Add(-span).Unix())}, "end": {fmt.Sprint(end.Unix())}, "step": {fmt.Sprint(width.Seconds())}}
		path = "/api/v1/query_range?"
	}
	path += v.Encode()
	textA, _, err := get(ctx, a.base+path)
	if err != nil {
		return 0, 0, err
	}
	textB, _, err := get(ctx, b.base+path)
	if err != nil {
		return 0, 0, err
	}
	if strings.Contains(textA, `"result":[]`) {
		return 0, 0, fmt.Errorf("%s: nothing is found, so nothing is measured", expr)
	}
	if len(textA) != len(textB) {
		return 0, 0, fmt.Errorf("%s: the answers differ: %d and %d bytes", expr, len(textA), len(textB))
	}
	var as, bs []time.Duration
	for range o.rounds {
		_, ta, err := get(ctx, a.base+path)
		if err != nil {
			return 0, 0, err
		}
		_, tb, err := get(ctx, b.base+path)
		if err != nil {
			return 0, 0, err
		}
		as, bs = append(as, ta), append(bs, tb)
	}
	return median(as), median(bs), nil
}

func get(ctx context.Context, u string) (string, time.Duration, error) {
	began := time.Now()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u, nil)
	if err != nil {
		return "", 0, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", 0, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", res.Status, strings.TrimSpace(string(text)))
	}
	return string(text), time.Since(began), err
}
