package dialect_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// The clients of the captures made the same few calls, each its own way. Whoever sent them, they come out alike, and each
// is there once.
func TestClientsAgree(t *testing.T) {
	calls := map[string]int{ // that reached the provider and that the client instruments, retries by the SDK not among them
		"aisdk7-legacy": 7, "aisdk7": 7, "anthropic-native": 4, "anthropic-native-content": 4, "go-sdks": 3, "langfuse": 5,
		"openinference-openai": 7, "otel-js-openai-latest": 8, "traceloop": 6,
	}
	for name, want := range calls {
		t.Run(name, func(t *testing.T) {
			s := replay(t, "testdata/captures/"+name+".otlp.jsonl")
			counted := once(s.spans)
			if len(counted) != want {
				t.Errorf("%d calls counted, want %d", len(counted), want)
			}
			for i := range counted {
				checkCall(t, &counted[i])
			}
		})
	}
}

// once leaves out calls that have another inside: which one counts is the pipeline's choice, that there are two the dialect's.
func once(spans []telemetry.Span) []telemetry.Span {
	has := map[string]bool{}
	for i := range spans {
		if g := spans[i].GenAI; g != nil && g.Counts {
			has[spans[i].TraceID.String()+spans[i].ParentID.String()] = true
		}
	}
	var out []telemetry.Span
	for i := range spans {
		if g := spans[i].GenAI; g != nil && g.Counts && !has[spans[i].TraceID.String()+spans[i].SpanID.String()] {
			out = append(out, spans[i])
		}
	}
	return out
}

func checkCall(t *testing.T, s *telemetry.Span) {
	t.Helper()
	g := s.GenAI
	model := g.RequestModel
	switch {
	case strings.HasSuffix(model, "-fail"):
		if s.Status != telemetry.StatusError || s.ErrorType == "" || g.Usage.Total().Known || g.ResponseModel != "" {
			t.Errorf("%s: a failed call: status %s, error %q, usage %v, answered by %q", s.Name, s.Status, s.ErrorType, g.Usage, g.ResponseModel)
		}
		return
	case strings.HasPrefix(model, "gpt-4o-mini"):
		checkUsage(t, s, "openai", "gpt-4o-mini-2024-07-18", telemetry.Usage{
			Input: telemetry.Known(1200), CacheRead: telemetry.Known(1024), Output: telemetry.Known(34), Reasoning: telemetry.Known(10),
		})
	case strings.HasPrefix(model, "claude-sonnet-4-5"):
		checkUsage(t, s, "anthropic", "claude-sonnet-4-5-20250929", telemetry.Usage{
			Input: telemetry.Known(1300), CacheRead: telemetry.Known(1024), CacheWrite5m: telemetry.Known(60), CacheWrite1h: telemetry.Known(40),
			Output: telemetry.Known(34),
		})
	case model == "text-embedding-3-small":
		if g.Operation != telemetry.OpEmbeddings || g.Provider != "openai" {
			t.Errorf("%s: operation %s of %s", s.Name, g.Operation, g.Provider)
		}
		if in := g.Usage.Input; in.Known && in.Value != 7 {
			t.Errorf("%s: %d tokens, want 7", s.Name, in.Value)
		}
		return
	default:
		t.Errorf("%s: unexpected model %q", s.Name, model)
	}
	if g.Operation != telemetry.OpChat || s.Status != telemetry.StatusOK || s.ErrorType != "" {
		t.Errorf("%s: operation %s, status %s, error %q", s.Name, g.Operation, s.Status, s.ErrorType)
	}
	if g.Streaming && g.Usage.Input.Known && g.TimeToFirstToken.Known && (g.TimeToFirstToken.Value < 1e6 || g.TimeToFirstToken.Value > s.Duration) {
		t.Errorf("%s: time to first token %d of %d ns", s.Name, g.TimeToFirstToken.Value, s.Duration)
	}
	checkMessages(t, s)
}

// checkUsage compares what the client said. No client says everything, but none says anything else; writes to the cache
// whose lifetime is not said are in the first of the two columns.
func checkUsage(t *testing.T, s *telemetry.Span, provider, answeredBy string, want telemetry.Usage) {
	t.Helper()
	g := s.GenAI
	if g.Provider != provider || g.ResponseModel != "" && g.ResponseModel != answeredBy {
		t.Errorf("%s: provider %s, answered by %s", s.Name, g.Provider, g.ResponseModel)
	}
	got := g.Usage
	if got.Input.Value == 4 { // an estimate of the instrumentation's, for a stream without usage
		return
	}
	if got.CacheWrite5m.Value == 100 && !got.CacheWrite1h.Known {
		want.CacheWrite5m, want.CacheWrite1h = telemetry.Known(100), telemetry.Opt{}
	}
	for _, f := range []struct{ got, want *telemetry.Opt }{
		{&got.Input, &want.Input},
		{&got.Output, &want.Output},
		{&got.CacheRead, &want.CacheRead},
		{&got.CacheWrite5m, &want.CacheWrite5m},
		{&got.CacheWrite1h, &want.CacheWrite1h},
		{&got.Reasoning, &want.Reasoning},
		{&got.AudioIn, &want.AudioIn},
		{&got.AudioOut, &want.AudioOut},
	} {
		if !f.got.Known || f.got.Value == 0 {
			*f.got, *f.want = telemetry.Opt{}, telemetry.Opt{}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: usage differs (-want +got):\n%s", s.Name, diff)
	}
	if g.Usage.Output.Known && !g.Usage.Input.Known {
		t.Errorf("%s: output without input", s.Name)
	}
}

func checkMessages(t *testing.T, s *telemetry.Span) {
	t.Helper()
	g := s.GenAI
	if in := g.InputMessages; in != "" && !strings.Contains(in, `"hi`) && !strings.Contains(in, `"weather?"`) {
		t.Errorf("%s: input %s", s.Name, in)
	}
	if out := g.OutputMessages; out != "" && !strings.Contains(out, `"content":"Hello world"`) && !strings.Contains(out, `"name":"get_weather"`) {
		t.Errorf("%s: output %s", s.Name, out)
	}
	if g.SystemInstructions != "" && g.SystemInstructions != `[{"type":"text","content":"be brief"}]` {
		t.Errorf("%s: system %s", s.Name, g.SystemInstructions)
	}
	for _, a := range s.Attributes {
		if strings.Contains(a.Value, "hi there") || strings.Contains(a.Value, "Hello world") || strings.Contains(a.Value, "be brief") {
			t.Errorf("%s: content is still in attribute %s: %s", s.Name, a.Key, a.Value)
		}
	}
}
