package metrics

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"

	"github.com/klauspost/compress/snappy"
	remoteapi "github.com/prometheus/client_golang/exp/api/remote"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/prompb"
	writev2 "github.com/prometheus/prometheus/prompb/io/prometheus/write/v2"
	"github.com/prometheus/prometheus/storage/remote"
)

const (
	maxEffort = 512 // requests that a batch may take in which a receiver refuses something
	maxBlind  = 4   // parts that are all refused before all of the samples of one time are taken to be
	patience  = 32  // batches that are refused as a whole, one after the other
)

// Backfill is what was sent again after a restart or a long outage.
type Backfill struct {
	Pending bool   `json:"pending"` // it goes on
	Sent    uint64 `json:"sent"`    // samples
	Refused uint64 `json:"refused"` // mostly those that the receiver had already
	Error   string `json:"error,omitempty"`
}

// takes reports whether the system gets a histogram.
func (b *backfill) takes(s *outgoing) bool {
	if !b.config.SendNativeHistograms {
		return false
	}
	custom := s.h != nil && s.h.Schema == histogram.CustomBucketsSchema || s.fh != nil && s.fh.Schema == histogram.CustomBucketsSchema
	return !custom || b.isV2() // the first version has no way to say it
}

func (b *backfill) isV2() bool { return b.config.ProtobufMessage == remoteapi.WriteV2MessageType }

// send sends a batch. An error means that it is to be sent again; what a receiver refuses for good is counted.
func (b *backfill) send(ctx context.Context, batch []outgoing) error {
	taken, err := b.store(ctx, batch)
	switch {
	case err == nil, b.isV2() && isRefusal(err): // of the second version: what it could take it did take
		b.count(taken, len(batch)-taken)
	case !isRefusal(err):
		return err
	case b.misses >= patience:
		b.count(0, len(batch))
		return nil
	default:
		if taken, err = b.sift(ctx, batch); err != nil {
			return err
		}
	}
	if b.misses++; taken > 0 {
		b.misses = 0
	}
	return nil
}

// sift sends what can be taken of a batch of which something is refused: a receiver of the first version stores nothing of such
// a request. Samples of one time go first, from the oldest on: they were scraped or pushed together, and those that the receiver
// has already are the older ones. When those of one time are taken, so may be all the rest.
func (b *backfill) sift(ctx context.Context, batch []outgoing) (all int, err error) {
	rest := slices.Clone(batch)
	slices.SortStableFunc(rest, func(x, y outgoing) int { return cmp.Compare(x.at, y.at) })
	for effort := maxEffort; len(rest) > 0; {
		n := 1
		for n < len(rest) && rest[n].at == rest[0].at {
			n++
		}
		taken, err := b.halves(ctx, rest[:n], &effort)
		if err != nil {
			return all, err
		}
		all += taken
		b.count(taken, n-taken)
		if rest = rest[n:]; len(rest) == 0 || taken < n && effort > 0 {
			continue
		}
		effort--
		if _, err = b.store(ctx, rest); err == nil {
			b.count(len(rest), 0)
			return all + len(rest), nil
		}
		if !isRefusal(err) {
			return all, err
		}
		if effort <= 0 {
			b.count(0, len(rest))
			return all, nil
		}
	}
	return all, nil
}

// halves sends samples of different series, those that are refused in halves, until what is refused stands alone, all of
// them seem to be, or the effort is spent.
func (b *backfill) halves(ctx context.Context, samples []outgoing, effort *int) (taken int, err error) {
	for parts := [][]outgoing{samples}; len(parts) > 0; {
		var next [][]outgoing
		for _, part := range parts {
			*effort--
			_, err := b.store(ctx, part)
			switch {
			case err == nil:
				taken += len(part)
			case !isRefusal(err):
				return taken, err
			case len(part) > 1:
				next = append(next, part[:len(part)/2], part[len(part)/2:])
			}
		}
		if parts = next; *effort < len(parts) || taken == 0 && len(parts) > maxBlind {
			break
		}
	}
	return taken, nil
}

func (b *backfill) count(sent, refused int) {
	b.mu.Lock()
	b.sent += uint64(sent)
	b.refused += uint64(refused)
	b.mu.Unlock()
	b.outlets.sent.WithLabelValues(b.name, "sent").Add(float64(sent))
	b.outlets.sent.WithLabelValues(b.name, "refused").Add(float64(refused))
}

