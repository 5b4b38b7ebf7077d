package llmmock

import (
	"hash/fnv"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Words are told apart by their first letters, so that "refunds" is near "refund". Shorter ones than these are left out, as
// most say nothing of what a text is about.
const (
	stemLetters     = 5
	shortestLetters = 4
)

// vector is a bag of words: each has a dimension, by its hash, and counts there. It is of length one, the same for the same
// text, and as near to the vector of another text as they share words: the dot product is 1 for the same words, 0 for none in
// common. Few dimensions bring different words together.
func vector(text string, dimensions int) []float32 {
	v := make([]float32, dimensions)
	if dimensions == 0 {
		return v
	}
	words := wordsOf(text, shortestLetters, unicode.IsLetter)
	if len(words) == 0 {
		words = wordsOf(text, 1, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
	}
	if len(words) == 0 {
		words = []string{text} // of signs alone, or nothing: a direction of its own
	}
	sum := 0.0
	for _, w := range words {
		f := &v[hashOf(w)%uint64(dimensions)]
		sum += float64(2**f + 1) // (f+1)² - f²
		*f++
	}
	for i := range v {
		v[i] /= float32(math.Sqrt(sum))
	}
	return v
}

// wordsOf returns the stems of words that have as many letters. Chinese and Japanese have no spaces: each sign is a word.
func wordsOf(text string, shortest int, isLetter func(rune) bool) []string {
	var words []string
	for word := range strings.FieldsFuncSeq(strings.ToLower(text), func(r rune) bool { return !isLetter(r) }) {
		if r, _ := utf8.DecodeRuneInString(word); unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) {
			words = append(words, strings.Split(word, "")...)
			continue
		}
		if letters := []rune(word); len(letters) >= shortest {
			words = append(words, string(letters[:min(len(letters), stemLetters)]))
		}
	}
	return words
}

func hashOf(parts ...string) uint64 {
	h := fnv.New64a()
	for _, p := range parts {
		_, _ = h.Write([]byte(p)) // never fails
		_, _ = h.Write([]byte{0})
	}
	x := h.Sum64() // whose last bits follow from the last bytes
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	return x ^ x>>33
}
