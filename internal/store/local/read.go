package local

import (
	"context"
	"errors"
	"iter"

	"github.com/telltale-dev/telltale/internal/store/local/exec"
	"github.com/telltale-dev/telltale/internal/store/local/part"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// snapshot is what a query reads. Parts stay open, and memtables as they are, until the returned function is called, once.
func (s *Store) snapshot() (*exec.Snapshot, func()) {
	s.used()
	s.hotMu.Lock()
	defer s.hotMu.Unlock()
	s.mu.RLock()
	defer s.mu.RUnlock()
	snap := &exec.Snapshot{Parts: make([]*part.Part, 0, len(s.parts))}
	for i := range s.manifest.Parts {
		if p := s.parts[s.manifest.Parts[i].Name]; p != nil {
			snap.Parts = append(snap.Parts, p.Retain())
		}
	}
	var read []*hot
	for _, h := range s.hot() {
		if h.mem.Rows() > 0 {
			h.users++
			read = append(read, h)
			snap.Memtables = append(snap.Memtables, h.mem.Snapshot())
		}
	}
	return snap, func() {
		for _, p := range snap.Parts {
			_ = p.Close()
		}
		s.hotMu.Lock()
		defer s.hotMu.Unlock()
		for _, h := range read {
			s.leave(h)
		}
	}
}

// Trace implements telemetry.Reader.
func (s *Store) Trace(ctx context.Context, id telemetry.TraceID, r telemetry.Range, light bool) (telemetry.Records, error) {
	if err := s.ready(); err != nil {
		return telemetry.Records{}, err
	}
	return s.engine.Trace(ctx, id, r, light)
}

// Request implements telemetry.Reader.
func (s *Store) Request(ctx context.Context, id string, r telemetry.Range, light bool) (telemetry.Records, error) {
	if err := s.ready(); err != nil {
		return telemetry.Records{}, err
	}
	return s.engine.Request(ctx, id, r, light)
}

// Spans implements telemetry.Reader.
func (s *Store) Spans(ctx context.Context, q *telemetry.Query) iter.Seq2[*telemetry.Span, error] {
	if err := s.ready(); err != nil {
		return only[*telemetry.Span](err)
	}
	return s.engine.Spans(ctx, q)
}

// Logs implements telemetry.Reader.
func (s *Store) Logs(ctx context.Context, q *telemetry.Query) iter.Seq2[*telemetry.Log, error] {
	if err := s.ready(); err != nil {
		return only[*telemetry.Log](err)
	}
	return s.engine.Logs(ctx, q)
}

// Aggregate implements telemetry.Reader.
func (s *Store) Aggregate(ctx context.Context, q *telemetry.AggregateQuery) (*telemetry.Table, error) {
	if err := s.ready(); err != nil {
		return nil, err
	}
	return s.engine.Aggregate(ctx, q)
}

// Values implements telemetry.Reader.
func (s *Store) Values(ctx context.Context, f telemetry.FieldRef, prefix string, r telemetry.Range, limit int) ([]string, error) {
	if err := s.ready(); err != nil {
		return nil, err
	}
	return s.engine.Values(ctx, f, prefix, r, limit)
}

// Recent implements telemetry.Reader. It is asked at the start, when there is nobody who could ask again: a part in which
// it meets damage is set aside, and it begins anew without it, with identities that it has told before.
func (s *Store) Recent(ctx context.Context, since int64) iter.Seq2[telemetry.Identity, error] {
	if err := s.ready(); err != nil {
		return only[telemetry.Identity](err)
	}
	return func(yield func(telemetry.Identity, error) bool) {
		for again := true; again; {
			again = false
			for id, err := range s.engine.Recent(ctx, since) {
				if corrupt, ok := errors.AsType[*part.CorruptError](err); ok && s.dropPart(ctx, corrupt.Name) {
					again = true
					break
				}
				if !yield(id, err) {
					return
				}
			}
		}
	}
}

// Capabilities implements telemetry.Reader.
func (s *Store) Capabilities() telemetry.Capabilities { return s.engine.Capabilities() }

// only is a sequence of nothing but an error.
func only[T any](err error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		yield(zero, err)
	}
}
