package redact

import (
	"strings"
	"testing"
)

func TestTable(t *testing.T) {
	table := wordTable(map[role]string{1: "a password abcdefgh abcdefghi abcdefghijklmnop", 2: "password n/a"})
	for word, want := range map[string]role{
		"a": 1, "password": 3, "PassWord": 3, "abcdefgh": 1, "abcdefghi": 1, "ABCDEFGHIJKLMNOP": 1, "n/a": 2,
		"": 0, "b": 0, "passwore": 0, "xassword": 0, "abcdefgj": 0, "abcdefghijklmnopq": 0, "a\x00": 0, strings.Repeat("p", 300): 0,
	} {
		if got := lookup(table, word); got != want {
			t.Errorf("%q: %d, want %d", word, got, want)
		}
	}
}
