package metrics

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/model/exemplar"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/relabel"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/storage/remote"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
)

const (
	fineSlice     = 5 * time.Second // where a receiver may have some samples already: most series have one in it
	maxSlice      = 5 * time.Minute
	maxBatch      = 10_000  // samples of a request, whatever the file says
	maxRemembered = 1 << 20 // samples, 8 bytes each, that are known to be sent
)

// backfill sends to one system what is in the TSDB. Slices of time are sent from the oldest to the newest, so that the samples
// of a series stay in order; one request is in memory.
type backfill struct {
	outlets  *outlets
	name     string
	config   *config.RemoteWriteConfig
	external labels.Labels
	builder  *labels.Builder

	done    place               // in the slice that is under way
	recent  map[uint64]struct{} // samples of the last minute that were sent
	misses  int                 // batches that were refused as a whole, one after the other
	attempt int

	mu            sync.Mutex
	client        remote.WriteClient
	sent, refused uint64
	err           error
}

// place is a sample of a series, as series and samples are ordered in a slice.
type place struct {
	labels labels.Labels
	at     int64
}

func newBackfill(o *outlets, c *config.RemoteWriteConfig, external labels.Labels) (*backfill, error) {
	client, err := remote.NewWriteClient(c.Name, &remote.ClientConfig{
		URL: c.URL, WriteProtoMsg: c.ProtobufMessage, Timeout: c.RemoteTimeout, HTTPClientConfig: c.HTTPClientConfig, SigV4Config: c.SigV4Config,
		AzureADConfig: c.AzureADConfig, GoogleIAMConfig: c.GoogleIAMConfig, Headers: c.Headers, RetryOnRateLimit: true, RoundRobinDNS: c.RoundRobinDNS,
	})
	if err != nil {
		return nil, err
	}
	return &backfill{
		outlets: o, name: c.Name, config: c, external: external, client: client,
		builder: labels.NewBuilder(labels.EmptyLabels()), recent: map[uint64]struct{}{},
	}, nil
}

// renew takes over the client of another, which may have read other secrets.
func (b *backfill) renew(from *backfill) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.client = from.client
}

func (b *backfill) state() (sent, refused uint64, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.sent, b.refused, b.err
}

func (b *backfill) note(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err != nil && b.err == nil {
		b.outlets.log.Warn("samples cannot be sent again, it is tried until they can", "remote", b.name, "error", err)
	}
	b.err = err
}

// run sends all samples after a time until it has caught up with the present, or ctx ends.
func (b *backfill) run(ctx context.Context, from int64, reached func(int64)) {
	fine, slice := from+busyMargin.Milliseconds(), fineSlice.Milliseconds()
	for ctx.Err() == nil {
		now := time.Now().UnixMilli()
		from = max(from, b.oldest(now)-1)
		to := min(from+slice, now)
		if from >= to || !b.slice(ctx, from+1, to, false) {
			return
		}
		from = to
		reached(to)
		if to == now {
			return
		}
		if from > fine {
			slice = min(2*slice, maxSlice.Milliseconds())
		}
	}
}

// late sends the samples between the begin of the backfill and that of the queue that were committed since they were read.
func (b *backfill) late(ctx context.Context, from, begun int64) {
	b.slice(ctx, max(from+1, begun-recentSpan.Milliseconds()), begun, true)
}

// recentSpan is how far back samples are remembered.
const recentSpan = time.Minute

// oldest is the time before which there are no samples, or none that the system wants.
func (b *backfill) oldest(now int64) int64 {
	at, err := b.outlets.db().StartTime()
	if err != nil || at == math.MaxInt64 {
		at = 0
	}
	if limit := time.Duration(b.config.QueueConfig.SampleAgeLimit); limit > 0 {
		at = max(at, now-limit.Milliseconds())
	}
	return at
}

// slice sends the samples of a span of time, both ends included, until they are acknowledged, refused, or not kept any longer.
func (b *backfill) slice(ctx context.Context, from, to int64, unseen bool) bool {
	b.done = place{}
	wait := time.Duration(b.config.QueueConfig.MinBackoff)
	for b.attempt = 0; ; b.attempt++ {
		err := b.read(ctx, from, to, unseen)
		if ctx.Err() != nil {
			return false
		}
		b.note(err)
		if err == nil || to < b.oldest(time.Now().UnixMilli()) {
			return true
		}
		if !sleep(ctx, wait) {
			return false
		}
		wait = min(2*wait, max(time.Duration(b.config.QueueConfig.MaxBackoff), wait))
	}
}

