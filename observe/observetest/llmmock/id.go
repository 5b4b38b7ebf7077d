package llmmock

import (
	"bytes"
	"crypto/rand"
	"sync/atomic"
)

// Answers are prepared with placeholders, of the length of an id, where ids go.
const placeholder = "@MOCK.ID@MOCK.ID@MOCK.ID@"

const idLength = len(placeholder)

// ids are unique within this process and, by their random half, among processes.
type ids struct {
	prefix [idLength - 13]byte
	n      *atomic.Uint64
}

const idAlphabet = "abcdefghijklmnopqrstuvwxyz234567"

func newIDs() ids {
	g := ids{n: new(atomic.Uint64)}
	random := make([]byte, len(g.prefix))
	_, _ = rand.Read(random) // never fails
	for i, b := range random {
		g.prefix[i] = idAlphabet[b&31]
	}
	return g
}

type id [idLength]byte

func (g ids) next() (out id) {
	copy(out[:], g.prefix[:])
	n := g.n.Add(1)
	for i := idLength - 1; i >= len(g.prefix); i-- {
		out[i] = idAlphabet[n&31]
		n >>= 5
	}
	return out
}

// prepared are bytes with places for an id.
type prepared struct {
	bytes  []byte
	places []int
}

func prepare(b []byte) prepared {
	p := prepared{bytes: b}
	for at := 0; ; {
		i := bytes.Index(b[at:], []byte(placeholder))
		if i < 0 {
			return p
		}
		p.places = append(p.places, at+i)
		at += i + idLength
	}
}

// appendTo appends the bytes with the id in its places.
func (p *prepared) appendTo(dst []byte, with id) []byte {
	start := len(dst)
	dst = append(dst, p.bytes...)
	for _, at := range p.places {
		copy(dst[start+at:], with[:])
	}
	return dst
}
