package logging

import (
	"math/rand/v2"
	"strings"
	"sync/atomic"

	"github.com/telltale-dev/telltale/observe/internal/known"
)

// part is something that many lines say with the same few values: who asked, by which route, with which agent.
type part struct {
	before string // its value, in the format of the output
	known  known.Key
	slots  [writtenSlots]atomic.Pointer[written]
}

// written is a value of which nothing has to be hidden, as it stands in a line of JSON after its key.
type written struct{ value, text string }

// Bounds of what is remembered of each part. A value that comes for the second time takes the place of another by chance
// only, so that many values do not cost an allocation each.
const (
	writtenSlots = 128
	writtenBytes = 256 // of the longest value
	writtenOdds  = 16
)

// slotOf returns the place where a value may be.
func (p *part) slotOf(value string) *atomic.Pointer[written] {
	var h uint64
	switch n := len(value); {
	case n >= 8:
		h = first8(value) ^ first8(value[n-8:])<<7
	default:
		for i := range n {
			h = h<<8 | uint64(value[i])
		}
	}
	return &p.slots[(h^uint64(len(value)))*0x9e3779b97f4a7c15>>57]
}

// appendPart writes a part of a line, unless it is empty, and reports whether nothing of it had to be hidden.
func (o *output) appendPart(b []byte, p *part, value string) (_ []byte, asItIs bool) {
	if value == "" {
		return b, true
	}
	if !o.json {
		shown := o.again(p, value)
		return appendConsole(append(b, p.before...), shown), shown == value
	}
	slot := p.slotOf(value)
	if w := slot.Load(); w != nil && w.value == value {
		return append(b, w.text...), true
	}
	shown := o.again(p, value)
	start := len(b)
	b = appendQuoted(append(b, p.before...), shown)
	if shown != value {
		return b, false
	}
	if len(value) <= writtenBytes && rand.Uint32()%writtenOdds == 0 {
		slot.Store(&written{strings.Clone(value), string(b[start:])})
	}
	return b, true
}

// again returns what of a value may be shown that is likely to come again.
func (o *output) again(p *part, value string) string {
	if o.known == nil {
		return trim(cut(value))
	}
	return trim(o.known.Under(p.known, cut(value)))
}
