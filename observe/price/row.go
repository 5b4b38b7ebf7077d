package price

import (
	"fmt"
	"hash/fnv"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// always is the beginning of a price that is not known to begin.
const always = math.MinInt64

func (p *parser) parseRow(args []string) *problem {
	p.row = nil
	if len(args) == 0 {
		return wrong("write price gpt-4o-mini in 0.15 out 0.60", "price names no model")
	}
	r := &row{
		provider: p.section.provider, names: strings.Split(args[0], ","),
		from: always, until: forever,
		source: p.source, via: p.via, lookedUp: p.lookedUp, file: p.file, line: p.line,
	}
	args = args[1:]
	for len(args) >= 2 && (args[0] == "from" || args[0] == "until") {
		t, problem := parseTime(args[1])
		if problem != nil {
			return problem
		}
		if args[0] == "from" {
			r.from = t
		} else {
			r.until = t
		}
		args = args[2:]
	}
	if r.until <= r.from {
		return wrong("let until be later than from", "the price ends before it begins")
	}
	r.base = p.apply
	r.base.tiers, r.base.regions = slices.Clone(p.apply.tiers), slices.Clone(p.apply.regions)
	if problem := p.parsePlan(&r.base, args, true); problem != nil {
		return problem
	}
	if r.base.stated == 0 {
		return wrong("write at least in and out; 0 is free", "the price has no numbers")
	}
	if problem := p.enter(r); problem != nil {
		return problem
	}
	p.layer.rows = append(p.layer.rows, r)
	p.row = r
	return nil
}

// parsePlan reads prices and factors, each a word and a value.
func (p *parser) parsePlan(to *plan, args []string, prices bool) *problem {
	seen := map[string]bool{}
	for ; len(args) > 0; args = args[2:] {
		word := args[0]
		if len(args) == 1 {
			return wrong("each word has a value after it: in 0.15", "%q has no value", word)
		}
		if seen[word] {
			return wrong("write it once", "%q stands there twice", word)
		}
		seen[word] = true
		var problem *problem
		if isFactor(word) {
			problem = to.setFactor(word, args[1])
		} else {
			problem = to.setRate(word, args[1], prices)
		}
		if problem != nil {
			return problem
		}
	}
	to.known = to.stated
	if to.stated.has(Output) && !to.stated.has(Reasoning) {
		to.pico[Reasoning] = to.pico[Output]
		to.known |= 1 << Reasoning
	}
	return nil
}

func isFactor(word string) bool {
	return word == "batch" || strings.HasPrefix(word, "tier:") || strings.HasPrefix(word, "region:")
}

func (p *plan) setRate(word, value string, prices bool) *problem {
	if !prices {
		return wrong("batch, tier:NAME or region:NAME", "%q is no factor", word)
	}
	k, problem := parseKind(word)
	if problem != nil {
		words := append(slices.Clone(kindWords[:]), "batch", "tier:NAME", "region:NAME")
		return wrong(didYouMean(word, words), "unknown word %q", word)
	}
	n, problem := parsePrice(value)
	if problem != nil {
		return problem
	}
	p.pico[k] = n
	p.stated |= 1 << k
	return nil
}

func (p *plan) setFactor(word, value string) *problem {
	f, problem := parseFactor(value)
	if problem != nil {
		return problem
	}
	if word == "batch" {
		p.batch = f
		return nil
	}
	what, list, _ := strings.Cut(word, ":")
	for name := range strings.SplitSeq(list, ",") {
		switch {
		case name == "":
			return wrong("write "+what+":NAME", "%q has no name", word)
		case what == "region" && f.kinds != allKinds && f.den != 0:
			return wrong("regions change every kind", "%q is limited to kinds of tokens", word)
		case what == "tier" && plainTier(name) == "":
			return wrong("the price itself is for that", "%q is no special tier", word)
		}
		name = strings.ToLower(name)
		if what == "tier" {
			p.tiers = setNamed(p.tiers, name, f)
		} else {
			p.regions = setNamed(p.regions, name, f)
		}
	}
	return nil
}

// setNamed replaces, adds or, where the factor is none, removes.
func setNamed(list []named, name string, f factor) []named {
	list = slices.DeleteFunc(list, func(n named) bool { return n.name == name })
	if f.den == 0 {
		return list
	}
	return append(list, named{name, f})
}

// enter puts a row into the index of its section.
func (p *parser) enter(r *row) *problem {
	for _, name := range r.names {
		switch star := strings.IndexByte(name, '*'); {
		case name == "":
			return wrong("join names with single commas", "a name is empty")
		case len(name) > maxModelName:
			return wrong("at most 512 bytes", "a name is too long")
		case star >= 0 && star < len(name)-1:
			return wrong("let * stand at the end: gpt-4o-*", "%q has a * inside", name)
		case star >= 0:
			prefix := strings.ToLower(name[:star])
			i := slices.IndexFunc(p.section.wild, func(w wildcard) bool { return w.prefix == prefix })
			if i < 0 {
				if i = len(p.section.wild); i >= maxWildcards {
					return wrong("write names without *, or fewer", "provider %s has more than %d patterns with *", p.section.provider, maxWildcards)
				}
				p.section.wild = append(p.section.wild, wildcard{prefix, new(history)})
			}
			if problem := p.section.wild[i].rows.add(name, r); problem != nil {
				return problem
			}
		default:
			h := p.section.names[strings.ToLower(name)]
			if h == nil {
				h = new(history)
			}
			p.section.names[strings.ToLower(name)], p.section.names[name] = h, h
			p.section.lengths |= lengthBit(name) | lengthBit(strings.ToLower(name))
			if problem := h.add(name, r); problem != nil {
				return problem
			}
		}
	}
	return nil
}

// add keeps a history in the order in which its prices begin.
func (h *history) add(name string, r *row) *problem {
	i, found := slices.BinarySearchFunc(*h, r.from, func(x *row, from int64) int {
		switch {
		case x.from < from:
			return -1
		case x.from > from:
			return 1
		}
		return 0
	})
	if found {
		return wrong("change from, or remove one of the two", "%s has a price from the same day in line %d", name, (*h)[i].line)
	}
	*h = slices.Insert(*h, i, r)
	return nil
}

func (p *parser) parseOver(args []string) *problem {
	const hint = "write over 200000 in 6 out 22.5 below a price, or over 200000 unknown"
	if p.row == nil || p.row.longOver > 0 {
		return wrong(hint, "over belongs to a price, once")
	}
	if len(args) == 0 {
		return wrong(hint, "over has no number of tokens")
	}
	n, ok := digits(args[0])
	if !ok || len(args[0]) > 12 || n == 0 {
		return wrong(hint, "%q is not a number of tokens", args[0])
	}
	long := p.row.base
	long.rates = rates{}
	long.tiers, long.regions = slices.Clone(long.tiers), slices.Clone(long.regions)
	if len(args) != 2 || args[1] != "unknown" {
		if problem := p.parsePlan(&long, args[1:], true); problem != nil {
			return problem
		}
		if long.stated == 0 {
			return wrong(hint, "over has no prices")
		}
	}
	p.row.longOver, p.row.long = int64(n), long
	return nil
}

func (p *parser) parseHours(args []string) *problem {
	if p.row == nil || p.row.hours != nil {
		return wrong("write hours below a price", "hours belong to a price, once")
	}
	if len(args) != 3 && (len(args) != 5 || args[3] != "except") {
		return wrong(hoursHint, "hours are not complete")
	}
	h := &hours{text: strings.Join(args, " ")}
	var problem *problem
	if h.factor, problem = parseFactor(args[0]); problem != nil {
		return problem
	}
	if h.den == 0 || h.kinds != allKinds {
		return wrong(hoursHint, "hours take a plain factor, not %q", args[0])
	}
	if h.days, problem = parseDays(args[1]); problem != nil {
		return problem
	}
	if h.spans, problem = parseSpans(args[2]); problem != nil {
		return problem
	}
	if len(args) == 5 {
		if h.except, problem = parseDates(args[4]); problem != nil {
			return problem
		}
	}
	p.row.hours = h
	return nil
}

// fingerprint names the row and its content.
func (r *row) fingerprint() string {
	p := r.price()
	content := fmt.Sprint(r.names, r.from, r.until, p.Rates, p.Modifiers, p.LongOver, p.LongRates, p.LongModifiers, p.Hours)
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(content)) // a hash does not fail
	from := "always"
	if r.from != always {
		from = stamp(r.from)
	}
	return fmt.Sprintf("%s/%s@%s#%08x", r.provider, r.names[0], from, sum.Sum32())
}

