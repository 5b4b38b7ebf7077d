package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/telltale-dev/telltale/internal/query"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// RuleSource knows the rules that run, and tries others.
type RuleSource interface {
	Rules(ctx context.Context) (RuleList, error)
	Objectives(ctx context.Context) (ObjectiveList, error)
	CheckRules(ctx context.Context, text []byte) (RuleCheck, error)
	// ReplayRules calls progress now and then. Errors: *RuleFileError, *RuleLimitError, ErrReplaying, those of ctx.
	ReplayRules(ctx context.Context, text []byte, o ReplayRequest, progress func(ReplayProgress)) (RuleReplay, error)
}

// ReplayRequest is what to replay.
type ReplayRequest struct {
	Name     string // of the file, for messages
	From, To time.Time
	Step     time.Duration // 0 leaves it to the server
}

// RuleFileError says what is wrong with a file of rules.
type RuleFileError struct{ Message string }

func (e *RuleFileError) Error() string { return e.Message }

// ErrReplaying is of a replay while another one runs.
var ErrReplaying = errors.New("another replay is under way")

// RuleLimitError says which limit a replay would pass.
type RuleLimitError struct{ Message string }

func (e *RuleLimitError) Error() string { return e.Message }

// RuleList is what runs.
type RuleList struct {
	Groups []RuleGroup `json:"groups"`
	Error  string      `json:"error,omitempty" doc:"what is wrong with the files as they are now; the rules before are in force"`
}

// RuleGroup is a group of rules that are evaluated one after the other.
type RuleGroup struct {
	Name       string     `json:"name"`
	File       string     `json:"file" doc:"where it is from; telltale/… comes with the server, slos/… is made of objectives"`
	IntervalNS int64      `json:"interval_ns"`
	Evaluated  *time.Time `json:"evaluated,omitempty" doc:"the last time"`
	TookNS     int64      `json:"took_ns,omitempty" doc:"that time"`
	Rules      []Rule     `json:"rules"`
}

// Rule is an alert or a recording.
type Rule struct {
	Name        string            `json:"name"`
	Kind        string            `json:"kind" doc:"alert or recording"`
	Expr        string            `json:"expr" doc:"PromQL"`
	State       string            `json:"state,omitempty" doc:"of an alert: inactive, pending, firing, or unknown before its first evaluation"`
	Health      string            `json:"health" doc:"ok, err or unknown"`
	Error       string            `json:"error,omitempty" doc:"of the last evaluation"`
	ForNS       int64             `json:"for_ns,omitempty"`
	KeepNS      int64             `json:"keep_firing_for_ns,omitempty"`
	Labels      map[string]string `json:"labels,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
	Evaluated   *time.Time        `json:"evaluated,omitempty" doc:"the last time"`
	TookNS      int64             `json:"took_ns,omitempty" doc:"that time"`
	Active      int               `json:"active,omitempty" doc:"alerts of it that are pending or firing"`
}

// ObjectiveList is the service level objectives.
type ObjectiveList struct {
	Objectives []Objective `json:"objectives"`
	Error      string      `json:"error,omitempty" doc:"what is wrong with the file as it is now; the one before is in force"`
}

// Objective is one and how it fares.
type Objective struct {
	Name        string            `json:"name"`
	Service     string            `json:"service"`
	Description string            `json:"description,omitempty"`
	Percent     float64           `json:"objective_percent"`
	WindowNS    int64             `json:"window_ns"`
	Remaining   *float64          `json:"budget_remaining,omitempty" doc:"share of the error budget: 1 all of it, 0 none, below overspent; absent while unknown"`
	Burn        []ObjectiveBurn   `json:"burn" doc:"shortest window first; 1 spends the budget exactly in the objective's window"`
	Labels      map[string]string `json:"labels,omitempty"`
}

// ObjectiveBurn is how fast the budget is spent.
type ObjectiveBurn struct {
	Window string  `json:"window" doc:"as PromQL writes it, 1h"`
	Rate   float64 `json:"rate"`
}

// RuleCheck is what a file of rules holds, and what is wrong with it.
type RuleCheck struct {
	OK         bool          `json:"ok" doc:"it can be loaded"`
	Groups     int           `json:"groups"`
	Alerts     int           `json:"alerts"`
	Recordings int           `json:"recordings"`
	Problems   []RuleProblem `json:"problems"`
}

// RuleProblem is a mistake, or what hardly can be meant.
type RuleProblem struct {
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Group   string `json:"group,omitempty"`
	Rule    string `json:"rule,omitempty"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
	Warning bool   `json:"warning,omitempty" doc:"it can be loaded nevertheless"`
}

