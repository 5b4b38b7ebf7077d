package llm

import (
	"context"
	"sync"
	"time"
)

// grace is how long after the end of its context a piece of work may still end by itself, with what it knows. After that it
// is ended for it.
const grace = 5 * time.Second

// leaver looks after work that never ends, because its code panicked or forgot to.
type leaver struct {
	mu      sync.Mutex
	off     func() bool // of context.AfterFunc
	timer   *time.Timer
	stopped bool
}

// watch lets release run as soon as the context is done, and abandon some time later, unless stop is called before. abandon
// gets the time when the context was done.
func (l *leaver) watch(ctx context.Context, release func(), abandon func(at time.Time)) {
	if ctx.Done() == nil {
		return
	}
	off := context.AfterFunc(ctx, func() {
		if release != nil {
			release()
		}
		at := time.Now()
		l.mu.Lock()
		defer l.mu.Unlock()
		if !l.stopped {
			l.timer = time.AfterFunc(grace, func() { abandon(at) })
		}
	})
	l.mu.Lock()
	defer l.mu.Unlock()
	l.off = off
}

func (l *leaver) stop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stopped = true
	if l.off != nil {
		l.off()
	}
	if l.timer != nil {
		l.timer.Stop()
	}
}
