//go:build e2e

package e2e

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io/fs"
	"maps"
	"math"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Telltale is a server that runs.
type Telltale struct {
	URL  string // of its API
	OTLP string // endpoint of OTLP over HTTP

	data    string
	process *process
}

// StartTelltale starts $E2E_BIN, or bin/telltale of this checkout.
func StartTelltale(t *testing.T, env ...string) *Telltale {
	t.Helper()
	tt := &Telltale{data: t.TempDir()}
	tt.process = run(t, env, binary(t), "serve", "--listen", "127.0.0.1:0", "--otlp-grpc", "off", "--otlp-http", "127.0.0.1:0", "--data", tt.data)
	tt.URL = tt.process.find(t, `(?m)^\s+API\s+(\S+)$`)
	tt.OTLP = tt.process.find(t, `(?m)^\s+OTLP HTTP\s+(\S+)$`)
	return tt
}

// StartMock starts the mock of a provider and returns its URL.
func StartMock(t *testing.T) string {
	t.Helper()
	return run(t, nil, binary(t), "mock", "--listen", "127.0.0.1:0").find(t, `(http://127\.0\.0\.1:\d+)`)
}

func binary(t *testing.T) string {
	t.Helper()
	if b := os.Getenv("E2E_BIN"); b != "" {
		return b
	}
	b, err := filepath.Abs("../../bin/telltale")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(b); err != nil {
		t.Fatal("no bin/telltale: run `make build` first")
	}
	return b
}

// Record is a span, or a log line where Body is set, as the API tells it.
type Record struct {
	Name       string            `json:"name"`
	TraceID    string            `json:"trace_id"`
	SpanID     string            `json:"span_id"`
	ParentID   string            `json:"parent_id"`
	Status     string            `json:"status"`
	RequestID  string            `json:"request_id"`
	UserID     string            `json:"user_id"`
	TenantID   string            `json:"tenant_id"`
	SessionID  string            `json:"session_id"`
	KeyID      string            `json:"key_id"`
	Kind       string            `json:"kind"`
	Level      string            `json:"level"`
	Body       string            `json:"body"`
	Attributes map[string]string `json:"attributes"`
	GenAI      *struct {
		Operation string `json:"operation"`
		Call      bool   `json:"call"`
		Agent     string `json:"agent"`
		Tool      string `json:"tool"`
	} `json:"genai"`
	Events []struct {
		Name string `json:"name"`
	} `json:"events"`

	text string // all of it, as the API wrote it
}

// Key is the id of the API key that the work was asked for by.
func (r *Record) Key() string { return cmp.Or(r.KeyID, r.Attributes["key.id"]) }

// Records are everything that Telltale was sent.
type Records struct{ Spans, Logs []Record }

// Records waits until nothing more comes, and returns all spans and logs, whole.
func (tt *Telltale) Records(t *testing.T) Records {
	t.Helper()
	var r Records
	until(t, func() bool {
		before := len(r.Spans) + len(r.Logs)
		r = Records{tt.list(t, "spans"), tt.list(t, "logs")}
		time.Sleep(200 * time.Millisecond)
		return before > 0 && before == len(r.Spans)+len(r.Logs)
	}, func() string { return "records do not end" })
	return r
}

func (tt *Telltale) list(t *testing.T, what string) []Record {
	t.Helper()
	var all []Record
	for cursor := ""; ; {
		var page map[string]json.RawMessage
		tt.get(t, "/api/v1/"+what+"?"+url.Values{"full": {"true"}, "limit": {"100"}, "order": {"oldest"}, "cursor": {cursor}}.Encode(), &page)
		var texts []json.RawMessage
		decode(t, page[what], &texts)
		for _, text := range texts {
			r := Record{text: string(text)}
			decode(t, text, &r)
			all = append(all, r)
		}
		if page["next_cursor"] == nil {
			return all
		}
		decode(t, page["next_cursor"], &cursor)
	}
}

func (tt *Telltale) get(t *testing.T, path string, into any) {
	t.Helper()
	s := Service{URL: tt.URL}
	status, text := s.Get(t, strings.Replace(path, "cursor=&", "", 1))
	if status != http.StatusOK {
		t.Fatalf("%s: %d %s", path, status, text)
	}
	decode(t, []byte(text), into)
}

func decode(t *testing.T, text []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
}

// Traces are the spans by trace.
func (r Records) Traces() map[string][]Record {
	traces := map[string][]Record{}
	for _, s := range r.Spans {
		traces[s.TraceID] = append(traces[s.TraceID], s)
	}
	return traces
}

