package gateway

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

const (
	watchTick  = 20 * time.Millisecond // the error of all timeouts, and how late a client that left is noticed
	watchSleep = time.Second           // without calls, until ticking stops
	shards     = 8
)

// watch ends calls that take too long and notices clients that leave. One goroutine looks at all calls every tick: a timer,
// a context and two deadlines for each call cost more than all else the gateway does with it.
type watch struct {
	limits Limits
	grace  time.Duration
	start  time.Time
	clock  atomic.Int64 // ns since start, as of the last tick
	asleep atomic.Bool
	count  atomic.Int64
	kick   chan struct{}
	cut    atomic.Bool // all calls are to end
	shards [shards]watchShard
}

type watchShard struct {
	mu    sync.Mutex
	calls []*call
	_     [32]byte // shards of their own cache line
}

// What a call waits for.
const (
	phaseNone    = iota
	phaseBody    // the client's body
	phaseHeader  // the provider's answer
	phaseReading // more of the answer
	phaseWriting // the client, to take it
)

// watched is what the watch needs of a call.
type watched struct {
	client  context.Context // of the client's request
	conn    *http.ResponseController
	up      *callContext
	phase   atomic.Int32
	since   atomic.Int64  // clock of the last progress
	allowed time.Duration // for the body
	left    atomic.Bool   // the client went away
	leftAt  int64         // clock; the watch's own
	shard   uint8
	index   int
}

func newWatch(l Limits, grace time.Duration) *watch {
	w := &watch{limits: l, grace: grace, start: time.Now(), kick: make(chan struct{}, 1)}
	w.asleep.Store(true)
	return w
}

func (w *watch) add(c *call) {
	c.shard = c.spanID[0] % shards
	s := &w.shards[c.shard]
	w.count.Add(1)
	if w.asleep.Load() {
		w.clock.Store(int64(time.Since(w.start)))
		select {
		case w.kick <- struct{}{}:
		default:
		}
	}
	c.since.Store(w.clock.Load())
	s.mu.Lock()
	c.index = len(s.calls)
	s.calls = append(s.calls, c)
	s.mu.Unlock()
	if w.cut.Load() {
		c.up.cancel(causeStopping)
	}
}

// remove returns when the watch no longer looks at the call.
func (w *watch) remove(c *call) {
	s := &w.shards[c.shard]
	s.mu.Lock()
	last := len(s.calls) - 1
	s.calls[c.index] = s.calls[last]
	s.calls[c.index].index = c.index
	s.calls[last] = nil
	s.calls = s.calls[:last]
	s.mu.Unlock()
	w.count.Add(-1)
}

// enter says what the call waits for from now on.
func (w *watch) enter(c *call, phase int32) {
	c.since.Store(w.clock.Load())
	c.phase.Store(phase)
}

// run ticks until ctx ends; while there are no calls it sleeps.
func (w *watch) run(ctx context.Context) {
	ticker := time.NewTicker(watchTick)
	defer ticker.Stop()
	idleTicks := 0
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		w.tick()
		if idleTicks++; w.count.Load() > 0 {
			idleTicks = 0
		}
		if idleTicks < int(watchSleep/watchTick) {
			continue
		}
		ticker.Stop()
		if w.asleep.Store(true); w.count.Load() == 0 {
			select {
			case <-ctx.Done():
				return
			case <-w.kick:
			}
		}
		w.asleep.Store(false)
		idleTicks = 0
		ticker.Reset(watchTick)
	}
}

func (w *watch) tick() {
	now := int64(time.Since(w.start))
	w.clock.Store(now)
	if w.count.Load() == 0 {
		return
	}
	for i := range w.shards {
		s := &w.shards[i]
		s.mu.Lock()
		for _, c := range s.calls {
			w.look(c, now)
		}
		s.mu.Unlock()
	}
}

// past is a deadline that is over.
var past = time.Unix(1, 0)

// look ends a call whose time is over. The deadline of the client's connection is set only then: it wakes who waits there.
func (w *watch) look(c *call, now int64) {
	phase := c.phase.Load()
	waited := time.Duration(now - c.since.Load())
	switch {
	case phase == phaseBody && waited > c.allowed:
		_ = c.conn.SetReadDeadline(past)
	case phase == phaseHeader && waited > w.limits.FirstByteTimeout:
		c.up.cancel(causeFirstByte)
	case phase == phaseReading && waited > w.limits.IdleTimeout:
		c.up.cancel(causeIdle)
	case phase == phaseWriting && waited > w.limits.IdleTimeout:
		_ = c.conn.SetWriteDeadline(past)
	}
	if !c.left.Load() && c.client.Err() != nil {
		c.left.Store(true)
	}
	if !c.left.Load() {
		return
	}
	if c.leftAt == 0 {
		c.leftAt = now
	}
	if time.Duration(now-c.leftAt) >= w.grace {
		c.up.cancel(causeLeft)
	}
}

// cutAll ends all calls, and those that come after.
func (w *watch) cutAll() {
	w.cut.Store(true)
	for i := range w.shards {
		s := &w.shards[i]
		s.mu.Lock()
		for _, c := range s.calls {
			c.up.cancel(causeStopping)
			switch c.phase.Load() {
			case phaseBody:
				_ = c.conn.SetReadDeadline(past)
			case phaseWriting:
				_ = c.conn.SetWriteDeadline(past)
			}
		}
		s.mu.Unlock()
	}
}

// callContext is the context of a call upstream. It is made for the one child that the transport derives from it, and so
// costs less than those of the standard library, whose rules it follows.
type callContext struct {
	mu    sync.Mutex
	done  chan struct{} // made when asked for
	cause error
	after []*func()
}

var _ context.Context = (*callContext)(nil)

// Deadline is none: the watch ends calls.
func (c *callContext) Deadline() (time.Time, bool) { return time.Time{}, false }

// Value has none.
func (c *callContext) Value(any) any { return nil }

// Done is closed by cancel.
func (c *callContext) Done() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.done == nil {
		c.done = make(chan struct{})
		if c.cause != nil {
			close(c.done)
		}
	}
	return c.done
}

// Err is context.Canceled after cancel.
func (c *callContext) Err() error {
	if c.why() != nil {
		return context.Canceled
	}
	return nil
}

// why is what cancel was called with first.
func (c *callContext) why() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cause
}

// AfterFunc is how package context asks to be told, where it finds this method.
func (c *callContext) AfterFunc(f func()) (stop func() bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cause != nil {
		go f() // as context.AfterFunc has it; f only passes the cancellation on
		return func() bool { return false }
	}
	entry := &f
	c.after = append(c.after, entry)
	return func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		for i, e := range c.after {
			if e == entry {
				c.after[i] = nil
				return true
			}
		}
		return false
	}
}

func (c *callContext) cancel(cause error) {
	c.mu.Lock()
	if c.cause != nil {
		c.mu.Unlock()
		return
	}
	c.cause = cause
	if c.done != nil {
		close(c.done)
	}
	after := c.after
	c.after = nil
	c.mu.Unlock()
	for _, f := range after {
		if f != nil {
			(*f)()
		}
	}
}
