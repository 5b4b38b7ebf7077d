package metrics

import (
	"context"
	"errors"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/exemplar"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/metadata"
	"github.com/prometheus/prometheus/storage"
)

// intake is the way into the TSDB for samples from outside. It decides about a series when the appender does not know its
// reference yet, and never about single samples of known ones: a scrape that goes on costs what it costs without it.
//
// A sample that is not wanted is no error: it has no reference, and is counted.
type intake struct {
	primary interface { // the TSDB; its appenders find references
		storage.Appendable
		storage.AppendableV2
	}
	secondary interface { // remote write, which counts what is under way
		storage.Appendable
		storage.AppendableV2
	}
	guard  *guard
	owners *owners
}

// from is the intake of samples that came in one way.
func (i *intake) from(o origin) way { return way{i, o, nil} }

// way is the intake of samples of one origin. Refused, if any, is called for each that was not wanted.
type way struct {
	*intake
	origin  origin
	refused func(reason string)
}

// Reasons of a refusal.
const (
	reasonOwner  = "its family comes in a better way for this job"
	reasonSeries = "its metric has too many series"
	reasonLabels = "its labels are too many, too long or no text"
)

// lookup is what appenders of both versions have in common.
type lookup struct {
	way
	refs   storage.GetRef
	name   string // of the series looked at last, and its family if it is one with owners
	family string
	room   int // series that the metric may have more, before the guard is asked again

	// unclaimed says that admit let a zero in which says nothing of who counts: its series is looked at again next time.
	unclaimed bool
}

func (w way) lookup(primary any) lookup {
	refs, _ := primary.(storage.GetRef)
	return lookup{way: w, refs: refs}
}

// admit decides about a series without a reference. One that is there already is looked for only where a new one would not be
// wanted.
//
// A zero claims nothing: libraries show families at zero from the start, also those that the service counts in no way but by
// its spans.
func (l *lookup) admit(ls labels.Labels, t int64, zero bool) (ref storage.SeriesRef, ok bool) {
	l.unclaimed = false
	if name := ls.Get(model.MetricNameLabel); name != l.name {
		l.name, l.family, l.room = name, l.owners.series[name], 0
	}
	var c claim
	if l.family != "" {
		c = claim{l.family, ls.Get(model.JobLabel)}
		if l.owners.higher(c, l.origin) {
			l.owners.left.WithLabelValues(c.family, l.origin.String()).Inc()
			l.no(reasonOwner)
			return 0, false
		}
	}
	if l.room == 0 {
		l.room = l.guard.room(l.name)
	}
	if l.room > 0 {
		l.room--
	} else if ref = l.find(ls); ref == 0 {
		l.guard.refuse(l.name)
		l.no(reasonSeries)
		return 0, false
	}
	switch {
	case l.family == "" || c.job == "":
	case zero && !l.owners.has(c, l.origin):
		l.unclaimed = true
	default:
		l.owners.take(c, l.origin, t)
	}
	return ref, true
}

// find gives the reference of a series of the head, or 0.
func (l *lookup) find(ls labels.Labels) (ref storage.SeriesRef) {
	if l.refs != nil {
		ref, _ = l.refs.GetRef(ls, ls.Hash())
	}
	return ref
}

// took looks at what an append said: a series whose labels the guard did not take is not wanted, which is no error.
func (l *lookup) took(ref storage.SeriesRef, err error) (storage.SeriesRef, error) {
	if err != nil && errors.Is(err, errLabels) {
		l.no(reasonLabels)
		return 0, nil
	}
	return ref, err
}

func (l *lookup) no(reason string) {
	if l.refused != nil {
		l.refused(reason)
	}
}

// AppenderV2 makes an appender.
func (w way) AppenderV2(ctx context.Context) storage.AppenderV2 {
	primary := w.primary.AppenderV2(ctx)
	return &appenderV2{lookup: w.lookup(primary), primary: primary, secondary: w.secondary.AppenderV2(ctx)}
}

type appenderV2 struct {
	lookup
	primary, secondary storage.AppenderV2
}

