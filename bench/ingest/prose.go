package main

import (
	"math/rand/v2"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// prose writes texts of words that are as frequent as those of a language, in sentences with a number here and there.
type prose struct {
	words []string
	rank  *rand.Zipf
}

func newProse(r *rand.Rand) *prose {
	syllables := strings.Fields("ta re mo li con pre ver in de so ka ne st ing er al on per tion ment qua u be fi")
	p := &prose{words: make([]string, 8000), rank: rand.NewZipf(r, 1.1, 4, 7999)}
	for i := range p.words {
		for range 1 + r.IntN(2+min(i/100, 2)) {
			p.words[i] += syllables[r.IntN(len(syllables))]
		}
	}
	return p
}

func (p *prose) write(r *rand.Rand, n int) string {
	b := make([]byte, 0, n+16)
	for start := true; len(b) < n; {
		w := p.words[p.rank.Uint64()]
		if start {
			w = strings.ToUpper(w[:1]) + w[1:]
		}
		b = append(b, w...)
		start = r.IntN(12) == 0
		switch {
		case start:
			b = append(b, '.')
		case r.IntN(60) == 0:
			b = append(b, " 2026"...)
		}
		b = append(b, ' ')
	}
	return string(b[:n])
}

func timestamp(t uint64) pcommon.Timestamp { return pcommon.Timestamp(t) }
