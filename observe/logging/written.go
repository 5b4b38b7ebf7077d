package logging

import (
	"math/rand/v2"
	"strings"
	"sync/atomic"

	"github.com/telltale-dev/telltale/observe/internal/known"
)

// written is a value of which nothing has to be hidden, as it stands in a line of JSON: after its key, which has a comma
// before it.
type written struct{ value, text string }

// writtenValues remember values that come again and again, each in a place that follows from its bytes. Their number is a
// power of two.
type writtenValues []atomic.Pointer[written]

// Bounds of what is remembered. A value takes the place of another by chance only, so that values which are all different
// do not cost an allocation each.
const (
	writtenOfPart = 128
	writtenOfName = 8
	writtenBytes  = 256 // of the longest value
	writtenOdds   = 16
)

// at returns the place where a value may be.
func (v writtenValues) at(value string) *atomic.Pointer[written] {
	h := uint64(len(value))
	if n := len(value); n >= 8 {
		h ^= first8(value) ^ first8(value[n-8:])<<7
	} else {
		for i := range n {
			h = h<<8 ^ uint64(value[i])
		}
	}
	return &v[h*0x9e3779b97f4a7c15>>32&uint64(len(v)-1)]
}

// find returns what is remembered of a value, nil if nothing is.
func (v writtenValues) find(value string) *written {
	if w := v.at(value).Load(); w != nil && w.value == value {
		return w
	}
	return nil
}

// keep remembers a value, by chance. The text is copied.
func (v writtenValues) keep(value string, text []byte) {
	if len(value) <= writtenBytes && rand.Uint32()%writtenOdds == 0 {
		v.at(value).Store(&written{strings.Clone(value), string(text)})
	}
}

// part is something that many lines say with the same few values: who asked, by which route, with which agent.
type part struct {
	before string // its value, in the format of the output
	known  known.Key
	values writtenValues
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
	if w := p.values.find(value); w != nil {
		return append(b, w.text...), true
	}
	shown := o.again(p, value)
	start := len(b)
	b = appendQuoted(append(b, p.before...), shown)
	if shown != value {
		return b, false
	}
	p.values.keep(value, b[start:])
	return b, true
}

// again returns what of a value may be shown that is likely to come again.
func (o *output) again(p *part, value string) string {
	if o.known == nil {
		return trim(cut(value))
	}
	return trim(o.known.Under(p.known, cut(value)))
}
