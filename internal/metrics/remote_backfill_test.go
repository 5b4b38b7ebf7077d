package metrics

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	common "github.com/prometheus/common/config"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/model/exemplar"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/tsdbutil"
)

// receiver is another server of metrics, behind a front that may be down.
type receiver struct {
	*Server
	url      string
	status   atomic.Int32 // of the front's answers; 0 is up
	takes    atomic.Int64 // requests, until it answers 401; 0 is all
	requests atomic.Int64
}

func newReceiver(t *testing.T, window string) *receiver {
	t.Helper()
	o := Options{Interval: time.Hour}
	if window != "" {
		o.File = file(t, t.TempDir(), "receiver.yml", "storage: {tsdb: {out_of_order_time_window: "+window+"}}\n")
	}
	r := &receiver{Server: serve(t, o)}
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, in *http.Request) {
		if n, most := r.requests.Add(1), r.takes.Load(); most > 0 && n > most {
			w.WriteHeader(http.StatusUnauthorized) // as a password that was changed: it is tried until it is right
			return
		}
		if status := r.status.Load(); status != 0 {
			w.WriteHeader(int(status))
			return
		}
		r.Handler().ServeHTTP(w, in)
	}))
	t.Cleanup(front.Close)
	r.url = front.URL + "/prometheus/api/v1/write"
	return r
}

const fastQueue = "    queue_config: {batch_send_deadline: 50ms, min_backoff: 20ms, max_backoff: 100ms, max_samples_per_send: 100}\n    metadata_config: {send: false}\n"

// startSender starts a server that writes to a receiver.
func startSender(t *testing.T, dir string, to *receiver, more string) *Server {
	t.Helper()
	yml := file(t, t.TempDir(), "prometheus.yml", "global: {external_labels: {site: ams}}\nremote_write:\n  - name: far\n    url: "+to.url+"\n"+fastQueue+more)
	s, err := New(Options{
		Dir: dir, File: yml, Interval: time.Hour, Registry: prometheus.NewRegistry(), External: &url.URL{Scheme: "http", Host: "127.0.0.1:8080"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Stop(context.Background()) }) // of those that are left
	return s
}

// tenKept appends a sample of the value 1 to each of ten series, so many times.
func tenKept(t *testing.T, s *Server, times int) {
	t.Helper()
	var series []labels.Labels
	for i := range 10 {
		series = append(series, labels.FromStrings("__name__", "kept", "job", "shop", "n", fmt.Sprint(i)))
	}
	for range times {
		push(t, s.intake.from(pushed), time.Now(), 1, series...)
		time.Sleep(3 * time.Millisecond) // another timestamp
	}
}

// tailing waits until the queue takes samples: those that are newer than itself.
func tailing(t *testing.T, s *Server) {
	t.Helper()
	eventually(t, "the queue takes samples", func() bool {
		push(t, s.intake.from(pushed), time.Now(), 1, labels.FromStrings("__name__", "probe"))
		return s.outlets.queues.counts()["far"].enqueued > 0
	})
}

func arrived(t *testing.T, r *receiver) float64 {
	t.Helper()
	return ask(t, r.Server, `sum(count_over_time(kept{site="ams"}[2h]))`, time.Now().Add(time.Minute))["{}"]
}

func backfilled(t *testing.T, s *Server) *Backfill {
	t.Helper()
	for _, r := range s.Status(t.Context()).Intake.RemoteWrite {
		if r.Name == "far" && r.Backfill != nil {
			return r.Backfill
		}
	}
	return nil
}

func copyDir(t *testing.T, from string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return to
}

// TestARestartWhileTheReceiverIsDownLosesNothing ends the sender once by Stop and once as kill -9 does, for receivers with a
// window for late samples and without, by both versions of the protocol.
func TestARestartWhileTheReceiverIsDownLosesNothing(t *testing.T) {
	const v2 = "    protobuf_message: io.prometheus.write.v2.Request\n"
	for name, c := range map[string]struct {
		window, version string
		killed          bool
	}{
		"stopped":             {"", "", false},
		"killed":              {"", "", true},
		"killed, a window":    {"2h", "", true},
		"killed, version two": {"", v2, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			far, dir := newReceiver(t, c.window), t.TempDir()
			s := startSender(t, dir, far, c.version)
			tailing(t, s)
			tenKept(t, s, 5)
			eventually(t, "first samples arrived", func() bool { return arrived(t, far) == 50 })
			s.outlets.look(time.Now())
			s.outlets.save()
			far.status.Store(http.StatusServiceUnavailable)
			tenKept(t, s, 20)
			if c.killed {
				dir = copyDir(t, dir)
			}
			stop(t, s)
			s = startSender(t, dir, far, c.version)
			eventually(t, "the outage shows", func() bool {
				b := backfilled(t, s)
				return b != nil && b.Pending && strings.Contains(b.Error, "503")
			})
			tenKept(t, s, 5) // while the backfill waits
			far.status.Store(0)
			eventually(t, "all samples arrived", func() bool { return arrived(t, far) == 300 })
			tailing(t, s) // what comes in the moment before is sent later, and this receiver may refuse it then
			tenKept(t, s, 5)
			eventually(t, "it goes on", func() bool { return arrived(t, far) == 350 })
		})
	}
}

