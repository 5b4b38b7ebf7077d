package metrics

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"path/filepath"
	"strconv"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/rules"
	"go.yaml.in/yaml/v3"
)

// unitFile is a file of unit tests in the format of promtool.
type unitFile struct {
	RuleFiles          []string       `yaml:"rule_files"`
	EvaluationInterval model.Duration `yaml:"evaluation_interval"`
	GroupEvalOrder     []string       `yaml:"group_eval_order"`
	Tests              []unitTest     `yaml:"tests"`
	FuzzyCompare       bool           `yaml:"fuzzy_compare"`
}

type unitTest struct {
	Interval       model.Duration `yaml:"interval"`
	InputSeries    []unitSeries   `yaml:"input_series"`
	AlertRuleTests []unitAlert    `yaml:"alert_rule_test"`
	ExprTests      []unitExpr     `yaml:"promql_expr_test"`
	ExternalLabels labels.Labels  `yaml:"external_labels"`
	ExternalURL    string         `yaml:"external_url"`
	Name           string         `yaml:"name"`
	Start          unitTime       `yaml:"start_timestamp"`
}

type unitSeries struct {
	Series string `yaml:"series"`
	Values string `yaml:"values"`
}

type unitAlert struct {
	EvalTime model.Duration `yaml:"eval_time"`
	Name     string         `yaml:"alertname"`
	Expected []struct {
		Labels      map[string]string `yaml:"exp_labels"`
		Annotations map[string]string `yaml:"exp_annotations"`
	} `yaml:"exp_alerts"`
}

type unitExpr struct {
	Expr     string         `yaml:"expr"`
	EvalTime model.Duration `yaml:"eval_time"`
	Expected []unitSample   `yaml:"exp_samples"`
}

type unitSample struct {
	Labels    string  `yaml:"labels"`
	Value     float64 `yaml:"value"`
	Histogram string  `yaml:"histogram"` // where not empty, instead of Value
}

// unitTime is RFC 3339 or Unix time in seconds.
type unitTime struct{ time.Time }

// UnmarshalYAML implements yaml.Unmarshaler.
func (t *unitTime) UnmarshalYAML(n *yaml.Node) error {
	if seconds, err := strconv.ParseFloat(n.Value, 64); err == nil {
		whole, fraction := math.Modf(seconds)
		t.Time = time.Unix(int64(whole), int64(math.Round(fraction*1000))*int64(time.Millisecond)).UTC()
		return nil
	}
	parsed, err := time.Parse(time.RFC3339Nano, n.Value)
	t.Time = parsed
	if err != nil {
		return fmt.Errorf("line %d: %q is neither RFC 3339 nor Unix time", n.Line, n.Value)
	}
	return nil
}

// UnitReport is what came of the tests of a file.
type UnitReport struct {
	Tests    int
	Failures []string // each with file and line: what was expected and what came
	Warnings []string
}

// UnitTest runs a file of unit tests in the format of promtool. An error is of the file or of the rules it names; tests that fail are
// in the report.
func UnitTest(ctx context.Context, file string) (UnitReport, error) {
	var report UnitReport
	text, err := readRuleFile(file)
	if err != nil {
		return report, fmt.Errorf("%s: %w", file, err)
	}
	var u unitFile
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	places := newUnitPlaces(file, text)
	if err := d.Decode(&u); err != nil && !errors.Is(err, io.EOF) {
		return report, places.problems(err)
	}
	loader, names, warnings, err := unitRules(filepath.Dir(file), u.RuleFiles)
	report.Warnings = warnings
	if err != nil {
		return report, err
	}
	order := map[string]int{}
	for i, name := range u.GroupEvalOrder {
		if _, twice := order[name]; twice {
			return report, fmt.Errorf("%s: group_eval_order names %q twice", file, name)
		}
		order[name] = i
	}
	u.EvaluationInterval = or(u.EvaluationInterval, model.Duration(time.Minute))
	for i := range u.Tests {
		t := &u.Tests[i]
		t.Interval = or(t.Interval, u.EvaluationInterval)
		t.Name = or(t.Name, fmt.Sprintf("#%d", i+1))
		place := func(list string, item int) string { return places.of(i, list, item) }
		run := &unitRun{test: t, place: place, step: time.Duration(u.EvaluationInterval), order: order, loader: loader, files: names, fuzzy: u.FuzzyCompare}
		failures, err := run.run(ctx)
		if err != nil {
			return report, err
		}
		report.Tests++
		report.Failures = append(report.Failures, failures...)
	}
	return report, nil
}

// unitRules reads the files that the tests are about; names are relative to the file of the tests.
func unitRules(dir string, patterns []string) (loader *ruleLoader, names, warnings []string, err error) {
	set := &ruleSet{groups: map[string]*rulefmt.RuleGroups{}}
	loader = &ruleLoader{parser: parser.NewParser(parser.Options{})}
	var wrong []Problem
	for _, pattern := range patterns {
		if pattern != "" && !filepath.IsAbs(pattern) {
			pattern = filepath.Join(dir, pattern)
		}
		found, err := filepath.Glob(pattern)
		if err != nil {
			return nil, nil, nil, fmt.Errorf("rule_files %q: %w", pattern, err)
		}
		if len(found) == 0 {
			warnings = append(warnings, "no file matches "+pattern)
		}
		for _, name := range found {
			text, err := readRuleFile(name)
			if err != nil {
				return nil, nil, nil, fmt.Errorf("%s: %w", name, err)
			}
			groups, problems := parseRules(name, text, loader.parser, model.UTF8Validation)
			wrong = append(wrong, problems...)
			set.groups[name] = groups
			names = append(names, name)
		}
	}
	if len(wrong) > 0 {
		return nil, nil, warnings, &RuleError{wrong}
	}
	loader.set.Store(set)
	return loader, names, warnings, nil
}

// unitRun is one test under way.
type unitRun struct {
	test   *unitTest
	place  func(list string, item int) string // file:line of an item of a list of the test
	step   time.Duration
	order  map[string]int
	loader *ruleLoader
	files  []string
	fuzzy  bool

	memory  *memory
	engine  *promql.Engine
	groups  []*rules.Group
	pending []unitInput
	failed  []string
}

// unitInput is a series of a test, of which the samples up to now are in memory.
type unitInput struct {
	labels  labels.Labels
	samples []memorySample
}

// The engine of promtool: tests that need more fail in both.
func (r *unitRun) open() {
	r.memory = newMemory(math.MaxInt)
	r.engine = promql.NewEngine(promql.EngineOpts{
		MaxSamples: 10_000, Timeout: 100 * time.Second, EnableAtModifier: true, EnableNegativeOffset: true, Parser: r.loader.parser,
		NoStepSubqueryIntervalFn: func(int64) int64 { return r.step.Milliseconds() }, Logger: slog.New(slog.DiscardHandler),
	})
}
