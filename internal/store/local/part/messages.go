package part

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// maxMessages bounds the bytes of a text that is put together from several; what does not fit is left out.
const maxMessages = 16 << 20

// messagesTold knows which texts of a span and of a repeat were told by logs, a list of messages each.
type messagesTold struct {
	to, from, after []string
}

// toldByLogs returns nil where the repeat has nothing that logs told.
func toldByLogs(s, repeat *telemetry.Span) *messagesTold {
	from := strings.Fields(repeat.Attributes.Value(telemetry.AttrMessages))
	if len(from) == 0 {
		return nil
	}
	to := strings.Fields(s.Attributes.Value(telemetry.AttrMessages))
	return &messagesTold{to: to, from: from, after: to}
}

// wordOf is what telemetry.AttrMessages calls a text, or nothing.
func wordOf(id ID) string {
	switch id {
	case colInput:
		return "input"
	case colOutput:
		return "output"
	case colSystem:
		return "system"
	}
	return ""
}

func isMessages(id ID) bool { return wordOf(id) != "" }

// merge puts the text of the repeat into that of the span. A span's own text stays as it is.
func (m *messagesTold) merge(c *Column, id ID, to, from *row) {
	have, more, word := c.text(to), c.text(from), wordOf(id)
	both := slices.Contains(m.to, word) && slices.Contains(m.from, word)
	switch {
	case more == "":
	case have == "":
		_ = c.setText(to, more) // plain texts take every value
		if slices.Contains(m.from, word) && !slices.Contains(m.after, word) {
			m.after = append(slices.Clip(m.after), word)
		}
	case both:
		_ = c.setText(to, appendMessages(have, more))
	}
}

// mark notes which texts of the span are of logs now.
func (m *messagesTold) mark(attrs telemetry.Attrs) telemetry.Attrs {
	if len(m.after) == 0 {
		return slices.Clone(attrs).Delete(telemetry.AttrMessages)
	}
	return slices.Clone(attrs).Set(telemetry.AttrMessages, strings.Join(m.after, " "))
}

// Preview cuts the messages of a span that was read with light and merged, see RowReader.Read.
func Preview(s *telemetry.Span) {
	if s.GenAI == nil {
		return
	}
	for _, text := range []*string{&s.GenAI.InputMessages, &s.GenAI.OutputMessages, &s.GenAI.SystemInstructions} {
		if len(*text) > telemetry.PreviewBytes {
			*text = string(preview([]byte(*text)))
		}
	}
}

// appendMessages appends to a list in JSON those of another that it does not have. Where one of them is no list, as a hash
// is, or both are too much, the first stays.
func appendMessages(have, more string) string {
	if len(have)+len(more) > maxMessages {
		return have
	}
	var old, list []json.RawMessage
	if json.Unmarshal([]byte(have), &old) != nil || json.Unmarshal([]byte(more), &list) != nil {
		return have
	}
	known := make(map[string]bool, len(old))
	for _, m := range old {
		known[string(m)] = true
	}
	fresh := list[:0]
	for _, m := range list {
		if !known[string(m)] {
			fresh = append(fresh, m)
		}
	}
	if len(fresh) == 0 {
		return have
	}
	all := append([]byte(nil), '[')
	for i, m := range append(old, fresh...) {
		if i > 0 {
			all = append(all, ',')
		}
		all = append(all, m...)
	}
	return string(append(all, ']'))
}
