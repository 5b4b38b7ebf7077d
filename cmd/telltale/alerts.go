package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/telltale-dev/telltale/internal/api"
)

func runAlerts(ctx context.Context, env *environment, args []string) error {
	f := newFlags(env, "alerts", "[test]", "List the alerts that fire or are pending; or send a test alert to see who is told. A test goes through the routes that its labels choose, at once, past grouping and silences. Its exit code is 1 when a receiver did not take it, or nobody is told.",
		example{"what fires", "telltale alerts"},
		example{"does Slack work?", "telltale alerts test"},
		example{"who is told of critical alerts of a service?", "telltale alerts test --severity critical --label service=chat"})
	connect := serverFlags(f)
	asJSON := f.Bool("json", false, "one JSON object")
	labels := map[string]string{}
	f.Func("label", "`name=value` of the test alert; may be given several times", func(text string) error {
		name, value, ok := strings.Cut(text, "=")
		if !ok || name == "" {
			return errors.New("want NAME=VALUE")
		}
		labels[name] = value
		return nil
	})
	severity := f.String("severity", "", "`severity` of the test alert, as --label severity=… (default warning)")
	operands, err := f.parse(args)
	if err != nil {
		return err
	}
	test := len(operands) > 0 && operands[0] == "test"
	if test {
		operands = operands[1:]
	}
	if err := f.none(operands); err != nil {
		return err
	}
	if !test && (len(labels) > 0 || *severity != "") {
		return f.usage("--label and --severity are of a test: telltale alerts test")
	}
	if *severity != "" {
		labels["severity"] = *severity
	}
	c, err := connect()
	if err != nil {
		return err
	}
	if test {
		return testAlert(ctx, env, c, labels, *asJSON)
	}
	return listAlerts(ctx, env, c, *asJSON)
}

func listAlerts(ctx context.Context, env *environment, c *client, asJSON bool) error {
	var list api.AlertList
	if err := c.get(ctx, "/api/v1/alerts", nil, &list); err != nil {
		return err
	}
	if asJSON {
		return writeJSON(env.stdout, list)
	}
	if len(list.Alerts) == 0 {
		_, err := io.WriteString(env.stdout, "No alert fires, none is pending.\n")
		return err
	}
	now := env.now()
	t := newTable(env.style(), "state", "since "+zone(now), "severity", "alert", "~labels", "~summary")
	for i := range list.Alerts {
		a := &list.Alerts[i]
		t.add(alertColour(a), alertState(a), showTime(a.Since, now), a.Labels["severity"], a.Labels["alertname"], alertLabels(a.Labels), a.Annotations["summary"])
	}
	return t.write(env.stdout)
}

// alertState names what holds an alert back, if anything does.
func alertState(a *api.Alert) string {
	switch {
	case len(a.SilencedBy) > 0:
		return "silenced"
	case len(a.InhibitedBy) > 0:
		return "inhibited"
	case len(a.MutedBy) > 0:
		return "muted"
	}
	return a.State
}

func alertColour(a *api.Alert) string {
	if alertState(a) == "firing" {
		return red
	}
	return ""
}

// alertLabels are those that have no column.
func alertLabels(labels map[string]string) string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		if name != "alertname" && name != "severity" {
			list = append(list, name+"="+labels[name])
		}
	}
	return strings.Join(list, " ")
}

func testAlert(ctx context.Context, env *environment, c *client, labels map[string]string, asJSON bool) error {
	body, err := json.Marshal(api.AlertTestRequest{Labels: labels})
	if err != nil {
		return err
	}
	response, err := c.send(ctx, http.MethodPost, "/api/v1/alerts/test", nil, http.Header{"Content-Type": {"application/json"}}, body)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	var done api.AlertTest
	if err := json.NewDecoder(io.LimitReader(response.Body, maxAnswer)).Decode(&done); err != nil {
		return fmt.Errorf("the answer of %s ends early or is no JSON: %w", c.base, err)
	}
	if asJSON {
		err = writeJSON(env.stdout, done)
	} else {
		err = writeAlertTest(env, &done)
	}
	if err != nil {
		return err
	}
	failed := 0
	for _, r := range done.Receivers {
		if r.Error != "" {
			failed++
		}
	}
	switch {
	case len(done.Receivers) == 0:
		return errors.New("nobody is told of such an alert: set alerting.slack_webhook, alerting.pagerduty_key or alerting.email, or see to the routes of the alertmanager.yml")
	case failed > 0:
		return fmt.Errorf("%d of %s did not take the alert", failed, plural(int64(len(done.Receivers)), "receiver"))
	}
	return nil
}

func writeAlertTest(env *environment, done *api.AlertTest) error {
	style := env.style()
	t := newTable(style, "receiver", "by", ">took", "")
	for _, r := range done.Receivers {
		colour, result := "", "took it"
		if r.Error != "" {
			colour, result = red, r.Error
		}
		t.add(colour, r.Receiver, fmt.Sprintf("%s[%d]", r.Integration, r.Index), showDuration(r.TookNS), result)
	}
	var b strings.Builder
	b.WriteString(visible(strings.TrimSpace(done.Labels["alertname"]+" "+done.Labels["severity"]+" "+alertLabels(done.Labels))) + "\n")
	if len(done.SilencedBy) > 0 {
		fmt.Fprintf(&b, "Such an alert would be silenced now, by %s.\n", visible(strings.Join(done.SilencedBy, ", ")))
	}
	if _, err := io.WriteString(env.stdout, b.String()); err != nil || len(done.Receivers) == 0 {
		return err
	}
	return t.write(env.stdout)
}
