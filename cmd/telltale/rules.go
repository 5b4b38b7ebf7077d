package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/telltale-dev/telltale/internal/api"
	"github.com/telltale-dev/telltale/internal/metrics"
	"github.com/telltale-dev/telltale/internal/slo"
)

func runRules(ctx context.Context, env *environment, args []string) error {
	f := newFlags(env, "rules", "[list|check FILE …|test FILE …|replay FILE]", "List the rules of a server; check files of rules or of objectives; run unit tests of rules, in the format of promtool; or ask a server which alerts of a file, of rules or of objectives, would have fired over its history. check and test need no server.\nThe exit code is 1 when a file is wrong or a test fails.",
		example{"what runs", "telltale rules"},
		example{"is my file right?", "telltale rules check rules/*.yml"},
		example{"does it fire when it should?", "telltale rules test rules/tests/*.yml"},
		example{"would it have woken me last week?", "telltale rules replay rules/mine.yml --from -7d"})
	connect := serverFlags(f)
	span := rangeFlags(f, "")
	step := f.String("step", "", "of replay: `time` between two evaluations (default the interval of rules, longer where the time is long)")
	asJSON := f.Bool("json", false, "of list and replay: one JSON object")
	operands, err := f.parse(args)
	if err != nil {
		return err
	}
	what := "list"
	if len(operands) > 0 {
		what, operands = operands[0], operands[1:]
	}
	if (what == "check" || what == "test") && len(operands) == 0 {
		return f.usage("rules %s needs a file", what)
	}
	switch what {
	case "check":
		return checkRuleFiles(env, operands)
	case "test":
		return testRuleFiles(ctx, env, operands)
	case "list", "replay":
	default:
		return f.usage("there is no rules %s: list, check, test or replay", quoteArg(what))
	}
	c, err := connect()
	if err != nil {
		return err
	}
	if what == "list" {
		if err := f.none(operands); err != nil {
			return err
		}
		return listRules(ctx, env, c, *asJSON)
	}
	name, err := f.one(operands, "a file of rules")
	if err != nil {
		return err
	}
	params := url.Values{}
	if err := span(params); err != nil {
		return err
	}
	if params.Get("from") == "" {
		return f.usage("rules replay needs --from, such as --from -1d")
	}
	if *step != "" {
		params.Set("step", *step)
	}
	return replayRules(ctx, env, c, name, params, *asJSON)
}

// checkRuleFiles takes files of rules, and of objectives, which say slos at their beginning.
func checkRuleFiles(env *environment, names []string) error {
	wrong := 0
	for _, name := range names {
		text, err := readRules(name)
		if err != nil {
			return err
		}
		if isObjectives(text) {
			objectives, err := slo.Parse(name, text, metrics.ParseExpr)
			if err != nil {
				wrong++
				_, _ = fmt.Fprintln(env.stdout, visibleLines(err.Error()))
				continue
			}
			_, _ = fmt.Fprintf(env.stdout, "%s is right: %s\n", visible(name), plural(int64(len(objectives)), "objective"))
			continue
		}
		c := metrics.CheckRules(name, text)
		for i := range c.Problems {
			kind := ""
			if c.Problems[i].Warning {
				kind = "  (only a warning)"
			}
			_, _ = fmt.Fprintln(env.stdout, visible(c.Problems[i].String())+kind)
		}
		if c.Wrong() {
			wrong++
			continue
		}
		_, _ = fmt.Fprintf(env.stdout, "%s is right: %s and %s in %s\n", visible(name),
			plural(int64(c.Alerts), "alert"), plural(int64(c.Recordings), "recording"), plural(int64(c.Groups), "group"))
	}
	if wrong > 0 {
		return fmt.Errorf("%s wrong", plural(int64(wrong), "file")+map[bool]string{true: " is", false: " are"}[wrong == 1])
	}
	return nil
}

// maxRules is far more than a file of rules needs.
const maxRules = 4 << 20

func readRules(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("read rules: %w", err)
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, maxRules+1))
	if err == nil && len(text) > maxRules {
		err = fmt.Errorf("%s is larger than %d MB", name, maxRules>>20)
	}
	if err != nil {
		return nil, fmt.Errorf("read rules: %w", err)
	}
	return text, nil
}

func isObjectives(text []byte) bool {
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "slos:") {
			return true
		}
	}
	return false
}

func testRuleFiles(ctx context.Context, env *environment, names []string) error {
	failed := 0
	for _, name := range names {
		report, err := metrics.UnitTest(ctx, name)
		for _, w := range report.Warnings {
			env.say("%s: %s\n", visible(name), visible(w))
		}
		switch {
		case err != nil:
			failed++
			_, _ = fmt.Fprintln(env.stdout, visibleLines(err.Error()))
		case len(report.Failures) > 0:
			failed++
			for _, text := range report.Failures {
				_, _ = fmt.Fprintln(env.stdout, visibleLines(text))
			}
		default:
			_, _ = fmt.Fprintf(env.stdout, "%s: %s passed\n", visible(name), plural(int64(report.Tests), "test"))
		}
	}
	if failed > 0 {
		return fmt.Errorf("tests failed in %s", plural(int64(failed), "file"))
	}
	return nil
}

