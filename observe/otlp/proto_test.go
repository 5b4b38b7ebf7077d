package otlp

import (
	"strings"
	"testing"
)

// TestIsASCII puts a byte above ASCII in each place of texts of each length up to three words.
func TestIsASCII(t *testing.T) {
	for n := range 25 {
		s := strings.Repeat("a", n)
		if !isASCII(s) {
			t.Errorf("%q is not ASCII", s)
		}
		for i := range n {
			if other := s[:i] + "\x80" + s[i+1:]; isASCII(other) {
				t.Errorf("%q is ASCII", other)
			}
		}
	}
}
