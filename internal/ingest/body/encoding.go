package body

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

// maxWindow is what RFC 8878 asks of every decoder, and what encoders stay under unless told otherwise. A frame may ask
// for terabytes.
const maxWindow = 8 << 20

// encoding undoes one Content-Encoding. open returns a reader of the decoded bytes that reports anything after the end
// of the data as an error, and a function that gives its buffers back.
type encoding struct {
	name string
	open func(io.Reader) (io.Reader, func(), error)
}

// encodings parses the header: names in the order in which they were applied.
func encodings(header []string) ([]encoding, error) {
	var layers []encoding
	for name := range strings.SplitSeq(strings.Join(header, ","), ",") {
		switch name = strings.ToLower(strings.TrimSpace(name)); name {
		case "", "identity":
		case "gzip", "x-gzip":
			layers = append(layers, encoding{"gzip", openGzip})
		case "zstd":
			layers = append(layers, encoding{"zstd", openZstd})
		case "deflate", "zlib": // the OpenTelemetry Collector offers both names for one format
			layers = append(layers, encoding{"deflate (RFC 1950)", openZlib})
		default:
			return nil, &Error{
				Status: http.StatusUnsupportedMediaType,
				Reason: fmt.Sprintf("content encoding %.32q is not supported; use %s or none", name, AcceptEncoding),
			}
		}
		if len(layers) > maxLayers {
			return nil, &Error{
				Status: http.StatusUnsupportedMediaType,
				Reason: fmt.Sprintf("more than %d content encodings over each other are not supported", maxLayers),
			}
		}
	}
	return layers, nil
}

// Decoders are worth keeping: a gzip reader has 40 KB of tables, a zstd one its window.
var (
	gzipReaders sync.Pool
	zstdReaders sync.Pool
)

func openGzip(r io.Reader) (io.Reader, func(), error) {
	z, _ := gzipReaders.Get().(*gzip.Reader)
	if z == nil {
		z = new(gzip.Reader)
	}
	release := func() {
		_ = z.Reset(strings.NewReader("")) // let go of the request; that it is no gzip header is known
		gzipReaders.Put(z)
	}
	// The reader takes bytes after the last member for another one, so nothing is left unread.
	if err := z.Reset(bufio.NewReader(r)); err != nil {
		release()
		return nil, nil, truncated(err)
	}
	return z, release, nil
}

func openZstd(r io.Reader) (io.Reader, func(), error) {
	z, _ := zstdReaders.Get().(*zstd.Decoder)
	if z == nil {
		var err error
		// One thread and no read-ahead: no goroutine outlives the request.
		z, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, nil, err
		}
	}
	release := func() {
		if z.Reset(nil) == nil {
			zstdReaders.Put(z)
		}
	}
	if err := z.Reset(r); err != nil {
		release()
		return nil, nil, truncated(err)
	}
	return z, release, nil
}

func openZlib(r io.Reader) (io.Reader, func(), error) {
	in := bufio.NewReader(r)
	z, err := zlib.NewReader(in)
	if err != nil {
		return nil, nil, truncated(err)
	}
	return &sealed{r: z, rest: in}, func() {}, nil
}

// sealed refuses bytes after the end of the data: a second request smuggled behind the first would go unseen.
type sealed struct {
	r    io.Reader
	rest *bufio.Reader
}

func (s *sealed) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err == io.EOF {
		if _, more := s.rest.ReadByte(); more == nil {
			return n, errTrailing
		} else if more != io.EOF {
			return n, more
		}
	}
	return n, err
}

var errTrailing = errors.New("bytes after the end of the compressed data")

// truncated turns the end of the input at the start of a layer into an error: an empty body is not a valid stream.
func truncated(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

func isWindowTooLarge(err error) bool {
	return errors.Is(err, zstd.ErrWindowSizeExceeded) || errors.Is(err, zstd.ErrDecoderSizeExceeded)
}
