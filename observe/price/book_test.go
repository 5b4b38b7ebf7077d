package price

import (
	"errors"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var autumn = time.Date(2026, 10, 20, 12, 0, 0, 0, time.UTC)

func mustParse(t testing.TB, text string) *Book {
	t.Helper()
	b, err := Parse("own.prices", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestOwnFileGoesFirst(t *testing.T) {
	own := mustParse(t, `
		provider openai
		price gpt-4o-mini from 2026-10-01 until 2026-11-01 in 0.10 read 0.05 out 0.40   # negotiated, October only
		price gpt-4o-foo in 1 out 2
		provider home
		price * in 0 out 0
		provider gateway
		route * openai`)
	book := Default().With(own)
	usage := Usage{Input: 1_000_000, Output: 1_000_000}
	for _, test := range []struct {
		name            string
		provider, model string
		time            time.Time
		want            string
	}{
		{"own price in its time", "openai", "gpt-4o-mini", autumn, "0.5"},
		{"own price for a snapshot", "openai", "gpt-4o-mini-2024-07-18", autumn, "0.5"},
		{"table before it", "openai", "gpt-4o-mini", autumn.AddDate(0, -1, 0), "0.75"},
		{"table after it", "openai", "gpt-4o-mini", autumn.AddDate(0, 1, 0), "0.75"},
		{"model the table lacks", "openai", "gpt-4o-foo", autumn, "3"},
		{"model the own file lacks", "openai", "gpt-4o", autumn, "12.5"},
		{"provider of one's own", "home", "llama-3.3-70b", autumn, "0"},
		{"route into both", "gateway", "gpt-4o-mini", autumn, "0.5"},
		{"route into the table", "gateway", "gpt-4.1", autumn, "10"},
		{"neither", "openai", "gpt-4o-bar", autumn, "unknown"},
	} {
		cost, _, ok := book.Cost(Call{Provider: test.provider, Model: test.model, Time: test.time, Usage: usage})
		got := cost.String()
		if !ok {
			got = "unknown"
		}
		if got != test.want {
			t.Errorf("%s: %s/%s costs %s, want %s", test.name, test.provider, test.model, got, test.want)
		}
	}
	if cost, _, _ := Default().Cost(Call{Provider: "openai", Model: "gpt-4o-mini", Time: autumn, Usage: usage}); cost.String() != "0.75" {
		t.Errorf("With changed the book it was called on: %s", cost)
	}
	if Default().With(nil) != Default() {
		t.Error("With(nil) is another book")
	}
}

func TestLongestPatternWins(t *testing.T) {
	book := mustParse(t, `
		provider p
		price m-*          in 1 out 1
		price m-large-*    in 2 out 2
		price m-large-xl   in 3 out 3
		price m-large-xl-2026-05-01 in 4 out 4`)
	for model, want := range map[string]string{
		"m-small":               "0.000001",
		"m-large-s":             "0.000002",
		"m-large-xl":            "0.000003",
		"m-large-xl-2026-04-01": "0.000003",
		"m-large-xl@20260401":   "0.000003",
		"m-large-xl-2026-05-01": "0.000004",
		"M-Large-XL":            "0.000003",
	} {
		cost, _, ok := book.Cost(Call{Provider: "p", Model: model, Time: autumn, Usage: Usage{Input: 1}})
		if !ok || cost.String() != want {
			t.Errorf("%s costs %s, want %s", model, cost, want)
		}
	}
	for _, model := range []string{"m", "n-small", "", strings.Repeat("m-", 1000)} {
		if cost, _, ok := book.Cost(Call{Provider: "p", Model: model, Time: autumn}); ok {
			t.Errorf("%.20q costs %s, want unknown", model, cost)
		}
	}
}

func TestPromotionEndsAndTheOldPriceIsBack(t *testing.T) {
	book := mustParse(t, `
		provider p
		price m from 2026-01-01 in 4 out 8
		price m from 2026-03-01 until 2026-04-01 in 2 out 4`)
	for day, want := range map[string]string{
		"2026-02-28": "0.000004", "2026-03-01": "0.000002", "2026-03-31": "0.000002", "2026-04-01": "0.000004",
	} {
		at, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		if cost, _, ok := book.Cost(Call{Provider: "p", Model: "m", Time: at, Usage: Usage{Input: 1}}); !ok || cost.String() != want {
			t.Errorf("on %s: %s, want %s", day, cost, want)
		}
	}
}

func TestRoundsOnceToTheNearest(t *testing.T) {
	book := mustParse(t, `
		provider p
		price half  in 0.000001 out 0.000003 batch 1/2
		price third in 0.000001 out 0.000001 tier:slow 1/3 tier:fast 2/3
		price exact in 0.000001 out 0.000001 tier:x 3/3 region:us 1.1`)
	for _, test := range []struct {
		call Call
		want Amount
	}{
		{Call{Model: "half", Batch: true, Usage: Usage{Input: 1}}, 1},            // 0.5
		{Call{Model: "half", Batch: true, Usage: Usage{Input: 2}}, 1},            // 1
		{Call{Model: "half", Batch: true, Usage: Usage{Input: 1, Output: 1}}, 2}, // 4/2, not 1 + 2
		{Call{Model: "half", Batch: true, Usage: Usage{Input: 3}}, 2},            // 1.5
		{Call{Model: "third", ServiceTier: "slow", Usage: Usage{Input: 1}}, 0},   // 0.33
		{Call{Model: "third", ServiceTier: "fast", Usage: Usage{Input: 1}}, 1},   // 0.67
		{Call{Model: "third", ServiceTier: "slow", Usage: Usage{Input: 3}}, 1},   // 1
		{Call{Model: "exact", ServiceTier: "x", Usage: Usage{Input: 7}}, 7},      // 7
		{Call{Model: "exact", Region: "us", Usage: Usage{Input: 5}}, 6},          // 5.5
		{Call{Model: "exact", Region: "us", Usage: Usage{Input: 4}}, 4},          // 4.4
	} {
		test.call.Provider, test.call.Time = "p", autumn
		if cost, _, ok := book.Cost(test.call); !ok || cost != test.want {
			t.Errorf("%+v: %d pico-USD, ok %t; want %d", test.call, cost, ok, test.want)
		}
	}
}

func TestReasoningHasItsOwnPriceOrThatOfOutput(t *testing.T) {
	book := mustParse(t, `
		provider p
		price own  in 1 out 2 reasoning 5
		price none in 1 out 2`)
	for model, want := range map[string]string{"own": "0.000054", "none": "0.000024"} {
		usage := Usage{Input: 2, Output: 11, Reasoning: 10} // 2·1 + 1·2 + 10·5, and 2·1 + 11·2
		if cost, _, ok := book.Cost(Call{Provider: "p", Model: model, Time: autumn, Usage: usage}); !ok || cost.String() != want {
			t.Errorf("%s: %s, want %s", model, cost, want)
		}
	}
}

func TestLargeCostsAreExactOrUnknown(t *testing.T) {
	book := mustParse(t, `
		provider p
		price cheap in 0.000001 out 0.000001 batch 1/2 tier:more 10000
		price dear  in 999999999 read 999999999 out 1`)
	for _, test := range []struct {
		call Call
		want Amount
		ok   bool
	}{
		{Call{Model: "cheap", Usage: Usage{Input: math.MaxInt64}}, math.MaxInt64, true},
		{Call{Model: "cheap", Usage: Usage{Input: math.MaxInt64, Output: 1}}, 0, false},
		{Call{Model: "cheap", Usage: Usage{Input: math.MaxInt64, Output: math.MaxInt64}, Batch: true}, math.MaxInt64, true},
		{Call{Model: "cheap", Usage: Usage{Input: math.MaxInt64}, ServiceTier: "more"}, 0, false},
		{Call{Model: "dear", Usage: Usage{Input: math.MaxInt64}}, 0, false},
		{Call{Model: "dear", Usage: Usage{Input: 9000}}, 8_999_999_991_000_000_000, true},
		{Call{Model: "dear", Usage: Usage{Input: 20000, CacheRead: 10000}}, 0, false},
	} {
		test.call.Provider, test.call.Time = "p", autumn
		cost, _, ok := book.Cost(test.call)
		if ok != test.ok || cost != test.want {
			t.Errorf("%+v: %d, ok %t; want %d, %t", test.call, cost, ok, test.want, test.ok)
		}
	}
}

func TestQuoteNamesWhatIsMissing(t *testing.T) {
	book := Default()
	for _, test := range []struct {
		call   Call
		reason Reason
		kind   Kind
	}{
		{Call{Provider: "openai", Model: "gpt-5-pro", Usage: Usage{Input: 10, CacheRead: 1}}, UnknownKind, CacheRead},
		{Call{Provider: "openai", Model: "gpt-4o-mini", Usage: Usage{Input: 10, CacheRead: 1}, Batch: true}, UnknownBatch, CacheRead},
		{Call{Provider: "openai", Model: "o3", Usage: Usage{Input: 10, CacheRead: 1}, ServiceTier: "flex"}, UnknownTier, CacheRead},
		{Call{Provider: "openai", Model: "gpt-6-sol", ServiceTier: "warp"}, UnknownTier, Input},
	} {
		test.call.Time = autumn
		q := book.Quote(test.call)
		if q.Reason != test.reason || q.Kind != test.kind || q.Version == "" || q.Cost != 0 {
			t.Errorf("%+v: %+v, want %s for %s and the price that was found", test.call, q, test.reason, test.kind)
		}
	}
}

func TestZeroTimeIsNow(t *testing.T) {
	book := mustParse(t, `
		provider p
		price past   from 2020-01-01 in 1 out 1
		price future from 2999-01-01 in 1 out 1`)
	if _, _, ok := book.Cost(Call{Provider: "p", Model: "past"}); !ok {
		t.Error("a price in force is not found for a call without a time")
	}
	if _, _, ok := book.Cost(Call{Provider: "p", Model: "future"}); ok {
		t.Error("a price of the future is charged now")
	}
}

func TestZeroBookHasNoPrices(t *testing.T) {
	var book Book
	if _, _, ok := book.Cost(Call{Provider: "openai", Model: "gpt-4o"}); ok || len(book.Prices()) != 0 {
		t.Error("the zero book has prices")
	}
}

func TestPricesShowWhatTheFileSays(t *testing.T) {
	book := mustParse(t, `
source https://example.com/pricing looked-up 2026-10-24 via https://example.com/notes
provider p other
apply batch 1/2
price m,m-latest from 2026-01-01 until 2027-01-01 in 3 read 0.3 out 15 tier:fast 2:in,out region:us 1.1
  over 200000 in 6 out 22.5 tier:fast none
  hours 2 Mon-Fri 01:00-04:00`)
	day := func(y, m, d int) time.Time { return time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC) }
	want := []Price{{
		Provider: "p", Pattern: "m", Aliases: []string{"m-latest"},
		From: day(2026, 1, 1), Until: day(2027, 1, 1),
		Rates: []Rate{{Input, 3_000_000}, {CacheRead, 300_000}, {Output, 15_000_000}},
		Modifiers: []Modifier{
			{Name: "batch", Factor: "1/2"},
			{Name: "tier:fast", Factor: "2", Kinds: []Kind{Input, Output}},
			{Name: "region:us", Factor: "11/10"},
		},
		LongOver:      200_000,
		LongRates:     []Rate{{Input, 6_000_000}, {Output, 22_500_000}},
		LongModifiers: []Modifier{{Name: "batch", Factor: "1/2"}, {Name: "region:us", Factor: "11/10"}},
		Hours:         "2 Mon-Fri 01:00-04:00",
		Source:        "https://example.com/pricing", Via: "https://example.com/notes", LookedUp: day(2026, 10, 24),
		File: "own.prices", Line: 5,
	}}
	got := book.Prices()
	if len(got) != 1 || !strings.HasPrefix(got[0].Version, "p/m@2026-01-01#") {
		t.Fatalf("prices: %+v", got)
	}
	_, version, _ := book.Cost(Call{Provider: "OTHER", Model: "m-latest", Time: autumn, Usage: Usage{Input: 1}})
	if version != got[0].Version {
		t.Errorf("version of the cost %q, of the price %q", version, got[0].Version)
	}
	got[0].Version = ""
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("prices (-want +got):\n%s", diff)
	}
}

func TestInForceListsWhatIsCharged(t *testing.T) {
	book := mustParse(t, `
		provider p
		price old,new from 2026-01-01 in 4
		price new     from 2026-09-01 in 3
		price old,new from 2026-10-01 in 2
		price gone    from 2026-01-01 until 2026-10-01 in 1
		price later   from 2999-01-01 in 1
		price any-*   from 2026-01-01 in 1
		price sold    from 2026-01-01 in 9`).With(mustParse(t, "provider p\nprice sold from 2026-10-01 in 8\n"))
	for day, want := range map[string][]string{
		"2026-09-30": {"any-* 1", "gone 1", "new 3", "old 4", "sold 9"},
		"2026-10-01": {"sold 8", "any-* 1", "old 2"},
	} {
		at, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, p := range book.InForce(at) {
			got = append(got, p.Pattern+" "+p.Rates[0].PerMillion())
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("in force on %s (-want +got):\n%s", day, diff)
		}
	}
}

func TestVersionTellsChangesOfThePrice(t *testing.T) {
	const original = "provider p\nprice m from 2026-01-01 in 3 out 15 batch 1/2\n"
	version := func(text string) string { return mustParse(t, text).Prices()[0].Version }
	same := version("source https://example.com looked-up 2026-10-24\n# moved\n" + original)
	if same != version(original) {
		t.Error("version changes with the source and the line, which do not change any cost")
	}
	for _, changed := range []string{
		strings.Replace(original, "out 15", "out 15.000001", 1),
		strings.Replace(original, "1/2", "1/3", 1),
		strings.Replace(original, "in 3", "read 3", 1),
		original + "over 200000 in 6 out 30\n",
		original + "hours 2 daily 01:00-02:00\n",
	} {
		if version(changed) == version(original) {
			t.Errorf("version does not change with %q", changed)
		}
	}
}

func TestBookIsSafeForConcurrentUse(t *testing.T) {
	book := Default().With(mustParse(t, "provider openai\nprice gpt-4o-mini in 1 out 1\n"))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				book.Cost(Call{Provider: "openai", Model: "GPT-4o-mini", Time: autumn, Usage: Usage{Input: 5}})
				book.With(Default()).Cost(Call{Provider: "OpenRouter", Model: "OpenAI/gpt-4o", Time: autumn, Usage: Usage{Input: 5}})
			}
			book.Prices()
		})
	}
	wg.Wait()
}

