package logging

import (
	"strings"
	"testing"
)

// TestAllPlain puts every byte in each place of texts of each length, among bytes at the edges of what is plain.
func TestAllPlain(t *testing.T) {
	for _, others := range []string{" ", "~", "!", "#", "[", "]"} {
		for length := range 26 {
			for at := range length {
				for c := range 256 {
					text := []byte(strings.Repeat(others, length))
					text[at] = byte(c)
					if got := allPlain(string(text)); got != plain[c] {
						t.Fatalf("allPlain(%q) = %t", text, got)
					}
				}
			}
		}
	}
	if !allPlain("") {
		t.Error("the empty text is not plain")
	}
}
