package derive

import (
	"strings"
	"unicode/utf8"

	"github.com/zeebo/xxh3"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// Other is the label value of what does not fit.
const Other = "other"

// Bounds of labels. Their values come from requests: without bounds anyone who can send a span could make series without end.
const (
	maxLabel  = 128 // bytes of a value
	maxJobs   = 500
	maxLabels = 200 // values of one label of one job and shape
)

// series is one time series.
type series struct {
	family *Family
	id     uint64 // never used again in this process
	key    uint64
	next   *series // with the same key
	job    string
	values []string // of Family.Labels

	value     float64  // of a counter or gauge; the sum of a histogram
	counts    []uint64 // by bucket of a histogram, +Inf last
	exemplars []Exemplar
	touched   int64 // Unix milliseconds
	restored  bool  // it was in the checkpoint
	owned     bool  // the service has the family itself: nothing is counted
}

// Exemplar names a span behind a value. The zero value is none.
type Exemplar struct {
	Value float64
	Time  int64 // when it was counted, Unix milliseconds
	Trace telemetry.TraceID
	Span  telemetry.SpanID
}

func (s *series) exemplar(at int, v float64, e *telemetry.Event) {
	if !e.TraceID.IsZero() {
		s.exemplars[at] = Exemplar{Value: v, Time: s.touched, Trace: e.TraceID, Span: e.SpanID}
	}
}

// group is the series of a shape that have the same values.
type group struct {
	shape   shape
	job     string
	values  [maxValues]string
	columns [maxColumns]*series
	next    *group // with the same key
}

// key stands for texts that no two lists share.
type key struct {
	buf [6 * (maxLabel + 1)]byte
	n   int
}

func (k *key) add(s string) {
	k.n += copy(k.buf[k.n:], s)
	k.buf[k.n] = 0xff // in no text that is valid
	k.n++
}

func (k *key) sum() uint64 { return xxh3.Hash(k.buf[:k.n]) }

// short is a value as far as it may be a label.
func short(s string) string {
	if len(s) <= maxLabel {
		return s
	}
	n := maxLabel
	for n > maxLabel-utf8.UTFMax && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// kept is a text that may stay for ever: valid, and no piece of a request.
func kept(s string) string { return strings.Clone(strings.ToValidUTF8(s, "?")) }

// group returns the group of some values. Those that are new and do not fit are counted as other.
func (c *Counter) group(s shape, job string, values [maxValues]string) *group {
	var k key
	k.buf[0], k.n = byte(s), 1
	k.add(job)
	for i := range values {
		values[i] = short(values[i])
		k.add(values[i])
	}
	sum := k.sum()
	for g := c.groups[sum]; g != nil; g = g.next {
		if g.shape == s && g.job == job && g.values == values {
			return g
		}
	}
	return c.newGroup(s, job, values)
}

// newGroup finds or makes a group whose values are within bounds.
func (c *Counter) newGroup(s shape, job string, values [maxValues]string) *group {
	n := len(labelsOf[s])
	for i := range n {
		values[i] = kept(values[i])
	}
	job = c.bounded(s, -1, &c.jobs, maxJobs, kept(job))
	full := len(c.order) >= c.opts.Limit
	used := c.used(s, job)
	for i := range n {
		limit := maxLabels
		if full {
			limit = 0
		}
		values[i] = c.bounded(s, i, &used[i], limit, values[i])
	}
	var k key
	k.buf[0], k.n = byte(s), 1
	k.add(job)
	for i := range values {
		k.add(values[i])
	}
	sum := k.sum()
	for g := c.groups[sum]; g != nil; g = g.next {
		if g.shape == s && g.job == job && g.values == values {
			return g
		}
	}
	g := &group{shape: s, job: job, values: values, next: c.groups[sum]}
	c.groups[sum] = g
	return g
}

// usedKey is whose label values are counted together.
type usedKey struct {
	shape shape
	job   string
}

type textSet map[string]struct{}

func (c *Counter) used(s shape, job string) *[maxValues]textSet {
	k := usedKey{s, job}
	u := c.values[k]
	if u == nil {
		u = new([maxValues]textSet)
		c.values[k] = u
	}
	return u
}

// bounded returns the value, or Other where the label has its fill. at is which label of the shape; -1 is the job.
func (c *Counter) bounded(s shape, at int, set *textSet, limit int, value string) string {
	if _, ok := (*set)[value]; ok || value == Other {
		return value
	}
	if len(*set) >= limit {
		c.folded[s][at+1]++
		c.crowded = true
		return Other
	}
	if *set == nil {
		*set = textSet{}
	}
	(*set)[value] = struct{}{}
	return value
}

// at returns the series in a column of a group.
func (c *Counter) at(g *group, col int) *series {
	s := g.columns[col]
	if s == nil {
		s = c.resolve(g, col)
		g.columns[col] = s
	}
	s.touched = c.now
	return s
}

func (c *Counter) resolve(g *group, col int) *series {
	f := familyOf[g.shape][col]
	var values []string
	for _, i := range f.from {
		if i < 0 {
			values = append(values, columns[g.shape][col].fixed)
		} else {
			values = append(values, g.values[i])
		}
	}
	if s := c.find(f, g.job, values); s != nil {
		return s
	}
	return c.add(f, g.job, values)
}

func keyOf(f *Family, job string, values []string) uint64 {
	var k key
	k.buf[0], k.n = byte(f.index), 1
	k.add(job)
	for _, v := range values {
		k.add(v)
	}
	return k.sum()
}

func (c *Counter) find(f *Family, job string, values []string) *series {
next:
	for s := c.series[keyOf(f, job, values)]; s != nil; s = s.next {
		if s.family != f || s.job != job {
			continue
		}
		for i := range values {
			if s.values[i] != values[i] {
				continue next
			}
		}
		return s
	}
	return nil
}

// add makes a series.
func (c *Counter) add(f *Family, job string, values []string) *series {
	c.lastID++
	s := &series{family: f, id: c.lastID, key: keyOf(f, job, values), job: job, values: values, exemplars: make([]Exemplar, 1)}
	if f.Kind == Histogram {
		s.counts = make([]uint64, len(f.Buckets)+1)
		s.exemplars = make([]Exemplar, len(f.Buckets)+1)
	}
	_, s.owned = c.owned[ownedKey{f.Name, job}]
	s.next = c.series[s.key]
	c.series[s.key] = s
	c.order = append(c.order, s) // who iterates has a list of its own length
	return s
}

// inc adds to a counter.
func (c *Counter) inc(g *group, col int, n float64, e *telemetry.Event) {
	s := c.at(g, col)
	if s.owned {
		return
	}
	s.value += n
	s.exemplar(0, n, e)
}

// observe adds to a histogram.
func (c *Counter) observe(g *group, col int, v float64, e *telemetry.Event) {
	s := c.at(g, col)
	if s.owned {
		return
	}
	bounds := s.family.Buckets
	i := 0
	for i < len(bounds) && v > bounds[i] {
		i++
	}
	s.counts[i]++
	s.value += v
	s.exemplar(i, v, e)
}

// Idle series give their place to new ones when there is none left.
const (
	idleAfter  = 24 * 60 * 60 * 1000 // milliseconds without a change
	sweepEvery = 60 * 1000
)

// makeRoom removes idle series where some were folded for want of room.
func (c *Counter) makeRoom() {
	if !c.crowded || c.now-c.swept < sweepEvery {
		return
	}
	c.crowded, c.swept = false, c.now
	var remaining []*series
	for _, s := range c.order {
		if c.now-s.touched < idleAfter {
			remaining = append(remaining, s)
		}
	}
	if len(remaining) == len(c.order) {
		return
	}
	c.order, c.series, c.groups = nil, map[uint64]*series{}, map[uint64]*group{}
	c.jobs, c.values = nil, map[usedKey]*[maxValues]textSet{}
	for _, s := range remaining {
		c.enter(s)
	}
	for job := range c.windows {
		if c.find(familyNamed("rag_retrieval_score_avg"), job, nil) == nil {
			delete(c.windows, job)
		}
	}
}

// enter adds a series that was before, and notes the values it uses.
func (c *Counter) enter(s *series) {
	s.next = c.series[s.key]
	c.series[s.key] = s
	c.order = append(c.order, s)
	if s.job != Other {
		if c.jobs == nil {
			c.jobs = textSet{}
		}
		c.jobs[s.job] = struct{}{}
	}
	used := c.used(s.family.shape, s.job)
	for label, i := range s.family.from {
		if i < 0 || s.values[label] == Other {
			continue
		}
		if used[i] == nil {
			used[i] = textSet{}
		}
		used[i][s.values[label]] = struct{}{}
	}
}

// labelsOf names the values of a group: those of the family that has all.
var labelsOf = func() (of [shapes][]string) {
	for i := range families {
		f := &families[i]
		var names []string
		for label, at := range f.from {
			if at >= 0 {
				names = append(names, f.Labels[label])
			}
		}
		if len(names) > len(of[f.shape]) {
			of[f.shape] = names
		}
	}
	return of
}()
