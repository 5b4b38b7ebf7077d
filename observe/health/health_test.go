package health_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/telltale-dev/telltale/observe/health"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func ask(t *testing.T, h http.Handler) (int, map[string]any) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/readyz", http.NoBody))
	var body map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
		t.Fatalf("%s: %v", w.Body, err)
	}
	return w.Code, body
}

func add(t *testing.T, c *health.Checks, k health.Check) {
	t.Helper()
	if err := c.Add(k); err != nil {
		t.Fatal(err)
	}
}

func passes(context.Context) error { return nil }

func fails(context.Context) error { return errors.New("dial db.internal:5432: refused") }

func TestReadiness(t *testing.T) {
	for _, c := range []struct {
		name   string
		checks []health.Check
		code   int
		want   map[string]string
	}{
		{"none", nil, 200, map[string]string{"": "ok"}},
		{
			"all pass",
			[]health.Check{{Name: "a", Run: passes}, {Name: "b", Run: passes}},
			200,
			map[string]string{"": "ok", "a": "ok", "b": "ok"},
		},
		{
			"optional fails",
			[]health.Check{{Name: "a", Run: passes}, {Name: "b", Run: fails, Optional: true}},
			200,
			map[string]string{"": "degraded", "a": "ok", "b": "failed"},
		},
		{
			"needed fails",
			[]health.Check{{Name: "a", Run: fails}, {Name: "b", Run: fails, Optional: true}},
			503,
			map[string]string{"": "unready", "a": "failed", "b": "failed"},
		},
		{
			"panics",
			[]health.Check{{Name: "a", Run: func(context.Context) error { panic("x") }}},
			503,
			map[string]string{"": "unready", "a": "failed"},
		},
		{"too slow", []health.Check{{Name: "a", Timeout: time.Millisecond, Run: func(ctx context.Context) error {
			<-ctx.Done()
			return fmt.Errorf("ping: %w", ctx.Err())
		}}}, 503, map[string]string{"": "unready", "a": "timeout"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			checks := health.New()
			defer func() { _ = checks.Close(context.Background()) }()
			for _, k := range c.checks {
				add(t, checks, k)
			}
			code, body := ask(t, checks.Ready())
			got := map[string]string{"": fmt.Sprint(body["status"])}
			named, _ := body["checks"].(map[string]any)
			for name, k := range named {
				got[name] = fmt.Sprint(k.(map[string]any)["status"])
			}
			if diff := cmp.Diff(c.want, got); diff != "" || code != c.code {
				t.Errorf("status %d (-want +got):\n%s", code, diff)
			}
			if strings.Contains(fmt.Sprint(body), "db.internal") {
				t.Errorf("the answer shows the text of an error: %v", body)
			}
		})
	}
}

func TestErrorsAreShownOnRequestOnly(t *testing.T) {
	c := health.New()
	add(t, c, health.Check{Name: "a", Run: fails, ShowError: true})
	if _, body := ask(t, c.Ready()); !strings.Contains(fmt.Sprint(body), "db.internal") {
		t.Errorf("answer %v", body)
	}
	if r := c.Run(t.Context()); r.Checks[0].Err == nil {
		t.Error("the program does not get the error")
	}
}

func TestResultsAreKeptForAWhile(t *testing.T) {
	var runs atomic.Int32
	c := health.New()
	add(t, c, health.Check{Name: "a", MaxAge: time.Hour, Run: func(context.Context) error { runs.Add(1); return nil }})
	add(t, c, health.Check{Name: "b", MaxAge: -1, Run: func(context.Context) error { runs.Add(100); return nil }})
	for range 5 {
		ask(t, c.Ready())
	}
	if n := runs.Load(); n != 501 {
		t.Errorf("runs: %d", n)
	}
}

func TestChecksRunAtTheSameTime(t *testing.T) {
	c := health.New()
	both := make(chan struct{})
	meet := func(context.Context) error {
		select {
		case both <- struct{}{}:
		case <-both:
		}
		return nil
	}
	add(t, c, health.Check{Name: "a", Run: meet})
	add(t, c, health.Check{Name: "b", Run: meet})
	if code, body := ask(t, c.Ready()); code != 200 {
		t.Errorf("%d %v", code, body)
	}
}

// A check that ignores its context holds up nobody, and is not begun again on top of itself.
func TestHungCheck(t *testing.T) {
	var runs atomic.Int32
	release := make(chan struct{})
	c := health.New()
	add(t, c, health.Check{Name: "a", Timeout: time.Millisecond, MaxAge: -1, Run: func(context.Context) error {
		runs.Add(1)
		<-release
		return nil
	}})
	for range 3 {
		if code, body := ask(t, c.Ready()); code != 503 || !strings.Contains(fmt.Sprint(body), "timeout") {
			t.Errorf("%d %v", code, body)
		}
	}
	for runs.Load() == 0 { // nobody waited for it to begin
		time.Sleep(time.Millisecond)
	}
	if n := runs.Load(); n != 1 {
		t.Errorf("%d runs at once", n)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := c.Close(ctx); err == nil {
		t.Error("Close says nothing of a check that does not end")
	}
	close(release)
	if err := c.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestLiveAndDraining(t *testing.T) {
	c := health.New()
	add(t, c, health.Check{Name: "a", Run: fails})
	if code, body := ask(t, c.Live()); code != 200 || body["status"] != "ok" {
		t.Errorf("live: %d %v", code, body)
	}
	c = health.New()
	c.Drain()
	if code, body := ask(t, c.Ready()); code != 503 || body["draining"] != true {
		t.Errorf("draining: %d %v", code, body)
	}
}

func TestWrongChecksAreRefused(t *testing.T) {
	c := health.New()
	add(t, c, health.Check{Name: "a", Run: passes})
	for _, k := range []health.Check{{Run: passes}, {Name: "b"}, {Name: "a", Run: passes}} {
		if err := c.Add(k); err == nil {
			t.Errorf("%+v is taken", k)
		}
	}
}

func TestCloseWithoutChecksNeedsNoTime(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 100 {
		if err := health.New().Close(ctx); err != nil {
			t.Fatal(err)
		}
	}
}
