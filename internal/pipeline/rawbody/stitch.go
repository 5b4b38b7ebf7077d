package rawbody

import (
	"slices"
	"strings"

	"github.com/telltale-dev/telltale/internal/jsontext"
	"github.com/telltale-dev/telltale/observe/redact"
)

// piece is a string of one of the texts.
type piece struct {
	text       int
	start, end int // between the quotes
	said       string
}

// stitch looks for finds that go over several texts: strings at the same place of each are put together. Where that finds
// what is in none of them alone, the first of them gets all of the text, redacted, and the others become empty.
func stitch(r *redact.Redactor, texts []string) ([]string, int) {
	groups := map[uint64][]piece{}
	var order []uint64
	for i, s := range texts {
		w := walker{s: s}
		w.visit = func(l leaf) {
			if groups[l.path] == nil {
				order = append(order, l.path)
			}
			groups[l.path] = append(groups[l.path], piece{i, l.start, l.end, unescape(s[l.start:l.end])})
		}
		w.all()
	}
	var edits []edit
	total := 0
	for _, path := range order {
		e, n := across(r, groups[path])
		edits, total = append(edits, e...), total+n
	}
	if len(edits) == 0 {
		return texts, total
	}
	return apply(slices.Clone(texts), edits), total
}

type edit struct {
	piece
	become string
}

// across returns what is to be changed in the pieces of one text.
func across(r *redact.Redactor, pieces []piece) (edits []edit, n int) {
	if len(pieces) < 2 || !slices.ContainsFunc(pieces, func(p piece) bool { return p.said != pieces[0].said }) {
		return nil, 0 // the same in all events: an id, a model
	}
	var all, alone strings.Builder
	for _, p := range pieces {
		all.WriteString(p.said)
	}
	clean, n := r.String(all.String())
	if n == 0 {
		return nil, 0
	}
	for _, p := range pieces {
		s, _ := r.String(p.said)
		alone.WriteString(s)
	}
	if alone.String() == clean {
		return nil, 0
	}
	for i, p := range pieces {
		if i > 0 {
			clean = ""
		}
		edits = append(edits, edit{p, clean})
	}
	return edits, n
}

func apply(texts []string, edits []edit) []string {
	slices.SortFunc(edits, func(a, b edit) int {
		if a.text != b.text {
			return a.text - b.text
		}
		return a.start - b.start
	})
	for from := 0; from < len(edits); {
		to := from
		for to < len(edits) && edits[to].text == edits[from].text {
			to++
		}
		s, at := texts[edits[from].text], 0
		var out []byte
		for _, e := range edits[from:to] {
			out = jsontext.AppendString(append(out, s[at:e.start-1]...), e.become)
			at = min(e.end+1, len(s))
		}
		texts[edits[from].text] = string(append(out, s[at:]...))
		from = to
	}
	return texts
}
