// Package body reads the bodies of HTTP requests that carry telemetry: it undoes Content-Encoding and keeps both the
// bytes that arrive and the bytes that come out within limits, so that neither a large upload nor a compression bomb
// costs more memory than the limit says.
package body

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
)

// Limits bound one body.
type Limits struct {
	Encoded int64   // bytes as sent; 0 is DefaultEncoded
	Decoded int64   // bytes after decompression, of every layer where encodings are nested; 0 is DefaultDecoded
	Budget  *Budget // of all bodies that are read at a time
}

// Defaults of Limits, in bytes.
const (
	DefaultEncoded = 16 << 20
	DefaultDecoded = 32 << 20
)

// AcceptEncoding lists what Read undoes, for the Accept-Encoding header of a 415 answer (RFC 9110, 12.5.3).
const AcceptEncoding = "gzip, zstd, deflate"

// maxLayers is how many encodings one body may have over each other. No client sends two; each costs a window.
const maxLayers = 2

// Error says why a body was not read, and with which status to answer. Reason is safe to send back; the cause is not.
type Error struct {
	Status int // 400 malformed, 408 too slow, 413 too large, 415 unknown encoding, 429 too many are read at once
	Reason string
	Err    error // nil where a limit or rule was broken
}

func (e *Error) Error() string {
	if e.Err == nil {
		return "read request body: " + e.Reason
	}
	return "read request body: " + e.Reason + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Refuse answers a request whose body Read refused: the status and headers that go with err, and its reason as plain
// text. Receivers with an error format of their own use Error's fields instead.
func Refuse(w http.ResponseWriter, err error) {
	status, reason := http.StatusBadRequest, "the body cannot be read"
	var e *Error
	if errors.As(err, &e) {
		status, reason = e.Status, e.Reason
	}
	if status == http.StatusUnsupportedMediaType {
		w.Header().Set("Accept-Encoding", AcceptEncoding)
	}
	http.Error(w, reason, status)
}

// Read returns the decoded body. Every error is an *Error.
//
// Up to the moment the whole body is known to be good at most Limits.Decoded bytes of it are held, plus one window a
// layer (8 MiB at most); a body of a good size is then copied once. Nothing is allocated on the word of a header.
func Read(r *http.Request, l Limits) ([]byte, error) {
	if l.Encoded <= 0 {
		l.Encoded = DefaultEncoded
	}
	if l.Decoded <= 0 {
		l.Decoded = DefaultDecoded
	}
	layers, err := encodings(r.Header.Values("Content-Encoding"))
	if err != nil {
		return nil, err
	}
	if r.ContentLength > l.Encoded {
		return nil, tooLarge("the body", l.Encoded)
	}
	if r.Body == nil {
		return nil, nil
	}
	wire := &source{r: r.Body}
	var in io.Reader = &bounded{r: wire, left: l.Encoded, err: tooLarge("the body", l.Encoded)}
	for i := len(layers) - 1; i >= 0; i-- { // the encoding applied last is undone first
		decoded, release, openErr := layers[i].open(in)
		if openErr != nil {
			return nil, classify(openErr, wire, layers[i])
		}
		defer release()
		in = &bounded{r: decoded, left: l.Decoded, err: tooLarge("the decompressed body", l.Decoded)}
	}
	if len(layers) == 0 && l.Decoded < l.Encoded {
		in = &bounded{r: in, left: l.Decoded, err: tooLarge("the body", l.Decoded)}
	}
	held := &hold{of: l.Budget}
	defer held.release()
	out, err := readAll(in, r.ContentLength, held)
	if err != nil {
		return nil, classify(err, wire, layers...)
	}
	return out, nil
}

// classify makes an Error of what a reader of the chain returned. A failing connection is told from bad data by asking
// the wire: decoders turn an early end into errors of their own.
func classify(err error, wire *source, layers ...encoding) error {
	if e := (*Error)(nil); errors.As(err, &e) {
		return e
	}
	if wire.err != nil {
		err = wire.err
		var maxBytes *http.MaxBytesError
		var timeout net.Error
		switch {
		case errors.As(err, &maxBytes): // the server in front has a limit of its own
			e := tooLarge("the body", maxBytes.Limit)
			e.Err = err
			return e
		case errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
			return &Error{Status: http.StatusRequestTimeout, Reason: "the body did not arrive in time", Err: err}
		}
		return &Error{Status: http.StatusBadRequest, Reason: "the body ended early", Err: err}
	}
	if isWindowTooLarge(err) {
		return &Error{Status: http.StatusRequestEntityTooLarge, Reason: fmt.Sprintf("the zstd window is larger than %d bytes", maxWindow), Err: err}
	}
	reason := "the body is malformed"
	if len(layers) > 0 {
		reason = "the body is not valid " + layers[0].name
	}
	return &Error{Status: http.StatusBadRequest, Reason: reason, Err: err}
}

func tooLarge(what string, limit int64) *Error {
	return &Error{Status: http.StatusRequestEntityTooLarge, Reason: fmt.Sprintf("%s is larger than %d bytes", what, limit)}
}

func tooMany() *Error {
	return &Error{Status: http.StatusTooManyRequests, Reason: "too much is under way, try again soon"}
}

// source remembers what went wrong on the wire.
type source struct {
	r   io.Reader
	err error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

// bounded fails with err as soon as there is a byte more than left.
type bounded struct {
	r    io.Reader
	left int64
	err  *Error
}

func (b *bounded) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.r.Read(p)
	if int64(n) > b.left {
		n, err = int(b.left), b.err
	}
	b.left -= int64(n)
	return n, err
}

// Sizes of the pieces in which a body of unknown size is gathered.
const (
	firstPiece = 16 << 10
	maxPiece   = 1 << 20
)

// readAll reads to the end. It gathers pieces and joins them at the end: growing one slice would hold the body up to
// two and a half times before a limit is met.
func readAll(r io.Reader, hint int64, held *hold) ([]byte, error) {
	size := int64(firstPiece)
	if hint > 0 {
		size = min(hint+1, maxPiece) // one more, so that the end is met without another piece
	}
	var pieces [][]byte
	total := 0
	defer func() { recycle(pieces) }()
	for {
		if !held.take(size) {
			return nil, tooMany()
		}
		piece := newPiece(size)
		n, err := fill(r, piece)
		total += n
		if n > 0 {
			pieces = append(pieces, piece[:n])
		}
		if err == io.EOF { //nolint:errorlint // the end is the bare value; a wrapped one is data that was cut
			if len(pieces) > 1 && !held.take(int64(total)) {
				return nil, tooMany()
			}
			whole := join(pieces, total)
			if len(pieces) == 1 {
				pieces = nil // it is the body itself
			}
			return whole, nil
		}
		if err != nil {
			return nil, err
		}
		size = min(2*size, maxPiece)
	}
}

// largePieces are used again, so that a crowd of bombs does not leave its garbage behind.
var largePieces = sync.Pool{New: func() any { return new([maxPiece]byte) }}

func newPiece(size int64) []byte {
	if size < maxPiece {
		return make([]byte, size)
	}
	return largePieces.Get().(*[maxPiece]byte)[:]
}

func recycle(pieces [][]byte) {
	for _, p := range pieces {
		if cap(p) == maxPiece {
			largePieces.Put((*[maxPiece]byte)(p[:maxPiece]))
		}
	}
}

// fill reads until p is full or r ends. Unlike io.ReadFull it leaves the error as it is: a decoder's unexpected end
// must not look like the end.
func fill(r io.Reader, p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		var m int
		m, err = r.Read(p[n:])
		n += m
	}
	return n, err
}

func join(pieces [][]byte, total int) []byte {
	if len(pieces) == 1 {
		return pieces[0]
	}
	out := make([]byte, 0, total)
	for _, p := range pieces {
		out = append(out, p...)
	}
	return out
}
