package local

import (
	"encoding/binary"
	"math"

	"github.com/telltale-dev/telltale/internal/store/local/part"
)

// span of time, both ends included, Unix nanoseconds
type interval struct{ from, to int64 }

// sampler decides which traces a merge keeps; nil keeps all. A trace is judged when it has been silent for a while and all
// that is stored of it is among the inputs: with a part of it elsewhere, nobody can say that it has no error. The decision
// depends on the trace alone, so that records which come later share its fate.
func (s *Store) sampler(j *job) func(*part.Trace) bool {
	policy := s.opts.Sampling
	if policy.Drop <= 0 {
		return nil
	}
	idle := int64(policy.Idle)
	silentBefore := s.now().UnixNano() - idle
	elsewhere := s.othersThan(j)
	return func(t *part.Trace) bool {
		end := t.Last + t.Duration
		switch {
		case t.Error,
			policy.Slow > 0 && t.Duration >= int64(policy.Slow),
			policy.Costly > 0 && t.Cost >= policy.Costly,
			end >= silentBefore:
			return true
		}
		for _, o := range elsewhere {
			if o.from <= end+idle && o.to >= t.First-idle {
				return true
			}
		}
		return !drops(t.ID, policy.Drop)
	}
}

// drops reports whether a trace is among the share that is left out. Ids are random in their last eight bytes, as W3C
// Trace Context wants them; the mixing serves those that are not.
func drops(id [16]byte, share float64) bool {
	x := binary.BigEndian.Uint64(id[:8]) ^ binary.BigEndian.Uint64(id[8:])
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	x ^= x >> 31
	return float64(x) < share*math.MaxUint64
}

// othersThan lists the times of all rows that are not inputs of a job.
func (s *Store) othersThan(j *job) []interval {
	inputs := map[string]bool{}
	for i := range j.inputs {
		inputs[j.inputs[i].Name] = true
	}
	s.hotMu.Lock()
	defer s.hotMu.Unlock()
	s.mu.RLock()
	defer s.mu.RUnlock()
	var all []interval
	for _, h := range s.hot() {
		if h.mem.Rows() > 0 {
			from, to := h.mem.Range()
			all = append(all, interval{from, to})
		}
	}
	for i := range s.manifest.Parts {
		if p := &s.manifest.Parts[i]; !inputs[p.Name] {
			all = append(all, interval{p.MinTime, p.MaxTime})
		}
	}
	return all
}
