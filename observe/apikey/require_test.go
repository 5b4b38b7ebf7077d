package apikey_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telltale-dev/telltale/observe/apikey"
	"github.com/telltale-dev/telltale/observe/internal/core"
	"github.com/telltale-dev/telltale/observe/internal/scope"
	"github.com/telltale-dev/telltale/observe/metric"
)

// service is a handler behind keys, as observe's Handler calls it.
type service struct {
	keys *apikey.Keys
	core *core.Core
	log  bytes.Buffer
	seen *scope.Identity // by the handler, nil if it was not called
	next http.Handler
}

func serve(t testing.TB, store apikey.Store, scopes ...string) *service {
	s := &service{keys: open(t, store, apikey.Options{Realm: `my "api"`})}
	s.core = &core.Core{Metrics: metric.NewRegistry(metric.Options{}), Logger: slog.New(slog.NewJSONHandler(&s.log, nil))}
	s.next = s.keys.Require()(s.keys.Require(scopes...)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		s.seen = scope.From(r.Context()).Identity()
	})))
	return s
}

// get sends a request with headers, name and value in turn.
func (s *service) get(t *testing.T, headers ...string) (*httptest.ResponseRecorder, *scope.Identity) {
	t.Helper()
	s.seen = nil
	id := scope.New(t.Context(), s.core, &scope.Identity{RequestID: "req-1", User: "?"})
	r := httptest.NewRequestWithContext(id, http.MethodGet, "/v1/models", nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.next.ServeHTTP(w, r)
	return w, id.Identity()
}

func TestWhoComesIn(t *testing.T) {
	s := serve(t, &apikey.MemoryStore{})
	good, key := create(t, s.keys, apikey.Grant{User: "ada", Tenant: "acme"})
	other, _ := create(t, s.keys, apikey.Grant{})
	revoked, k := create(t, s.keys, apikey.Grant{User: "bob"})
	if err := s.keys.Revoke(t.Context(), k.ID); err != nil {
		t.Fatal(err)
	}
	expired, _ := create(t, s.keys, apikey.Grant{Expires: time.Now().Add(-time.Hour)})
	unknown, _ := create(t, open(t, &apikey.MemoryStore{}, apikey.Options{}), apikey.Grant{})

	const bare, invalid = `Bearer realm="my api"`, `Bearer realm="my api", error="invalid_token"`
	for _, test := range []struct {
		name      string
		headers   []string
		status    int
		code      string
		challenge string
	}{
		{"bearer", []string{"Authorization", "Bearer " + good}, 200, "", ""},
		{"bearer in small letters, with space", []string{"Authorization", "  bearer \t " + good + "\t "}, 200, "", ""},
		{"x-api-key", []string{"x-api-key", good}, 200, "", ""},
		{"both, the same", []string{"Authorization", "Bearer " + good, "x-api-key", good}, 200, "", ""},
		{"x-api-key beside basic", []string{"Authorization", "Basic YTpi", "x-api-key", good}, 200, "", ""},
		{"none", nil, 401, "missing_api_key", bare},
		{"empty", []string{"Authorization", ""}, 401, "missing_api_key", bare},
		{"bearer alone", []string{"Authorization", "Bearer"}, 401, "missing_api_key", bare},
		{"basic", []string{"Authorization", "Basic " + good}, 401, "missing_api_key", bare},
		{"unknown", []string{"Authorization", "Bearer " + unknown}, 401, "invalid_api_key", invalid},
		{"not a key", []string{"Authorization", "Bearer sk-123"}, 401, "invalid_api_key", invalid},
		{"two keys in one", []string{"Authorization", "Bearer " + good + " " + good}, 401, "invalid_api_key", invalid},
		{"with a NUL", []string{"Authorization", "Bearer " + good + "\x00"}, 401, "invalid_api_key", invalid},
		{"with a line feed", []string{"x-api-key", good + "\n"}, 401, "invalid_api_key", invalid},
		{"long", []string{"Authorization", "Bearer " + strings.Repeat("A", 1<<20)}, 401, "invalid_api_key", invalid},
		{"long of spaces", []string{"x-api-key", good + strings.Repeat(" ", 1<<20)}, 401, "invalid_api_key", invalid},
		{"twice", []string{"Authorization", "Bearer " + good, "Authorization", "Bearer " + good}, 400, "ambiguous_api_key", ""},
		{"two keys", []string{"Authorization", "Bearer " + good, "x-api-key", other}, 400, "ambiguous_api_key", ""},
		{"revoked", []string{"Authorization", "Bearer " + revoked}, 403, "revoked_api_key", ""},
		{"expired", []string{"x-api-key", expired}, 403, "expired_api_key", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			w, id := s.get(t, test.headers...)
			if w.Code != test.status {
				t.Fatalf("status %d, want %d: %s", w.Code, test.status, w.Body)
			}
			if got := w.Header().Get("WWW-Authenticate"); got != test.challenge {
				t.Errorf("challenge %q, want %q", got, test.challenge)
			}
			for _, text := range []string{w.Body.String(), s.log.String()} {
				if strings.Contains(text, good) || strings.Contains(text, unknown) {
					t.Errorf("a key is shown: %s", text)
				}
			}
			if test.status == http.StatusOK {
				want := []string{key.ID, "ada", "acme"}
				if diff := cmp.Diff(want, []string{s.seen.Key, s.seen.User, s.seen.Tenant}); diff != "" {
					t.Errorf("identity in the handler: %s", diff)
				}
				return
			}
			if s.seen != nil {
				t.Error("the handler was called")
			}
			if test.code == "revoked_api_key" && (id.Key != k.ID || id.User != "bob") {
				t.Errorf("the access line does not say whose key was refused: %q %q", id.Key, id.User)
			}
			var body struct {
				Error struct {
					Message, Type, Code string
					RequestID           string `json:"request_id"`
				}
			}
			if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
				t.Fatal(err)
			}
			if body.Error.Code != test.code || body.Error.RequestID != "req-1" || body.Error.Message == "" || body.Error.Type == "" {
				t.Errorf("body %s", w.Body)
			}
			if ct := w.Header().Get("Content-Type"); ct != "application/json" {
				t.Errorf("content type %q", ct)
			}
		})
	}
}

