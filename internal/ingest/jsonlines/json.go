package jsonlines

import (
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"
)

// checkJSON returns why a text is not JSON, or nothing.
func checkJSON(s []byte) string {
	if json.Valid(s) {
		return ""
	}
	var raw json.RawMessage
	err := json.Unmarshal(s, &raw)
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		if strings.HasPrefix(syntax.Error(), "unexpected end") {
			return "not valid JSON: it ends in the middle"
		}
		return "not valid JSON: " + printable(syntax.Error()) + " at byte " + itoa(syntax.Offset)
	}
	return "not valid JSON"
}

// The functions below walk text that checkJSON has passed.

// members calls f for each member of an object, with the key decoded and the value as it is written.
func members(obj string, f func(key, value string)) {
	i := skipSpace(obj, 1)
	for obj[i] != '}' {
		end := skipValue(obj, i)
		key := text(obj[i:end])
		i = skipSpace(obj, skipSpace(obj, end)+1) // the colon
		end = skipValue(obj, i)
		f(key, obj[i:end])
		if i = skipSpace(obj, end); obj[i] == ',' {
			i = skipSpace(obj, i+1)
		}
	}
}

// first returns the first element of a list, or nothing.
func first(list string) string {
	i := skipSpace(list, 1)
	if list[i] == ']' {
		return ""
	}
	return list[i:skipValue(list, i)]
}

func skipSpace(s string, i int) int {
	for s[i] == ' ' || s[i] == '\t' || s[i] == '\r' || s[i] == '\n' {
		i++
	}
	return i
}

// skipValue returns the end of the value at i.
func skipValue(s string, i int) int {
	switch s[i] {
	case '"':
		return skipString(s, i)
	case '{', '[':
		for depth := 0; ; {
			switch s[i] {
			case '"':
				i = skipString(s, i)
				continue
			case '{', '[':
				depth++
			case '}', ']':
				depth--
			}
			i++
			if depth == 0 {
				return i
			}
		}
	}
	for i < len(s) && strings.IndexByte(",]} \t\r\n", s[i]) < 0 {
		i++
	}
	return i
}

func skipString(s string, i int) int {
	for i++; s[i] != '"'; i++ {
		if s[i] == '\\' {
			i++
		}
	}
	return i + 1
}

// text returns a value as text: strings decoded, all else as it is written. It is always valid UTF-8.
func text(value string) string {
	if value == "" || value[0] != '"' {
		return strings.ToValidUTF8(value, "\uFFFD")
	}
	if s := value[1 : len(value)-1]; strings.IndexByte(s, '\\') < 0 && utf8.ValidString(s) {
		return s
	}
	var s string
	if json.Unmarshal([]byte(value), &s) != nil {
		return strings.ToValidUTF8(value, "\uFFFD") // cannot be: the line was checked
	}
	return s
}

func isString(value string) bool { return value != "" && value[0] == '"' }
func isObject(value string) bool { return value != "" && value[0] == '{' }
func isList(value string) bool   { return value != "" && value[0] == '[' }
func isNumber(value string) bool {
	return value != "" && (value[0] == '-' || value[0] >= '0' && value[0] <= '9')
}

// member returns the value of one of the keys of an object, the first key that is there and not null.
func member(obj string, keys ...string) string {
	for _, want := range keys {
		found := ""
		members(obj, func(key, value string) {
			if key == want && value != "null" {
				found = value
			}
		})
		if found != "" {
			return found
		}
	}
	return ""
}
