package wal

import (
	"fmt"
	"hash/crc32"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// encode makes the frame of a batch, but for its header. So many bytes wait for the disk before it.
func (l *Log) encode(b *telemetry.Batch, waiting int64) (*entry, error) {
	e, _ := entries.Get().(*entry)
	enc := encoder{buf: e.raw[:0]}
	enc.encode(b)
	e.raw = enc.buf
	if len(e.raw) > MaxBatch {
		return nil, fmt.Errorf("a batch of %d MB is more than the %d MB that can be written at once", len(e.raw)>>20, MaxBatch>>20)
	}
	var room [frameHeader]byte
	e.buf = seal(append(e.buf[:0], room[:]...), e.raw, waiting+int64(len(e.raw)) >= compressFrom)
	e.crc = crc32.Checksum(e.buf[frameHeader:], castagnoli)
	e.batch = b
	e.spans, e.logs = Accepted(b)
	return e, nil
}

// commitLoop writes groups of frames until the log is closed and the queue is empty.
func (l *Log) commitLoop() {
	defer close(l.commits)
	for {
		group, roll, probe, ok := l.queue.take(nil)
		if !ok {
			return
		}
		err := l.ready(roll, probe)
		if err == nil && len(group) > 0 {
			err = l.write(group)
		}
		if err != nil {
			err = fmt.Errorf("%w: %w", telemetry.ErrReadOnly, err)
			for _, e := range group {
				e.done <- err
			}
			continue
		}
		if len(group) > 0 {
			l.commits <- group
		}
	}
}

// applyLoop hands over durable batches while the next ones are written.
func (l *Log) applyLoop() {
	for group := range l.commits {
		for _, e := range group {
			l.opts.Apply(e.end, e.batch)
			e.done <- nil
		}
	}
}

// ready sees to it that there is a segment to write to.
func (l *Log) ready(roll, probe bool) error {
	now := l.opts.Now()
	if l.file == nil && !probe && now.Before(l.retryAt) {
		return l.Err()
	}
	if l.file != nil && (roll || l.written >= l.opts.SegmentBytes) && l.written > segmentHeader {
		_ = l.file.Close() // all in it is synced
		l.file = nil
	}
	if l.file != nil {
		return nil
	}
	err := l.openSegment()
	if err != nil {
		l.retryAt = now.Add(l.opts.RetryEvery)
	}
	l.fail(err)
	return err
}

// write appends the frames of a group and syncs them.
func (l *Log) write(group []*entry) error {
	synced, end := l.end.Seq, l.end
	l.buf = l.buf[:0]
	for _, e := range group {
		end = end.plus(e.spans, e.logs)
		e.end = end
		putHeader(e.buf, l.salt, end, synced, e.crc)
		if len(group) > 1 {
			l.buf = append(l.buf, e.buf...)
		}
	}
	frames := l.buf
	if len(group) == 1 {
		frames = group[0].buf
	}
	_, err := l.file.Write(frames)
	if err == nil {
		err = l.file.Sync()
	}
	if err != nil {
		l.abandon(err)
		return err
	}
	l.end = end
	l.written += int64(len(frames))
	l.grow(int64(len(frames)))
	if cap(l.buf) > 2*groupBytes {
		l.buf = nil
	}
	return nil
}

func (l *Log) grow(n int64) {
	l.mu.Lock()
	l.segments[len(l.segments)-1].size += n
	l.mu.Unlock()
	l.bytes.Add(n)
}

// abandon gives up a segment whose write or sync failed: nobody knows what of the last group is on the disk, and a later
// sync would not tell. The next segment begins with the same sequence number, which makes the group void. Cutting the file
// helps where the disk is full, and where the process ends before there is a next segment.
func (l *Log) abandon(cause error) {
	cut := l.file.Truncate(l.written)
	if cut == nil {
		cut = l.file.Sync()
	}
	_ = l.file.Close()
	l.file = nil
	l.opts.Logger.Error("the write-ahead log cannot write", "error", cause, "cut", cut == nil)
	l.fail(cause)
}

// fail notes why nothing can be written, or with nil that it can again.
func (l *Log) fail(err error) {
	l.mu.Lock()
	before := l.failure
	l.failure = err
	l.mu.Unlock()
	if before != nil && err == nil {
		l.opts.Logger.Info("the write-ahead log can write again")
	}
}
