package metrics

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/klauspost/compress/snappy"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/semaphore"
)

// Bounds of what is received at once, over all senders. A decoded byte of remote write costs some four while it is taken; where
// weigh finds that it costs more, the request counts as if it had as many bytes.
const (
	maxPlainBytes = 64 << 20
	maxQueries    = 1000 // of a remote read request
	retryOverload = "1"  // seconds
	retryDisk     = "30" // seconds
)

// receivers bound the bytes of remote write that are in memory.
type receivers struct {
	plain   *semaphore.Weighted
	refused *prometheus.CounterVec
}

func newReceivers(reg prometheus.Registerer) (*receivers, error) {
	r := &receivers{plain: semaphore.NewWeighted(maxPlainBytes), refused: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "telltale_metrics_writes_refused_total",
		Help: "Remote-write requests that were told to come again, by reason: overload, disk.",
	}, []string{"reason"})}
	for _, reason := range []string{"overload", "disk"} {
		r.refused.WithLabelValues(reason)
	}
	return r, reg.Register(r.refused)
}

// receive passes a request on that brings samples, or says when to come again. Answers 429 and 503 are tried again by every
// sender of remote write and OTLP.
func (s *Server) receive(w http.ResponseWriter, r *http.Request, path string) {
	if err := s.disk.refuse(); err != nil {
		s.receivers.refused.WithLabelValues("disk").Inc()
		w.Header().Set("Retry-After", retryDisk)
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	if path != "/api/v1/write" { // OTLP has limits of its own
		s.handler.ServeHTTP(w, r)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxWrite)
	size := max(r.ContentLength, 0) // what is sent is held until it is decoded
	if size > maxWrite {
		http.Error(w, tooLarge(maxWrite).Error(), http.StatusRequestEntityTooLarge)
		return
	}
	if !s.receivers.plain.TryAcquire(size) {
		s.overload(w)
		return
	}
	r, err := bounded(w, r, maxWrite, maxWritePlain)
	s.receivers.plain.Release(size)
	if err != nil {
		http.Error(w, err.Error(), statusOf(err))
		return
	}
	encoded := r.Body.(block) //nolint:forcetypeassert // bounded made it
	if !s.receivers.plain.TryAcquire(encoded.plain) {
		s.overload(w)
		return
	}
	defer s.receivers.plain.Release(encoded.plain)
	weight, _, err := encoded.weigh()
	if err != nil {
		http.Error(w, err.Error(), statusOf(err))
		return
	}
	more := max(weight/4-encoded.plain, 0)
	if encoded.plain+more > maxPlainBytes {
		http.Error(w, fmt.Sprintf("the body has so many entries that it takes more than %d bytes of memory", 4*maxPlainBytes),
			http.StatusRequestEntityTooLarge)
		return
	}
	if !s.receivers.plain.TryAcquire(more) {
		s.overload(w)
		return
	}
	defer s.receivers.plain.Release(more)
	s.handler.ServeHTTP(w, r)
}

// boundedRead is bounded for a remote read request, which has so many queries at most.
func boundedRead(w http.ResponseWriter, r *http.Request) (*http.Request, error) {
	r, err := bounded(w, r, maxReadQuery, maxReadPlain)
	if err != nil {
		return r, err
	}
	weight, queries, err := r.Body.(block).weigh() //nolint:forcetypeassert // bounded made it
	if err == nil && (queries > maxQueries || weight > maxPlainBytes) {
		err = &requestError{http.StatusRequestEntityTooLarge, fmt.Sprintf("a request has %d queries at most, and no more matchers than they need", maxQueries)}
	}
	return r, err
}

func (s *Server) overload(w http.ResponseWriter) {
	s.receivers.refused.WithLabelValues("overload").Inc()
	w.Header().Set("Retry-After", retryOverload)
	http.Error(w, "too much is being written at once, come again", http.StatusTooManyRequests)
}

// block is a body in memory, in snappy's block format, that knows how long it is when decoded.
type block struct {
	*bytes.Reader
	encoded []byte
	plain   int64
}

func (block) Close() error { return nil }

func (b block) weigh() (weight int64, entries int, err error) {
	plain, err := snappy.Decode(nil, b.encoded)
	if err != nil {
		return 0, 0, &requestError{http.StatusBadRequest, "the body is not in snappy's block format"}
	}
	weight, entries = weigh(plain)
	return weight, entries, nil
}

// bounded reads a body in snappy's block format whole, without decoding it: its first bytes say how long it will be.
func bounded(w http.ResponseWriter, r *http.Request, encoded, plain int64) (*http.Request, error) {
	in, err := io.ReadAll(http.MaxBytesReader(w, r.Body, encoded))
	if err != nil {
		if errors.As(err, new(*http.MaxBytesError)) {
			return r, tooLarge(encoded)
		}
		return r, &requestError{http.StatusBadRequest, "the body cannot be read"}
	}
	size, err := snappy.DecodedLen(in)
	if err != nil {
		return r, &requestError{http.StatusBadRequest, "the body is not in snappy's block format"}
	}
	if int64(size) > plain {
		return r, tooLarge(plain)
	}
	r.Body = block{bytes.NewReader(in), in, int64(size)}
	return r, nil
}

func tooLarge(limit int64) error {
	return &requestError{http.StatusRequestEntityTooLarge, fmt.Sprintf("the body has more than %d bytes", limit)}
}
