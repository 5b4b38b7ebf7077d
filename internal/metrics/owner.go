package metrics

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sort"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// origin is how a sample came. A higher one is nearer to the service itself.
type origin uint8

const (
	derived origin = iota + 1 // from spans, here
	pushed                    // OTLP, remote write
	scraped
)

var originNames = [...]string{derived: "derived", pushed: "pushed", scraped: "scraped"}

func (o origin) String() string { return originNames[o] }

// owners decides, for the families that may come in several ways, which way counts for which job: what is scraped wins over
// what is pushed, and that over what is derived. Who loses ends with staleness marks and is then left out, so that a total is
// the sum of one way. Decisions are kept over restarts, and given up when the owner was silent for a day.
type owners struct {
	file    string
	series  map[string]string // name of a series → its family
	log     *slog.Logger
	left    *prometheus.CounterVec
	end     func(family, job string, at int64) error // marks all series of a family and a job as ended
	active  func(family, job string, from, to time.Time) (bool, error)
	started time.Time

	mu    sync.RWMutex
	table map[claim]owner
	dirty bool

	feeding sync.RWMutex // held while derived series are written; exclusively while one way takes over from another
}

// claim is what has one owner.
type claim struct{ family, job string }

type owner struct {
	origin origin
	since  time.Time
}

const (
	maxClaims  = 50_000
	silence    = 24 * time.Hour
	sweepEvery = time.Hour
	saveEvery  = time.Second
)

// partsOf are the endings of the series of a family: of a classic histogram, or none.
var partsOf = [...]string{"", "_bucket", "_sum", "_count"}

func newOwners(dir string, families []string, reg prometheus.Registerer, log *slog.Logger) (*owners, error) {
	o := &owners{
		file: filepath.Join(dir, "owners.json"), series: map[string]string{}, log: log, table: map[claim]owner{}, started: time.Now(),
		left: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "telltale_metrics_left_out_samples_total", Help: "Samples left out since their family comes in a better way for the same job.",
		}, []string{"family", "origin"}),
	}
	for _, family := range families {
		for _, part := range partsOf {
			o.series[family+part] = family
		}
	}
	return o, errors.Join(reg.Register(o.left), o.load())
}

// higher reports whether a claim is owned by a better way than by.
func (o *owners) higher(c claim, by origin) bool {
	o.mu.RLock()
	defer o.mu.RUnlock()
	return o.table[c].origin > by
}

// has reports whether a claim is owned by this way.
func (o *owners) has(c claim, by origin) bool {
	o.mu.RLock()
	defer o.mu.RUnlock()
	return o.table[c].origin == by
}

// derives reports whether a family may be derived for a job. Ask within feed.
func (o *owners) derives(family, job string) bool { return !o.higher(claim{family, job}, derived) }

// feed runs write while no ownership changes. What write was not allowed is already marked as ended.
func (o *owners) feed(write func() error) error {
	o.feeding.RLock()
	defer o.feeding.RUnlock()
	return write()
}

// take makes by the owner of a claim from a time on (ms), if it is not yet or a lower way is.
func (o *owners) take(c claim, by origin, at int64) {
	o.mu.RLock()
	now := o.table[c].origin
	o.mu.RUnlock()
	if now >= by || !o.enter(c, by) {
		return
	}
	o.feeding.Lock()
	defer o.feeding.Unlock()
	if err := o.end(c.family, c.job, at); err != nil {
		o.log.Warn("series of a family that comes in a better way were not ended", "family", c.family, "job", c.job, "error", err)
	}
	o.log.Info("a family has a new owner", "family", c.family, "job", c.job, "origin", by.String())
}

func (o *owners) enter(c claim, by origin) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	had, ok := o.table[c]
	if had.origin >= by || !ok && len(o.table) >= maxClaims {
		return false
	}
	if !ok {
		c.job = string([]byte(c.job)) // not with the labels it is a piece of
	}
	o.table[c] = owner{by, time.Now()}
	o.dirty = true
	return true
}

// sweep gives up the claims whose owner was silent for a day, restarts not counted.
func (o *owners) sweep(now time.Time) {
	for c, by := range o.claims() {
		from := now.Add(-silence)
		if by.since.After(from) || o.started.After(from) {
			continue
		}
		if active, err := o.active(c.family, c.job, from, now); err != nil || active {
			continue
		}
		o.mu.Lock()
		if o.table[c] == by {
			delete(o.table, c)
			o.dirty = true
		}
		o.mu.Unlock()
		o.log.Info("a family has no owner any more", "family", c.family, "job", c.job, "was", by.origin.String())
	}
}

func (o *owners) claims() map[claim]owner {
	o.mu.RLock()
	defer o.mu.RUnlock()
	out := make(map[claim]owner, len(o.table))
	for c, by := range o.table {
		out[c] = by
	}
	return out
}

// run saves and sweeps until ctx ends, and saves once more then.
func (o *owners) run(ctx context.Context) {
	save, sweep := time.NewTicker(saveEvery), time.NewTicker(sweepEvery)
	defer save.Stop()
	defer sweep.Stop()
	for done := false; !done; {
		select {
		case <-ctx.Done():
			done = true
		case <-save.C:
		case now := <-sweep.C:
			o.sweep(now)
		}
		if err := o.save(); err != nil {
			o.log.Warn("the owners of families were not saved", "error", err)
		}
	}
}

// Ownership is a decision which way counts for a family of a job.
type Ownership struct {
	Family string    `json:"family"`
	Job    string    `json:"job"`
	Origin string    `json:"origin"` // scraped or pushed
	Since  time.Time `json:"since"`
}

// ownerships are all decisions in order.
func (o *owners) ownerships() []Ownership {
	out := []Ownership{}
	for c, by := range o.claims() {
		out = append(out, Ownership{c.family, c.job, by.origin.String(), by.since.UTC()})
	}
	sort.Slice(out, func(i, j int) bool {
		a, b := out[i], out[j]
		return a.Family < b.Family || a.Family == b.Family && a.Job < b.Job
	})
	return out
}

// maxOwnersFile is far beyond what maxClaims take.
const maxOwnersFile = 64 << 20

// load reads the file. One that is wrong is set aside: its decisions are made again by the next samples.
func (o *owners) load() error {
	st, err := os.Stat(o.file)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read owners: %w", err)
	}
	var list []Ownership
	text := []byte("too large")
	if st.Size() <= maxOwnersFile {
		if text, err = os.ReadFile(o.file); err != nil {
			return fmt.Errorf("read owners: %w", err)
		}
	}
	if err := json.Unmarshal(text, &list); err != nil {
		o.log.Warn("the file of owners is broken and set aside", "file", o.file, "error", err)
		return os.Rename(o.file, o.file+".broken")
	}
	for _, w := range list[:min(len(list), maxClaims)] {
		for by := pushed; by <= scraped; by++ {
			if w.Origin == by.String() && o.series[w.Family] == w.Family {
				o.table[claim{w.Family, w.Job}] = owner{by, w.Since}
			}
		}
	}
	return nil
}

// save writes the file where something changed.
func (o *owners) save() error {
	o.mu.Lock()
	dirty := o.dirty
	o.dirty = false
	o.mu.Unlock()
	if !dirty {
		return nil
	}
	text, err := json.Marshal(o.ownerships())
	if err == nil {
		err = replaceFile(o.file, text)
	}
	if err != nil {
		o.mu.Lock()
		o.dirty = true
		o.mu.Unlock()
	}
	return err
}

// replaceFile writes a file so that after a crash it is the old one or the new one.
func replaceFile(path string, text []byte) error {
	f, err := os.OpenFile(path+".tmp", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
