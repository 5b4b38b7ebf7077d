package alerting

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/alertmanager/alert"
	"github.com/prometheus/alertmanager/dispatch"
	"github.com/prometheus/alertmanager/nflog"
	"github.com/prometheus/alertmanager/notify"
	"github.com/prometheus/alertmanager/silence"
	"github.com/prometheus/common/model"
)

// testTimeout is how long receivers may take for a test: somebody waits for the answer.
const testTimeout = 15 * time.Second

// Receipt is what became of a test alert.
type Receipt struct {
	Labels    map[string]string
	Silenced  []string // ids of the silences that would hold such an alert back
	Receivers []Taken  // empty: the route ends at a receiver that tells nobody
}

// Taken is what an integration made of a test alert.
type Taken struct {
	Receiver, Integration string
	Index                 int
	Took                  time.Duration
	Error                 string // empty: it was taken
}

// Test sends one alert at once through the routes that labels choose, past grouping and silences, and does not try again.
// Without labels it is a warning named TelltaleTest.
func (m *Alertmanager) Test(ctx context.Context, labels map[string]string) (Receipt, error) {
	g := m.running.Load()
	if g == nil || !m.ready.Load() {
		return Receipt{}, ErrNotReady
	}
	if !g.flights.begin() {
		return Receipt{}, errStopping
	}
	defer g.flights.end()
	ctx, cancel := context.WithTimeout(ctx, testTimeout)
	defer cancel()
	all := map[string]string{"alertname": "TelltaleTest", "severity": "warning"}
	maps.Copy(all, labels)
	now := time.Now()
	a := newAlert(&Alert{Labels: all, StartsAt: now, GeneratorURL: m.opts.External.JoinPath("alerts").String(), Annotations: map[string]string{
		"summary":     "A test of Telltale's alerting",
		"description": "Nothing is wrong: somebody ran `telltale alerts test`. Where this opened an incident, close it by hand.",
	}}, now)
	if err := a.Validate(); err != nil {
		return Receipt{}, &LabelError{err}
	}
	receipt := Receipt{Labels: textMap(a.Labels), Silenced: m.silencedBy(ctx, a.Labels), Receivers: []Taken{}}
	var sending sync.WaitGroup
	var mu sync.Mutex
	told := map[string]bool{}
	for _, r := range g.routes.Match(a.Labels) {
		if told[r.RouteOpts.Receiver] {
			continue // two routes, one receiver
		}
		told[r.RouteOpts.Receiver] = true
		for i := range g.receivers[r.RouteOpts.Receiver] {
			sending.Go(func() {
				taken := g.probe(ctx, r, i, a)
				mu.Lock()
				defer mu.Unlock()
				receipt.Receivers = append(receipt.Receivers, taken)
			})
		}
	}
	sending.Wait()
	slices.SortFunc(receipt.Receivers, func(a, b Taken) int {
		return cmp.Or(cmp.Compare(a.Receiver, b.Receiver), cmp.Compare(a.Integration, b.Integration), cmp.Compare(a.Index, b.Index))
	})
	return receipt, nil
}

// LabelError says that labels are not those of an alert.
type LabelError struct{ err error }

func (e *LabelError) Error() string { return e.err.Error() }
func (e *LabelError) Unwrap() error { return e.err }

func (g *generation) probe(ctx context.Context, r *dispatch.Route, i int, a *alert.Alert) Taken {
	to := &g.receivers[r.RouteOpts.Receiver][i]
	group := model.LabelSet{}
	for name, value := range a.Labels {
		if _, by := r.RouteOpts.GroupBy[name]; by || r.RouteOpts.GroupByAll {
			group[name] = value
		}
	}
	ctx = notify.WithNow(ctx, a.StartsAt)
	ctx = notify.WithGroupKey(ctx, fmt.Sprintf("telltale-test/%d", a.StartsAt.UnixNano())) // never that of a real group
	ctx = notify.WithGroupLabels(ctx, group)
	ctx = notify.WithRouteLabels(ctx, r.RouteOpts.Labels)
	ctx = notify.WithReceiverName(ctx, r.RouteOpts.Receiver)
	ctx = notify.WithRepeatInterval(ctx, r.RouteOpts.RepeatInterval)
	ctx = notify.WithNotificationReason(ctx, notify.ReasonFirstNotification)
	ctx = notify.WithNflogStore(ctx, nflog.NewStore(nil))
	ctx = notify.WithFiringAlerts(ctx, []uint64{uint64(a.Fingerprint())})
	ctx = notify.WithResolvedAlerts(ctx, nil)
	began := time.Now()
	_, err := to.Notify(ctx, a)
	taken := Taken{Receiver: r.RouteOpts.Receiver, Integration: to.Name(), Index: to.Index(), Took: time.Since(began)}
	if err != nil {
		taken.Error = err.Error() // without secrets: the courier saw to it
	}
	return taken
}

func (m *Alertmanager) silencedBy(ctx context.Context, labels model.LabelSet) []string {
	found, _, err := m.silences.Query(ctx, silence.QState(silence.SilenceStateActive), silence.QMatches(labels))
	if err != nil {
		m.log.Warn("silences cannot be asked", "error", err)
	}
	var ids []string
	for _, s := range found {
		ids = append(ids, s.Id)
	}
	return ids
}
