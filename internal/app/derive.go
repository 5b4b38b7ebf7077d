package app

import (
	"fmt"
	"path/filepath"

	"github.com/telltale-dev/telltale/internal/derive"
	"github.com/telltale-dev/telltale/internal/metrics"
)

// derivedFile holds the counters of derived metrics, in the data folder.
const derivedFile = "derived-counters"

func (a *App) buildDerived() error {
	var err error
	if a.derived, err = derive.New(derive.Options{File: filepath.Join(a.config.Data, derivedFile), Logger: a.log}); err != nil {
		return err
	}
	return a.registry.Register(a.derived.Collector())
}

// derivedNames are the families that are derived.
func derivedNames() []string {
	var names []string
	for _, f := range derive.Families() {
		names = append(names, f.Name)
	}
	return names
}

// derivedSource gives the metrics server what is derived.
type derivedSource struct{ *derive.Counter }

// Own implements metrics.DerivedSource.
func (d derivedSource) Own(family, job string, owned bool) { d.SetOwned(family, job, owned) }

// Derived implements metrics.DerivedSource.
func (d derivedSource) Derived(yield func(*metrics.Derived)) {
	var to metrics.Derived
	d.Series(func(s *derive.Series) {
		to = metrics.Derived{
			ID: s.ID, Family: s.Family.Name, Job: s.Job, Gauge: s.Family.Kind == derive.Gauge, Value: s.Value,
			Bounds: s.Family.Buckets, Restored: s.Restored, Labels: to.Labels[:0], Exemplars: to.Exemplars[:0],
		}
		if s.Family.Kind == derive.Histogram {
			to.Counts = s.Counts
		}
		for i, name := range s.Family.Labels {
			to.Labels = append(to.Labels, name, s.Values[i])
		}
		for _, e := range s.Exemplars {
			to.Exemplars = append(to.Exemplars, metrics.DerivedExemplar{Value: e.Value, Time: e.Time, Trace: e.Trace, Span: e.Span})
		}
		yield(&to)
	})
}

// derivedProblems are what an operator should know of derived metrics.
func (a *App) derivedProblems() []string {
	st := a.derived.Status()
	var list []string
	if st.Problem != "" {
		list = append(list, "counters of derived metrics cannot be written: "+st.Problem)
	}
	for _, f := range st.Folded {
		list = append(list, fmt.Sprintf("derived metric %s: label %s has its limit of values (%d); %d records count as other", f.Family, f.Label, f.Values, f.Count))
	}
	return list
}
