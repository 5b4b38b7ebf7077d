package sentry_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/telltale-dev/telltale/observe"
	"github.com/telltale-dev/telltale/observe/logging"
	observesentry "github.com/telltale-dev/telltale/observe/sentry"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// event is what Sentry would read of an envelope.
type event struct {
	Level, Environment, Release, Transaction, Platform string

	ServerName string `json:"server_name"`
	User       struct{ ID, Email string }
	Tags       map[string]string
	Contexts   map[string]map[string]any
	Request    struct{ Method, URL string }
	Exception  []struct {
		Type, Value string
		Mechanism   struct{ Handled bool }
		Stacktrace  struct {
			Frames []struct {
				Function, Module, Filename string
				Lineno                     int
			}
		}
	}
	Breadcrumbs []struct {
		Category, Message, Level string
		Data                     map[string]any
	}
}

// server takes envelopes as Sentry does.
type server struct {
	*httptest.Server
	mu     sync.Mutex
	events []event
	raw    []string
	auth   []string
}

func newServer(t *testing.T) *server {
	t.Helper()
	s := &server{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := s.take(r); err != nil {
			t.Errorf("%s %s: %v", r.Method, r.URL.Path, err)
			http.Error(w, "no", http.StatusBadRequest)
			return
		}
		_, _ = io.WriteString(w, "{}")
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *server) dsn() string {
	return strings.Replace(s.URL, "http://", "http://0123456789abcdef0123456789abcdef@", 1) + "/42"
}

func (s *server) take(r *http.Request) error {
	if r.URL.Path != "/api/42/envelope/" {
		return errors.New("not the path of envelopes")
	}
	var body io.Reader = r.Body
	if r.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(r.Body)
		if err != nil {
			return err
		}
		body = z
	}
	all, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.raw, s.auth = append(s.raw, string(all)), append(s.auth, r.Header.Get("X-Sentry-Auth"))
	lines := bufio.NewReader(bytes.NewReader(all))
	if _, err := lines.ReadBytes('\n'); err != nil {
		return fmt.Errorf("header of the envelope: %w", err)
	}
	for {
		head, err := lines.ReadBytes('\n')
		if len(bytes.TrimSpace(head)) == 0 && err != nil {
			return nil
		}
		var item struct {
			Type   string
			Length int
		}
		if err := json.Unmarshal(head, &item); err != nil {
			return fmt.Errorf("header of an item %q: %w", head, err)
		}
		payload := make([]byte, item.Length)
		if _, err := io.ReadFull(lines, payload); err != nil {
			return err
		}
		_, _ = lines.ReadByte()
		if item.Type != "event" {
			continue
		}
		var e event
		if err := json.Unmarshal(payload, &e); err != nil {
			return err
		}
		s.events = append(s.events, e)
	}
}

func observed(t *testing.T, s *server) (*observe.Telemetry, *observesentry.Reporter) {
	t.Helper()
	reporter, err := observesentry.New(observesentry.Options{DSN: s.dsn(), Tags: map[string]string{"region": "eu"}})
	if err != nil {
		t.Fatal(err)
	}
	tel, err := observe.Start(t.Context(), observe.Config{
		Service: "chat-api", Version: "1.4.2", Environment: "production", Instance: "pod-7", Exporter: observe.ExporterNone,
		NoGlobal: true, Log: logging.Options{Writer: io.Discard}, Errors: []observe.ErrorReporter{reporter},
	})
	if err != nil {
		t.Fatal(err)
	}
	return tel, reporter
}

