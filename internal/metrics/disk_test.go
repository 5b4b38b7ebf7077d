package metrics

import (
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
)

func TestFullDisk(t *testing.T) {
	s := start(t, func(o *Options) { o.MinFree = 100; o.Interval = time.Hour })
	var free atomic.Int64
	s.disk.mu.Lock()
	s.disk.free = func(string) (int64, error) { return free.Load(), nil }
	s.disk.mu.Unlock()
	now := time.Now().UnixMilli()
	try := func(at int64) error {
		app := s.storage.Appender(t.Context())
		if _, err := app.Append(0, labels.FromStrings("__name__", "x"), at, 1); err != nil {
			return errors.Join(err, app.Rollback())
		}
		return app.Commit()
	}
	for i, c := range []struct {
		free int64
		full bool
	}{{1000, false}, {99, true}, {150, true}, {200, false}, {150, false}, {0, true}, {1000, false}} {
		free.Store(c.free)
		at := now + int64(i)
		if err := try(at); errors.Is(err, ErrReadOnly) != c.full || err != nil != c.full {
			t.Errorf("%d: %v", i, err)
		}
		if err := s.Health(t.Context()); errors.Is(err, ErrReadOnly) != c.full {
			t.Errorf("%d: health: %v", i, err)
		}
		if got := s.Status(t.Context()).Storage; (got.ReadOnly != "") != c.full || got.FreeBytes != c.free {
			t.Errorf("%d: %+v", i, got)
		}
		if got := testutil.ToFloat64(s.disk.full); got == 1 != c.full {
			t.Errorf("%d: the metric is %v", i, got)
		}
		answer := writeV1(s, at, 1, "written")
		if c.full && (answer.Code != http.StatusServiceUnavailable || answer.Header().Get("Retry-After") == "" ||
			!strings.Contains(answer.Body.String(), "free on the disk")) || !c.full && answer.Code != http.StatusNoContent {
			t.Errorf("%d: %d %s", i, answer.Code, answer.Body)
		}
		if _, err := s.Query(t.Context(), "x", time.Now()); err != nil {
			t.Errorf("%d: a query: %v", i, err)
		}
	}
}

func TestAlertsStayWhileTheDiskIsFull(t *testing.T) {
	s := start(t, func(o *Options) { o.MinFree = 100; o.Interval = time.Hour })
	now := time.Now()
	if got := writeV1(s, now.UnixMilli(), 1, "trouble"); got.Code != http.StatusNoContent {
		t.Fatal(got.Code, got.Body)
	}
	var free atomic.Int64
	s.disk.mu.Lock()
	s.disk.free = func(string) (int64, error) { return free.Load(), nil }
	s.disk.mu.Unlock()
	found := func(at time.Time) int {
		_ = s.disk.refuse()
		got, err := s.askForRules()(t.Context(), "trouble", at)
		if err != nil {
			t.Fatal(err)
		}
		return len(got)
	}
	if n := found(now.Add(time.Hour)); n != 1 {
		t.Errorf("%d series are known an hour after the disk was full", n)
	}
	free.Store(1000)
	if n := found(now.Add(time.Hour)); n != 0 {
		t.Errorf("%d series are known an hour later, with space on the disk", n)
	}
}

// failing is an appender whose log cannot be written.
type failing struct{ storage.Appender }

func (failing) Commit() error { return syscall.ENOSPC }

func TestFailedLogTakesNothingMore(t *testing.T) {
	s := start(t, func(o *Options) { o.Interval = time.Hour })
	write(t, s, labels.FromStrings("__name__", "before"), Point{time.Now().UnixMilli(), 1})
	app := watched{failing{s.db.Appender(t.Context())}, nil, s.disk}
	if err := app.Commit(); !errors.Is(err, ErrReadOnly) || !errors.Is(err, syscall.ENOSPC) {
		t.Error(err)
	}
	if err := app.Rollback(); err != nil {
		t.Error(err)
	}
	if answer := writeV1(s, time.Now().UnixMilli(), 1, "x"); answer.Code != http.StatusServiceUnavailable {
		t.Error(answer.Code, answer.Body)
	}
	if err := s.Health(t.Context()); !errors.Is(err, ErrReadOnly) {
		t.Error(err)
	}
	if got, err := s.Query(t.Context(), "before", time.Now()); err != nil || len(got.Series) != 1 {
		t.Error(got, err)
	}
}
