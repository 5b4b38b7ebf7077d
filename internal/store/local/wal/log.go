package wal

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/telltale-dev/telltale/internal/store/local/disk"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// Options of a log. Zero values are replaced by those named.
type Options struct {
	SegmentBytes int64         // a segment is closed beyond this: 32 MiB
	QueueBytes   int64         // encoded bytes that may wait for the disk: 32 MiB
	QueueLen     int           // batches that may wait: 4096
	RetryEvery   time.Duration // how often a log that cannot write tries again: one second

	// Apply is called for each durable batch, in order of sequence numbers and before its Append returns.
	Apply  func(Position, *telemetry.Batch)
	Logger *slog.Logger
	Now    func() time.Time
}

func (o *Options) fill() {
	if o.SegmentBytes <= 0 {
		o.SegmentBytes = 32 << 20
	}
	if o.QueueBytes <= 0 {
		o.QueueBytes = 32 << 20
	}
	if o.QueueLen <= 0 {
		o.QueueLen = 4096
	}
	if o.RetryEvery <= 0 {
		o.RetryEvery = time.Second
	}
	if o.Apply == nil {
		o.Apply = func(Position, *telemetry.Batch) {}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
}

// Log is a write-ahead log. Open, Replay, Start, then Append and Release by any goroutine, then Close.
type Log struct {
	fs    disk.FS
	dir   string
	opts  Options
	queue queue

	commits chan []*entry // durable groups on their way to Apply
	done    sync.WaitGroup

	// What the committer alone uses.
	file    disk.File
	salt    uint32 // of the open segment
	written int64  // good bytes of the open segment
	end     Position
	buf     []byte
	retryAt time.Time

	mu       sync.Mutex
	segments []segment // the last one is being written
	failure  error     // why nothing can be written now
	bytes    atomic.Int64
}

// Open reads which segments there are. The folder is made if need be; nothing else is written.
func Open(fsys disk.FS, dir string, o Options) (*Log, error) {
	o.fill()
	if err := fsys.MkdirAll(dir); err != nil {
		return nil, fmt.Errorf("make folder of the write-ahead log: %w", err)
	}
	segments, err := listSegments(fsys, dir)
	if err != nil {
		return nil, err
	}
	l := &Log{fs: fsys, dir: dir, opts: o, segments: segments, commits: make(chan []*entry, 1)}
	l.queue.init(o.QueueBytes, o.QueueLen)
	for i := range segments {
		l.bytes.Add(segments[i].size)
	}
	return l, nil
}

// Empty reports whether there is no segment.
func (l *Log) Empty() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.segments) == 0
}

// Start begins a new segment after what was replayed, and takes batches from then on. A disk that is full or fails is no
// error: the log is as Err says, and tries again. A folder that may not be written is one.
func (l *Log) Start() error {
	if err := l.openSegment(); err != nil {
		if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) {
			return err
		}
		l.fail(err)
	}
	l.done.Go(l.commitLoop)
	l.done.Go(l.applyLoop)
	return nil
}

// Close writes what is in the queue and ends. It may be called more than once, or without Start.
func (l *Log) Close() error {
	if !l.queue.close() {
		return nil
	}
	l.done.Wait()
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}

// Err says why the log cannot write now; nil if it can.
func (l *Log) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.failure
}

// Bytes is the size of all segments.
func (l *Log) Bytes() int64 { return l.bytes.Load() }

// Roll lets the next batch begin a new segment, so that Release can remove the one before.
func (l *Log) Roll() { l.queue.demand(&l.queue.roll) }

// Probe lets a log that cannot write try again, without waiting for a batch.
func (l *Log) Probe() { l.queue.demand(&l.queue.probe) }

// Release removes segments that hold nothing after a sequence number.
func (l *Log) Release(seq uint64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	removed := 0
	var err error
	for len(l.segments)-removed > 1 {
		s, next := &l.segments[removed], &l.segments[removed+1]
		if !next.valid && removed+2 < len(l.segments) {
			next = &l.segments[removed+2]
		}
		if !next.valid || next.start.Seq > seq {
			break
		}
		if err = l.fs.Remove(s.name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			err = fmt.Errorf("remove segment %s: %w", s.name, err)
			break
		}
		l.bytes.Add(-s.size)
		removed++
	}
	l.segments = l.segments[removed:]
	if removed == 0 || err != nil {
		return err
	}
	return l.fs.SyncDir(l.dir)
}

// openSegment begins a new segment at l.end.
func (l *Log) openSegment() error {
	s := segment{ordinal: 1, start: l.end, valid: true, size: segmentHeader}
	l.mu.Lock()
	if n := len(l.segments); n > 0 {
		s.ordinal = l.segments[n-1].ordinal + 1
	}
	l.mu.Unlock()
	var salt [4]byte
	_, _ = rand.Read(salt[:]) // never fails
	s.salt = binary.LittleEndian.Uint32(salt[:])
	s.name = segmentName(l.dir, s.ordinal)

	f, err := l.fs.Create(s.name)
	if err != nil {
		return fmt.Errorf("make segment %s: %w", s.name, err)
	}
	header := appendHeader(appendHeader(nil, s.salt, s.start), s.salt, s.start)
	_, err = f.Write(header)
	if err == nil {
		err = f.Sync()
	}
	if err == nil {
		err = l.fs.SyncDir(path.Clean(l.dir))
	}
	if err != nil {
		_ = f.Close()
		_ = l.fs.Remove(s.name)
		return fmt.Errorf("begin segment %s: %w", s.name, err)
	}
	l.file, l.salt, l.written = f, s.salt, segmentHeader
	l.mu.Lock()
	l.segments = append(l.segments, s)
	l.mu.Unlock()
	l.bytes.Add(s.size)
	return nil
}

// Append makes a batch durable. Errors: telemetry.ErrOverloaded when the queue is full, telemetry.ErrReadOnly with the
// cause when the disk refuses, telemetry.ErrStopped, or that of ctx; after any of them nothing of the batch is kept.
func (l *Log) Append(ctx context.Context, b *telemetry.Batch) error {
	waiting, err := l.queue.admits()
	if err != nil {
		return err
	}
	e, err := l.encode(b, waiting)
	if err != nil {
		return err
	}
	if err := l.queue.push(e); err != nil {
		e.release()
		return err
	}
	select {
	case err = <-e.done:
	case <-ctx.Done():
		if l.queue.withdraw(e) {
			e.release()
			return ctx.Err()
		}
		err = <-e.done // it is on its way to the disk
	}
	e.release()
	return err
}
