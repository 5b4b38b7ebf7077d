package wire

// SpliceIncludeUsage sets stream_options.include_usage to true in the body of an OpenAI chat or completions request and
// reports whether it had to: a body that has it already, or is not a JSON object, is returned as it is. Nothing else
// changes by a byte, and body itself is not written to. An explicit false is replaced as well: take the chunk out of the
// answer again with a UsageFilter, and the client sees what it asked for.
func SpliceIncludeUsage(body []byte) ([]byte, bool) {
	open := skipSpace(body, 0)
	if open >= len(body) || body[open] != '{' {
		return body, false
	}
	all := entriesOf(body)
	options, at, n := []byte(nil), 0, 0
	for ; all.next(); n++ {
		if string(all.key) == "stream_options" {
			options, at = all.value, all.start
		}
	}
	if !all.done || skipSpace(body, all.i) != len(body) {
		return body, false
	}
	switch {
	case options == nil:
		return insertMember(body, open+1, `"stream_options":{"include_usage":true}`, n > 0), true
	case string(options) == "null":
		return replace(body, at, len(options), `{"include_usage":true}`), true
	case options[0] != '{':
		return body, false
	}
	members := entriesOf(options)
	include, where, n := []byte(nil), 0, 0
	for ; members.next(); n++ {
		if string(members.key) == "include_usage" {
			include, where = members.value, at+members.start
		}
	}
	switch {
	case !members.done:
		return body, false
	case include == nil:
		return insertMember(body, at+1, `"include_usage":true`, n > 0), true
	case string(include) == "false" || string(include) == "null":
		return replace(body, where, len(include), "true"), true
	}
	return body, false
}

func insertMember(body []byte, at int, member string, more bool) []byte {
	sep := ""
	if more {
		sep = ","
	}
	return replace(body, at, 0, member, sep)
}

func replace(body []byte, at, n int, with ...string) []byte {
	size := len(body) - n
	for _, s := range with {
		size += len(s)
	}
	out := append(make([]byte, 0, size), body[:at]...)
	for _, s := range with {
		out = append(out, s...)
	}
	return append(out, body[at+n:]...)
}
