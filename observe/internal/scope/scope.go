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
	Method    string // of HTTP; empty for other work
	Path      string // as requested, without the query
	Route     string // template, once the router has chosen it
	User      string
	Tenant    string
	Session   string // conversation
	Key       string // id of the API key

	// Rendered is for who writes log lines: the identity in their format, made once.
	Rendered atomic.Pointer[[]byte]
}

// clone copies what an identity says, without its rendering.
func (i *Identity) clone() *Identity {
	return &Identity{
		RequestID: i.RequestID, Method: i.Method, Path: i.Path, Route: i.Route,
		User: i.User, Tenant: i.Tenant, Session: i.Session, Key: i.Key,
	}
}

// Scope is a context that knows its identity. It may be used by any number of goroutines, also after the work has ended.
type Scope struct {
	context.Context
	Core   any // the telemetry it reports to, see internal/core
	parent *Scope
	first  Identity
	now    atomic.Pointer[Identity]
}

type key struct{}

// New returns the scope of new work, with a context of its own on top of ctx. It has no parent.
func New(ctx context.Context, core any, id *Identity) *Scope {
	s := &Scope{Context: ctx, Core: core}
	s.first.RequestID, s.first.Method, s.first.Path, s.first.Route = id.RequestID, id.Method, id.Path, id.Route
	s.first.User, s.first.Tenant, s.first.Session, s.first.Key = id.User, id.Tenant, id.Session, id.Key
	s.now.Store(&s.first)
	return s
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
func (s *Scope) Identity() *Identity { return s.now.Load() }

// Update lets change work on a copy of the identity and puts that in its place, for everyone who has the scope and for
// those it was derived from. change may be called more than once.
func (s *Scope) Update(change func(*Identity)) {
	for ; s != nil; s = s.parent {
		for {
			old := s.now.Load()
			next := old.clone()
			change(next)
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
	next := &s.first
	if parent != nil {
		next = parent.Identity().clone()
		if core == nil {
			s.Core = parent.Core
		}
	}
	change(next)
	s.now.Store(next)
	return s
}
