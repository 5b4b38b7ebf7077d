package metrics

import (
	"context"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/model/exemplar"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/rules"
	"github.com/prometheus/prometheus/storage"
)

const oneAlert = "groups:\n- name: g\n  interval: 1s\n  rules:\n  - {alert: Always, expr: vector(1), for: FOR, labels: {severity: warning}}\n"

func writeRules(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// within waits for ok.
func within(t *testing.T, most time.Duration, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(most); !ok(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal(what)
		}
	}
}

// active is the one alert of the one rule; zero where there is none.
func active(t *testing.T, s *Server) ActiveAlert {
	t.Helper()
	groups, err := s.Rules()
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range groups {
		for _, r := range g.Rules {
			if len(r.Active) > 0 {
				return r.Active[0]
			}
		}
	}
	return ActiveAlert{}
}

func TestRulesAreReadAgain(t *testing.T) {
	file := filepath.Join(t.TempDir(), "r.yml")
	writeRules(t, file, strings.Replace(oneAlert, "FOR", "1h", 1))
	texts := map[string]string{"telltale/x.yml": "groups:\n- name: own\n  rules:\n  - {record: a, expr: vector(1)}\n"}
	s := start(t, func(o *Options) { o.Rules, o.Texts = []string{file}, func() map[string]string { return texts } })
	within(t, time.Minute, "the alert is not pending", func() bool { return active(t, s).State == "pending" })
	since := active(t, s).Since

	// Wrong: the old ones go on, and it is said what is wrong where.
	writeRules(t, file, strings.NewReplacer("vector(1)", "vector(1", "FOR", "1h").Replace(oneAlert))
	err := s.Reload()
	if err == nil || !strings.Contains(err.Error(), file+`:5:35: group "g", rule "Always": `) {
		t.Errorf("error %v", err)
	}
	s.rereadRules()
	groups, wrong := s.Rules()
	if wrong == nil || len(groups) != 2 || groups[0].File != file || groups[0].Rules[0].Query != "vector(1)" || groups[1].File != "telltale/x.yml" {
		t.Errorf("%v, %+v", wrong, groups)
	}

	// Right again, and changed: found without being told; what is pending stays so.
	writeRules(t, file, strings.Replace(strings.Replace(oneAlert, "FOR", "2h", 1), "vector(1)", "vector(2)", 1))
	within(t, time.Minute, "the file is not read", func() bool {
		groups, wrong := s.Rules()
		return wrong == nil && groups[0].Rules[0].Query == "vector(2)"
	})
	within(t, time.Minute, "the state is lost", func() bool { return active(t, s).Since.Equal(since) })

	if _, err := New(Options{Dir: t.TempDir(), Registry: prometheus.NewRegistry(), External: &url.URL{}, Texts: func() map[string]string { return map[string]string{"x.yml": "groups: 1"} }}); err == nil {
		t.Error("a server begins with rules that are wrong")
	}
}

// A process that is killed goes on with `for` where it was, however short it is.
func TestForSurvivesKill(t *testing.T) {
	if dir := os.Getenv("RULES_KILLED_IN"); dir != "" {
		s := start(t, func(o *Options) { o.Dir, o.Rules = filepath.Join(dir, "db"), []string{filepath.Join(dir, "r.yml")} })
		within(t, 50*time.Second, "not pending", func() bool { return active(t, s).State == "pending" })
		time.Sleep(8 * time.Second)
		if err := os.WriteFile(filepath.Join(dir, "since"), []byte(active(t, s).Since.Format(time.RFC3339Nano)), 0o600); err != nil {
			t.Fatal(err)
		}
		select {} // until it is killed
	}
	dir := t.TempDir()
	writeRules(t, filepath.Join(dir, "r.yml"), strings.Replace(oneAlert, "FOR", "25s", 1))
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestForSurvivesKill$") //nolint:gosec // itself
	child.Env = append(os.Environ(), "RULES_KILLED_IN="+dir)
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var since time.Time
	within(t, 90*time.Second, "the other process does not begin", func() bool {
		text, err := os.ReadFile(filepath.Join(dir, "since"))
		since, _ = time.Parse(time.RFC3339Nano, string(text))
		return err == nil && !since.IsZero()
	})
	_ = child.Process.Kill()
	_ = child.Wait()
	down := time.Now()

	back := time.Now()
	s := start(t, func(o *Options) { o.Dir, o.Rules = filepath.Join(dir, "db"), []string{filepath.Join(dir, "r.yml")} })
	within(t, 2*time.Minute, "it does not fire", func() bool { return active(t, s).State == "firing" })
	// Of 25 s at least 8 were over, but for the time from the last evaluation before the kill to the first after it. Were it to
	// begin anew, it would be pending since a time after the restart.
	if got := active(t, s).Since; !got.Before(back) {
		t.Errorf("pending since %v, after the restart at %v; before it since %v, killed at %v", got, back, since, down)
	}
}

