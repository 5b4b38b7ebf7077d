package logging_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"testing"

	"github.com/telltale-dev/telltale/observe/logging"
)

type withStack struct{ error }

func (withStack) Stack() []byte { return []byte("main.f\n\t/a/b.go:1\nmain.g\x1b[A\n") }

type withCallers struct {
	error
	pcs []uintptr
}

func (e withCallers) Callers() []uintptr { return e.pcs }

// trace is what github.com/pkg/errors and its like have.
type (
	frame     uintptr
	withTrace struct {
		error
		frames []frame
	}
)

func (e withTrace) StackTrace() []frame { return e.frames }
func (e withTrace) Unwrap() error       { return e.error }

func origin() []uintptr {
	var pcs [8]uintptr
	return pcs[:runtime.Callers(1, pcs[:])]
}

func stack(t *testing.T, o logging.Options, write func(*slog.Logger)) string {
	t.Helper()
	var b bytes.Buffer
	o.Writer = &b
	write(slog.New(logging.New(o)))
	s, _ := lines(t, b.Bytes())[0]["stack"].(string)
	return s
}

func TestNoStack(t *testing.T) {
	for name, write := range map[string]func(*slog.Logger){
		"line":   func(log *slog.Logger) { log.Error("m", logging.NoStack(), slog.Any("err", withStack{errors.New("x")})) },
		"after":  func(log *slog.Logger) { log.Error("m", slog.Any("err", withStack{errors.New("x")}), logging.NoStack()) },
		"logger": func(log *slog.Logger) { log.With(logging.NoStack()).With("a", 1).WithGroup("g").Error("m", "b", 2) },
	} {
		if got := stack(t, logging.Options{}, write); got != "" {
			t.Errorf("%s: a stack though none is wanted:\n%s", name, got)
		}
	}
	if got := stack(t, logging.Options{}, func(log *slog.Logger) { log.With(logging.NoStack()); log.Error("m") }); got == "" {
		t.Error("the logger that another was made of has lost its stacks")
	}
	var lines [2]bytes.Buffer
	for i, attrs := range [][]any{{"a", 1}, {"a", 1, logging.NoStack()}} {
		drop := func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		}
		h := slog.NewJSONHandler(&lines[i], &slog.HandlerOptions{ReplaceAttr: drop})
		slog.New(h).Error("m", attrs...)
	}
	if lines[0].String() != lines[1].String() {
		t.Errorf("slog writes %s", lines[1].String())
	}
}

func TestErrorsHaveTheStackOfTheCall(t *testing.T) {
	got := stack(t, logging.Options{}, func(log *slog.Logger) { log.Error("m") })
	if !strings.HasPrefix(got, "github.com/telltale-dev/telltale/observe/logging_test.TestErrorsHaveTheStackOfTheCall.func1\n\t") ||
		!strings.Contains(got, "stack_test.go:") || strings.Contains(got, "log/slog") || strings.Contains(got, "goexit") {
		t.Errorf("stack:\n%s", got)
	}
	if got := stack(t, logging.Options{}, func(log *slog.Logger) { log.Warn("m", "err", withStack{errors.New("x")}) }); got != "" {
		t.Errorf("a warning has a stack:\n%s", got)
	}
	if got := stack(t, logging.Options{Stack: slog.LevelWarn}, func(log *slog.Logger) { log.Warn("m") }); got == "" {
		t.Error("no stack from the level on that was asked for")
	}
	if got := stack(t, logging.Options{Stack: logging.Off}, func(log *slog.Logger) { log.Error("m") }); got != "" {
		t.Errorf("a stack though they are off:\n%s", got)
	}
}

func TestPanicsHaveTheStackOfThePanic(t *testing.T) {
	got := stack(t, logging.Options{}, func(log *slog.Logger) {
		defer func() { log.Error("panic", "value", recover()) }()
		explode()
	})
	if !strings.Contains(got, "logging_test.explode") {
		t.Errorf("stack:\n%s", got)
	}
}

//go:noinline
func explode() { panic("boom") }

func TestErrorsKeepTheirStack(t *testing.T) {
	pcs := origin()
	frames := make([]frame, len(pcs))
	for i, pc := range pcs {
		frames[i] = frame(pc)
	}
	for name, err := range map[string]error{
		"Stack":      withStack{errors.New("x")},
		"Callers":    withCallers{errors.New("x"), pcs},
		"StackTrace": withTrace{errors.New("x"), frames},
		"wrapped":    fmt.Errorf("open: %w", withTrace{errors.New("x"), frames}),
		"innermost":  withTrace{withCallers{errors.New("x"), pcs}, nil},
	} {
		got := stack(t, logging.Options{}, func(log *slog.Logger) { log.Error("m", "a", errors.New("y"), "err", err) })
		if !strings.HasPrefix(got, "main.f\n") && !strings.HasPrefix(got, "github.com/telltale-dev/telltale/observe/logging_test.origin\n") {
			t.Errorf("%s: stack:\n%s", name, got)
		}
	}
}

type talkative struct{ error }

func (talkative) Stack() []byte { return []byte("bad key " + apiKey + "\nmain.f\n\t/a/b.go:1\n") }

func TestStacksOfErrorsAreRedacted(t *testing.T) {
	got := stack(t, logging.Options{}, func(log *slog.Logger) { log.Error("m", "err", talkative{errors.New("x")}) })
	if want := "bad key [redacted:api_key]\nmain.f\n\t/a/b.go:1\n"; got != want {
		t.Errorf("stack: %q", got)
	}
}

func TestSource(t *testing.T) {
	var b bytes.Buffer
	slog.New(logging.New(logging.Options{Writer: &b, Source: true})).Info("m")
	source, _ := lines(t, b.Bytes())[0]["source"].(map[string]any)
	if f, _ := source["function"].(string); !strings.HasSuffix(f, ".TestSource") || source["line"] == 0.0 {
		t.Errorf("source: %v", source)
	}
	b.Reset()
	slog.New(logging.New(logging.Options{Writer: &b, Source: true, Format: logging.FormatConsole})).Info("m")
	if !strings.Contains(b.String(), " source=logging/stack_test.go:") {
		t.Errorf("console: %s", &b)
	}
}
