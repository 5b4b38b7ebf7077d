package dialect

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

func TestMoney(t *testing.T) {
	known := telemetry.Known
	tests := map[string]telemetry.Opt{
		"0.0022088": known(2_208_800_000), "0.0001236": known(123_600_000), "1": known(1e12), "1.5225": known(1_522_500_000_000),
		"0": known(0), "0.0": known(0), "1.236e-04": known(123_600_000), "1E-12": known(1), "5e-13": known(1), "4.9e-13": known(0), "5e-14": known(0),
		"0.0000000000019": known(2), "$0.5": known(500_000_000_000), `"0.25"`: known(250_000_000_000), ".5": known(500_000_000_000), "3.": known(3e12),
		"999999.123456789012": known(999_999_123_456_789_012),
		"":                    {}, "-1": {}, "abc": {}, "1e99": {}, "NaN": {}, "Infinity": {}, "10000000": {}, "1.2.3": {}, "0x10": {}, ".": {}, "1e": {},
	}
	for s, want := range tests {
		if got := money(s); got != want {
			t.Errorf("money(%q) = %+v, want %+v", s, got, want)
		}
	}
}

func TestTokens(t *testing.T) {
	known := telemetry.Known
	for s, want := range map[string]telemetry.Opt{
		"1200": known(1200), `"1200"`: known(1200), "1200.0": known(1200), "1.2e3": known(1200), "0": known(0),
		"": {}, "-1": {}, "1.5": {}, "many": {}, "null": {}, "99999999999999999999": {}, "1e300": {}, "NaN": {},
	} {
		if got := tokens(s); got != want {
			t.Errorf("tokens(%q) = %+v, want %+v", s, got, want)
		}
	}
}

func TestErrorKind(t *testing.T) {
	for s, want := range map[string]string{
		"RateLimitError: slow down":     "RateLimitError",
		"Error: 429 Rate limit reached": "429",
		"openai.APIError: no":           "openai.APIError",
		"it broke":                      errorOther,
		"":                              errorOther,
		`429 {"type":"error","error":{"type":"overloaded_error","message":"m"}}`: "overloaded_error",
	} {
		if got := errorKind(s); got != want {
			t.Errorf("errorKind(%q) = %q, want %q", s, got, want)
		}
	}
}

func TestFinishReasons(t *testing.T) {
	for s, want := range map[string]string{
		`["stop"]`: "stop", "end_turn": "stop", `["tool-calls","max_tokens"]`: "tool_call,length", "['STOP']": "stop", `"refusal"`: "content_filter",
		"": "", "[]": "", `[""]`: "", "SAFETY": "content_filter", "pause_turn": "pause", "compaction": "compaction", "other": "error", "New_Word": "new_word",
	} {
		if got := finishReasons(s); got != want {
			t.Errorf("finishReasons(%q) = %q, want %q", s, got, want)
		}
	}
}

func TestProviders(t *testing.T) {
	for s, want := range map[string]string{
		"openai": "openai", "OpenAI": "openai", "openai.chat": "openai", "anthropic.messages": "anthropic", "google.generative-ai": "gcp.gemini",
		"google.vertex.chat": "gcp.vertex_ai", "az.ai.openai": "azure.ai.openai", "azure": "azure.ai.openai", "AWS": "aws.bedrock", "xai": "x_ai",
		"mistral.chat": "mistral_ai", "gcp.gemini": "gcp.gemini", "ibm.watsonx.ai": "ibm.watsonx.ai", "groq.chat": "groq", "Langchain": "", "Some Host": "some_host",
	} {
		if got := providerOf(s); got != want {
			t.Errorf("providerOf(%q) = %q, want %q", s, got, want)
		}
	}
	for s, want := range map[string]string{
		"gpt-4o": "openai", "claude-opus-4": "anthropic", "models/gemini-2.5-flash": "gcp.gemini", "openai/gpt-4o": "openai", "azure/my-deployment": "azure.ai.openai",
		"us.anthropic.claude-sonnet-4-5-v1:0": "aws.bedrock", "llama-3": "", "": "",
	} {
		if got := providerByModel(s); got != want {
			t.Errorf("providerByModel(%q) = %q, want %q", s, got, want)
		}
	}
}

