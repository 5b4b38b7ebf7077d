package otlp

import (
	"bytes"
	"io"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"

	"google.golang.org/grpc/encoding"
)

// However many large messages arrive, a few are unpacked at a time; small ones never wait; a turn is given back also by
// who stops in the middle.
func TestLargeMessagesAreUnpackedInTurns(t *testing.T) {
	for _, name := range []string{"gzip", "zstd"} {
		c := encoding.GetCompressor(name)
		if _, ok := c.(*inTurns); !ok {
			t.Fatalf("%s is not unpacked in turns", name)
		}
		pack := func(size int) []byte {
			var b bytes.Buffer
			w, err := c.Compress(&b)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.Write(make([]byte, size)); err != nil {
				t.Fatal(err)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			return b.Bytes()
		}
		large, small := pack(8<<20), pack(1000)
		var wg sync.WaitGroup
		var n atomic.Int64
		for range 40 {
			wg.Go(func() {
				r, err := c.Decompress(bytes.NewReader(large))
				if err != nil {
					t.Error(err)
					return
				}
				m, err := io.Copy(io.Discard, io.LimitReader(r, 3<<20)) // gRPC stops at its limit
				if err != nil {
					t.Error(err)
				}
				n.Add(m)
				if err := r.(io.Closer).Close(); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n.Load() != 40*3<<20 {
			t.Errorf("%s: %d bytes", name, n.Load())
		}
		places := c.(*inTurns).places
		if len(places) != 0 {
			t.Errorf("%s: %d turns are still taken", name, len(places))
		}
		for range turns { // all are taken: small messages pass all the same
			places <- struct{}{}
		}
		r, err := c.Decompress(iotest.OneByteReader(bytes.NewReader(small)))
		if err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(r); err != nil || len(b) != 1000 {
			t.Errorf("%s: a small message: %d bytes, %v", name, len(b), err)
		}
		for range turns {
			<-places
		}
	}
}
