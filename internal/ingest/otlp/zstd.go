package otlp

import (
	"io"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// maxWindow is what a frame may make the decoder hold, as for bodies over HTTP.
const maxWindow = 8 << 20

// zstdCompressor is zstd for gRPC, under the name the OpenTelemetry Collector uses. How much comes out of it is bounded by
// gRPC, which reads no more than the largest message.
type zstdCompressor struct {
	writers, readers sync.Pool
}

func (*zstdCompressor) Name() string { return "zstd" }

func (c *zstdCompressor) Compress(w io.Writer) (io.WriteCloser, error) {
	z, _ := c.writers.Get().(*zstd.Encoder)
	if z == nil {
		var err error
		if z, err = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithLowerEncoderMem(true)); err != nil {
			return nil, err
		}
	}
	z.Reset(w)
	return &pooledWriter{Encoder: z, pool: &c.writers}, nil
}

type pooledWriter struct {
	*zstd.Encoder
	pool *sync.Pool
}

func (w *pooledWriter) Close() error {
	err := w.Encoder.Close()
	w.pool.Put(w.Encoder)
	return err
}

func (c *zstdCompressor) Decompress(r io.Reader) (io.Reader, error) {
	z, _ := c.readers.Get().(*zstd.Decoder)
	if z == nil {
		var err error
		// One thread: no goroutine outlives the call.
		z, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, err
		}
	}
	if err := z.Reset(r); err != nil {
		return nil, err
	}
	return &pooledReader{z: z, pool: &c.readers}, nil
}

// pooledReader gives its decoder back when gRPC closes it.
type pooledReader struct {
	z    *zstd.Decoder
	pool *sync.Pool
}

func (r *pooledReader) Read(p []byte) (int, error) { return r.z.Read(p) }

func (r *pooledReader) Close() error {
	if err := r.z.Reset(nil); err != nil {
		return err
	}
	r.pool.Put(r.z)
	return nil
}