func TestAttemptsAreCountedOnce(t *testing.T) {
	s := serve(t, &apikey.MemoryStore{}, "admin")
	admin, _ := create(t, s.keys, apikey.Grant{Scopes: []string{"read", "admin"}})
	reader, _ := create(t, s.keys, apikey.Grant{Scopes: []string{"read"}})
	for range 3 {
		s.get(t, "x-api-key", admin) // two middlewares, one attempt
	}
	s.get(t, "x-api-key", "sk-nonsense")
	s.get(t)
	if w, _ := s.get(t, "x-api-key", reader); w.Code != http.StatusForbidden ||
		w.Header().Get("WWW-Authenticate") != `Bearer realm="my api", error="insufficient_scope", scope="admin"` {
		t.Errorf("a key without the scope: %d %q", w.Code, w.Header())
	}
	got := map[string]float64{}
	families, err := s.core.Metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == "auth_login_attempts_total" {
			for _, m := range f.GetMetric() {
				got[m.GetLabel()[0].GetName()+"="+m.GetLabel()[0].GetValue()] = m.GetCounter().GetValue()
			}
		}
	}
	if diff := cmp.Diff(map[string]float64{"result=success": 4, "result=failure": 1}, got); diff != "" {
		t.Error(diff)
	}
}

func TestAStoreThatIsDownIsNotTheClientsFault(t *testing.T) {
	store := &slowStore{}
	s := serve(t, store)
	text, _ := create(t, s.keys, apikey.Grant{})
	store.setFail(errors.New("secret-host: connection refused"))
	w, _ := s.get(t, "x-api-key", text)
	store.setFail(nil)
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
		t.Errorf("status %d", w.Code)
	}
	if strings.Contains(w.Body.String(), "secret-host") || !strings.Contains(s.log.String(), "secret-host") {
		t.Errorf("the cause goes to the log only; client: %s, log: %s", w.Body, &s.log)
	}
	if w, _ = s.get(t, "x-api-key", text); w.Code != http.StatusOK {
		t.Errorf("after it: status %d", w.Code)
	}
}

