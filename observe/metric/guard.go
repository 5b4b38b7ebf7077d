package metric

import (
	"strings"
	"sync"
	"sync/atomic"
)

// guard finds the metric of a label set, and folds new sets once there are too many. A set that is known costs a lookup
// under a read lock and no allocation.
type guard[M any] struct {
	registry *Registry
	name     string
	labels   []string
	build    func(values []string) M

	mu     sync.RWMutex
	known  map[string]*M
	values []map[string]struct{} // seen of each label
	warned atomic.Bool
}

func newGuard[M any](r *Registry, name string, labels []string, build func([]string) M) *guard[M] {
	g := &guard[M]{registry: r, name: name, labels: labels, build: build, known: map[string]*M{}}
	for range labels {
		g.values = append(g.values, map[string]struct{}{})
	}
	return g
}

func (g *guard[M]) labelNames() []string { return g.labels }

// separator stands between the values of a set in its key; no UTF-8 text has it.
const separator = 0xff

func appendKey(key []byte, values []string) []byte {
	for _, v := range values {
		key = append(append(key, v...), separator)
	}
	return key
}

// with returns the metric of a label set. Values that are not UTF-8 are mended, since Prometheus takes no other.
func (g *guard[M]) with(values []string) *M {
	if len(values) != len(g.labels) {
		panic("metric " + g.name + " has other labels: " + strings.Join(g.labels, ", "))
	}
	var space [160]byte
	key := appendKey(space[:0], values)
	g.mu.RLock()
	m := g.known[string(key)]
	g.mu.RUnlock()
	if m == nil {
		m = g.add(values)
	}
	return m
}

func (g *guard[M]) add(values []string) *M {
	set := make([]string, len(values))
	for i, v := range values {
		set[i] = strings.Clone(strings.ToValidUTF8(v, "\ufffd"))
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	room := g.registry.limit
	for {
		key := string(appendKey(nil, set))
		if m := g.known[key]; m != nil {
			return m
		}
		if room < 0 || len(g.known) < room || !g.fold(set) {
			return g.keep(key, set)
		}
		room = 2 * g.registry.limit // what is folded has room of its own; past that, all labels fold
		if g.warned.CompareAndSwap(false, true) {
			g.registry.logger().Warn("a metric has too many label sets; new ones are counted as other",
				"metric", g.name, "limit", g.registry.limit)
		}
	}
}

func (g *guard[M]) keep(key string, set []string) *M {
	m := g.build(set)
	g.known[key] = &m
	for i, v := range set {
		g.values[i][v] = struct{}{}
	}
	return &m
}

// fold replaces the value of the label that has the most, and reports whether there was one left to replace.
func (g *guard[M]) fold(set []string) bool {
	most := -1
	for i := range set {
		if set[i] != Other && (most < 0 || len(g.values[i]) > len(g.values[most])) {
			most = i
		}
	}
	if most < 0 {
		return false
	}
	set[most] = Other
	g.registry.folded.WithLabelValues(g.name, g.labels[most]).Inc()
	return true
}