// past is a folder with samples of the last 55 minutes: a float each second and a histogram each minute, with exemplars, of which
// all up to a time were acknowledged by the system far.
func past(t *testing.T, acknowledged time.Duration) (dir string, now time.Time) {
	t.Helper()
	dir, now = t.TempDir(), time.Now()
	s := serve(t, Options{Dir: dir, Interval: time.Hour})
	app := s.storage.AppenderV2(t.Context())
	for back := 55 * time.Minute; back > 0; back -= time.Second {
		at := now.Add(-back).UnixMilli()
		o := storage.AppendV2Options{Exemplars: []exemplar.Exemplar{{Labels: labels.FromStrings("trace_id", fmt.Sprint(at)), Value: 1, Ts: at, HasTs: true}}}
		if _, err := app.Append(0, labels.FromStrings("__name__", "kept", "job", "shop"), 0, at, 1, nil, nil, o); err != nil {
			t.Fatal(err)
		}
		if _, err := app.Append(0, labels.FromStrings("__name__", "secret", "job", "shop"), 0, at, 1, nil, nil, storage.AppendV2Options{}); err != nil {
			t.Fatal(err)
		}
		if back%time.Minute == 0 {
			h := tsdbutil.GenerateTestHistogram(int64(back / time.Minute))
			if _, err := app.Append(0, labels.FromStrings("__name__", "native", "job", "shop"), 0, at, 0, h, nil, storage.AppendV2Options{}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := app.Commit(); err != nil {
		t.Fatal(err)
	}
	stop(t, s)
	file(t, dir, "remote.json", fmt.Sprintf(`[{"name":"far","acknowledged_until":%q}]`, now.Add(-acknowledged).UTC().Format(time.RFC3339Nano)))
	return dir, now
}

// What is written on: not our own metrics, of which there are some at each start.
const (
	dropOwn    = "    write_relabel_configs: [{source_labels: [job], regex: telltale, action: drop}]\n"
	dropSecret = "    write_relabel_configs: [{source_labels: [__name__, job], regex: 'secret;.*|.*;telltale', action: drop}]\n"
)

func TestABackfillSendsWhatAQueueWould(t *testing.T) {
	for _, version := range []string{"", "    protobuf_message: io.prometheus.write.v2.Request\n"} {
		dir, now := past(t, 30*time.Minute)
		far := newReceiver(t, "")
		s := startSender(t, dir, far, dropSecret+"    send_exemplars: true\n    send_native_histograms: true\n"+version)
		eventually(t, "the queue runs", func() bool { return len(s.outlets.queues.counts()) == 1 })
		for expr, want := range map[string]float64{
			`count_over_time(kept{site="ams"}[2h])`:   1799, // the one at the position was acknowledged
			`count_over_time(native{site="ams"}[2h])`: 29,
			`count(secret) or vector(0)`:              0,
		} {
			got := ask(t, far.Server, expr, now)
			for _, v := range got {
				if v != want {
					t.Errorf("%s: %v, want %v", expr, got, want)
				}
			}
			if len(got) != 1 {
				t.Errorf("%s: %v", expr, got)
			}
		}
		found, err := far.Exemplars(t.Context(), "kept", now.Add(-time.Hour), now)
		if err != nil || len(found) < 100 {
			t.Errorf("exemplars: %d, %v", len(found), err)
		}
		if b := backfilled(t, s); b.Sent != 1799+29 || b.Refused != 0 || b.Error != "" {
			t.Errorf("status: %+v", b)
		}
	}
}

// TestABackfillGoesOnWhereItWasKilled counts what arrives twice.
func TestABackfillGoesOnWhereItWasKilled(t *testing.T) {
	dir, now := past(t, 50*time.Minute)
	far := newReceiver(t, "")
	far.takes.Store(40)
	s := startSender(t, dir, far, dropSecret)
	eventually(t, "some samples arrived", func() bool { return far.requests.Load() > 40 })
	s.outlets.save()
	killed := copyDir(t, dir)
	stop(t, s)
	far.takes.Store(0)
	s = startSender(t, killed, far, dropSecret)
	eventually(t, "the queue runs", func() bool { return len(s.outlets.queues.counts()) == 1 })
	if got := ask(t, far.Server, `count_over_time(kept{site="ams"}[2h])`, now); got[`{job="shop", site="ams"}`] != 2999 {
		t.Errorf("%v of 2999 samples arrived", got)
	}
	if b := backfilled(t, s); b.Sent+b.Refused >= 2999 || b.Refused > 310 {
		t.Errorf("it began anew: %+v", b)
	}
}

// TestWhatIsRefusedEndsABackfill has a receiver that has a newer sample of one series, and one that takes nothing.
func TestWhatIsRefusedEndsABackfill(t *testing.T) {
	dir, now := past(t, 30*time.Minute)
	far := newReceiver(t, "")
	had := labels.FromStrings("__name__", "kept", "job", "shop", "site", "ams")
	push(t, far.intake.from(pushed), now.Add(-10*time.Minute), 5, had)
	s := startSender(t, dir, far, dropOwn)
	eventually(t, "the queue runs", func() bool { return len(s.outlets.queues.counts()) == 1 })
	if got := ask(t, far.Server, `count_over_time(kept{site="ams"}[2h])`, now); got[`{job="shop", site="ams"}`] < 599 {
		t.Errorf("what is newer: %v", got)
	}
	if got := ask(t, far.Server, `count_over_time(secret[2h])`, now)[`{job="shop", site="ams"}`]; got != 1799 {
		t.Errorf("%v of 1799 samples of another series arrived", got)
	}
	if b := backfilled(t, s); b.Refused < 1199 || b.Refused > 1201 {
		t.Errorf("status: %+v", b)
	}

	dir, _ = past(t, 30*time.Minute)
	far.status.Store(http.StatusBadRequest)
	before := far.requests.Load()
	s = startSender(t, dir, far, dropOwn)
	eventually(t, "the queue runs", func() bool { return len(s.outlets.queues.counts()) == 1 })
	if b := backfilled(t, s); b.Sent != 0 || b.Refused != 2*1799 {
		t.Errorf("status: %+v", b)
	}
	if n := far.requests.Load() - before; n > 5000 {
		t.Errorf("%d requests in vain", n)
	}
}

func TestSamplesCommittedLateAreSent(t *testing.T) {
	far := newReceiver(t, "1h")
	dir, _ := past(t, 10*time.Second)
	yml := file(t, t.TempDir(), "prometheus.yml", "remote_write:\n  - name: far\n    url: "+far.url+"\n"+fastQueue+dropOwn)
	s, err := New(Options{Dir: dir, File: yml, Interval: time.Hour, Registry: prometheus.NewRegistry(), External: &url.URL{Scheme: "http", Host: "h"}})
	if err != nil {
		t.Fatal(err)
	}
	s.settle = time.Second
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer stop(t, s)
	eventually(t, "the queue runs", func() bool { return len(s.outlets.queues.counts()) == 1 })
	at := time.Now().Add(-2 * time.Second)
	push(t, s.intake.from(pushed), at, 7, labels.FromStrings("__name__", "slow", "job", "shop"))
	eventually(t, "it arrived", func() bool { return ask(t, far.Server, "slow", time.Now())[`{__name__="slow", job="shop"}`] == 7 })
	eventually(t, "it ended", func() bool { return !backfilled(t, s).Pending })
	if b := backfilled(t, s); b.Sent > 2*10+3 || b.Refused > 0 {
		t.Errorf("what was sent went again: %+v", b)
	}
}

func TestALongOutageIsLeftToTheBackfill(t *testing.T) {
	far := newReceiver(t, "")
	s := startSender(t, t.TempDir(), far, "")
	far.status.Store(http.StatusServiceUnavailable)
	tailing(t, s)
	tenKept(t, s, 5)
	eventually(t, "samples wait", func() bool { return s.outlets.queues.counts()["far"].pending > 0 })
	s.outlets.look(time.Now())
	s.outlets.look(time.Now().Add(longOutage + time.Minute))
	eventually(t, "the backfill runs", func() bool { b := backfilled(t, s); return b != nil && b.Pending && b.Error != "" })
	tenKept(t, s, 5)
	far.status.Store(0)
	eventually(t, "all samples arrived", func() bool { return arrived(t, far) == 100 })
	eventually(t, "the queue runs", func() bool { return len(s.outlets.queues.counts()) == 1 })
}

func TestPositions(t *testing.T) {
	now := time.UnixMilli(1_000_000_000)
	second := func(back time.Duration) float64 { return float64(now.Add(-back).Unix()) }
	for name, c := range map[string]struct {
		before, now queueCounts
		want        time.Duration // before now; 0 is unchanged
	}{
		"nothing was sent":      {queueCounts{}, queueCounts{}, 0},
		"all was sent":          {queueCounts{}, queueCounts{enqueued: second(time.Second), sent: second(time.Second), bytes: 1}, time.Second + idleMargin},
		"a clock that is ahead": {queueCounts{}, queueCounts{enqueued: second(-time.Hour), bytes: 1}, idleMargin},
		"nothing new":           {queueCounts{enqueued: second(time.Minute)}, queueCounts{enqueued: second(time.Minute)}, 0},
		"busy":                  {queueCounts{bytes: 1}, queueCounts{pending: 5, enqueued: second(0), sent: second(time.Second), bytes: 2}, time.Second + busyMargin},
		"an outage":             {queueCounts{bytes: 2}, queueCounts{pending: 5, enqueued: second(0), sent: second(time.Second), bytes: 2}, 0},
	} {
		at, moved := acknowledged(c.before, c.now, now)
		if moved != (c.want != 0) || moved && at != now.Add(-c.want).UnixMilli() {
			t.Errorf("%s: %v before now, %t", name, now.Sub(time.UnixMilli(at)), moved)
		}
	}
	dir := t.TempDir()
	file(t, dir, "remote.json", "[{")
	serve(t, Options{Dir: dir})
	if _, err := os.Stat(filepath.Join(dir, "remote.json.broken")); err != nil {
		t.Error(err)
	}
}

func TestRefusals(t *testing.T) {
	for status, want := range map[int]bool{400: true, 413: true, 422: true, 401: false, 404: false, 429: false, 503: false} {
		front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
		u, _ := url.Parse(front.URL)
		o := newOutlets(t.TempDir(), time.Hour, nil, slog.New(slog.DiscardHandler))
		b, err := newBackfill(o, &config.RemoteWriteConfig{Name: "far", URL: &common.URL{URL: u}, RemoteTimeout: model.Duration(time.Second)}, labels.EmptyLabels())
		if err != nil {
			t.Fatal(err)
		}
		_, err = b.store(t.Context(), []outgoing{{labels: labels.FromStrings("__name__", "x"), at: 1}})
		if isRefusal(err) != want {
			t.Errorf("%d: %v", status, err)
		}
		front.Close()
	}
}
