package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// tailBuffer is how many matching records wait for a client that reads slowly; what does not fit is counted and told.
const tailBuffer = 1024

// tail streams what becomes durable as server-sent events until the client leaves.
func (a *API) tail(w http.ResponseWriter, r *http.Request, p *params) error {
	filter, err := p.filter()
	if err != nil {
		return err
	}
	select {
	case a.tailing <- struct{}{}:
		defer func() { <-a.tailing }()
	case <-a.stop:
		return telemetry.ErrStopped
	default:
		return &fault{status: http.StatusTooManyRequests, code: "too_many_queries", message: "too many live tails at a time", hint: "close one", retry: 5}
	}
	if a.config.Tailer == nil {
		return telemetry.ErrUnsupported
	}
	h := w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("X-Accel-Buffering", "no")
	if r.Method == http.MethodHead {
		return nil
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	f := &follower{signal: p.text("signal", "all"), filter: filter, events: make(chan tailEvent, tailBuffer)}
	batches := a.config.Tailer.Tail(ctx)
	var following sync.WaitGroup
	following.Go(func() { f.follow(batches) })
	defer following.Wait()
	defer cancel()
	a.stream(ctx, w, f)
	return nil
}

// stream writes events until the client leaves or the server stops. Nothing in it is worth an error: the head is sent.
func (a *API) stream(ctx context.Context, w http.ResponseWriter, f *follower) {
	out := http.NewResponseController(w)
	heartbeat := time.NewTicker(a.config.Heartbeat)
	defer heartbeat.Stop()
	_, err := fmt.Fprint(w, "retry: 2000\n: following\n\n")
	for err == nil {
		// A client that takes nothing for this long is gone.
		_ = out.SetWriteDeadline(time.Now().Add(2 * a.config.Heartbeat))
		if err = out.Flush(); err != nil {
			return
		}
		select {
		case e, ok := <-f.events:
			if !ok {
				return
			}
			err = f.write(w, e)
		case <-heartbeat.C:
			_, err = fmt.Fprint(w, ": heartbeat\n\n")
			if err == nil {
				err = f.writeDropped(w)
			}
		case <-a.stop:
			return
		case <-ctx.Done():
			return
		}
	}
}

// tailEvent is a record on its way to a client.
type tailEvent struct {
	name string // span or log
	body any
}

// follower picks what a client wants out of what becomes durable. It never waits for the client.
type follower struct {
	signal string
	filter telemetry.Expr
	events chan tailEvent

	mu      sync.Mutex
	dropped int64 // matched, and did not fit, since the client was told last
}

// follow reads batches until there are no more.
func (f *follower) follow(batches <-chan telemetry.Batch) {
	defer close(f.events)
	for b := range batches {
		for i := range b.Spans {
			s := &b.Spans[i]
			call := s.GenAI != nil && s.GenAI.Counts
			wanted := f.signal == "all" || f.signal == "spans" || f.signal == "calls" && call
			if wanted && !s.Repeat && telemetry.MatchSpan(f.filter, s) {
				f.offer(tailEvent{"span", newSpan(s, false)})
			}
		}
		for i := range b.Logs {
			if (f.signal == "all" || f.signal == "logs") && telemetry.MatchLog(f.filter, &b.Logs[i]) {
				f.offer(tailEvent{"log", newLog(&b.Logs[i], false)})
			}
		}
	}
}

func (f *follower) offer(e tailEvent) {
	select {
	case f.events <- e:
	default:
		f.mu.Lock()
		f.dropped++
		f.mu.Unlock()
	}
}

// Dropped is the event that says how many records did not fit.
type Dropped struct {
	Dropped int64 `json:"dropped"`
}

func (f *follower) write(w http.ResponseWriter, e tailEvent) error {
	if err := f.writeDropped(w); err != nil {
		return err
	}
	return writeEvent(w, e.name, e.body)
}

func (f *follower) writeDropped(w http.ResponseWriter) error {
	f.mu.Lock()
	n := f.dropped
	f.dropped = 0
	f.mu.Unlock()
	if n == 0 {
		return nil
	}
	return writeEvent(w, "dropped", Dropped{n})
}

func writeEvent(w http.ResponseWriter, name string, body any) error {
	data, err := json.Marshal(body) // one line: JSON escapes line breaks
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "event: %s\ndata: %s\n\n", name, data)
	return err
}