func listRules(ctx context.Context, env *environment, c *client, asJSON bool) error {
	var list api.RuleList
	if err := c.get(ctx, "/api/v1/rules", nil, &list); err != nil {
		return err
	}
	if asJSON {
		return writeJSON(env.stdout, list)
	}
	t := newTable(env.style(), "state", "rule", "kind", ">active", ">took", "?group", "?file", "~expression")
	for i := range list.Groups {
		g := &list.Groups[i]
		for j := range g.Rules {
			r := &g.Rules[j]
			state, colour := firstOf(r.State, r.Health), ""
			if r.Health == "err" || r.State == "firing" {
				colour = red
			}
			active := blank
			if r.Kind == "alert" {
				active = showCount(int64(r.Active))
			}
			t.add(colour, state, r.Name, r.Kind, active, showDuration(r.TookNS), g.Name, g.File, firstOf(r.Error, r.Expr))
		}
	}
	if err := t.write(env.stdout); err != nil {
		return err
	}
	if list.Error != "" {
		return fmt.Errorf("the rule files are wrong as they are now, the rules before are in force:\n%s", list.Error)
	}
	return nil
}

// rulesOf reads a file of rules. Of a file of objectives it makes those that the server makes of it.
func rulesOf(name string) ([]byte, error) {
	text, err := readRules(name)
	if err != nil || !isObjectives(text) {
		return text, err
	}
	objectives, err := slo.Parse(name, text, metrics.ParseExpr)
	if err != nil {
		return nil, err
	}
	made, err := slo.Rules(objectives)
	return []byte(made), err
}

func replayRules(ctx context.Context, env *environment, c *client, name string, params url.Values, asJSON bool) error {
	text, err := rulesOf(name)
	if err != nil {
		return err
	}
	params.Set("name", name)
	response, err := c.send(ctx, http.MethodPost, "/api/v1/rules/replay", params, http.Header{"Content-Type": {"application/yaml"}}, text)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	result, err := readReplay(env, response.Body)
	if err != nil {
		return err
	}
	if asJSON {
		return writeJSON(env.stdout, result)
	}
	return writeReplay(env, result)
}

// readReplay follows the events of a replay to its end, and shows how far it is.
func readReplay(env *environment, body io.Reader) (*api.RuleReplay, error) {
	lines := bufio.NewScanner(io.LimitReader(body, maxAnswer))
	lines.Buffer(nil, 64<<20)
	event := ""
	for lines.Scan() {
		line := lines.Text()
		if name, ok := strings.CutPrefix(line, "event: "); ok {
			event = name
		}
		data, ok := strings.CutPrefix(line, "data: ")
		if !ok {
			continue
		}
		switch event {
		case "progress":
			var p api.ReplayProgress
			if json.Unmarshal([]byte(data), &p) == nil && p.Total > 0 {
				env.say("%d %%: %s\n", 100*p.Done/p.Total, visible(p.Rule))
			}
		case "failed":
			var failure api.Failure
			if err := json.Unmarshal([]byte(data), &failure); err != nil {
				return nil, err
			}
			return nil, errors.New(strings.TrimSpace(failure.Error.Message + "\n" + failure.Error.Hint))
		case "replay":
			var result api.RuleReplay
			return &result, json.Unmarshal([]byte(data), &result)
		}
	}
	return nil, fmt.Errorf("the answer ended early: %w", errors.Join(lines.Err(), io.ErrUnexpectedEOF))
}

func writeReplay(env *environment, r *api.RuleReplay) error {
	now := env.now()
	_, _ = fmt.Fprintf(env.stdout, "%s to %s %s, every %s\n\n", showTime(r.From, now), showTime(r.To, now), zone(now), showDuration(r.StepNS)) // the table tells of errors
	if len(r.Alerts) == 0 {
		_, err := io.WriteString(env.stdout, "There are no alerts in the file.\n")
		return err
	}
	t := newTable(env.style(), "alert", ">fired", ">for", "since", "until", ">highest", "~labels", "~summary")
	for i := range r.Alerts {
		a := &r.Alerts[i]
		if a.Fired == 0 {
			t.add("", a.Name, "0", blank, blank, blank, blank, blank, blank)
			continue
		}
		t.add(red, a.Name, showCount(int64(a.Fired)), showDuration(a.FiringNS), blank, blank, blank, blank, blank)
		for j := range a.Periods {
			p := &a.Periods[j]
			if p.Firing == nil {
				continue
			}
			end, until := r.To, "the end"
			if p.End != nil {
				end, until = *p.End, showTime(*p.End, now)
			}
			highest := ""
			if p.Highest != nil {
				highest = fmt.Sprintf("%.4g", *p.Highest)
			}
			t.add("", blank, blank, showDuration(int64(end.Sub(*p.Firing).Round(time.Second))), showTime(*p.Firing, now), until, highest, alertLabels(p.Labels), firstOf(p.Annotations["summary"], blank))
		}
	}
	if err := t.write(env.stdout); err != nil {
		return err
	}
	if r.Truncated {
		env.say("There were more periods than these.\n")
	}
	return nil
}
