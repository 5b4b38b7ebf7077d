package api_test

import (
	"net/http"
	"strings"
	"sync"
	"time"
)

// stuckWriter is a client that takes the first bytes, and nothing more until it is released.
type stuckWriter struct {
	release chan struct{}
	stuck   chan struct{}

	mu     sync.Mutex
	header http.Header
	body   strings.Builder
}

func (w *stuckWriter) Header() http.Header {
	if w.header == nil {
		w.header = http.Header{}
	}
	return w.header
}

func (w *stuckWriter) WriteHeader(int) {}

func (w *stuckWriter) Write(p []byte) (int, error) {
	if strings.HasPrefix(string(p), ": heartbeat") {
		select {
		case w.stuck <- struct{}{}:
			<-w.release
		default:
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.body.Write(p)
}

// Flush and SetWriteDeadline are what http.ResponseController asks for.
func (w *stuckWriter) Flush() {}

func (w *stuckWriter) SetWriteDeadline(time.Time) error { return nil }

func (w *stuckWriter) text() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.body.String()
}
