package metrics

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/model/exemplar"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/metadata"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"
)

// ErrReadOnly is wrapped by what appends and Health say while no samples are taken: too little of the disk is free, or the
// log of the TSDB could not be written.
var ErrReadOnly = errors.New("no samples are taken")

// disk refuses samples before the disk is full. The log of the TSDB must never be cut off in the middle of a record: what
// comes after would be lost when it is read again, although it was acknowledged.
type disk struct {
	dir     string
	reserve int64
	free    func(dir string) (int64, error)
	log     *slog.Logger
	full    prometheus.Gauge
	refused prometheus.Counter

	mu    sync.Mutex
	low   error     // too little is free
	wal   error     // a write to the log failed; only a new start mends it
	bytes int64     // free when last looked
	since time.Time // no samples are taken; zero while they are
}

func newDisk(dir string, reserve int64, reg prometheus.Registerer, log *slog.Logger) (*disk, error) {
	d := &disk{
		dir: dir, reserve: reserve, free: freeSpace, log: log,
		full: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "telltale_metrics_read_only", Help: "1 while no samples are taken, for want of space or because the log could not be written.",
		}),
		refused: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "telltale_metrics_appends_refused_total", Help: "Batches of samples that were refused while no samples are taken.",
		}),
	}
	space := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "telltale_metrics_free_bytes", Help: "Free space on the disk of the metrics, when last looked.",
	}, func() float64 { return float64(d.lastFree()) })
	return d, errors.Join(reg.Register(d.full), reg.Register(d.refused), reg.Register(space))
}

// refuse looks at the disk, and says why no samples are taken. Once there was too little, twice as much must be free again.
func (d *disk) refuse() error {
	free, err := d.free(d.dir)
	d.mu.Lock()
	defer d.mu.Unlock()
	was := d.low
	if err == nil { // else what was known last holds
		d.bytes = free
		switch {
		case free < d.reserve:
			d.low = fmt.Errorf("%w: %d MB are free on the disk of the metrics, it goes on when %d MB are", ErrReadOnly, free>>20, 2*d.reserve>>20)
		case free >= 2*d.reserve:
			d.low = nil
		}
	}
	switch {
	case was == nil && d.low != nil:
		d.log.Error("the disk is nearly full, no samples are taken", "free_bytes", free, "reserve_bytes", d.reserve)
	case was != nil && d.low == nil:
		d.log.Info("there is space on the disk again, samples are taken", "free_bytes", free)
	}
	out := d.wal
	if out == nil {
		out = d.low
	}
	d.note(out)
	return out
}

func (d *disk) lastFree() int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.bytes
}

// failed notes that the log could not be written. What was half written would hide what comes after it from the next start,
// so nothing comes after it.
func (d *disk) failed(err error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.wal == nil {
		d.wal = fmt.Errorf("%w since a write to their log went wrong, until the next start: %w", ErrReadOnly, err)
		d.log.Error("the log of the metrics could not be written, no samples are taken until the next start", "error", err)
	}
	d.note(d.wal)
	return d.wal
}

// note is called with mu held.
func (d *disk) note(refused error) {
	switch {
	case refused == nil:
		d.full.Set(0)
		d.since = time.Time{}
	case d.since.IsZero():
		d.full.Set(1)
		d.since = time.Now()
	}
}

// known is the moment at which to ask what is asked for t: the last at which samples were taken, where they are not. Rules
// that asked later would find nothing, and every alert would be resolved, that of the full disk first.
func (d *disk) known(t time.Time) time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.since.IsZero() && t.After(d.since) {
		return d.since
	}
	return t
}

// guarded is the TSDB with appenders that refuse samples while the disk is full.
type guarded struct {
	*tsdb.DB
	disk *disk
}

// Appender implements storage.Appendable.
func (g guarded) Appender(ctx context.Context) storage.Appender {
	if err := g.disk.refuse(); err != nil {
		g.disk.refused.Inc()
		return refusing{err}
	}
	app := g.DB.Appender(ctx)
	refs, _ := app.(storage.GetRef)
	return watched{app, refs, g.disk}
}

// AppenderV2 implements storage.AppendableV2.
func (g guarded) AppenderV2(ctx context.Context) storage.AppenderV2 {
	if err := g.disk.refuse(); err != nil {
		g.disk.refused.Inc()
		return refusingV2{err}
	}
	app := g.DB.AppenderV2(ctx)
	refs, _ := app.(storage.GetRef)
	return watchedV2{app, refs, g.disk}
}

type watched struct {
	storage.Appender
	refs storage.GetRef
	disk *disk
}

func (a watched) Commit() error { return a.disk.commit(a.Appender) }

// GetRef implements storage.GetRef.
func (a watched) GetRef(ls labels.Labels, hash uint64) (storage.SeriesRef, labels.Labels) {
	return getRef(a.refs, ls, hash)
}

type watchedV2 struct {
	storage.AppenderV2
	refs storage.GetRef
	disk *disk
}

func (a watchedV2) Commit() error { return a.disk.commit(a.AppenderV2) }

// GetRef implements storage.GetRef.
func (a watchedV2) GetRef(ls labels.Labels, hash uint64) (storage.SeriesRef, labels.Labels) {
	return getRef(a.refs, ls, hash)
}

func getRef(refs storage.GetRef, ls labels.Labels, hash uint64) (storage.SeriesRef, labels.Labels) {
	if refs == nil {
		return 0, labels.EmptyLabels()
	}
	return refs.GetRef(ls, hash)
}

// commit takes every error for one of the log: a head's appender has no other when it commits.
func (d *disk) commit(app storage.AppenderTransaction) error {
	err := app.Commit()
	if err == nil || errors.Is(err, tsdb.ErrAppenderClosed) || errors.Is(err, context.Canceled) {
		return err
	}
	return d.failed(err)
}

// refusing takes nothing.
type refusing struct{ err error }

func (r refusing) Append(storage.SeriesRef, labels.Labels, int64, float64) (storage.SeriesRef, error) {
	return 0, r.err
}

func (r refusing) AppendExemplar(storage.SeriesRef, labels.Labels, exemplar.Exemplar) (storage.SeriesRef, error) {
	return 0, r.err
}

func (r refusing) AppendHistogram(storage.SeriesRef, labels.Labels, int64, *histogram.Histogram,
	*histogram.FloatHistogram,
) (storage.SeriesRef, error) {
	return 0, r.err
}

func (r refusing) AppendHistogramSTZeroSample(storage.SeriesRef, labels.Labels, int64, int64, *histogram.Histogram,
	*histogram.FloatHistogram,
) (storage.SeriesRef, error) {
	return 0, r.err
}

func (r refusing) AppendSTZeroSample(storage.SeriesRef, labels.Labels, int64, int64) (storage.SeriesRef, error) {
	return 0, r.err
}

func (r refusing) UpdateMetadata(storage.SeriesRef, labels.Labels, metadata.Metadata) (storage.SeriesRef, error) {
	return 0, r.err
}
func (refusing) SetOptions(*storage.AppendOptions) {}
func (r refusing) Commit() error                   { return r.err }
func (refusing) Rollback() error                   { return nil }

type refusingV2 struct{ err error }

func (r refusingV2) Append(storage.SeriesRef, labels.Labels, int64, int64, float64, *histogram.Histogram,
	*histogram.FloatHistogram, storage.AOptions,
) (storage.SeriesRef, error) {
	return 0, r.err
}
func (r refusingV2) Commit() error { return r.err }
func (refusingV2) Rollback() error { return nil }

// unknownSpace is the free space where the system does not tell.
const unknownSpace = math.MaxInt64
