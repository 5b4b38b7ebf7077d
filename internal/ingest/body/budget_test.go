package body

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

// slow gives a body piece by piece and waits in between until it is told to go on.
type slow struct {
	r    io.Reader
	went chan struct{}
	wait chan struct{}
}

func (s *slow) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil {
		s.went <- struct{}{}
		<-s.wait
	}
	return n, err
}

func TestBodiesShareABudget(t *testing.T) {
	limits := Limits{Decoded: 32 << 20, Budget: NewBudget(8 << 20)}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write(make([]byte, 6<<20)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	read := func(r io.Reader) (int, error) {
		req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", r)
		req.Header.Set("Content-Encoding", "gzip")
		out, err := Read(req, limits)
		return len(out), err
	}
	first := &slow{r: bytes.NewReader(packed.Bytes()), went: make(chan struct{}, 16), wait: make(chan struct{})}
	done := make(chan error, 1)
	go func() {
		n, err := read(first) // alone it may take more than the budget: 6 MiB, and once more to join them
		if err == nil && n != 6<<20 {
			err = errors.New("the body is not whole")
		}
		done <- err
	}()
	<-first.went // all but its end is there
	var refused *Error
	if _, err := read(bytes.NewReader(packed.Bytes())); !errors.As(err, &refused) || refused.Status != http.StatusTooManyRequests {
		t.Errorf("a second body beside it: %v, want 429", err)
	}
	close(first.wait)
	if err := <-done; err != nil {
		t.Errorf("the first body: %v", err)
	}
	if _, err := read(bytes.NewReader(packed.Bytes())); err != nil {
		t.Errorf("afterwards: %v", err)
	}
	if left := limits.Budget.used.Load(); left != 0 {
		t.Errorf("%d bytes are still held", left)
	}
}
