package otlp

import (
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
)

// metricLayout has the fields that hold data points: gauge, sum, histogram, exponential histogram and summary.
var metricLayout = layout{"a metric", [17]protowire.Type{5: tBytes, 7: tBytes, 9: tBytes, 10: tBytes, 11: tBytes}}

// pathToPoints leads from a request with metrics to their data points: which fields to enter, level by level.
var pathToPoints = []struct {
	of      *layout
	numbers []protowire.Number
}{
	{&requestLayout, []protowire.Number{1}},
	{&resourcesLayout, []protowire.Number{2}},
	{&scopesLayout, []protowire.Number{2}},
	{&metricLayout, []protowire.Number{5, 7, 9, 10, 11}},
	{&listLayout, []protowire.Number{1}},
}

// countPoints counts the data points of a request with metrics, which are not kept.
func countPoints(message string) (int64, error) {
	n, err := countFrom(message, 0, piece{0, len(message)})
	if err != nil {
		return 0, malformed(err)
	}
	return n, nil
}

func countFrom(message string, level int, p piece) (n int64, err error) {
	if level == len(pathToPoints) {
		return 1, nil
	}
	step := &pathToPoints[level]
	f := fields{message: message, at: p.from, end: p.to, of: step.of}
	for f.next() {
		if !slices.Contains(step.numbers, f.number) {
			continue
		}
		inner, err := countFrom(message, level+1, f.piece)
		if err != nil {
			return 0, err
		}
		n += inner
	}
	return n, f.err
}
