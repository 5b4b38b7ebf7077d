package metrics

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/telltale-dev/telltale/internal/ownfile"
)

const (
	maxRuleFile  = 4 // MB
	maxRuleFiles = 1000
	rulePoll     = 5 * time.Second // how often files are looked at
)

// ruleSet is what all rule files said when they were read. All of them are right.
type ruleSet struct {
	files  []string // in order; texts in memory among them
	groups map[string]*rulefmt.RuleGroups
	stamps map[string]string
}

// RuleError is of rule files that are wrong.
type RuleError struct{ Problems []Problem }

// Error names the first mistakes with their places.
func (e *RuleError) Error() string {
	const most = 5
	var lines []string
	for i := range e.Problems[:min(most, len(e.Problems))] {
		lines = append(lines, e.Problems[i].String())
	}
	if more := len(e.Problems) - most; more > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(lines, "\n")
}

// readRules reads and checks everything that says rules. What is wrong is a *RuleError.
func (s *Server) readRules(c *config.Config) (*ruleSet, error) {
	files, err := s.ruleFiles(c)
	if err != nil {
		return nil, err
	}
	set := &ruleSet{groups: map[string]*rulefmt.RuleGroups{}, stamps: s.ruleStamps(c)}
	var wrong []Problem
	take := func(name string, text []byte) *rulefmt.RuleGroups {
		groups, problems := parseRules(name, text, s.parser, c.GlobalConfig.MetricNameValidationScheme)
		wrong = append(wrong, problems...)
		set.files, set.groups[name] = append(set.files, name), groups
		return groups
	}
	if s.opts.Texts != nil {
		texts := s.opts.Texts()
		for _, name := range slices.Sorted(maps.Keys(texts)) {
			if groups := take(name, []byte(texts[name])); groups != nil {
				for i := range groups.Groups { // our own series come as often
					groups.Groups[i].Interval = or(groups.Groups[i].Interval, model.Duration(s.opts.Interval))
				}
			}
		}
	}
	for _, name := range files {
		text, err := readRuleFile(name)
		if err != nil {
			wrong = append(wrong, Problem{File: name, Message: err.Error()})
			continue
		}
		take(name, text)
	}
	if len(wrong) > 0 {
		err := &RuleError{wrong}
		s.ruled.note(nil, err) // whoever asked for them to be read
		return nil, err
	}
	return set, nil
}

// ruleFiles expands the patterns. A file that two of them find is named once.
func (s *Server) ruleFiles(c *config.Config) ([]string, error) {
	var files []string
	seen := map[string]bool{}
	for _, pattern := range slices.Concat(s.opts.Rules, c.RuleFiles) {
		found, err := filepath.Glob(pattern)
		if err != nil {
			return nil, fmt.Errorf("rule files %q: %w", pattern, err)
		}
		for _, name := range found {
			same := name
			if absolute, err := filepath.Abs(name); err == nil {
				same = absolute
			}
			if !seen[same] {
				seen[same] = true
				files = append(files, name)
			}
		}
	}
	if len(files) > maxRuleFiles {
		return nil, fmt.Errorf("rule files: %d are found; %d is the most", len(files), maxRuleFiles)
	}
	return files, nil
}

// readRuleFile leaves the name out of the error, which is told beside it.
func readRuleFile(name string) ([]byte, error) {
	text, err := ownfile.Read(name, maxRuleFile)
	return text, errors.Unwrap(err)
}

// ruleStamps tells whether anything that says rules has changed.
func (s *Server) ruleStamps(c *config.Config) map[string]string {
	stamps := map[string]string{}
	files, err := s.ruleFiles(c)
	if err != nil {
		stamps["patterns"] = err.Error()
	}
	for _, name := range files {
		stamps[name] = ownfile.Stamp(name)
	}
	if s.opts.Texts != nil {
		maps.Copy(stamps, s.opts.Texts())
	}
	return stamps
}

// ruleLoader hands the set in force to the rules of Prometheus.
type ruleLoader struct {
	parser parser.Parser
	set    atomic.Pointer[ruleSet]
}

// Load implements rules.GroupLoader.
func (l *ruleLoader) Load(name string, _ bool, _ model.ValidationScheme) (*rulefmt.RuleGroups, []error) {
	if groups, ok := l.set.Load().groups[name]; ok {
		return groups, nil
	}
	return nil, []error{fmt.Errorf("%s: no such file", name)}
}

// Parse implements rules.GroupLoader.
func (l *ruleLoader) Parse(expr string) (parser.Expr, error) { return l.parser.ParseExpr(expr) }

// parseRules reads a file of rules. Groups are nil where something is wrong.
func parseRules(name string, text []byte, p parser.Parser, scheme model.ValidationScheme) (*rulefmt.RuleGroups, []Problem) {
	if scheme == model.UnsetValidation {
		scheme = model.UTF8Validation
	}
	groups, errs := rulefmt.Parse(text, false, scheme, p, slog.New(slog.DiscardHandler))
	if len(errs) == 0 {
		return groups, nil
	}
	places := newRulePlaces(text)
	var problems []Problem
	for _, err := range errs {
		for _, found := range places.problems(err) {
			found.File = name
			if !slices.Contains(problems, found) { // rulefmt decodes twice
				problems = append(problems, found)
			}
		}
	}
	return nil, problems
}
