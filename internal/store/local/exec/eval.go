package exec

import (
	"slices"

	"github.com/telltale-dev/telltale/internal/store/local/part"
)

// unit is a group as one query sees it.
type unit struct {
	g        *part.Group
	memtable *part.Memtable // the whole of which g is a piece; nil for groups of parts
	order    int            // place of the group: older sources first
	min, max int64
	merged   []mergedRow // bases that have repeats, in order of rows
}

// verdict on all rows of a group.
type verdict uint8

const (
	some verdict = iota
	none
	all
)

// leafState is what a worker knows of a leaf in the group it reads.
type leafState struct {
	u       *unit
	cursor  *part.Cursor
	second  *part.Cursor // output tokens, of fromTokens
	cheap   verdict
	verdict verdict
	full    bool    // verdict was made with the dictionary
	match   []uint8 // of each code: 1 if it matches
}

// selected are rows of a page: all from begin to end, or those in rows.
type selected struct {
	all        bool
	begin, end int32
	rows       []int32
}

func (in selected) none() bool { return !in.all && len(in.rows) == 0 }

// state returns what is known of a leaf, with its verdict from statistics.
func (w *worker) state(l *leaf, u *unit) *leafState {
	for len(w.leaves) <= l.index {
		w.leaves = append(w.leaves, leafState{})
	}
	s := &w.leaves[l.index]
	if s.u != u {
		*s = leafState{u: u, match: s.match[:0]}
		s.verdict = w.cheap(l, u)
	}
	return s
}

// cheap decides on a group without reading pages.
func (w *worker) cheap(l *leaf, u *unit) verdict {
	if l.src.kind != fromColumn {
		return some
	}
	g := u.g
	if l.kind != leafText {
		least, greatest, ok := g.Bounds(l.src.id)
		switch {
		case g.Empty(l.src.id), ok && (float64(greatest) < l.low || float64(least) > l.high):
			return none
		}
		return some
	}
	if g.Empty(l.src.id) {
		return verdictOf(l.text(nil))
	}
	if len(l.equal) > 0 && len(l.equal) <= 1000 && part.Columns()[l.src.id].Bloom {
		for _, v := range l.equal {
			if g.MayHave(l.src.id, v) {
				return some
			}
		}
		return none
	}
	return some
}

func verdictOf(match bool) verdict {
	if match {
		return all
	}
	return none
}

// judge decides on a whole group. Dictionaries are read only where deep is set.
func (w *worker) judge(n *node, u *unit, deep bool) (verdict, error) {
	switch n.op {
	case opLeaf:
		s := w.state(n.leaf, u)
		if s.verdict == some && deep && !s.full {
			if err := w.judgeLeaf(n.leaf, s, u); err != nil {
				return some, err
			}
		}
		return s.verdict, nil
	case opNot:
		v, err := w.judge(n.kids[0], u, deep)
		switch v {
		case none:
			return all, err
		case all:
			return none, err
		}
		return some, err
	case opWords:
		v, err := w.judge(n.kids[0], u, deep)
		if v == all {
			v = some
		}
		return v, err
	}
	// An And is none where one kid is, an Or is all where one is.
	decides, rest := none, all
	if n.op == opOr {
		decides, rest = all, none
	}
	for _, k := range n.kids {
		v, err := w.judge(k, u, deep)
		if err != nil || v == decides {
			return v, err
		}
		if v == some {
			rest = some
		}
	}
	return rest, nil
}

// judgeLeaf applies a leaf to the dictionary.
func (w *worker) judgeLeaf(l *leaf, s *leafState, u *unit) error {
	s.full = true
	text := l.text
	switch l.src.kind {
	case fromTokens:
		s.cursor, s.second = w.column(u.g, colInput), w.column(u.g, colOutput)
		return nil
	case fromAttr:
		s.cursor = w.attr(u.g, l.src.key)
		absent, err := s.cursor.AttrAbsent()
		if absent && err == nil {
			s.verdict = verdictOf(l.text(nil))
		}
		if err != nil || absent {
			return err
		}
	case fromResource:
		text = resourceMatcher(l.src.key, l.text)
		fallthrough
	default:
		s.cursor = w.column(u.g, l.src.id)
	}
	if l.kind != leafText || !s.cursor.Coded {
		return nil
	}
	if err := s.cursor.LoadDict(); err != nil {
		return err
	}
	hits := 0
	for i := range s.cursor.Dict.Len() {
		m := uint8(0)
		if text(s.cursor.Dict.At(i)) {
			m = 1
			hits++
		}
		s.match = append(s.match, m)
	}
	switch hits {
	case 0:
		s.verdict = none
	case len(s.match):
		s.verdict = all
	}
	return nil
}

// eval returns the rows of in that meet a condition. Rows of the result are the caller's, see worker.done; in stays as it
// is.
func (w *worker) eval(n *node, u *unit, page int, in selected) (selected, error) {
	if in.none() {
		return selected{}, nil
	}
	switch n.op {
	case opLeaf:
		return w.evalLeaf(n.leaf, u, in)
	case opWords:
		if !u.g.MayHaveWords(page, n.words) {
			return selected{}, nil
		}
		return w.eval(n.kids[0], u, page, in)
	case opAnd:
		return w.evalAnd(n, u, page, in)
	case opOr:
		return w.evalOr(n, u, page, in)
	}
	out, err := w.eval(n.kids[0], u, page, in)
	if err != nil {
		return selected{}, err
	}
	left := w.without(in, out)
	w.done(out.rows)
	return left, nil
}

