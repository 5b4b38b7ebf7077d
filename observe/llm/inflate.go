package llm

import (
	"compress/flate"
	"compress/gzip"
	"io"
	"iter"
	"strings"
)

// maxInflated bounds what is read of a compressed answer, in bytes without the compression.
const maxInflated = 64 << 20

// inflater takes a compressed answer piece by piece and writes what it says. It stops in between, in a coroutine: nothing
// runs but within write. It is for one goroutine at a time, and is to be stopped.
type inflater struct {
	piece []byte // not yet read
	next  func() (struct{}, bool)
	stop  func()
}

// decompressor reads a coding; nil if that is not known or does not begin as it should.
func decompressor(coding string, r io.Reader) io.Reader {
	switch strings.ToLower(coding) {
	case "gzip", "x-gzip":
		if z, err := gzip.NewReader(r); err == nil {
			return z
		}
	case "deflate":
		return flate.NewReader(r)
	}
	return nil
}

func newInflater(coding string, to io.Writer) *inflater {
	f := &inflater{}
	f.next, f.stop = iter.Pull(func(yield func(struct{}) bool) {
		if r := decompressor(coding, &pieces{f, yield}); r != nil {
			_, _ = io.Copy(to, io.LimitReader(r, maxInflated)) // what could be read counts
		}
	})
	return f
}

func (f *inflater) write(p []byte) {
	f.piece = p
	f.next()
	f.piece = nil // that of the caller
}

// pieces reads what is written to an inflater, and waits for more.
type pieces struct {
	f     *inflater
	yield func(struct{}) bool
}

func (p *pieces) Read(b []byte) (int, error) {
	for len(p.f.piece) == 0 {
		if !p.yield(struct{}{}) {
			return 0, io.EOF
		}
	}
	n := copy(b, p.f.piece)
	p.f.piece = p.f.piece[n:]
	return n, nil
}
