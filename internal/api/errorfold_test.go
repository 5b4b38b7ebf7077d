package api_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telltale-dev/telltale/internal/api"
	"github.com/telltale-dev/telltale/internal/api/apitest"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// told is a span, or with a level a log, of a trace in which something fails. Ids are small; parents that are no span of the trace
// are missing.
type told struct {
	id, parent    byte
	name          string
	kind          telemetry.Kind
	class         string
	message       string
	http          int64
	ok            bool
	severity      telemetry.Severity
	operation     telemetry.Operation
	exceptionAttr string
}

func (s told) record(b *telemetry.Batch, trace telemetry.TraceID, i int) {
	e := telemetry.Event{
		Time: apitest.Now.Add(-time.Minute).UnixNano() + int64(i)*1e6, TraceID: trace, SpanID: telemetry.SpanID{7: s.id},
		Service: "svc", Name: s.name, ErrorType: s.class,
	}
	if s.http != 0 {
		e.HTTPStatus = telemetry.Known(s.http)
	}
	if s.exceptionAttr != "" {
		e.Attributes = telemetry.Attrs{{Key: "exception.message", Value: s.exceptionAttr}}
	}
	if s.severity != 0 {
		e.Body = s.message
		b.Logs = append(b.Logs, telemetry.Log{Event: e, Severity: s.severity})
		return
	}
	span := telemetry.Span{Event: e, Kind: s.kind, StatusMessage: s.message, Status: telemetry.StatusError, Duration: 1e9}
	if s.parent != 0 {
		span.ParentID = telemetry.SpanID{7: s.parent}
	}
	if s.ok {
		span.Status = telemetry.StatusOK
	}
	if s.operation != "" {
		span.GenAI = &telemetry.GenAI{Operation: s.operation}
	}
	b.Spans = append(b.Spans, span)
}

// TestErrorLayers: of the layers through which an error goes up, one counts: the deepest that says something.
func TestErrorLayers(t *testing.T) {
	const limit = "Error code: 429 - {'error': {'message': 'Rate limit reached for gpt-4o', 'type': 'tokens'}}"
	for _, test := range []struct {
		name string
		told []told
		want []string // count, fingerprint's kind, example span, layers of the example
	}{
		{"a call through the gateway fails under an agent under HTTP", []told{
			{id: 1, name: "POST /chat", kind: telemetry.KindServer, class: "500", http: 500},
			{id: 2, parent: 1, name: "invoke_agent support", class: "RateLimitError", message: limit, operation: telemetry.OpInvokeAgent},
			{id: 3, parent: 2, name: "chat gpt-4o", kind: telemetry.KindClient, class: "RateLimitError", message: limit, operation: telemetry.OpChat},
			{id: 4, parent: 3, name: "POST", kind: telemetry.KindClient, class: "429", http: 429},
			{id: 5, parent: 4, name: "chat gpt-4o", kind: telemetry.KindServer, class: "tokens", message: "Rate limit reached for gpt-4o", http: 429, operation: telemetry.OpChat},
			{id: 1, name: "app", class: "RateLimitError", message: "request failed: " + limit, severity: telemetry.SeverityError},
		}, []string{"1 tokens: 5, 5 layers: span 4 span 3 span 2 span 1 log 1"}},
		{"attempts of a client, without a gateway", []told{
			{id: 1, name: "POST /chat", kind: telemetry.KindServer, class: "500", http: 500, message: "Internal Server Error"},
			{id: 2, parent: 1, name: "chat gpt-4o", kind: telemetry.KindClient, class: "RateLimitError", message: limit},
			{id: 3, parent: 2, name: "POST", kind: telemetry.KindClient, class: "429", http: 429},
			{id: 4, parent: 2, name: "POST", kind: telemetry.KindClient, class: "429", http: 429, message: "Too Many Requests"},
		}, []string{"1 RateLimitError: 2, 3 layers: span 4 span 3 span 1"}},
		{"spans in between did not fail, and the exception is an attribute", []told{
			{id: 1, name: "POST /chat", kind: telemetry.KindServer, class: "_OTHER", http: 500},
			{id: 2, parent: 1, name: "chain", ok: true},
			{id: 3, parent: 2, name: "step", ok: true},
			{id: 4, parent: 3, name: "execute_tool pay", class: "ValueError", exceptionAttr: "amount -1 is negative"},
		}, []string{"1 ValueError: 4, 1 layers: span 1"}},
		{"what fails later on its own account is another error", []told{
			{id: 1, name: "POST /chat", kind: telemetry.KindServer, class: "500", http: 500},
			{id: 2, parent: 1, name: "invoke_agent support", class: "ValidationError", message: "the answer is no JSON: it begins with Sorry"},
			{id: 3, parent: 2, name: "chat gpt-4o", class: "RateLimitError", message: limit},
		}, []string{"1 RateLimitError: 3, 0 layers:", "1 ValidationError: 2, 1 layers: span 1"}},
		{"two calls at the same time fail alike", []told{
			{id: 1, name: "POST /chat", kind: telemetry.KindServer, class: "500", http: 500},
			{id: 2, parent: 1, name: "chat gpt-4o", class: "RateLimitError", message: limit},
			{id: 3, parent: 1, name: "chat gpt-4o", class: "RateLimitError", message: limit},
		}, []string{"2 RateLimitError: 3, 1 layers: span 1"}},
		{"a handler that answered 500 and logged why", []told{
			{id: 1, name: "GET /orders", kind: telemetry.KindServer, class: "500", http: 500},
			{id: 1, name: "app", class: "KeyError", message: "KeyError: 'total'", severity: telemetry.SeverityError},
			{id: 1, name: "uvicorn", class: "KeyError", message: "Exception in ASGI application: KeyError: 'total'", severity: telemetry.SeverityError},
		}, []string{"1 KeyError: 1, 2 layers: span 1 log 1"}},
		{"nobody says anything", []told{
			{id: 1, name: "GET /a", kind: telemetry.KindServer, class: "503", http: 503},
			{id: 2, parent: 1, name: "GET", kind: telemetry.KindClient, class: "503", http: 503},
		}, []string{"1 503: 2, 1 layers: span 1"}},
		{"parents in a circle", []told{
			{id: 1, parent: 2, name: "a", class: "E", message: "one thing went wrong"},
			{id: 2, parent: 1, name: "b", class: "E", message: "one thing went wrong"},
			{id: 3, parent: 3, name: "c", class: "F", message: "another went wrong"},
		}, []string{"2 E: 2, 0 layers:", "1 F: 3, 0 layers:"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var b telemetry.Batch
			for i, s := range test.told {
				s.record(&b, telemetry.TraceID{0xf0, 15: 1}, i)
			}
			overStores(t, []telemetry.Batch{b}, func(t *testing.T, a *api.API) {
				var list api.ErrorList
				get(t, a, "/api/v1/errors?from=-1h&to=now", http.StatusOK, &list)
				var got []string
				folded := 0
				for _, e := range list.Errors {
					var one api.ErrorOccurrences
					get(t, a, "/api/v1/errors/"+e.Fingerprint+"?from=-1h&to=now", http.StatusOK, &one)
					if one.Count != e.Count || len(one.Occurrences) != e.Count || one.Kind != e.Kind || one.Message != e.Message {
						t.Errorf("%+v of %+v", one, e)
					}
					o := one.Occurrences[0]
					line := fmt.Sprintf("%d %s: %c, %d layers:", e.Count, e.Kind, o.SpanID[15], o.Folded)
					for _, l := range o.Layers {
						line += fmt.Sprintf(" %s %c", l.Signal, l.SpanID[15])
					}
					got = append(got, line)
					folded += e.Folded
				}
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Error(diff)
				}
				if folded != list.Folded || list.Total != list.Folded+sum(list) {
					t.Errorf("%d of %d folded, groups say %d", list.Folded, list.Total, folded)
				}
			})
		})
	}
}

