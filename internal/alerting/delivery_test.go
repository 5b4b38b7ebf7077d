package alerting

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
)

// A receiver that does not take a message gets it again, and once it did, not any more.
func TestRetried(t *testing.T) {
	for _, c := range []struct {
		name string
		bad  answer
		min  time.Duration // between the first attempt and the next
		most time.Duration // an attempt takes; 0 is the default
	}{
		{name: "fails", bad: answer{status: http.StatusInternalServerError, body: "broken"}},
		{name: "refuses", bad: answer{status: http.StatusBadRequest, body: "no"}},
		{name: "limits the rate", bad: answer{status: http.StatusTooManyRequests, header: map[string]string{"Retry-After": "1"}}, min: time.Second},
		{name: "limits the rate and says for how long", bad: answer{status: http.StatusTooManyRequests, body: `{"retry_after": 1.3}`}, min: 1300 * time.Millisecond},
		{name: "never answers", bad: answer{status: http.StatusOK, silence: time.Hour}, most: 2 * time.Second},
		{name: "drops the connection", bad: answer{drop: true}},
		{name: "answers without end", bad: answer{status: http.StatusBadGateway, body: strings.Repeat("x", 2<<20)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			box := newPostbox(t)
			box.answer(c.bad)
			m := startWith(t, "", toWebhook(box.URL), func(m *Alertmanager) { m.attempt = cmp.Or(c.most, m.attempt) })
			said := time.Now()
			m.Alert([]Alert{fires("Slow")})
			box.until(t, 1)
			time.Sleep(700 * time.Millisecond) // two intervals of the group
			all := box.letters()
			slices.SortFunc(all, func(a, b letter) int { return a.at.Compare(b.at) }) // one that is cut off is kept at its end
			if len(box.taken()) != 1 || len(all) != 2 {
				t.Fatalf("%d attempts, %d of them taken", len(all), len(box.taken()))
			}
			if gap := all[1].at.Sub(all[0].at); gap < c.min {
				t.Errorf("tried again after %s", gap)
			}
			if took := all[1].at.Sub(said); took < c.most { // the first began later than it was said, and came later still
				t.Errorf("tried again %s after it was said, before the first attempt was over", took)
			}
			if s := m.Status().Receivers[0]; !s.Failing.IsZero() || s.Error != "" || s.Delivered.IsZero() {
				t.Errorf("%+v", s)
			}
		})
	}
}

// A failure is seen while it lasts: where, since when, why, without secrets.
func TestFailureIsSeen(t *testing.T) {
	box := newPostbox(t)
	box.always(answer{status: http.StatusInternalServerError, body: "no such hook: /services/T000/B000/very-secret-token"})
	m := start(t, "", strings.ReplaceAll(`
route: {receiver: ops, group_wait: 10ms, group_interval: 100ms}
receivers:
- name: ops
  slack_configs: [{api_url: "URL/services/T000/B000/very-secret-token"}]
- name: unused
`, "URL", box.URL))
	m.Alert([]Alert{fires("Slow")})
	var s ReceiverStatus
	eventually(t, func() string {
		if s = m.Status().Receivers[0]; s.Attempts < 2 {
			return fmt.Sprintf("%+v", s)
		}
		return ""
	})
	if s.Receiver != "ops" || s.Integration != "slack" || s.Failing.IsZero() || !strings.Contains(s.Error, "500") {
		t.Errorf("%+v", s)
	}
	if n := testutil.ToFloat64(failing{m.deliveries}); n != 1 {
		t.Errorf("failing is %v", n)
	}
	m.stop(t)
	if text := s.Error + m.logs.String(); strings.Contains(text, "very-secret-token") {
		t.Errorf("the secret is shown: %s", text)
	}
	families, err := m.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	failed := 0.0
	for _, f := range families {
		if f.GetName() == "alertmanager_notification_requests_failed_total" {
			for _, one := range f.GetMetric() {
				failed += one.GetCounter().GetValue()
			}
		}
	}
	if failed < 2 {
		t.Errorf("alertmanager_notification_requests_failed_total is %v", failed)
	}
}

// What fails is told once the receiver is back, with what has resolved meanwhile.
func TestOutageOfAReceiver(t *testing.T) {
	box := newPostbox(t)
	m := start(t, "", toWebhook(box.URL))
	a, b := fires("Slow", "instance", "a"), fires("Slow", "instance", "b")
	m.Alert([]Alert{a})
	box.until(t, 1)
	box.always(answer{status: http.StatusServiceUnavailable})
	m.Alert([]Alert{resolved(a), b})
	eventually(t, func() string { return map[bool]string{true: "no attempt"}[len(box.letters()) < 3] })
	box.always(answer{status: http.StatusOK})
	eventually(t, func() string {
		later := ""
		for _, l := range box.taken()[1:] {
			later += l.body
		}
		if !strings.Contains(later, `"status":"resolved"`) || !strings.Contains(later, `"instance":"b"`) {
			return "afterwards it was told: " + later
		}
		return ""
	})
}

