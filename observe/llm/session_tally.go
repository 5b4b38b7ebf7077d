package llm

import (
	"cmp"
	"container/list"
	"crypto/sha256"
	"encoding/json"
	"hash/maphash"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Bounds of what is remembered of sessions.
const (
	maxIdle  = 10_000         // sessions that are not open
	maxAge   = 24 * time.Hour // since one was open last
	maxTools = 4096           // tool calls that an open session tells apart
	idleTool = 64             // those of them that stay once it is not open: the most repeated ones
)

// tally counts what a session did, in all requests that had it open.
type tally struct {
	spent, calls atomic.Int64
	ended        [4]atomic.Bool // by a Limit, see limitIndex: told to the metric

	mu    sync.Mutex
	tools map[uint64]int // calls of one tool with the same arguments, by hash; nil before the first

	// Of tallies, under its lock.
	id    string
	open  int
	since time.Time     // when it was open last
	place *list.Element // among those that are not open
}

// tallies are those of one telemetry, by the id of their session. Those that are open stay; of the others the ones that
// were open last, within the bounds.
type tallies struct {
	gauge prometheus.Gauge // of the sessions that are open
	seed  maphash.Seed     // of the hashes of tool calls

	mu   sync.Mutex
	byID map[string]*tally
	idle list.List // of *tally; the first was open last
}

func newTallies(gauge prometheus.Gauge) *tallies {
	return &tallies{gauge: gauge, seed: maphash.MakeSeed(), byID: map[string]*tally{}}
}

// tallyKey is the id, or what stands for one that is too long to be kept.
func tallyKey(id string) string {
	if len(id) <= maxLabel {
		return id
	}
	sum := sha256.Sum256([]byte(id))
	return string(sum[:])
}

// enter counts a session that is open, and returns what it did so far; the second with one id is the same session.
func (t *tallies) enter(key string) *tally {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.expire(time.Now())
	s := t.byID[key]
	switch {
	case s == nil:
		s = &tally{id: key}
		t.byID[key] = s
	case s.place != nil:
		t.idle.Remove(s.place)
		s.place = nil
	}
	s.open++
	t.show()
	return s
}

// leave must be called once for each enter.
func (t *tallies) leave(s *tally) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	if s.open--; s.open == 0 {
		s.since = now
		s.trim()
		s.place = t.idle.PushFront(s)
	}
	t.expire(now)
	t.show()
}

func (t *tallies) expire(now time.Time) {
	for last := t.idle.Back(); last != nil; last = t.idle.Back() {
		s := last.Value.(*tally)
		if t.idle.Len() <= maxIdle && now.Sub(s.since) < maxAge {
			return
		}
		t.idle.Remove(last)
		delete(t.byID, s.id)
	}
}

func (t *tallies) show() { t.gauge.Set(float64(len(t.byID) - t.idle.Len())) }

// trim forgets most tool calls of a session that is not open, but for those that may be going in circles.
func (s *tally) trim() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.tools) <= idleTool {
		return
	}
	most := slices.SortedFunc(maps.Keys(s.tools), func(a, b uint64) int { return cmp.Compare(s.tools[b], s.tools[a]) })
	kept := make(map[uint64]int, idleTool)
	for _, sum := range most[:idleTool] {
		kept[sum] = s.tools[sum]
	}
	s.tools = kept
}

// maxCanonical bounds the arguments that are told from others by what they say, in bytes; longer ones by how it is written.
const maxCanonical = 64 << 10

// canonical writes JSON the same way whatever the order of its keys and the blanks in it. What is not JSON stays.
func canonical(arguments string) string {
	if len(arguments) > maxCanonical || len(arguments) < 2 || strings.IndexByte("{[ \t\r\n", arguments[0]) < 0 {
		return arguments
	}
	d := json.NewDecoder(strings.NewReader(arguments))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil || d.Decode(new(any)) != io.EOF {
		return arguments
	}
	text, err := json.Marshal(v) // keys in order
	if err != nil {
		return arguments
	}
	return string(text)
}

// repeats returns how often a tool was called with these arguments, with this call if it is to be counted.
func (s *tally) repeats(seed maphash.Seed, name, arguments string, count bool) int {
	var h maphash.Hash
	h.SetSeed(seed)
	_, _ = h.WriteString(name)
	_ = h.WriteByte(0)
	_, _ = h.WriteString(canonical(arguments))
	sum := h.Sum64()
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.tools[sum]
	if !count {
		return n
	}
	if n == 0 && len(s.tools) >= maxTools {
		return 1
	}
	if s.tools == nil {
		s.tools = map[uint64]int{}
	}
	s.tools[sum] = n + 1
	return n + 1
}