// attrs makes a list of pairs.
func attrs(pairs ...string) telemetry.Attrs {
	var a telemetry.Attrs
	for pair := range slices.Chunk(pairs, 2) {
		a = append(a, telemetry.Attr{Key: pair[0], Value: pair[1]})
	}
	return a
}

func spanOf(pairs ...string) *telemetry.Span {
	return &telemetry.Span{Duration: int64(time.Second), Event: telemetry.Event{Time: 1_795_227_959_500_000_000, Attributes: attrs(pairs...)}}
}

func TestOrdinarySpans(t *testing.T) {
	s := spanOf("http.method", "get", "http.target", "/v1/chat?key=secret", "http.status_code", "503", "http.request.header.x-request-id", `["req-1"]`,
		"enduser.id", "u1", "session.id", "s1", "tenant.id", "acme", "key.id", "k1", "request_id", "not ok!")
	s.Status = telemetry.StatusError
	s.Events = []telemetry.SpanEvent{{Name: "exception", Attributes: attrs("exception.type", "TimeoutError", "exception.message", "too slow")}}
	Span(s)
	want := telemetry.Event{
		Time: s.Time, Attributes: s.Attributes, RequestID: "req-1", UserID: "u1", SessionID: "s1", TenantID: "acme", KeyID: "k1",
		HTTPMethod: "GET", HTTPPath: "/v1/chat", HTTPStatus: telemetry.Known(503), ErrorType: "TimeoutError",
	}
	if diff := cmp.Diff(want, s.Event); diff != "" {
		t.Errorf("event differs:\n%s", diff)
	}
	if s.GenAI != nil || s.StatusMessage != "too slow" || len(s.Attributes) != 9 {
		t.Errorf("genai %v, message %q, %d attributes", s.GenAI, s.StatusMessage, len(s.Attributes))
	}
	for _, tt := range []struct{ want, key, value string }{
		{"/a/{id}", "http.route", "/a/{id}"}, {"/a/b", "url.path", "/a/b"}, {"/x", "url.full", "https://u:p@h/x?token=1#f"}, {"", "http.url", "://"},
	} {
		s := spanOf(tt.key, tt.value)
		if Span(s); s.HTTPPath != tt.want {
			t.Errorf("%s=%s: path %q, want %q", tt.key, tt.value, s.HTTPPath, tt.want)
		}
	}
}