// From the rule to the webhook it takes less than two seconds, as it comes.
func TestSimpleIsQuick(t *testing.T) {
	box := newPostbox(t)
	m := start(t, "", "", func(o *Options) { o.Simple = Simple{SlackWebhook: box.URL + "/services/x"} })
	if r, err := m.Routes(); err != nil || r.Wait > 1500*time.Millisecond || len(r.Routes) > 0 {
		t.Errorf("it waits longer: %+v, %v", r, err)
	}
	began := time.Now()
	m.Alert([]Alert{fires("Slow", "instance", "a"), fires("Slow", "instance", "b")})
	got := box.until(t, 1)
	if took := got[0].at.Sub(began); took > 15*time.Second { // which is the wait, and what the machine needs beside it
		t.Errorf("it took %s", took)
	}
	for _, want := range []string{"FIRING:2", "Slow is &amp;lt;high&amp;gt; &amp;amp; rising"} {
		if text := strings.NewReplacer(`\u0026`, "&amp;").Replace(got[0].body); !strings.Contains(text, want) {
			t.Errorf("%q is not in %s", want, text)
		}
	}
	if !strings.Contains(got[0].body, `https://example.org/runbooks#Slow|runbook_url`) {
		t.Error(got[0].body)
	}
}

// Severity critical and page go to PagerDuty as well.
func TestSimpleRoutes(t *testing.T) {
	s := Simple{SlackWebhook: "https://hooks.slack.com/services/x", PagerDutyKey: "k", Email: []string{"ops@example.org"}, SMTP: SMTP{Address: "mail.example.org:587", From: "t@example.org"}}
	m := start(t, "", "", func(o *Options) { o.Simple = s })
	for severity, want := range map[string]string{"critical": "pagerduty everybody", "page": "pagerduty everybody", "warning": "everybody", "": "everybody", "Critical": "everybody"} {
		var got []string
		for _, r := range m.running.Load().routes.Match(labelSet(map[string]string{"alertname": "x", "severity": severity})) {
			got = append(got, r.RouteOpts.Receiver)
			if len(m.running.Load().receivers[r.RouteOpts.Receiver]) == 0 {
				t.Errorf("%s tells nobody", r.RouteOpts.Receiver)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("severity %q goes to %s, want %s", severity, got, want)
		}
	}
}

// Rules repeat that an alert has resolved. Nobody is told again.
func TestResolvedIsToldOnce(t *testing.T) {
	box := newPostbox(t)
	m := start(t, "", toWebhook(box.URL))
	a, b := fires("Slow", "instance", "a"), fires("Slow", "instance", "b")
	m.Alert([]Alert{a, b})
	box.until(t, 1)
	a = resolved(a)
	m.Alert([]Alert{a, b})
	box.until(t, 2)
	for range 5 {
		m.Alert([]Alert{a, b})
		time.Sleep(200 * time.Millisecond)
	}
	if n := len(box.letters()); n != 2 {
		t.Errorf("%d letters, want 2", n)
	}
}

// Rules are never held up: not before the start, not by a receiver that hangs, not by too many alerts.
func TestAlertNeverBlocks(t *testing.T) {
	dir := t.TempDir()
	o, _ := options(dir, "")
	m, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	m.queue.limit = 2000
	began := time.Now()
	many := make([]Alert, 100)
	for n := range 30 {
		for i := range many {
			many[i] = fires("Slow", "instance", fmt.Sprint(i), "service", fmt.Sprint(n))
		}
		m.Alert(many)
	}
	if took := time.Since(began); took > time.Minute { // nobody takes anything before the start
		t.Errorf("it took %s", took)
	}
	if q := m.Status().Queue; q.Length != 2000 || q.Dropped != 1000 || testutil.ToFloat64(m.metrics.dropped) != 1000 {
		t.Errorf("%+v", q)
	}
	if err := m.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := m.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	m2 := start(t, dir, "")
	if active, err := m2.Active(t.Context()); err != nil || len(active) != 2000 {
		t.Errorf("%d alerts after a restart, %v", len(active), err)
	}
}

// A reload waits for what is under way, and what waits to be told is told under the new configuration.
func TestReloadWhileDelivering(t *testing.T) {
	box := newPostbox(t)
	box.answer(answer{status: http.StatusOK, silence: 800 * time.Millisecond})
	m := start(t, "", toWebhook(box.URL))
	m.Alert([]Alert{fires("Slow")})
	box.underWay(t)
	if err := m.Reload(); err != nil {
		t.Fatal(err)
	}
	box.until(t, 1)
	time.Sleep(700 * time.Millisecond)
	if n := len(box.letters()); n != 1 {
		t.Errorf("it was told %d times", n)
	}
}

// A test of a receiver that asked to be left alone says so, and leaves it alone.
func TestTestOfALimitedReceiver(t *testing.T) {
	box := newPostbox(t)
	box.answer(answer{status: http.StatusTooManyRequests, body: `{"retry_after": 50}`})
	m := start(t, "", toWebhook(box.URL))
	if receipt, err := m.Test(t.Context(), nil); err != nil || !strings.Contains(receipt.Receivers[0].Error, "429") {
		t.Fatalf("%+v %v", receipt, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if receipt, err := m.Test(ctx, nil); err != nil || !strings.Contains(receipt.Receivers[0].Error, "left alone until") {
		t.Errorf("%+v %v", receipt, err)
	}
	if n := len(box.letters()); n != 1 {
		t.Errorf("%d letters, want 1", n)
	}
}

func TestRetryAfter(t *testing.T) {
	for text, want := range map[string]time.Duration{
		`{"message": "You are being rate limited.", "retry_after": 0.25, "global": false}`: 250 * time.Millisecond,
		"Too Many Requests: retry after 7":                                                 7 * time.Second, "Retry-After: 3": 3 * time.Second,
		`retry_after": 1e9`: time.Second, `"retry_after": 99999999999999999999`: maxPause, "unexpected status code 429": 0,
	} {
		if got := retryAfter(text); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}
