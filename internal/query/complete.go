package query

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// Completion is what may stand at a place of a half-written query.
type Completion struct {
	// Start and End are the bytes of the text that a suggestion replaces.
	Start, End  int
	Suggestions []Suggestion
	// Field is set where stored values of a field (or, if it is keyed and has no key, stored keys) belong: those that
	// begin with Prefix. AddStored adds them.
	Field  telemetry.FieldRef
	Prefix string
}

// Suggestion is one way to go on.
type Suggestion struct {
	Text string // to insert
	Kind string // field, operator, value, keyword
	Doc  string
}

// Kinds of suggestions.
const (
	KindField    = "field"
	KindOperator = "operator"
	KindValue    = "value"
	KindKeyword  = "keyword"
)

// Complete says what may stand at cursor, a place in text in bytes. Texts that are too long get nothing.
func Complete(text string, cursor int) Completion {
	if len(text) > MaxLength || !utf8.ValidString(text) {
		return Completion{}
	}
	cursor = max(0, min(cursor, len(text)))
	for !utf8.RuneStart(append([]byte(text), 0)[cursor]) {
		cursor--
	}
	w := wordAt(text, cursor)
	c := Completion{Start: w.start, End: w.end}
	switch {
	case w.colon >= 0:
		c.completeValue(text, cursor, w)
	case w.quoted:
		return Completion{Start: cursor, End: cursor}
	default:
		c.completeField(text, cursor, w)
	}
	return c
}

// place is the word of a half-written query in which the cursor stands.
type place struct {
	start, end int  // in bytes; a minus before it is not part of it
	colon      int  // of the field, in bytes; -1 where none is before the cursor
	quoted     bool // the cursor is inside quotes
}

func wordAt(text string, cursor int) place {
	w := place{colon: -1}
	escaped := false
	for i, r := range text[:cursor] {
		switch {
		case escaped:
			escaped = false
		case r == '\\':
			escaped = true
		case r == '"':
			w.quoted = !w.quoted
		case w.quoted:
		case unicode.IsSpace(r) || r == '(' || r == ')' || r == '-' && i == w.start:
			w.start, w.colon = i+utf8.RuneLen(r), -1
		case r == ':' && w.colon < 0:
			w.colon = i
		}
	}
	w.end = cursor
	for w.end < len(text) {
		r, size := utf8.DecodeRuneInString(text[w.end:])
		if unicode.IsSpace(r) || strings.ContainsRune(`():,"`, r) {
			break
		}
		w.end += size
	}
	return w
}

// completeField suggests fields that begin with what is written, then those that hold it.
func (c *Completion) completeField(text string, cursor int, w place) {
	written := strings.ToLower(text[w.start:cursor])
	if c.End < len(text) && text[c.End] == ':' {
		c.End++
	}
	base, _, dotted := strings.Cut(written, ".")
	if dotted && (base == "attr" || base == "resource") {
		c.Start = w.start
		c.Field, _ = ParseField(base)
		c.Prefix = text[w.start+len(base)+1 : cursor]
		return
	}
	asWritten := text[w.start:cursor]
	if asWritten != "" {
		c.addKeywords(text[:w.start], asWritten)
	}
	for _, first := range []bool{true, false} {
		for _, f := range telemetry.Fields() {
			begins := strings.HasPrefix(f.Name, written)
			if begins == first && (begins || strings.Contains(f.Name, written)) {
				insert := f.Name + ":"
				if f.Keyed {
					insert = f.Name + "."
				}
				c.Suggestions = append(c.Suggestions, Suggestion{insert, KindField, f.Doc})
			}
		}
	}
	if asWritten == "" {
		c.addKeywords(text[:w.start], "")
	}
}

// addKeywords adds those that begin with what is written, where something stands before them.
func (c *Completion) addKeywords(before, written string) {
	for _, k := range keywords {
		if strings.TrimSpace(before) != "" && strings.HasPrefix(k.Text, written) {
			c.Suggestions = append(c.Suggestions, k)
		}
	}
}

var keywords = []Suggestion{
	{"OR ", KindKeyword, "either side"},
	{"AND ", KindKeyword, "both sides; implied by a space"},
	{"NOT ", KindKeyword, "not what follows; a minus does the same"},
}

// completeValue suggests operators where nothing is written yet, the values of fields that have few, and says whose
// stored values belong here.
func (c *Completion) completeValue(text string, cursor int, w place) {
	f, ok := telemetry.LookupField(strings.ReplaceAll(text[w.start:w.colon], `"`, ""))
	if !ok {
		return
	}
	start := w.colon + 1
	if i := strings.LastIndexByte(text[start:cursor], ','); i >= 0 && !w.quoted {
		start += i + 1
	}
	c.Start = start
	written := strings.TrimPrefix(text[start:cursor], `"`)
	if w.quoted && c.End < len(text) && text[c.End] == '"' {
		c.End++
	}
	few := allowedValues[f.String()]
	if f.Field.Type == telemetry.Flag {
		few = []string{"true", "false"}
	}
	for _, v := range few {
		if strings.HasPrefix(v, strings.ToLower(written)) {
			c.Suggestions = append(c.Suggestions, Suggestion{v, KindValue, ""})
		}
	}
	if written == "" {
		c.Suggestions = append(c.Suggestions, operators(f)...)
	}
	if few == nil && (f.Field.Type == telemetry.Text || f.String() == "http.status") && strings.Trim(written, `~<>=*`) == written {
		c.Field, c.Prefix = f, written
	}
}

func operators(f telemetry.FieldRef) []Suggestion {
	exists := Suggestion{"*", KindOperator, "is known"}
	switch f.Field.Type {
	case telemetry.Integer:
		return []Suggestion{
			{">", KindOperator, "more than"},
			{">=", KindOperator, "at least"},
			{"<", KindOperator, "less than"},
			{"1..5", KindOperator, "from 1 to 5"},
			exists,
		}
	case telemetry.Duration:
		return []Suggestion{
			{">3s", KindOperator, "longer than 3 seconds"},
			{"<150ms", KindOperator, "shorter than 150 milliseconds"},
			{"1s..5s", KindOperator, "from 1 to 5 seconds"},
			exists,
		}
	case telemetry.Money:
		return []Suggestion{{">0.01", KindOperator, "more than a cent"}, {"0.01..1", KindOperator, "from a cent to a dollar"}, exists}
	case telemetry.FullText:
		return []Suggestion{{"~", KindOperator, "holds this text, case matters"}, {`"`, KindOperator, "these words in a row"}, exists}
	case telemetry.Flag:
		return nil
	}
	return []Suggestion{{"~", KindOperator, "holds this text, case matters"}, exists}
}

// AddStored adds values that a store knows for Field.
func (c *Completion) AddStored(values []string) {
	for _, v := range values {
		s := Suggestion{Text: quoteIfNeeded(v), Kind: KindValue}
		if c.Field.Field.Keyed && c.Field.Key == "" {
			s = Suggestion{Text: c.Field.Field.Name + "." + quoteIfNeeded(v) + ":", Kind: KindField}
		}
		c.Suggestions = append(c.Suggestions, s)
	}
}