// Whole fails the test for every trace that has not exactly one root, or a span whose parent is missing.
func (r Records) Whole(t *testing.T) {
	t.Helper()
	for id, spans := range r.Traces() {
		known, roots := map[string]bool{}, 0
		for _, s := range spans {
			known[s.SpanID] = true
		}
		for _, s := range spans {
			switch {
			case s.ParentID == "":
				roots++
			case !known[s.ParentID]:
				t.Errorf("trace %s: the parent of %q is missing", id, s.Name)
			}
		}
		if roots != 1 {
			t.Errorf("trace %s has %d roots", id, roots)
		}
	}
}

// Correlated fails the test for every line of a trace that is not of a span of it, and of the same request.
func (r Records) Correlated(t *testing.T) {
	t.Helper()
	requests := map[string]string{}
	for _, s := range r.Spans {
		requests[s.TraceID+s.SpanID] = s.RequestID
	}
	lines := 0
	for _, l := range r.Logs {
		if l.TraceID == "" {
			continue // of the service, not of a request
		}
		lines++
		if request, known := requests[l.TraceID+l.SpanID]; !known || request != l.RequestID {
			t.Errorf("%q says span %s and request %s; the span is there: %v, of request %s", l.Body, l.SpanID, l.RequestID, known, request)
		}
	}
	if lines == 0 {
		t.Error("no line belongs to a trace")
	}
}

// CountedOnce fails the test unless Telltale and the service agree on calls, tokens and cost.
func (tt *Telltale) CountedOnce(t *testing.T, m Metrics) {
	t.Helper()
	var sums struct{ Rows []struct{ Values []*float64 } }
	tt.get(t, "/api/v1/aggregate?columns=count,sum(tokens.in),sum(tokens.out),sum(cost)&group=provider", &sums)
	if len(sums.Rows) != 1 {
		t.Fatalf("%d providers, want one", len(sums.Rows))
	}
	for i, want := range []float64{
		m.Sum("llm_calls_total"), m.Sum("llm_tokens_total", "token_type=input"), m.Sum("llm_tokens_total", "token_type=output"), m.Sum("llm_cost_usd_total"),
	} {
		if got := sums.Rows[0].Values[i]; got == nil || want == 0 || math.Abs(*got-want) > 1e-9 {
			t.Errorf("%s: Telltale says %s, the service %g", []string{"calls", "input tokens", "output tokens", "cost"}[i], number(got), want)
		}
	}
}

// CallsOf fails the test unless these services made as many calls, as Telltale tells, and no other made any.
func (tt *Telltale) CallsOf(t *testing.T, want map[string]float64) {
	t.Helper()
	var sums struct {
		Rows []struct {
			Keys   []string
			Values []*float64
		}
	}
	tt.get(t, "/api/v1/aggregate?columns=count&group=service", &sums)
	got := map[string]float64{}
	for _, row := range sums.Rows {
		got[strings.Join(row.Keys, " ")] = *row.Values[0]
	}
	if !maps.Equal(got, want) {
		t.Errorf("calls by service: %v, want %v", got, want)
	}
}

func number(f *float64) string {
	if f == nil {
		return "nothing"
	}
	return strconv.FormatFloat(*f, 'g', -1, 64)
}

// NoSecrets fails the test for every text that Telltale was sent, or the service has logged.
func (tt *Telltale) NoSecrets(t *testing.T, r Records, s *Service, secrets ...string) {
	t.Helper()
	places := map[string]string{"the service's log": s.Log(), "Telltale's log": tt.process.stdout.String() + tt.process.stderr.String()}
	for _, record := range slices.Concat(r.Spans, r.Logs) {
		places["a record"] += record.text + "\n"
	}
	err := filepath.WalkDir(tt.data, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(path) //nolint:gosec // a folder of the test
		places[filepath.Base(path)] = string(bytes.ToValidUTF8(b, nil))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, place := range slices.Sorted(maps.Keys(places)) {
		for _, secret := range secrets {
			if i := strings.Index(places[place], secret); secret == "" || i >= 0 {
				t.Errorf("%q is in %s: …%s…", secret, place, places[place][max(0, i-80):min(len(places[place]), max(i, 0)+80)])
			}
		}
	}
}

// Named returns the spans of that name.
func (r Records) Named(name string) []Record {
	return slices.DeleteFunc(slices.Clone(r.Spans), func(s Record) bool { return s.Name != name })
}

// Said returns the lines with that message.
func (r Records) Said(message string) []Record {
	return slices.DeleteFunc(slices.Clone(r.Logs), func(l Record) bool { return l.Body != message })
}