func TestWithoutObserve(t *testing.T) {
	keys := open(t, &apikey.MemoryStore{}, apikey.Options{})
	text, key := create(t, keys, apikey.Grant{User: "ada"})
	var got apikey.Key
	srv := httptest.NewServer(keys.Require()(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		got, _ = keys.Authenticate(r)
		if id := scope.From(r.Context()).Identity(); id.User != "ada" || id.Key != key.ID {
			t.Errorf("identity %q %q", id.User, id.Key)
		}
	})))
	defer srv.Close()
	for _, test := range []struct {
		auth   string
		status int
	}{{"Bearer " + text, 200}, {"Bearer sk-", 401}} {
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL, nil)
		r.Header.Set("Authorization", test.auth)
		resp, err := srv.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != test.status {
			t.Errorf("status %d, want %d", resp.StatusCode, test.status)
		}
	}
	srv.Client().CloseIdleConnections()
	if got.ID != key.ID {
		t.Errorf("key in the handler is %+v", got)
	}
}

func FuzzCredential(f *testing.F) {
	keys := open(f, &apikey.MemoryStore{}, apikey.Options{})
	text, _ := create(f, keys, apikey.Grant{})
	f.Add("Bearer "+text, text)
	f.Add("bearer\x00", " ")
	f.Add("Basic x", strings.Repeat("\t", 600))
	h := keys.Require()(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }))
	f.Fuzz(func(t *testing.T, auth, direct string) {
		r := httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/", nil)
		r.Header["Authorization"], r.Header["X-Api-Key"] = []string{auth}, []string{direct}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code == http.StatusOK && !strings.Contains(auth, text) && !strings.Contains(direct, text) {
			t.Errorf("%q and %q came in", auth, direct)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	text, _ := create(b, open(b, &apikey.MemoryStore{}, apikey.Options{}), apikey.Grant{})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := apikey.Parse(text); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkValidate(b *testing.B) {
	keys := open(b, &apikey.MemoryStore{}, apikey.Options{})
	text, _ := create(b, keys, apikey.Grant{User: "ada", Scopes: []string{"read"}})
	for name, s := range map[string]string{"known": text, "typo": text[:51] + "!"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = keys.Validate(b.Context(), s)
			}
		})
	}
	b.Run("parallel", func(b *testing.B) {
		b.ReportAllocs()
		b.RunParallel(func(p *testing.PB) {
			for p.Next() {
				_, _ = keys.Validate(b.Context(), text)
			}
		})
	})
}

func BenchmarkRequire(b *testing.B) {
	s := serve(b, &apikey.MemoryStore{})
	text, _ := create(b, s.keys, apikey.Grant{User: "ada", Tenant: "acme"})
	h := s.keys.Require()(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/", nil)
	r.Header.Set("Authorization", "Bearer "+text)
	w := httptest.NewRecorder()
	id := &scope.Identity{RequestID: "req-1"}
	for name, check := range map[string]func(http.ResponseWriter, *http.Request){
		"without": func(http.ResponseWriter, *http.Request) {}, "with": h.ServeHTTP,
	} {
		b.Run(name, func(b *testing.B) { // each request has a scope of its own, which the difference leaves out
			b.ReportAllocs()
			for b.Loop() {
				check(w, r.WithContext(scope.New(r.Context(), s.core, id)))
			}
		})
	}
}
