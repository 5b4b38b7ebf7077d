package otlp

import (
	"encoding/binary"
	"math"

	dto "github.com/prometheus/client_model/go"
)

// Fields of HistogramDataPoint and ExponentialHistogramDataPoint.
const (
	histogramCount      = 4
	histogramSum        = 5
	histogramCounts     = 6
	histogramBounds     = 7
	histogramExemplars  = 8
	histogramAttributes = 9

	exponentialAttributes    = 1
	exponentialCount         = 4
	exponentialSum           = 5
	exponentialScale         = 6
	exponentialZeroCount     = 7
	exponentialPositive      = 8
	exponentialNegative      = 9
	exponentialExemplars     = 11
	exponentialZeroThreshold = 14

	bucketsOffset = 1
	bucketsCounts = 2
)

// appendHistogram writes a classic histogram. Its buckets count what is at most their bound, OTLP's what is above the bound
// before too.
func (s *metricSource) appendHistogram(b []byte, m *dto.Metric) []byte {
	h := m.GetHistogram()
	b, point := begin(b, kindPoints, 2)
	b = s.appendTimes(b, m, h.GetCreatedTimestamp(), true)
	total := whole(h.GetSampleCount(), h.GetSampleCountFloat())
	b = appendFixed64(b, histogramCount, total)
	b = appendDouble(b, histogramSum, h.GetSampleSum())

	buckets := h.GetBucket()
	if n := len(buckets); n > 0 && math.IsInf(buckets[n-1].GetUpperBound(), 1) {
		buckets = buckets[:n-1]
	}
	b = appendVarint(appendTag(b, histogramCounts, wireBytes), uint64(8*(len(buckets)+1)))
	var before uint64
	for _, each := range buckets {
		upTo := max(before, whole(each.GetCumulativeCount(), each.GetCumulativeCountFloat()))
		b = binary.LittleEndian.AppendUint64(b, upTo-before)
		before = upTo
	}
	b = binary.LittleEndian.AppendUint64(b, max(total, before)-before)
	b = appendVarint(appendTag(b, histogramBounds, wireBytes), uint64(8*len(buckets)))
	for _, each := range buckets {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(each.GetUpperBound()))
	}
	for _, each := range h.GetBucket() {
		b = appendExemplar(b, histogramExemplars, each.GetExemplar())
	}
	return end(appendLabels(b, histogramAttributes, m.GetLabel()), point)
}

// whole is a count, which histograms of floats keep as a float.
func whole(n uint64, f float64) uint64 {
	if f > 0 {
		return uint64(math.Round(min(f, math.MaxInt64)))
	}
	return n
}

// isNative reports whether a histogram has buckets that grow by a factor. One may have classic buckets besides.
func isNative(h *dto.Histogram) bool {
	return h.Schema != nil && h.GetSchema() >= -4 && h.GetSchema() <= 8 &&
		(len(h.GetPositiveSpan())+len(h.GetNegativeSpan()) > 0 || h.GetZeroThreshold() > 0 || h.GetZeroCount() > 0)
}

func (s *metricSource) appendExponential(b []byte, m *dto.Metric) []byte {
	h := m.GetHistogram()
	b, point := begin(b, kindPoints, 2)
	b = appendLabels(b, exponentialAttributes, m.GetLabel())
	b = s.appendTimes(b, m, h.GetCreatedTimestamp(), true)
	b = appendFixed64(b, exponentialCount, whole(h.GetSampleCount(), h.GetSampleCountFloat()))
	b = appendDouble(b, exponentialSum, h.GetSampleSum())

	positive := nativeBuckets(h.GetPositiveSpan(), h.GetPositiveDelta(), h.GetPositiveCount())
	negative := nativeBuckets(h.GetNegativeSpan(), h.GetNegativeDelta(), h.GetNegativeCount())
	scale := h.GetSchema()
	for width(positive) > maxDense || width(negative) > maxDense {
		positive, negative, scale = halve(positive), halve(negative), scale-1
	}
	b = appendUint(b, exponentialScale, zigzag(scale))
	b = appendFixed64(b, exponentialZeroCount, whole(h.GetZeroCount(), h.GetZeroCountFloat()))
	b = appendBuckets(b, exponentialPositive, positive)
	b = appendBuckets(b, exponentialNegative, negative)
	for _, e := range h.GetExemplars() {
		b = appendExemplar(b, exponentialExemplars, e)
	}
	b = appendDouble(b, exponentialZeroThreshold, h.GetZeroThreshold())
	return end(b, point)
}

// bucket is one that counted something.
type bucket struct {
	index int64 // as OTLP counts: (base^index, base^(index+1)]
	count uint64
}

// maxDense bounds how many buckets, the empty ones between them included, are written. A histogram that spans more is
// written at a coarser scale.
const maxDense = 1 << 10

// nativeBuckets reads buckets that are written as runs. Prometheus gives a bucket the index of its upper bound, OTLP that of
// its lower one.
func nativeBuckets(spans []*dto.BucketSpan, deltas []int64, floats []float64) []bucket {
	var buckets []bucket
	index, i := int64(-1), 0
	var count int64
	for _, span := range spans {
		index += int64(span.GetOffset())
		for range span.GetLength() {
			switch {
			case i < len(deltas):
				count += deltas[i]
			case i < len(floats):
				count = int64(whole(0, floats[i]))
			default:
				return buckets
			}
			if count > 0 {
				buckets = append(buckets, bucket{index, uint64(count)})
			}
			index++
			i++
		}
	}
	return buckets
}

func width(buckets []bucket) int64 {
	if len(buckets) == 0 {
		return 0
	}
	return buckets[len(buckets)-1].index - buckets[0].index + 1
}

// halve joins each two buckets of a scale to one of the next coarser.
func halve(buckets []bucket) []bucket {
	joined := buckets[:0]
	for _, each := range buckets {
		each.index >>= 1
		if n := len(joined); n > 0 && joined[n-1].index == each.index {
			joined[n-1].count += each.count
			continue
		}
		joined = append(joined, each)
	}
	return joined
}

func appendBuckets(b []byte, field uint32, buckets []bucket) []byte {
	if len(buckets) == 0 {
		return b
	}
	b, whole := begin(b, field, 1)
	b = appendUint(b, bucketsOffset, zigzag(int32(buckets[0].index)))
	b, counts := begin(b, bucketsCounts, 1)
	next := buckets[0].index
	for _, each := range buckets {
		for ; next < each.index; next++ {
			b = append(b, 0)
		}
		b = appendVarint(b, each.count)
		next++
	}
	return end(end(b, counts), whole)
}

func zigzag(n int32) uint64 { return uint64(uint32(n<<1) ^ uint32(n>>31)) }
