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
		for range o.rounds + 1 { // the first finds cold files
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
		fmt.Printf("start with the data until a query is answered: %d ms, Prometheus %d ms, ratio %.2f\n", a.Milliseconds(), b.Milliseconds(), float64(a)/float64(b))
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
		var used [2]memory
		if err := note(a, b, &used); err != nil {
			return err
		}
		list, err := askAll(ctx, o, a, b, &used)
		if err != nil {
			return err
		}
		if err := tell(list); err != nil {
			return err
		}
		report("before the first query", used, func(m memory) int64 { return m.list[0] })
		report("median after queries", used, func(m memory) int64 { return median(m.list) })
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

// over is the ratio of the medians.
func over(a, b []time.Duration) float64 { return float64(median(a)) / float64(median(b)) }

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// asked is a query as it is sent to both.
func asked(expr string, span, width time.Duration, end time.Time) string {
	if span == 0 {
		return "/api/v1/query?" + url.Values{"query": {expr}, "time": {fmt.Sprint(end.Unix())}}.Encode()
	}
	return "/api/v1/query_range?" + url.Values{
		"query": {expr}, "start": {fmt.Sprint(end.Add(-span).Unix())}, "end": {fmt.Sprint(end.Unix())}, "step": {fmt.Sprint(width.Seconds())},
	}.Encode()
}

// Queries of a few milliseconds are asked more often than the flag says, until that takes about askFor. Each is asked in some
// of its rounds in every pass over all of them: what else a server does for some seconds, such as its rules, then concerns all.
const (
	askFor   = 3 * time.Second
	mostAsks = 500
	warmUp   = 3
	passes   = 5
)

// answers are the times of one query.
type answers struct {
	path         string
	rounds       int
	ours, theirs []time.Duration
}

func askAll(ctx context.Context, o *options, a, b *peer, used *[2]memory) ([]*answers, error) {
	var list []*answers
	for _, q := range queries {
		one := &answers{path: asked(q.expr, q.span, q.width, o.end), rounds: o.rounds}
		if err := one.begin(ctx, a, b); err != nil {
			return nil, fmt.Errorf("%s: %w", q.expr, err)
		}
		list = append(list, one)
	}
	for pass := range passes {
		for _, one := range list {
			if err := one.ask(ctx, a, b, one.rounds*(pass+1)/passes-one.rounds*pass/passes); err != nil {
				return nil, err
			}
			if err := note(a, b, used); err != nil {
				return nil, err
			}
		}
	}
	return list, nil
}

// begin compares the answers, and asks some times to warm up, which is not counted.
func (q *answers) begin(ctx context.Context, a, b *peer) error {
	textA, _, err := get(ctx, a.base+q.path)
	if err != nil {
		return err
	}
	textB, _, err := get(ctx, b.base+q.path)
	if err != nil {
		return err
	}
	if strings.Contains(textA, `"result":[]`) {
		return errors.New("nothing is found, so nothing is measured")
	}
	if len(textA) != len(textB) {
		return fmt.Errorf("the answers differ: %d and %d bytes", len(textA), len(textB))
	}
	if err := q.ask(ctx, a, b, warmUp); err != nil {
		return err
	}
	q.rounds = max(q.rounds, min(mostAsks, int(askFor/(median(q.ours)+median(q.theirs)))))
	q.ours, q.theirs = nil, nil
	return nil
}

// ask asks both by turns.
func (q *answers) ask(ctx context.Context, a, b *peer, times int) error {
	one := func(p *peer, list *[]time.Duration) error {
		_, took, err := get(ctx, p.base+q.path)
		*list = append(*list, took)
		return err
	}
	for range times {
		turns := []func() error{func() error { return one(a, &q.ours) }, func() error { return one(b, &q.theirs) }}
		if len(q.ours)%2 == 1 {
			slices.Reverse(turns) // nobody comes always after the other
		}
		if err := errors.Join(turns[0](), turns[1]()); err != nil {
			return err
		}
	}
	return nil
}

// tell shows the medians, and the ratios of each half of the rounds, which are apart where there was too much noise.
func tell(list []*answers) error {
	w := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "query\trange\tasked\tours ms\tPrometheus ms\tratio\tof each half")
	var ratios []float64
	for i, q := range list {
		half := len(q.ours) / 2
		ratios = append(ratios, over(q.ours, q.theirs))
		fmt.Fprintf(w, "%s\t%v\t%d\t%.2f\t%.2f\t%.2f\t%.2f %.2f\n", queries[i].expr, queries[i].span, len(q.ours), ms(median(q.ours)), ms(median(q.theirs)),
			over(q.ours, q.theirs), over(q.ours[:half], q.theirs[:half]), over(q.ours[half:], q.theirs[half:]))
	}
	slices.Sort(ratios)
	fmt.Fprintf(w, "ratios: median %.2f, largest %.2f\n", median(ratios), ratios[len(ratios)-1])
	return w.Flush()
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
