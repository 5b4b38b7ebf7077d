package dialect

import "strings"

// readCanonical reads text that is messages in the form of the conventions already, as most clients send them today. It
// builds nothing and allocates nothing, save for finish reasons. Where it says false, the text may still be in that form:
// it leaves all that is unusual to parse, such as keys that are escaped or come twice.
func readCanonical(s string) (finish string, ok bool) {
	p := parser{s: s}
	if !p.one("[") {
		return "", false
	}
	for first := true; ; first = false {
		p.space()
		m, ok := p.message()
		if !ok || first && roleOf(m.role) == "system" {
			return "", false
		}
		if m.finish != "" {
			finish = joinWords(finish, m.finish)
		}
		if more, ok := p.next(']'); !more {
			p.space()
			return finish, ok && p.i == len(s)
		}
	}
}

// message passes over a message that has a role and parts, and reads what else must be known of it.
func (p *parser) message() (m message, ok bool) {
	var role, parts, finish bool
	ok = p.members(func(key string) bool {
		switch key {
		case "role":
			if role {
				return false
			}
			m.role, role = p.plainString()
			return role
		case "parts":
			if parts {
				return false
			}
			parts = p.parts()
			return parts
		case "finish_reason":
			if finish || p.i >= len(p.s) || p.s[p.i] != '"' {
				return false
			}
			m.finish, finish = p.plainString()
			return finish
		case "content":
			return false
		}
		return p.pass(2)
	})
	return m, ok && role && parts
}

// parts passes over a list of parts of the common types.
func (p *parser) parts() bool {
	if !p.one("[") {
		return false
	}
	p.space()
	if p.one("]") {
		return true
	}
	for {
		p.space()
		kind, text := "", false
		var typed, said bool
		ok := p.members(func(key string) (ok bool) {
			switch key {
			case "type":
				if typed {
					return false
				}
				kind, typed = p.plainString()
				return typed
			case "content":
				if said {
					return false
				}
				said, text = true, p.i < len(p.s) && p.s[p.i] == '"'
			}
			return p.pass(4)
		})
		switch {
		case !ok:
			return false
		case kind == "text" && text, kind == "tool_call", kind == "tool_call_response", kind == "reasoning":
		default:
			return false
		}
		if more, ok := p.next(']'); !more {
			return ok
		}
	}
}

// members passes over an object that has some; value passes over the value of a key. Keys with escapes are not passed.
func (p *parser) members(value func(key string) bool) bool {
	if !p.one("{") {
		return false
	}
	for {
		p.space()
		key, ok := p.plainString()
		if !ok {
			return false
		}
		p.space()
		if !p.one(":") {
			return false
		}
		p.space()
		if !value(key) {
			return false
		}
		if more, ok := p.next('}'); !more {
			return ok
		}
	}
}

// plainString passes over a string without escapes and returns what is in it.
func (p *parser) plainString() (string, bool) {
	begin := p.i
	if begin >= len(p.s) || p.s[begin] != '"' || !p.str() {
		return "", false
	}
	s := p.s[begin+1 : p.i-1]
	return s, strings.IndexByte(s, '\\') < 0
}

// pass passes over a value as parse does.
func (p *parser) pass(depth int) bool {
	if p.i < len(p.s) && p.s[p.i] == '"' {
		return p.str()
	}
	_, ok := p.value(depth)
	return ok
}
