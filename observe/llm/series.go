package llm

import (
	"strings"
	"sync"
	"sync/atomic"

	"github.com/telltale-dev/telltale/observe/metric"
)

// callKey is what the series of a call have in common.
type callKey struct{ provider, model, endpoint string }

// callSeries are the series of calls with one key that every call counts in. Each is found when it is first counted in, so
// that none is shown without a value.
type callSeries struct {
	ok, input, output, cached, cost atomic.Pointer[metric.CounterSeries]
	duration, firstToken            atomic.Pointer[metric.HistogramSeries]
}

// maxCallSeries bounds the keys whose series are kept at hand. Calls with others look for them each time.
const maxCallSeries = 128

// callSeriesByKey keeps the series of the first keys.
type callSeriesByKey struct {
	mu    sync.RWMutex
	byKey map[callKey]*callSeries
}

// of returns the series of a key.
func (c *callSeriesByKey) of(k callKey) *callSeries {
	c.mu.RLock()
	s := c.byKey[k]
	full := len(c.byKey) >= maxCallSeries
	c.mu.RUnlock()
	switch {
	case s != nil:
		return s
	case full:
		return new(callSeries)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if s = c.byKey[k]; s == nil {
		if c.byKey == nil {
			c.byKey = map[callKey]*callSeries{}
		}
		s = new(callSeries)
		k.model = strings.Clone(k.model) // may be a piece of an answer
		c.byKey[k] = s
	}
	return s
}

func counterOf(at *atomic.Pointer[metric.CounterSeries], of *metric.Counter, labels ...string) *metric.CounterSeries {
	s := at.Load()
	if s == nil {
		s = of.Series(labels...)
		at.Store(s)
	}
	return s
}

func histogramOf(at *atomic.Pointer[metric.HistogramSeries], of *metric.Histogram, labels ...string) *metric.HistogramSeries {
	s := at.Load()
	if s == nil {
		s = of.Series(labels...)
		at.Store(s)
	}
	return s
}