func TestUsageRules(t *testing.T) {
	known := telemetry.Known
	tests := []struct {
		name      string
		attrs     telemetry.Attrs
		scope     string
		semantics string
		want      telemetry.Usage
	}{
		{
			"cache above input is beside it",
			attrs("gen_ai.operation.name", "chat", "gen_ai.provider.name", "anthropic", "gen_ai.usage.input_tokens", "176", "gen_ai.usage.output_tokens", "34",
				"gen_ai.usage.cache_read.input_tokens", "1024", "gen_ai.usage.cache_creation.input_tokens", "100"),
			"", exclusive,
			telemetry.Usage{Input: known(1300), Output: known(34), CacheRead: known(1024), CacheWrite5m: known(100)},
		},
		{
			"cache below input is in it, for all we know",
			attrs("gen_ai.operation.name", "chat", "gen_ai.provider.name", "anthropic", "gen_ai.usage.input_tokens", "1300", "gen_ai.usage.output_tokens", "34",
				"gen_ai.usage.cache_read.input_tokens", "1024"),
			"", assumed,
			telemetry.Usage{Input: known(1300), Output: known(34), CacheRead: known(1024)},
		},
		{
			"a family that leaves it out, though it could be in",
			attrs("gen_ai.operation.name", "chat", "gen_ai.provider.name", "anthropic", "gen_ai.usage.input_tokens", "2000", "gen_ai.usage.cache_read.input_tokens", "1024"),
			"@traceloop/instrumentation-anthropic", exclusive,
			telemetry.Usage{Input: known(3024), CacheRead: known(1024)},
		},
		{
			"reasoning above output is beside it",
			attrs("gen_ai.operation.name", "generate_content", "gen_ai.provider.name", "gcp.gemini", "gen_ai.usage.input_tokens", "1200",
				"gen_ai.usage.output_tokens", "5", "gen_ai.usage.reasoning.output_tokens", "10"),
			"", inclusive,
			telemetry.Usage{Input: known(1200), Output: known(15), Reasoning: known(10)},
		},
		{
			"writes that are not all split",
			attrs("gen_ai.operation.name", "chat", "gen_ai.provider.name", "anthropic", "gen_ai.usage.input_tokens", "1300",
				"gen_ai.usage.cache_write.input_tokens", "100", "anthropic.usage.cache_creation.ephemeral_1h_input_tokens", "40"),
			"com.anthropic.sdk.go", inclusive,
			telemetry.Usage{Input: known(1300), CacheWrite5m: known(60), CacheWrite1h: known(40)},
		},
		{
			"nothing said is not zero",
			attrs("gen_ai.operation.name", "chat", "gen_ai.usage.input_tokens", "", "gen_ai.usage.output_tokens", "null"),
			"", "",
			telemetry.Usage{},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := spanOf()
			s.Attributes, s.Scope.Name = tt.attrs, tt.scope
			Span(s)
			if diff := cmp.Diff(tt.want, s.GenAI.Usage); diff != "" || s.GenAI.UsageSemantics != tt.semantics || !s.GenAI.Counts {
				t.Errorf("semantics %q, want %q, counts %v; usage differs:\n%s", s.GenAI.UsageSemantics, tt.semantics, s.GenAI.Counts, diff)
			}
		})
	}
}

const restMark = `{"role":"system","parts":[{"type":"text","content":"…[the rest is missing]"}]}`

