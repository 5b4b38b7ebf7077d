package metrics

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"google.golang.org/protobuf/proto"
)

// latest is the last sample of a series.
type latest struct {
	name   string
	labels labels.Labels
	t      int64
	v      float64
	h      *histogram.FloatHistogram // nil is a float
}

// federation answers /prometheus/federate: the last sample of each series that a match[] selects, unless it is stale or
// older than the look-back, as a Prometheus scrapes it.
type federation struct {
	s      *Server
	errors prometheus.Counter
}

func newFederation(s *Server) (*federation, error) {
	f := &federation{s: s, errors: prometheus.NewCounter(prometheus.CounterOpts{
		Name: "prometheus_web_federation_errors_total", Help: "Total number of errors that occurred while sending federation responses.",
	})}
	return f, s.opts.Registry.Register(f.errors)
}

// ServeHTTP implements http.Handler.
func (f *federation) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	sets, err := f.s.parser.ParseMetricSelectors(r.Form["match[]"])
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	found, err := f.s.latest(r.Context(), time.Now(), sets)
	if err != nil {
		f.errors.Inc()
		f.s.log.Warn("federation failed", "error", err)
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	format := expfmt.NegotiateAccept(r.Header, expfmt.NewFormat(expfmt.TypeProtoDelim), expfmt.NewFormat(expfmt.TypeProtoText),
		expfmt.NewFormat(expfmt.TypeProtoCompact), expfmt.NewFormat(expfmt.TypeTextPlain))
	w.Header().Set("Content-Type", string(format))
	w.Header().Set("Vary", "Accept")
	encoder := expfmt.NewEncoder(w, format)
	for _, family := range families(found, f.s.externalLabels(), format) {
		if err := encoder.Encode(family); err != nil { // the client went away, or a metric has no name of the format
			f.errors.Inc()
			f.s.log.Debug("federation ended early", "error", err)
			return
		}
	}
}

// latest returns the last samples before now, sorted by name.
func (s *Server) latest(ctx context.Context, now time.Time, sets [][]*labels.Matcher) ([]latest, error) {
	from, to := now.Add(-lookback).UnixMilli(), now.UnixMilli()
	q, err := s.db.Querier(from, to)
	if err != nil {
		return nil, fmt.Errorf("federate: %w", err)
	}
	defer func() { _ = q.Close() }()
	var found []storage.SeriesSet
	for _, set := range sets {
		found = append(found, q.Select(ctx, true, &storage.SelectHints{Start: from, End: to}, set...))
	}
	var out []latest
	var it chunkenc.Iterator
	merged := storage.NewMergeSeriesSet(found, 0, storage.ChainedSeriesMerge)
	for merged.Next() {
		if len(out) >= s.opts.Limits.Samples {
			return nil, fmt.Errorf("federate: %w: more than %d series", ErrTooExpensive, len(out))
		}
		it = merged.At().Iterator(it)
		last, ok, err := lastOf(it, to)
		if err != nil {
			return nil, fmt.Errorf("federate: %w", err)
		}
		if !ok {
			continue
		}
		last.labels = merged.At().Labels()
		if last.name = last.labels.Get(model.MetricNameLabel); last.name != "" {
			out = append(out, last)
		}
	}
	if err := merged.Err(); err != nil {
		return nil, fmt.Errorf("federate: %w", err)
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("federate: %w", context.Cause(ctx))
	}
	slices.SortStableFunc(out, func(a, b latest) int { return strings.Compare(a.name, b.name) })
	return out, nil
}

// lastOf is the last sample up to a time, unless it says that the series has ended: neither format can say that.
func lastOf(it chunkenc.Iterator, to int64) (last latest, ok bool, err error) {
	for kind := it.Next(); kind != chunkenc.ValNone; kind = it.Next() {
		if it.AtT() > to {
			break
		}
		ok = true
		if kind == chunkenc.ValFloat {
			last.t, last.v = it.At()
			last.h = nil
		} else {
			last.t, last.h = it.AtFloatHistogram(last.h)
		}
	}
	if last.h != nil {
		return last, ok && !value.IsStaleNaN(last.h.Sum), it.Err()
	}
	return last, ok && !value.IsStaleNaN(last.v), it.Err()
}

// externalLabels are those of the prometheus.yml. Without a label instance of its own, a series gets an empty one, so that
// the scraper does not take our address for it.
func (s *Server) externalLabels() []labels.Label {
	out := []labels.Label{{Name: model.InstanceLabel}}
	s.config.Load().GlobalConfig.ExternalLabels.Range(func(l labels.Label) {
		if l.Name == model.InstanceLabel {
			out[0] = l
			return
		}
		out = append(out, l)
	})
	return out
}

// families groups samples by name and type. A name whose series have several types comes several times, which Prometheus
// reads. What the format cannot say is left out: native histograms in text.
func families(samples []latest, external []labels.Label, format expfmt.Format) []*dto.MetricFamily {
	native := format.FormatType() == expfmt.TypeProtoDelim || format.FormatType() == expfmt.TypeProtoText ||
		format.FormatType() == expfmt.TypeProtoCompact
	var out []*dto.MetricFamily
	type key struct {
		name string
		kind dto.MetricType
	}
	at := map[key]*dto.MetricFamily{}
	for i := range samples {
		s := &samples[i]
		if s.h != nil && !native && !s.h.UsesCustomBuckets() {
			continue
		}
		k := key{s.name, kindOf(s.h)}
		family := at[k]
		if family == nil {
			family = &dto.MetricFamily{Name: proto.String(s.name), Type: k.kind.Enum()}
			at[k] = family
			out = append(out, family)
		}
		family.Metric = append(family.Metric, metricOf(s, external))
	}
	return out
}

func kindOf(h *histogram.FloatHistogram) dto.MetricType {
	switch {
	case h == nil:
		return dto.MetricType_UNTYPED
	case h.CounterResetHint == histogram.GaugeType:
		return dto.MetricType_GAUGE_HISTOGRAM
	}
	return dto.MetricType_HISTOGRAM
}

func metricOf(s *latest, external []labels.Label) *dto.Metric {
	m := &dto.Metric{TimestampMs: proto.Int64(s.t)}
	add := func(name, v string) {
		m.Label = append(m.Label, &dto.LabelPair{Name: proto.String(name), Value: proto.String(v)})
	}
	s.labels.Range(func(l labels.Label) {
		if l.Name != model.MetricNameLabel {
			add(l.Name, l.Value)
		}
	})
	for _, l := range external {
		if !s.labels.Has(l.Name) {
			add(l.Name, l.Value)
		}
	}
	switch {
	case s.h == nil:
		m.Untyped = &dto.Untyped{Value: proto.Float64(s.v)}
	case s.h.UsesCustomBuckets():
		m.Histogram = classic(s.h)
	default:
		m.Histogram = exponential(s.h)
	}
	return m
}