func TestCostDoesNotAllocate(t *testing.T) {
	book := Default()
	for _, call := range []Call{
		{Provider: "anthropic", Model: "claude-opus-5-5"},
		{Provider: "openai", Model: "gpt-4o-mini-2024-07-18"},
		{Provider: "aws.bedrock", Model: "us.anthropic.claude-haiku-4-5-20251001-v1:0"},
		{Provider: "together_ai", Model: "meta-llama/Llama-3.3-70B-Instruct-Turbo"},
		{Provider: "openrouter", Model: "anthropic/claude-opus-5.5"},
	} {
		call.Time, call.Usage = autumn, Usage{Input: 1200, Output: 34}
		if n := testing.AllocsPerRun(100, func() { book.Cost(call) }); n != 0 {
			t.Errorf("%s/%s: %v allocations", call.Provider, call.Model, n)
		}
	}
}

func TestAmountString(t *testing.T) {
	for amount, want := range map[Amount]string{
		0: "0", 1: "0.000000000001", 2_208_800_000: "0.0022088", 1_000_000_000_000: "1", -1_500_000_000_000: "-1.5",
		1_000_000_000_001: "1.000000000001", math.MaxInt64: "9223372.036854775807", math.MinInt64: "-9223372.036854775808",
	} {
		if got := amount.String(); got != want {
			t.Errorf("%d: %q, want %q", int64(amount), got, want)
		}
	}
}

