package apitest

import (
	"context"
	"time"

	"github.com/telltale-dev/telltale/internal/api"
)

// Alerts is an alerting with one alert that fires, one that is silenced and one that is pending, and two receivers, of which
// one fails. A test alert whose label service is "!" is none.
type Alerts struct{}

// Alerts implements api.AlertSource.
func (Alerts) Alerts(context.Context) (api.AlertList, error) {
	labels := func(name, severity string) map[string]string {
		return map[string]string{"alertname": name, "severity": severity, "service": "shop"}
	}
	return api.AlertList{Firing: 2, Pending: 1, Silenced: 1, Alerts: []api.Alert{
		{
			ID: "ff98d6d575d23e23", State: "firing", Labels: labels("HTTPErrorRateHigh", "critical"), Since: Now.Add(-4 * time.Minute), Value: "0.12",
			Annotations: map[string]string{"summary": "12 % of requests to shop fail"}, Receivers: []string{"everybody", "pagerduty"},
		},
		{
			ID: "0a98d6d575d23e23", State: "firing", Labels: labels("LLMCostSpike", "warning"), Since: Now.Add(-time.Hour), Value: "3.5",
			Annotations: map[string]string{"summary": Hostile}, SilencedBy: []string{"9d2b7b4e-0000-4000-8000-000000000001"}, Receivers: []string{"everybody"},
		},
		{State: "pending", Labels: labels("HTTPLatencyHigh", "warning"), Since: Now.Add(-30 * time.Second), Annotations: map[string]string{}},
	}}, nil
}

// AlertReceivers implements api.AlertSource.
func (Alerts) AlertReceivers(context.Context) (api.AlertReceivers, error) {
	delivered, failing := Now.Add(-4*time.Minute), Now.Add(-3*time.Minute)
	return api.AlertReceivers{
		Embedded: true, Route: &api.AlertRoute{Receiver: "everybody", GroupBy: []string{"alertname"}, WaitNS: 1e9, ChildRoutes: []api.AlertRoute{
			{Receiver: "pagerduty", Matchers: []string{`severity="critical"`}, Continue: true},
		}},
		Receivers: []api.AlertReceiver{
			{Receiver: "everybody", Integration: "slack", Delivered: &delivered, TookNS: 80e6},
			{Receiver: "pagerduty", Integration: "pagerduty", Failing: &failing, Attempts: 7, Error: "unexpected status code 403"},
		},
	}, nil
}

// TestAlert implements api.AlertSource.
func (Alerts) TestAlert(_ context.Context, labels map[string]string) (api.AlertTest, error) {
	if labels["service"] == "!" {
		return api.AlertTest{}, &api.AlertLabelError{Message: "invalid label set"}
	}
	all := map[string]string{"alertname": "TelltaleTest", "severity": "warning"}
	for name, value := range labels {
		all[name] = value
	}
	done := api.AlertTest{Labels: all, Receivers: []api.AlertTaken{{Receiver: "everybody", Integration: "slack", TookNS: 80e6}}}
	if all["severity"] == "critical" {
		done.Receivers = append(done.Receivers, api.AlertTaken{Receiver: "pagerduty", Integration: "pagerduty", TookNS: 90e6, Error: "unexpected status code 403"})
	}
	return done, nil
}
