package logging

import (
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/telltale-dev/telltale/observe/redact"
)

// Format of the lines.
type Format int

// Formats.
const (
	FormatAuto    Format = iota // FormatConsole if the writer is a terminal, else FormatJSON
	FormatJSON                  // one object on one line
	FormatConsole               // for people: one line, and the stack below it
)

// Color says whether FormatConsole uses colour.
type Color int

// Uses of colour.
const (
	ColorAuto   Color = iota // if the writer is a terminal, and neither NO_COLOR nor TERM=dumb says otherwise
	ColorAlways              //
	ColorNever               //
)

// Off is a level that no line reaches.
const Off slog.Level = 1 << 30

// Options of a Handler. The zero value writes to standard output, from level Info on, with redaction.
type Options struct {
	Writer io.Writer // gets one Write for each line, never two at once; nil means os.Stdout
	Format Format
	Color  Color

	// Level is the least level that is written; nil means Info. Where it is a *slog.LevelVar or a plain slog.Level it can be
	// changed while the service runs, see Handler.SetLevel.
	Level slog.Leveler

	// Redactor removes secrets and personal data; nil means everything known to package redact.
	Redactor         *redact.Redactor
	DisableRedaction bool

	Sampling Sampling

	// Quiet lists paths of requests of which no access line and no line below Error is written; nil means DefaultQuiet,
	// an empty list none.
	Quiet []string

	// Source adds the place of the call: {"function":…,"file":…,"line":…}.
	Source bool

	// Stack is the least level whose lines get a stack; nil means Error, Off none.
	Stack slog.Leveler

	// Attrs are on every line, but not in what Sink gets: OTLP says service, version and environment once for all.
	Attrs []slog.Attr

	// Sink gets every line that is kept.
	Sink Sink
}

// DefaultQuiet are the usual paths of health checks and scrapes.
func DefaultQuiet() []string { return []string{"/healthz", "/readyz", "/ready", "/metrics"} }

// Sampling says which lines are kept. The zero value keeps all. A rate of n keeps one line in n; 0 and 1 keep all, less
// than zero none. Lines of level Error and above are always kept.
//
// Lines are counted, not drawn: of a rate of 10 the first line stays, then the eleventh, which stands for ten. The sum
// over "sampled" (1 where a line does not say) is the number of lines there were, but for those after the last kept one.
type Sampling struct {
	Debug, Info, Warn int // rates by level

	// Routes has rates by route template, used instead of the level's for all lines of such requests: "/v1/things/{id}" for all
	// methods, "GET /v1/things/{id}" for one, which goes before the other.
	Routes map[string]int

	// Burst is how many lines with the same level and key are kept in a second. Past that, the rate Then applies; 0 keeps
	// none of them. No Burst means no limit.
	Burst int
	Then  int

	// Key names the attribute whose value is the key; empty means the message, which also stands in where the attribute is
	// missing.
	Key string

	// MaxKeys bounds how many keys are told apart at once; 0 means DefaultMaxKeys. More share one count.
	MaxKeys int

	// Slow is the duration from which on the access line of a request is always kept; 0 means DefaultSlow, less than zero
	// that no request is slow.
	Slow time.Duration
}

// Defaults of Sampling.
const (
	DefaultMaxKeys = 4096
	DefaultSlow    = time.Second
)

// isTerminal reports whether w is a character device.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	stat, err := f.Stat()
	return err == nil && stat.Mode()&os.ModeCharDevice != 0
}

// colored reports whether lines on w have colour.
func (o *Options) colored(w io.Writer) bool {
	switch o.Color {
	case ColorAlways:
		return true
	case ColorNever:
		return false
	}
	return isTerminal(w) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}
