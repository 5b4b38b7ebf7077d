package exec

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"unsafe"

	"github.com/telltale-dev/telltale/internal/store/local/part"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// node is a condition of a plan.
type node struct {
	op   nodeOp
	kids []*node
	leaf *leaf
	// words must all be in the long texts of a page for it to have a match.
	words []uint64
	cost  int
}

type nodeOp uint8

const (
	opAnd nodeOp = iota
	opOr
	opNot
	opLeaf
	opWords // its only kid, on pages that may have the words
)

// leaf is a condition on one column.
type leaf struct {
	index int // in worker.leaves
	src   source
	kind  leafKind
	text  func(v []byte) bool
	low   float64 // bounds of numbers; of leafKnown none
	high  float64
	find  *substring // what text looks for anywhere in the value, if it does
	equal []string   // the values text accepts, if only those
}

type leafKind uint8

const (
	leafText leafKind = iota
	leafBetween
	leafKnown
)

// source says where the values of a field are.
type source struct {
	kind sourceKind
	id   part.ID
	key  string
}

type sourceKind uint8

const (
	fromColumn sourceKind = iota
	fromAttr
	fromResource
	fromTokens // input and output tokens
)

func sourceOf(r telemetry.FieldRef) (source, error) {
	switch {
	case r.Field == nil:
		return source{}, fmt.Errorf("a condition without a field: %w", telemetry.ErrUnsupported)
	case r.Field.Keyed && r.Field.Name == "attr":
		return source{kind: fromAttr, key: r.Key}, nil
	case r.Field.Keyed && r.Field.Name == "resource":
		return source{kind: fromResource, id: part.ColResource, key: r.Key}, nil
	case r.Field.Name == "tokens":
		return source{kind: fromTokens}, nil
	}
	id, ok := part.Lookup(r.Field.Column)
	if !ok {
		return source{}, fmt.Errorf("field %s: %w", r.Field.Name, telemetry.ErrUnsupported)
	}
	return source{id: id}, nil
}

// plan is a compiled filter.
type plan struct {
	root   *node
	leaves int
	filter telemetry.Expr // what root was made of, without the choice of signal
	want   want
	times  interval
	chosen part.Choice // what of spans that are merged with their repeats is needed to answer
}

// want says which rows a query is about.
type want uint8

const (
	wantSpans want = 1 << iota // repeats excluded
	wantLogs
	wantAll = wantSpans | wantLogs
)

func newPlan(filter telemetry.Expr, times interval, w want) (*plan, error) {
	p := &plan{filter: filter, want: w, times: times, chosen: part.Choose(false, fieldsOf(filter, []telemetry.FieldRef{}))}
	root, err := p.compile(filter)
	if err != nil {
		return nil, err
	}
	all := &node{op: opAnd}
	if w != wantAll {
		all.kids = append(all.kids, p.textLeaf(source{id: part.ColKind}, func(v []byte) bool {
			return (string(v) == part.KindLog) == (w == wantLogs)
		}))
	}
	all.kids = append(all.kids, p.textLeaf(source{id: part.ColRepeat}, func(v []byte) bool { return len(v) == 0 }))
	if root.op == opAnd {
		all.kids = append(all.kids, root.kids...)
	} else {
		all.kids = append(all.kids, root)
	}
	p.root = all.sort()
	return p, nil
}

// fieldsOf adds the fields of a filter to a list.
func fieldsOf(x telemetry.Expr, to []telemetry.FieldRef) []telemetry.FieldRef {
	switch x := x.(type) {
	case telemetry.And:
		for _, e := range x {
			to = fieldsOf(e, to)
		}
	case telemetry.Or:
		for _, e := range x {
			to = fieldsOf(e, to)
		}
	case telemetry.Not:
		return fieldsOf(x.Expr, to)
	case telemetry.Cond:
		if x.Field.Field != nil {
			return append(to, x.Field)
		}
	}
	return to
}

// sort puts cheap conditions first and sums up costs.
func (n *node) sort() *node {
	slices.SortStableFunc(n.kids, func(a, b *node) int { return a.cost - b.cost })
	for _, k := range n.kids {
		n.cost += k.cost
	}
	return n
}

func (p *plan) newLeaf(l leaf, cost int) *node {
	l.index = p.leaves
	p.leaves++
	return &node{op: opLeaf, leaf: &l, cost: cost}
}

func (p *plan) textLeaf(src source, match func([]byte) bool) *node {
	return p.newLeaf(leaf{src: src, text: match}, 1)
}

