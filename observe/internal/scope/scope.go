// Package scope carries what is known of the work in progress: a request, a job of a queue, a session of an agent. It rides
// in the context, so that every log line and span says whose it is without anything being passed by hand.
package scope

import (
	"context"
	"sync/atomic"
)

// Identity says which work and whose. It never changes once it is in a Scope: to say more, put another in its place.
type Identity struct {
	RequestID string
	Made      bool   // RequestID was made here, of random bits: nothing in it has to be hidden
	Method    string // of HTTP; empty for other work
	Path      string // as requested, without the query
	Route     string // template, once the router has chosen it
	User      string
	Tenant    string
	Session   string // conversation
	Key       string // id of the API key
}

// Known is an identity with what follows from it.
type Known struct {
	Identity

	// Rendered is for who writes log lines: the identity in their format, made once.
	Rendered atomic.Pointer[[]byte]
}

// Scope is a context that knows its identity. It may be used by any number of goroutines, also after the work has ended.
type Scope struct {
	context.Context
	Core   any // the telemetry it reports to, see internal/core
	Router Router
	parent *Scope
	first  Known
	spare  Known // for the first Update, which most scopes see no more than one of
	taken  atomic.Bool
	Routed atomic.Bool // the route was said, not found
	now    atomic.Pointer[Known]
	trail  atomic.Pointer[Trail]
}

// Router tells the route of the work while it is under way.
type Router interface{ RouteTemplate() string }

type key struct{}

// New returns the scope of new work, with a context of its own on top of ctx. It has no parent.
func New(ctx context.Context, core any, id *Identity) *Scope {
	s := &Scope{}
	*s.Begin(ctx, core) = *id
	return s
}

// Begin does what New does with a Scope that is part of a larger value and is used for the first time. The caller says in
// the identity that it returns whose work it is, before anyone else has s.
func (s *Scope) Begin(ctx context.Context, core any) *Identity {
	s.Context, s.Core = ctx, core
	s.now.Store(&s.first)
	return &s.first.Identity
}

// Value implements context.Context.
func (s *Scope) Value(k any) any {
	if _, ok := k.(key); ok {
		return s
	}
	return s.Context.Value(k)
}

// From returns the scope of the work, nil if ctx is of none.
func From(ctx context.Context) *Scope {
	s, _ := ctx.Value(key{}).(*Scope)
	return s
}

// Identity returns what is known now. The caller does not change it.
func (s *Scope) Identity() *Identity { return &s.now.Load().Identity }

// Known returns the same with what follows from it.
func (s *Scope) Known() *Known { return s.now.Load() }

// Route returns the template of the route that the work came by, also before its handler has ended; empty if unknown.
func (s *Scope) Route() string {
	if s == nil {
		return ""
	}
	if route := s.Identity().Route; route != "" || s.Router == nil {
		return route
	}
	route := s.Router.RouteTemplate()
	if route != "" {
		s.Update(func(i *Identity) { i.Route = route })
	}
	return route
}

// Update lets change work on a copy of the identity and puts that in its place, for everyone who has the scope and for
// those it was derived from. change may be called more than once.
func (s *Scope) Update(change func(*Identity)) {
	for ; s != nil; s = s.parent {
		next := &s.spare
		if s.taken.Swap(true) {
			next = &Known{}
		}
		for {
			old := s.now.Load()
			next.Identity = old.Identity
			change(&next.Identity)
			if s.now.CompareAndSwap(old, next) {
				break
			}
		}
	}
}

// Derive returns a scope below the one in ctx, changed: what is learned of it later is learned of its parents too, but
// what change says is its own.
func Derive(ctx context.Context, core any, change func(*Identity)) *Scope {
	parent := From(ctx)
	s := &Scope{Context: ctx, Core: core, parent: parent}
	if parent != nil {
		s.first.Identity = *parent.Identity()
		s.Router = parent.Router
		if core == nil {
			s.Core = parent.Core
		}
	}
	change(&s.first.Identity)
	s.now.Store(&s.first)
	return s
}
