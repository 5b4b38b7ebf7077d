package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"

	"github.com/telltale-dev/telltale/bench/server"
)

// evaluation is the interval of the rule that is measured.
const evaluation = time.Second

// measureAlert sends a metric that crosses its threshold, and waits for the webhook.
func measureAlert(ctx context.Context, o *options) error {
	return withTemp(o, func(dir string) error {
		told := make(chan struct{}, 16)
		hook := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { told <- struct{}{} }))
		defer hook.Close()
		if err := writeAlerting(dir, hook.URL); err != nil {
			return err
		}
		s, err := server.Start(ctx, server.Options{Binary: o.binary, Data: filepath.Join(dir, "data"), Log: os.Stderr, Env: []string{
			"TELLTALE_ALERTING_RULES=" + filepath.Join(dir, "rules.yml"), "TELLTALE_ALERTING_ALERTMANAGER=" + filepath.Join(dir, "alertmanager.yml"),
			"TELLTALE_ALERTING_DEFAULTS=false",
		}})
		if err != nil {
			return err
		}
		defer func() { _ = s.Stop() }()
		var took []time.Duration
		for round := range min(o.rounds, 5) {
			name := fmt.Sprintf("bench-%d", round)
			if err := send(ctx, s.HTTP, name, 0); err != nil {
				return err
			}
			time.Sleep(2500 * time.Millisecond)
			began := time.Now()
			if err := send(ctx, s.HTTP, name, 100); err != nil {
				return err
			}
			select {
			case <-told:
				took = append(took, time.Since(began))
			case <-time.After(30 * time.Second):
				return errors.New("the webhook was not called within 30 s")
			}
		}
		fmt.Printf("from a metric over its threshold to the webhook: %v, at most %v; rules every %v, target at most %v\n",
			median(took).Round(10*time.Millisecond), maxOf(took).Round(10*time.Millisecond), evaluation, evaluation+2*time.Second)
		return nil
	})
}

func maxOf(list []time.Duration) (m time.Duration) {
	for _, d := range list {
		m = max(m, d)
	}
	return m
}

func writeAlerting(dir, hook string) error {
	rules := fmt.Sprintf("groups:\n- name: bench\n  interval: %v\n  rules:\n  - alert: TooMany\n    expr: bench_queue_depth > 50\n    labels: {severity: critical}\n", evaluation)
	manager := fmt.Sprintf("route: {receiver: hook, group_by: [job], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}\nreceivers:\n- name: hook\n  webhook_configs: [{url: '%s', send_resolved: false}]\n", hook)
	return errors.Join(os.WriteFile(filepath.Join(dir, "rules.yml"), []byte(rules), 0o600), os.WriteFile(filepath.Join(dir, "alertmanager.yml"), []byte(manager), 0o600))
}

// send exports a gauge as an OpenTelemetry SDK does.
func send(ctx context.Context, at, service string, value float64) error {
	m := pmetric.NewMetrics()
	rm := m.ResourceMetrics().AppendEmpty()
	rm.Resource().Attributes().PutStr("service.name", service)
	g := rm.ScopeMetrics().AppendEmpty().Metrics().AppendEmpty()
	g.SetName("bench_queue_depth")
	p := g.SetEmptyGauge().DataPoints().AppendEmpty()
	p.SetDoubleValue(value)
	p.SetTimestamp(pcommon.NewTimestampFromTime(time.Now()))
	body, err := pmetricotlp.NewExportRequestFromMetrics(m).MarshalProto()
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+at+"/v1/metrics", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-protobuf")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("send metrics: %s", res.Status)
	}
	return nil
}
