package llmmock

import (
	"bytes"
	"hash/maphash"
	"sync"
)

// plan is an answer that is ready but for its ids. The same request has the same plan, so that under load an answer costs
// a copy.
type plan struct {
	variant string
	body    []byte
	stream  bool
	array   bool       // the stream is a JSON array
	whole   prepared   // where it is no stream
	events  []prepared // where it is
	model   string
	failure string // the request is wrong
}

const (
	maxPlans    = 1024
	maxPlanBody = 16 << 10 // longer requests are planned anew each time
)

// plans are those of the last requests.
type plans struct {
	seed maphash.Seed
	mu   *sync.RWMutex
	byID map[uint64]*plan
}

func newPlans() plans {
	return plans{seed: maphash.MakeSeed(), mu: new(sync.RWMutex), byID: map[uint64]*plan{}}
}

// get returns the plan for a body and a variant (path, headers that matter), made by build if it is new.
func (p *plans) get(variant string, body []byte, build func() *plan) *plan {
	if len(body) > maxPlanBody {
		return build()
	}
	key := maphash.Bytes(p.seed, body) ^ maphash.String(p.seed, variant)
	p.mu.RLock()
	known := p.byID[key]
	p.mu.RUnlock()
	if known != nil && known.variant == variant && bytes.Equal(known.body, body) {
		return known
	}
	made := build()
	made.variant, made.body = variant, body
	if size := len(made.whole.bytes); size > 1<<20 || len(made.events) > 4096 {
		return made
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.byID) >= maxPlans {
		clear(p.byID)
	}
	p.byID[key] = made
	return made
}