// ReplayProgress is how far a replay is.
type ReplayProgress struct {
	Done  int    `json:"done"`
	Total int    `json:"total"`
	Rule  string `json:"rule"`
}

// RuleReplay is which alerts would have fired.
type RuleReplay struct {
	From      time.Time       `json:"from"`
	To        time.Time       `json:"to"`
	StepNS    int64           `json:"step_ns" doc:"between two evaluations"`
	Recorded  int             `json:"recorded_samples" doc:"by recording rules of the file, in memory"`
	Alerts    []ReplayedAlert `json:"alerts" doc:"each of the file, in its order"`
	Truncated bool            `json:"truncated,omitempty" doc:"there were more periods than are told"`
}

// ReplayedAlert is an alert and when it would have been pending or firing.
type ReplayedAlert struct {
	Group    string         `json:"group"`
	Name     string         `json:"name"`
	ForNS    int64          `json:"for_ns,omitempty"`
	Fired    int            `json:"fired" doc:"how often"`
	FiringNS int64          `json:"firing_ns" doc:"all of it together"`
	Periods  []ReplayPeriod `json:"periods"`
}

// ReplayPeriod is a time in which the condition held.
type ReplayPeriod struct {
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations,omitempty" doc:"of the moment it fired"`
	Pending     time.Time         `json:"pending" doc:"when the condition began to hold"`
	Firing      *time.Time        `json:"firing,omitempty" doc:"absent: it did not hold for long enough"`
	End         *time.Time        `json:"end,omitempty" doc:"absent: it went on at the end"`
	Highest     *float64          `json:"highest,omitempty" doc:"value of the expression; absent where it is no number"`
}

// contentYAML is the type of a file of rules.
const contentYAML = contentType("application/yaml")

var pRuleFile = param{name: "name", doc: "name of the file, which messages begin with", fallback: "rules"}

var pReplayStep = param{name: "step", doc: "time between two evaluations, such as 30s; by default the interval of rules, longer where the time is long", example: "1m"}

// ruleRoutes are about rules of alerts and recordings, and objectives.
var ruleRoutes = []route{
	{
		path: "/api/v1/rules", id: "listRules", result: RuleList{}, answer: (*API).rules,
		summary: "The rules that run: expression, state, last evaluation and the file they are from",
	},
	{
		path: "/api/v1/slos", id: "listObjectives", result: ObjectiveList{}, answer: (*API).objectives,
		summary: "Service level objectives: what is left of the error budget, and how fast it is spent",
	},
	{
		method: http.MethodPost, path: "/api/v1/rules/check", id: "checkRules", result: RuleCheck{}, body: contentYAML, answer: (*API).checkRules,
		summary: "What is wrong with a file of rules, with places",
	},
	{
		method: http.MethodPost, path: "/api/v1/rules/replay", id: "replayRules", result: "", body: contentYAML, stream: (*API).replayRules,
		events:  []streamEvent{{"progress", ReplayProgress{}}, {"replay", RuleReplay{}}, {"failed", Failure{}}},
		params:  []param{{name: "from", doc: pFrom.doc, example: "-1d", required: true}, pTo, pReplayStep, pRuleFile},
		summary: "Which alerts of a file would have fired over stored history. Server-sent events: progress, and at last replay or failed",
	},
}

func (a *API) ruleSource() (RuleSource, error) {
	if a.config.Rules == nil {
		return nil, &fault{status: http.StatusNotImplemented, code: "unsupported", message: "there are no rules here"}
	}
	return a.config.Rules, nil
}

