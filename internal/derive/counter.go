package derive

import (
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// Options of a Counter. File is needed.
type Options struct {
	File  string        // holds the counters over restarts
	Every time.Duration // between two writes of the file; 0 is 10 s
	// Limit is how many series there are at most, about. What comes beyond counts under other. 0 is 50,000.
	Limit  int
	Logger *slog.Logger
	Now    func() time.Time
}

// Counter counts. Its methods may be called by any number of goroutines, Follow by one at a time.
type Counter struct {
	opts Options

	mu      sync.Mutex
	seq     uint64 // of the last batch that is counted
	now     int64  // when the last batch came, Unix milliseconds
	order   []*series
	series  map[uint64]*series // by key
	groups  map[uint64]*group
	jobs    textSet
	values  map[usedKey]*[maxValues]textSet
	folded  [shapes][maxValues + 1]uint64 // by label, of the job first
	owned   map[ownedKey]struct{}
	windows map[string]*window // by job
	held    []*held            // calls that wait for their service, oldest first; those not in waiting are counted
	waiting map[heldKey]*held
	lastID  uint64
	crowded bool  // something was folded
	swept   int64 // when idle series were last removed, Unix milliseconds
	label   jobLabel

	ready   atomic.Bool // the log is replayed
	kept    atomic.Uint64
	saveMu  sync.Mutex
	saved   saved
	started atomic.Bool
	cancel  func()
	work    sync.WaitGroup
}

// ownedKey names what a service counts itself.
type ownedKey struct{ family, job string }

// jobLabel is the job of the records that came last: those of one export have one resource.
type jobLabel struct {
	resource         *telemetry.Attr
	space, name, job string
}

// New checks the options.
func New(o Options) (*Counter, error) {
	if o.File == "" {
		return nil, errors.New("derive: a file is needed")
	}
	if o.Every <= 0 {
		o.Every = 10 * time.Second
	}
	if o.Limit <= 0 {
		o.Limit = 50_000
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Counter{
		opts: o, series: map[uint64]*series{}, groups: map[uint64]*group{}, values: map[usedKey]*[maxValues]textSet{},
		owned: map[ownedKey]struct{}{}, windows: map[string]*window{}, waiting: map[heldKey]*held{},
		cancel: func() {},
	}, nil
}

// Follow counts a durable batch. seq is its number in the log; a batch that was counted is known by it. Nothing of the
// batch is kept.
func (c *Counter) Follow(seq uint64, b *telemetry.Batch) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if seq <= c.seq {
		return
	}
	c.seq, c.now = seq, c.opts.Now().UnixMilli()
	c.label.resource = nil // memory is used again for other batches
	for i := range b.Spans {
		c.span(&b.Spans[i])
	}
	c.named(b)
	for i := range b.Logs {
		if b.Logs[i].Name == eventEvaluation {
			c.evaluation(c.jobOf(&b.Logs[i].Event), "", b.Logs[i].Attributes, &b.Logs[i].Event)
		}
	}
	c.makeRoom()
}

// unknownService is the job of records without a service.
const unknownService = "unknown_service"

// jobOf is namespace and name of the service.
func (c *Counter) jobOf(e *telemetry.Event) string {
	var resource *telemetry.Attr
	if len(e.Resource) > 0 {
		resource = &e.Resource[0]
	}
	l := &c.label
	if resource != nil && resource == l.resource && e.Service == l.name {
		return l.job
	}
	l.resource = resource
	if space := e.Resource.Value("service.namespace"); l.job == "" || space != l.space || e.Service != l.name {
		l.space, l.name = kept(space), kept(e.Service)
		l.job = l.name
		switch {
		case l.name == "":
			l.job = unknownService
		case space != "":
			l.job = l.space + "/" + l.name
		}
		l.job = kept(short(l.job))
	}
	return l.job
}

// SetOwned says whether a service has a family itself. What comes then is not counted, so that the series goes on where it
// was once the service gives the family up. It is kept over restarts.
func (c *Counter) SetOwned(family, job string, owned bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := ownedKey{family, job}
	if _, was := c.owned[k]; was == owned {
		return
	}
	if owned {
		c.owned[k] = struct{}{}
	} else {
		delete(c.owned, k)
	}
	for _, s := range c.order {
		if s.job == job && s.family.Name == family {
			s.owned = owned
		}
	}
}

// Series is a time series as it is now.
type Series struct {
	ID        uint64 // of the series in this process
	Family    *Family
	Job       string
	Values    []string // of Family.Labels
	Value     float64  // of a counter or gauge; the sum of a histogram
	Counts    []uint64 // by bucket of a histogram, +Inf last: not cumulative
	Exemplars []Exemplar
	Restored  bool // it was there before this process
	Owned     bool // the service has it itself; the value stands still
}

// atOnce is how many series are copied while nothing can be counted.
const atOnce = 256

// Series hands every series to yield, in the order in which they came. It is valid until yield returns.
func (c *Counter) Series(yield func(*Series)) {
	c.mu.Lock()
	list := c.order
	c.mu.Unlock()
	chunk := make([]Series, 0, min(atOnce, len(list)))
	for len(list) > 0 {
		n := min(len(list), atOnce)
		for len(chunk) < n {
			chunk = append(chunk, Series{})
		}
		c.mu.Lock()
		for i, s := range list[:n] {
			s.copyTo(&chunk[i])
		}
		c.mu.Unlock()
		for i := range n {
			yield(&chunk[i])
		}
		list = list[n:]
	}
}

func (s *series) copyTo(to *Series) {
	*to = Series{
		ID: s.id, Family: s.family, Job: s.job, Values: s.values, Value: s.value, Restored: s.restored, Owned: s.owned,
		Counts: append(to.Counts[:0], s.counts...), Exemplars: append(to.Exemplars[:0], s.exemplars...),
	}
}

// Status is what an operator may want to know.
type Status struct {
	Series  int
	Waiting int       // calls that wait for their service's name
	Seq     uint64    // of the last batch that is counted
	Kept    uint64    // of the last that is in the file
	Written time.Time // when the file was
	Problem string    // why it cannot be; empty if it can
	Folded  []Folded
}

// Folded is a label with more values than it may have.
type Folded struct {
	Family, Label string
	Values        int    // it has, in the job with the most
	Count         uint64 // of what was counted as other for it
}

// Status tells how it is.
func (c *Counter) Status() Status {
	c.saveMu.Lock()
	st := Status{Kept: c.kept.Load(), Written: c.saved.at}
	if c.saved.err != nil {
		st.Problem = c.saved.err.Error()
	}
	c.saveMu.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	st.Series, st.Waiting, st.Seq = len(c.order), len(c.waiting), c.seq
	for i := range families {
		f := &families[i]
		if n := c.folded[f.shape][0]; n > 0 {
			st.Folded = append(st.Folded, Folded{f.Name, "job", len(c.jobs), n})
		}
		for label, at := range f.from {
			if at < 0 || c.folded[f.shape][at+1] == 0 {
				continue
			}
			values := 0
			for k, used := range c.values {
				if k.shape == f.shape {
					values = max(values, len(used[at]))
				}
			}
			st.Folded = append(st.Folded, Folded{f.Name, f.Labels[label], values, c.folded[f.shape][at+1]})
		}
	}
	return st
}
