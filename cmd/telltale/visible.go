package main

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// visible makes text from outside fit to be shown on a terminal in one line: everything a terminal would act on, that
// would hide or reorder other text, or that is no text at all, is written out as an escape that can be read.
func visible(s string) string { return escape(s, false) }

// visibleLines is visible for text of several lines: line breaks and tabs stay.
func visibleLines(s string) string { return escape(s, true) }

func escape(s string, lines bool) string {
	clean := true
	for i := 0; i < len(s) && clean; i++ {
		clean = s[i] >= ' ' && s[i] < 0x7f
	}
	if clean {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case lines && (r == '\n' || r == '\t'):
			b.WriteRune(r)
		case lines && r == '\r' && strings.HasPrefix(s, "\r\n"):
			// a line break in other words
		case unsafeRune(r):
			b.WriteString(escapeRune(r))
		default:
			b.WriteRune(r)
		}
		s = s[size:]
	}
	return b.String()
}

// unsafeRune reports what must not reach a terminal: controls of both sets, bidirectional controls, zero-width and
// other invisible characters, line separators, tag characters, private use and what is not assigned.
func unsafeRune(r rune) bool {
	switch {
	case r < ' ', r >= 0x7f && r < 0xa0:
		return true
	case r < 0x300:
		return r == 0xad
	case r == zeroWidthJoiner, r == zeroWidthNonJoiner:
		return false // emoji and several scripts need them
	case r >= 0xfe00 && r <= 0xfe0f:
		return false // variation selectors of emoji
	}
	return !unicode.IsGraphic(r) || r == 0x2028 || r == 0x2029 || r == 0x115f || r == 0x1160 || r == 0x3164 || r == 0xffa0
}

const (
	zeroWidthNonJoiner = 0x200c
	zeroWidthJoiner    = 0x200d
)

func escapeRune(r rune) string {
	switch {
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case r == '\t':
		return `\t`
	case r < 0x80:
		return fmt.Sprintf(`\x%02x`, r)
	case r > 0xffff:
		return fmt.Sprintf(`\U%08x`, r)
	}
	return fmt.Sprintf(`\u%04x`, r)
}
