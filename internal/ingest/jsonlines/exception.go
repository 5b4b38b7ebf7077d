package jsonlines

import "strings"

// Attributes of an error, as OpenTelemetry names them.
const (
	exceptionType    = "exception.type"
	exceptionMessage = "exception.message"
	exceptionStack   = "exception.stacktrace"
)

// errorField takes the value of err, error, exception, exc_info or thrown: a message, a stack trace, an object with
// both, or structlog's list of exceptions.
func (r *record) errorField(value string, depth int) bool {
	switch {
	case isObject(value) && depth < r.MaxDepth:
		r.errorObject(value, depth)
		return true
	case isList(value):
		inner := first(value)
		if !isObject(inner) || member(inner, "exc_type", "type") == "" {
			return false
		}
		r.setError(roleErrorType, member(inner, "exc_type", "type"))
		r.setError(roleErrorMessage, member(inner, "exc_value", "value", "message"))
		r.setError(roleStack, value)
		return true
	case isString(value) && value != `""`:
		if v := text(value); strings.Contains(v, "\n") {
			return r.setError(roleStack, value)
		}
		return r.setError(roleErrorMessage, value)
	}
	return false
}

// errorObject takes the parts of an error; further ones become attributes under "exception".
func (r *record) errorObject(obj string, depth int) {
	members(obj, func(key, value string) {
		switch plainName(key) {
		case "type", "name", "exctype", "class", "kind":
			if r.setError(roleErrorType, value) {
				return
			}
		case "message", "msg", "value", "excvalue":
			if r.setError(roleErrorMessage, value) {
				return
			}
		case "stack", "stacktrace", "traceback", "extendedstacktrace":
			if isString(value) && r.setError(roleStack, value) || value == "true" || value == "false" {
				return
			}
		}
		if value != "null" {
			r.plain("exception."+key, value, depth+1)
		}
	})
}

// setError keeps the first value of a part of the error.
func (r *record) setError(role role, value string) bool {
	if value == "" || value == "null" || r.taken[role].set {
		return false
	}
	r.taken[role] = candidate{value: value, set: true}
	return true
}

// finishError writes the parts of the error as attributes, and reads from the stack trace what the line did not say.
func (r *record) finishError() {
	kind, message, stack := r.part(roleErrorType), r.part(roleErrorMessage), r.part(roleStack)
	if stack != "" && kind == "" {
		k, m := headOfStack(stack)
		kind = k
		if message == "" && k != "" {
			message = m
		}
	}
	r.log.ErrorType = kind
	for _, a := range [...][2]string{{exceptionType, kind}, {exceptionMessage, message}, {exceptionStack, stack}} {
		if a[1] != "" {
			r.attribute(a[0], a[1])
		}
	}
}

func (r *record) part(role role) string {
	if !r.taken[role].set {
		return ""
	}
	return text(r.taken[role].value)
}

// headOfStack reads type and message from the line of a stack trace that has them: the last of Python's, the first of
// Java's and JavaScript's.
func headOfStack(stack string) (kind, message string) {
	line := firstLine(stack)
	if strings.HasPrefix(line, "Traceback (most recent call last)") {
		line = lastLine(stack)
	}
	kind, message, _ = strings.Cut(line, ": ")
	kind = strings.TrimPrefix(kind, "Exception in thread \"main\" ")
	if !isTypeName(kind) {
		return "", ""
	}
	return kind, message
}

// isTypeName reports whether a word names an error: ValueError, java.lang.IllegalStateException, KeyboardInterrupt.
func isTypeName(s string) bool {
	last := s[strings.LastIndexAny(s, ".:")+1:]
	if len(s) > 256 || last == "" || last[0] < 'A' || last[0] > 'Z' {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if c|0x20 < 'a' || c|0x20 > 'z' {
			if (c < '0' || c > '9') && c != '.' && c != '_' && c != '$' && c != ':' {
				return false
			}
		}
	}
	return true
}

// printable keeps a reason free of what a terminal would obey.
func printable(s string) string {
	return strings.Map(func(c rune) rune {
		if c < 0x20 || c >= 0x7f && c < 0xa0 {
			return '?'
		}
		return c
	}, s)
}
