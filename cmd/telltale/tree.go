package main

import (
	"cmp"
	"slices"

	"github.com/telltale-dev/telltale/internal/api"
)

// node is a span in its tree.
type node struct {
	span     *api.Span
	children []*node
	depth    int
	orphan   bool // its parent is named and not there
}

// spanTree arranges spans under their parents, siblings in order of time. Nothing is lost: a span whose parent is missing
// is a root, and so is one of every circle of parents.
func spanTree(spans []api.Span) []*node {
	byID := make(map[[2]string]*node, len(spans))
	nodes := make([]*node, len(spans))
	for i := range spans {
		nodes[i] = &node{span: &spans[i]}
		id := [2]string{spans[i].TraceID, spans[i].SpanID}
		if _, taken := byID[id]; !taken {
			byID[id] = nodes[i]
		}
	}
	var roots []*node
	for _, n := range nodes {
		parent := byID[[2]string{n.span.TraceID, n.span.ParentID}]
		if n.span.ParentID == "" || parent == nil || parent == n {
			n.orphan = n.span.ParentID != ""
			roots = append(roots, n)
			continue
		}
		parent.children = append(parent.children, n)
	}
	roots = withCircles(roots, nodes)
	byTime := func(a, b *node) int {
		return cmp.Or(a.span.Time.Compare(b.span.Time), cmp.Compare(b.span.DurationNS, a.span.DurationNS), cmp.Compare(a.span.SpanID, b.span.SpanID))
	}
	slices.SortFunc(roots, byTime)
	walk(roots, func(n *node) {
		slices.SortFunc(n.children, byTime)
		for _, c := range n.children {
			c.depth = n.depth + 1
		}
	})
	return roots
}

// withCircles cuts each circle of parents, which no root leads to, at one of its spans.
func withCircles(roots, nodes []*node) []*node {
	seen := make(map[*node]bool, len(nodes))
	walk(roots, func(n *node) { seen[n] = true })
	for _, n := range nodes {
		if seen[n] {
			continue
		}
		n.orphan = true
		roots = append(roots, n)
		walk([]*node{n}, func(m *node) {
			seen[m] = true
			m.children = slices.DeleteFunc(m.children, func(c *node) bool { return seen[c] })
		})
	}
	return roots
}

// walk visits nodes and then their children, in order, without recursion: traces can be as deep as somebody wants.
func walk(roots []*node, visit func(*node)) {
	stack := slices.Clone(roots)
	slices.Reverse(stack)
	for len(stack) > 0 {
		n := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		visit(n)
		for _, c := range slices.Backward(n.children) {
			stack = append(stack, c)
		}
	}
}

// cause finds what led to the failure of a root: from a failed span down to the failed child that ended last, as long as
// there is one.
func cause(roots []*node) *node {
	failed := lastFailed(roots)
	for n := failed; n != nil; n = lastFailed(n.children) {
		failed = n
	}
	return failed
}

func lastFailed(nodes []*node) *node {
	var last *node
	for _, n := range nodes {
		if n.span.Status == "error" && (last == nil || end(n.span) >= end(last.span)) {
			last = n
		}
	}
	return last
}

func end(s *api.Span) int64 { return s.Time.UnixNano() + s.DurationNS }
