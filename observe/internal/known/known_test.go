package known_test

import (
	"fmt"
	"testing"

	"github.com/telltale-dev/telltale/observe/internal/known"
	"github.com/telltale-dev/telltale/observe/redact"
)

func newTexts(t testing.TB, o redact.Options) (*known.Texts, *redact.Redactor) {
	t.Helper()
	r, err := redact.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return known.New(r), r
}

// TestSaysWhatTheRedactorSays asks for each text three times, among so many others that places are taken over.
func TestSaysWhatTheRedactorSays(t *testing.T) {
	texts, r := newTexts(t, redact.Options{Fields: []string{"tenant_id"}})
	keys := []string{"path", "user_id", "tenant_id", "password", "user_agent"}
	for i := range 5000 {
		for _, value := range []string{
			fmt.Sprintf("/v1/things/%d", i), fmt.Sprintf("user-%d@example.com", i), "acme", "", "call +49 30 901820",
		} {
			for range 3 {
				for _, key := range keys {
					want, _ := r.Field(key, value)
					if got := texts.Field(key, value); got != want {
						t.Fatalf("Field(%q, %q) = %q, want %q", key, value, got, want)
					}
				}
				want, _ := r.String(value)
				if got := texts.String(value); got != want {
					t.Fatalf("String(%q) = %q, want %q", value, got, want)
				}
			}
		}
	}
}

// FuzzTexts looks for a text that comes out another way the second time.
func FuzzTexts(f *testing.F) {
	f.Add("path", "/v1/things/42")
	f.Add("authorization", "Bearer abc")
	f.Add("", "sk-proj-1a2B3c4D5e6F7g8H9i0J1k2L")
	texts, r := newTexts(f, redact.Options{})
	f.Fuzz(func(t *testing.T, key, value string) {
		want, _ := r.Field(key, value)
		for range 2 {
			if got := texts.Field(key, value); got != want {
				t.Fatalf("Field(%q, %q) = %q, want %q", key, value, got, want)
			}
		}
	})
}

func BenchmarkKnown(b *testing.B) {
	texts, _ := newTexts(b, redact.Options{})
	b.ReportAllocs()
	for b.Loop() {
		texts.Field("path", "/v1/things/42")
	}
}
