package price

import (
	"net/url"
	"strings"
	"testing"
	"time"
)

// The embedded table: everything in it has a source and a date, and can be reached by the name it is listed under.
func TestTableStatesItsSources(t *testing.T) {
	newest := time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	versions := map[string]int{}
	for _, p := range Default().Prices() {
		at := p.File + ":" + p.Pattern
		for what, link := range map[string]string{"source": p.Source, "via": p.Via} {
			if u, err := url.Parse(link); err != nil || link != "" && u.Scheme != "https" || what == "source" && link == "" {
				t.Errorf("%s (line %d): %s %q is no link", at, p.Line, what, link)
			}
		}
		if p.LookedUp.IsZero() || p.LookedUp.After(newest) {
			t.Errorf("%s (line %d): looked up %s", at, p.Line, p.LookedUp)
		}
		if p.From.IsZero() {
			t.Errorf("%s (line %d): no date from which it is in force", at, p.Line)
		}
		if strings.Contains(p.Provider, "/") || p.Provider != strings.ToLower(p.Provider) {
			t.Errorf("%s (line %d): provider %q", at, p.Line, p.Provider)
		}
		if line, twice := versions[p.Version]; twice {
			t.Errorf("%s (line %d): version %s is that of line %d", at, p.Line, p.Version, line)
		}
		versions[p.Version] = p.Line
	}
	if len(versions) < 250 {
		t.Errorf("%d prices in the table", len(versions))
	}
}

func TestTableAnswersToItsNames(t *testing.T) {
	book := Default()
	for _, p := range book.Prices() {
		for _, name := range append([]string{p.Pattern}, p.Aliases...) {
			model := strings.ReplaceAll(name, "*", "x")
			q := book.Quote(Call{Provider: p.Provider, Model: model, Time: p.From})
			if q.Version != p.Version {
				t.Errorf("line %d: %s/%s on %s finds %q, want %q", p.Line, p.Provider, model, p.From.Format(time.DateOnly), q.Version, p.Version)
			}
		}
	}
}

// A price that no provider would publish is a slip of the pen: reading a cache dearer than reading anew, output cheaper
// than input, a price in cents or per thousand tokens.
func TestTableIsPlausible(t *testing.T) {
	for _, p := range Default().Prices() {
		for _, rates := range [][]Rate{p.Rates, p.LongRates} {
			by := map[Kind]Amount{}
			for _, r := range rates {
				by[r.Kind] = r.PerToken
				if usd := r.PerToken.USD() * 1e6; usd > 600 || usd < 0.001 {
					t.Errorf("line %d: %s %s: %v USD a million %s tokens", p.Line, p.Provider, p.Pattern, usd, r.Kind)
				}
			}
			if len(rates) == 0 {
				continue
			}
			in, ok := by[Input]
			if !ok || by[CacheRead] >= in {
				t.Errorf("line %d: %s %s: input %v, cached %v", p.Line, p.Provider, p.Pattern, in, by[CacheRead])
			}
			if out, ok := by[Output]; ok && out < in {
				t.Errorf("line %d: %s %s: input %v, output %v", p.Line, p.Provider, p.Pattern, in, out)
			}
			if w := by[CacheWrite1h]; w > 0 && w <= by[CacheWrite5m] {
				t.Errorf("line %d: %s %s: cache written for five minutes %v, for an hour %v", p.Line, p.Provider, p.Pattern, by[CacheWrite5m], w)
			}
		}
	}
}

func TestTableRoutesLeadSomewhere(t *testing.T) {
	for _, l := range Default().layers {
		for name, s := range l.sections {
			for _, r := range s.routes {
				if target := l.sections[r.provider]; target == nil || len(target.names) == 0 {
					t.Errorf("%s: route %s leads to %q, which has no prices", name, r.prefix, r.provider)
				}
			}
		}
	}
}

// The providers the product promises, by the names of gen_ai.provider.name.
func TestTableHasTheProviders(t *testing.T) {
	rows := map[string]int{}
	for _, p := range Default().Prices() {
		rows[p.Provider]++
	}
	for _, provider := range []string{
		"openai", "anthropic", "gcp.gemini", "gcp.vertex_ai", "mistral_ai", "deepseek", "x_ai", "cohere", "azure.ai.openai",
		"aws.bedrock", "groq", "together_ai", "fireworks", "meta",
	} {
		if rows[provider] == 0 {
			t.Errorf("no price of %s", provider)
		}
	}
}
