package jsontext

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func checkString(t *testing.T, s string) {
	t.Helper()
	var want bytes.Buffer
	enc := json.NewEncoder(&want)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.String(), string(AppendString(nil, s))+"\n"); diff != "" {
		t.Errorf("%q: %s", s, diff)
	}
}

// TestAppendString: every byte, alone and at each place of the words that are read at a time.
func TestAppendString(t *testing.T) {
	for c := range 256 {
		for at := range 17 {
			for _, fill := range []string{"a", "!", "#", "[", "]", "\x7f"} { // neighbours of what is escaped
				text := []byte(strings.Repeat(fill, 17))
				text[at] = byte(c)
				checkString(t, string(text))
			}
		}
	}
}

// FuzzAppendString: strings are written as encoding/json writes them.
func FuzzAppendString(f *testing.F) {
	for _, s := range []string{"", "plain", "\x00\x1f\"\\\n\r\t\b\f\x7f", "é\u2028\u2029😀", "\xff\xed\xa0\x80", "<script>&"} {
		f.Add(s)
	}
	f.Fuzz(checkString)
}

func BenchmarkAppendString(b *testing.B) {
	for name, s := range map[string]string{
		"prompt": strings.Repeat("Please tell me where my order is, it should have been here on Tuesday.\n", 30),
		"key":    "http.request.method",
		"umlaut": strings.Repeat("Bitte prüfen Sie, wo meine Bestellung für März geblieben ist. ", 30),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(s)))
			var buf []byte
			for b.Loop() {
				buf = AppendString(buf[:0], s)
			}
		})
	}
}
