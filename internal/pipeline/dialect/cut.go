package dialect

import "strings"

// restMissing is the text of a message that stands where the end of a conversation was cut off before it came here.
const restMissing = "…[the rest is missing]"

// readCut adds messages whose JSON lost its end, as SDKs and collectors cut long attributes: those that are whole, what there
// is of the last one, and a mark.
func (c *conversation) readCut(s, role string) bool {
	whole, ok := closeCut(s)
	if !ok {
		return false
	}
	v, ok := parse(whole)
	trimLast(&v)
	switch {
	case !ok:
		return false
	case v.kind == jsonArray && len(v.list) > 0 && v.list[0].kind == jsonObject:
		c.value(v, role, 0)
	case v.kind != jsonObject || !c.known(v, role, 0):
		return false
	}
	if c.begun {
		c.say("system", restMissing)
	}
	return true
}

// trimLast drops the last message of a list where it lost all that it says.
func trimLast(v *value) {
	if v.kind == jsonObject {
		for i := range v.list {
			if m := v.members[i]; m == "messages" || m == "contents" || m == "input" {
				trimLast(&v.list[i])
			}
		}
		return
	}
	if n := len(v.list); n > 1 {
		if last := v.list[n-1]; last.kind == jsonObject && isMessage(v.list[0]) && !isMessage(last) && speaker(last, "user") == "" {
			v.list = v.list[:n-1]
		}
	}
}

// closeCut ends JSON that was cut off behind its last whole value, or in a string that is one. It reports false where the
// text is not the beginning of JSON; what it returns may still be none.
func closeCut(s string) (string, bool) {
	var open []byte // brackets that are missing, the outermost first
	safe, key := 0, false
	p := parser{s: s}
	for {
		if p.space(); p.i == len(s) {
			break
		}
		c := s[p.i]
		switch c {
		case '{', '[':
			if len(open) > maxDepth {
				return "", false
			}
			open, key = append(open, c+2), c == '{' // ASCII has the closing brackets two further
			p.i++
			safe = p.i
		case '}', ']':
			if len(open) == 0 || open[len(open)-1] != c {
				return "", false
			}
			open = open[:len(open)-1]
			p.i++
			safe = p.i
		case ',':
			key = len(open) > 0 && open[len(open)-1] == '}'
			p.i++
		case ':':
			key = false
			p.i++
		case '"':
			begin := p.i
			if !p.str() {
				if key {
					return closeWith(s[:safe], open)
				}
				return closeWith(s[:begin]+cutString(s[begin:])+`"`, open)
			}
			if !key {
				safe = p.i
			}
		default:
			n := strings.IndexAny(s[p.i:], " \t\r\n,:]}[{\"")
			if n <= 0 {
				return closeWith(s[:safe], open)
			}
			p.i += n
			safe = p.i
		}
	}
	return closeWith(s[:safe], open)
}

func closeWith(s string, open []byte) (string, bool) {
	if len(open) == 0 {
		return "", false
	}
	b := append(make([]byte, 0, len(s)+len(open)), s...)
	for i := len(open) - 1; i >= 0; i-- {
		b = append(b, open[i])
	}
	return string(b), true
}

// cutString drops what is left of an escape at the end of a string without its closing quote.
func cutString(s string) string {
	for i := len(s) - 1; i > 0 && i >= len(s)-len(`\u123`); i-- {
		if s[i] != '\\' {
			continue
		}
		run := i
		for run > 1 && s[run-1] == '\\' {
			run--
		}
		if (i-run)%2 == 0 && (i == len(s)-1 || s[i+1] == 'u') {
			return s[:i]
		}
		break
	}
	return s
}
