package part

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// wordsOf lists the words of a text as the documentation of addWords has them, in the plainest way.
func wordsOf(text string) []string {
	var words []string
	start := 0
	for i := range len(text) + 1 {
		if i < len(text) && telemetry.IsWordByte(text[i]) {
			continue
		}
		if i > start {
			words = append(words, text[start:i])
			if start > 0 && i > start+1 && telemetry.IsEscape(text[start-1], text[start]|0x20) {
				words = append(words, text[start+1:i])
			}
		}
		start = i + 1
	}
	return words
}

func lowerASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c | 0x20
		}
	}
	return string(b)
}

func sortedHashes(t *testing.T, words []string) []uint64 {
	t.Helper()
	known := map[string]uint64{}
	for _, w := range words {
		Words(lowerASCII(w), true, func(h uint64) { known[lowerASCII(w)] = h })
	}
	var hashes []uint64
	for _, h := range known {
		hashes = append(hashes, h)
	}
	slices.Sort(hashes)
	return slices.Compact(hashes)
}

func TestWordsOfTexts(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 3000 {
		text := make([]byte, r.IntN(200))
		for i := range text {
			switch r.IntN(4) {
			case 0:
				text[i] = " \\/@[`{:"[r.IntN(8)]
			case 1:
				text[i] = byte(r.IntN(256))
			default:
				text[i] = "abnrtfzAZ09\x80\xff"[r.IntN(13)]
			}
		}
		checkWords(t, text)
	}
	for c := range 256 {
		checkWords(t, []byte(strings.Repeat(string([]byte{'x', byte(c)}), 40)))
	}
}

func checkWords(t *testing.T, text []byte) {
	t.Helper()
	before := slices.Clone(text)
	var s wordSet
	s.addWords(text)
	slices.Sort(s.hashes)
	if diff := gocmp.Diff(sortedHashes(t, wordsOf(string(before))), s.hashes); diff != "" {
		t.Fatalf("hashes of %q (-want +got):\n%s", before, diff)
	}
}

// TestWordFilterIsSelective bounds how often a filter finds a word that is not there.
func TestWordFilterIsSelective(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	word := func() []byte {
		w := make([]byte, 3+r.IntN(12))
		for i := range w {
			w[i] = "etaoinshrdlu0123"[r.IntN(16)]
		}
		return w
	}
	var s wordSet
	for range 20000 {
		s.addWords(word())
	}
	n := len(s.hashes)
	if n < 19000 {
		t.Errorf("%d distinct hashes of 20000 words", n)
	}
	in := map[uint64]bool{}
	for _, h := range s.hashes {
		in[h] = true
	}
	filter := s.take(nil)
	found, asked := 0, 0
	for range 50000 {
		w := word()
		h := hashWord(w, 0, len(w))
		if in[h] {
			continue
		}
		asked++
		if blockHas(filter[blockOf(h, len(filter)/blockBytes)*blockBytes:], h) {
			found++
		}
	}
	if found*50 > asked {
		t.Errorf("%d of %d words that are not there are found", found, asked)
	}
}
