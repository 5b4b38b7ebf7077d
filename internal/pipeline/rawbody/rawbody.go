// Package rawbody takes secrets and personal data out of bodies of requests and answers that are kept as they were.
//
// A body is read as what it is. In JSON every string is looked at without its escapes. In a stream of events texts come in
// pieces, and no piece of a key has its shape: what belongs together is put together to look at it.
package rawbody

import (
	"encoding/json"
	"strings"

	"github.com/telltale-dev/telltale/internal/jsontext"
	"github.com/telltale-dev/telltale/observe/redact"
)

// Redact returns a body with finds replaced by markers, and how many there were. An answer may be a stream: of events, or of
// elements of a JSON list.
func Redact(r *redact.Redactor, body string, answer bool) (string, int) {
	switch {
	case answer && isStream(body):
		return redactStream(r, body)
	case answer && strings.HasPrefix(strings.TrimLeft(body, " \t\r\n"), "["):
		stitched, n := stitch(r, []string{body})
		out, m := redactJSON(r, stitched[0])
		return out, n + m
	}
	return redactJSON(r, body)
}

func isStream(s string) bool {
	for _, field := range []string{"data:", "event:", "id:", "retry:", ":"} {
		if strings.HasPrefix(s, field) {
			return true
		}
	}
	return false
}

// redactJSON looks at a text as a whole, and once more at its strings that have escapes, without them.
func redactJSON(r *redact.Redactor, s string) (string, int) {
	s, n := r.String(s)
	if strings.IndexByte(s, '\\') < 0 {
		return s, n
	}
	var out []byte
	from := 0
	w := walker{s: s}
	w.visit = func(l leaf) {
		raw := s[l.start:l.end]
		if strings.IndexByte(raw, '\\') < 0 {
			return
		}
		clean, m := r.Field(l.name, unescape(raw))
		if m == 0 {
			return
		}
		out = jsontext.AppendString(append(out, s[from:l.start-1]...), clean)
		from, n = min(l.end+1, len(s)), n+m
	}
	w.all()
	if from == 0 {
		return s, n
	}
	return string(append(out, s[from:]...)), n
}

// unescape returns what stands between the quotes of a JSON string, which may be cut off.
func unescape(raw string) string {
	if strings.IndexByte(raw, '\\') < 0 {
		return raw
	}
	for cut := range min(7, len(raw)) { // an escape that is cut off is dropped
		var s string
		if json.Unmarshal([]byte(`"`+raw[:len(raw)-cut]+`"`), &s) == nil {
			return s
		}
	}
	return raw
}

// redactStream looks at texts across events first, then at the data of each event.
func redactStream(r *redact.Redactor, s string) (string, int) {
	lines := strings.SplitAfter(s, "\n")
	var at []int
	var data []string
	n := 0
	for i, line := range lines {
		if rest, ok := strings.CutPrefix(line, "data:"); ok {
			at, data = append(at, i), append(data, rest)
			continue
		}
		clean, m := r.String(line)
		lines[i], n = clean, n+m
	}
	data, m := stitch(r, data)
	n += m
	for i := range data {
		clean, m := redactJSON(r, data[i])
		lines[at[i]] = "data:" + clean
		n += m
	}
	return strings.Join(lines, ""), n
}