func (p *plan) compile(x telemetry.Expr) (*node, error) {
	switch x := x.(type) {
	case nil:
		return &node{op: opAnd}, nil
	case telemetry.And:
		return p.compileAll(opAnd, x)
	case telemetry.Or:
		return p.compileAll(opOr, x)
	case telemetry.Not:
		return p.compileAll(opNot, []telemetry.Expr{x.Expr})
	case telemetry.Cond:
		return p.compileCond(x)
	}
	return nil, fmt.Errorf("expression %T: %w", x, telemetry.ErrUnsupported)
}

func (p *plan) compileAll(op nodeOp, list []telemetry.Expr) (*node, error) {
	n := &node{op: op}
	for _, x := range list {
		k, err := p.compile(x)
		if err != nil {
			return nil, err
		}
		n.kids = append(n.kids, k)
	}
	return n.sort(), nil
}

func (p *plan) compileCond(c telemetry.Cond) (*node, error) {
	if c.Field.Field != nil && c.Field.Field.Name == "text" {
		n := &node{op: opOr}
		for _, f := range telemetry.TextFields() {
			part := c
			part.Field = f
			k, err := p.plainCond(part)
			if err != nil {
				return nil, err
			}
			n.kids = append(n.kids, k)
		}
		return withWords(c, n.sort()), nil
	}
	n, err := p.plainCond(c)
	if err != nil || c.Field.Field.Type != telemetry.FullText {
		return n, err
	}
	return withWords(c, n), nil
}

// withWords leaves out pages that cannot have what a condition on long text looks for.
func withWords(c telemetry.Cond, n *node) *node {
	var words []uint64
	if len(c.Values) > 0 && (c.Op == telemetry.Word || c.Op == telemetry.Phrase || c.Op == telemetry.Contains) {
		part.Words(c.Values[0], c.Op != telemetry.Contains, func(h uint64) { words = append(words, h) })
	}
	if len(words) == 0 {
		return n
	}
	return &node{op: opWords, kids: []*node{n}, words: words, cost: n.cost}
}

// nothing matches no row.
func nothing() *node { return &node{op: opOr} }

func (p *plan) plainCond(c telemetry.Cond) (*node, error) {
	src, err := sourceOf(c.Field)
	if err != nil {
		return nil, err
	}
	if c.Field.Field.Type.Numeric() {
		switch c.Op {
		case telemetry.Exists:
			return p.newLeaf(leaf{src: src, kind: leafKnown, low: math.Inf(-1), high: math.Inf(1)}, 2), nil
		case telemetry.Between:
			return p.newLeaf(leaf{src: src, kind: leafBetween, low: c.Low, high: c.High}, 2), nil
		}
		return nothing(), nil
	}
	cost := 3
	switch {
	case c.Field.Field.Type == telemetry.FullText:
		cost = 100
	case src.kind != fromColumn:
		cost = 5
	}
	l := leaf{src: src, text: matcher(c)}
	if c.Op == telemetry.Contains && len(c.Values) > 0 && c.Values[0] != "" {
		l.find = newSubstring(c.Values[0])
	}
	if (c.Op == telemetry.Word || c.Op == telemetry.Phrase) && len(c.Values) > 0 && c.Values[0] != "" {
		l.find = newWords(c.Values[0], l.text)
	}
	if c.Op == telemetry.Equals {
		l.equal = c.Values
	}
	return p.newLeaf(l, cost), nil
}

// matcher is c.MatchText on bytes, the common operators without the detour.
func matcher(c telemetry.Cond) func([]byte) bool {
	switch {
	case c.Op == telemetry.Equals && len(c.Values) == 1:
		want := c.Values[0]
		return func(v []byte) bool { return string(v) == want }
	case c.Op == telemetry.Equals && len(c.Values) > 8:
		set := make(map[string]bool, len(c.Values))
		for _, v := range c.Values {
			set[v] = true
		}
		return func(v []byte) bool { return set[string(v)] }
	case c.Op == telemetry.Contains && len(c.Values) > 0:
		want := []byte(c.Values[0])
		return func(v []byte) bool { return len(v) > 0 && bytes.Contains(v, want) }
	}
	return func(v []byte) bool {
		return c.MatchText(unsafe.String(unsafe.SliceData(v), len(v))) //nolint:gosec // MatchText keeps nothing, and v does not change meanwhile
	}
}

// resourceMatcher applies match to the value of a key in the JSON of a resource.
func resourceMatcher(key string, match func([]byte) bool) func([]byte) bool {
	return func(v []byte) bool { return match([]byte(part.AttrOf(string(v), key))) }
}
