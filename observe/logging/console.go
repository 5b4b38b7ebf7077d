package logging

import (
	"encoding/hex"
	"log/slog"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Sequences of colour.
const (
	reset  = "\x1b[0m"
	dim    = "\x1b[2m"
	bold   = "\x1b[1m"
	red    = "\x1b[31m"
	green  = "\x1b[32m"
	yellow = "\x1b[33m"
	cyan   = "\x1b[36m"
)

// messageWidth is where fields begin, if the message is shorter.
const messageWidth = 32

// console writes the line for people.
func (l *line) console(h *Handler) {
	r := &l.rec
	l.buf = l.buf[:0]
	if !r.Time.IsZero() {
		l.paint(dim)
		l.buf = r.Time.Local().AppendFormat(l.buf, "15:04:05.000")
		l.paint(reset)
		l.buf = append(l.buf, ' ')
	}
	color, name := levelOf(r.Level)
	l.paint(color)
	l.buf = append(l.buf, name...)
	l.paint(reset)
	l.buf = append(l.buf, ' ')
	if r.Logger != "" {
		l.paint(dim)
		l.buf = append(appendShown(l.buf, r.Logger), ':')
		l.paint(reset)
		l.buf = append(l.buf, ' ')
	}
	l.paint(bold)
	start := len(l.buf)
	l.buf = appendShown(l.buf, r.Message)
	width := utf8.RuneCount(l.buf[start:])
	l.paint(reset)
	for ; width < messageWidth; width++ {
		l.buf = append(l.buf, ' ')
	}
	l.buf = append(l.buf, h.pre...)
	l.consoleFields()
	l.consoleContext()
	l.buf = append(l.buf, '\n')
	for text := range strings.Lines(r.Stack) {
		l.paint(dim)
		l.buf = append(l.buf, "    "...)
		rest := strings.TrimLeft(text, "\t")
		for range len(text) - len(rest) {
			l.buf = append(l.buf, "    "...)
		}
		l.buf = appendShown(l.buf, strings.TrimRight(rest, "\r\n"))
		l.paint(reset)
		l.buf = append(l.buf, '\n')
	}
}

// consoleContext writes what the line knows without being told.
func (l *line) consoleContext() {
	r := &l.rec
	if r.Kept > 1 {
		l.consoleKey("sampled")
		l.buf = strconv.AppendUint(l.buf, r.Kept, 10)
	}
	if l.pc != 0 {
		l.consoleKey("source")
		l.buf = appendShown(l.buf, shortSource(l.pc))
	}
	l.buf, l.asItIs = l.out.appendIdentity(l.buf, l.id, l.access)
	if r.TraceID.IsValid() {
		l.consoleKey(keyTraceID)
		l.buf = hex.AppendEncode(l.buf, r.TraceID[:])
	}
	if r.SpanID.IsValid() {
		l.consoleKey(keySpanID)
		l.buf = hex.AppendEncode(l.buf, r.SpanID[:])
	}
}

func levelOf(level slog.Level) (color, name string) {
	switch {
	case level < slog.LevelInfo:
		color, name = cyan, "DBG"
	case level < slog.LevelWarn:
		color, name = green, "INF"
	case level < slog.LevelError:
		color, name = yellow, "WRN"
	default:
		color, name = red, "ERR"
	}
	if level%4 != 0 {
		name = level.String()
	}
	return color, name
}

func (l *line) paint(color string) { l.buf = l.out.paint(l.buf, color) }

func (o *output) paint(b []byte, color string) []byte {
	if o.color {
		return append(b, color...)
	}
	return b
}

func (l *line) consoleKey(key string) { l.buf = l.out.appendConsoleKey(l.buf, key) }

func (o *output) appendConsoleKey(b []byte, key string) []byte {
	b = o.paint(append(b, ' '), dim)
	if key == "" || strings.ContainsAny(key, ` ="`) {
		b = append(appendShown(append(b, '"'), key), '"')
	} else {
		b = appendShown(b, key)
	}
	return o.paint(append(b, '='), reset)
}

// consoleFields writes what is in l.fields, with the names of groups before the keys.
func (l *line) consoleFields() {
	for i := range l.fields {
		f := &l.fields[i]
		l.consoleKey(f.path)
		switch f.kind {
		case slog.KindString:
			l.buf = appendConsole(l.buf, f.value.String())
		case slog.KindDuration:
			l.buf = append(l.buf, f.value.Duration().String()...)
		case slog.KindTime:
			l.buf = f.value.Time().AppendFormat(l.buf, time.RFC3339Nano)
		default:
			l.buf = appendValue(l.buf, f.kind, f.value)
		}
	}
}

// appendConsole writes a text, in quotes where it would not be seen where it ends.
func appendConsole(b []byte, s string) []byte {
	if s != "" && !strings.ContainsAny(s, " =\"\\") {
		return appendShown(b, s)
	}
	b = append(b, '"')
	for {
		before, after, found := strings.Cut(s, `"`)
		b = appendShown(b, before)
		if !found {
			return append(b, '"')
		}
		b = append(b, '\\', '"')
		s = after
	}
}
