package query

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Error is a mistake in a query.
type Error struct {
	Text       string // what was being read
	Offset     int    // where in it the mistake is, in bytes
	Position   int    // the same in characters
	Message    string // what is wrong
	Expected   string // what would be right at this place; may be empty
	Suggestion string // what to write instead; may be empty
}

func (e *Error) Error() string {
	s := fmt.Sprintf("at character %d: %s", e.Position+1, e.Message)
	if h := e.Hint(); h != "" {
		s += "; " + h
	}
	return s
}

// Hint is what would be right, as a phrase: the expectation, the suggestion or both.
func (e *Error) Hint() string {
	var parts []string
	if e.Expected != "" {
		parts = append(parts, "expected "+e.Expected)
	}
	if e.Suggestion != "" {
		parts = append(parts, "did you mean "+e.Suggestion+"?")
	}
	return strings.Join(parts, "; ")
}

// Caret shows the place in the query, in two lines.
func (e *Error) Caret() string { return Caret(e.Text, e.Position) }

// caretWindow is how many characters are shown before and after the place.
const caretWindow = 60

// Caret shows a place in a text, in characters, by a mark below it. Of long texts it shows the surroundings. Characters
// that a terminal would act on are replaced one for one, so that the mark stands where it should.
func Caret(text string, position int) string {
	runes := []rune(text)
	position = max(0, min(position, len(runes)))
	from, to := max(0, position-caretWindow), min(len(runes), position+caretWindow)
	var line, mark strings.Builder
	if from > 0 {
		line.WriteRune('…')
		mark.WriteByte(' ')
	}
	for i := from; i < to; i++ {
		r := runes[i]
		switch {
		case unicode.IsSpace(r):
			r = ' '
		case !unicode.IsGraphic(r) || r == utf8.RuneError || unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Me, r):
			r = '·'
		}
		line.WriteRune(r)
		if i < position {
			mark.WriteRune(blank(r))
		}
	}
	if to < len(runes) {
		line.WriteRune('…')
	}
	return line.String() + "\n" + mark.String() + "^"
}

// blank is a space as wide as r.
func blank(r rune) rune {
	const ideographicSpace = '\u3000'
	if r >= 0x1100 && (r <= 0x115f || r >= 0x2e80 && r <= 0xa4cf || r >= 0xac00 && r <= 0xd7a3 || r >= 0xf900 && r <= 0xfaff ||
		r >= 0xfe30 && r <= 0xfe6f || r >= 0xff00 && r <= 0xff60 || r >= 0xffe0 && r <= 0xffe6 || r >= 0x1f300 && r <= 0x1faff ||
		r >= 0x20000 && r <= 0x3fffd) {
		return ideographicSpace
	}
	return ' '
}