func end(t *testing.T, tel *observe.Telemetry, reporter *observesentry.Reporter) {
	t.Helper()
	for range 2 {
		if err := errors.Join(tel.Shutdown(t.Context()), reporter.Shutdown(t.Context())); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAPanicArrivesWithAllThatIsKnown(t *testing.T) {
	s := newServer(t)
	tel, reporter := observed(t, s)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/chats/{id}", func(_ http.ResponseWriter, r *http.Request) {
		ctx := observe.WithUser(r.Context(), "u-42", "acme")
		tel.Logger().InfoContext(ctx, "looking up the chat", "password", "hunter2", "turns", 3)
		panic("no chat for ada@example.com")
	})
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/chats/7", nil)
	r.Header.Set(observe.RequestIDHeader, "req-1")
	r.Header.Set("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	tel.Handler(mux).ServeHTTP(w, r)
	end(t, tel, reporter)

	if len(s.events) != 1 || !strings.Contains(s.auth[0], "sentry_key=0123456789abcdef0123456789abcdef") {
		t.Fatalf("%d events, %v", len(s.events), s.auth)
	}
	e := s.events[0]
	wantTags := map[string]string{
		"region": "eu", "service": "chat-api", "request_id": "req-1", "tenant_id": "acme", "method": "GET", "route": "/v1/chats/{id}",
	}
	if diff := cmp.Diff(wantTags, e.Tags); diff != "" {
		t.Errorf("tags:\n%s", diff)
	}
	got := []string{e.Level, e.Environment, e.Release, e.ServerName, e.User.ID, e.Transaction, e.Request.Method, e.Request.URL}
	want := []string{"fatal", "production", "chat-api@1.4.2", "pod-7", "u-42", "GET /v1/chats/{id}", "GET", "/v1/chats/7"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("event:\n%s", diff)
	}
	if e.Contexts["trace"]["trace_id"] != "0af7651916cd43dd8448eb211c80319c" || e.Contexts["trace"]["span_id"] == "" {
		t.Errorf("trace %v", e.Contexts["trace"])
	}
	x := e.Exception[0]
	frames := x.Stacktrace.Frames
	if x.Type != "string" || !strings.Contains(x.Value, "no chat for [redacted:email]") || x.Mechanism.Handled {
		t.Errorf("exception %s: %s, handled %v", x.Type, x.Value, x.Mechanism.Handled)
	}
	if last := frames[len(frames)-1]; !strings.Contains(last.Function, "TestAPanicArrives") || last.Lineno == 0 {
		t.Errorf("the last frame is %+v", last)
	}
	if len(e.Breadcrumbs) != 1 || e.Breadcrumbs[0].Message != "looking up the chat" || e.Breadcrumbs[0].Data["turns"] != 3.0 {
		t.Errorf("breadcrumbs %+v", e.Breadcrumbs)
	}
	for _, secret := range []string{"hunter2", "ada@example.com"} {
		if strings.Contains(s.raw[0], secret) {
			t.Errorf("%s was sent: %s", secret, s.raw[0])
		}
	}
}

func TestAnErrorByHand(t *testing.T) {
	s := newServer(t)
	tel, reporter := observed(t, s)
	h := tel.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		observe.Error(r.Context(), fmt.Errorf("answer: %w", io.ErrUnexpectedEOF), slog.String("api_key", "k1"), "model", "gpt-4o-mini")
	}))
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/chat", nil))
	end(t, tel, reporter)
	if len(s.events) != 1 {
		t.Fatalf("%d events", len(s.events))
	}
	e := s.events[0]
	if e.Level != "error" || e.Exception[0].Value != "answer: unexpected EOF" || !e.Exception[0].Mechanism.Handled {
		t.Errorf("level %s, exception %+v", e.Level, e.Exception[0])
	}
	if got := e.Contexts["attributes"]; got["model"] != "gpt-4o-mini" || strings.Contains(fmt.Sprint(got["api_key"]), "k1") {
		t.Errorf("attributes %v", got)
	}
}

// TestReportRedactsWhatComesUnredacted calls it as another program could, with texts nobody has looked at.
func TestReportRedactsWhatComesUnredacted(t *testing.T) {
	s := newServer(t)
	reporter, err := observesentry.New(observesentry.Options{DSN: s.dsn(), Release: "r1"})
	if err != nil {
		t.Fatal(err)
	}
	const secret, mail = "sk-proj-1a2B3c4D5e6F7g8H9i0J", "ada@example.com" //nolint:gosec // it opens nothing
	reporter.Report(t.Context(), observe.ErrorEvent{
		Time: time.Now(), Err: errors.New(secret), Type: "x", Message: "key " + secret, User: mail, Path: "/a/" + mail,
		Attrs:       []slog.Attr{slog.Any("v", struct{ Key string }{secret})},
		Breadcrumbs: []observe.Breadcrumb{{Message: secret, Attrs: []slog.Attr{slog.String("to", mail)}}},
	})
	if err := reporter.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(s.raw) != 1 || strings.Contains(s.raw[0], secret) || strings.Contains(s.raw[0], mail) || s.events[0].Release != "r1" {
		t.Errorf("sent %s", s.raw)
	}
}

func TestAServerThatDoesNotAnswerHoldsNobodyUp(t *testing.T) {
	held := make(chan struct{})
	hung := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-held }))
	defer hung.Close()
	defer close(held)
	reporter, err := observesentry.New(observesentry.Options{DSN: (&server{Server: hung}).dsn()})
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	for range 2000 {
		reporter.Report(t.Context(), observe.ErrorEvent{Err: io.EOF, Message: "EOF"})
	}
	if took := time.Since(start); took > 20*time.Second { // one that waited for an answer would wait for ever
		t.Errorf("2000 reports took %v", took)
	}
	const limit = 200 * time.Millisecond
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	start = time.Now()
	if err := reporter.Shutdown(ctx); err == nil || !strings.Contains(err.Error(), "not all errors were sent") {
		t.Errorf("Shutdown says %v", err)
	}
	if took := time.Since(start); took > 10*time.Second { // the server never answers
		t.Errorf("Shutdown took %v of %v", took, limit)
	}
	later, cancel := context.WithTimeout(t.Context(), time.Minute) // what was cut off ends by itself
	defer cancel()
	if err := reporter.Shutdown(later); err == nil || later.Err() != nil {
		t.Errorf("Shutdown says %v once it has ended, %v", err, later.Err())
	}
}

func TestOptionsThatCannotWork(t *testing.T) {
	for _, o := range []observesentry.Options{{DSN: "https://example.com"}, {SampleRate: 2}} {
		if _, err := observesentry.New(o); err == nil {
			t.Errorf("%+v is taken", o)
		}
	}
	t.Setenv("SENTRY_DSN", "")
	none, err := observesentry.New(observesentry.Options{})
	if err != nil {
		t.Fatal(err)
	}
	none.Report(t.Context(), observe.ErrorEvent{Err: io.EOF})
	if err := none.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}
