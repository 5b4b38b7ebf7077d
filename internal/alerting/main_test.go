package alerting

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if config := os.Getenv("ALERTING_CHILD_CONFIG"); config != "" {
		os.Exit(child(config, os.Getenv("ALERTING_CHILD_DIR")))
	}
	goleak.VerifyTestMain(m)
}

// postbox is a receiver that speaks HTTP: it answers as it is told, and keeps what it was sent.
type postbox struct {
	*httptest.Server
	mu      sync.Mutex
	came    int // requests, those that are not answered yet among them
	got     []letter
	answers []answer // the first is for the next request; when none is left, ordinary is
	normal  answer
}

type letter struct {
	at     time.Time
	path   string
	header http.Header
	body   string
	took   bool // it was answered 2xx
}

type answer struct {
	status  int
	body    string
	header  map[string]string
	silence time.Duration // before it answers
	drop    bool          // the connection, without an answer
}

func newPostbox(t testing.TB) *postbox {
	t.Helper()
	p := &postbox{normal: answer{status: http.StatusOK, body: "ok"}}
	p.Server = httptest.NewServer(p)
	t.Cleanup(p.Close)
	return p
}

func (p *postbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	p.mu.Lock()
	a := p.normal
	if len(p.answers) > 0 {
		a, p.answers = p.answers[0], p.answers[1:]
	}
	p.came++
	l := letter{time.Now(), r.URL.Path, r.Header, string(body), a.status/100 == 2}
	p.mu.Unlock()
	select {
	case <-time.After(a.silence):
	case <-r.Context().Done():
		l.took = false
	}
	if a.drop {
		l.took = false
	}
	p.mu.Lock()
	p.got = append(p.got, l)
	p.mu.Unlock()
	if a.drop {
		panic(http.ErrAbortHandler)
	}
	for name, value := range a.header {
		w.Header().Set(name, value)
	}
	w.WriteHeader(a.status)
	_, _ = io.WriteString(w, a.body)
}

func (p *postbox) answer(a ...answer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answers = append(p.answers, a...)
}

func (p *postbox) always(a answer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.normal = a
}

// letters are the requests so far.
func (p *postbox) letters() []letter {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]letter(nil), p.got...)
}

// taken are those that were answered 2xx.
func (p *postbox) taken() []letter {
	var list []letter
	for _, l := range p.letters() {
		if l.took {
			list = append(list, l)
		}
	}
	return list
}

// until waits for n letters that were taken.
func (p *postbox) until(t testing.TB, n int) []letter {
	t.Helper()
	eventually(t, func() string {
		if got := len(p.taken()); got < n {
			return fmt.Sprintf("%d letters were taken, want %d", got, n)
		}
		return ""
	})
	return p.taken()
}

// underWay waits for a request that may wait for its answer.
func (p *postbox) underWay(t testing.TB) {
	t.Helper()
	eventually(t, func() string {
		p.mu.Lock()
		defer p.mu.Unlock()
		return map[bool]string{true: "nothing was sent"}[p.came == 0]
	})
}

// eventually waits until nothing is wrong: a minute, for machines that have much else to do.
func eventually(t testing.TB, wrong func() string) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for {
		message := wrong()
		if message == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(message)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// logs is a log that can be read while it is written.
type logs struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// bench is an Alertmanager under test.
type bench struct {
	*Alertmanager
	logs     *logs
	registry *prometheus.Registry
	dir      string
	file     string
}

func options(dir, file string) (Options, *logs) {
	l := &logs{}
	return Options{
		Dir: dir, File: file, External: &url.URL{Scheme: "https", Host: "telltale.example"}, Registry: prometheus.NewRegistry(),
		Logger: slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug})), Grace: 2 * time.Second,
	}, l
}

// start starts one with a configuration, in a folder of before where dir is not empty.
func start(t testing.TB, dir, config string, change ...func(*Options)) *bench {
	t.Helper()
	return startWith(t, dir, config, nil, change...)
}

// startWith is start with what options do not say.
func startWith(t testing.TB, dir, config string, settings func(*Alertmanager), change ...func(*Options)) *bench {
	t.Helper()
	if dir == "" {
		dir = t.TempDir()
	}
	file := ""
	if config != "" {
		file = filepath.Join(dir, "alertmanager.yml")
		write(t, file, config)
	}
	o, l := options(dir, file)
	for _, c := range change {
		c(&o)
	}
	m, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	m.attempt = 10 * time.Second
	if settings != nil {
		settings(m)
	}
	if err := m.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	b := &bench{m, l, o.Registry, dir, file}
	t.Cleanup(func() { b.stop(t) })
	return b
}

func (b *bench) stop(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
	defer cancel()
	if err := b.Stop(ctx); err != nil {
		t.Error(err)
	}
}

func write(t testing.TB, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// fires is an alert as a rule says it: it ends in a minute unless it is said again.
func fires(name string, labels ...string) Alert {
	a := Alert{
		Labels: map[string]string{"alertname": name, "service": "chat", "severity": "warning"}, StartsAt: time.Now(), EndsAt: time.Now().Add(time.Minute),
		Annotations: map[string]string{
			"summary": name + " is <high> & rising", "description": "12 % of calls fail", "runbook_url": "https://example.org/runbooks#" + name,
			"example_traces": "0af7651916cd43dd8448eb211c80319c",
		},
		GeneratorURL: "https://telltale.example/explore?expr=up",
	}
	for i := 0; i+1 < len(labels); i += 2 {
		a.Labels[labels[i]] = labels[i+1]
	}
	return a
}

func resolved(a Alert) Alert {
	a.EndsAt = time.Now()
	return a
}

// toWebhook is a configuration that tells one webhook, soon: alerts that are said together are told together.
func toWebhook(url string) string {
	return strings.ReplaceAll(`
route: {receiver: hook, group_by: [alertname], group_wait: 150ms, group_interval: 300ms, repeat_interval: 1h}
receivers: [{name: hook, webhook_configs: [{url: "URL"}]}]
`, "URL", url)
}
