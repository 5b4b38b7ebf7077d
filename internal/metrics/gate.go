package metrics

import (
	"context"
	"sync"
)

// gate lets requests in between Start and Stop. Stop ends those inside and waits for them, since their samples are in files
// that it unmaps.
type gate struct {
	mu     sync.Mutex
	open   bool
	inside sync.WaitGroup
	ended  context.Context // ends what is inside
	end    context.CancelCauseFunc
}

func (g *gate) unlock() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.open = true
	g.ended, g.end = context.WithCancelCause(context.Background())
}

// lock lets nobody in any more, ends who is inside, and waits for them or for ctx.
func (g *gate) lock(ctx context.Context) error {
	g.mu.Lock()
	open := g.open
	g.open = false
	g.mu.Unlock()
	if !open {
		return nil
	}
	g.end(ErrNotReady)
	done := make(chan struct{})
	go func() {
		g.inside.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (g *gate) isOpen() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.open
}

// enter must be followed by leave where err is nil. The context ends with the server, too.
func (g *gate) enter(ctx context.Context) (inside context.Context, leave func(), err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.open {
		return nil, nil, ErrNotReady
	}
	g.inside.Add(1)
	inside, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(g.ended, func() { cancel(ErrNotReady) })
	return inside, func() {
		stop()
		cancel(nil)
		g.inside.Done()
	}, nil
}
