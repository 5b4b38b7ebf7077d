package metrics

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/grafana/regexp"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/rules"
)

const (
	// What stands in the annotations of an alert that has example traces.
	exampleTraces, exampleURL = "example_traces", "example_trace_url"

	maxExamples     = 3
	exampleTime     = time.Second // for all alerts of a rule; they are sent without examples after it
	exampleWindow   = 15 * time.Minute
	exampleAlerts   = 20 // of one rule; further ones have none
	exampleDepth    = 3  // recording rules of recording rules
	exampleSelector = 16
)

// withExamples adds the ids of traces to alerts that fire, from the exemplars of what their rule asks for. What is recorded by a
// rule has no exemplars; those of its own expression are taken then.
func (s *Server) withExamples(send rules.NotifyFunc) rules.NotifyFunc {
	return func(ctx context.Context, expr string, alerts ...*rules.Alert) {
		var firing []*rules.Alert
		for _, a := range alerts {
			if a.ResolvedAt.IsZero() && len(firing) < exampleAlerts {
				firing = append(firing, a)
			}
		}
		for i, ids := range s.examplesInTime(ctx, expr, firing) {
			if len(ids) > 0 {
				firing[i].Annotations = annotate(firing[i].Annotations, s.opts.External, ids)
			}
		}
		send(ctx, expr, alerts...)
	}
}

func annotate(annotations labels.Labels, external *url.URL, ids []string) labels.Labels {
	b := labels.NewBuilder(annotations)
	b.Set(exampleTraces, strings.Join(ids, ","))
	link := external.JoinPath("traces")
	link.RawQuery = url.Values{"q": {"trace:" + strings.Join(ids, ",")}}.Encode()
	b.Set(exampleURL, link.String())
	return b.Labels()
}

// examplesInTime looks for traces of each alert, and gives up when that takes too long or when an earlier search still runs.
func (s *Server) examplesInTime(ctx context.Context, expr string, firing []*rules.Alert) [][]string {
	if len(firing) == 0 {
		return nil
	}
	select {
	case s.ruled.examine <- struct{}{}:
	default:
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, exampleTime)
	defer cancel()
	wanted := make([]labels.Labels, len(firing))
	for i, a := range firing {
		wanted[i] = a.Labels
	}
	found := make(chan [][]string, 1)
	s.work.Go(func() { // rules have ended when Stop waits for it
		defer func() { <-s.ruled.examine }()
		found <- s.examples(ctx, expr, wanted, time.Now())
	})
	select {
	case ids := <-found:
		return ids
	case <-ctx.Done():
		return nil
	}
}

// examples finds trace ids for each of the label sets.
func (s *Server) examples(ctx context.Context, expr string, wanted []labels.Labels, now time.Time) [][]string {
	selectors := s.exampleSelectors(expr)
	q, err := s.ruled.exemplars(ctx)
	if err != nil || len(selectors) == 0 {
		return nil
	}
	from, to := now.Add(-exampleWindow).UnixMilli(), now.UnixMilli()
	out := make([][]string, len(wanted))
	for i, alert := range wanted {
		for _, selector := range selectors {
			if ctx.Err() != nil || len(out[i]) > 0 {
				break
			}
			results, err := q.Select(from, to, append(slices.Clone(selector), matching(alert)...))
			if err != nil {
				return out
			}
			var found []candidate
			for _, r := range results {
				for _, e := range r.Exemplars {
					if id := traceOf(e.Labels); id != "" {
						found = append(found, candidate{id, e.Value, e.Ts})
					}
				}
			}
			out[i] = best(found)
		}
	}
	return out
}

// candidate is an exemplar that names a trace.
type candidate struct {
	trace string
	value float64
	time  int64
}

// best takes the highest values, the slowest of a latency, and of equal ones the newest.
func best(found []candidate) []string {
	slices.SortFunc(found, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.value, a.value), cmp.Compare(b.time, a.time))
	})
	var ids []string
	for _, c := range found {
		if !slices.Contains(ids, c.trace) {
			ids = append(ids, c.trace)
		}
		if len(ids) == maxExamples {
			break
		}
	}
	return ids
}

// traceID is what an id may look like that goes into an annotation and a link.
var traceID = regexp.MustCompile(`^[0-9A-Za-z-]{8,64}$`)

func traceOf(l labels.Labels) string {
	for _, name := range []string{"trace_id", "traceID", "traceId"} {
		if id := l.Get(name); traceID.MatchString(id) {
			return id
		}
	}
	return ""
}

// matching restricts to series that an alert is about. A label that a series does not have does not exclude it: rules add some.
func matching(alert labels.Labels) []*labels.Matcher {
	var out []*labels.Matcher
	alert.Range(func(l labels.Label) {
		if l.Name == labels.AlertName || l.Name == model.MetricNameLabel {
			return
		}
		out = append(out, labels.MustNewMatcher(labels.MatchRegexp, l.Name, "|"+regexp.QuoteMeta(l.Value)))
	})
	return out
}

// exampleSelectors are the series an expression asks for, the narrowest first: errors before all requests.
func (s *Server) exampleSelectors(expr string) [][]*labels.Matcher {
	recorded := map[string]parser.Expr{}
	for _, r := range s.rules.Rules() {
		if record, ok := r.(*rules.RecordingRule); ok {
			recorded[record.Name()] = record.Query()
		}
	}
	parsed, err := s.parser.ParseExpr(expr)
	if err != nil {
		return nil
	}
	var out [][]*labels.Matcher
	var collect func(parser.Expr, int)
	collect = func(e parser.Expr, depth int) {
		for _, matchers := range parser.ExtractSelectors(e) {
			inner := recorded[nameMatched(matchers)]
			switch {
			case len(out) == exampleSelector:
				return
			case inner != nil && depth < exampleDepth:
				collect(inner, depth+1)
			default:
				out = append(out, matchers)
			}
		}
	}
	collect(parsed, 0)
	slices.SortStableFunc(out, func(a, b []*labels.Matcher) int { return cmp.Compare(len(b), len(a)) })
	return out
}

func nameMatched(matchers []*labels.Matcher) string {
	for _, m := range matchers {
		if m.Name == model.MetricNameLabel && m.Type == labels.MatchEqual {
			return m.Value
		}
	}
	return ""
}
