package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/storage"

	"github.com/telltale-dev/telltale/internal/metrics"
)

// appendRounds is how often each series gets a sample; the first rounds make the series.
const (
	appendRounds = 60
	firstRounds  = 5
	// pause is before each round, in either: so long that the next tick of the server is due when a round ends, and what else it
	// writes is done.
	pause = 20 * time.Millisecond
)

// appendTurns is how often either is measured, by turns.
const appendTurns = 5

// measureAppend writes one sample to each series in a round, with cached references: in the TSDB alone, which is the bound, and
// on the way that derived metrics take through the server.
func measureAppend(ctx context.Context, o *options) error {
	var plain, ours, ratios []float64
	for range appendTurns {
		a, err := appendPlain(ctx, o)
		if err != nil {
			return err
		}
		b, err := appendDerived(ctx, o)
		if err != nil {
			return err
		}
		plain, ours, ratios = append(plain, a/1e6), append(ours, b/1e6), append(ratios, a/b)
	}
	fmt.Printf("append with cached references: %.2f million samples/s (target 3), by the TSDB alone %.2f, ratio of time %.2f (of the turns: %.2f)\n",
		median(ours), median(plain), median(ratios), ratios)
	return nil
}

// appendPlain is in samples a second.
func appendPlain(ctx context.Context, o *options) (perSecond float64, err error) {
	err = withTemp(o, func(dir string) error {
		db, err := openDB(filepath.Join(dir, "append"))
		if err != nil {
			return err
		}
		defer db.Close()
		db.DisableCompactions()
		list := series(o.series)
		refs := make([]storage.SeriesRef, len(list))
		at := time.Now()
		var took []time.Duration
		for round := range appendRounds {
			time.Sleep(pause)
			began := time.Now()
			app := db.AppenderV2(ctx)
			for i := range list {
				if refs[i], err = app.Append(refs[i], list[i], 0, at.UnixMilli(), float64(round), nil, nil, storage.AppendV2Options{}); err != nil {
					return err
				}
			}
			if err := app.Commit(); err != nil {
				return err
			}
			took = append(took, time.Since(began))
			at = time.Now()
		}
		perSecond = float64(len(list)) / median(took[firstRounds:]).Seconds()
		return nil
	})
	return perSecond, err
}

// appendDerived is in samples a second. A round has ended when the next begins, since its tick has waited.
func appendDerived(ctx context.Context, o *options) (perSecond float64, err error) {
	err = withTemp(o, func(dir string) error {
		s, err := metrics.New(metrics.Options{
			Dir: filepath.Join(dir, "derived"), Interval: pause, Registry: prometheus.NewRegistry(),
			External: &url.URL{Scheme: "http", Host: "bench:1"},
		})
		if err != nil {
			return err
		}
		counted := newCounted(o.series)
		s.FeedDerived(counted)
		if err := s.Start(ctx); err != nil {
			return err
		}
		defer func() { _ = s.Stop(context.WithoutCancel(ctx)) }()
		select {
		case <-counted.done:
		case <-time.After(time.Minute):
			return errors.New("derived metrics were not written within a minute")
		}
		perSecond = float64(counted.samples) / median(counted.took[firstRounds:]).Seconds()
		return nil
	})
	return perSecond, err
}

// counted is a source of derived metrics: a counter, and a histogram of ten buckets, for each route of many services.
type counted struct {
	list    []metrics.Derived
	samples int // of a round
	began   time.Time
	took    []time.Duration
	done    chan struct{} // closed when there were appendRounds
}

func newCounted(series int) *counted {
	c := &counted{done: make(chan struct{})}
	bounds := []float64{.005, .025, .1, .25, .5, 1, 2.5, 5, 10}
	for i := 0; c.samples < series; i++ {
		job, labels := "service-"+strconv.Itoa(i/50), []string{"method", "GET", "path", "/v1/route-" + strconv.Itoa(i%50), "status", "200"}
		c.list = append(c.list, metrics.Derived{ID: uint64(2 * i), Family: "http_requests_total", Job: job, Labels: labels},
			metrics.Derived{
				ID: uint64(2*i + 1), Family: "http_request_duration_seconds", Job: job, Labels: labels, Bounds: bounds,
				Counts: make([]uint64, len(bounds)+1), Exemplars: make([]metrics.DerivedExemplar, len(bounds)+1),
			})
		c.samples += 1 + len(bounds) + 3
	}
	return c
}

// Derived implements metrics.DerivedSource.
func (c *counted) Derived(yield func(*metrics.Derived)) {
	if len(c.took) == appendRounds {
		return
	}
	if !c.began.IsZero() {
		c.took = append(c.took, time.Since(c.began))
	}
	if len(c.took) == appendRounds {
		close(c.done)
		return
	}
	time.Sleep(pause)
	c.began = time.Now()
	for i := range c.list {
		d := &c.list[i]
		d.Value++
		for j := range d.Counts {
			d.Counts[j]++
		}
		yield(d)
	}
}

// Own implements metrics.DerivedSource.
func (*counted) Own(string, string, bool) {}