func (a *API) rules(ctx context.Context, _ *params) (any, error) {
	s, err := a.ruleSource()
	if err != nil {
		return nil, err
	}
	return s.Rules(ctx)
}

func (a *API) objectives(ctx context.Context, _ *params) (any, error) {
	s, err := a.ruleSource()
	if err != nil {
		return nil, err
	}
	return s.Objectives(ctx)
}

func (a *API) checkRules(ctx context.Context, p *params) (any, error) {
	s, err := a.ruleSource()
	if err != nil {
		return nil, err
	}
	return s.CheckRules(ctx, p.body)
}

// replayTime is the longest a replay may take.
const replayTime = 10 * time.Minute

func (p *params) replay() (ReplayRequest, error) {
	span, err := p.timeRange()
	if err != nil {
		return ReplayRequest{}, err
	}
	o := ReplayRequest{Name: p.text("name", pRuleFile.fallback), From: time.Unix(0, span.From), To: p.now}
	if span.To != 0 {
		o.To = time.Unix(0, span.To)
	}
	if !o.From.Before(o.To) {
		return o, badParam("from", "is not before to", "")
	}
	if len(o.Name) > 1000 {
		return o, badParam("name", "is longer than 1000 bytes", "")
	}
	if text := p.string("step"); text != "" {
		step, err := query.ParseDuration(text)
		if err != nil || step <= 0 {
			return o, badParam("step", fmt.Sprintf("is %q", shorten(text)), "a duration such as 30s or 1m")
		}
		o.Step = step
	}
	return o, nil
}

// replayRules streams how far it is, since it may take minutes.
func (a *API) replayRules(w http.ResponseWriter, r *http.Request, p *params) error {
	s, err := a.ruleSource()
	if err != nil {
		return err
	}
	o, err := p.replay()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(r.Context(), replayTime)
	var watching sync.WaitGroup
	defer watching.Wait()
	defer cancel()
	watching.Go(func() {
		select {
		case <-a.stop:
			cancel()
		case <-ctx.Done():
		}
	})
	h := w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("X-Accel-Buffering", "no")
	out := http.NewResponseController(w)
	var told time.Time
	result, err := s.ReplayRules(ctx, p.body, o, func(done ReplayProgress) {
		if now := time.Now(); now.Sub(told) >= 500*time.Millisecond {
			told = now
			_ = out.SetWriteDeadline(now.Add(2 * a.config.Heartbeat)) // who takes nothing is gone
			if writeEvent(w, "progress", done) != nil || out.Flush() != nil {
				cancel()
			}
		}
	})
	if err != nil {
		if r.Context().Err() == nil && ctx.Err() != nil && errors.Is(err, context.Canceled) {
			err = telemetry.ErrStopped
		}
		f := a.replayFault(err)
		if told.IsZero() { // nothing is sent yet
			return f
		}
		_ = writeEvent(w, "failed", Failure{FailureDetail{Code: f.code, Message: f.message, Hint: f.hint}}) // the client may have left
		return nil
	}
	_ = out.SetWriteDeadline(time.Now().Add(2 * a.config.Heartbeat))
	if body, err := json.Marshal(result); err == nil {
		_ = writeEvent(w, "replay", json.RawMessage(body)) // the same
	}
	return nil
}

func (a *API) replayFault(err error) *fault {
	if wrong := new(RuleFileError); errors.As(err, &wrong) {
		return &fault{status: http.StatusBadRequest, code: "bad_rules", message: wrong.Message}
	}
	if limit := new(RuleLimitError); errors.As(err, &limit) {
		return &fault{status: http.StatusUnprocessableEntity, code: "too_expensive", message: limit.Message}
	}
	if errors.Is(err, ErrReplaying) {
		return &fault{status: http.StatusTooManyRequests, code: "too_many_queries", message: err.Error(), hint: "try again when it is done", retry: 10}
	}
	f := a.faultOf(err)
	if f.code == "timeout" {
		f.message, f.hint = "the replay took longer than "+replayTime.String(), "take a shorter time, a longer step or fewer rules"
	}
	return f
}
