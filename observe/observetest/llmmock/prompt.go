package llmmock

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// prompt is what the user said, as far as an answer is made from it.
type prompt struct {
	texts  []string // in lower case, the latest first
	fields map[string]any
}

// Bounds of what is read.
const (
	maxPromptTexts = 16
	maxPromptText  = 64 << 10
	maxBraces      = 8
)

func readPrompt(user []string) prompt {
	var p prompt
	for _, text := range slices.Backward(user) {
		if len(p.texts) == maxPromptTexts {
			break
		}
		if len(text) > maxPromptText {
			text = cutText(text, maxPromptText)
		}
		if p.fields == nil {
			p.fields = fieldsOf(text)
		}
		p.texts = append(p.texts, strings.ToLower(text))
	}
	return p
}

// fieldsOf are those of the first JSON object in a text.
func fieldsOf(text string) map[string]any {
	for range maxBraces {
		i := strings.IndexByte(text, '{')
		if i < 0 {
			return nil
		}
		text = text[i:]
		var fields map[string]any
		if json.NewDecoder(strings.NewReader(text)).Decode(&fields) == nil {
			return fields
		}
		text = text[1:]
	}
	return nil
}

// hash stands for the latest text, and for what it is asked about.
func (p *prompt) hash(name string) uint64 {
	if len(p.texts) == 0 {
		return 0
	}
	return hashOf(p.texts[0], name)
}

// named returns the index of the value that stands first in the latest text with any; less than zero is none.
func (p *prompt) named(values []any) int {
	for _, text := range p.texts {
		best, first := -1, len(text)
		for i, v := range values {
			s, _ := v.(string)
			if at := wordAt(text, strings.ToLower(s)); at >= 0 && at < first {
				best, first = i, at
			}
		}
		if best >= 0 {
			return best
		}
	}
	return -1
}

// wordAt returns where a word is in a text, in the singular or the plural; less than zero is nowhere.
func wordAt(text, word string) int {
	if len(word) > 4 {
		word = strings.TrimSuffix(word, "s")
	}
	if word == "" {
		return -1
	}
	for from := 0; ; {
		i := strings.Index(text[from:], word)
		if i < 0 {
			return -1
		}
		at, end := from+i, from+i+len(word)
		if before, _ := utf8.DecodeLastRuneInString(text[:at]); !letter(before) {
			after, _ := utf8.DecodeRuneInString(strings.TrimPrefix(text[end:], "s"))
			if whole, _ := utf8.DecodeRuneInString(text[end:]); !letter(whole) || !letter(after) {
				return at
			}
		}
		from = end
	}
}

func letter(r rune) bool { return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)) }
