package metrics

import (
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/prometheus/model/histogram"
	"google.golang.org/protobuf/proto"
)

// exponential is a histogram with exponential buckets.
func exponential(h *histogram.FloatHistogram) *dto.Histogram {
	out := &dto.Histogram{
		SampleCountFloat: proto.Float64(h.Count), SampleSum: proto.Float64(h.Sum), Schema: proto.Int32(h.Schema),
		ZeroThreshold: proto.Float64(h.ZeroThreshold), ZeroCountFloat: proto.Float64(h.ZeroCount),
		PositiveSpan: spansOf(h.PositiveSpans), PositiveCount: h.PositiveBuckets,
		NegativeSpan: spansOf(h.NegativeSpans), NegativeCount: h.NegativeBuckets,
	}
	if len(out.PositiveSpan) == 0 && len(out.NegativeSpan) == 0 && h.ZeroThreshold == 0 {
		// Without any bucket and threshold a reader takes it for a classic one; an empty span says that it is not.
		out.PositiveSpan = []*dto.BucketSpan{{Offset: proto.Int32(0), Length: proto.Uint32(0)}}
	}
	return out
}

func spansOf(in []histogram.Span) []*dto.BucketSpan {
	out := make([]*dto.BucketSpan, 0, len(in))
	for _, s := range in {
		out = append(out, &dto.BucketSpan{Offset: proto.Int32(s.Offset), Length: proto.Uint32(s.Length)})
	}
	return out
}

// classic is a histogram with buckets of its own, which all formats can say. The last bucket, to infinity, is left out:
// encoders make it from the count.
func classic(h *histogram.FloatHistogram) *dto.Histogram {
	out := &dto.Histogram{SampleCountFloat: proto.Float64(h.Count), SampleSum: proto.Float64(h.Sum)}
	counts := make([]float64, len(h.CustomValues)+1)
	for it := h.PositiveBucketIterator(); it.Next(); {
		if b := it.At(); b.Index >= 0 && int(b.Index) < len(counts) {
			counts[b.Index] = b.Count
		}
	}
	sum := 0.0
	for i, le := range h.CustomValues {
		sum += counts[i]
		out.Bucket = append(out.Bucket, &dto.Bucket{UpperBound: proto.Float64(le), CumulativeCountFloat: proto.Float64(sum)})
	}
	return out
}
