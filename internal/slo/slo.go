// Package slo reads service level objectives from a small file and makes rules for Prometheus of them: recording rules for burn rates
// and the error budget that is left, and alerts on several windows and burn rates, as in the SRE workbook of Google.
//
// A burn rate of 1 spends the budget exactly in the objective's window.
package slo

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/telltale-dev/telltale/internal/query/nearest"
)

// Placeholder stands in expressions for the window, which is filled in.
const Placeholder = "$window"

// Limits of a file.
const (
	maxObjectives = 200
	minWindow     = 24 * time.Hour
	maxWindow     = 366 * 24 * time.Hour
)

// Objective is what a service promises.
type Objective struct {
	Name        string
	Service     string
	Description string
	Target      float64 // share of events that are good, above 0 and below 1
	Window      time.Duration
	Good, Total string // PromQL: events a second, with Placeholder as the range
	MinErrors   int    // fewer bad events in the windows of an alert are no alert
	Labels      map[string]string
}

// Mistake is something in a file that cannot be.
type Mistake struct {
	File         string
	Line, Column int // from 1
	Message      string
}

// Error is file:line:column: message.
func (m *Mistake) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", m.File, m.Line, m.Column, m.Message)
}

// Parse reads a file. parseExpr says whether an expression is PromQL. All mistakes are told, joined; each is a *Mistake.
func Parse(name string, text []byte, parseExpr func(string) error) ([]Objective, error) {
	var root yaml.Node
	d := yaml.NewDecoder(bytes.NewReader(text))
	if err := d.Decode(&root); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		return nil, &Mistake{name, lineOf(err), 1, strings.TrimPrefix(err.Error(), "yaml: ")}
	}
	r := &reader{file: name, parseExpr: parseExpr}
	var out []Objective
	r.keys(root.Content[0], map[string]func(*yaml.Node){"slos": func(n *yaml.Node) { out = r.objectives(n) }})
	return out, errors.Join(r.errs...)
}

var yamlLine = regexp.MustCompile(`line (\d+)`)

func lineOf(err error) int {
	if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
		n, _ := strconv.Atoi(m[1])
		return n
	}
	return 1
}

// reader collects mistakes.
type reader struct {
	file      string
	parseExpr func(string) error
	errs      []error
}

func (r *reader) fail(n *yaml.Node, format string, args ...any) {
	r.errs = append(r.errs, &Mistake{r.file, n.Line, n.Column, fmt.Sprintf(format, args...)})
}

// keys hands the values of a mapping on. A key that is not known, or comes twice, is a mistake.
func (r *reader) keys(n *yaml.Node, known map[string]func(*yaml.Node)) {
	if n.Kind == yaml.AliasNode {
		r.fail(n, "aliases are not read here")
		return
	}
	if n.Kind != yaml.MappingNode {
		r.fail(n, "here should be keys and values")
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		take := known[key.Value]
		switch {
		case seen[key.Value]:
			r.fail(key, "%q comes twice", key.Value)
		case take == nil:
			var names []string
			for name := range known {
				names = append(names, name)
			}
			slices.Sort(names)
			hint := "keys are " + strings.Join(names, ", ")
			if near := nearest.Of(key.Value, names); near != "" {
				hint = "did you mean " + near + "?"
			}
			r.fail(key, "there is no key %q here (%s)", key.Value, hint)
		default:
			take(n.Content[i+1])
		}
		seen[key.Value] = true
	}
}

func (r *reader) objectives(n *yaml.Node) []Objective {
	if n.Kind != yaml.SequenceNode {
		r.fail(n, "slos should be a list")
		return nil
	}
	if len(n.Content) > maxObjectives {
		r.fail(n, "%d objectives are too many; %d is the most", len(n.Content), maxObjectives)
		return nil
	}
	var out []Objective
	seen := map[string]bool{}
	for _, item := range n.Content {
		o := r.objective(item)
		key := o.Service + "\xff" + o.Name
		if o.Name != "" && seen[key] {
			r.fail(item, "service %q has another objective %q", o.Service, o.Name)
		}
		seen[key] = true
		out = append(out, o)
	}
	return out
}

