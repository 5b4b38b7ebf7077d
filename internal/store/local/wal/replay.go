package wal

import (
	"context"
	"fmt"
	"math"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// Damage is a place of the log that held acknowledged batches and cannot be read.
type Damage struct {
	Segment string
	Offset  int64
	Length  int64
	Spans   int64 // lost records that had been accepted
	Logs    int64
	Reason  string
}

// Report tells what a replay found.
type Report struct {
	End      Position // after the last batch that was replayed or lost
	Segments int
	Frames   int
	Bytes    int64 // read
	Torn     int64 // bytes at the end of the log that never became a whole batch, and were not acknowledged
	Damage   []Damage
}

// Replay hands every batch after a position to apply, in order. Damaged places are stepped over and reported; an error of
// apply or of the disk ends it.
func (l *Log) Replay(ctx context.Context, from Position, apply func(Position, *telemetry.Batch) error) (Report, error) {
	r := replay{log: l, apply: apply, report: Report{End: from, Segments: len(l.segments)}}
	var buf []byte
	for i := range l.segments {
		s := &l.segments[i]
		limit, next := l.limitOf(i)
		if limit <= from.Seq+1 && next != nil { // covered by parts
			continue
		}
		b, err := s.read(l.fs, buf)
		if err != nil {
			return r.report, err
		}
		buf = b
		r.report.Bytes += int64(len(b))
		if err := r.segment(ctx, s, b, limit, next); err != nil {
			return r.report, err
		}
	}
	l.end = r.report.End
	return r.report, nil
}

// Reread hands the batches after one sequence number up to another to tell, in order, as far as there are any that can be
// read, and returns how many they were. It comes before Replay or instead of it.
func (l *Log) Reread(ctx context.Context, after, to uint64, tell func(seq uint64, b *telemetry.Batch)) (told int64, err error) {
	var buf []byte
	for i := range l.segments {
		s := &l.segments[i]
		limit, _ := l.limitOf(i)
		if !s.valid || limit <= after+1 || s.start.Seq >= to {
			continue
		}
		if buf, err = s.read(l.fs, buf); err != nil {
			return told, err
		}
		frames := s.frames(buf, limit)
		for j := range frames {
			f := &frames[j]
			if f.end.Seq <= after || f.end.Seq > to {
				continue
			}
			if err := ctx.Err(); err != nil {
				return told, err
			}
			if b, err := open(f.payload(buf)); err == nil {
				tell(f.end.Seq, b)
				told++
			}
		}
	}
	return told, nil
}

// limitOf returns the sequence number from which on the frames of a segment are void, and the header that says so, nil
// for the last segment.
func (l *Log) limitOf(i int) (uint64, *segment) {
	limit, next := uint64(math.MaxUint64), (*segment)(nil)
	for j := i + 1; j < len(l.segments); j++ {
		if n := &l.segments[j]; n.valid && n.start.Seq+1 < limit {
			limit, next = n.start.Seq+1, n
		}
	}
	return limit, next
}

type replay struct {
	log    *Log
	apply  func(Position, *telemetry.Batch) error
	report Report
}

func (r *replay) segment(ctx context.Context, s *segment, b []byte, limit uint64, next *segment) error {
	if !s.valid {
		r.unreadable(s, b, next)
		return nil
	}
	if s.start.Seq > r.report.End.Seq {
		r.lost(s, 0, 0, s.start, "the segment before is missing")
	}
	frames := s.frames(b, limit)
	acked := s.start.Seq
	if next != nil {
		acked = next.start.Seq
	}
	for i := range frames {
		acked = max(acked, frames[i].synced)
	}
	at := segmentHeader // end of the last frame
	for i := range frames {
		f := &frames[i]
		if err := ctx.Err(); err != nil {
			return err
		}
		if f.end.Seq <= r.report.End.Seq {
			at = f.at + f.size()
			continue
		}
		torn := f.end.Seq > r.report.End.Seq+1 && r.report.End.Seq >= acked
		if torn {
			break
		}
		if err := r.frame(s, b, at, f); err != nil {
			return err
		}
		at = f.at + f.size()
	}
	r.tail(s, b, at, acked, next)
	return nil
}

// frame replays one frame. What is missing before it was acknowledged, and so is damage.
func (r *replay) frame(s *segment, b []byte, at int, f *frame) error {
	batch, err := open(f.payload(b))
	if err != nil {
		r.lost(s, f.at, f.at+f.size(), f.end, err.Error())
		return nil
	}
	spans, logs := Accepted(batch)
	if f.end.Seq > r.report.End.Seq+1 {
		before := Position{Seq: f.end.Seq - 1, Spans: f.end.Spans - spans, Logs: f.end.Logs - logs}
		r.lost(s, at, f.at, before, "damaged frames")
	}
	r.report.End = f.end
	r.report.Frames++
	return r.apply(f.end, batch)
}

// lost notes that everything from the end of the replay up to a position cannot be read.
func (r *replay) lost(s *segment, from, to int, end Position, reason string) {
	r.report.Damage = append(r.report.Damage, Damage{
		Segment: s.name, Offset: int64(from), Length: int64(to - from), Reason: reason,
		Spans: max(0, end.Spans-r.report.End.Spans), Logs: max(0, end.Logs-r.report.End.Logs),
	})
	r.report.End = end
}

// tail judges what follows the last frame that was read.
func (r *replay) tail(s *segment, b []byte, at int, acked uint64, next *segment) {
	switch {
	case r.report.End.Seq >= acked:
		if next == nil {
			r.report.Torn += int64(len(b) - at)
		}
	case next != nil:
		r.lost(s, at, len(b), next.start, "damaged frames at the end of the segment")
	}
}

// unreadable handles a segment without a header. The last one was being made when the power went, if it has no frames.
func (r *replay) unreadable(s *segment, b []byte, next *segment) {
	if next == nil && len(b) <= segmentHeader {
		r.report.Torn += int64(len(b))
		return
	}
	end := r.report.End
	if next != nil && next.start.Seq > end.Seq {
		end = next.start
	}
	if len(b) > segmentHeader || end != r.report.End {
		r.lost(s, 0, len(b), end, fmt.Sprintf("no header in %d bytes", len(b)))
	}
}
