package observe_test

import (
	"strings"
	"testing"

	"go.opentelemetry.io/otel/trace"

	"github.com/telltale-dev/telltale/observe"
)

func TestWorkOfAQueueBelongsToItsRequest(t *testing.T) {
	o := begin(t, func(c *observe.Config) { c.NoGlobal = false })
	ctx := observe.WithKey(observe.WithUser(observe.Extract(t.Context(), map[string]string{"request_id": "req-1"}), "u_1", "acme"), "k_1")
	ctx, span := o.Tracer().Start(ctx, "enqueue")
	job := map[string]string{}
	observe.Inject(ctx, job)
	span.End()

	work := observe.Extract(t.Context(), job)
	if observe.RequestID(work) != "req-1" {
		t.Errorf("request id %q", observe.RequestID(work))
	}
	_, span = o.Tracer().Start(work, "work")
	span.End()
	o.Logger().InfoContext(work, "working")
	spans := o.spans.Ended()
	if spans[1].Parent().SpanID() != spans[0].SpanContext().SpanID() || attrs(spans[1])["user.id"] != "u_1" {
		t.Errorf("span of the work: %v", attrs(spans[1]))
	}
	if l := o.lines(t, "working"); l[0]["user_id"] != "u_1" || l[0]["tenant_id"] != "acme" || l[0]["key_id"] != "k_1" || l[0]["request_id"] != "req-1" {
		t.Errorf("line %v", l)
	}
}

func FuzzExtract(f *testing.F) {
	f.Add("00-0102030405060708090a0b0c0d0e0f10-0102030405060708-01", "req-1", "u_1", "a=b")
	f.Add("00-zz", "a b", "a\nb\x00", "\xff;;")
	f.Fuzz(func(t *testing.T, parent, id, user, baggage string) {
		ctx := observe.Extract(t.Context(), map[string]string{
			"traceparent": parent, "request_id": id, "user_id": user, "baggage": baggage, "tracestate": parent,
		})
		if got := observe.RequestID(ctx); got == "" || len(got) > 128 || strings.ContainsAny(got, " \n\x00\"") {
			t.Errorf("request id %q", got)
		}
		again := map[string]string{}
		observe.Inject(ctx, again)
		if len(again["user_id"]) > 256 || strings.ContainsAny(again["user_id"], "\n\x00") {
			t.Errorf("user %q", again["user_id"])
		}
		if trace.SpanContextFromContext(ctx).IsValid() && again["traceparent"] == "" {
			t.Error("the trace is lost")
		}
	})
}

func TestUserOutsideOfARequest(t *testing.T) {
	o := begin(t, func(c *observe.Config) { c.NoGlobal = false })
	ctx, span := o.Tracer().Start(t.Context(), "job")
	ctx = observe.WithUser(ctx, "ada@example.com", strings.Repeat("t", 1000))
	observe.WithUser(ctx, "", "")
	observe.WithKey(ctx, "")
	span.End()
	o.Logger().InfoContext(ctx, "working")
	a := attrs(o.spans.Ended()[0])
	if a["user.id"] != "[redacted:email]" || len(a["tenant.id"]) != 256 {
		t.Errorf("span %v", a)
	}
	if l := o.lines(t, "working"); l[0]["user_id"] != "[redacted:email]" {
		t.Errorf("line %v", l)
	}
	if observe.RequestID(t.Context()) != "" {
		t.Error("a request id outside of a request")
	}
}
