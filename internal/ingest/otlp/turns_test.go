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

// Huge messages are unpacked one after the other, while others pass.
func TestHugeMessagesWaitForEachOther(t *testing.T) {
	c, ok := encoding.GetCompressor("zstd").(*inTurns)
	if !ok {
		t.Fatal("zstd is not unpacked in turns")
	}
	unpack := func(size int) <-chan int64 {
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
		done := make(chan int64, 1)
		go func() {
			r, err := c.Decompress(&b)
			if err != nil {
				t.Error(err)
				close(done)
				return
			}
			n, err := io.Copy(io.Discard, struct{ io.Reader }{r})
			if err != nil {
				t.Error(err)
			}
			done <- n
		}()
		return done
	}
	c.huge.take()
	waiting := unpack(hugeMessage + smallMessage)
	if n := <-unpack(hugeMessage - smallMessage); n != hugeMessage-smallMessage {
		t.Errorf("a large message beside a huge one: %d bytes", n)
	}
	select {
	case <-waiting:
		t.Error("a huge message did not wait")
	default:
	}
	c.huge.giveBack(0)
	if n := <-waiting; n != hugeMessage+smallMessage {
		t.Errorf("the huge message: %d bytes", n)
	}
	if len(c.huge.place) != 0 || len(c.places) != 0 {
		t.Error("a turn is still taken")
	}
}
