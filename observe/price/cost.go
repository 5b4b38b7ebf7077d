package price

import (
	"math"
	"math/bits"
	"strings"
)

// kindSet is a set of kinds, a bit each.
type kindSet uint8

const allKinds kindSet = 1<<numKinds - 1

func (s kindSet) has(k Kind) bool { return s&(1<<k) != 0 }

// first is the lowest kind of the set; Input if it is empty.
func (s kindSet) first() Kind { return Kind(bits.TrailingZeros8(uint8(s)) % int(numKinds)) }

// rates are pico-USD a token, by kind.
type rates struct {
	pico   [numKinds]uint64
	stated kindSet // in the file
	known  kindSet // stated, or reasoning charged as output
}

// maxTerm bounds numerator and denominator, so that the product of four factors fits 64 bits.
const maxTerm = 10_000

// factor is an exact fraction.
type factor struct {
	num, den uint64
	kinds    kindSet // for which it is published
}

// named is a factor for a service tier or a region.
type named struct {
	name string // lower case; * is any other region
	factor
}

// plan is what a token costs and what changes that; a row has one, and another where long requests cost more.
type plan struct {
	rates
	batch   factor // zero where the batch API has no price
	tiers   []named
	regions []named
}

// hours is a factor for some hours of some days, in UTC.
type hours struct {
	factor
	days   uint8 // bit 0 is Sunday
	spans  []span
	except []span
	text   string // as in the file
}

// span is a half-open interval: of minutes in a day, or of days since 1970.
type span struct{ from, to int64 }

// row is one line of a price file.
type row struct {
	provider    string
	names       []string
	from, until int64 // Unix seconds
	base, long  plan
	longOver    int64 // 0: the long plan does not exist
	hours       *hours

	source, via string
	lookedUp    int64 // Unix seconds; 0 is not stated
	file        string
	line        int
	version     string
}

// terms are what the cost of a call is computed from.
type terms struct {
	plan   *plan
	tokens [numKinds]uint64
	used   kindSet
	factor factor
}

// quote computes the cost of a call at this price.
func (r *row) quote(c *Call, region string, unix int64) Quote {
	t, q := r.terms(c, region, unix)
	if q.Reason != Priced {
		return q
	}
	total, ok := t.plan.total(&t.tokens, t.used)
	if !ok {
		return Quote{Reason: TooLarge}
	}
	cost, ok := t.factor.of(total)
	if !ok {
		return Quote{Reason: TooLarge}
	}
	return Quote{Cost: cost}
}

// terms finds what is multiplied; the quote says what is missing.
func (r *row) terms(c *Call, region string, unix int64) (terms, Quote) {
	tokens, used, ok := split(&c.Usage)
	if !ok {
		return terms{}, Quote{Reason: BadUsage}
	}
	p := &r.base
	if r.longOver > 0 && c.Usage.Input > r.longOver {
		p = &r.long
	}
	if missing := used &^ p.known; missing != 0 {
		return terms{}, Quote{Reason: UnknownKind, Kind: missing.first()}
	}
	f := factor{num: 1, den: 1, kinds: allKinds}
	if q := p.modify(&f, c, region, used); q.Reason != Priced {
		return terms{}, q
	}
	if r.hours != nil && r.hours.contain(unix) {
		f.multiply(r.hours.factor)
	}
	return terms{p, tokens, used, f}, Quote{}
}

// parts shares a cost out to the kinds of tokens. What rounding leaves over goes to the largest part, so that they add up to it.
func (t *terms) parts(cost Amount) []Part {
	var parts []Part
	largest, left := 0, cost
	for s := t.used; s != 0; s &= s - 1 {
		k := s.first()
		one, _ := t.factor.of(t.tokens[k] * t.plan.pico[k]) // no more than the whole, which fitted
		if parts = append(parts, Part{Kind: k, Tokens: int64(t.tokens[k]), Cost: one}); one > parts[largest].Cost {
			largest = len(parts) - 1
		}
		left -= one
	}
	if len(parts) > 0 {
		parts[largest].Cost += left
	}
	return parts
}

