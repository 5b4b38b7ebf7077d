package scope

import (
	"context"
	"sync"
	"testing"
)

func TestWhatIsLearnedLaterIsKnownAbove(t *testing.T) {
	request := New(t.Context(), nil, &Identity{RequestID: "r1", Method: "POST"})
	session := Derive(context.WithValue(request, struct{ n int }{1}, 1), nil, func(i *Identity) { i.Session = "s1" })

	From(context.WithoutCancel(session)).Update(func(i *Identity) { i.User = "ada" })

	if got := request.Identity(); got.User != "ada" || got.Session != "" || got.RequestID != "r1" {
		t.Errorf("request: %q %q %q", got.User, got.Session, got.RequestID)
	}
	if got := session.Identity(); got.User != "ada" || got.Session != "s1" || got.RequestID != "r1" {
		t.Errorf("session: %q %q %q", got.User, got.Session, got.RequestID)
	}
}

func TestNoScope(t *testing.T) {
	if s := From(t.Context()); s != nil {
		t.Errorf("a scope without one being made: %v", s.Identity())
	}
	var none *Scope
	none.Update(func(i *Identity) { i.User = "nobody" })
	if s := Derive(t.Context(), nil, func(i *Identity) { i.User = "ada" }); s.Identity().User != "ada" {
		t.Errorf("user of a scope without parent is %q", s.Identity().User)
	}
}

func TestConcurrentUpdatesLoseNothing(t *testing.T) {
	s := New(t.Context(), nil, &Identity{})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				s.Update(func(i *Identity) { i.User += "x" })
			}
		})
	}
	wg.Wait()
	if n := len(s.Identity().User); n != 800 {
		t.Errorf("%d of 800 updates are there", n)
	}
}

type router struct{ asked int }

func (r *router) RouteTemplate() string {
	r.asked++
	return "/things/{id}"
}

func TestRouteIsFoundOnceAndByAll(t *testing.T) {
	r := &router{}
	request := New(t.Context(), nil, &Identity{RequestID: "r1"})
	request.Router = r
	session := Derive(request, nil, func(i *Identity) { i.Session = "s1" })
	for range 2 {
		if got := session.Route(); got != "/things/{id}" {
			t.Errorf("route %q", got)
		}
	}
	if got := request.Route(); got != "/things/{id}" || r.asked != 1 {
		t.Errorf("route of the request %q, asked %d times", got, r.asked)
	}
	var none *Scope
	if none.Route() != "" || New(t.Context(), nil, &Identity{}).Route() != "" {
		t.Error("a route of nothing")
	}
}
