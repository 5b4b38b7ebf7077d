package app

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/telltale-dev/telltale/internal/metrics"
	"github.com/telltale-dev/telltale/internal/store/local"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// gate holds back records until the pipeline has read what it must remember.
type gate struct {
	sink      sink
	ready     atomic.Bool
	taken     atomic.Uint64 // records that came to it
	open      chan struct{}
	abandoned chan struct{} // closed where it will never open
}

type sink interface {
	Ingest(ctx context.Context, b *telemetry.Batch) error
}

func newGate(s sink) *gate {
	return &gate{sink: s, open: make(chan struct{}), abandoned: make(chan struct{})}
}

// abandon says that the gate will never open. It is called once at most.
func (g *gate) abandon() { close(g.abandoned) }

func (g *gate) release() {
	if g.ready.CompareAndSwap(false, true) {
		close(g.open)
	}
}

// Ingest refuses with telemetry.ErrRecovering until the gate is open: clients of ingest know how to come again.
func (g *gate) Ingest(ctx context.Context, b *telemetry.Batch) error {
	if !g.ready.Load() {
		return telemetry.ErrRecovering
	}
	g.taken.Add(uint64(len(b.Spans) + len(b.Logs)))
	runtime.Gosched()
	return g.sink.Ingest(ctx, b)
}

// Taken is how many records came in so far, from clients and through the gateway.
func (a *App) Taken() uint64 { return a.gate.taken.Load() }

// polite is the store, to whose Write a batch comes after its turn. A large one takes some ten milliseconds of a core from
// its bytes to the log, and on few cores calls through the gateway, which need a core for a moment only, would wait as long
// for each of their steps: so whoever brings batches steps back between the parts of the work.
type polite struct{ telemetry.Writer }

func (p polite) Write(ctx context.Context, b *telemetry.Batch) error {
	runtime.Gosched()
	return p.Writer.Write(ctx, b)
}

// patient is a gate that waits instead: calls through the gateway go on while the store recovers, and are recorded then.
type patient struct{ *gate }

func (p patient) Ingest(ctx context.Context, b *telemetry.Batch) error {
	select {
	case <-p.open:
		p.taken.Add(uint64(len(b.Spans) + len(b.Logs)))
		return p.sink.Ingest(ctx, b)
	case <-p.abandoned:
		return telemetry.ErrStopped
	case <-ctx.Done():
		return ctx.Err()
	}
}

// check is a dependency that /readyz names.
type check struct {
	name string
	test func(ctx context.Context) error
}

const checkTimeout = 2 * time.Second

// serveReady answers 200 when every check passes or is merely degraded, else 503. The causes are for operators: they name files and states, and
// nothing that clients sent.
func serveReady(checks []check) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), checkTimeout)
		defer cancel()
		answer := struct {
			Status string            `json:"status"`
			Checks map[string]string `json:"checks"`
		}{"ok", map[string]string{}}
		code := http.StatusOK
		for _, c := range checks {
			answer.Checks[c.name] = "ok"
			err := c.test(ctx)
			switch {
			case err == nil:
				continue
			case !isDegraded(err):
				answer.Status, code = "not ready", http.StatusServiceUnavailable
			case code == http.StatusOK:
				answer.Status = "degraded" // what is damaged was set aside, and the rest is served: no reason to send clients away
			}
			answer.Checks[c.name] = err.Error()
		}
		writeJSON(w, code, answer)
	}
}

// isDegraded reports whether an error leaves the server of use: a part was set aside, or no samples are taken while calls, spans
// and logs are.
func isDegraded(err error) bool {
	return errors.Is(err, local.ErrDegraded) || errors.Is(err, metrics.ErrDegraded) || errors.Is(err, metrics.ErrReadOnly)
}

func writeJSON(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(v) // the client has gone if this does not work
}
