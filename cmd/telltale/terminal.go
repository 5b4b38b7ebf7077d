package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"unicode"
	"unicode/utf8"

	"golang.org/x/term"
	"golang.org/x/text/width"
)

// style is how output is shown: with colour and cut to a width on a terminal, plain and whole elsewhere.
type style struct {
	colour bool
	width  int // 0: no terminal, nothing is cut
}

func (env *environment) style() style {
	f, ok := env.stdout.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return style{}
	}
	s := style{colour: env.getenv("NO_COLOR") == "" && env.getenv("TERM") != "dumb"}
	if w, _, err := term.GetSize(int(f.Fd())); err == nil {
		s.width = w
	}
	return s
}

// Colours, used where they mean something.
const (
	red    = "31"
	yellow = "33"
	dim    = "2"
	bold   = "1"
)

// paint colours text that is fit for a terminal already.
func (s style) paint(colour, text string) string {
	if !s.colour || text == "" || colour == "" {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}

// columns is how many cells of a terminal a text takes: wide characters two, combining ones none.
func columns(s string) int {
	n := 0
	for _, r := range s {
		n += cells(r)
	}
	return n
}

func cells(r rune) int {
	switch {
	case r < 0x300:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	}
	if k := width.LookupRune(r).Kind(); k == width.EastAsianWide || k == width.EastAsianFullwidth {
		return 2
	}
	return 1
}

// clip cuts a text to a number of cells, with an ellipsis where something is missing.
func clip(s string, most int) string {
	if columns(s) <= most {
		return s
	}
	n := 0
	for i, r := range s {
		if n += cells(r); n > most-1 {
			return s[:i] + "…"
		}
	}
	return s
}

// writeJSON writes a value as one line. Characters that a terminal would act on and that JSON leaves as they are (C1
// controls, bidirectional controls, …) are written as JSON escapes: the line says the same to programs.
func writeJSON(w io.Writer, v any) error {
	var line bytes.Buffer
	enc := json.NewEncoder(&line)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	out := make([]byte, 0, line.Len())
	for _, r := range line.String() { // the encoder writes valid UTF-8
		switch {
		case r == '\n' || !unsafeRune(r):
			out = utf8.AppendRune(out, r)
		case r > 0xffff:
			hi, lo := (r-0x10000)>>10+0xd800, (r-0x10000)&0x3ff+0xdc00
			out = fmt.Appendf(out, `\u%04x\u%04x`, hi, lo)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
	}
	_, err := w.Write(out)
	return err
}
