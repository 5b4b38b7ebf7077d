package nearest_test

import (
	"strings"
	"testing"

	"github.com/telltale-dev/telltale/internal/query/nearest"
)

func TestOf(t *testing.T) {
	fields := []string{"service", "status", "http.status", "model", "duration", "user", "tokens.in", "tokens.out", "op"}
	for word, want := range map[string]string{
		"modle":                    "model",
		"Model":                    "model",
		"sevice":                   "service",
		"durtaion":                 "duration",
		"token.in":                 "tokens.in",
		"status":                   "status",
		"usr":                      "user",
		"zebra":                    "",
		"":                         "",
		"x":                        "",
		strings.Repeat("model", 9): "",
	} {
		if got := nearest.Of(word, fields); got != want {
			t.Errorf("Of(%q) = %q, want %q", word, got, want)
		}
	}
	if got := nearest.Of(strings.Repeat("é", 1<<20), fields); got != "" {
		t.Errorf("of a megabyte: %q", got)
	}
}
