package apitest

import (
	"time"

	"github.com/telltale-dev/telltale/internal/api"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// Now is the time of tests; the sample ends a little before it.
var Now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// Ids of the sample.
var (
	TraceFailed = telemetry.TraceID{0x4b, 0xf9, 15: 0x36} // a request that ended with status 500
	TraceGood   = telemetry.TraceID{0xaa, 15: 0x01}       // one that went well, with a slow call of user-123
	CallGood    = telemetry.SpanID{0xbb, 7: 0x01}
)

// Hostile is text that must not reach a terminal as it is.
const Hostile = "\x1b]0;owned\x07\u202egpj.exe\r\nsecond line\u009b31m"

func at(ago time.Duration) int64 { return Now.Add(-ago).UnixNano() }

// Sample is a store with two requests, a call on its own, and logs.
func Sample() *Store {
	s := &Store{State: sampleStatus()}
	for _, b := range Batches() {
		s.Add(b)
	}
	return s
}

// Batches are what Sample holds, to be written into other stores.
func Batches() []telemetry.Batch {
	return []telemetry.Batch{failedRequest(), goodRequest(), loneCall()}
}

// failedRequest: an agent whose tool failed, after a call that was refused once and tried again.
func failedRequest() telemetry.Batch {
	base := telemetry.Event{Service: "shop", Environment: "prod", TraceID: TraceFailed, RequestID: "req-500", UserID: "user-7"}
	event := func(ago time.Duration, id byte, name string) telemetry.Event {
		e := base
		e.Time, e.SpanID, e.Name = at(ago), telemetry.SpanID{7: id}, name
		return e
	}
	root := telemetry.Span{Event: event(10*time.Minute, 1, "POST /checkout"), Kind: telemetry.KindServer, Status: telemetry.StatusError, Duration: 5200e6}
	root.HTTPMethod, root.HTTPPath, root.HTTPStatus = "POST", "/checkout", telemetry.Known(500)
	agent := telemetry.Span{
		Event: event(10*time.Minute-5*time.Millisecond, 2, "invoke_agent checkout"), ParentID: root.SpanID, Kind: telemetry.KindInternal,
		Status: telemetry.StatusError, Duration: 5100e6, GenAI: &telemetry.GenAI{Operation: telemetry.OpInvokeAgent, Agent: "checkout"},
	}
	refused := telemetry.Span{
		Event: event(10*time.Minute-10*time.Millisecond, 3, "chat gpt-4o"), ParentID: agent.SpanID, Kind: telemetry.KindClient,
		Status: telemetry.StatusError, StatusMessage: "Rate limit reached for gpt-4o", Duration: 120e6,
		GenAI: &telemetry.GenAI{Operation: telemetry.OpChat, Provider: "openai", RequestModel: "gpt-4o", Counts: true},
	}
	refused.ErrorType, refused.HTTPStatus = "rate_limit_error", telemetry.Known(429)
	again := telemetry.Span{
		Event: event(10*time.Minute-500*time.Millisecond, 4, "chat gpt-4o"), ParentID: agent.SpanID, Kind: telemetry.KindClient, Duration: 1340e6,
		GenAI: &telemetry.GenAI{
			Operation: telemetry.OpChat, Provider: "openai", RequestModel: "gpt-4o", ResponseModel: "gpt-4o-2024-11-20", ResponseID: "chatcmpl-7", Counts: true,
			Usage: telemetry.Usage{Input: telemetry.Known(1200), Output: telemetry.Known(34), CacheRead: telemetry.Known(1024)},
			Cost:  telemetry.Known(2_060_000_000), Streaming: true, TimeToFirstToken: telemetry.Known(310e6), FinishReasons: "tool_call",
		},
	}
	tool := telemetry.Span{
		Event: event(10*time.Minute-2*time.Second, 5, "execute_tool charge_card"), ParentID: agent.SpanID, Kind: telemetry.KindInternal,
		Status: telemetry.StatusError, StatusMessage: "card declined" + Hostile, Duration: 3000e6,
		GenAI: &telemetry.GenAI{Operation: telemetry.OpExecuteTool, Tool: "charge_card", ToolArguments: `{"amount":12}`},
	}
	tool.ErrorType = "CardDeclined"
	log := func(ago time.Duration, id byte, severity telemetry.Severity, body string) telemetry.Log {
		e := event(ago, id, "shop.checkout")
		e.Body = body
		return telemetry.Log{Event: e, Severity: severity}
	}
	return telemetry.Batch{
		Spans: []telemetry.Span{refused, again, tool, agent, root},
		Logs: []telemetry.Log{
			log(10*time.Minute-time.Millisecond, 1, telemetry.SeverityInfo, "checkout started"),
			log(10*time.Minute-140*time.Millisecond, 2, telemetry.SeverityWarn, "rate limited, trying again"),
			log(10*time.Minute-5*time.Second, 5, telemetry.SeverityError, "charge failed: card declined"+Hostile),
		},
	}
}

// goodRequest: a slow call of user-123 with its prompt.
func goodRequest() telemetry.Batch {
	e := telemetry.Event{
		Service: "support", Environment: "prod", TraceID: TraceGood, SpanID: telemetry.SpanID{7: 0x11}, RequestID: "req-good", UserID: "user-123",
		SessionID: "conv-9", Time: at(5 * time.Minute), Name: "POST /chat", HTTPMethod: "POST", HTTPPath: "/chat", HTTPStatus: telemetry.Known(200),
	}
	root := telemetry.Span{Event: e, Kind: telemetry.KindServer, Duration: 4300e6}
	call := telemetry.Span{
		Event: e, ParentID: root.SpanID, Kind: telemetry.KindClient, Duration: 4200e6,
		GenAI: &telemetry.GenAI{
			Operation: telemetry.OpChat, Provider: "openai", RequestModel: "gpt-4o", ResponseModel: "gpt-4o-2024-11-20", ResponseID: "chatcmpl-1", Counts: true,
			Usage: telemetry.Usage{Input: telemetry.Known(150), Output: telemetry.Known(42)}, Cost: telemetry.Known(795_000_000), FinishReasons: "stop",
			InputMessages:      `[{"role":"user","parts":[{"type":"text","content":"Where is my refund?"}]}]`,
			OutputMessages:     `[{"role":"assistant","parts":[{"type":"text","content":"It is on its way` + `.\u001b[2J"}],"finish_reason":"stop"}]`,
			SystemInstructions: `[{"type":"text","content":"You are a support agent."}]`,
		},
		Events: []telemetry.SpanEvent{{Time: at(5*time.Minute - time.Second), Name: "first token"}},
		Links:  []telemetry.Link{{TraceID: TraceFailed, SpanID: telemetry.SpanID{7: 1}}},
	}
	call.Time, call.SpanID, call.Name = at(5*time.Minute-20*time.Millisecond), CallGood, "chat gpt-4o"
	call.HTTPMethod, call.HTTPPath, call.HTTPStatus = "", "", telemetry.Opt{}
	call.Attributes = telemetry.Attrs{{Key: "customer.tier", Value: "gold"}, {Key: "retries", Value: "0"}}
	call.Resource = telemetry.Attrs{{Key: "k8s.pod.name", Value: "support-1"}}
	return telemetry.Batch{Spans: []telemetry.Span{root, call}}
}

// loneCall: a call without request whose price is unknown, long before the others.
func loneCall() telemetry.Batch {
	e := telemetry.Event{Service: "batch", TraceID: telemetry.TraceID{0xcc, 15: 1}, SpanID: telemetry.SpanID{7: 0x21}, Time: at(3 * time.Hour), Name: "chat house-model"}
	return telemetry.Batch{Spans: []telemetry.Span{{
		Event: e, Kind: telemetry.KindClient, Duration: 900e6,
		GenAI: &telemetry.GenAI{Operation: telemetry.OpChat, Provider: "vllm", RequestModel: "house-model", Counts: true, Usage: telemetry.Usage{Input: telemetry.Known(10), Output: telemetry.Known(5)}},
	}}}
}

func sampleStatus() api.Status {
	oldest := Now.Add(-3 * time.Hour)
	return api.Status{
		Content: "redacted",
		Version: "1.2.3", Started: Now.Add(-26 * time.Hour), Ready: true,
		Books: telemetry.Books{
			Entries: []telemetry.Count{
				{Signal: telemetry.SignalSpans, Outcome: telemetry.Accepted, N: 1208},
				{Signal: telemetry.SignalLogs, Outcome: telemetry.Accepted, N: 3003},
				{Signal: telemetry.SignalSpans, Outcome: telemetry.Duplicate, Reason: "sent again", N: 12},
				{Signal: telemetry.SignalLogs, Outcome: telemetry.Rejected, Reason: "no JSON object", N: 4},
				{Signal: telemetry.SignalLogs, Outcome: telemetry.Expired, Reason: "age", N: 1000},
			},
			Stored: [2]int64{1208, 2003},
		},
		Store: api.StoreStatus{
			Backend: "local", State: "ready", Bytes: 734003, Parts: 3, HotRows: 211, HotBytes: 180_000, FreeBytes: 52e9, Recovered: 211, WALBytes: 20480, Oldest: &oldest, RecoveryNS: 38e6,
			Work: []api.WorkStatus{{Name: "compaction", Since: Now.Add(-2 * time.Second), Done: 1200, Total: 3211, Unit: "rows"}},
		},
		Queues: []api.QueueStatus{{Name: "ingest", Length: 3, Capacity: 256}, {Name: "gateway", Length: 0, Capacity: 4096, Refused: 2}},
	}
}