func sum(list api.ErrorList) (n int) {
	for _, e := range list.Errors {
		n += e.Count
	}
	return n
}

// TestErrorOccurrences: all of a group are found, not only the latest, and by the same parameters.
func TestErrorOccurrences(t *testing.T) {
	var b telemetry.Batch
	for i := range 600 {
		s := told{id: 1, name: "charge", class: "Declined", message: fmt.Sprintf("card %d was declined", i)}
		if i%3 > 0 {
			s.message = fmt.Sprintf("card %d has expired", i)
		}
		s.record(&b, telemetry.TraceID{0xf1, 14: byte(i >> 8), 15: byte(i)}, i)
		b.Spans[i].Service = fmt.Sprintf("svc-%d", i%2)
	}
	overStores(t, []telemetry.Batch{b}, func(t *testing.T, a *api.API) {
		var list api.ErrorList
		get(t, a, "/api/v1/errors", http.StatusOK, &list)
		rare := list.Errors[1]
		var one api.ErrorOccurrences
		get(t, a, "/api/v1/errors/"+rare.Fingerprint+"?limit=200", http.StatusOK, &one)
		if one.Count != 200 || len(one.Occurrences) != 200 || one.Occurrences[199].Message != "card 0 was declined" || one.Scanned != 600 {
			t.Errorf("%d of %d: %+v", len(one.Occurrences), one.Count, one.Occurrences[len(one.Occurrences)-1])
		}
		get(t, a, "/api/v1/errors/"+rare.Fingerprint+"?limit=1&q=service:svc-1", http.StatusOK, &one)
		if one.Count != 100 || len(one.Occurrences) != 1 || one.Occurrences[0].Service != "svc-1" {
			t.Errorf("%+v", one)
		}
		get(t, a, "/api/v1/errors/0123456789abcdef", http.StatusOK, &one)
		if one.Count != 0 || len(one.Occurrences) != 0 {
			t.Errorf("%+v", one)
		}
	})
}
