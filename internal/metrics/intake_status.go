package metrics

import (
	"context"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/prometheus/scrape"
)

// Intake is what comes in, what is left out and why, and what goes on to other systems.
type Intake struct {
	Series      int           `json:"series"`                 // in memory
	Samples     float64       `json:"samples_total"`          // taken since the start
	TargetsUp   int           `json:"targets_up"`             // that are scraped
	TargetsDown []Target      `json:"targets_down,omitempty"` // the first hundred
	Down        int           `json:"targets_down_total"`
	Crowded     []Crowded     `json:"over_limit,omitempty"`
	Owners      []Ownership   `json:"owners,omitempty"`
	OwnersTotal int           `json:"owners_total"`
	RemoteWrite []RemoteWrite `json:"remote_write,omitempty"`
	Config      ConfigState   `json:"config"`
}

// Target is what is scraped in vain.
type Target struct {
	Job   string `json:"job"`
	URL   string `json:"url"`
	Error string `json:"error"`
}

// RemoteWrite is a system that samples go on to.
type RemoteWrite struct {
	Name    string  `json:"name"`
	Pending float64 `json:"pending"` // samples read from the log and not acknowledged yet
	Failed  float64 `json:"failed"`  // samples refused for good
	Retried float64 `json:"retried"`
	Behind  float64 `json:"behind_seconds"` // the newest sample taken against the newest sent
	// Backfill is what was sent again since the start; nil where nothing was.
	Backfill *Backfill `json:"backfill,omitempty"`
}

// intakeStatus tells of the intake of a server that runs.
func (s *Server) intakeStatus(ctx context.Context) Intake {
	out := Intake{Crowded: s.intake.guard.crowded(time.Now()), Config: s.configState()}
	for i := range out.Crowded {
		c := &out.Crowded[i]
		label, distinct, err := widest(ctx, s.db.Head(), c.Family)
		if err != nil {
			s.log.Warn("the labels of a metric were not counted", "metric", c.Family, "error", err)
			continue
		}
		c.Label, c.Distinct = label, distinct
	}
	owners := s.intake.owners.ownerships()
	out.Owners, out.OwnersTotal = owners[:min(len(owners), maxShown)], len(owners)
	for job, targets := range s.scrape.TargetsActive() {
		for _, t := range targets {
			switch t.Health() {
			case scrape.HealthGood:
				out.TargetsUp++
			case scrape.HealthBad:
				if out.Down++; len(out.TargetsDown) < maxShown {
					out.TargetsDown = append(out.TargetsDown, Target{job, s.plain(t.URL().Redacted()), s.plain(message(t.LastError()))})
				}
			}
		}
	}
	s.fromRegistry(&out)
	out.RemoteWrite = s.outlets.status(out.RemoteWrite)
	return out
}

func (s *Server) plain(text string) string {
	text, _ = s.secrets.String(text)
	return text
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// fromRegistry reads what Prometheus counts itself.
func (s *Server) fromRegistry(out *Intake) {
	families, _ := s.opts.Registry.Gather() // what could be gathered counts
	remotes := map[string]*RemoteWrite{}
	of := func(m *dto.Metric) *RemoteWrite {
		name := ""
		for _, l := range m.GetLabel() {
			if l.GetName() == "remote_name" {
				name = l.GetValue()
			}
		}
		if remotes[name] == nil {
			remotes[name] = &RemoteWrite{Name: name}
		}
		return remotes[name]
	}
	received := 0.0
	for _, f := range families {
		for _, m := range f.GetMetric() {
			v := m.GetGauge().GetValue() + m.GetCounter().GetValue()
			switch f.GetName() {
			case "prometheus_tsdb_head_series":
				out.Series = int(v)
			case "prometheus_tsdb_head_samples_appended_total":
				out.Samples += v
			case "prometheus_remote_storage_samples_pending":
				of(m).Pending = v
			case "prometheus_remote_storage_samples_failed_total":
				of(m).Failed = v
			case "prometheus_remote_storage_samples_retried_total":
				of(m).Retried = v
			case "prometheus_remote_storage_highest_timestamp_in_seconds":
				received = v
			case "prometheus_remote_storage_queue_highest_sent_timestamp_seconds":
				of(m).Behind = v
			}
		}
	}
	for _, r := range remotes {
		sent := r.Behind
		if r.Behind = 0; sent > 0 {
			r.Behind = max(0, received-sent)
		}
		out.RemoteWrite = append(out.RemoteWrite, *r)
	}
}
