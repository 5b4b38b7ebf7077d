package price

import (
	"math"
	"math/big"
	"testing"
	"time"
)

// FuzzParse: no input makes it panic, an error names a line of the file, and a book that came out can be used.
func FuzzParse(f *testing.F) {
	f.Add(string(table[:3000]))
	f.Add("provider p q\nprice m,n-* from 2026-01-01 in 1 out 2 batch 1/2:in,out region:us,* 1.1\nover 5 unknown\nhours 2 Sat-Mon 00:00-24:00\n")
	f.Add("source u looked-up 2026-01-01 via v\nprovider p\nprefix us. - region x\nstrip a/\nsuffix -v1\nroute b/ c\nroute * p\nprice b/m in 1\n")
	f.Fuzz(func(t *testing.T, text string) {
		book, err := Parse("fuzz.prices", []byte(text))
		if (book == nil) == (err == nil) {
			t.Fatalf("book %v, error %v", book, err)
		}
		if err != nil {
			return
		}
		usage := Usage{Input: 10, CacheRead: 1, CacheWrite5m: 1, AudioIn: 1, Output: 5, Reasoning: 1, AudioOut: 1}
		for _, p := range book.Prices() {
			if p.Line < 1 || p.Version == "" || len(p.Rates) == 0 {
				t.Fatalf("price %+v", p)
			}
			for _, r := range p.Rates {
				if again, problem := parsePrice(r.PerMillion()); problem != nil || Amount(again) != r.PerToken {
					t.Fatalf("%d pico-USD a token is written %s, which reads as %d", r.PerToken, r.PerMillion(), again)
				}
			}
			for _, batch := range []bool{false, true} {
				cost, _, ok := book.Cost(Call{Provider: p.Provider, Model: p.Pattern, Time: autumn, Batch: batch, Usage: usage})
				if cost < 0 || !ok && cost != 0 {
					t.Fatalf("cost %d, ok %t", cost, ok)
				}
			}
		}
	})
}

// FuzzCost: no usage makes it panic or come out negative; one more token of output never makes it cheaper, nor one more
// of input, within a tier; and where it is known it is what rational numbers give.
func FuzzCost(f *testing.F) {
	book := mustParse(f, `
		provider p
		price m in 1.234567 read 0.1 write 1.5 write1h 2.000001 audio-in 10 out 7.25 reasoning 3 audio-out 20 batch 1/2 tier:x 5/3 region:us 11/10
		  over 1000000 in 2 read 0.2 out 9.999999
		  hours 2 Mon-Fri 01:00-04:00,06:00-10:00`)
	f.Add("m", "", "", false, int64(0), int64(1300), int64(1024), int64(60), int64(40), int64(0), int64(34), int64(3), int64(0))
	f.Add("m-2026-01-01", "x", "us", false, int64(1792000000), int64(2_000_000), int64(5), int64(0), int64(0), int64(0), int64(7), int64(0), int64(0))
	f.Add("m", "", "us", true, int64(-1), int64(math.MaxInt64), int64(math.MaxInt64), int64(1), int64(math.MinInt64), int64(0), int64(-1), int64(0), int64(1))
	f.Fuzz(func(t *testing.T, model, tier, region string, batch bool, unix, in, read, write, write1h, audioIn, out, reasoning, audioOut int64) {
		call := Call{
			Provider: "p", Model: model, Time: time.Unix(unix, 0), ServiceTier: tier, Batch: batch, Region: region,
			Usage: Usage{in, read, write, write1h, audioIn, out, reasoning, audioOut},
		}
		q := book.Quote(call)
		if q.Reason != Priced {
			if q.Cost != 0 {
				t.Fatalf("unknown, but %d", q.Cost)
			}
			return
		}
		if want := oracle(book, &call); want.Cmp(big.NewInt(int64(q.Cost))) != 0 {
			t.Fatalf("cost %d, by rational numbers %s", q.Cost, want)
		}
		for _, more := range []Usage{{Output: 1}, {Input: 1}} {
			next := call
			if next.Usage.Output == math.MaxInt64 || next.Usage.Input == math.MaxInt64 || in == 1_000_000 {
				continue
			}
			next.Usage.Output += more.Output
			next.Usage.Input += more.Input
			if n := book.Quote(next); n.Reason == Priced && n.Cost < q.Cost {
				t.Fatalf("%+v more costs %d instead of %d", more, n.Cost, q.Cost)
			}
		}
		embedded := call
		for _, p := range Default().Prices()[:5] {
			embedded.Provider, embedded.Model = p.Provider, p.Pattern
			if cost, _, _ := Default().Cost(embedded); cost < 0 {
				t.Fatalf("negative cost %d", cost)
			}
		}
	})
}

// oracle computes the cost of a call at the one price of the book with rational numbers.
func oracle(book *Book, c *Call) *big.Int {
	r := book.layers[0].rows[0]
	plan := r.base
	if c.Usage.Input > r.longOver {
		plan = r.long
	}
	u := c.Usage
	amounts := map[Kind]int64{
		Input: u.Input - u.CacheRead - u.CacheWrite5m - u.CacheWrite1h - u.AudioIn, CacheRead: u.CacheRead,
		CacheWrite5m: u.CacheWrite5m, CacheWrite1h: u.CacheWrite1h, AudioIn: u.AudioIn,
		Output: u.Output - u.Reasoning - u.AudioOut, Reasoning: u.Reasoning, AudioOut: u.AudioOut,
	}
	sum := new(big.Rat)
	for kind, n := range amounts {
		price := new(big.Rat).SetInt(new(big.Int).SetUint64(plan.pico[kind]))
		sum.Add(sum, price.Mul(price, new(big.Rat).SetInt64(n)))
	}
	if c.Batch || len(plainTier(c.ServiceTier)) > 1 { // "batch", since x is the only tier
		sum.Mul(sum, big.NewRat(1, 2))
	} else if plainTier(c.ServiceTier) != "" {
		sum.Mul(sum, big.NewRat(5, 3))
	}
	if lookup(plan.regions, c.Region) != nil {
		sum.Mul(sum, big.NewRat(11, 10))
	}
	at := c.Time.UTC()
	if h := at.Hour(); at.Weekday() != time.Saturday && at.Weekday() != time.Sunday && (h >= 1 && h < 4 || h >= 6 && h < 10) {
		sum.Mul(sum, big.NewRat(2, 1))
	}
	return roundToPico(sum.Quo(sum, big.NewRat(1_000_000, 1)))
}