func TestMessageForms(t *testing.T) {
	const hi = `[{"role":"user","parts":[{"type":"text","content":"hi"}]}]`
	tests := []struct{ name, in, want, system string }{
		{"plain", "hi", hi, ""},
		{"canonical", hi, hi, ""},
		{"canonical with system", `[{"role":"system","parts":[{"type":"text","content":"be"}]},{"role":"user","parts":[{"type":"text","content":"hi"}]}]`, hi, `[{"type":"text","content":"be"}]`},
		{"quoted twice", `"[{\"role\":\"user\",\"content\":\"hi\"}]"`, hi, ""},
		{"OpenAI", `[{"role":"developer","content":"be"},{"role":"user","content":[{"type":"text","text":"hi"}]}]`, hi, `[{"type":"text","content":"be"}]`},
		{"request", `{"model":"m","messages":[{"role":"user","content":"hi"}],"temperature":1}`, hi, ""},
		{"Anthropic request", `{"model":"m","system":"be","messages":[{"role":"user","content":"hi"}]}`, hi, `[{"type":"text","content":"be"}]`},
		{"Gemini request", `{"contents":[{"role":"user","parts":[{"text":"hi"}]}],"systemInstruction":{"parts":[{"text":"be"}]}}`, hi, `[{"type":"text","content":"be"}]`},
		{"Responses", `{"model":"m","instructions":"be","input":"hi"}`, hi, `[{"type":"text","content":"be"}]`},
		{
			"Responses list", `{"model":"m","input":[{"role":"user","content":[{"type":"input_text","text":"hi"}]},{"type":"function_call","call_id":"c","name":"f","arguments":"{}"},{"type":"function_call_output","call_id":"c","output":"7"}]}`,
			`[{"role":"user","parts":[{"type":"text","content":"hi"}]},{"role":"assistant","parts":[{"type":"tool_call","id":"c","name":"f","arguments":{}}]},{"role":"tool","parts":[{"type":"tool_call_response","id":"c","response":"7"}]}]`, "",
		},
		{"LangChain", `[[{"lc":1,"kwargs":{"content":"hi","type":"human"}}]]`, hi, ""},
		{"loose parts", `[{"type":"text","text":"hi"}]`, hi, ""},
		{"tool answer", `[{"role":"tool","tool_call_id":"c","content":"{\"t\":20}"}]`, `[{"role":"tool","parts":[{"type":"tool_call_response","id":"c","response":{"t":20}}]}]`, ""},
		{
			"image", `[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}},{"type":"image_url","image_url":{"url":"https://x/y.png"}}]}]`,
			`[{"role":"user","parts":[{"type":"blob","modality":"image","mime_type":"image/png","size":3},{"type":"uri","modality":"image","uri":"https://x/y.png"}]}]`, "",
		},
		{"broken JSON", `[{"role":"user","content":"hi"]`, `[{"role":"user","parts":[{"type":"text","content":"[{\"role\":\"user\",\"content\":\"hi\"]"}]}]`, ""},
		{"no messages", `[{"a":1},{`, `[{"role":"user","parts":[{"type":"text","content":"{\"a\":1}"}]},{"role":"user","parts":[{"type":"text","content":"{}"}]},` + restMark + `]`, ""},
		{"text in brackets", `[see 1, 2`, `[{"role":"user","parts":[{"type":"text","content":"[see 1, 2"}]}]`, ""},
		{"cut behind a value", `[{"role":"user","content":"hi"`, hi[:len(hi)-1] + "," + restMark + "]", ""},
		{"cut in a text", `[{"role":"user","content":"hi"},{"role":"assistant","content":"hel`, hi[:len(hi)-1] + `,{"role":"assistant","parts":[{"type":"text","content":"hel"}]},` + restMark + "]", ""},
		{"cut in an escape", `[{"role":"system","content":"be"},{"role":"user","content":"hi\u00`, hi[:len(hi)-1] + "," + restMark + "]", `[{"type":"text","content":"be"}]`},
		{"cut in a name", `[{"role":"user","parts":[{"type":"text","content":"hi"}]},{"ro`, hi[:len(hi)-1] + "," + restMark + "]", ""},
		{"request that is cut", `{"model":"m","messages":[{"role":"user","content":"hi"},{"role":"user"`, hi[:len(hi)-1] + "," + restMark + "]", ""},
		{"escapes", `[{"role":"user","content":"a\u00e9\ud83d\ude00\n\"b\\"}]`, `[{"role":"user","parts":[{"type":"text","content":"aé😀\n\"b\\"}]}]`, ""},
		{"unknown object", `{"question":"hi"}`, `[{"role":"user","parts":[{"type":"text","content":"{\"question\":\"hi\"}"}]}]`, ""},
		{"nothing", `[]`, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := spanOf("gen_ai.operation.name", "chat", "gen_ai.input.messages", tt.in)
			Span(s)
			if s.GenAI.InputMessages != tt.want || s.GenAI.SystemInstructions != tt.system {
				t.Errorf("messages %s\n    want %s\n  system %s", s.GenAI.InputMessages, tt.want, s.GenAI.SystemInstructions)
			}
			if _, left := s.Attributes.Get("gen_ai.input.messages"); left {
				t.Error("the content is still in the attributes")
			}
		})
	}
}

func TestRetrievedDocuments(t *testing.T) {
	s := spanOf("openinference.span.kind", "RETRIEVER", "input.value", "q", "retrieval.documents.0.document.id", "1",
		"retrieval.documents.0.document.content", "one", "retrieval.documents.1.document.content", "two", "retrieval.documents.1.document.score", "0.5")
	Span(s)
	if got, want := s.GenAI.OutputMessages, `[{"role":"assistant","parts":[{"type":"text","content":"one"},{"type":"text","content":"two"}]}]`; got != want {
		t.Errorf("documents %s, want %s", got, want)
	}
	if len(s.Attributes) != 3 || s.GenAI.Operation != telemetry.OpRetrieval {
		t.Errorf("operation %s, attributes %v", s.GenAI.Operation, s.Attributes)
	}
}