// split sorts the tokens by kind, so that each is counted once. It is not ok where the counts contradict each other.
func split(u *Usage) (tokens [numKinds]uint64, used kindSet, ok bool) {
	in := u.Input
	for _, part := range [...]int64{u.CacheRead, u.CacheWrite5m, u.CacheWrite1h, u.AudioIn} {
		if in -= part; part < 0 || in < 0 {
			return tokens, 0, false
		}
	}
	out := u.Output
	for _, part := range [...]int64{u.Reasoning, u.AudioOut} {
		if out -= part; part < 0 || out < 0 {
			return tokens, 0, false
		}
	}
	if in < 0 || out < 0 {
		return tokens, 0, false
	}
	for k, n := range [numKinds]int64{in, u.CacheRead, u.CacheWrite5m, u.CacheWrite1h, u.AudioIn, out, u.Reasoning, u.AudioOut} {
		tokens[k] = uint64(n)
		if n > 0 {
			used |= 1 << k
		}
	}
	return tokens, used, true
}

// total is the cost before factors.
func (p *plan) total(tokens *[numKinds]uint64, used kindSet) (uint64, bool) {
	var sum, carry uint64
	for s := used; s != 0; s &= s - 1 {
		k := s.first()
		hi, lo := bits.Mul64(tokens[k], p.pico[k])
		if sum, carry = bits.Add64(sum, lo, 0); hi|carry != 0 {
			return 0, false
		}
	}
	return sum, true
}

// modify multiplies f by the factors of service tier, batch and region.
func (p *plan) modify(f *factor, c *Call, region string, used kindSet) Quote {
	tier := plainTier(c.ServiceTier)
	batch := c.Batch
	if strings.EqualFold(tier, "batch") {
		tier, batch = "", true
	}
	if tier != "" {
		t := lookup(p.tiers, tier)
		// No provider publishes a price for a service tier within its batch API.
		if t == nil || batch {
			return Quote{Reason: UnknownTier, Kind: used.first()}
		}
		if missing := used &^ t.kinds; missing != 0 {
			return Quote{Reason: UnknownTier, Kind: missing.first()}
		}
		f.multiply(t.factor)
	}
	if batch {
		if missing := used &^ p.batch.kinds; missing != 0 || p.batch.den == 0 {
			return Quote{Reason: UnknownBatch, Kind: missing.first()}
		}
		f.multiply(p.batch)
	}
	if region != "" && len(p.regions) > 0 {
		r := lookup(p.regions, region)
		if r == nil {
			r = lookup(p.regions, "*")
		}
		if r != nil {
			f.multiply(r.factor)
		}
	}
	return Quote{}
}

// plainTier takes the ways to say "nothing special" and Gemini's prefix out of the name of a service tier.
func plainTier(tier string) string {
	if tier == "" {
		return ""
	}
	const prefix = "SERVICE_TIER_"
	tier, _ = cutPrefixFold(tier, prefix)
	for _, plain := range [...]string{"default", "standard", "normal", "auto", "on_demand", "standard_only", "unspecified"} {
		if strings.EqualFold(tier, plain) {
			return ""
		}
	}
	return tier
}

func lookup(list []named, name string) *named {
	for i := range list {
		if strings.EqualFold(list[i].name, name) {
			return &list[i]
		}
	}
	return nil
}

func (f *factor) multiply(g factor) {
	f.num *= g.num
	f.den *= g.den
}

// of multiplies an amount by the factor, rounded to the nearest, halves up.
func (f *factor) of(total uint64) (Amount, bool) {
	if f.num != f.den {
		hi, lo := bits.Mul64(total, f.num)
		lo, carry := bits.Add64(lo, f.den/2, 0)
		if hi += carry; hi >= f.den {
			return 0, false
		}
		total, _ = bits.Div64(hi, lo, f.den)
	}
	if total > math.MaxInt64 {
		return 0, false
	}
	return Amount(total), true
}

// contain reports whether a moment is in the hours.
func (h *hours) contain(unix int64) bool {
	const day = 24 * 60 * 60
	d := unix / day
	if unix%day < 0 {
		d--
	}
	weekday := ((d+4)%7 + 7) % 7 // 1970-01-01 was a Thursday
	if h.days&(1<<weekday) == 0 {
		return false
	}
	for _, e := range h.except {
		if e.from <= d && d < e.to {
			return false
		}
	}
	minute := (unix - d*day) / 60
	for _, s := range h.spans {
		if s.from <= minute && minute < s.to {
			return true
		}
	}
	return false
}
