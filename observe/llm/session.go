package llm

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/telltale-dev/telltale/observe/internal/scope"
	"github.com/telltale-dev/telltale/observe/price"
)

// SessionRun is a conversation that is open.
type SessionRun struct {
	session *session
	release func()
	left    leaver
	ended   atomic.Bool
}

// Session opens a conversation: the id stands on every span and log line below its context, and the limits hold for all
// that happens there. The zero Limits allow everything. A conversation of several requests is opened in each of them, with
// the same id: what it did before counts, see Limits. The first one of a request is also that of its access line. Secrets
// and personal data are removed from the id where it is shown.
//
// Who may choose an id may use up the limits of the conversation of that name: put the user or tenant in front of one that
// comes from a client.
//
//	ctx, session := llm.Session(ctx, id, llm.Limits{Cost: 0.50, Calls: 40, Depth: 6, RepeatedTool: 5})
//	defer session.End()
func Session(ctx context.Context, id string, limits Limits) (context.Context, *SessionRun) {
	s := scope.From(ctx)
	c := coreFor(ctx, s, nil)
	key := tallyKey(id)
	if id = c.Clean("session_id", cutText(id, maxLabel)); s != nil && s.Identity().Session == "" {
		s.Update(func(i *scope.Identity) {
			if i.Session == "" {
				i.Session = id // of the request, for its own span and access line
			}
		})
	}
	all := instrumentsOf(c).sessions
	entered := all.enter(key)
	release := sync.OnceFunc(func() { all.leave(entered) })
	counted := entered
	if limits.PerRun || key == "" {
		counted = &tally{}
	}
	f := frameOf(ctx)
	f.session = newSession(id, f, limits, all.seed, counted)
	f.call = nil
	r := &SessionRun{session: f.session, release: release}
	if ctx.Done() == nil {
		runtime.AddCleanup(f.session, func(release func()) { release() }, release) // nothing else closes what nobody ends
	}
	r.left.watch(ctx, release, func(time.Time) {})
	return f.in(scope.Derive(ctx, nil, func(i *scope.Identity) { i.Session = id })), r
}

// End closes the conversation. Only the first End counts; one that never ends is closed when its context ends, or when
// nothing refers to that any more.
func (s *SessionRun) End() {
	if s.ended.CompareAndSwap(false, true) {
		s.left.stop()
		s.release()
	}
}

// Err is the *LimitError that the conversation is over with, nil while it is within its limits.
func (s *SessionRun) Err() error {
	if e := s.session.over.Load(); e != nil {
		return e
	}
	return nil
}

// Cost is what the calls of the conversation cost so far, to the last digit, without those whose cost is unknown. As Calls
// it is that of all requests, unless Limits say PerRun.
func (s *SessionRun) Cost() price.Amount { return price.Amount(s.session.spent.Load()) }

// Calls is how many model calls began so far.
func (s *SessionRun) Calls() int { return int(s.session.calls.Load()) }