func (a *appenderV2) Append(ref storage.SeriesRef, ls labels.Labels, st, t int64, v float64, h *histogram.Histogram,
	fh *histogram.FloatHistogram, opts storage.AOptions,
) (storage.SeriesRef, error) {
	again := false
	if ref == 0 {
		var ok bool
		if ref, ok = a.admit(ls, t, isZero(v, h, fh)); !ok {
			return 0, nil
		}
		again = a.unclaimed
	}
	ref, err := a.took(a.primary.Append(ref, ls, st, t, v, h, fh, opts))
	if ref == 0 || err != nil && !errors.As(err, new(*storage.AppendPartialError)) {
		return ref, err
	}
	_, _ = a.secondary.Append(ref, ls, st, t, v, h, fh, opts) // it counts
	if again {
		ref = 0
	}
	return ref, err
}

func isZero(v float64, h *histogram.Histogram, fh *histogram.FloatHistogram) bool {
	switch {
	case h != nil:
		return h.Count == 0
	case fh != nil:
		return fh.Count == 0
	}
	return v == 0
}

func (a *appenderV2) Commit() error { return commit(a.primary, a.secondary) }
func (a *appenderV2) Rollback() error {
	return errors.Join(a.primary.Rollback(), a.secondary.Rollback())
}

func commit(primary, secondary storage.AppenderTransaction) error {
	if err := primary.Commit(); err != nil {
		_ = secondary.Rollback() // never fails: it counts
		return err
	}
	return secondary.Commit()
}

// Appender makes an appender of the old interface, which the receiver of remote write has.
func (w way) Appender(ctx context.Context) storage.Appender {
	primary := w.primary.Appender(ctx)
	return &appender{lookup: w.lookup(primary), Appender: primary, secondary: w.secondary.Appender(ctx)}
}

// appender passes on what it does not have itself: start timestamps and metadata, which no receiver here writes.
type appender struct {
	lookup
	storage.Appender
	secondary storage.Appender
}

func (a *appender) Append(ref storage.SeriesRef, ls labels.Labels, t int64, v float64) (storage.SeriesRef, error) {
	if ref == 0 {
		var ok bool
		if ref, ok = a.admit(ls, t, v == 0); !ok {
			return 0, nil
		}
	}
	ref, err := a.took(a.Appender.Append(ref, ls, t, v))
	if err == nil && ref != 0 {
		_, _ = a.secondary.Append(ref, ls, t, v) // it counts
	}
	return ref, err
}

func (a *appender) AppendHistogram(ref storage.SeriesRef, ls labels.Labels, t int64, h *histogram.Histogram,
	fh *histogram.FloatHistogram,
) (storage.SeriesRef, error) {
	if ref == 0 {
		var ok bool
		if ref, ok = a.admit(ls, t, isZero(0, h, fh)); !ok {
			return 0, nil
		}
	}
	ref, err := a.took(a.Appender.AppendHistogram(ref, ls, t, h, fh))
	if err == nil && ref != 0 {
		_, _ = a.secondary.AppendHistogram(ref, ls, t, h, fh) // it counts
	}
	return ref, err
}

// AppendExemplar leaves out the exemplars of a series that was not wanted.
func (a *appender) AppendExemplar(ref storage.SeriesRef, ls labels.Labels, e exemplar.Exemplar) (storage.SeriesRef, error) {
	if ref == 0 {
		if ref = a.find(ls); ref == 0 {
			return 0, nil
		}
	}
	ref, err := a.Appender.AppendExemplar(ref, ls, e)
	if err == nil {
		_, _ = a.secondary.AppendExemplar(ref, ls, e) // it counts
	}
	return ref, err
}

// UpdateMetadata of a series that was not wanted is nothing.
func (a *appender) UpdateMetadata(ref storage.SeriesRef, ls labels.Labels, m metadata.Metadata) (storage.SeriesRef, error) {
	if ref == 0 {
		return 0, nil
	}
	return a.Appender.UpdateMetadata(ref, ls, m)
}

func (a *appender) Commit() error { return commit(a.Appender, a.secondary) }
func (a *appender) Rollback() error {
	return errors.Join(a.Appender.Rollback(), a.secondary.Rollback())
}
