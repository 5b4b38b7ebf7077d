package logging

import "testing"

// TestAllPlain puts every byte in each of eight places, among bytes at the edges of what is plain.
func TestAllPlain(t *testing.T) {
	for _, others := range []byte{' ', '~', '!', '#', '[', ']'} {
		for at := range 8 {
			for c := range 256 {
				text := [8]byte{others, others, others, others, others, others, others, others}
				text[at] = byte(c)
				if got := allPlain(string(text[:])); got != plain[c] {
					t.Fatalf("allPlain(%q) = %t", text, got)
				}
			}
		}
	}
}