// Every mistake is reported with its line, what is wrong, and what would be right.
func TestParseErrors(t *testing.T) {
	const head = "provider p\n"
	for _, test := range []struct{ name, text, want string }{
		{"comma", head + "price m in 0,15", `own.prices:2: price "0,15" has a comma: 0.15`},
		{"currency", head + "price m in $4", `own.prices:2: price "$4" has a currency sign: leave the sign out: 4`},
		{"negative", head + "price m in -4", `own.prices:2: price "-4" is negative: write USD for one million tokens, as 0.15 or 4`},
		{"exponent", head + "price m in 4e-6", `own.prices:2: price "4e-6" is not a number: write USD for one million tokens, as 0.15 or 4`},
		{"too fine", head + "price m in 0.0000001", `own.prices:2: price "0.0000001" has more than six decimals: six decimals are one pico-USD a token, the smallest price`},
		{"unknown word", head + "price m in 1 outt 2", `own.prices:2: unknown word "outt": did you mean "out"?`},
		{"unknown statement", head + "prise m in 1", `own.prices:2: unknown statement "prise": did you mean "price"?`},
		{"no provider", "price m in 1", `own.prices:1: price stands before any provider: begin with provider NAME`},
		{"no value", head + "price m in 1 out", `own.prices:2: "out" has no value: each word has a value after it: in 0.15`},
		{"twice", head + "price m in 1 in 2", `own.prices:2: "in" stands there twice: write it once`},
		{"no numbers", head + "price m from 2026-01-01", `own.prices:2: the price has no numbers: write at least in and out; 0 is free`},
		{"date", head + "price m from 22.09.2026 in 1", `own.prices:2: "22.09.2026" is not a date: write 2026-09-22, or 2026-08-16T16:00Z where the hour matters`},
		{"ends first", head + "price m from 2026-02-01 until 2026-01-01 in 1", `own.prices:2: the price ends before it begins: let until be later than from`},
		{"same day", head + "price m from 2026-02-01 in 1\nprice m,n from 2026-02-01 in 2", `own.prices:3: m has a price from the same day in line 2: change from, or remove one of the two`},
		{"star inside", head + "price gpt-*-mini in 1", `own.prices:2: "gpt-*-mini" has a * inside: let * stand at the end: gpt-4o-*`},
		{"factor", head + "price m in 1 batch half", `own.prices:2: factor "half" is not a number: write a whole number, a fraction or up to three decimals: 2, 1/2, 1.1; none takes it away`},
		{"factor zero", head + "price m in 1 batch 1/0", `own.prices:2: factor "1/0" has a zero: write a whole number, a fraction or up to three decimals: 2, 1/2, 1.1; none takes it away`},
		{"factor kinds", head + "price m in 1 batch 1/2:in,ot", `own.prices:2: unknown kind of token "ot": did you mean "out"?`},
		{"plain tier", head + "price m in 1 tier:default 1", `own.prices:2: "tier:default" is no special tier: the price itself is for that`},
		{"over alone", head + "over 5 in 1", `own.prices:2: over belongs to a price, once: write over 200000 in 6 out 22.5 below a price, or over 200000 unknown`},
		{"over number", head + "price m in 1\nover 200k in 1", `own.prices:3: "200k" is not a number of tokens: write over 200000 in 6 out 22.5 below a price, or over 200000 unknown`},
		{"hours", head + "price m in 1\nhours 2 Mon-Fri 1-4", `own.prices:3: "1-4" is no span of hours within a day: write hours 2 Mon-Fri 01:00-04:00,06:00-10:00, in UTC`},
		{"days", head + "price m in 1\nhours 2 weekdays 01:00-04:00", `own.prices:3: "weekdays" names no days: write daily, Sun or Mon-Fri`},
		{"source", "source https://example.com looked-up", `own.prices:1: source is not complete: write source URL looked-up 2026-10-24, and via URL where it was read elsewhere`},
		{"provider twice", "provider a b\nprovider c b", `own.prices:2: "b" is a name of provider a already: use one name for one provider`},
		{"apply a price", head + "apply in 1", `own.prices:2: "in" is no factor: batch, tier:NAME or region:NAME`},
		{"binary", head + "price m\x00 in 1", `own.prices:2: line is not text: save the file as UTF-8`},
		{"line too long", head + "#" + strings.Repeat("x", maxLine), `own.prices:2: line is too long: at most 4096 bytes; a price may stand on more than one line under several names`},
		{"file too long", strings.Repeat("#\n", maxFile/2+1), `own.prices:0: file has 4194306 bytes: at most 4 MiB`},
	} {
		book, err := Parse("own.prices", []byte(test.text))
		var syntax *SyntaxError
		switch {
		case err == nil || book != nil:
			t.Errorf("%s: no error", test.name)
		case !errors.As(err, &syntax):
			t.Errorf("%s: %v is no SyntaxError", test.name, err)
		case syntax.Error() != test.want:
			t.Errorf("%s:\n got %s\nwant %s", test.name, syntax, test.want)
		}
	}
}

func TestParseReportsAllMistakes(t *testing.T) {
	_, err := Parse("own.prices", []byte("provider p\nprice m in 0,15\nprice n in 1 outt 2\nprice o in 1 out 2\n"))
	if err == nil || strings.Count(err.Error(), "\n") != 1 || !strings.Contains(err.Error(), "own.prices:3:") {
		t.Errorf("error: %v; want both mistakes, a line each", err)
	}
	_, err = Parse("own.prices", []byte(strings.Repeat("nonsense\n", 1000)))
	if n := strings.Count(err.Error(), "\n") + 1; n != maxErrors {
		t.Errorf("%d mistakes reported, want %d", n, maxErrors)
	}
}
