package gateway

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"errors"
	"io"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Bodies are unpacked by few unpackers, whose windows and buffers are used again, so that all of them together stay well
// below 64 MB whatever is sent: each has at most two windows and keepBytes.
const (
	unpackers  = 2
	zstdWindow = 8 * mib // the largest that RFC 9659 allows over HTTP
	keepBytes  = 8 * mib // of an unpacked body, looked into; the rest is measured
	restBytes  = mib     // an unpacker's buffer while it rests

	// A body is taken for a bomb once it has suspectSize and unpacks to more than maxRatio times what was sent.
	suspectSize = 4 * mib
	maxRatio    = 250
)

var (
	errBomb   = errors.New("the body unpacks to more than is allowed")
	errNested = errors.New("nested content encodings are not accepted")
)

// decoding holds the unpackers that rest.
type decoding chan *unpacker

func newDecoding() decoding {
	d := make(decoding, unpackers)
	for range unpackers {
		d <- &unpacker{chunk: make([]byte, 32*kib)}
	}
	return d
}

type unpacker struct {
	zstd  *zstd.Decoder
	chunk []byte
	buf   []byte
}

// aside unpacks a body that passes on as it was sent, and lets look see it, cut to keepBytes; of a damaged body what could
// be read, and nothing of a coding that is not known, which is nobody's concern but the provider's. It returns errBomb for
// one that unpacks to more than limit, or is suspicious, and errNested for more than one coding.
func (d decoding) aside(contentEncoding string, raw []byte, limit int64, look func(plain []byte)) error {
	_, err := d.measure(contentEncoding, raw, limit, look)
	return err
}

// measure is aside, and tells how large the body is in all.
func (d decoding) measure(contentEncoding string, raw []byte, limit int64, look func(plain []byte)) (total int64, err error) {
	coding, err := oneCoding(contentEncoding)
	if err != nil {
		return 0, err
	}
	u := <-d
	defer func() { d <- u }()
	defer u.rest()
	r := u.open(coding, bytes.NewReader(raw))
	if r == nil {
		look(nil)
		return 0, nil
	}
	for {
		n, err := r.Read(u.chunk)
		total += int64(n)
		if total > limit || total > suspectSize && total > maxRatio*int64(len(raw)) || isWindow(err) {
			return total, errBomb
		}
		u.buf = append(u.buf, u.chunk[:min(n, keepBytes-len(u.buf))]...)
		if err != nil {
			look(u.buf)
			return total, nil
		}
	}
}

// isWindow is for frames which ask for more memory than is given.
func isWindow(err error) bool {
	return errors.Is(err, zstd.ErrWindowSizeExceeded) || errors.Is(err, zstd.ErrDecoderSizeExceeded)
}

func oneCoding(contentEncoding string) (string, error) {
	coding := ""
	for c := range strings.SplitSeq(contentEncoding, ",") {
		if c = strings.ToLower(strings.TrimSpace(c)); c == "" || c == "identity" {
			continue
		}
		if coding != "" {
			return "", errNested
		}
		coding = c
	}
	return coding, nil
}

// open begins to unpack; nil if the coding is unknown or the body is not of it.
func (u *unpacker) open(coding string, src *bytes.Reader) io.Reader {
	switch coding {
	case "gzip", "x-gzip":
		if r, err := gzip.NewReader(src); err == nil {
			return r
		}
	case "deflate":
		r, err := zlib.NewReader(src)
		if err == nil {
			return r
		}
		_, _ = src.Seek(0, io.SeekStart)
		return flate.NewReader(src) // what some clients mean by deflate
	case "zstd":
		if u.zstd == nil {
			d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(zstdWindow), zstd.WithDecoderLowmem(true))
			if err != nil {
				return nil
			}
			u.zstd = d
		}
		if u.zstd.Reset(src) == nil {
			return u.zstd
		}
	}
	return nil
}

func (u *unpacker) rest() {
	if u.zstd != nil {
		_ = u.zstd.Reset(nil)
	}
	if u.buf = u.buf[:0]; cap(u.buf) > restBytes {
		u.buf = nil
	}
}
