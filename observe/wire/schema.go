package wire

import "strings"

// field is a fact that a value of a JSON document may be.
type field uint8

// A rule says which fact stands at a path: keys joined by dots, "[]" for the elements of an array.
type rule struct {
	path  string
	field field
}

// A schema is the tree of the paths that matter in a document. Everything off the tree is skipped unread.
type schema struct{ nodes []node }

type node struct {
	field field
	edges []edge
	heads uint64 // a bit for each byte that a key of edges begins with, modulo 64
	elem  uint8  // node of the elements of an array, nowhere if they do not matter
}

type edge struct {
	key string
	to  uint8
}

const (
	nowhere uint8 = 0
	root    uint8 = 1
)

func compile(rules ...[]rule) *schema {
	s := &schema{nodes: make([]node, 2, 64)}
	for _, list := range rules {
		for _, r := range list {
			at := root
			for key := range strings.SplitSeq(r.path, ".") {
				at = s.step(at, key)
			}
			s.nodes[at].field = r.field
		}
	}
	return s
}

// step returns the node below at, made if it is not there.
func (s *schema) step(at uint8, key string) uint8 {
	n := &s.nodes[at]
	fresh := uint8(len(s.nodes))
	if key == "[]" {
		if n.elem != nowhere {
			return n.elem
		}
		n.elem = fresh
	} else {
		if to := s.child(at, []byte(key)); to != nowhere {
			return to
		}
		n.edges = append(n.edges, edge{key, fresh})
		n.heads |= 1 << (key[0] & 63)
	}
	s.nodes = append(s.nodes, node{})
	return fresh
}

func (s *schema) child(at uint8, key []byte) uint8 {
	n := &s.nodes[at]
	if len(key) == 0 || n.heads>>(key[0]&63)&1 == 0 {
		return nowhere
	}
	for i := range n.edges {
		if e := &n.edges[i]; e.key == string(key) {
			return e.to
		}
	}
	return nowhere
}

// below puts the same rules under a prefix.
func below(prefix string, rules []rule) []rule {
	out := make([]rule, len(rules))
	for i, r := range rules {
		out[i] = rule{prefix + "." + r.path, r.field}
	}
	return out
}
