package apikey

import (
	"context"
	"net/http"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/telltale-dev/telltale/observe/internal/core"
	"github.com/telltale-dev/telltale/observe/internal/scope"
)

// Require returns a middleware that lets requests pass which show a key that may be used and has all the scopes.
//
//	no key, unknown key, not a key    401 with WWW-Authenticate
//	more than one key                 400
//	revoked, expired, lacks a scope   403
//	the store cannot be asked         503
//
// The body of a refusal is JSON: {"error":{"message":…,"type":…,"code":…,"request_id":…}}.
//
// The key's user, tenant and id are on all log lines and spans of the request from then on. Each request that shows a key
// counts in auth_login_attempts_total, once, whatever it is refused for later; one without a key is no attempt.
func (k *Keys) Require(scopes ...string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			e, err := k.check(r)
			s := scope.From(r.Context())
			attempt(r.Context(), s, e, err)
			if err == nil && !e.key.Allows(scopes...) {
				err = ErrScope
			}
			if err != nil {
				if e != nil {
					identify(s, &e.key) // the access line says whose key was refused
				}
				k.refuse(w, r, scopes, err)
				return
			}
			if s == nil {
				s = scope.New(r.Context(), nil, &scope.Identity{Method: r.Method, Path: r.URL.Path})
				r = r.WithContext(s)
			}
			identify(s, &e.key)
			next.ServeHTTP(w, r)
		})
	}
}

// Authenticate returns the key of a request, and nil if it may be used now; see Validate for the errors, to which come
// ErrMissing and ErrAmbiguous. A handler behind Require calls it to see the key; it costs what a check costs.
func (k *Keys) Authenticate(r *http.Request) (Key, error) {
	e, err := k.check(r)
	if e == nil {
		return Key{}, err
	}
	return e.key, err
}

func (k *Keys) check(r *http.Request) (*entry, error) {
	text, err := credential(r.Header)
	if err != nil {
		return nil, err
	}
	return k.validate(r.Context(), text)
}

// maxCredential is far above the length of a key, and bounds what is looked at.
const maxCredential = 512

// credential returns what a request shows as its key: the token of "Authorization: Bearer", or x-api-key. Both may be
// there if they say the same. An Authorization of another kind is not a key.
func credential(h http.Header) (string, error) {
	auth, direct := h["Authorization"], h["X-Api-Key"]
	if len(auth) > 1 || len(direct) > 1 {
		return "", ErrAmbiguous
	}
	var token, key string
	if len(auth) == 1 {
		if len(auth[0]) > maxCredential {
			return "", ErrMalformed
		}
		kind, rest, _ := strings.Cut(strings.Trim(auth[0], " \t"), " ")
		if strings.EqualFold(kind, "Bearer") {
			token = strings.Trim(rest, " \t")
		}
	}
	if len(direct) == 1 {
		if len(direct[0]) > maxCredential {
			return "", ErrMalformed
		}
		key = strings.Trim(direct[0], " \t")
	}
	switch {
	case token == "" && key == "":
		return "", ErrMissing
	case token == "":
		return key, nil
	case key == "" || key == token:
		return token, nil
	}
	return "", ErrAmbiguous
}

// identify says on all later log lines and spans of the request whose key it shows.
func identify(s *scope.Scope, key *Key) {
	if s == nil || s.Identity().Key == key.ID {
		return
	}
	s.Update(func(i *scope.Identity) {
		i.Key = key.ID
		if key.User != "" {
			i.User = key.User
		}
		if key.Tenant != "" {
			i.Tenant = key.Tenant
		}
	})
}

// attempts counts who tried to come in.
type attempts struct{ success, failure prometheus.Counter }

type attemptsKey struct{}

func newAttempts(c *core.Core) *attempts {
	family := c.Metrics.Counter("auth_login_attempts_total", "Requests and logins that showed a credential, by result.", "result")
	return &attempts{success: family.With("success"), failure: family.With("failure")}
}

// attempt counts a request that shows a key. Where a middleware has seen the same key before, it has counted it.
func attempt(ctx context.Context, s *scope.Scope, e *entry, err error) {
	count := core.Part(core.From(ctx), attemptsKey{}, newAttempts)
	switch {
	case err == nil:
		if s == nil || s.Identity().Key != e.key.ID {
			count.success.Inc()
		}
	case refusalOf(err).attempt:
		count.failure.Inc()
	}
}