func TestLogsWithoutCalls(t *testing.T) {
	for _, name := range []string{"", "x", "claude_code.tool_result", "codex.sse_event", "gemini_cli.config", "gen_ai.evaluation.result"} {
		l := &telemetry.Log{Event: telemetry.Event{Name: name, Body: "text", Attributes: attrs("model", "m")}}
		if s := Log(l); s != nil || l.Body != "text" {
			t.Errorf("%s: span %+v, body %q", name, s, l.Body)
		}
	}
}

func TestDerivedIDs(t *testing.T) {
	make := func(sequence string) *telemetry.Span {
		l := &telemetry.Log{Event: telemetry.Event{
			Name: "api_request", Service: "claude-code", Time: 1_795_227_959_500_000_000,
			Attributes: attrs("session.id", "s", "event.sequence", sequence, "model", "claude-x", "input_tokens", "1", "duration_ms", "500"),
		}}
		return Log(l)
	}
	a, again, other := make("1"), make("1"), make("2")
	if a.SpanID != again.SpanID || a.TraceID != again.TraceID || a.SpanID == other.SpanID || a.TraceID.IsZero() || a.SpanID.IsZero() {
		t.Errorf("ids %v %v %v", a.SpanID, again.SpanID, other.SpanID)
	}
	if a.Time != 1_795_227_959_000_000_000 || a.Duration != 500_000_000 || a.SessionID != "s" {
		t.Errorf("time %d, duration %d, session %q", a.Time, a.Duration, a.SessionID)
	}
}

// chatSpan is a call as OpenTelemetry's instrumentation reports it, with size bytes of prompt.
func chatSpan(size int) telemetry.Span {
	prompt, _ := json.Marshal(strings.Repeat("please summarize the document ", size/30))
	s := spanOf("gen_ai.provider.name", "openai", "gen_ai.operation.name", "chat", "gen_ai.request.model", "gpt-4o", "gen_ai.response.model", "gpt-4o-2024",
		"gen_ai.response.id", "chatcmpl-1", "gen_ai.usage.input_tokens", "1200", "gen_ai.usage.output_tokens", "34", "gen_ai.request.temperature", "0.7",
		"gen_ai.response.finish_reasons", `["stop"]`, "server.address", "api.openai.com", "server.port", "443", "session.id", "s1", "user.id", "u1",
		"gen_ai.input.messages", `[{"role":"user","parts":[{"type":"text","content":`+string(prompt)+`}]}]`)
	return *s
}

func BenchmarkSpan(b *testing.B) {
	ordinary := *spanOf("http.request.method", "GET", "http.route", "/v1/x", "url.path", "/v1/x", "http.response.status_code", "200",
		"server.address", "api", "server.port", "443", "network.protocol.version", "1.1", "user_agent.original", "curl", "client.address", "10.0.0.1",
		"url.scheme", "https", "db.system.name", "postgresql", "db.query.text", "select 1", "peer.service", "db", "thread.id", "7")
	for name, span := range map[string]telemetry.Span{"ordinary": ordinary, "chat": chatSpan(2048)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			keep := make(telemetry.Attrs, len(span.Attributes))
			for range b.N {
				s := span
				copy(keep, span.Attributes)
				s.Attributes = keep
				Span(&s)
			}
		})
	}
}

