package gen

import (
	"math"
	"math/rand/v2"
	"strings"
)

// words makes texts whose words are as frequent as those of a language, two in five from a template.
type words struct {
	all       []string
	zipf      []uint16
	templates []string
	buf       []byte
}

const (
	vocabulary = 20000
	zipfSize   = 1 << 20
)

func newWords() *words {
	r := rand.New(rand.NewPCG(7, 7))
	syllables := strings.Fields("ta re mo li con pre ver in de so ka ne st ing er al on per tion ment qua u be fi")
	w := &words{all: make([]string, vocabulary), zipf: make([]uint16, zipfSize)}
	for i := range w.all {
		n := 1 + r.IntN(2)
		if i > 200 {
			n = 2 + r.IntN(3)
		}
		for range n {
			w.all[i] += syllables[r.IntN(len(syllables))]
		}
	}
	weights, sum := make([]float64, vocabulary), 0.0
	for i := range weights {
		weights[i] = 1 / math.Pow(float64(i+1), 1.05)
		sum += weights[i]
	}
	up, k := weights[0]/sum, 0
	for i := range w.zipf {
		for float64(i)/zipfSize > up && k < vocabulary-1 {
			k++
			up += weights[k] / sum
		}
		w.zipf[i] = uint16(k)
	}
	for range 60 {
		var b []byte
		for len(b) < 250+r.IntN(250) {
			b = append(append(b, w.all[w.zipf[r.IntN(zipfSize)]]...), ' ')
		}
		w.templates = append(w.templates, string(b))
	}
	return w
}

// text is 100 to 4000 bytes long, half of them longer than 446.
func (w *words) text(r *rand.Rand) string {
	length := min(max(int(math.Exp(r.NormFloat64()*0.8+6.1)), 100), 4000)
	b := w.buf[:0]
	if r.IntN(100) < 40 {
		t := w.templates[r.IntN(len(w.templates))]
		b = append(b, t[:min(length, len(t))]...)
	}
	for len(b) < length {
		b = append(append(b, w.all[w.zipf[r.Uint32()>>12]]...), ' ')
	}
	if r.IntN(50000) == 0 {
		b = append(b, Needle...)
	}
	w.buf = b
	return string(b)
}
