package logging_test

import (
	"bytes"
	"errors"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/telltale-dev/telltale/observe/logging"
)

func TestConsole(t *testing.T) {
	var b bytes.Buffer
	h := logging.New(logging.Options{Writer: &b, Format: logging.FormatConsole, Level: slog.LevelDebug, Sampling: logging.Sampling{Info: 2}})
	log := logging.Named(slog.New(h).With("a", 1).WithGroup("g"), "db")
	log.Info("hello", "text", "two words", "took", 1500*time.Millisecond, slog.Group("h", "quote", `"x"`), "none", "")
	log.Info("dropped")
	log.Info("again", "list", []string{"x", "y"})
	log.Warn("first\nsecond \x1b[2J\u202e", "k\x07ey", "a\rb")
	want := ` INF db: hello                            a=1 g.text="two words" g.took=1.5s g.h.quote="\"x\"" g.none=""
 INF db: again                            a=1 g.list="[\"x\",\"y\"]" sampled=2
 WRN db: first\nsecond \u001b[2J\u202e    a=1 g.k\u0007ey=a\rb
`
	clock := regexp.MustCompile(`(?m)^\d\d:\d\d:\d\d\.\d\d\d`)
	if diff := cmp.Diff(want, clock.ReplaceAllString(b.String(), "")); diff != "" {
		t.Errorf("console (-want +got):\n%s", diff)
	}
}

func TestConsoleStackIsReadable(t *testing.T) {
	var b bytes.Buffer
	log := slog.New(logging.New(logging.Options{Writer: &b, Format: logging.FormatConsole}))
	log.Error("m", "err", withStack{errors.New("inner")})
	_, stack, _ := strings.Cut(b.String(), "\n")
	if want := "    main.f\n        /a/b.go:1\n    main.g\\u001b[A\n"; stack != want {
		t.Errorf("stack:\n%s", stack)
	}
}

func TestColor(t *testing.T) {
	var b bytes.Buffer
	slog.New(logging.New(logging.Options{Writer: &b, Format: logging.FormatConsole})).Info("m")
	if strings.Contains(b.String(), "\x1b") {
		t.Errorf("colour where there is no terminal: %q", &b)
	}
	b.Reset()
	slog.New(logging.New(logging.Options{Writer: &b, Format: logging.FormatConsole, Color: logging.ColorAlways})).Info("m\x1b[31m", "a", "b")
	if s := b.String(); !strings.Contains(s, "\x1b[32mINF\x1b[0m") || !strings.Contains(s, `m\u001b[31m`) {
		t.Errorf("colour: %q", s)
	}
}

// moves returns the first rune that would move the cursor, or hide what follows.
func moves(s string) (rune, bool) {
	for _, r := range s {
		if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) {
			return r, true
		}
	}
	return 0, false
}
