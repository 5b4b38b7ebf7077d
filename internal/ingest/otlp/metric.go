package otlp

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"google.golang.org/protobuf/encoding/protowire"
)

// MetricsSink takes metrics in. Nil means that they are durable. An error that has Rejected (see partial) is of a part of
// them, and the rest is durable; the errors of package telemetry say that they shall come again. It may change what it gets.
type MetricsSink interface {
	ConsumeMetrics(ctx context.Context, md pmetric.Metrics) error
}

// partial is an error of a request of which some data points were not taken, how many and why.
type partial interface {
	error
	Rejected() (points int64, reason string)
}

// metricsNotKept is the answer to every metric where there is no sink for them.
const metricsNotKept = "metrics are not kept here; traces and logs are"

// takeMetrics brings a request with metrics to their sink.
func (r *Receiver) takeMetrics(ctx context.Context, message string, reserved *reservation) (answer, error) {
	points, err := measureMetrics(message, reserved)
	if err != nil {
		return answer{}, err
	}
	if r.opts.Metrics == nil {
		return answer{rejected: points, reason: metricsNotKept}, nil
	}
	if points == 0 {
		return answer{}, nil
	}
	md, err := r.decodeMetrics(message)
	if err != nil {
		return answer{}, err
	}
	err = r.opts.Metrics.ConsumeMetrics(ctx, md)
	if err == nil {
		return answer{}, nil
	}
	var some partial
	if errors.As(err, &some) {
		n, reason := some.Rejected()
		return answer{rejected: n, reason: printable(reason)}, nil
	}
	return answer{}, r.refused(ctx, err)
}

// decodeMetrics reads a request that was measured. The decoder is others': see rewrite.
func (r *Receiver) decodeMetrics(message string) (md pmetric.Metrics, err error) {
	defer func() {
		if p := recover(); p != nil {
			r.opts.Logger.Error("decoder panicked", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = malformed(errors.New("it cannot be decoded"))
		}
	}()
	req := pmetricotlp.NewExportRequest()
	if err := req.UnmarshalProto([]byte(message)); err != nil {
		return md, malformed(err)
	}
	return req.Metrics(), nil
}

// part is a kind of message within a request with metrics.
type part uint8

const (
	partNone part = iota
	partNumbers
	partRequest
	partResources
	partResource
	partEntity
	partScopes
	partScope
	partMetric
	partGauge
	partHistogram
	partExponential
	partSummary
	partNumberPoint
	partHistogramPoint
	partExponentialPoint
	partSummaryPoint
	partBuckets
	partQuantile
	partExemplar
	partKeyValue
	partValue
	partList
	partMap
)

// Bytes that the parts of metrics take in memory, as records and labels on the way to the TSDB included, rounded up.
const (
	weightPoint  = 512
	weightNumber = 8 // of a packed list, a byte of which may be a number
)

// parts say what lies in each kind of message and how much memory one takes. What is not listed takes what it has of bytes.
var parts = [...]struct {
	layout layout
	weight int64
	fields [17]part
}{
	partRequest:     {requestLayout, 0, [17]part{1: partResources}},
	partResources:   {resourcesLayout, weightContainer, [17]part{1: partResource, 2: partScopes}},
	partResource:    {resourceLayout, 0, [17]part{1: partKeyValue, 3: partEntity}},
	partEntity:      {entityLayout, weightChild, [17]part{3: partNumbers, 4: partNumbers}},
	partScopes:      {scopesLayout, weightContainer, [17]part{1: partScope, 2: partMetric}},
	partScope:       {scopeLayout, 0, [17]part{3: partKeyValue}},
	partMetric:      {metricLayout, weightContainer, [17]part{5: partGauge, 7: partGauge, 9: partHistogram, 10: partExponential, 11: partSummary, 12: partKeyValue}},
	partGauge:       {pointsLayout, weightContainer, [17]part{1: partNumberPoint}},
	partHistogram:   {pointsLayout, weightContainer, [17]part{1: partHistogramPoint}},
	partExponential: {pointsLayout, weightContainer, [17]part{1: partExponentialPoint}},
	partSummary:     {pointsLayout, weightContainer, [17]part{1: partSummaryPoint}},
	partNumberPoint: {layout{name: "a data point"}, weightPoint, [17]part{5: partExemplar, 7: partKeyValue}},
	partHistogramPoint: {layout{name: "a data point"}, weightPoint, [17]part{
		6: partNumbers, 7: partNumbers, 8: partExemplar, 9: partKeyValue,
	}},
	partExponentialPoint: {layout{name: "a data point"}, weightPoint, [17]part{1: partKeyValue, 8: partBuckets, 9: partBuckets, 11: partExemplar}},
	partSummaryPoint:     {layout{name: "a data point"}, weightPoint, [17]part{6: partQuantile, 7: partKeyValue}},
	partBuckets:          {layout{name: "buckets"}, weightValue, [17]part{2: partNumbers}},
	partQuantile:         {layout{name: "a quantile"}, weightValue, [17]part{}},
	partExemplar:         {layout{name: "an exemplar"}, weightChild, [17]part{7: partKeyValue}},
	partKeyValue:         {keyValueLayout, weightKeyValue, [17]part{2: partValue}},
	partValue:            {valueLayout, weightValue, [17]part{5: partList, 6: partMap}},
	partList:             {listLayout, weightValue, [17]part{1: partValue}},
	partMap:              {listLayout, weightValue, [17]part{1: partKeyValue}},
}

var (
	metricLayout = layout{"a metric", [17]protowire.Type{5: tBytes, 7: tBytes, 9: tBytes, 10: tBytes, 11: tBytes, 12: tBytes}}
	pointsLayout = layout{"the data points of a metric", [17]protowire.Type{1: tBytes, 2: tVarint, 3: tVarint}}
)

// measureMetrics walks a request with metrics before it is decoded, so that the decoder meets neither deep nesting nor more
// objects than memory allows, which it reserves. It counts the data points.
func measureMetrics(message string, reserved *reservation) (points int64, err error) {
	m := measure{message: message, reserved: reserved}
	if err := m.charge(2 * int64(len(message))); err != nil {
		return 0, err
	}
	if err := m.part(piece{0, len(message)}, partRequest, 0); err != nil {
		return 0, err
	}
	return m.points, nil
}

type measure struct {
	message  string
	reserved *reservation
	points   int64
}

func (m *measure) charge(n int64) error {
	m.reserved.used += n
	if m.reserved.used <= m.reserved.granted {
		return nil
	}
	return m.reserved.grow()
}

// maxDepth is how deep messages may lie in each other: the eight down to the value of an attribute, and three for each level
// of lists and maps.
const maxDepth = 8 + 3*maxNesting

func (m *measure) part(p piece, is part, depth int) error {
	if depth > maxDepth {
		return malformed(errors.New("values are nested too deeply"))
	}
	of := &parts[is]
	if err := m.charge(of.weight); err != nil {
		return err
	}
	if is >= partNumberPoint && is <= partSummaryPoint {
		m.points++
	}
	f := fields{message: m.message, at: p.from, end: p.to, of: &of.layout}
	for ; f.next(); f.piece = (piece{}) { // a number leaves the piece as it is
		if int(f.number) >= len(of.fields) {
			continue
		}
		var err error
		switch in := of.fields[f.number]; in {
		case partNone:
		case partNumbers:
			err = m.charge(weightNumber * max(1, int64(f.to-f.from)))
		default:
			err = m.part(f.piece, in, depth+1)
		}
		if err != nil {
			return err
		}
	}
	if f.err != nil {
		return malformed(f.err)
	}
	return nil
}
