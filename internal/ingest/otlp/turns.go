package otlp

import (
	"io"

	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/encoding/gzip"
)

// gRPC unpacks a message before anybody can say that too many are under way: a crowd of small bombs would hold a largest
// message each. So messages that turn out large are unpacked in turns. A message has arrived whole before it is unpacked, so
// who has a turn never waits for a client, and a turn is a matter of milliseconds.
const (
	smallMessage = 1 << 20 // bytes that are unpacked without a turn
	turns        = 4
)

// inTurns wraps a compressor of gRPC's registry.
type inTurns struct {
	encoding.Compressor
	places chan struct{}
}

// The registry of gRPC is the one place where it looks for compressors, and may be written during initialisation only.
func init() {
	places := make(chan struct{}, turns)
	encoding.RegisterCompressor(&inTurns{encoding.GetCompressor(gzip.Name), places})
	encoding.RegisterCompressor(&inTurns{&zstdCompressor{}, places})
}

// Decompress implements encoding.Compressor.
func (c *inTurns) Decompress(r io.Reader) (io.Reader, error) {
	plain, err := c.Compressor.Decompress(r)
	if err != nil {
		return nil, err
	}
	return &turnReader{plain: plain, places: c.places}, nil
}

// turnReader takes a turn after smallMessage bytes and gives it back at the end, or when gRPC closes it.
type turnReader struct {
	plain  io.Reader
	places chan struct{}
	n      int
	has    bool
}

func (r *turnReader) Read(p []byte) (int, error) {
	if !r.has && r.n > smallMessage {
		r.places <- struct{}{}
		r.has = true
	}
	n, err := r.plain.Read(p)
	r.n += n
	if err != nil {
		r.giveBack()
	}
	return n, err
}

func (r *turnReader) giveBack() {
	if r.has {
		r.has = false
		r.n = 0
		<-r.places
	}
}

// Close implements io.Closer.
func (r *turnReader) Close() error {
	r.giveBack()
	if c, ok := r.plain.(io.Closer); ok {
		return c.Close()
	}
	return nil
}
