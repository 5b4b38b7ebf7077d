package app

import (
	"context"

	"github.com/telltale-dev/telltale/internal/api"
)

// metricsStatus is nil until the metrics are ready.
func (a *App) metricsStatus(ctx context.Context) *api.MetricsStatus {
	st := a.metrics.Status(ctx)
	if !st.Ready {
		return nil
	}
	in, disk := &st.Intake, &st.Storage
	m := &api.MetricsStatus{
		Series: int64(in.Series), Samples: int64(in.Samples), Bytes: disk.Bytes, Blocks: disk.Blocks, FreeBytes: disk.FreeBytes, ReadOnly: disk.ReadOnly,
		TargetsUp: in.TargetsUp, TargetsDown: in.Down, OwnFamilies: in.OwnersTotal, ConfigFile: in.Config.File, ConfigError: in.Config.Error, Ignored: in.Config.Ignored,
	}
	if !disk.From.IsZero() {
		m.Oldest = &disk.From
	}
	for _, b := range disk.Aside {
		m.Aside = append(m.Aside, b.Block+": "+b.Reason)
	}
	for _, c := range in.Crowded {
		m.OverLimit = append(m.OverLimit, api.OverLimit{Family: c.Family, Label: c.Label, Distinct: int64(c.Distinct), Series: int64(c.Series), Refused: c.Refused})
	}
	for _, f := range a.derived.Status().Folded {
		m.OverLimit = append(m.OverLimit, api.OverLimit{Family: f.Family, Label: f.Label, Distinct: int64(f.Values), Folded: int64(f.Count)})
	}
	for _, t := range in.TargetsDown {
		m.Down = append(m.Down, api.TargetStatus{Job: t.Job, URL: t.URL, Error: t.Error})
	}
	for _, r := range in.RemoteWrite {
		remote := api.RemoteStatus{Name: r.Name, Pending: int64(r.Pending), Failed: int64(r.Failed), BehindSeconds: r.Behind}
		remote.CatchingUp = r.Backfill != nil && r.Backfill.Pending
		m.RemoteWrite = append(m.RemoteWrite, remote)
	}
	return m
}