// read sends the samples of a span of time after the place where it came to before. Nothing is held open when it fails: a
// block that is being read cannot be removed.
func (b *backfill) read(ctx context.Context, from, to int64, unseen bool) (err error) {
	db := b.outlets.db()
	q, err := db.Querier(from, to)
	if err != nil {
		return fmt.Errorf("read samples: %w", err)
	}
	defer func() { err = errors.Join(err, q.Close()) }()
	all, err := labels.NewMatcher(labels.MatchNotEqual, model.MetricNameLabel, "")
	if err != nil {
		return err
	}
	w := &writing{backfill: b, unseen: unseen, keep: to > time.Now().Add(-recentSpan).UnixMilli()}
	if w.exemplars, err = b.exemplars(ctx, db, from, to, all); err != nil {
		return err
	}
	found := q.Select(ctx, true, &storage.SelectHints{Start: from, End: to}, all)
	var it chunkenc.Iterator
	for found.Next() {
		series := found.At()
		order := labels.Compare(series.Labels(), b.done.labels)
		if order < 0 {
			continue
		}
		if !w.enter(series.Labels()) {
			continue
		}
		it = series.Iterator(it)
		for kind := it.Next(); kind != chunkenc.ValNone; kind = it.Next() {
			if order == 0 && it.AtT() <= b.done.at {
				continue
			}
			if err := w.take(ctx, it, kind); err != nil {
				return err
			}
		}
		if err := it.Err(); err != nil {
			return fmt.Errorf("read samples: %w", err)
		}
	}
	if err := found.Err(); err != nil {
		return fmt.Errorf("read samples: %w", err)
	}
	return w.flush(ctx)
}

// exemplars are those of a span of time that are still in memory, by the hash of their series.
func (b *backfill) exemplars(ctx context.Context, db storage.ExemplarQueryable, from, to int64, all *labels.Matcher) (map[uint64][]exemplar.Exemplar, error) {
	if !b.config.SendExemplars {
		return nil, nil
	}
	q, err := db.ExemplarQuerier(ctx)
	if err != nil {
		return nil, fmt.Errorf("read exemplars: %w", err)
	}
	found, err := q.Select(from, to, []*labels.Matcher{all})
	if err != nil {
		return nil, fmt.Errorf("read exemplars: %w", err)
	}
	out := map[uint64][]exemplar.Exemplar{}
	for _, r := range found {
		out[r.SeriesLabels.Hash()] = r.Exemplars
	}
	return out, nil
}

// outgoing is a sample on its way.
type outgoing struct {
	labels    labels.Labels // as the system gets them
	at        int64
	v         float64
	h         *histogram.Histogram
	fh        *histogram.FloatHistogram
	exemplars []exemplar.Exemplar
}

// writing collects the samples of a request.
type writing struct {
	*backfill
	exemplars map[uint64][]exemplar.Exemplar
	unseen    bool // leave out what was sent in the last minute
	keep      bool // remember what is sent

	batch  []outgoing
	hashes []uint64 // of the samples of the batch, where they are kept
	series labels.Labels
	as     labels.Labels // series, as the system gets it
	hash   uint64
	last   place
}

// enter begins a series, unless the system does not get it.
func (w *writing) enter(series labels.Labels) bool {
	w.builder.Reset(series)
	w.external.Range(func(l labels.Label) {
		if w.builder.Get(l.Name) == "" {
			w.builder.Set(l.Name, l.Value)
		}
	})
	if !relabel.ProcessBuilder(w.builder, w.config.WriteRelabelConfigs...) {
		return false
	}
	w.series, w.as, w.hash = series, w.builder.Labels(), series.Hash()
	return true
}

func (w *writing) take(ctx context.Context, it chunkenc.Iterator, kind chunkenc.ValueType) error {
	s := outgoing{labels: w.as}
	switch kind {
	case chunkenc.ValFloat:
		s.at, s.v = it.At()
	case chunkenc.ValHistogram:
		s.at, s.h = it.AtHistogram(nil)
	case chunkenc.ValFloatHistogram:
		s.at, s.fh = it.AtFloatHistogram(nil)
	}
	key := (w.hash ^ uint64(s.at)) * 0x9e3779b97f4a7c15
	if w.unseen {
		if _, seen := w.recent[key]; seen {
			return nil
		}
	}
	if kind != chunkenc.ValFloat && !w.takes(&s) {
		return nil
	}
	s.exemplars = w.exemplars[w.hash]
	delete(w.exemplars, w.hash)
	w.batch, w.last = append(w.batch, s), place{w.series, s.at}
	if w.keep {
		w.hashes = append(w.hashes, key)
	}
	if len(w.batch) >= min(max(w.config.QueueConfig.MaxSamplesPerSend, 1), maxBatch) {
		return w.flush(ctx)
	}
	return nil
}

// flush sends what was collected.
func (w *writing) flush(ctx context.Context) error {
	if len(w.batch) == 0 {
		return nil
	}
	if err := w.send(ctx, w.batch); err != nil {
		return err
	}
	for _, h := range w.hashes {
		if len(w.recent) < maxRemembered {
			w.recent[h] = struct{}{}
		}
	}
	w.done, w.batch, w.hashes, w.attempt = w.last, w.batch[:0], w.hashes[:0], 0
	return nil
}
