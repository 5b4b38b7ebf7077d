package local

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/telltale-dev/telltale/internal/store/local/part"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// Compaction merges parts whose newest record is of the same hour once that hour is over, and those of the same day once
// the day is. While an hour is going on, parts of about one size are merged by eights, so that their number stays small
// under full load too; their long texts are packed well only when the hour is over.
const (
	mergeAtOnce = 8
	hourSettles = 15 * time.Minute // after its end, until its records have come
	daySettles  = time.Hour
)

// job is a set of parts to merge.
type job struct {
	inputs []storedPart
	level  level
}

func (j *job) rows() int64 {
	n := int64(0)
	for i := range j.inputs {
		n += int64(j.inputs[i].Rows)
	}
	return n
}

// plan chooses what to merge next; no inputs mean nothing.
func (s *Store) plan(now time.Time) job {
	s.mu.RLock()
	parts := slices.Clone(s.manifest.Parts)
	s.mu.RUnlock()
	if j := s.planBuckets(parts, now, hourly, time.Hour, hourSettles); len(j.inputs) > 0 {
		return j
	}
	if j := s.planBuckets(parts, now, daily, 24*time.Hour, daySettles); len(j.inputs) > 0 {
		return j
	}
	return s.planTiers(parts)
}

// planBuckets looks for a bucket of time that is over and has parts below a level.
func (s *Store) planBuckets(parts []storedPart, now time.Time, to level, width, settles time.Duration) job {
	buckets := map[int64][]storedPart{}
	for _, p := range parts {
		begin := p.MaxTime - p.MaxTime%int64(width)
		over := now.UnixNano() >= begin+int64(width+settles)
		if p.Level < to && over && p.Rows < s.opts.MaxPartRows {
			buckets[begin] = append(buckets[begin], p)
		}
	}
	for _, b := range sortedKeys(buckets) {
		if j := (job{inputs: s.upToCap(buckets[b]), level: to}); len(j.inputs) > 1 || to == hourly && s.worthAlone(&j) {
			return j
		}
	}
	return job{}
}

// worthAlone reports whether rewriting one part changes anything.
func (s *Store) worthAlone(j *job) bool {
	return len(j.inputs) == 1 && (s.opts.Sampling.Drop > 0 || j.inputs[0].Quick)
}

// upToCap returns the first parts that together make one that is not too large.
func (s *Store) upToCap(parts []storedPart) []storedPart {
	rows := 0
	for i := range parts {
		if rows += parts[i].Rows; rows > s.opts.MaxPartRows && i > 0 {
			return parts[:i]
		}
	}
	return parts
}

// planTiers looks for parts of about one size, of one hour.
func (s *Store) planTiers(parts []storedPart) job {
	type tier struct {
		hour int64
		size int
	}
	tiers := map[tier][]storedPart{}
	for _, p := range parts {
		if p.Level != sealed {
			continue
		}
		t := tier{hour: p.MaxTime / int64(time.Hour)}
		for n := p.Rows; n > s.opts.SealRows; n /= mergeAtOnce {
			t.size++
		}
		tiers[t] = append(tiers[t], p)
		if in := tiers[t]; len(in) >= mergeAtOnce {
			if in = s.upToCap(in); len(in) > 1 {
				return job{inputs: in, level: sealed}
			}
		}
	}
	return job{}
}

