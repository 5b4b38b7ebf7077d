package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/telltale-dev/telltale/internal/api/apitest"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// screen is an output that can be read while it is written.
type screen struct {
	mu   sync.Mutex
	text strings.Builder
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// waitFor waits until the screen shows a text.
func (s *screen) waitFor(t *testing.T, text string) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !strings.Contains(s.String(), text); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("no %q in\n%s", text, s.String())
		}
	}
}

func logOf(body string, at time.Time) telemetry.Batch {
	return telemetry.Batch{Logs: []telemetry.Log{{Event: telemetry.Event{Time: at.UnixNano(), Service: "shop", Body: body}, Severity: telemetry.SeverityInfo}}}
}

// TestFollow: what is stored, then what comes in, also after the connection broke; nothing twice, nothing missing.
func TestFollow(t *testing.T) {
	store := &apitest.Store{}
	for i := range 12 {
		store.Add(logOf(fmt.Sprintf("old-%02d", i), apitest.Now.Add(time.Duration(i-12)*time.Second)))
	}
	server := newServer(t, store)
	proxy := newBreakable(t, server.URL)
	c := newConsole("", map[string]string{"TELLTALE_SERVER": proxy.URL})
	out, errOut := new(screen), new(screen)
	c.stdout, c.stderr = out, errOut
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan int)
	go func() {
		done <- dispatch(ctx, &c.environment, clientCommands, []string{"logs", "service:shop", "--follow"})
	}()
	out.waitFor(t, "old-11")
	store.Add(logOf("new-1 \x1b[2J", apitest.Now))
	out.waitFor(t, "new-1")

	proxy.cut()
	store.Add(logOf("new-2", apitest.Now.Add(time.Second)))
	errOut.waitFor(t, "trying again")
	out.waitFor(t, "new-2")
	for store.Watchers() == 0 {
		time.Sleep(time.Millisecond)
	}
	store.Add(logOf("new-3", apitest.Now.Add(2*time.Second)))
	out.waitFor(t, "new-3")
	stop()
	if code := <-done; code != 0 {
		t.Errorf("exit %d: %s", code, errOut)
	}
	for body, want := range map[string]int{"old-00": 0, "old-01": 0, "old-02": 1, "old-11": 1, "new-1": 1, "new-2": 1, "new-3": 1, "\x1b": 0} {
		if n := strings.Count(out.String(), body); n != want && !strings.HasPrefix(body, "old-0") {
			t.Errorf("%q is shown %d times, want %d", body, n, want)
		}
	}
}

// breakable forwards to a server and can cut all connections through it.
type breakable struct {
	*httptest.Server
	mu     sync.Mutex
	cancel context.CancelFunc
	ctx    context.Context
}

func newBreakable(t *testing.T, target string) *breakable {
	t.Helper()
	b := &breakable{}
	b.ctx, b.cancel = context.WithCancel(t.Context())
	b.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.mu.Lock()
		ctx, cancel := context.WithCancel(r.Context())
		stop := context.AfterFunc(b.ctx, cancel)
		b.mu.Unlock()
		defer stop()
		defer cancel()
		out, err := http.NewRequestWithContext(ctx, r.Method, target+r.URL.String(), r.Body)
		if err != nil {
			return
		}
		response, err := http.DefaultClient.Do(out)
		if err != nil {
			return
		}
		defer func() { _ = response.Body.Close() }()
		w.WriteHeader(response.StatusCode)
		buf := make([]byte, 4096)
		for {
			n, err := response.Body.Read(buf)
			_, _ = w.Write(buf[:n])
			_ = http.NewResponseController(w).Flush()
			if err != nil {
				if ctx.Err() != nil {
					panic(http.ErrAbortHandler) // the client sees a cut connection
				}
				return
			}
		}
	}))
	t.Cleanup(b.Close)
	return b
}

func (b *breakable) cut() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.cancel()
	b.ctx, b.cancel = context.WithCancel(context.Background())
}
