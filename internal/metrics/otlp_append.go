package metrics

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/storage/remote"
	"github.com/prometheus/prometheus/tsdb"
)

// maxAhead is how far in the future a sample may lie: beyond it, it would hold up all that come after.
const maxAhead = 10 * time.Minute

// otlpAppender takes what can be taken: a sample that is wrong costs itself, not the request, which the client would send again
// and again.
type otlpAppender struct {
	storage.AppenderV2
	*outcome
	latest int64 // ms
	err    error // that is not the request's fault
}

func newOTLPAppender(to storage.AppenderV2, o *outcome) *otlpAppender {
	return &otlpAppender{AppenderV2: to, outcome: o, latest: time.Now().Add(maxAhead).UnixMilli()}
}

func (a *otlpAppender) Append(ref storage.SeriesRef, ls labels.Labels, st, t int64, v float64, h *histogram.Histogram,
	fh *histogram.FloatHistogram, opts storage.AOptions,
) (storage.SeriesRef, error) {
	if a.err != nil {
		return 0, a.err
	}
	if t > a.latest {
		a.because("a timestamp is too far in the future")
		return 0, nil
	}
	err := reduce(h, fh)
	if err == nil {
		ref, err = a.AppenderV2.Append(ref, ls, st, t, v, h, fh, opts)
	}
	switch {
	case err == nil && ref == 0: // not wanted, it is said why
		return 0, nil
	case err == nil, errors.As(err, new(*storage.AppendPartialError)):
		if isPoint(ls, h != nil || fh != nil, opts) {
			a.taken++
		}
		return ref, nil
	case theirs(err):
		a.because(firstLine(err))
		return 0, nil
	}
	a.err = err
	return 0, err
}

// reduce makes histograms as fine as the TSDB takes them.
func reduce(h *histogram.Histogram, fh *histogram.FloatHistogram) error {
	if h != nil && histogram.IsExponentialSchemaReserved(h.Schema) && h.Schema > histogram.ExponentialSchemaMax {
		return h.ReduceResolution(histogram.ExponentialSchemaMax)
	}
	if fh != nil && histogram.IsExponentialSchemaReserved(fh.Schema) && fh.Schema > histogram.ExponentialSchemaMax {
		return fh.ReduceResolution(histogram.ExponentialSchemaMax)
	}
	return nil
}

// theirs reports whether the sample is to blame.
func theirs(err error) bool {
	for _, e := range []error{
		storage.ErrOutOfOrderSample, storage.ErrOutOfBounds, storage.ErrDuplicateSampleForTimestamp, storage.ErrTooOldSample, tsdb.ErrInvalidSample,
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	return errors.As(err, new(histogram.Error))
}

// isPoint reports whether a sample stands for a data point: of the many samples of one, the count.
func isPoint(ls labels.Labels, native bool, opts storage.AOptions) bool {
	name := ls.Get(model.MetricNameLabel)
	switch opts.Metadata.Type {
	case model.MetricTypeHistogram, model.MetricTypeGaugeHistogram, model.MetricTypeSummary:
		return native || strings.HasSuffix(name, "_count")
	}
	return name != "target_info"
}

// withOTLP answers where Prometheus takes OTLP metrics, and leaves all else to next.
func (s *Server) withOTLP(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && r.URL.Path == "/prometheus/api/v1/otlp/v1/metrics" {
			s.serveOTLP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (s *Server) serveOTLP(w http.ResponseWriter, r *http.Request) {
	req, err := remote.DecodeOTLPWriteRequest(r)
	if err != nil {
		http.Error(w, firstLine(err), http.StatusBadRequest)
		return
	}
	err = s.ConsumeMetrics(r.Context(), req.Metrics())
	switch {
	case err == nil:
	case errors.As(err, new(*PartialError)):
		http.Error(w, err.Error(), http.StatusBadRequest) // as Prometheus answers; it is not sent again
	default:
		s.log.Error("OTLP metrics were not written", "error", err)
		w.Header().Set("Retry-After", "5")
		http.Error(w, "the metrics could not be written", http.StatusServiceUnavailable)
	}
}