func sortedKeys[V any](m map[int64]V) []int64 {
	keys := make([]int64, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// Upkeep does what is due of retention, compaction and lost indexes until nothing is left.
func (s *Store) Upkeep(ctx context.Context) error {
	if err := s.ready(); err != nil {
		return err
	}
	if err := s.expire(); err != nil {
		return err
	}
	for {
		more, err := s.compactOnce(ctx)
		if err != nil {
			return err
		}
		if !more {
			return s.reindex(ctx)
		}
	}
}

// upkeepEvery is how often the compaction looks without being told of a new part.
const upkeepEvery = time.Minute

func (s *Store) compactLoop() {
	inBackground()
	tick := time.NewTicker(upkeepEvery)
	defer tick.Stop()
	for {
		if err := s.Upkeep(s.ctx); err != nil && s.ctx.Err() == nil {
			s.opts.Logger.Warn("parts cannot be compacted or removed", "error", err)
			if sleep(s.ctx, 10*time.Second) != nil {
				return
			}
		}
		select {
		case <-s.ctx.Done():
			return
		case <-tick.C:
		case <-s.compactC:
		}
	}
}

// compactOnce merges once, if there is anything to merge, and reports whether there may be more.
func (s *Store) compactOnce(ctx context.Context) (bool, error) {
	s.compactMu.Lock()
	defer s.compactMu.Unlock()
	j := s.plan(s.now())
	if len(j.inputs) == 0 {
		return false, nil
	}
	inputs, release := s.openInputs(&j)
	defer release()
	if len(inputs) < len(j.inputs) {
		return true, nil // one was taken away in the meantime
	}
	began := time.Now()
	s.progress.compacting.Store(&Compaction{Parts: len(inputs), Rows: j.rows(), Began: s.now()})
	defer s.progress.compacting.Store(nil)
	out, err := s.merge(ctx, &j, inputs)
	if damaged := (*part.CorruptError)(nil); errors.As(err, &damaged) {
		if err := s.examine(ctx, damaged.Name); err != nil || !s.has(damaged.Name) {
			return err == nil, err
		}
	}
	if errors.Is(err, errGone) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("compact: %w", err)
	}
	s.progress.compacted.Add(1)
	s.opts.Logger.Info("compacted", "parts", len(inputs), "into", out.Name, "rows", out.Rows, "bytes", out.Bytes,
		"sampled", j.rows()-int64(out.Rows), "took", time.Since(began).Round(time.Millisecond))
	return true, nil
}

// has reports whether a part is in use.
func (s *Store) has(name string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.parts[name] != nil
}

// openInputs retains the parts of a job.
func (s *Store) openInputs(j *job) ([]*part.Part, func()) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var open []*part.Part
	for i := range j.inputs {
		if p := s.parts[j.inputs[i].Name]; p != nil {
			open = append(open, p.Retain())
		}
	}
	return open, func() {
		for _, p := range open {
			_ = p.Close()
		}
	}
}

// merge writes the merged part and puts it in the place of its inputs.
func (s *Store) merge(ctx context.Context, j *job, inputs []*part.Part) (storedPart, error) {
	minTime := j.inputs[0].MinTime
	out := storedPart{Level: j.level, Added: j.inputs[0].Added, First: j.inputs[0].First}
	for i := range j.inputs {
		minTime = min(minTime, j.inputs[i].MinTime)
		if j.inputs[i].Added.After(out.Added) {
			out.Added = j.inputs[i].Added
		}
	}
	name := s.newPartName(minTime)
	var err error
	merge := part.Merge
	if j.level == sealed {
		merge = part.MergeQuickly
	}
	out.Meta, err = merge(ctx, s.paced(ctx), name, inputs, s.sampler(j))
	if err == nil {
		err = s.fs.SyncDir(partsDir)
	}
	var opened *part.Part
	if err == nil && out.Rows > 0 {
		opened, err = part.Open(s.fs, name)
		if damaged := (*part.CorruptError)(nil); errors.As(err, &damaged) {
			err = fmt.Errorf("what was just written cannot be read: %s", damaged.Error()) // not the fault of an input
		}
	}
	if err != nil {
		s.removeParts([]string{name})
		return out, err
	}
	if err := s.replace(j, out, opened); err != nil {
		if opened != nil {
			_ = opened.Close()
		}
		return out, err
	}
	return out, nil
}

// replace commits a merge.
func (s *Store) replace(j *job, out storedPart, opened *part.Part) error {
	c := &change{made: []string{out.Name}}
	c.edit = func(m *manifest) error {
		var spans, logs int64
		for i := range j.inputs {
			was, ok := m.take(j.inputs[i].Name)
			if !ok {
				return errGone
			}
			spans, logs = spans+was.Spans, logs+was.Logs
		}
		spans, logs = spans-out.Spans, logs-out.Logs
		if lost := spans != 0 || logs != 0; lost && s.opts.Sampling.Drop <= 0 || spans < 0 || logs < 0 {
			return fmt.Errorf("a merge would lose %d spans and %d logs", spans, logs)
		}
		left := tally{}
		left.addBoth(telemetry.Sampled, reasonSampled, spans, logs)
		m.Books = left.enter(m.Books)
		if opened != nil {
			m.add(out)
		}
		return nil
	}
	var closing []*part.Part
	c.publish = func() {
		for i := range j.inputs {
			closing = append(closing, s.parts[j.inputs[i].Name])
			delete(s.parts, j.inputs[i].Name)
		}
		if opened != nil {
			s.parts[out.Name] = opened
		}
	}
	for i := range j.inputs {
		c.dropped = append(c.dropped, j.inputs[i].Name)
	}
	if opened == nil { // everything was sampled away
		c.dropped = append(c.dropped, out.Name)
	}
	if err := s.commit(c); err != nil {
		return err
	}
	for _, p := range closing {
		_ = p.Close()
	}
	return nil
}
