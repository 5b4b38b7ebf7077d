package metrics

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
)

// quickTime is how long a query may compute before it has to go on in the lane of the long ones.
const quickTime = 100 * time.Millisecond

// lanes are where queries wait for their turn to compute. Two expensive ones on two cores made calls through the gateway take
// more than twice their time; half of the cores for all expensive ones together leaves calls and quick queries the rest.
type lanes struct {
	quick, long chan struct{}
	quickTime   time.Duration
}

// lanesFor are those of an engine with so many queries under way.
func lanesFor(concurrent int) *lanes {
	half := runtime.GOMAXPROCS(0) / 2
	return &lanes{
		quick: make(chan struct{}, min(concurrent, max(2, half))), long: make(chan struct{}, min(concurrent, max(1, half))),
		quickTime: quickTime,
	}
}

// queue makes a query that waits for its turn, at most that long.
func (l *lanes) queue(q storage.Queryable, atMost time.Duration, build func(storage.Queryable) (promql.Query, error)) (promql.Query, error) {
	if l == nil {
		return build(q)
	}
	t := &turn{lanes: l}
	query, err := build(inTurn{q, t})
	if err != nil {
		return nil, err
	}
	return queued{query, t, atMost}, nil
}

// queued is a query that waits for its turn.
type queued struct {
	promql.Query
	turn   *turn
	atMost time.Duration
}

// Exec implements promql.Query.
func (q queued) Exec(ctx context.Context) *promql.Result {
	wait := time.NewTimer(q.atMost)
	defer wait.Stop()
	quick := q.turn.lanes.quick
	select {
	case quick <- struct{}{}:
		q.turn.held, q.turn.began = quick, time.Now()
		defer q.turn.end()
		result := q.Query.Exec(ctx)
		if q.turn.lost && result.Err == nil { // it ended before the engine looked at ctx, without all series
			result.Err = promql.ErrQueryTimeout(fmt.Sprintf("the queue: %d long queries compute, more do not at once", cap(q.turn.lanes.long)))
		}
		return result
	case <-wait.C:
	case <-ctx.Done():
		if errors.Is(ctx.Err(), context.Canceled) {
			return &promql.Result{Err: promql.ErrQueryCanceled("the queue")}
		}
	}
	return &promql.Result{Err: promql.ErrQueryTimeout(fmt.Sprintf("the queue: %d queries compute, more do not at once", cap(quick)))}
}

// turn is a query's place in one of the lanes. The engine works on a query in one goroutine.
type turn struct {
	lanes *lanes
	held  chan struct{} // the lane
	began time.Time
	lost  bool // ctx ended before there was room in the other lane
}

// goOn is called often while the query computes, and takes it to the other lane once it is no quick one. It says whether there
// is anything to go on for: there was room before ctx ended.
func (t *turn) goOn(ctx context.Context) bool {
	if t.held != t.lanes.quick || time.Since(t.began) < t.lanes.quickTime {
		return !t.lost
	}
	t.end()
	select {
	case t.lanes.long <- struct{}{}:
		t.held = t.lanes.long
	case <-ctx.Done():
		t.lost = true
	}
	return !t.lost
}

func (t *turn) end() {
	if t.held != nil {
		<-t.held
		t.held = nil
	}
}

// inTurn is a Queryable whose series ask for their turn when they are read: once a series and part of an expression, which is
// often enough, and costs nothing a sample.
type inTurn struct {
	storage.Queryable
	turn *turn
}

func (q inTurn) Querier(from, to int64) (storage.Querier, error) {
	querier, err := q.Queryable.Querier(from, to)
	return querierInTurn{querier, q.turn}, err
}

type querierInTurn struct {
	storage.Querier
	turn *turn
}

func (q querierInTurn) Select(ctx context.Context, sorted bool, hints *storage.SelectHints, matchers ...*labels.Matcher) storage.SeriesSet {
	return setInTurn{q.Querier.Select(ctx, sorted, hints, matchers...), ctx, q.turn}
}

type setInTurn struct {
	storage.SeriesSet
	ctx  context.Context
	turn *turn
}

func (s setInTurn) At() storage.Series { return seriesInTurn{s.SeriesSet.At(), s.ctx, s.turn} }

type seriesInTurn struct {
	storage.Series
	ctx  context.Context
	turn *turn
}

func (s seriesInTurn) Iterator(reuse chunkenc.Iterator) chunkenc.Iterator {
	if !s.turn.goOn(s.ctx) {
		return chunkenc.NewNopIterator()
	}
	return s.Series.Iterator(reuse)
}
