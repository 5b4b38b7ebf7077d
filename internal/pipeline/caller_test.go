package pipeline

import (
	"encoding/binary"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// throughGateway is a call made in span 1 as the gateway records it, whose client did not name its service.
func throughGateway(id uint64, from, to int) telemetry.Span {
	s := chat(1, id, 1, from, to, telemetry.AttrService, telemetry.ServiceGuessed)
	s.Attributes = s.Attributes.Delete("gen_ai.operation.name")
	s.Service, s.Scope.Name = "openai-go", "telltale/gateway"
	s.GenAI = &telemetry.GenAI{
		Operation: telemetry.OpChat, Counts: true, Provider: "openai", RequestModel: "gpt-4o-mini",
		Usage: telemetry.Usage{Input: telemetry.Known(1200), Output: telemetry.Known(34)},
	}
	return s
}

// of is a span of a service, an environment, a user, a tenant and a conversation.
func of(s telemetry.Span) telemetry.Span {
	s.Service, s.Environment, s.UserID, s.TenantID, s.SessionID = "rag", "production", "ada", "acme", "c1"
	return s
}

// The span that a call through the gateway was made in tells whose call it is, also when it comes after the call is stored.
func TestTheCallerNamesACall(t *testing.T) {
	http := func(id, parent uint64) telemetry.Span {
		return of(span(1, id, parent, 0, 100, "http.request.method", "POST"))
	}
	named := throughGateway(9, 10, 90)
	named.Service, named.Attributes = "billing", named.Attributes.Delete(telemetry.AttrService)
	for _, tc := range []struct {
		name    string
		batches [][]telemetry.Span
		calls   []uint64 // that get a name
	}{
		{"the library's span", [][]telemetry.Span{{throughGateway(9, 10, 90)}, {of(chat(1, 1, 0, 0, 100))}}, []uint64{9}},
		{"an HTTP client's span", [][]telemetry.Span{{throughGateway(9, 10, 90)}, {http(1, 2)}}, []uint64{9}},
		{"a request's span, the root", [][]telemetry.Span{{throughGateway(9, 10, 90)}, {http(1, 0)}}, []uint64{9}},
		{"an agent's span", [][]telemetry.Span{{throughGateway(9, 10, 90)}, {of(span(1, 1, 2, 0, 100, "gen_ai.operation.name", "invoke_agent"))}}, []uint64{9}},
		{"all calls of one span", [][]telemetry.Span{{throughGateway(9, 10, 20)}, {throughGateway(8, 30, 40), throughGateway(7, 50, 60)}, {http(1, 0)}}, []uint64{7, 8, 9}},
		{"all in one batch", [][]telemetry.Span{{http(1, 0), throughGateway(9, 10, 90)}}, []uint64{9}},
		{"another span of the trace", [][]telemetry.Span{{throughGateway(9, 10, 90)}, {http(2, 0)}}, nil},
		{"a span without a service", [][]telemetry.Span{{throughGateway(9, 10, 90)}, {func() telemetry.Span { s := http(1, 0); s.Service = ""; return s }()}}, nil},
		{"a name that the client said stays", [][]telemetry.Span{{named}, {http(1, 0)}}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			e := newEnv(t, nil)
			for _, b := range tc.batches {
				e.send(t, b...)
			}
			var got []uint64
			b := e.kept.all()
			for i := range b.Spans {
				s := &b.Spans[i]
				if !s.Repeat || s.Service != "rag" {
					continue
				}
				got = append(got, binary.BigEndian.Uint64(s.SpanID[:]))
				if s.Environment != "production" || s.UserID != "ada" || s.TenantID != "acme" || s.SessionID != "c1" {
					t.Errorf("said of a call: %+v", s)
				}
			}
			if diff := cmp.Diff(tc.calls, got); diff != "" {
				t.Errorf("calls that got a name (-want +got):\n%s", diff)
			}
			if n, input, _ := counted(b); n != max(len(tc.calls), 1) || input != int64(1200*n) {
				t.Errorf("%d calls, %d tokens", n, input)
			}
		})
	}
}

// What a batch that was not stored would have said is said when it is sent again.
func TestTheCallerNamesACallWhenSentAgain(t *testing.T) {
	e := newEnv(t, nil)
	e.send(t, throughGateway(9, 10, 90))
	e.kept.fail = errors.New("no")
	if err := e.Ingest(t.Context(), &telemetry.Batch{Spans: []telemetry.Span{of(span(1, 1, 0, 0, 100))}}); err == nil {
		t.Fatal("no error")
	}
	e.kept.fail = nil
	e.send(t, of(span(1, 1, 0, 0, 100)))
	e.send(t, of(span(1, 1, 0, 0, 100)))
	if b := e.kept.all(); len(b.Spans) != 3 || b.Spans[2].Service != "rag" || !b.Spans[2].Repeat {
		t.Errorf("stored %+v", b.Spans)
	}
}

// Nobody but the gateway says that a service is a guess.
func TestNobodyElseGuessesAService(t *testing.T) {
	e := newEnv(t, nil)
	e.send(t, chat(1, 1, 0, 0, 100, telemetry.AttrService, telemetry.ServiceGuessed))
	if b := e.kept.all(); guessed(&b.Spans[0]) {
		t.Errorf("stored %+v", b.Spans[0])
	}
}