func TestAlertsCarryExampleTraces(t *testing.T) {
	rulesText := `groups:
- name: g
  interval: 1s
  rules:
  - {record: calls_by_job, expr: 'sum by (job, model) (calls)'}
  - {alert: Slow, expr: 'histogram_quantile(0.9, sum by (le, job, model) (seconds_bucket)) > 1', labels: {severity: warning}}
  - {alert: Many, expr: calls_by_job > 1}
  - {alert: None, expr: vector(1), annotations: {summary: 'see {{ $externalURL }}/status'}}
`
	var mu sync.Mutex
	got := map[string]Alert{}
	s := start(t, func(o *Options) {
		o.Texts = func() map[string]string { return map[string]string{"r.yml": rulesText} }
		o.Alert = func(alerts []Alert) {
			mu.Lock()
			defer mu.Unlock()
			for _, a := range alerts {
				got[a.Labels["alertname"]+a.Labels["model"]] = a
			}
		}
	})
	now := time.Now()
	app := s.db.Appender(t.Context())
	put := func(l labels.Labels, v float64, exemplars ...exemplar.Exemplar) {
		ref, err := app.Append(0, l, now.UnixMilli(), v)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range exemplars {
			if _, err := app.AppendExemplar(ref, l, e); err != nil {
				t.Fatal(err)
			}
		}
	}
	trace := func(id string, v float64, ago time.Duration) exemplar.Exemplar {
		return exemplar.Exemplar{Labels: labels.FromStrings("trace_id", id), Value: v, Ts: now.Add(-ago).UnixMilli(), HasTs: true}
	}
	for _, model := range []string{"big", "small"} {
		put(labels.FromStrings("__name__", "seconds_bucket", "job", "a", "model", model, "le", "10"), 5,
			trace(model+"-trace-1", 3, 4*time.Minute), trace(model+"-trace-2", 9, 3*time.Minute), trace(model+"-trace-3", 4, 2*time.Minute), trace(model+"-trace-4", 5, time.Minute))
		put(labels.FromStrings("__name__", "seconds_bucket", "job", "a", "model", model, "le", "+Inf"), 5)
		put(labels.FromStrings("__name__", "calls", "job", "a", "model", model, "status", "x"), 5, trace(model+"-call-0001", 1, time.Minute))
	}
	if err := app.Commit(); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"Slowbig": "big-trace-2,big-trace-4,big-trace-3", "Slowsmall": "small-trace-2,small-trace-4,small-trace-3",
		"Manybig": "big-call-0001", "None": "",
	} {
		within(t, time.Minute, name+" does not fire", func() bool {
			mu.Lock()
			defer mu.Unlock()
			return !got[name].StartsAt.IsZero()
		})
		mu.Lock()
		a := got[name].Annotations
		mu.Unlock()
		if a["example_traces"] != want {
			t.Errorf("%s: %q, want %q", name, a["example_traces"], want)
		}
		if link := got[name].GeneratorURL; !strings.HasPrefix(link, "http://localhost:4318/prometheus/graph?g0.expr=") {
			t.Errorf("%s leads to %s", name, link)
		}
		if a["summary"] != map[string]string{"None": "see http://localhost:4318/status"}[name] {
			t.Errorf("%s: %q", name, a["summary"])
		}
		if link := a["example_trace_url"]; want != "" && link != "http://localhost:4318/traces?q="+url.QueryEscape("trace:"+want) {
			t.Errorf("%s: %s", name, link)
		}
	}
}

// A search for examples that takes too long leaves the alert without them, and on time.
func TestExamplesDoNotDelay(t *testing.T) {
	s := start(t)
	app := s.db.Appender(t.Context())
	series := labels.FromStrings("__name__", "up", "job", "a")
	ref, err := app.Append(0, series, time.Now().UnixMilli(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := app.AppendExemplar(ref, series, exemplar.Exemplar{Labels: labels.FromStrings("trace_id", "slow-trace-1"), Ts: time.Now().UnixMilli(), HasTs: true}); err != nil {
		t.Fatal(err)
	}
	if err := app.Commit(); err != nil {
		t.Fatal(err)
	}
	sent := make(chan string, 1)
	send := s.withExamples(func(_ context.Context, _ string, alerts ...*rules.Alert) {
		sent <- alerts[0].Annotations.Get("example_traces")
	})
	took := func() (string, time.Duration) {
		began := time.Now()
		send(t.Context(), "up", &rules.Alert{Labels: labels.FromStrings("alertname", "A", "job", "a")})
		return <-sent, time.Since(began)
	}
	within(t, time.Minute, "there is no example in time", func() bool {
		ids, _ := took()
		return ids == "slow-trace-1"
	})
	within(t, time.Minute, "the search keeps its place", func() bool { return len(s.ruled.examine) == 0 })
	release := make(chan struct{})
	quick := s.ruled.exemplars
	var begun atomic.Int64
	s.ruled.exemplars = func(ctx context.Context) (storage.ExemplarQuerier, error) {
		begun.Add(1)
		<-release // longer than anybody waits, and deaf to ctx
		return quick(ctx)
	}
	if ids, d := took(); ids != "" || d < exampleTime || d > 30*exampleTime { // nobody ends it
		t.Errorf("slow: %q after %v", ids, d)
	}
	shortest := time.Hour
	for range 3 {
		ids, d := took() // the search before still runs: none is begun
		if shortest = min(shortest, d); ids != "" || begun.Load() != 1 {
			t.Errorf("beside a slow one: %q after %v, %d searches", ids, d, begun.Load())
		}
	}
	if shortest > exampleTime {
		t.Errorf("beside a slow one: after %v at least", shortest)
	}
	close(release)
	within(t, time.Minute, "the slow search keeps its place", func() bool {
		ids, _ := took()
		return ids == "slow-trace-1"
	})
}
