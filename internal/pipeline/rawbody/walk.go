package rawbody

import (
	"slices"
	"strings"

	"github.com/zeebo/xxh3"
)

// leaf is a string that is a value of JSON.
type leaf struct {
	path       uint64 // stands for the names of members on the way, and the indexes that the API says
	name       string // of the member
	start, end int    // between the quotes
}

// walker visits the strings of JSON in their order. It takes texts that are cut, or have more than one value; at what is no
// JSON it goes on behind it.
type walker struct {
	s      string
	i      int
	leaves []leaf
	visit  func(leaf)
}

// maxDepth bounds the nesting that has paths of its own.
const maxDepth = 64

func (w *walker) all() {
	for w.i < len(w.s) {
		before := w.i
		w.value(0, "", 0)
		if w.i == before {
			w.i++
		}
	}
	for _, l := range w.leaves {
		w.visit(l)
	}
}

func (w *walker) value(path uint64, name string, depth int) {
	w.space()
	if w.i == len(w.s) {
		return
	}
	switch c := w.s[w.i]; {
	case c == '"':
		start, end := w.str()
		w.leaves = append(w.leaves, leaf{path, name, start, end})
	case c == '{' && depth < maxDepth:
		w.object(path, depth)
	case c == '[' && depth < maxDepth:
		w.i++
		for w.i < len(w.s) && !w.take(']') {
			before := w.i
			w.value(below(path, "[]"), name, depth+1)
			if w.take(','); w.i == before {
				w.i++
			}
		}
	case strings.IndexByte(",:]}", c) < 0:
		for w.i < len(w.s) && strings.IndexByte(" \t\r\n,:]}[{\"", w.s[w.i]) < 0 {
			w.i++
		}
	}
}

func below(path uint64, step string) uint64 { return xxh3.HashStringSeed(step, path) }

// indexes are members that tell pieces of one text from those of another.
var indexes = []string{"index", "output_index", "content_index", "summary_index"}

func (w *walker) object(path uint64, depth int) {
	w.i++
	first, index := len(w.leaves), ""
	for w.i < len(w.s) && !w.take('}') {
		before := w.i
		if w.space(); w.i < len(w.s) && w.s[w.i] == '"' {
			start, end := w.str()
			key := unescape(w.s[start:end])
			if w.take(':') {
				w.space()
				at := w.i
				w.value(below(path, key), key, depth+1)
				if slices.Contains(indexes, key) && w.i-at < 8 {
					index += "#" + w.s[at:w.i]
				}
			}
		}
		if w.take(','); w.i == before {
			w.i++
		}
	}
	if index != "" {
		for i := first; i < len(w.leaves); i++ {
			w.leaves[i].path = below(w.leaves[i].path, index)
		}
	}
}

// str passes over a string.
func (w *walker) str() (start, end int) {
	start = w.i + 1
	for i := start; i < len(w.s); i++ {
		switch w.s[i] {
		case '"':
			w.i = i + 1
			return start, i
		case '\\':
			i++
		}
	}
	w.i = len(w.s)
	return start, len(w.s)
}

func (w *walker) space() {
	for w.i < len(w.s) && (w.s[w.i] == ' ' || w.s[w.i] == '\n' || w.s[w.i] == '\t' || w.s[w.i] == '\r') {
		w.i++
	}
}

// take passes over a character, if it comes next.
func (w *walker) take(c byte) bool {
	if w.space(); w.i < len(w.s) && w.s[w.i] == c {
		w.i++
		return true
	}
	return false
}