// store makes one request, and tells how many samples were taken.
func (b *backfill) store(ctx context.Context, part []outgoing) (int, error) {
	b.mu.Lock()
	client := b.client
	b.mu.Unlock()
	text, err := encode(part, b.isV2())
	if err != nil {
		return 0, fmt.Errorf("encode samples: %w", err)
	}
	stats, err := client.Store(ctx, text, b.attempt)
	switch {
	case !b.isV2():
		return len(part), err
	case err == nil && stats.NoDataWritten():
		return 0, errors.New("the receiver took nothing, it seems not to know version 2 of remote write")
	default:
		return min(stats.AllSamples(), len(part)), err
	}
}

var statusPattern = regexp.MustCompile(`^server returned HTTP status (\d{3})`)

// isRefusal reports whether an error means that these samples will never be taken. All else may be mended: an address, a
// password, a server that is down.
func isRefusal(err error) bool {
	if errors.As(err, new(remote.RecoverableError)) {
		return false
	}
	m := statusPattern.FindStringSubmatch(err.Error())
	if m == nil {
		return false
	}
	switch m[1] {
	case fmt.Sprint(http.StatusBadRequest), fmt.Sprint(http.StatusConflict), fmt.Sprint(http.StatusRequestEntityTooLarge),
		fmt.Sprint(http.StatusUnprocessableEntity):
		return true
	default:
		return false
	}
}

// encode makes the body of a request. Samples of one series stand together.
func encode(part []outgoing, v2 bool) ([]byte, error) {
	text, err := []byte(nil), error(nil)
	if v2 {
		text, err = encodeV2(part)
	} else {
		text, err = encodeV1(part)
	}
	return snappy.Encode(nil, text), err
}

func encodeV1(part []outgoing) ([]byte, error) {
	var r prompb.WriteRequest
	var before labels.Labels
	for i := range part {
		s := &part[i]
		if i == 0 || !labels.Equal(s.labels, before) {
			r.Timeseries = append(r.Timeseries, prompb.TimeSeries{Labels: prompb.FromLabels(s.labels, nil)})
			before = s.labels
		}
		to := &r.Timeseries[len(r.Timeseries)-1]
		switch {
		case s.h != nil:
			to.Histograms = append(to.Histograms, prompb.FromIntHistogram(s.at, s.h))
		case s.fh != nil:
			to.Histograms = append(to.Histograms, prompb.FromFloatHistogram(s.at, s.fh))
		default:
			to.Samples = append(to.Samples, prompb.Sample{Timestamp: s.at, Value: s.v})
		}
		for _, e := range s.exemplars {
			to.Exemplars = append(to.Exemplars, prompb.Exemplar{Labels: prompb.FromLabels(e.Labels, nil), Value: e.Value, Timestamp: e.Ts})
		}
	}
	return r.Marshal()
}

func encodeV2(part []outgoing) ([]byte, error) {
	var r writev2.Request
	symbols := writev2.NewSymbolTable()
	var before labels.Labels
	for i := range part {
		s := &part[i]
		if i == 0 || !labels.Equal(s.labels, before) {
			r.Timeseries = append(r.Timeseries, writev2.TimeSeries{LabelsRefs: symbols.SymbolizeLabels(s.labels, nil)})
			before = s.labels
		}
		to := &r.Timeseries[len(r.Timeseries)-1]
		switch {
		case s.h != nil:
			to.Histograms = append(to.Histograms, writev2.FromIntHistogram(0, s.at, s.h))
		case s.fh != nil:
			to.Histograms = append(to.Histograms, writev2.FromFloatHistogram(0, s.at, s.fh))
		default:
			to.Samples = append(to.Samples, writev2.Sample{Timestamp: s.at, Value: s.v})
		}
		for _, e := range s.exemplars {
			to.Exemplars = append(to.Exemplars, writev2.Exemplar{LabelsRefs: symbols.SymbolizeLabels(e.Labels, nil), Value: e.Value, Timestamp: e.Ts})
		}
	}
	r.Symbols = symbols.Symbols()
	return r.Marshal()
}
