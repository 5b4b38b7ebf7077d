package llm_test

import (
	"fmt"
	"testing"

	"github.com/telltale-dev/telltale/observe/llm"
)

// TestManyModelsAreCountedEach calls more models than are kept at hand, each twice.
func TestManyModelsAreCountedEach(t *testing.T) {
	const models = 300
	tel := newTelemetry(t)
	ctx := tel.in(t.Context())
	for i := range 2 * models {
		_, call := llm.Start(ctx, llm.Call{Provider: "openai", Model: fmt.Sprint("model-", i%models)})
		call.End(llm.Result{Usage: llm.Usage{Input: 5, Output: 3}})
	}
	calls, tokens := tel.series(t, "llm_calls_total"), tel.series(t, "llm_tokens_total")
	if len(calls) != models || len(tokens) != 2*models {
		t.Fatalf("%d models have calls and %d tokens, of %d", len(calls), len(tokens), models)
	}
	for labels, n := range calls {
		if n != 2 {
			t.Errorf("%s counts %v calls", labels, n)
		}
	}
	for labels, n := range tokens {
		if n != 10 && n != 6 {
			t.Errorf("%s counts %v tokens", labels, n)
		}
	}
}