// stamp writes a day, or a minute where the time is not midnight.
func stamp(unix int64) string {
	t := time.Unix(unix, 0).UTC()
	if t.Hour() == 0 && t.Minute() == 0 {
		return t.Format(time.DateOnly)
	}
	return t.Format("2006-01-02T15:04Z")
}

// price is the row as others see it.
func (r *row) price() Price {
	p := Price{
		Provider: r.provider, Pattern: r.names[0], Aliases: slices.Clone(r.names[1:]),
		Rates: r.base.list(), Modifiers: r.base.modifiers(),
		Source: r.source, Via: r.via, File: r.file, Line: r.line, Version: r.version,
	}
	if r.from != always {
		p.From = time.Unix(r.from, 0).UTC()
	}
	if r.until != forever {
		p.Until = time.Unix(r.until, 0).UTC()
	}
	if r.lookedUp != 0 {
		p.LookedUp = time.Unix(r.lookedUp, 0).UTC()
	}
	if r.longOver > 0 {
		p.LongOver, p.LongRates, p.LongModifiers = r.longOver, r.long.list(), r.long.modifiers()
	}
	if r.hours != nil {
		p.Hours = r.hours.text
	}
	return p
}

func (r *rates) list() []Rate {
	var list []Rate
	for k := range numKinds {
		if r.stated.has(k) {
			list = append(list, Rate{Kind: k, PerToken: Amount(r.pico[k])})
		}
	}
	return list
}

func (p *plan) modifiers() []Modifier {
	var list []Modifier
	if p.batch.den != 0 {
		list = append(list, p.batch.modifier("batch"))
	}
	for _, t := range p.tiers {
		list = append(list, t.modifier("tier:"+t.name))
	}
	for _, r := range p.regions {
		list = append(list, r.modifier("region:"+r.name))
	}
	return list
}

func (f factor) modifier(name string) Modifier {
	m := Modifier{Name: name, Factor: strconv.FormatUint(f.num, 10)}
	if f.den != 1 {
		m.Factor += "/" + strconv.FormatUint(f.den, 10)
	}
	if f.kinds == allKinds {
		return m
	}
	for k := range numKinds {
		if f.kinds.has(k) {
			m.Kinds = append(m.Kinds, k)
		}
	}
	return m
}
