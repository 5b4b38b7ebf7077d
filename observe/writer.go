package observe

import (
	"bufio"
	"context"
	"errors"
	"io"
	"math"
	"net"
	"net/http"
)

// writer notes what is answered. It is part of an exchange and implements what every http.ResponseWriter does, and
// io.ReaderFrom and io.StringWriter, which are made of Write where the one below has neither; what only some do is in the
// types below, so that a type assertion finds with the writers of net/http what it would find without.
//
// One thing cannot be passed on: http.MaxBytesReader tells the writer of net/http by a method of that package alone that a
// body was too large, and the connection is closed then. So it is closed after any status 413, see note.
type writer struct {
	http.ResponseWriter
	in       *http.Request // as it came; its context is done when the client is gone
	bytes    int64
	status   int16 // 0 until a header is written
	gone     bool  // the context was cancelled before the header was written
	failed   bool  // something could not be written
	hijacked bool
	quiet    bool // the request is not recorded
	traced   bool // the request has a span
}

// WriteHeader implements http.ResponseWriter. Informational headers are passed on and forgotten.
func (w *writer) WriteHeader(status int) {
	if status >= 1000 { // net/http panics at it, and nothing is sent
		w.ResponseWriter.WriteHeader(status)
		return
	}
	if status >= 200 || status == http.StatusSwitchingProtocols {
		w.note(status)
	}
	w.ResponseWriter.WriteHeader(status)
}

// note remembers the status of the answer, and whether there was still someone to read it.
func (w *writer) note(status int) {
	if w.status == 0 {
		w.status = int16(min(status, math.MaxInt16))
		w.gone = w.clientGone()
		if status == http.StatusRequestEntityTooLarge && w.in.ProtoMajor == 1 && w.in.ContentLength != 0 {
			w.Header().Set("Connection", "close") // the rest of the body is not waited for
		}
	}
}

func (w *writer) clientGone() bool { return errors.Is(w.in.Context().Err(), context.Canceled) }

// Write implements io.Writer.
func (w *writer) Write(p []byte) (int, error) {
	w.note(http.StatusOK)
	n, err := w.ResponseWriter.Write(p)
	w.wrote(int64(n), err)
	return n, err
}

// WriteString implements io.StringWriter.
func (w *writer) WriteString(s string) (int, error) {
	w.note(http.StatusOK)
	n, err := io.WriteString(w.ResponseWriter, s)
	w.wrote(int64(n), err)
	return n, err
}

func (w *writer) wrote(n int64, err error) {
	w.bytes += n
	w.failed = w.failed || err != nil
}

// ReadFrom implements io.ReaderFrom, by which net/http sends files without copying them. If r panics, nobody knows what of
// it was sent: the answer counts as begun.
func (w *writer) ReadFrom(r io.Reader) (n int64, err error) {
	gone, ended := w.clientGone(), false
	defer func() {
		w.wrote(n, err)
		if w.status == 0 && (n > 0 || !ended) {
			w.status, w.gone = http.StatusOK, gone
		}
	}()
	n, err = io.Copy(w.ResponseWriter, r)
	ended = true
	return n, err
}

// Unwrap is for http.ResponseController.
func (w *writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// flush implements http.Flusher and what http.ResponseController looks for before it.
func (w *writer) flush() error {
	w.note(http.StatusOK)
	if f, ok := w.ResponseWriter.(interface{ FlushError() error }); ok {
		return f.FlushError()
	}
	w.ResponseWriter.(http.Flusher).Flush()
	return nil
}

func (w *writer) hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffered, err := w.ResponseWriter.(http.Hijacker).Hijack()
	if err == nil {
		w.hijacked = true
		w.note(http.StatusSwitchingProtocols)
	}
	return conn, buffered, err
}

func (w *writer) push(target string, o *http.PushOptions) error {
	return w.ResponseWriter.(http.Pusher).Push(target, o)
}

// closeNotifier is http.CloseNotifier, which is deprecated and still asked for.
type closeNotifier interface{ CloseNotify() <-chan bool }

func (w *writer) closeNotify() <-chan bool { return w.ResponseWriter.(closeNotifier).CloseNotify() }

// Each is one pointer, so that making an interface of it allocates nothing.
type (
	flushWriter       struct{ *writer }
	hijackWriter      struct{ *writer }
	flushHijackWriter struct{ *writer }
	http1Writer       struct{ *writer } // as of net/http
	http2Writer       struct{ *writer }
)

func (w flushWriter) Flush()                                             { _ = w.flush() }
func (w flushWriter) FlushError() error                                  { return w.flush() }
func (w hijackWriter) Hijack() (net.Conn, *bufio.ReadWriter, error)      { return w.hijack() }
func (w flushHijackWriter) Flush()                                       { _ = w.flush() }
func (w flushHijackWriter) FlushError() error                            { return w.flush() }
func (w flushHijackWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) { return w.hijack() }
func (w http1Writer) Flush()                                             { _ = w.flush() }
func (w http1Writer) FlushError() error                                  { return w.flush() }
func (w http1Writer) Hijack() (net.Conn, *bufio.ReadWriter, error)       { return w.hijack() }
func (w http1Writer) CloseNotify() <-chan bool                           { return w.closeNotify() }
func (w http2Writer) Flush()                                             { _ = w.flush() }
func (w http2Writer) FlushError() error                                  { return w.flush() }
func (w http2Writer) CloseNotify() <-chan bool                           { return w.closeNotify() }
func (w http2Writer) Push(target string, o *http.PushOptions) error      { return w.push(target, o) }

// wrap returns w with the abilities of what it stands for. Of writers that are not of net/http it passes on whether they
// flush and hijack.
func (w *writer) wrap() http.ResponseWriter {
	_, flushes := w.ResponseWriter.(http.Flusher)
	_, hijacks := w.ResponseWriter.(http.Hijacker)
	_, notifies := w.ResponseWriter.(closeNotifier)
	switch {
	case flushes && hijacks && notifies:
		return http1Writer{w}
	case flushes && hijacks:
		return flushHijackWriter{w}
	case flushes && notifies:
		if _, pushes := w.ResponseWriter.(http.Pusher); pushes {
			return http2Writer{w}
		}
		return flushWriter{w}
	case flushes:
		return flushWriter{w}
	case hijacks:
		return hijackWriter{w}
	}
	return w
}