// FuzzSpan holds the dialect to its promises on any attributes: no panic, valid JSON, attributes not invented.
func FuzzSpan(f *testing.F) {
	for i := range 8 {
		f.Add(fmt.Sprintf("%d", i), `[{"role":"user","content":"hi"}]`, "1", "gen_ai.user.message", `{"a":[1,"\u00e9"]}`)
	}
	var keys []string
	for k := range src.index {
		keys = append(keys, k)
	}
	keys = append(keys, "gen_ai.prompt.0.content", "gen_ai.completion.1.tool_calls.0.arguments", "llm.input_messages.0.message.contents.0.message_content.text",
		"langfuse.observation.usage_details", "langfuse.observation.cost_details", "langfuse.observation.model.parameters", "langsmith.usage_metadata",
		"llm.invocation_parameters", "ai.response.toolCalls", "ai.response.providerMetadata", "events", "hidden_params", "span.type", "input_tokens", "cost_usd",
		"error", "response_text", "prompt", "duration_ms", "event.kind", "input_token_count", "langfuse.observation.level", "langfuse.observation.status_message")
	scopes := []string{"", "ai", "gen_ai", "langfuse-sdk", "pydantic-ai", "litellm", "com.anthropic.sdk.go", "com.anthropic.claude_code.tracing", "gemini-cli", "codex_otel", "@traceloop/x"}
	names := []string{"api_request", "codex.sse_event", "gemini_cli.api_response", eventDetails, eventChoice, "gen_ai.user.message", "claude_code.user_prompt", "agent run"}
	f.Fuzz(func(t *testing.T, pick, a, b, event, c string) {
		seed := []byte(pick + "............")
		s := spanOf()
		s.Scope.Name, s.Name = scopes[int(seed[0])%len(scopes)], names[int(seed[1])%len(names)]
		for i, v := range []string{a, b, c, a + b, event} {
			s.Attributes = s.Attributes.Set(keys[(int(seed[i+2])*7+int(seed[i])*31)%len(keys)], strings.ToValidUTF8(v, ""))
		}
		s.Events = []telemetry.SpanEvent{{Name: event, Attributes: attrs("content", strings.ToValidUTF8(a, ""), "message", strings.ToValidUTF8(c, ""), "exception.type", "x")}}
		l := telemetry.Log{Event: s.Event, Severity: 17}
		l.Attributes = append(telemetry.Attrs(nil), s.Attributes...)
		l.TraceID[0], l.SpanID[0] = seed[2]&1, seed[2]&1
		l.Body = strings.ToValidUTF8(c, "")
		n := len(s.Attributes)
		Span(s)
		if len(s.Attributes) > n {
			t.Errorf("%d attributes became %d", n, len(s.Attributes))
		}
		checkFuzzed(t, s.GenAI)
		if derived := Log(&l); derived != nil {
			checkFuzzed(t, derived.GenAI)
			if derived.TraceID.IsZero() || derived.SpanID.IsZero() || derived.Duration < 0 {
				t.Errorf("derived span %+v", derived)
			}
			both := MergeRepeats([]telemetry.Span{*derived, *derived})
			checkFuzzed(t, both[0].GenAI)
		}
	})
}

// FuzzParse holds the parser to encoding/json: it takes the same texts, save for those nested too deeply, and reads strings alike.
func FuzzParse(f *testing.F) {
	for _, s := range []string{`{"a":[1,-2.5e+3,"x\u00e9\ud83d\ude00",true,null,{}]}`, `"\u`, `[1,]`, `{"a"}`, `01`, `1.`, "\"\x01\"", `"\ud800"`, ` [ ] `} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v, ok := parse(s)
		if strings.Count(s, "[")+strings.Count(s, "{") < maxDepth && ok != json.Valid([]byte(s)) {
			t.Fatalf("parse(%q): %v", s, ok)
		}
		var want string
		if ok && v.kind == jsonString && json.Unmarshal([]byte(s), &want) == nil && v.text() != want && utf8.ValidString(s) {
			t.Errorf("%q read as %q, want %q", s, v.text(), want)
		}
	})
}

func checkFuzzed(t *testing.T, g *telemetry.GenAI) {
	t.Helper()
	if g == nil {
		return
	}
	for _, s := range []string{g.InputMessages, g.OutputMessages, g.SystemInstructions} {
		if s != "" && (s[0] != '[' || !json.Valid([]byte(s))) {
			t.Errorf("no list in JSON: %q", s)
		}
	}
	for _, n := range []telemetry.Opt{g.Usage.Input, g.Usage.Output, g.CostReported, g.TimeToFirstToken} {
		if n.Value < 0 {
			t.Errorf("negative number in %+v", g)
		}
	}
}
