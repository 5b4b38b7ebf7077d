package dashboard

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Severities of problems.
const (
	Unsupported = "unsupported" // it is shown without
	Error       = "error"       // it is wrong
)

// Problem is something in a dashboard that is not understood or wrong.
type Problem struct {
	Path     string `json:"path" doc:"where in the JSON, such as panels[2].targets[0].expr"`
	Line     int    `json:"line" doc:"from 1"`
	Column   int    `json:"column" doc:"from 1, in bytes"`
	Severity string `json:"severity" doc:"error: it is wrong; unsupported: the dashboard is shown without it"`
	Message  string `json:"message"`
	Hint     string `json:"hint,omitempty" doc:"what would be right"`
}

func (p Problem) String() string {
	s := fmt.Sprintf("%d:%d: %s: ", p.Line, p.Column, p.Severity)
	if p.Path != "" {
		s += p.Path + ": "
	}
	s += p.Message
	if p.Hint != "" {
		s += " (" + p.Hint + ")"
	}
	return s
}

// Failed reports whether one of the problems is an error.
func Failed(problems []Problem) bool {
	return slices.ContainsFunc(problems, func(p Problem) bool { return p.Severity == Error })
}

// maxProblems bounds what is told of one dashboard.
const maxProblems = 200

// reader collects problems while a tree is read.
type reader struct {
	text     []byte
	problems []Problem
	more     int
	units    map[string]bool // unknown ones that were told
	uses     []use
	lookups  []use                   // what variables ask
	lost     []string                // variables that are not supported
	elements map[string]*node        // library panels by uid
	query    func(expr string) error // may be nil
}

func (r *reader) add(at int, severity, path, message, hint string) {
	if len(r.problems) == maxProblems {
		r.more++
		return
	}
	line, column := position(r.text, at)
	r.problems = append(r.problems, Problem{path, line, column, severity, message, hint})
}

func position(text []byte, at int) (line, column int) {
	before := text[:min(max(at, 0), len(text))]
	return 1 + bytes.Count(before, []byte{'\n'}), len(before) - bytes.LastIndexByte(before, '\n')
}

