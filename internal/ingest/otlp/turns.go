package otlp

import (
	"io"
	"runtime"

	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/encoding/gzip"
)

// gRPC unpacks a message before anybody can say that too many are under way: a crowd of small bombs would hold a largest
// message each. So messages that turn out large are unpacked in turns. A message has arrived whole before it is unpacked, so
// who has a turn never waits for a client, and a turn is a matter of milliseconds.
const (
	smallMessage = 1 << 20 // bytes that are unpacked without a turn
	turns        = 4
	hugeMessage  = 8 << 20  // bytes beyond which messages are unpacked one at a time
	hugeGarbage  = 48 << 20 // bytes of huge messages after which garbage is collected before the next
)

// hugeTurn is the one place for huge messages. A message is held as it was unpacked, as one text and, until the garbage
// collector comes, as those before it: it comes when what is alive has doubled, which is late for messages of the largest
// size. So it is called, and while it works, what was unpacked gets on.
type hugeTurn struct {
	place   chan struct{}
	garbage int // of who has the place
}

func (t *hugeTurn) take() {
	t.place <- struct{}{}
	if t.garbage > hugeGarbage {
		t.garbage = 0
		runtime.GC()
	}
}

func (t *hugeTurn) giveBack(size int) {
	t.garbage += size
	<-t.place
}

// inTurns wraps a compressor of gRPC's registry.
type inTurns struct {
	encoding.Compressor
	places chan struct{}
	huge   *hugeTurn // taken beside a turn
}

// The registry of gRPC is the one place where it looks for compressors, and may be written during initialisation only.
func init() {
	places := make(chan struct{}, turns)
	huge := &hugeTurn{place: make(chan struct{}, 1)}
	encoding.RegisterCompressor(&inTurns{encoding.GetCompressor(gzip.Name), places, huge})
	encoding.RegisterCompressor(&inTurns{&zstdCompressor{}, places, huge})
}

// Decompress implements encoding.Compressor.
func (c *inTurns) Decompress(r io.Reader) (io.Reader, error) {
	plain, err := c.Compressor.Decompress(r)
	if err != nil {
		return nil, err
	}
	return &turnReader{plain: plain, places: c.places, huge: c.huge}, nil
}

// turnReader takes a turn after smallMessage bytes, and the huge one after hugeMessage. It gives them back at the end, or
// when gRPC closes it.
type turnReader struct {
	plain           io.Reader
	places          chan struct{}
	huge            *hugeTurn
	n               int
	hasTurn, isHuge bool
}

func (r *turnReader) Read(p []byte) (int, error) {
	if !r.hasTurn && r.n > smallMessage {
		r.places <- struct{}{}
		r.hasTurn = true
	}
	if !r.isHuge && r.n > hugeMessage {
		r.huge.take()
		r.isHuge = true
	}
	n, err := r.plain.Read(p)
	r.n += n
	if err != nil {
		r.giveBack()
	}
	return n, err
}

func (r *turnReader) giveBack() {
	if r.isHuge {
		r.huge.giveBack(r.n)
	}
	if r.hasTurn {
		<-r.places
	}
	r.n, r.hasTurn, r.isHuge = 0, false, false
}

// Close implements io.Closer.
func (r *turnReader) Close() error {
	r.giveBack()
	if c, ok := r.plain.(io.Closer); ok {
		return c.Close()
	}
	return nil
}
