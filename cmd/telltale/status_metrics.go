package main

import (
	"fmt"

	"github.com/telltale-dev/telltale/internal/api"
)

// writeMetrics shows the metrics: how much there is, and what does not come in or goes nowhere.
func writeMetrics(env *environment, style style, m *api.MetricsStatus) error {
	if m == nil {
		return nil
	}
	t := newTable(style, "metrics", "")
	t.add("", "series", fmt.Sprintf("%s in memory, %s taken since the start", showCount(m.Series), plural(m.Samples, "sample")))
	t.add("", "on disk", fmt.Sprintf("%s in %s", showBytes(m.Bytes), plural(int64(m.Blocks), "block")))
	if m.Oldest != nil {
		t.add("", "oldest", showTime(*m.Oldest, env.now())+" "+zone(env.now()))
	}
	if m.ReadOnly != "" {
		t.add(red, "read only", m.ReadOnly)
	}
	if m.TargetsUp+m.TargetsDown > 0 {
		t.add("", "targets", fmt.Sprintf("%d up, %d down", m.TargetsUp, m.TargetsDown))
	}
	for _, d := range m.Down {
		t.add(red, "down", d.Job+" "+d.URL+": "+d.Error)
	}
	for _, r := range m.RemoteWrite {
		colour := ""
		if r.Failed > 0 {
			colour = red
		}
		if r.CatchingUp {
			r.Name += ", which gets what it lacks of an outage first"
		}
		t.add(colour, "remote write", fmt.Sprintf("%s: %s wait, %s failed, %.0f s behind", r.Name, showCount(r.Pending), showCount(r.Failed), r.BehindSeconds))
	}
	for i := range m.OverLimit {
		t.add(red, "too many labels", overLimit(&m.OverLimit[i]))
	}
	for _, section := range m.Ignored {
		t.add("", "no effect here", section)
	}
	for _, b := range m.Aside {
		t.add(red, "set aside", b)
	}
	return writeBelow(env, t)
}

// overLimit says which metric, which label, and how many.
func overLimit(o *api.OverLimit) string {
	text := o.Family
	if o.Label != "" {
		text += fmt.Sprintf(": label %s has %s", o.Label, plural(o.Distinct, "value"))
	}
	if o.Refused > 0 {
		text += fmt.Sprintf(", %s series refused", showCount(o.Refused))
	}
	if o.Folded > 0 {
		text += fmt.Sprintf(", %s counted as other", showCount(o.Folded))
	}
	return text
}