func (w *worker) evalAnd(n *node, u *unit, page int, in selected) (selected, error) {
	if len(n.kids) == 0 {
		return w.without(in, selected{}), nil
	}
	cur := in
	for i, k := range n.kids {
		next, err := w.eval(k, u, page, cur)
		if err != nil {
			return selected{}, err
		}
		if i > 0 {
			w.done(cur.rows)
		}
		if cur = next; cur.none() {
			break
		}
	}
	return cur, nil
}

func (w *worker) evalOr(n *node, u *unit, page int, in selected) (selected, error) {
	found := w.selection()
	left := in
	for i, k := range n.kids {
		hit, err := w.eval(k, u, page, left)
		if err != nil {
			return selected{}, err
		}
		if hit.all {
			w.done(found)
			return hit, nil
		}
		if hit.none() {
			continue
		}
		found = append(found, hit.rows...)
		if i == len(n.kids)-1 {
			w.done(hit.rows)
			break
		}
		next := w.without(left, hit)
		w.done(hit.rows)
		if !sameRows(left.rows, in.rows) {
			w.done(left.rows)
		}
		if left = next; left.none() {
			break
		}
	}
	slices.Sort(found)
	return selected{rows: found}, nil
}

func sameRows(a, b []int32) bool { return len(a) > 0 && len(b) > 0 && &a[0] == &b[0] }

// without returns the rows of a that are not in b, which is a subset.
func (w *worker) without(a, b selected) selected {
	if b.none() {
		if a.all {
			return a
		}
		return selected{rows: append(w.selection(), a.rows...)}
	}
	if b.all {
		return selected{}
	}
	out, k := w.selection(), 0
	keep := func(i int32) {
		if k < len(b.rows) && b.rows[k] == i {
			k++
			return
		}
		out = append(out, i)
	}
	if a.all {
		for i := a.begin; i < a.end; i++ {
			keep(i)
		}
	} else {
		for _, i := range a.rows {
			keep(i)
		}
	}
	return selected{rows: out}
}

func (w *worker) evalLeaf(l *leaf, u *unit, in selected) (selected, error) {
	s := w.state(l, u)
	if s.verdict == some && !s.full {
		if err := w.judgeLeaf(l, s, u); err != nil {
			return selected{}, err
		}
	}
	switch s.verdict {
	case none:
		return selected{}, nil
	case all:
		if in.all {
			return in, nil
		}
		return selected{rows: append(w.selection(), in.rows...)}, nil
	}
	out := w.selection()
	var err error
	switch {
	case l.src.kind == fromTokens:
		out, err = s.tokens(l, in, out)
	case l.kind != leafText:
		out, err = s.numbers(l, in, out)
	case s.cursor.Coded:
		out, err = s.codes(in, out)
	case l.find != nil && l.src.kind != fromResource:
		out, err = s.find(l.find, in, out)
	default:
		text := l.text
		if l.src.kind == fromResource {
			text = resourceMatcher(l.src.key, l.text)
		}
		out, err = each(in, out, func(i int) (bool, error) {
			if err := s.cursor.Seek(i); err != nil {
				return false, err
			}
			return text(s.cursor.At(i)), nil
		})
	}
	return selected{rows: out}, err
}

// each appends the rows of in that match.
func each(in selected, out []int32, match func(i int) (bool, error)) ([]int32, error) {
	if in.all {
		for i := in.begin; i < in.end; i++ {
			ok, err := match(int(i))
			if err != nil {
				return out, err
			}
			if ok {
				out = append(out, i)
			}
		}
		return out, nil
	}
	for _, i := range in.rows {
		ok, err := match(int(i))
		if err != nil {
			return out, err
		}
		if ok {
			out = append(out, i)
		}
	}
	return out, nil
}

func (in selected) first() int {
	if in.all {
		return int(in.begin)
	}
	return int(in.rows[0])
}

// codes selects by the codes of a dictionary. Pages of such columns are as large as in, or larger.
func (s *leafState) codes(in selected, out []int32) ([]int32, error) {
	c := s.cursor
	if err := c.Seek(in.first()); err != nil {
		return out, err
	}
	if c.Codes == nil {
		if s.match[0] == 0 {
			return out, nil
		}
		return each(in, out, func(int) (bool, error) { return true, nil })
	}
	// Every row is written and kept only if it matches, for the processor cannot guess.
	start, n := int32(c.Start), 0
	if in.all {
		out = slices.Grow(out, int(in.end-in.begin))[:in.end-in.begin]
		for i, code := range c.Codes[in.begin-start : in.end-start] {
			out[n] = in.begin + int32(i)
			n += int(s.match[code])
		}
		return out[:n], nil
	}
	out = slices.Grow(out, len(in.rows))[:len(in.rows)]
	for _, i := range in.rows {
		out[n] = i
		n += int(s.match[c.Codes[i-start]])
	}
	return out[:n], nil
}

func (s *leafState) numbers(l *leaf, in selected, out []int32) ([]int32, error) {
	c := s.cursor
	if err := c.Seek(in.first()); err != nil {
		return out, err
	}
	if c.AllNull {
		return out, nil
	}
	return each(in, out, func(i int) (bool, error) {
		v, known := c.NumberAt(i)
		return known && float64(v) >= l.low && float64(v) <= l.high, nil
	})
}

func (s *leafState) tokens(l *leaf, in selected, out []int32) ([]int32, error) {
	return each(in, out, func(i int) (bool, error) {
		v, known, err := tokensAt(s.cursor, s.second, i)
		return known && float64(v) >= l.low && float64(v) <= l.high, err
	})
}

func tokensAt(input, output *part.Cursor, i int) (sum int64, known bool, err error) {
	if err := input.Seek(i); err != nil {
		return 0, false, err
	}
	if err := output.Seek(i); err != nil {
		return 0, false, err
	}
	a, ok := input.NumberAt(i)
	b, ok2 := output.NumberAt(i)
	return a + b, ok || ok2, nil
}
