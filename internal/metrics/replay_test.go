package metrics

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/rules"
)

const replayed = `groups:
- name: g
  rules:
  - alert: Slow
    expr: job:load:avg > 0.6
    for: 2m
    keep_firing_for: 1m
    labels: {severity: warning, who: "{{ $labels.job }}!"}
    annotations: {summary: "load of {{ $labels.job }} is {{ $value }}"}
  - record: job:load:avg
    expr: avg by (job) (avg_over_time(load[1m]))
    labels: {made: here}
`

// startPast is start of a server that takes samples of the past, too.
func startPast(t *testing.T) *Server {
	t.Helper()
	file := filepath.Join(t.TempDir(), "prometheus.yml")
	if err := os.WriteFile(file, []byte("global: {evaluation_interval: 15s}\nstorage: {tsdb: {out_of_order_time_window: 1d}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return start(t, func(o *Options) { o.File = file })
}

// history writes a load that goes up and down by chance, every 15 s for two hours, and returns its end.
func history(t *testing.T, s *Server) time.Time {
	t.Helper()
	end := time.Now().Truncate(time.Minute)
	random := rand.New(rand.NewPCG(1, 2))
	app := s.db.Appender(t.Context()) // one: a second would find these times too old
	for _, job := range []string{"a", "b", "c"} {
		v := 0.5
		for at := end.Add(-2 * time.Hour); !at.After(end); at = at.Add(15 * time.Second) {
			v = max(0, min(1, v+(random.Float64()-0.5)*0.4))
			if random.IntN(40) > 0 {
				if _, err := app.Append(0, labels.FromStrings("__name__", "load", "job", job), at.UnixMilli(), v); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	if err := app.Commit(); err != nil {
		t.Fatal(err)
	}
	return end
}

// A replay says what the rules would have said: those of Prometheus, evaluated step by step over the same samples, agree.
func TestReplayAgreesWithRules(t *testing.T) {
	s := startPast(t)
	end := history(t, s)
	from, step := end.Add(-100*time.Minute), 15*time.Second
	steps := 0
	got, err := s.Replay(t.Context(), "r.yml", []byte(replayed), ReplayOptions{From: from, To: end, Step: step, Progress: func(done, total int, _ string) {
		steps++
		if done != steps || done > total {
			t.Errorf("progress %d of %d after %d", done, total, steps)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	groups, _ := parseRules("r.yml", []byte(replayed), s.parser, 0)
	memory := newMemory(1 << 20)
	seen := &overlay{stored: s.db, recorded: memory, hides: map[string][]labels.Labels{"job:load:avg": {labels.EmptyLabels()}}, start: from.Add(-time.Hour).UnixMilli()}
	loader := &ruleLoader{parser: s.parser}
	loader.set.Store(&ruleSet{groups: map[string]*rulefmt.RuleGroups{"r.yml": {Groups: []rulefmt.RuleGroup{{
		Name: "g", Rules: []rulefmt.Rule{groups.Groups[0].Rules[1], groups.Groups[0].Rules[0]},
	}}}}})
	m := rules.NewManager(&rules.ManagerOptions{
		QueryFunc: rules.EngineQueryFunc(s.engine, seen), Appendable: memory, Context: t.Context(), GroupLoader: loader, Parser: s.parser,
		NotifyFunc: func(context.Context, string, ...*rules.Alert) {}, Logger: slog.New(slog.DiscardHandler), ExternalURL: s.opts.External,
	})
	loaded, errs := m.LoadGroups(step, labels.EmptyLabels(), "", nil, false, "r.yml")
	if errs != nil {
		t.Fatal(errs)
	}
	want := map[string]string{} // by moment and alert
	for at := from.Add(-3 * time.Minute); !at.After(end); at = at.Add(step) {
		for _, g := range loaded {
			g.Eval(t.Context(), at)
			for _, a := range g.AlertingRules()[0].ActiveAlerts() {
				if !at.Before(from) {
					want[at.Format(time.TimeOnly)+a.Labels.String()] = a.State.String()
				}
			}
		}
	}
	told := map[string]string{}
	for _, p := range got.Alerts[0].Periods {
		for at := p.Pending; !at.After(end) && (p.End.IsZero() || at.Before(p.End)); at = at.Add(step) {
			state := "pending"
			if !p.Firing.IsZero() && !at.Before(p.Firing) {
				state = "firing"
			}
			if !at.Before(from) {
				told[at.Format(time.TimeOnly)+labels.FromMap(p.Labels).String()] = state
			}
		}
	}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Error(diff)
	}
	if got.Alerts[0].Fired == 0 || got.Alerts[0].FiringTime == 0 {
		t.Errorf("nothing fired: %+v", got.Alerts[0])
	}
	for _, p := range got.Alerts[0].Periods {
		if !p.Firing.IsZero() && !strings.HasPrefix(p.Annotations["summary"], "load of "+p.Labels["job"]+" is 0.") {
			t.Errorf("annotations %v", p.Annotations)
		}
	}
	if got.Alerts[0].Name != "Slow" || got.Recordings == 0 {
		t.Errorf("%+v", got)
	}
}

// What the server's own run of the same recording rule wrote is hidden; series of that name from elsewhere are not.
func TestReplayHidesWhatItMakesAnew(t *testing.T) {
	s := startPast(t)
	end := time.Now().Truncate(time.Minute)
	app := s.db.Appender(t.Context())
	for at := end.Add(-time.Hour); !at.After(end); at = at.Add(time.Minute) {
		for _, one := range []struct {
			series labels.Labels
			late   int64
			v      float64
		}{
			{labels.FromStrings("__name__", "raw", "job", "a"), 0, 1},
			{labels.FromStrings("__name__", "made", "job", "a", "alias", "x"), 1, 100},
			{labels.FromStrings("__name__", "made", "job", "b"), 0, 7},
		} {
			if _, err := app.Append(0, one.series, at.UnixMilli()+one.late, one.v); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := app.Commit(); err != nil {
		t.Fatal(err)
	}
	text := "groups:\n- name: g\n  rules:\n  - {record: made, expr: raw * 2, labels: {alias: x}}\n  - {alert: A, expr: made > 0}\n"
	got, err := s.Replay(t.Context(), "r.yml", []byte(text), ReplayOptions{From: end.Add(-30 * time.Minute), To: end, Step: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	highest := map[string]float64{}
	for _, p := range got.Alerts[0].Periods {
		highest[p.Labels["job"]] = p.Highest
		if !p.End.IsZero() {
			t.Errorf("it ended: %+v", p)
		}
	}
	if diff := cmp.Diff(map[string]float64{"a": 2, "b": 7}, highest); diff != "" {
		t.Error(diff)
	}
}

// A rule that is right as text, and cannot be evaluated over what is stored, is told with its place.
func TestReplayTellsOfRulesThatFail(t *testing.T) {
	s := startPast(t)
	end := history(t, s)
	text := "groups:\n- name: g\n  rules:\n  - {alert: Fine, expr: load > 2}\n  - alert: Many\n    expr: load * on () load > 1\n"
	_, err := s.Replay(t.Context(), "mine.yml", []byte(text), ReplayOptions{From: end.Add(-time.Hour), To: end})
	wrong, ok := errors.AsType[*RuleError](err)
	if !ok || !strings.HasPrefix(wrong.Error(), `mine.yml:6:11: group "g", rule "Many": found duplicate series for the match group`) {
		t.Errorf("error %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, err = s.Replay(ctx, "mine.yml", []byte(replayed), ReplayOptions{From: end.Add(-time.Hour), To: end, Progress: func(int, int, string) { cancel() }})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func TestReplayLimits(t *testing.T) {
	s := startPast(t)
	end := time.Now()
	var many strings.Builder
	for i := range replayRules + 1 {
		fmt.Fprintf(&many, "  - {alert: A%d, expr: up}\n", i)
	}
	for _, c := range []struct {
		name, text string
		o          ReplayOptions
		expensive  bool
	}{
		{"too many steps", replayed, ReplayOptions{From: end.Add(-24 * 365 * time.Hour), To: end, Step: time.Minute}, true},
		{"too short a step", replayed, ReplayOptions{From: end.Add(-time.Minute), To: end, Step: time.Millisecond}, true},
		{"too many rules", "groups:\n- name: g\n  rules:\n" + many.String(), ReplayOptions{From: end.Add(-time.Minute), To: end}, true},
		{"the wrong way round", replayed, ReplayOptions{From: end, To: end.Add(-time.Minute)}, false},
		{"wrong rules", "groups: 1", ReplayOptions{From: end.Add(-time.Minute), To: end}, false},
	} {
		if _, err := s.Replay(t.Context(), "r.yml", []byte(c.text), c.o); err == nil || errors.Is(err, ErrTooExpensive) != c.expensive {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if _, err := s.Replay(t.Context(), "r.yml", []byte(replayed), ReplayOptions{From: end.Add(-365 * 24 * time.Hour), To: end}); err != nil {
		t.Errorf("a year with the step left to the server: %v", err)
	}
}
