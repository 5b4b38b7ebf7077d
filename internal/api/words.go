package api

import (
	"encoding/json"
	"strings"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// firstWords is the beginning of what the user said first in a call, as far as the preview of its messages goes; else of
// the first text in it.
func firstWords(g *telemetry.GenAI) string {
	if g == nil || g.InputMessages == "" {
		return ""
	}
	d := json.NewDecoder(strings.NewReader(closed(g.InputMessages)))
	var role, key, first string
	for {
		token, err := d.Token()
		if err != nil {
			return first
		}
		text, isText := token.(string)
		switch {
		case isText && key == "role":
			role, text = text, ""
		case isText && key == "content" && text != "":
			if role == "user" {
				return preview(text)
			}
			if first == "" {
				first = preview(text)
			}
			text = ""
		}
		key = text
	}
}

// closed ends the string in which a JSON text was cut, without the escape that was cut.
func closed(text string) string {
	in, escape := false, -1
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case !in:
			in = c == '"'
		case c == '"':
			in = false
		case c == '\\':
			escape = i
			if i++; i < len(text) && text[i] == 'u' {
				i += 4
			}
			if i < len(text) {
				escape = -1
			}
		}
	}
	switch {
	case escape >= 0:
		return text[:escape] + `"`
	case in:
		return text + `"`
	}
	return text
}
