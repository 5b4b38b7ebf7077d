package wal

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/telltale-dev/telltale/internal/store/local/disk"
	"github.com/telltale-dev/telltale/internal/store/local/disk/disktest"
	"github.com/telltale-dev/telltale/internal/store/storetest"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// reopen replays a log from its beginning and starts it. It returns the names of the logs it held.
func reopen(t *testing.T, fsys disk.FS, o Options) (*Log, []string, Report) {
	t.Helper()
	l, err := Open(fsys, "wal", o)
	if err != nil {
		t.Fatal(err)
	}
	if err := fsys.SyncDir("."); err != nil {
		t.Fatal(err)
	}
	var names []string
	report, err := l.Replay(t.Context(), Position{}, func(_ Position, b *telemetry.Batch) error {
		for i := range b.Logs {
			names = append(names, b.Logs[i].Name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l, names, report
}

func named(name string) *telemetry.Batch {
	return &telemetry.Batch{Logs: []telemetry.Log{{Event: telemetry.Event{Name: name, Time: 5}}}}
}

func mustAppend(t *testing.T, l *Log, names ...string) {
	t.Helper()
	for _, n := range names {
		if err := l.Append(t.Context(), named(n)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestReadBackInOrderOverSegments(t *testing.T) {
	fsys := disktest.New()
	var applied []string
	o := Options{SegmentBytes: 2000, Apply: func(_ Position, b *telemetry.Batch) {
		for i := range b.Logs {
			applied = append(applied, b.Logs[i].Name)
		}
	}}
	l, _, _ := reopen(t, fsys, o)
	g := storetest.NewRecords(1)
	var want []string
	for range 60 {
		b := g.Batch(2, 3)
		for i := range b.Logs {
			want = append(want, b.Logs[i].Name)
		}
		if err := l.Append(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(want, applied); diff != "" {
		t.Errorf("applied out of order:\n%s", diff)
	}
	_ = l.Close()
	_, got, report := reopen(t, fsys.Crash(1), o)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("read back:\n%s", diff)
	}
	if report.Segments < 5 || report.Frames != 60 || report.End.Logs != 180 || report.End.Spans != 120 {
		t.Errorf("report: %+v", report)
	}
}

// One sync serves all that wait.
func TestGroupCommit(t *testing.T) {
	slow := &slowSync{FS: disktest.New()}
	l, _, _ := reopen(t, slow, Options{})
	before := slow.syncs.Load()
	hold := make(chan struct{})
	slow.hold.Store(&hold)
	var wg sync.WaitGroup
	add := func() {
		if err := l.Append(context.Background(), named("x")); err != nil {
			t.Error(err)
		}
	}
	wg.Go(add)
	for slow.syncs.Load() == before { // the first is on its way; all others come while it is
		time.Sleep(time.Millisecond)
	}
	for range 63 {
		wg.Go(add)
	}
	for l.waiting() < 63 {
		time.Sleep(time.Millisecond)
	}
	close(hold)
	wg.Wait()
	if n := slow.syncs.Load() - before; n > 4 {
		t.Errorf("64 batches took %d syncs", n)
	}
}

// slowSync takes a while, as a disk does.
type slowSync struct {
	disk.FS
	syncs atomic.Int64
	hold  atomic.Pointer[chan struct{}] // syncs wait for it
}

func (s *slowSync) Create(name string) (disk.File, error) {
	f, err := s.FS.Create(name)
	return &slowFile{File: f, fs: s}, err
}

type slowFile struct {
	disk.File
	fs *slowSync
}

func (f *slowFile) Sync() error {
	f.fs.syncs.Add(1)
	if hold := f.fs.hold.Load(); hold != nil {
		<-*hold
	}
	time.Sleep(2 * time.Millisecond)
	return f.File.Sync()
}

// What waits for a disk that hangs is bounded; who gives up before its turn leaves nothing behind.
func TestOverloadAndCancellation(t *testing.T) {
	mem := disktest.New()
	slow := &slowSync{FS: mem}
	l, _, _ := reopen(t, slow, Options{QueueLen: 3})
	hold := make(chan struct{})
	slow.hold.Store(&hold)

	ctx, cancel := context.WithCancel(t.Context())
	first, waiting := make(chan error, 1), make(chan error, 3)
	go func() { first <- l.Append(ctx, named("on its way")) }()
	for slow.syncs.Load() < 2 {
		time.Sleep(time.Millisecond)
	}
	for range 3 {
		go func() { waiting <- l.Append(ctx, named("given up")) }()
	}
	for admitted(l) {
		time.Sleep(time.Millisecond)
	}
	if err := l.Append(t.Context(), named("too many")); !errors.Is(err, telemetry.ErrOverloaded) {
		t.Errorf("append to a full queue: %v", err)
	}
	cancel()
	for range 3 {
		if err := <-waiting; !errors.Is(err, context.Canceled) {
			t.Errorf("a batch that was given up: %v", err)
		}
	}
	close(hold)
	if err := <-first; err != nil {
		t.Errorf("a batch on its way to the disk when its sender gave up: %v, want the truth", err)
	}
	_ = l.Close()
	if err := l.Append(t.Context(), named("late")); !errors.Is(err, telemetry.ErrStopped) {
		t.Errorf("append after close: %v", err)
	}
	_, got, _ := reopen(t, mem, Options{})
	if diff := cmp.Diff([]string{"on its way"}, got); diff != "" {
		t.Error(diff)
	}
}

// A batch whose sync failed is refused, and does not come back, whatever of it reached the disk; what was acknowledged
// before and after does.
func TestFailedSyncIsVoid(t *testing.T) {
	for seed := range uint64(40) {
		fsys := disktest.New()
		l, _, _ := reopen(t, fsys, Options{RetryEvery: 1})
		mustAppend(t, l, "a", "b")
		fault := &disktest.Fault{Call: fsys.Calls() + 1 + int(seed%2), Count: 1 + int(seed/2%3)}
		fsys.Inject(fault)
		err := l.Append(t.Context(), named("refused"))
		if !errors.Is(err, telemetry.ErrReadOnly) || !errors.Is(err, syscall.EIO) {
			t.Fatalf("append on a failing disk: %v", err)
		}
		if l.Err() == nil {
			t.Error("the log thinks that it can write")
		}
		fsys.Inject(nil)
		mustAppend(t, l, "c")
		if l.Err() != nil {
			t.Errorf("after a write that went well: %v", l.Err())
		}
		_, got, report := reopen(t, fsys.Crash(seed), Options{})
		if diff := cmp.Diff([]string{"a", "b", "c"}, got); diff != "" || len(report.Damage) > 0 {
			t.Fatalf("seed %d: %v\n%s", seed, report, diff)
		}
	}
}

// A torn tail is cut and told; it is not damage, and what comes after it is read.
func TestTornTail(t *testing.T) {
	fsys := disktest.New()
	l, _, _ := reopen(t, fsys, Options{})
	mustAppend(t, l, "a", "b")
	_ = l.Close()
	name := segmentName("wal", 1)
	fsys.Damage(name, func(b []byte) []byte { return append(b, b[segmentHeader:len(b)-60]...) })
	fsys.Damage(name, func(b []byte) []byte { return append(b, "garbage of a torn write"...) })
	l, got, report := reopen(t, fsys, Options{})
	if report.Torn == 0 || len(report.Damage) > 0 {
		t.Errorf("report: %+v", report)
	}
	mustAppend(t, l, "c")
	_ = l.Close()
	_, again, report := reopen(t, fsys, Options{})
	if diff := cmp.Diff([][]string{{"a", "b"}, {"a", "b", "c"}}, [][]string{got, again}); diff != "" || len(report.Damage) > 0 {
		t.Errorf("%+v\n%s", report, diff)
	}
}

// Of a group that was torn before its sync returned nothing was acknowledged: it is cut as a whole. The same damage in a
// group that something was written after is damage.
func TestTornGroup(t *testing.T) {
	for _, c := range []struct {
		later  []string
		want   []string
		damage int
	}{
		{nil, []string{"x"}, 0},
		{[]string{"d"}, []string{"x", "b", "c", "d"}, 1},
	} {
		fsys := disktest.New()
		l, err := Open(fsys, "wal", Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := l.openSegment(); err != nil {
			t.Fatal(err)
		}
		at := int64(0)
		for _, group := range [][]string{{"x"}, {"a", "b", "c"}, c.later} {
			var entries []*entry
			for _, n := range group {
				e, err := l.encode(named(n), 0)
				if err != nil {
					t.Fatal(err)
				}
				entries = append(entries, e)
			}
			if len(group) == 3 {
				at = l.written
			}
			if len(group) > 0 {
				if err := l.write(entries); err != nil {
					t.Fatal(err)
				}
			}
		}
		_ = l.Close()
		fsys.Flip(segmentName("wal", 1), int(at)+20, 1)
		_, got, report := reopen(t, fsys, Options{})
		if diff := cmp.Diff(c.want, got); diff != "" || len(report.Damage) != c.damage || (report.Torn > 0) != (c.damage == 0) {
			t.Errorf("followed by %v: %+v\n%s", c.later, report, diff)
		}
	}
}

func TestDamageInTheMiddleIsCounted(t *testing.T) {
	fsys := disktest.New()
	l, _, _ := reopen(t, fsys, Options{})
	mustAppend(t, l, "a", "b", "c", "d", "e")
	_ = l.Close()
	size := (len(fsys.ReadFile(segmentName("wal", 1))) - segmentHeader) / 5
	fsys.Flip(segmentName("wal", 1), segmentHeader+size+frameHeader+3, 0xff) // b
	fsys.Flip(segmentName("wal", 1), segmentHeader+2*size+10, 0xff)          // c
	_, got, report := reopen(t, fsys, Options{})
	if diff := cmp.Diff([]string{"a", "d", "e"}, got); diff != "" {
		t.Error(diff)
	}
	if len(report.Damage) != 1 || report.Damage[0].Logs != 2 || report.Damage[0].Length != int64(2*size) || report.End.Logs != 5 {
		t.Errorf("report: %+v", report)
	}
}

// A text that looks like a frame does not pass for one when the frame around it is damaged.
func TestForgedFrame(t *testing.T) {
	fsys := disktest.New()
	l, _, _ := reopen(t, fsys, Options{})
	payload := append([]byte{codecRaw}, encoded(named("forged"))...)
	forged := append(make([]byte, frameHeader), payload...)
	putHeader(forged, 0, Position{Seq: 3, Logs: 1}, 2, 0)
	b := named("a")
	b.Logs[0].Body = string(forged)
	for range 3 {
		if err := l.Append(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	_ = l.Close()
	raw := fsys.ReadFile(segmentName("wal", 1))
	fsys.Flip(segmentName("wal", 1), segmentHeader+5, 0xff)
	if !strings.Contains(string(raw), string(forged)) {
		t.Fatal("the text is not in the log as it is, the test shows nothing")
	}
	_, got, _ := reopen(t, fsys, Options{})
	if slices.Contains(got, "forged") {
		t.Error("a forged frame was replayed")
	}
}

func TestRelease(t *testing.T) {
	fsys := disktest.New()
	l, _, _ := reopen(t, fsys, Options{})
	mustAppend(t, l, "a", "b")
	l.Roll()
	mustAppend(t, l, "c")
	l.Roll()
	mustAppend(t, l, "d")
	for _, c := range []struct {
		seq  uint64
		want int
	}{{1, 3}, {2, 2}, {2, 2}, {9, 1}} {
		if err := l.Release(c.seq); err != nil {
			t.Fatal(err)
		}
		if n := len(fsys.Names()); n != c.want {
			t.Errorf("after release of %d: %v, want %d segments", c.seq, fsys.Names(), c.want)
		}
	}
	size := int64(len(fsys.ReadFile(segmentName("wal", 3))))
	if l.Bytes() != size {
		t.Errorf("the log says it has %d bytes, it has %d", l.Bytes(), size)
	}
}

// waiting is how many batches wait for the committer.
func (l *Log) waiting() int {
	l.queue.mu.Lock()
	defer l.queue.mu.Unlock()
	return len(l.queue.waiting)
}

func admitted(l *Log) bool {
	_, err := l.queue.admits()
	return err == nil
}

// TestLargeBatchesTakeLessRoom covers both codecs: what is small is written as it is.
func TestLargeBatchesTakeLessRoom(t *testing.T) {
	for _, c := range []struct{ bytes, least, most int }{
		{compressFrom / 2, compressFrom / 2, compressFrom},
		{compressFrom, 0, compressFrom / 8},
	} {
		fsys := disktest.New()
		l, _, _ := reopen(t, fsys, Options{})
		b := named("long")
		b.Logs[0].Body = strings.Repeat("a prompt ", c.bytes/9+1)
		if err := l.Append(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		_ = l.Close()
		if n := int(l.Bytes()); n < c.least || n > c.most {
			t.Errorf("a batch of %d bytes takes %d, want %d to %d", c.bytes, n, c.least, c.most)
		}
		got := 0
		l, err := Open(fsys, "wal", Options{})
		if err != nil {
			t.Fatal(err)
		}
		_, err = l.Replay(t.Context(), Position{}, func(_ Position, read *telemetry.Batch) error {
			got++
			if diff := cmp.Diff(b.Logs[0].Body, read.Logs[0].Body); diff != "" {
				t.Error("the batch is not what was written")
			}
			return nil
		})
		if err != nil || got != 1 {
			t.Errorf("%d batches are read back, want 1: %v", got, err)
		}
		_ = l.Close()
	}
}

func BenchmarkAppend(b *testing.B) {
	dir, err := disk.OpenDir(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = dir.Close() }()
	l, err := Open(dir, "wal", Options{})
	if err != nil {
		b.Fatal(err)
	}
	if err := l.Start(); err != nil {
		b.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	batch := storetest.NewRecords(1).Batch(128, 128)
	b.ReportAllocs()
	for b.Loop() {
		if err := l.Append(context.Background(), batch); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(batch.Len()*b.N)/b.Elapsed().Seconds(), "rows/s")
}

func FuzzReplay(f *testing.F) {
	fsys := disktest.New()
	l, err := Open(fsys, "wal", Options{})
	if err != nil {
		f.Fatal(err)
	}
	if err := l.Start(); err != nil {
		f.Fatal(err)
	}
	for _, n := range []string{"a", "b", "c"} {
		if err := l.Append(context.Background(), named(n)); err != nil {
			f.Fatal(err)
		}
	}
	_ = l.Close()
	good := fsys.ReadFile(segmentName("wal", 1))
	f.Add(good)
	f.Add(good[:200])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, segment []byte) {
		fsys := disktest.New()
		l, err := Open(fsys, "wal", Options{})
		if err != nil {
			t.Fatal(err)
		}
		_ = l.Close()
		file, _ := fsys.Create(segmentName("wal", 1))
		_, _ = file.Write(segment)
		l, names, _ := reopen(t, fsys, Options{})
		mustAppend(t, l, "after")
		_ = l.Close()
		_, again, _ := reopen(t, fsys, Options{})
		if diff := cmp.Diff(append(names, "after"), again); diff != "" {
			t.Errorf("what is appended after a damaged segment:\n%s", diff)
		}
	})
}
