package pipeline

import (
	"math/bits"

	"github.com/zeebo/xxh3"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// call is one that counts. It has no pointers, and hashes for names, which are only compared: there are many, and they
// stay for long.
type call struct {
	trace                          telemetry.TraceID
	span, parent                   telemetry.SpanID
	begin, end                     int64
	model, scope, service, session uint32 // see nameOf
	fromLog                        bool
	recalled                       bool   // model, scope and end are not known
	flying                         bool   // its batch is on its way to disk
	failed                         bool   // its batch was not stored
	used                           bool   // its usage is known, or may be: it is in the store
	guessed                        bool   // service is a guess, see caller.go
	before                         uint32 // the guessed call of the same parent that was noted before it, zero is none
}

// nameOf stands for a name; zero is none.
func nameOf(s string) uint32 {
	if s == "" {
		return 0
	}
	return max(uint32(xxh3.HashString(s)), 1)
}

// sameAnswer reports whether a span with the response id of the call is a report of it.
func (c *call) sameAnswer(s *telemetry.Span) bool {
	begin, end := s.Time, s.Time+s.Duration
	switch {
	case c.recalled || c.service != nameOf(s.Service): // another process, perhaps on a host with another clock
		return c.near(s)
	case c.scope != nameOf(s.Scope.Name): // another instrument of the same process
		return begin <= c.end && end >= c.begin
	}
	return c.around(s) && c.trace == s.TraceID && c.parent != s.ParentID
}

// around reports whether one of the two encloses the other in time.
func (c *call) around(s *telemetry.Span) bool {
	begin, end := s.Time, s.Time+s.Duration
	return begin <= c.begin && c.end <= end || c.begin <= begin && end <= c.end
}

func (c *call) near(s *telemetry.Span) bool {
	return s.Time <= c.end+int64(clockSkew) && s.Time+s.Duration+int64(clockSkew) >= c.begin
}

func (c *call) sameModel(g *telemetry.GenAI) bool {
	if c.model == 0 || g.RequestModel == "" {
		return true
	}
	return c.model == nameOf(g.RequestModel) || c.model == nameOf(g.ResponseModel)
}

// callRing keeps the latest calls, each under a number of its own: a number whose call was overwritten finds nothing.
type callRing struct {
	size  int    // a power of two
	next  uint32 // the number of the next call; zero is none's
	calls []call // by number modulo size
}

func newCallRing(size int) callRing {
	size = min(size, maxGeneration)
	return callRing{size: 1 << bits.Len(uint(size-1)), next: 1, calls: make([]call, 1)}
}

func (r *callRing) add(c call) uint32 {
	if r.next == 0 {
		r.next++
	}
	id := r.next
	r.next++
	if at := int(id) & (r.size - 1); at < len(r.calls) {
		r.calls[at] = c
	} else {
		r.calls = append(r.calls, c)
	}
	return id
}

// get returns a call, which may be written to until another is added; nil where it is none or forgotten.
func (r *callRing) get(id uint32) *call {
	if id == 0 || r.next-id-1 >= uint32(r.size) {
		return nil
	}
	return &r.calls[int(id)&(r.size-1)]
}

// callRange is the numbers of calls that were added one after the other.
type callRange struct{ first, n uint32 }

func (c *callRange) add(r *callRing, one call) uint32 {
	id := r.add(one)
	if c.n == 0 {
		c.first = id
	}
	c.n = id - c.first + 1
	return id
}

func (c *callRange) has(id uint32) bool { return id-c.first < c.n }
