package audit

import (
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// slowDisk lets the test say when each sync ends and how, and tears what it is told to.
type slowDisk struct {
	disk
	began   chan struct{}
	end     chan error
	syncs   atomic.Int64
	tear    atomic.Bool
	deaf    atomic.Bool // does not truncate
	unasked atomic.Bool // syncs pass by themselves
}

var errDisk = errors.New("no space left")

func (d *slowDisk) Write(p []byte) (int, error) {
	if d.tear.Swap(false) {
		n, _ := d.disk.Write(p[:len(p)-3])
		return n, errDisk
	}
	return d.disk.Write(p)
}

func (d *slowDisk) Sync() error {
	d.syncs.Add(1)
	if d.unasked.Load() {
		return d.disk.Sync()
	}
	d.began <- struct{}{}
	if err := <-d.end; err != nil {
		return err
	}
	return d.disk.Sync()
}

func (d *slowDisk) Truncate(size int64) error {
	if d.deaf.Load() {
		return errDisk
	}
	return d.disk.Truncate(size)
}

func openSlow(t *testing.T) (*File, *slowDisk, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	l, err := OpenFile(path, FileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	d := &slowDisk{disk: l.f, began: make(chan struct{}), end: make(chan error)}
	l.f = d
	return l, d, path
}

// appends begins n of them and returns once all wait for the disk.
func appends(t *testing.T, l *File, n int, result chan<- error) {
	t.Helper()
	for i := range n {
		go func() {
			_, err := l.Append(t.Context(), Entry{Actor: "ada", Action: fmt.Sprint("act-", i)})
			result <- err
		}()
	}
	for {
		l.mu.Lock()
		all := l.batch != nil && l.batch.entries == n
		l.mu.Unlock()
		if all {
			return
		}
		runtime.Gosched()
	}
}

// one begins an append and returns once the disk syncs it.
func one(t *testing.T, l *File, d *slowDisk, result chan<- error) {
	t.Helper()
	go func() {
		_, err := l.Append(t.Context(), Entry{Actor: "ada", Action: "first"})
		result <- err
	}()
	<-d.began
}

func entriesOf(t *testing.T, l *File) int {
	t.Helper()
	if err := Verify(t.Context(), l.Entries(t.Context(), 1)); err != nil {
		t.Error(err)
	}
	n := 0
	for _, err := range l.Entries(t.Context(), 1) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	return n
}

func TestAppendsThatWaitShareOneSync(t *testing.T) {
	const n = 50
	l, d, path := openSlow(t)
	first, rest := make(chan error, 1), make(chan error, n)
	one(t, l, d, first)
	appends(t, l, n, rest)
	if got := entriesOf(t, l); got != 0 {
		t.Errorf("%d entries are shown that are not on disk", got)
	}
	d.end <- nil
	if err := <-first; err != nil {
		t.Fatal(err)
	}
	<-d.began
	select {
	case err := <-rest:
		t.Fatalf("returned before it is on disk: %v", err)
	default:
	}
	if head, err := l.Head(t.Context()); err != nil || head.Seq != 1 {
		t.Errorf("the head is %v before the rest is on disk: %v", head, err)
	}
	d.end <- nil
	for range n {
		if err := <-rest; err != nil {
			t.Error(err)
		}
	}
	if got := d.syncs.Load(); got != 2 {
		t.Errorf("%d entries took %d syncs, want 2", n+1, got)
	}
	if got := entriesOf(t, l); got != n+1 {
		t.Errorf("%d entries, want %d", got, n+1)
	}
	_ = l.Close()
	again, err := OpenFile(path, FileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close() //nolint:errcheck // nothing was written
	if got := entriesOf(t, again); got != n+1 {
		t.Errorf("%d entries when it is opened again, want %d", got, n+1)
	}
}

// TestATornBatchIsCutOff also fails what waits behind it, since that follows entries which are not there.
func TestATornBatchIsCutOff(t *testing.T) {
	l, d, _ := openSlow(t)
	first, rest := make(chan error, 1), make(chan error, 5)
	one(t, l, d, first)
	appends(t, l, 5, rest)
	d.tear.Store(true)
	d.end <- nil
	if err := <-first; err != nil {
		t.Error(err)
	}
	for range 5 {
		if err := <-rest; !errors.Is(err, errDisk) {
			t.Errorf("in a torn batch: %v", err)
		}
	}
	d.unasked.Store(true)
	if _, err := l.Append(t.Context(), Entry{Actor: "ada", Action: "next"}); err != nil {
		t.Errorf("after it: %v", err)
	}
	if got := entriesOf(t, l); got != 2 {
		t.Errorf("%d entries, want 2", got)
	}
}

func TestNothingIsAppendedToALogInDoubt(t *testing.T) {
	for name, doubt := range map[string]func(*slowDisk) error{
		"not synced":    func(*slowDisk) error { return errDisk },
		"torn for good": func(d *slowDisk) error { d.tear.Store(true); d.deaf.Store(true); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			l, d, _ := openSlow(t)
			first, rest := make(chan error, 1), make(chan error, 5)
			one(t, l, d, first)
			appends(t, l, 5, rest)
			answer := doubt(d)
			d.end <- answer
			if err := <-first; !errors.Is(err, answer) {
				t.Errorf("first: %v", err)
			}
			for range 5 {
				if err := <-rest; !errors.Is(err, errDisk) {
					t.Errorf("behind it: %v", err)
				}
			}
			if _, err := l.Append(t.Context(), Entry{Actor: "ada", Action: "late"}); err == nil || !strings.Contains(err.Error(), "open it again") {
				t.Errorf("late: %v", err)
			}
		})
	}
}

func TestCloseWhileOthersAppend(t *testing.T) {
	l, _, path := openSlow(t)
	l.f = l.f.(*slowDisk).disk
	var wg sync.WaitGroup
	var confirmed atomic.Int64
	for range 8 {
		wg.Go(func() {
			for {
				if _, err := l.Append(t.Context(), Entry{Actor: "ada", Action: "act"}); errors.Is(err, ErrClosed) {
					return
				} else if err != nil {
					t.Errorf("append: %v", err)
					return
				}
				confirmed.Add(1)
			}
		})
	}
	for confirmed.Load() < 20 {
		runtime.Gosched()
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	wg.Wait()
	again, err := OpenFile(path, FileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close() //nolint:errcheck // nothing was written
	if got := entriesOf(t, again); int64(got) != confirmed.Load() {
		t.Errorf("%d entries, %d were confirmed", got, confirmed.Load())
	}
}

// Goroutines at once, and what one of them waits for an entry; the disk decides.
func BenchmarkFile(b *testing.B) {
	for _, writers := range []int{1, 8, 64} {
		b.Run(fmt.Sprint(writers), func(b *testing.B) {
			l, err := OpenFile(filepath.Join(b.TempDir(), "audit.jsonl"), FileOptions{})
			if err != nil {
				b.Fatal(err)
			}
			defer l.Close() //nolint:errcheck // thrown away
			var left atomic.Int64
			left.Store(int64(b.N))
			var wg sync.WaitGroup
			b.ReportAllocs()
			for range writers {
				wg.Go(func() {
					for left.Add(-1) >= 0 {
						if _, err := l.Append(b.Context(), Entry{Actor: "ada", Action: "key.revoke", Target: "key_1"}); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			wg.Wait()
		})
	}
}
