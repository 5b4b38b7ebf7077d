package pipeline

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// tailBuffer is how many batches a live tail may lie behind before it misses some.
const tailBuffer = 64

// tail hands durable batches to who watches. Without watchers it costs one atomic load a batch.
type tail struct {
	mu       sync.Mutex
	watchers map[*watcher]struct{}
	n        atomic.Int32
	missed   atomic.Int64
	closed   bool
}

type watcher struct{ batches chan telemetry.Batch }

func (t *tail) subscribe(ctx context.Context) <-chan telemetry.Batch {
	w := &watcher{batches: make(chan telemetry.Batch, tailBuffer)}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		close(w.batches)
		return w.batches
	}
	if t.watchers == nil {
		t.watchers = map[*watcher]struct{}{}
	}
	t.watchers[w] = struct{}{}
	t.n.Add(1)
	context.AfterFunc(ctx, func() { t.drop(w) })
	return w.batches
}

func (t *tail) drop(w *watcher) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, ok := t.watchers[w]; ok {
		delete(t.watchers, w)
		t.n.Add(-1)
		close(w.batches)
	}
}

// publish copies the records to the depth to which who brought them may write in them again: texts alone are shared.
func (t *tail) publish(b *telemetry.Batch) {
	if t.n.Load() == 0 || b.Len() == 0 {
		return
	}
	c := telemetry.Batch{Spans: slices.Clone(b.Spans), Logs: slices.Clone(b.Logs)}
	for i := range c.Spans {
		copySpan(&c.Spans[i])
	}
	for i := range c.Logs {
		copyEvent(&c.Logs[i].Event)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for w := range t.watchers {
		select {
		case w.batches <- c:
		default:
			t.missed.Add(1)
		}
	}
}

func copyEvent(e *telemetry.Event) {
	e.Attributes, e.Resource = slices.Clone(e.Attributes), slices.Clone(e.Resource)
}

func copySpan(s *telemetry.Span) {
	copyEvent(&s.Event)
	s.Events, s.Links = slices.Clone(s.Events), slices.Clone(s.Links)
	for i := range s.Events {
		s.Events[i].Attributes = slices.Clone(s.Events[i].Attributes)
	}
	for i := range s.Links {
		s.Links[i].Attributes = slices.Clone(s.Links[i].Attributes)
	}
	if s.GenAI != nil {
		g := *s.GenAI
		s.GenAI = &g
	}
}

func (t *tail) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	for w := range t.watchers {
		delete(t.watchers, w)
		t.n.Add(-1)
		close(w.batches)
	}
}