// result returns the problems in order of their places.
func (r *reader) result() []Problem {
	slices.SortStableFunc(r.problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	if r.more > 0 {
		r.problems = append(r.problems, Problem{Line: 1, Column: 1, Severity: Unsupported, Message: fmt.Sprintf("%d further problems are left out", r.more)})
	}
	return r.problems
}

// object reads the members of a JSON object. Those that nobody asks for are told by close. A nil object is empty.
type object struct {
	r    *reader
	n    *node
	path string
	seen map[string]bool
}

func (r *reader) object(n *node, path string) *object {
	switch {
	case n.null():
		return nil
	case !n.object:
		r.add(n.at, Error, path, "it is "+n.what(), "an object")
		return nil
	}
	o := &object{r, n, path, map[string]bool{}}
	for i := range n.members {
		if m := &n.members[i]; n.find(m.name) != m.value {
			r.add(m.at, Error, o.at(m.name), "it is there twice", "the first one counts")
		}
	}
	return o
}

func (o *object) at(name string) string {
	if o.path == "" {
		return name
	}
	return o.path + "." + name
}

// get returns nil where the member is absent or null.
func (o *object) get(name string) *node {
	if o == nil {
		return nil
	}
	o.seen[name] = true
	if n := o.n.find(name); !n.null() {
		return n
	}
	return nil
}

func (o *object) wrong(name string, n *node, want string) {
	o.r.add(n.at, Error, o.at(name), "it is "+n.what(), want)
}

func (o *object) unsupported(name string, n *node, message, hint string) {
	o.r.add(n.at, Unsupported, o.at(name), message, hint)
}

func (o *object) str(name string) string {
	n := o.get(name)
	if n == nil {
		return ""
	}
	s, ok := n.text()
	if !ok {
		o.wrong(name, n, "a text")
	}
	return s
}

func (o *object) number(name string) *float64 {
	n := o.get(name)
	if s, ok := n.text(); n == nil || ok && (s == "" || s == "auto") {
		return nil
	}
	f, ok := n.number()
	if !ok {
		o.wrong(name, n, "a number")
		return nil
	}
	return &f
}

// integer bounds what it reads to 0…most.
func (o *object) integer(name string, most int) *int {
	f := o.number(name)
	if f == nil {
		return nil
	}
	if *f < 0 || *f > float64(most) || *f != float64(int(*f)) {
		o.wrong(name, o.get(name), fmt.Sprintf("a whole number from 0 to %d", most))
		return nil
	}
	i := int(*f)
	return &i
}

func (o *object) flag(name string) bool {
	n := o.get(name)
	if n == nil {
		return false
	}
	b, ok := n.value.(bool)
	if !ok {
		o.wrong(name, n, "true or false")
	}
	return b
}

func (o *object) child(name string) *object {
	n := o.get(name)
	if n == nil {
		return nil
	}
	return o.r.object(n, o.at(name))
}

// list tells of more than most items and returns those before.
func (o *object) list(name string, most int) []*node {
	n := o.get(name)
	switch {
	case n == nil:
		return nil
	case !n.list:
		o.wrong(name, n, "a list")
		return nil
	case len(n.items) > most:
		o.r.add(n.items[most].at, Error, o.at(name), fmt.Sprintf("there are %d", len(n.items)), fmt.Sprintf("%d at most", most))
		return n.items[:most]
	}
	return n.items
}

func (o *object) objects(name string, most int) []*object {
	var out []*object
	for i, n := range o.list(name, most) {
		if one := o.r.object(n, o.at(name)+"["+strconv.Itoa(i)+"]"); one != nil {
			out = append(out, one)
		}
	}
	return out
}

// first returns the first of a list of objects; further ones are told.
func (o *object) first(name string) *object {
	all := o.objects(name, maxPanels)
	if len(all) == 0 {
		return nil
	}
	if len(all) > 1 {
		o.unsupported(name, all[1].n, "there is more than one", "one; the first counts")
	}
	return all[0]
}

func (o *object) texts(name string, most int) []string {
	var out []string
	for i, n := range o.list(name, most) {
		s, ok := n.text()
		if !ok {
			o.wrong(name+"["+strconv.Itoa(i)+"]", n, "a text")
			continue
		}
		out = append(out, s)
	}
	return out
}

// oneOf returns the text where it is one of allowed, else the fallback; another one is told.
func (o *object) oneOf(name, fallback string, allowed ...string) string {
	n := o.get(name)
	s := o.str(name)
	if n == nil || s == "" {
		return fallback
	}
	if slices.Contains(allowed, s) {
		return s
	}
	o.unsupported(name, n, shorten(s)+" is not known", "one of "+strings.Join(allowed, ", "))
	return fallback
}

// ignore takes members that change nothing of what is shown.
func (o *object) ignore(names ...string) {
	if o != nil {
		for _, name := range names {
			o.seen[name] = true
		}
	}
}

// plain takes members that are understood only where they say what holds without them.
func (o *object) plain(name string, values ...string) {
	n := o.get(name)
	if n == nil {
		return
	}
	var text bytes.Buffer
	if json.Compact(&text, o.r.text[n.at:n.end]) != nil || slices.Contains(values, text.String()) {
		return
	}
	hint := "leave it out"
	if len(values) > 0 {
		hint = strings.Join(values, " or ")
	}
	o.unsupported(name, n, "it is not supported", hint)
}

// close tells of members that nobody asked for.
func (o *object) close() {
	if o == nil {
		return
	}
	for i := range o.n.members {
		if m := &o.n.members[i]; !o.seen[m.name] && !m.value.null() && !m.value.empty() {
			o.seen[m.name] = true
			o.r.add(m.at, Unsupported, o.at(m.name), "it is not known", "")
		}
	}
}

// empty reports whether a value says nothing: an empty object, list or text, or false.
func (n *node) empty() bool {
	if n.object || n.list {
		return len(n.members)+len(n.items) == 0
	}
	return n.value == "" || n.value == false
}
