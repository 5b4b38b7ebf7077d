package exec

import (
	"bytes"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// TestRanks gives values of groups of very different sizes to two workers and compares the quantiles of their joined tables
// with those of the sorted values, on which they may be off by 1/128.
func TestRanks(t *testing.T) {
	t.Parallel()
	const groups = 3000
	r := rand.New(rand.NewPCG(3, 4))
	var workers [2]ranks
	to := make([]int32, groups) // of the groups of the second worker, which met them in another order
	for i, at := range r.Perm(groups) {
		to[i] = int32(at)
	}
	for w := range workers {
		workers[w].counts = make([]int32, groups)
	}
	values := make([][]int64, groups)
	for range 400_000 {
		at := int(math.Pow(r.Float64(), 4) * groups)
		v := int64(math.Exp(r.NormFloat64()*4+10)) - 5000
		w := r.IntN(2)
		if w == 1 {
			workers[1].add(int32(at), v)
			values[to[at]] = append(values[to[at]], v)
		} else {
			workers[0].add(int32(at), v)
			values[at] = append(values[at], v)
		}
		workers[w].rest()
	}
	workers[1].settle()
	workers[0].join(to, &workers[1])
	for at, list := range values {
		if got := workers[0].values(at); got != int64(len(list)) {
			t.Fatalf("group %d has %d values, not %d", at, got, len(list))
		}
		if len(list) == 0 {
			continue
		}
		slices.Sort(list)
		for _, q := range []float64{0, 0.5, 0.95, 0.99, 1} {
			want := float64(list[rankOf(q, int64(len(list)))])
			if got := workers[0].quantile(at, q); math.Abs(got-want) > math.Abs(want)/128+1e-9 {
				t.Fatalf("quantile %v of the %d values of group %d is %v, not %v", q, len(list), at, got, want)
			}
		}
	}
}

// TestRanksJoinOntoOne joins groups that become one, as those of several buckets do.
func TestRanksJoinOntoOne(t *testing.T) {
	t.Parallel()
	into, from := ranks{counts: make([]int32, 1)}, ranks{counts: make([]int32, 3)}
	for i := range int64(300) {
		from.add(int32(i%3), i)
	}
	from.settle()
	into.join([]int32{0, 0, 0}, &from)
	if got, want := into.values(0), int64(300); got != want {
		t.Fatalf("%d values, not %d", got, want)
	}
	if got := into.quantile(0, 0.5); math.Abs(got-149) > 149.0/128 {
		t.Fatalf("the median is %v, not 149", got)
	}
}

func FuzzSubstring(f *testing.F) {
	f.Add("a text with zyx and zyxquorvex", "zyxquorvex")
	f.Add("", "x")
	f.Add("Zyx ZYXquorvex", "zYxQ")
	f.Add("aaaaaaab", "aab")
	f.Add(strings.Repeat("zebra ", 100)+"zebu", "zebu")
	f.Add(strings.Repeat("zz", 300), "zzq")
	f.Add(strings.Repeat("ezq", 50)+"eeq", "eq")
	f.Fuzz(func(t *testing.T, text, want string) {
		if want == "" {
			return
		}
		if got, want := newSubstring(want).index([]byte(text)), bytes.Index([]byte(text), []byte(want)); got != want {
			t.Fatalf("found at %d, not %d", got, want)
		}
		lower := lowered([]byte(want))
		if got, want := newWords(want, nil).index([]byte(text)), bytes.Index(lowered([]byte(text)), lower); got != want {
			t.Fatalf("found at %d, not %d, case aside", got, want)
		}
	})
}
