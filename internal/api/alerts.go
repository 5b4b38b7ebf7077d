package api

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// AlertSource knows the alerts and who is told of them.
type AlertSource interface {
	Alerts(ctx context.Context) (AlertList, error)
	AlertReceivers(ctx context.Context) (AlertReceivers, error)
	// TestAlert sends one alert at once through the routes that labels choose. An *AlertLabelError says that they are none.
	TestAlert(ctx context.Context, labels map[string]string) (AlertTest, error)
}

// AlertLabelError says what is wrong with the labels of a test alert.
type AlertLabelError struct{ Message string }

func (e *AlertLabelError) Error() string { return e.Message }

// AlertList is what fires and what is about to.
type AlertList struct {
	Alerts    []Alert `json:"alerts" doc:"firing ones first, of each the latest first"`
	Firing    int     `json:"firing"`
	Pending   int     `json:"pending"`
	Silenced  int     `json:"silenced" doc:"of the firing ones"`
	Inhibited int     `json:"inhibited" doc:"of the firing ones"`
}

// Alert is one that fires, or is pending: its condition holds, but not yet for as long as its rule wants.
type Alert struct {
	ID          string            `json:"id,omitempty" doc:"fingerprint of its labels, as Alertmanager has it; absent while pending"`
	State       string            `json:"state" doc:"firing or pending"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
	Since       time.Time         `json:"since"`
	Value       string            `json:"value,omitempty" doc:"of the rule's expression at its last evaluation"`
	Link        string            `json:"link,omitempty" doc:"to the expression"`
	SilencedBy  []string          `json:"silenced_by,omitempty" doc:"ids of silences"`
	InhibitedBy []string          `json:"inhibited_by,omitempty" doc:"ids of alerts"`
	MutedBy     []string          `json:"muted_by,omitempty" doc:"names of time intervals"`
	Receivers   []string          `json:"receivers,omitempty" doc:"who is told, or would be"`
}

// AlertReceivers is who is told of what, and how that went.
type AlertReceivers struct {
	File       string          `json:"file,omitempty" doc:"the alertmanager.yml; absent where the keys below alerting say who is told"`
	Embedded   bool            `json:"embedded" doc:"whether the Alertmanager inside is on"`
	External   []string        `json:"external,omitempty" doc:"further Alertmanagers that are told"`
	Error      string          `json:"error,omitempty" doc:"why the file is not in force as it is now; the one before is"`
	ErrorSince *time.Time      `json:"error_since,omitempty"`
	Route      *AlertRoute     `json:"route,omitempty"`
	Receivers  []AlertReceiver `json:"receivers" doc:"those that a route leads to, and external Alertmanagers"`
	Dropped    int64           `json:"dropped" doc:"alerts of rules that did not fit into the queue since the start"`
}

// AlertRoute is a node of the routing tree.
type AlertRoute struct {
	Receiver    string       `json:"receiver"`
	Matchers    []string     `json:"matchers,omitempty"`
	GroupBy     []string     `json:"group_by,omitempty"`
	WaitNS      int64        `json:"group_wait_ns"`
	IntervalNS  int64        `json:"group_interval_ns"`
	RepeatNS    int64        `json:"repeat_interval_ns"`
	Continue    bool         `json:"continue,omitempty"`
	MutedIn     []string     `json:"mute_time_intervals,omitempty"`
	ActiveIn    []string     `json:"active_time_intervals,omitempty"`
	ChildRoutes []AlertRoute `json:"routes,omitempty"`
}

// AlertReceiver is how one integration of a receiver fares.
type AlertReceiver struct {
	Receiver    string     `json:"receiver"`
	Integration string     `json:"integration" doc:"slack, pagerduty, email, webhook, …"`
	Index       int        `json:"index" doc:"among those of its kind in the receiver"`
	Delivered   *time.Time `json:"delivered,omitempty" doc:"the last time; absent if not since the start"`
	TookNS      int64      `json:"took_ns,omitempty" doc:"of that delivery"`
	Failing     *time.Time `json:"failing_since,omitempty" doc:"absent if the last attempt went well"`
	Attempts    int        `json:"failed_attempts,omitempty" doc:"since then"`
	Error       string     `json:"error,omitempty" doc:"of the last attempt, without secrets"`
}

// AlertTestRequest chooses the route of a test alert.
type AlertTestRequest struct {
	Labels map[string]string `json:"labels,omitempty" doc:"beside alertname TelltaleTest and severity warning, which they may replace"`
}

// AlertTest is what became of a test alert.
type AlertTest struct {
	Labels     map[string]string `json:"labels"`
	SilencedBy []string          `json:"silenced_by,omitempty" doc:"silences that would hold such an alert back; the test passed them by"`
	Receivers  []AlertTaken      `json:"receivers" doc:"empty: the route ends where nobody is told"`
}

// AlertTaken is what an integration made of a test alert.
type AlertTaken struct {
	Receiver    string `json:"receiver"`
	Integration string `json:"integration"`
	Index       int    `json:"index"`
	TookNS      int64  `json:"took_ns"`
	Error       string `json:"error,omitempty" doc:"absent: it was taken"`
}

// alertRoutes are about alerts. Silences are Alertmanager's own API, below /alertmanager/api/v2.
var alertRoutes = []route{
	{
		path: "/api/v1/alerts", id: "listAlerts", result: AlertList{}, answer: (*API).alerts,
		summary: "Alerts that fire or are pending, and what holds them back",
	},
	{
		path: "/api/v1/alerts/receivers", id: "listAlertReceivers", result: AlertReceivers{}, answer: (*API).alertReceivers,
		summary: "The routing tree, the receivers, and how the last delivery to each went",
	},
	{
		method: http.MethodPost, path: "/api/v1/alerts/test", id: "testAlert", body: AlertTestRequest{}, result: AlertTest{}, answer: (*API).testAlert,
		summary: "Send one alert at once through the routes that its labels choose, past grouping and silences",
	},
}

var errNoAlerts = &fault{status: http.StatusNotImplemented, code: "unsupported", message: "this server has no alerting"}

func (a *API) alerts(ctx context.Context, _ *params) (any, error) {
	if a.config.Alerts == nil {
		return nil, errNoAlerts
	}
	return a.config.Alerts.Alerts(ctx)
}

func (a *API) alertReceivers(ctx context.Context, _ *params) (any, error) {
	if a.config.Alerts == nil {
		return nil, errNoAlerts
	}
	return a.config.Alerts.AlertReceivers(ctx)
}

func (a *API) testAlert(ctx context.Context, p *params) (any, error) {
	if a.config.Alerts == nil {
		return nil, errNoAlerts
	}
	var request AlertTestRequest
	if err := p.decode(&request); err != nil {
		return nil, err
	}
	done, err := a.config.Alerts.TestAlert(ctx, request.Labels)
	if wrong := new(AlertLabelError); errors.As(err, &wrong) {
		return nil, &fault{status: http.StatusBadRequest, code: codeParameter, message: wrong.Message, parameter: "labels"}
	}
	return done, err
}
