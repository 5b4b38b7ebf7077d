package app

import (
	"context"
	"errors"
	"strings"

	"github.com/telltale-dev/telltale/internal/api"
	"github.com/telltale-dev/telltale/internal/metrics"
	"github.com/telltale-dev/telltale/internal/store/local"
)

func (a *App) buildAPI() error {
	var err error
	a.api, err = api.New(api.Config{
		Reader: a.store, Tailer: a.pipeline, Status: a, Alerts: a.alerts, Rules: ruleSource{a}, Dashboards: a.dashboards, Panels: a.panels(), Prices: a.pipeline, Logger: a.log, Version: a.version,
		Timeout: a.config.Query.Timeout, Concurrent: a.config.Query.MaxConcurrent,
	})
	return err
}

// Status tells how the server is, for /api/v1/status.
func (a *App) Status(ctx context.Context) (api.Status, error) {
	st := a.store.Status()
	s := api.Status{Version: a.version, Started: a.started, Ready: true, Books: st.Books, Store: storeStatus(&st)}
	if err := a.health(ctx); err != nil {
		s.Ready, s.Problems = errors.Is(err, local.ErrDegraded), append(s.Problems, err.Error())
	}
	s.Problems = append(s.Problems, a.alerts.problems()...)
	s.Problems = append(s.Problems, a.derivedProblems()...)
	s.Problems = append(s.Problems, a.ruleProblems()...)
	s.Content = a.config.Content
	s.Intake = api.Intake{OTLPHTTP: a.at.OTLP, OTLPGRPC: a.at.GRPC}
	for _, name := range a.Providers() {
		s.Intake.Providers = append(s.Intake.Providers, api.Provider{Name: name, Kind: a.config.Providers[name].Kind})
	}
	s.Queues = []api.QueueStatus{
		queue("gateway calls")(a.gateway.Queue()),
		queue("pipeline bytes")(a.pipeline.Queue()),
	}
	if err := a.metrics.Health(ctx); err != nil && !errors.Is(err, metrics.ErrNotReady) {
		s.Problems = append(s.Problems, err.Error())
	}
	s.Metrics = a.metricsStatus(ctx)
	if s.Metrics != nil && s.Metrics.ConfigError != "" {
		s.Problems = append(s.Problems, "the prometheus.yml is wrong, the old one stays in force: "+s.Metrics.ConfigError)
	}
	for i, p := range s.Problems {
		s.Problems[i] = oneLine(p)
	}
	return s, nil
}

// oneLine puts the lines of a message beside each other: readers of YAML tell each mistake on a line of its own.
func oneLine(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return strings.Join(lines, "; ")
}

// queue names the numbers of a queue.
func queue(name string) func(length, capacity, refused int64) api.QueueStatus {
	return func(length, capacity, refused int64) api.QueueStatus {
		return api.QueueStatus{Name: name, Length: length, Capacity: capacity, Refused: refused}
	}
}

func storeStatus(st *local.Status) api.StoreStatus {
	o := api.StoreStatus{
		Backend: "local", State: st.State, Rows: st.Rows, Bytes: st.Bytes, Parts: st.Parts, HotRows: st.HotRows, HotBytes: st.HotBytes,
		WALBytes: st.WALBytes, FreeBytes: st.FreeBytes, RecoveryNS: int64(st.Recovery.Took), Recovered: int64(st.Recovery.Rows),
	}
	if !st.Oldest.IsZero() {
		o.Oldest, o.Newest = &st.Oldest, &st.Newest
	}
	if st.Sealing > 0 {
		o.Work = append(o.Work, api.WorkStatus{Name: "seal", Total: st.Sealing, Unit: "rows"})
	}
	if c := st.Compacting; c.Parts > 0 {
		o.Work = append(o.Work, api.WorkStatus{Name: "compaction", Since: c.Began, Total: c.Rows, Unit: "rows"})
	}
	for _, q := range st.Quarantined {
		o.Quarantined = append(o.Quarantined, api.QuarantineNote{File: q.Origin, Reason: q.Reason, Records: q.Spans + q.Logs})
	}
	return o
}
