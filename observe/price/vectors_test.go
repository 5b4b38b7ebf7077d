package price

import (
	"math/big"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// vector is a call and what it must cost.
type vector struct {
	line    int
	call    Call
	cost    string // USD; empty where the cost is unknown
	working string // in millionths of a USD
	reason  string
}

func TestVectors(t *testing.T) {
	book := Default()
	vectors := readVectors(t)
	if len(vectors) < 24 {
		t.Fatalf("%d vectors; the design asks for its four and twenty more", len(vectors))
	}
	for _, v := range vectors {
		q := book.Quote(v.call)
		cost, version, ok := book.Cost(v.call)
		if v.reason != "" {
			if ok || cost != 0 || version != "" || q.Reason.String() != v.reason {
				t.Errorf("vectors.txt:%d: %v: cost %s, ok %t, %s; want unknown: %s", v.line, v.call, cost, ok, q.Reason, v.reason)
			}
			continue
		}
		if !ok || cost.String() != v.cost || version == "" {
			t.Errorf("vectors.txt:%d: %v: cost %s, ok %t, %s; want %s", v.line, v.call, cost, ok, q.Reason, v.cost)
		}
		parts, quote := book.Parts(v.call)
		var tokens int64
		var sum Amount
		for _, p := range parts {
			sum += p.Cost
			tokens += p.Tokens
		}
		if quote != q || sum != cost || tokens != v.call.Usage.Input+v.call.Usage.Output {
			t.Errorf("vectors.txt:%d: %+v: parts %+v of %s", v.line, quote, parts, cost)
		}
		// The working is the oracle for the number beside it.
		if want := roundToPico(evaluate(t, v.working)); want.Cmp(big.NewInt(int64(cost))) != 0 {
			t.Errorf("vectors.txt:%d: the working comes to %s pico-USD, the cost is %d", v.line, want, cost)
		}
	}
}

func readVectors(t *testing.T) []vector {
	t.Helper()
	text, err := os.ReadFile("testdata/vectors.txt")
	if err != nil {
		t.Fatal(err)
	}
	var list []vector
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		line = strings.TrimSpace(line)
		word, rest, _ := strings.Cut(line, " ")
		switch {
		case line == "" || line[0] == '#':
		case word == "cost":
			list[len(list)-1].cost = strings.TrimSpace(rest)
		case word == "is":
			list[len(list)-1].working = strings.TrimSpace(rest)
		case word == "unknown":
			list[len(list)-1].reason = strings.TrimSpace(rest)
		default:
			list = append(list, vector{line: n, call: readCall(t, n, strings.Fields(line))})
		}
	}
	return list
}

func readCall(t *testing.T, line int, words []string) Call {
	t.Helper()
	unix, problem := parseTime(words[2])
	if problem != nil {
		t.Fatalf("vectors.txt:%d: %s", line, problem.what)
	}
	c := Call{Provider: words[0], Model: words[1], Time: time.Unix(unix, 0)}
	counts := map[string]*int64{
		"in": &c.Usage.Input, "read": &c.Usage.CacheRead, "write": &c.Usage.CacheWrite5m, "write1h": &c.Usage.CacheWrite1h,
		"audio-in": &c.Usage.AudioIn, "out": &c.Usage.Output, "reasoning": &c.Usage.Reasoning, "audio-out": &c.Usage.AudioOut,
	}
	for words = words[3:]; len(words) > 0; {
		switch words[0] {
		case "batch":
			c.Batch = true
			words = words[1:]
			continue
		case "tier":
			c.ServiceTier = words[1]
		case "region":
			c.Region = words[1]
		default:
			n, err := strconv.ParseInt(words[1], 10, 64)
			if err != nil || counts[words[0]] == nil {
				t.Fatalf("vectors.txt:%d: %s %s: %v", line, words[0], words[1], err)
			}
			*counts[words[0]] = n
		}
		words = words[2:]
	}
	return c
}

// evaluate computes sums of products, with one pair of brackets at most: (176*4 + 34*20) * 1/2.
func evaluate(t *testing.T, expression string) *big.Rat {
	t.Helper()
	if bracket, ok := strings.CutPrefix(expression, "("); ok {
		inner, outer, found := strings.Cut(bracket, ")")
		if !found {
			t.Fatalf("no closing bracket in %q", expression)
		}
		return new(big.Rat).Mul(evaluate(t, inner), evaluate(t, "1"+outer))
	}
	sum := new(big.Rat)
	for term := range strings.SplitSeq(expression, "+") {
		product := big.NewRat(1, 1)
		for part := range strings.SplitSeq(term, "*") {
			n, ok := new(big.Rat).SetString(strings.TrimSpace(part))
			if !ok {
				t.Fatalf("%q is no number", part)
			}
			product.Mul(product, n)
		}
		sum.Add(sum, product)
	}
	return sum
}

// roundToPico turns millionths of a USD into pico-USD, halves up.
func roundToPico(microUSD *big.Rat) *big.Int {
	twice := new(big.Rat).Mul(microUSD, big.NewRat(2_000_000, 1))
	n := new(big.Int).Add(twice.Num(), twice.Denom())
	return n.Div(n, new(big.Int).Mul(big.NewInt(2), twice.Denom()))
}