func (r *reader) objective(n *yaml.Node) Objective {
	o := Objective{MinErrors: 5, Window: 30 * 24 * time.Hour}
	given := map[string]bool{}
	text := func(name string, into *string) func(*yaml.Node) {
		return func(v *yaml.Node) {
			given[name] = true
			if v.Kind != yaml.ScalarNode || strings.TrimSpace(v.Value) == "" {
				r.fail(v, "%s should be text", name)
				return
			}
			*into = strings.TrimSpace(v.Value)
		}
	}
	expr := func(name string, into *string) func(*yaml.Node) {
		return func(v *yaml.Node) {
			text(name, into)(v)
			r.expression(v, name, *into)
		}
	}
	r.keys(n, map[string]func(*yaml.Node){
		"name": text("name", &o.Name), "service": text("service", &o.Service), "description": text("description", &o.Description),
		"good": expr("good", &o.Good), "total": expr("total", &o.Total),
		"objective":  func(v *yaml.Node) { given["objective"] = true; r.target(v, &o.Target) },
		"window":     func(v *yaml.Node) { r.window(v, &o.Window) },
		"min_errors": func(v *yaml.Node) { r.count(v, &o.MinErrors) },
		"labels":     func(v *yaml.Node) { r.labels(v, &o.Labels) },
	})
	for _, name := range []string{"name", "service", "objective", "good", "total"} {
		if n.Kind == yaml.MappingNode && !given[name] {
			r.fail(n, "%s is missing", name)
		}
	}
	return o
}

func (r *reader) expression(n *yaml.Node, name, text string) {
	if text == "" {
		return
	}
	if !strings.Contains(text, Placeholder) {
		r.fail(n, "%s does not say %s, as in sum(rate(http_requests_total[%s]))", name, Placeholder, Placeholder)
		return
	}
	if err := r.parseExpr(strings.ReplaceAll(text, Placeholder, "5m")); err != nil {
		r.fail(n, "%s is no PromQL: %s", name, err)
	}
}

func (r *reader) target(n *yaml.Node, into *float64) {
	percent, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(n.Value, "%")), 64)
	if err != nil || math.IsNaN(percent) || percent <= 0 || percent >= 100 {
		r.fail(n, "objective %q should be a number of percent above 0 and below 100, such as 99.9", n.Value)
		return
	}
	*into = percent / 100
}

var windowText = regexp.MustCompile(`^(\d{1,4})(h|d|w)$`)

func (r *reader) window(n *yaml.Node, into *time.Duration) {
	units := map[string]time.Duration{"h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour}
	var d time.Duration
	if m := windowText.FindStringSubmatch(n.Value); m != nil {
		count, _ := strconv.Atoi(m[1])
		d = time.Duration(count) * units[m[2]]
	}
	if d < minWindow || d > maxWindow {
		r.fail(n, "window %q should be a time from 1d to 366d, such as 30d or 4w", n.Value)
		return
	}
	*into = d
}

func (r *reader) count(n *yaml.Node, into *int) {
	v, err := strconv.Atoi(n.Value)
	if err != nil || v < 0 || v > 1_000_000 {
		r.fail(n, "min_errors %q should be a whole number from 0", n.Value)
		return
	}
	*into = v
}

var labelName = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`)

func (r *reader) labels(n *yaml.Node, into *map[string]string) {
	if n.Kind != yaml.MappingNode {
		r.fail(n, "labels should be names and values")
		return
	}
	*into = map[string]string{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, v := n.Content[i], n.Content[i+1]
		reserved := slices.Contains([]string{"slo", "service", "window", "severity", "alertname"}, key.Value)
		if !labelName.MatchString(key.Value) || strings.HasPrefix(key.Value, "__") || reserved || v.Kind != yaml.ScalarNode {
			r.fail(key, "%q cannot be a label here", key.Value)
			continue
		}
		(*into)[key.Value] = v.Value
	}
}
