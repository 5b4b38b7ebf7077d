package metrics

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// unitPlaces knows where in a file of unit tests its parts stand.
type unitPlaces struct {
	file string
	root *yaml.Node // nil where the file is no YAML
}

func newUnitPlaces(file string, text []byte) *unitPlaces {
	p := &unitPlaces{file: file}
	var document yaml.Node
	if yaml.Unmarshal(text, &document) == nil && len(document.Content) > 0 {
		p.root = document.Content[0]
	}
	return p
}

// of is file:line of an item of a list of a test; of the test itself where list is empty.
func (p *unitPlaces) of(test int, list string, item int) string {
	n := itemOf(valueOf(p.root, "tests"), test)
	if list != "" {
		n = itemOf(valueOf(n, list), item)
	}
	if n == nil {
		return p.file
	}
	return fmt.Sprintf("%s:%d", p.file, n.Line)
}

func itemOf(n *yaml.Node, i int) *yaml.Node {
	if n == nil || n.Kind != yaml.SequenceNode || i >= len(n.Content) {
		return nil
	}
	return n.Content[i]
}

// problems are those of decoding the file.
func (p *unitPlaces) problems(err error) *RuleError {
	texts := []string{err.Error()}
	if many, ok := errors.AsType[*yaml.TypeError](err); ok {
		texts = many.Errors
	}
	out := &RuleError{}
	for _, text := range texts {
		problem := ofYAML(text)
		problem.File = p.file
		if n := durationIn(p.root, problem.Message); problem.Line == 0 && n != nil {
			problem.Line, problem.Column = n.Line, n.Column
		}
		out.Problems = append(out.Problems, problem)
	}
	return out
}

// durationIn is the scalar that a message about a duration repeats; nil where there is none.
func durationIn(n *yaml.Node, message string) *yaml.Node {
	if n == nil || !strings.Contains(message, "duration") {
		return nil
	}
	if n.Kind == yaml.ScalarNode && n.Value != "" && strings.Contains(message, strconv.Quote(n.Value)) {
		return n
	}
	for i, inner := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 {
			continue // a key
		}
		if found := durationIn(inner, message); found != nil {
			return found
		}
	}
	return nil
}
