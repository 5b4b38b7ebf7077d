package dialect

import "github.com/telltale-dev/telltale/internal/telemetry"

// How a client's input tokens were read, see telemetry.GenAI.UsageSemantics.
const (
	inclusive = "inclusive"
	exclusive = "exclusive"
	assumed   = "assumed"
)

// usage is what a client said of tokens, before it is made comparable.
type usage struct {
	telemetry.Usage
	cacheWrite telemetry.Opt // of all lifetimes
	semantics  string        // where the family knows it
	// thoughts are reasoning tokens that are not part of the output, as Google counts them.
	thoughts bool
	// elsewhere says that another record of the same client carries the numbers of this call.
	elsewhere bool
}

func (u *usage) said() bool { return u.Input.Known || u.Output.Known }

// read takes what a family has not read already.
func (u *usage) read(r *record) {
	for _, f := range [...]struct {
		to   *telemetry.Opt
		keys []key
	}{
		{&u.Input, src.input},
		{&u.Output, src.output},
		{&u.CacheRead, src.cacheRead},
		{&u.cacheWrite, src.cacheWrite},
		{&u.CacheWrite5m, src.cacheWrite5m},
		{&u.CacheWrite1h, src.cacheWrite1h},
		{&u.Reasoning, src.reasoning},
		{&u.AudioIn, src.audioIn},
		{&u.AudioOut, src.audioOut},
	} {
		if !f.to.Known {
			*f.to = r.tokens(f.keys)
		}
	}
}

// settle makes input the whole input and output the whole output, and gives them to the record.
func (u *usage) settle(r *record) {
	u.splitWrites()
	written := u.CacheWrite5m.Value + u.CacheWrite1h.Value
	cached := u.CacheRead.Value + written
	switch {
	case !u.Input.Known && cached == 0:
		u.semantics = ""
	case u.semantics == exclusive, cached > u.Input.Value: // provable
		u.semantics = exclusive
		u.Input = telemetry.Known(u.Input.Value + cached)
	case u.semantics == "" && isInclusive(r.g.Provider):
		u.semantics = inclusive
	case u.semantics == "":
		u.semantics = assumed
	}
	if u.thoughts || u.Output.Known && u.Reasoning.Value > u.Output.Value {
		if u.Output.Known || u.Reasoning.Known {
			u.Output = telemetry.Known(u.Output.Value + u.Reasoning.Value)
		}
	}
	r.g.Usage = u.Usage
	r.g.UsageSemantics = u.semantics
}

// splitWrites puts cache writes whose lifetime the client did not say with those of five minutes, the default.
func (u *usage) splitWrites() {
	if !u.cacheWrite.Known {
		return
	}
	rest := u.cacheWrite.Value - u.CacheWrite5m.Value - u.CacheWrite1h.Value
	if rest > 0 || !u.CacheWrite5m.Known && !u.CacheWrite1h.Known {
		u.CacheWrite5m = telemetry.Known(u.CacheWrite5m.Value + max(rest, 0))
	}
}

// isInclusive knows the providers whose own numbers include the cache, so that no client tells otherwise.
func isInclusive(provider string) bool {
	switch provider {
	case "openai", "azure.ai.openai", "gcp.gemini", "gcp.vertex_ai", "deepseek", "x_ai", "groq":
		return true
	}
	return false
}
