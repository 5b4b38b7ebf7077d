package local

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telltale-dev/telltale/internal/store/local/disk"
	"github.com/telltale-dev/telltale/internal/store/local/disk/disktest"
	"github.com/telltale-dev/telltale/internal/store/local/exec"
	"github.com/telltale-dev/telltale/internal/store/local/part"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

func mustSeal(t *testing.T, s *Store) {
	t.Helper()
	if err := s.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func mustUpkeep(t *testing.T, s *Store) {
	t.Helper()
	if err := s.Upkeep(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func mustWrite(t *testing.T, s *Store, b *telemetry.Batch) {
	t.Helper()
	if err := s.Write(t.Context(), b); err != nil {
		t.Fatal(err)
	}
}

func span(trace byte, at time.Time) telemetry.Span {
	s := telemetry.Span{Event: telemetry.Event{Time: at.UnixNano(), TraceID: telemetry.TraceID{trace, 0, 0, 0, 0, 0, 0, 0, trace}}, Duration: 1e6}
	binary.BigEndian.PutUint64(s.SpanID[:], uint64(trace)+1)
	return s
}

// A full disk refuses writes with the reason, keeps answering, and takes writes again once there is room.
func TestFullDisk(t *testing.T) {
	fsys := disktest.New()
	l := newLedger(1)
	s := start(t, testOptions(fsys))
	for range 10 {
		_ = l.write(t.Context(), s)
	}
	fsys.SetCapacity(1)
	if err := l.write(t.Context(), s); !errors.Is(err, telemetry.ErrReadOnly) || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("write on a full disk: %v", err)
	}
	if err := s.Health(t.Context()); !errors.Is(err, telemetry.ErrReadOnly) {
		t.Errorf("health on a full disk: %v", err)
	}
	if err := s.Seal(t.Context()); err == nil {
		t.Error("sealed on a full disk")
	}
	l.check(t, s, 0)
	if got := s.Status().State; got != "read only" {
		t.Errorf("state is %q", got)
	}

	fsys.SetCapacity(1 << 30)
	s.wal.Probe()
	deadline := time.Now().Add(time.Minute)
	for s.wal.Err() != nil && time.Now().Before(deadline) {
		time.Sleep(time.Millisecond)
	}
	if err := l.write(t.Context(), s); err != nil {
		t.Errorf("write after there is room: %v", err)
	}
	mustSeal(t, s)
	if err := s.Health(t.Context()); err != nil {
		t.Errorf("health after there is room: %v", err)
	}
	l.check(t, s, 0)
	stop(s)
	s = start(t, testOptions(fsys.Crash(1)))
	defer stop(s)
	l.check(t, s, 0)
}

func TestWritesStopBeforeTheDiskIsFull(t *testing.T) {
	fsys := disktest.New()
	fsys.SetCapacity(10 << 20)
	o := testOptions(fsys)
	o.MinFree = 6 << 20
	s := start(t, o)
	defer stop(s)
	l := newLedger(1)
	if err := l.write(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	fsys.SetCapacity(5 << 20)
	s.checkDisk()
	if err := l.write(t.Context(), s); !errors.Is(err, telemetry.ErrReadOnly) || !strings.Contains(err.Error(), "MB are free") {
		t.Errorf("write with little room: %v", err)
	}
	mustSeal(t, s) // what is there can still be sealed
	fsys.SetCapacity(7 << 20)
	s.checkDisk()
	if err := l.write(t.Context(), s); err == nil {
		t.Error("written with barely enough room, which would come and go")
	}
	fsys.SetCapacity(20 << 20)
	s.checkDisk()
	if err := l.write(t.Context(), s); err != nil {
		t.Errorf("write with room: %v", err)
	}
}

// While sealing fails, rows pile up in memory to a limit; then writes are refused with the cause.
func TestSealingThatFailsHoldsWritesBack(t *testing.T) {
	fsys := disktest.New()
	o := testOptions(failingParts{FS: fsys})
	o.SealRows, o.ManualUpkeep = 20, false
	s := start(t, o)
	defer stop(s)
	l := newLedger(2)
	var err error
	for range 200 {
		if err = l.write(t.Context(), s); err != nil {
			break
		}
	}
	if !errors.Is(err, telemetry.ErrReadOnly) || !errors.Is(err, syscall.EIO) {
		t.Errorf("write while nothing can be sealed: %v", err)
	}
	if err := s.Health(t.Context()); err == nil || !errors.Is(err, syscall.EIO) {
		t.Errorf("health: %v", err)
	}
	l.check(t, s, 0)
}

// failingParts lets no part be made.
type failingParts struct{ disk.FS }

func (f failingParts) Create(name string) (disk.File, error) {
	if strings.HasPrefix(name, partsDir) {
		return nil, &os.PathError{Op: "create", Path: name, Err: syscall.EIO}
	}
	return f.FS.Create(name)
}

func TestRetentionByAge(t *testing.T) {
	fsys := disktest.New()
	o := testOptions(fsys)
	var now atomic.Int64
	now.Store(testTime.UnixNano())
	o.Now = func() time.Time { return time.Unix(0, now.Load()) }
	o.Retention = 48 * time.Hour
	s := start(t, o)
	defer func() { stop(s) }()
	mustWrite(t, s, &telemetry.Batch{Spans: []telemetry.Span{span(1, testTime)}, Logs: []telemetry.Log{{Event: telemetry.Event{Time: testTime.UnixNano(), SpanID: telemetry.SpanID{7: 50}}}}})
	mustSeal(t, s)
	// The clock of this client is a year ahead: what it sent goes with what came at the same time.
	mustWrite(t, s, &telemetry.Batch{Spans: []telemetry.Span{span(2, testTime.AddDate(1, 0, 0))}})
	mustSeal(t, s)
	now.Add(int64(40 * time.Hour))
	mustWrite(t, s, &telemetry.Batch{Spans: []telemetry.Span{span(3, testTime.Add(40*time.Hour))}})
	mustSeal(t, s)
	mustUpkeep(t, s)
	if n := len(stored(t, s)); n != 4 {
		t.Fatalf("%d records after 40 hours, want all 4", n)
	}
	now.Add(int64(20 * time.Hour))
	mustUpkeep(t, s)
	if n := len(stored(t, s)); n != 1 {
		t.Errorf("%d records after 60 hours, want 1", n)
	}
	b := s.books()
	if b.Imbalance() != 0 || b.Total(telemetry.Expired) != 3 {
		t.Errorf("books: %+v", b)
	}
	if err := s.settle(0); err != nil {
		t.Fatal(err)
	}
	files := 0
	for _, n := range fsys.Names() {
		if strings.HasSuffix(n, ".parquet") {
			files++
		}
	}
	if files != 1 {
		t.Errorf("%d part files are left: %v", files, fsys.Names())
	}
}

func TestRetentionBySize(t *testing.T) {
	fsys := disktest.New()
	o := testOptions(fsys)
	o.Now = func() time.Time { return testTime.Add(time.Hour) } // nothing is merged yet
	s := start(t, o)
	defer func() { stop(s) }()
	for i := range 4 {
		mustWrite(t, s, &telemetry.Batch{Spans: []telemetry.Span{span(byte(i), testTime.Add(time.Duration(i)*time.Minute))}})
		mustSeal(t, s)
	}
	size := s.Status().Bytes
	s.opts.RetentionBytes = size * 5 / 8
	mustUpkeep(t, s)
	seen := stored(t, s)
	if len(seen) != 2 || seen[3] != 1 || seen[4] != 1 {
		t.Errorf("records %v are left, want the two newest", seen)
	}
	if got := s.Status(); got.Bytes > s.opts.RetentionBytes || got.Parts != 2 {
		t.Errorf("%d bytes in %d parts", got.Bytes, got.Parts)
	}
	if b := s.books(); b.Imbalance() != 0 || b.Total(telemetry.Expired) != 2 {
		t.Errorf("books: %+v", b)
	}
}

// Sampling leaves out ordinary traces that are silent, and nothing else; the books say how many.
func TestSampling(t *testing.T) {
	o := testOptions(disktest.New())
	var now atomic.Int64
	now.Store(testTime.Add(3 * time.Hour).UnixNano())
	o.Now = func() time.Time { return time.Unix(0, now.Load()) }
	o.Sampling = Sampling{Drop: 1, Slow: time.Second, Costly: 500}
	s := start(t, o)
	defer func() { stop(s) }()

	failed, slow, costly := span(2, testTime), span(3, testTime), span(4, testTime)
	failed.Status, slow.Duration = telemetry.StatusError, 2e9
	costly.GenAI = &telemetry.GenAI{Operation: telemetry.OpChat, Cost: telemetry.Known(900)}
	going := span(5, testTime.Add(time.Minute))
	later := span(5, testTime.Add(time.Hour+time.Minute)) // the same trace, in the next hour
	later.SpanID = telemetry.SpanID{7: 60}
	b := &telemetry.Batch{Spans: []telemetry.Span{span(1, testTime), failed, slow, costly, going}}
	b.Logs = []telemetry.Log{
		{Event: telemetry.Event{Time: testTime.UnixNano(), TraceID: failed.TraceID, SpanID: telemetry.SpanID{7: 70}}},
		{Event: telemetry.Event{Time: testTime.UnixNano(), SpanID: telemetry.SpanID{7: 80}, Body: "of no trace"}},
	}
	mustWrite(t, s, b)
	mustSeal(t, s)
	mustUpkeep(t, s)
	seen := stored(t, s)
	if seen[2] != 0 || len(seen) != 5 {
		t.Errorf("kept %v, want all but records 2 (ordinary) and 6 (ordinary)", seen)
	}
	if books := s.books(); books.Imbalance() != 0 || books.Total(telemetry.Sampled) != 2 {
		t.Errorf("books: %+v", books)
	}

	// A trace of which some may still be elsewhere is not judged yet.
	two := span(9, testTime.Add(70*time.Minute))
	mustWrite(t, s, &telemetry.Batch{Spans: []telemetry.Span{two, later}})
	mustSeal(t, s)
	hot := span(9, testTime.Add(75*time.Minute))
	hot.SpanID, hot.Status = telemetry.SpanID{7: 90}, telemetry.StatusError
	mustWrite(t, s, &telemetry.Batch{Spans: []telemetry.Span{hot}})
	mustUpkeep(t, s)
	if seen := stored(t, s); seen[10] != 1 {
		t.Errorf("a trace was sampled away while a failed span of it was in memory: %v", seen)
	}
}

func TestSamplingShare(t *testing.T) {
	n := 0
	for i := range 100_000 {
		var id telemetry.TraceID
		binary.BigEndian.PutUint64(id[8:], uint64(i))
		if drops(id, 0.25) {
			n++
		}
	}
	if n < 24_000 || n > 26_000 {
		t.Errorf("%d of 100000 traces are left out, want a quarter", n)
	}
}

// Small parts do not pile up while an hour goes on, and an hour that is over becomes one part, then a day.
func TestCompaction(t *testing.T) {
	fsys := disktest.New()
	o := testOptions(fsys)
	var now atomic.Int64
	now.Store(testTime.Add(30 * time.Minute).UnixNano())
	o.Now = func() time.Time { return time.Unix(0, now.Load()) }
	s := start(t, o)
	defer func() { stop(s) }()
	for i := range 20 {
		mustWrite(t, s, &telemetry.Batch{Spans: []telemetry.Span{span(byte(i), testTime.Add(time.Duration(i)*time.Second))}})
		mustSeal(t, s)
		mustUpkeep(t, s)
	}
	if n := s.Status().Parts; n > 2*mergeAtOnce {
		t.Errorf("%d parts of one hour", n)
	}
	now.Add(int64(time.Hour))
	mustUpkeep(t, s)
	if n := s.Status().Parts; n != 1 {
		t.Errorf("%d parts of an hour that is over, want 1", n)
	}
	mustWrite(t, s, &telemetry.Batch{Spans: []telemetry.Span{span(100, testTime.Add(65*time.Minute))}})
	mustSeal(t, s)
	now.Add(int64(48 * time.Hour))
	mustUpkeep(t, s)
	if got := s.Status(); got.Parts != 1 || got.Rows != 21 {
		t.Errorf("%d parts with %d rows of a day that is over, want one of 21", got.Parts, got.Rows)
	}
	if n := len(stored(t, s)); n != 21 {
		t.Errorf("%d records, want 21", n)
	}
	if s.Status().Compacted == 0 {
		t.Error("the status knows of no compaction")
	}
}

// A store that runs by itself seals by size and by age, and leaves nothing in the log that a part covers.
func TestSealsByItself(t *testing.T) {
	fsys := disktest.New()
	o := testOptions(fsys)
	o.ManualUpkeep, o.SealRows, o.SealAge = false, 30, time.Hour
	var late atomic.Bool
	o.Now = func() time.Time {
		if late.Load() {
			return testNow.Add(2 * time.Hour)
		}
		return testNow
	}
	s := start(t, o)
	defer stop(s)
	l := newLedger(4)
	for range 60 {
		if err := l.write(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	late.Store(true)
	deadline := time.Now().Add(time.Minute)
	for s.Status().HotRows > 0 && time.Now().Before(deadline) {
		time.Sleep(10 * time.Millisecond)
	}
	if st := s.Status(); st.HotRows > 0 || st.Parts == 0 {
		t.Errorf("%d rows are in memory an age later, %d parts", st.HotRows, st.Parts)
	}
	l.check(t, s, 0)
}

func TestFolderOfAnotherProcess(t *testing.T) {
	o := Options{Dir: filepath.Join(t.TempDir(), "made", "if need be")}
	s := start(t, o)
	_, err := Open(o)
	locked := (*disk.LockedError)(nil)
	if !errors.As(err, &locked) || locked.PID != os.Getpid() || !strings.Contains(err.Error(), strconv.Itoa(os.Getpid())) {
		t.Errorf("second open: %v, want who has it", err)
	}
	stop(s)
	stop(start(t, o))
}

func TestUnwritableFolder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Options{Dir: filepath.Join(file, "data")}); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("open below a file: %v", err)
	}
	fsys := disktest.New()
	fsys.Inject(&disktest.Fault{Err: syscall.EROFS})
	s, err := Open(testOptions(fsys))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(t.Context()); !errors.Is(err, syscall.EROFS) || !strings.Contains(err.Error(), "cannot be written") {
		t.Errorf("start on a read-only disk: %v", err)
	}
	if err := s.Health(t.Context()); !errors.Is(err, syscall.EROFS) {
		t.Errorf("health after a start that failed: %v", err)
	}
	stop(s)
}

// Until it is ready a store says so, in Health and wherever it is asked; how long recovery took is told in the log.
func TestRecoveryIsTold(t *testing.T) {
	fsys := disktest.New()
	s := start(t, testOptions(fsys))
	l := newLedger(1)
	for range 5 {
		_ = l.write(t.Context(), s)
	}
	stop(s)
	var out bytes.Buffer
	o := testOptions(fsys)
	o.Logger = slog.New(slog.NewTextHandler(&out, nil))
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{"health": s.Health(t.Context()), "write": s.Write(t.Context(), &telemetry.Batch{})} {
		if !errors.Is(err, telemetry.ErrRecovering) {
			t.Errorf("%s before the start: %v", what, err)
		}
	}
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer stop(s)
	l.check(t, s, 0)
	if r := s.Status().Recovery; r.Rows != len(l.acked) || r.Took <= 0 {
		t.Errorf("recovery: %+v, want %d rows", r, len(l.acked))
	}
	if !strings.Contains(out.String(), "store recovered") || !strings.Contains(out.String(), "took=") {
		t.Errorf("the log says %q", out.String())
	}
}

func TestStopNeverStarted(t *testing.T) {
	s, err := Open(testOptions(disktest.New()))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Stop(context.Background()); err != nil {
		t.Error(err)
	}
	if err := s.Start(t.Context()); !errors.Is(err, telemetry.ErrStopped) {
		t.Errorf("start after stop: %v", err)
	}
}

func TestQueriesKeepTheMemtableTheyRead(t *testing.T) {
	s := start(t, testOptions(disktest.New()))
	defer stop(s)
	at := time.Unix(1_700_000_000, 0)
	spansOf := func(snap *exec.Snapshot) (names []string) {
		d, err := part.NewDecoder()
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		for _, m := range snap.Memtables {
			rows := make([]int32, m.Rows())
			for i := range rows {
				rows[i] = int32(i)
			}
			records, err := part.NewRowReader(d).Read(m.Group(), rows, part.Choice{})
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range records {
				names = append(names, r.Span.Name+" "+r.Span.Attributes.Value("key"))
			}
		}
		return names
	}
	write := func(trace byte, name string) {
		sp := span(trace, at)
		sp.Name, sp.Attributes = name, telemetry.Attrs{{Key: "key", Value: "of " + name}}
		mustWrite(t, s, &telemetry.Batch{Spans: []telemetry.Span{sp}})
	}
	write(1, "first")
	snap, release := s.snapshot()
	for i, name := range []string{"second", "third", "fourth"} {
		mustSeal(t, s)
		write(byte(2+i), name)
	}
	if diff := cmp.Diff([]string{"first of first"}, spansOf(snap)); diff != "" {
		t.Errorf("what a query reads after its memtable was sealed (-want +got):\n%s", diff)
	}
	release()
	mustSeal(t, s)
	write(5, "fifth")
	snap, release = s.snapshot()
	defer release()
	if diff := cmp.Diff([]string{"fifth of fifth"}, spansOf(snap)); diff != "" {
		t.Errorf("a memtable in the memory of another (-want +got):\n%s", diff)
	}
}

// What was packed quickly is packed well once its hour is over, even where it is the only part of it.
func TestLongTextsArePackedWellInTheEnd(t *testing.T) {
	o := testOptions(disktest.New())
	var now atomic.Int64
	now.Store(testTime.Add(30 * time.Minute).UnixNano())
	o.Now = func() time.Time { return time.Unix(0, now.Load()) }
	s := start(t, o)
	defer stop(s)
	b := &telemetry.Batch{}
	for i := range 200 {
		sp := span(byte(i), testTime)
		sp.Body = strings.Repeat("prompt "+strconv.Itoa(i*i*i), 200)
		b.Spans = append(b.Spans, sp)
	}
	mustWrite(t, s, b)
	mustSeal(t, s)
	before := s.Status().Bytes
	mustUpkeep(t, s)
	if got := s.Status().Bytes; got != before {
		t.Errorf("%d bytes while the hour goes on, want %d", got, before)
	}
	now.Add(int64(2 * time.Hour))
	for range 2 {
		mustUpkeep(t, s)
		if st := s.Status(); st.Bytes >= before || st.Compacted != 1 || st.Rows != 200 {
			t.Errorf("%d rows take %d bytes after %d compactions; %d before", st.Rows, st.Bytes, st.Compacted, before)
		}
	}
}

// An index of words that is lost, damaged or of an older version is made anew by the upkeep.
func TestLostIndexesAreMadeAnew(t *testing.T) {
	for name, harm := range map[string]func(fsys *disktest.FS, index string){
		"kept":    func(*disktest.FS, string) {},
		"lost":    func(fsys *disktest.FS, index string) { fsys.Lose(index) },
		"damaged": func(fsys *disktest.FS, index string) { fsys.Flip(index, 20, 1) },
		"cut":     func(fsys *disktest.FS, index string) { fsys.Cut(index, 5) },
		"older": func(fsys *disktest.FS, index string) {
			fsys.Damage(index, func(b []byte) []byte { return append([]byte("TTI1"), b[4:]...) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			fsys := disktest.New()
			s := start(t, testOptions(fsys))
			sp := span(1, testTime)
			sp.Body = "needle in hay"
			mustWrite(t, s, &telemetry.Batch{Spans: []telemetry.Span{sp}})
			mustSeal(t, s)
			index := part.Files(s.manifest.Parts[0].Name)[1]
			before := fsys.ReadFile(index)
			stop(s)
			harm(fsys, index)
			s = start(t, testOptions(fsys))
			defer func() { stop(s) }()
			mustFind := func(when string) {
				t.Helper()
				for word, want := range map[string]int{"needle": 1, "nothing": 0} {
					n := 0
					q := &telemetry.Query{Filter: telemetry.Cond{Field: telemetry.MustField("text"), Op: telemetry.Word, Values: []string{word}}}
					for _, err := range s.Spans(t.Context(), q) {
						if err != nil {
							t.Fatal(err)
						}
						n++
					}
					if n != want {
						t.Errorf("%s: %d spans have the word %q, want %d", when, n, word, want)
					}
				}
			}
			mustFind("before")
			mustUpkeep(t, s)
			mustFind("after")
			if left := s.unindexed(); len(left) > 0 {
				t.Errorf("without an index: %v", left)
			}
			if diff := cmp.Diff(before, fsys.ReadFile(index)); diff != "" {
				t.Errorf("the index (-before +after):\n%s", diff)
			}
			stop(s)
			s = start(t, testOptions(fsys))
			if left := s.unindexed(); len(left) > 0 {
				t.Errorf("without an index after a restart: %v", left)
			}
		})
	}
}
