package observetest

import (
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
)

// NoSecrets fails the test for every text that appears in anything recorded: names, attributes, events, links, states and
// resources of spans, log lines with their stacks, labels of metrics.
func (r *Recorder) NoSecrets(tb testing.TB, secrets ...string) {
	tb.Helper()
	check := func(where, text string) {
		tb.Helper()
		for _, s := range secrets {
			if s != "" && strings.Contains(text, s) {
				tb.Errorf("%q appears in %s: %s", s, where, text)
			}
		}
	}
	attrs := func(where string, list []attribute.KeyValue) {
		tb.Helper()
		for _, a := range list {
			check(where, string(a.Key)+"="+a.Value.String())
		}
	}
	for _, s := range r.Spans() {
		where := "span " + s.Name()
		check(where, s.Name())
		check(where, s.Status().Description)
		check(where, s.SpanContext().TraceState().String())
		attrs(where, s.Attributes())
		attrs("the resource of "+where, s.Resource().Attributes())
		for _, e := range s.Events() {
			check(where, e.Name)
			attrs("event "+e.Name+" of "+where, e.Attributes)
		}
		for _, l := range s.Links() {
			attrs("a link of "+where, l.Attributes)
		}
	}
	for _, l := range r.Logs() {
		check("a log line", l.String())
		check("a log line", strings.Join([]string{
			l.Logger, l.RequestID, l.Method, l.Path, l.User, l.Tenant, l.Session, l.Key, l.Stack,
		}, "\n"))
	}
	for _, f := range r.gather(tb) {
		for _, m := range f.GetMetric() {
			check("metric "+f.GetName(), strings.Join(labelsOf(m), ","))
		}
	}
}
