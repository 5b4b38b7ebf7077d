package gateway

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"errors"
	"io"
	"strings"
	"sync/atomic"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

const (
	// decodeMemory bounds what all decoders may hold at once, their buffers while growing included.
	decodeMemory = 48 * mib
	// A body may be suspected of being a bomb once it has this size, and unpacks to more than maxRatio times what was sent.
	suspectSize = 4 * mib
	maxRatio    = 250
	zstdWindow  = 8 * mib
)

var (
	errBomb   = errors.New("the body unpacks to more than is allowed")
	errNested = errors.New("nested content encodings are not accepted")
)

// budget is memory that many share.
type budget struct {
	limit int64
	used  atomic.Int64
}

func (b *budget) take(n int64) bool {
	if b.used.Add(n) > b.limit {
		b.used.Add(-n)
		return false
	}
	return true
}

func (b *budget) give(n int64) { b.used.Add(-n) }

// decoder opens a content coding. Codings it does not know are nobody's concern but the provider's.
func decoder(contentEncoding string, raw []byte) (r io.Reader, known bool, err error) {
	coding := ""
	for c := range strings.SplitSeq(contentEncoding, ",") {
		if c = strings.ToLower(strings.TrimSpace(c)); c == "" || c == "identity" {
			continue
		}
		if coding != "" {
			return nil, false, errNested
		}
		coding = c
	}
	src := bytes.NewReader(raw)
	switch coding {
	case "gzip", "x-gzip":
		r, err = gzip.NewReader(src)
	case "deflate":
		if r, err = zlib.NewReader(src); err != nil {
			_, _ = src.Seek(0, io.SeekStart)
			r, err = flate.NewReader(src), nil // what some clients mean by deflate
		}
	case "zstd":
		var d *zstd.Decoder
		d, err = zstd.NewReader(src, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(zstdWindow), zstd.WithDecoderLowmem(true))
		if err == nil {
			r = d.IOReadCloser()
		}
	default:
		return nil, false, nil
	}
	return r, true, err
}

// decodeAside unpacks a body that passes on as it was sent, to look into it. It returns errBomb for one that is larger
// than limit, or suspicious, and errNested for more than one coding. Where memory is short, or the body is damaged, the
// rest is measured but not kept: what could be read is returned. done gives the memory back.
func decodeAside(mem *budget, contentEncoding string, raw []byte, limit int64) (plain []byte, done func(), err error) {
	done = func() {}
	r, known, err := decoder(contentEncoding, raw)
	if errors.Is(err, errNested) {
		return nil, done, err
	}
	if !known || err != nil {
		return nil, done, nil
	}
	if c, ok := r.(io.Closer); ok {
		defer func() { _ = c.Close() }()
	}
	k := keeper{mem: mem}
	done = k.free
	chunk := make([]byte, 32*kib)
	var total int64
	for {
		n, rerr := r.Read(chunk)
		total += int64(n)
		if total > limit || total > suspectSize && total > maxRatio*int64(len(raw)) {
			k.free()
			return nil, func() {}, errBomb
		}
		k.write(chunk[:n])
		if rerr != nil {
			return k.buf, k.free, nil
		}
	}
}

// keeper holds bytes as long as the budget lasts.
type keeper struct {
	mem  *budget
	buf  []byte
	full bool
}

func (k *keeper) write(p []byte) {
	if k.full || len(p) == 0 {
		return
	}
	if need := len(k.buf) + len(p); need > cap(k.buf) {
		grown := max(64*kib, 2*cap(k.buf))
		if !k.mem.take(int64(grown)) {
			k.full = true
			return
		}
		old := cap(k.buf)
		k.buf = append(make([]byte, 0, grown), k.buf...)
		k.mem.give(int64(old))
	}
	k.buf = append(k.buf, p...)
}

func (k *keeper) free() {
	k.mem.give(int64(cap(k.buf)))
	k.buf, k.full = nil, true
}
