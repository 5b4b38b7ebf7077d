package metrics

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/rules"
)

// Limits of a replay.
const (
	replaySteps   = 20_000    // of the whole time
	replayChunk   = 500       // steps that are asked for at once
	replayRules   = 500       // in the file
	replaySamples = 4_000_000 // that recording rules may give, 24 bytes each
	replayPeriods = 5_000     // that are told
	replayWarmUp  = 24 * time.Hour
)

// ErrReplaying is answered while another replay runs.
var ErrReplaying = errors.New("another replay is under way")

// ReplayOptions say over which time rules are replayed.
type ReplayOptions struct {
	From, To time.Time
	Step     time.Duration                      // between two evaluations; 0 is the interval of rules, or longer where the time is long
	Progress func(done, total int, rule string) // may be nil
}

// Replay is what rules would have said over a time.
type Replay struct {
	From, To   time.Time
	Step       time.Duration
	Recordings int // samples that recording rules gave
	Alerts     []ReplayedAlert
	Truncated  bool // there were more periods than are told
}

// ReplayedAlert is an alerting rule and when it would have been pending or firing.
type ReplayedAlert struct {
	Group, Name        string
	For, KeepFiringFor time.Duration
	Fired              int           // periods in which it fired
	FiringTime         time.Duration // all of them together
	Periods            []AlertPeriod // in order of time
}

// AlertPeriod is a time in which the condition of an alert held for one set of labels.
type AlertPeriod struct {
	Labels, Annotations map[string]string // annotations are those of the moment it fired
	Pending             time.Time         // when the condition began to hold
	Firing              time.Time         // zero: it never fired
	End                 time.Time         // zero: it went on at the end
	Highest             float64           // value of the expression
}

// Replay evaluates a file of rules over stored history: first the recording rules, in memory, then the alerts. Errors: *RuleError,
// ErrTooExpensive, ErrReplaying, ErrNotReady, those of ctx and of the storage. A rule that cannot be evaluated is a *RuleError, too.
func (s *Server) Replay(ctx context.Context, name string, text []byte, o ReplayOptions) (Replay, error) {
	ctx, leave, err := s.gate.enter(ctx)
	if err != nil {
		return Replay{}, err
	}
	defer leave()
	c := s.config.Load()
	groups, problems := parseRules(name, text, s.parser, c.GlobalConfig.MetricNameValidationScheme)
	if len(problems) > 0 {
		return Replay{}, &RuleError{problems}
	}
	p, err := s.newPlayer(c, groups, &o)
	if err != nil {
		return Replay{}, err
	}
	p.file, p.places = name, newRulePlaces(text)
	select {
	case s.ruled.replaying <- struct{}{}:
		defer func() { <-s.ruled.replaying }()
	default:
		return Replay{}, ErrReplaying
	}
	if err := p.play(ctx); err != nil {
		return Replay{}, err
	}
	return p.out, nil
}

// player replays one file.
type player struct {
	s          *Server
	file       string
	places     *rulePlaces
	options    *ReplayOptions
	recordings []*playedRule // in the order in which they depend on each other
	alerts     []*playedRule
	overlay    *overlay
	external   map[string]string
	from       time.Time // before the asked time, by what `for` needs
	out        Replay
	periods    int
	done       int
	total      int
}

// playedRule is a rule of the file.
type playedRule struct {
	group  string
	index  int // in its group
	rule   rulefmt.Rule
	labels map[string]string // with those of its group
	expr   parser.Expr
}

func (s *Server) newPlayer(c *config.Config, groups *rulefmt.RuleGroups, o *ReplayOptions) (*player, error) {
	if !o.From.Before(o.To) {
		return nil, errors.New("the beginning is not before the end")
	}
	span := o.To.Sub(o.From)
	if o.Step == 0 {
		o.Step = max(time.Duration(c.GlobalConfig.EvaluationInterval), (span / 5000).Round(time.Second))
	}
	if o.Step < time.Second || span/o.Step > replaySteps {
		return nil, fmt.Errorf("%w: more than %d evaluations of each rule, or more than one a second; take a longer step", ErrTooExpensive, replaySteps)
	}
	p := &player{s: s, options: o, external: c.GlobalConfig.ExternalLabels.Map(), out: Replay{From: o.From, To: o.To, Step: o.Step}}
	hides := map[string][]labels.Labels{}
	var wait time.Duration
	for _, g := range groups.Groups {
		for i, r := range g.Rules {
			expr, err := s.parser.ParseExpr(r.Expr)
			if err != nil {
				return nil, err // not reached: the file was checked
			}
			played := &playedRule{g.Name, i, r, rules.FromMaps(g.Labels, r.Labels).Map(), expr}
			if r.Record == "" {
				p.alerts = append(p.alerts, played)
				wait = max(wait, time.Duration(r.For)+time.Duration(r.KeepFiringFor))
				continue
			}
			p.recordings = append(p.recordings, played)
			hides[r.Record] = append(hides[r.Record], labels.FromMap(played.labels))
		}
	}
	if n := len(p.alerts) + len(p.recordings); n > replayRules {
		return nil, fmt.Errorf("%w: the file has %d rules; %d is the most", ErrTooExpensive, n, replayRules)
	}
	p.recordings = inOrder(p.recordings)
	p.from = o.From.Add(-min(wait, replayWarmUp).Truncate(o.Step))
	before := p.from.Add(-min(reach(p.alerts, p.recordings, hides), replayWarmUp).Truncate(o.Step))
	p.overlay = &overlay{stored: s.storage, recorded: newMemory(replaySamples), hides: hides, start: before.UnixMilli()}
	p.total = len(p.recordings)*len(replayParts(before, o.To, o.Step)) + len(p.alerts)*len(replayParts(p.from, o.To, o.Step))
	return p, nil
}

// reach is how far back rules look at what is recorded.
func reach(alerts, recordings []*playedRule, recorded map[string][]labels.Labels) time.Duration {
	longest := lookback
	for _, r := range slices.Concat(alerts, recordings) {
		parser.Inspect(r.expr, func(n parser.Node, path []parser.Node) error {
			v, ok := n.(*parser.VectorSelector)
			if !ok || recorded[v.Name] == nil {
				return nil
			}
			back := v.OriginalOffset
			for _, above := range path {
				switch above := above.(type) {
				case *parser.MatrixSelector:
					back += above.Range
				case *parser.SubqueryExpr:
					back += above.Range + above.OriginalOffset
				}
			}
			longest = max(longest, back)
			return nil
		})
	}
	return longest
}

// inOrder puts rules behind those whose series they ask for; in a circle, they stay as they are in the file.
func inOrder(rules []*playedRule) []*playedRule {
	open := map[string]int{}
	for _, r := range rules {
		open[r.rule.Record]++
	}
	var out []*playedRule
	rest := slices.Clone(rules)
	for len(rest) > 0 {
		next := slices.IndexFunc(rest, func(r *playedRule) bool {
			return !slices.ContainsFunc(parser.ExtractSelectors(r.expr), func(m []*labels.Matcher) bool {
				name := nameMatched(m)
				return name != r.rule.Record && open[name] > 0
			})
		})
		next = max(next, 0)
		open[rest[next].rule.Record]--
		out = append(out, rest[next])
		rest = slices.Delete(rest, next, next+1)
	}
	return out
}

// chunk is a part of the time, both ends in it.
type chunk struct{ from, to time.Time }

func replayParts(from, to time.Time, step time.Duration) []chunk {
	var out []chunk
	for !from.After(to) {
		last := from.Add((replayChunk - 1) * step)
		if last.After(to) {
			last = to
		}
		out = append(out, chunk{from, last})
		from = from.Add(replayChunk * step)
	}
	return out
}

func (p *player) play(ctx context.Context) error {
	for _, r := range p.recordings {
		set := labels.FromMap(r.labels)
		err := p.each(ctx, r, time.UnixMilli(p.overlay.start), func(_ chunk, m promql.Matrix) error { return p.record(r, set, m) })
		if err != nil {
			return err
		}
	}
	p.out.Recordings = p.overlay.recorded.samples
	for _, r := range p.alerts {
		a := newReplayedAlert(ctx, p, r)
		if err := p.each(ctx, r, p.from, a.chunk); err != nil {
			return err
		}
		p.out.Alerts = append(p.out.Alerts, a.end())
	}
	return nil
}

// each evaluates a rule over the time, part by part.
func (p *player) each(ctx context.Context, r *playedRule, from time.Time, take func(chunk, promql.Matrix) error) error {
	name := cmp.Or(r.rule.Alert, r.rule.Record)
	for _, c := range replayParts(from, p.options.To, p.options.Step) {
		if err := p.evaluate(ctx, r, c, take); err != nil {
			return fmt.Errorf("group %q, rule %q: %w", r.group, name, err)
		}
		p.done++
		if p.options.Progress != nil {
			p.options.Progress(p.done, p.total, name)
		}
	}
	return nil
}

func (p *player) evaluate(ctx context.Context, r *playedRule, c chunk, take func(chunk, promql.Matrix) error) error {
	q, err := p.s.engine.NewRangeQuery(ctx, p.overlay, nil, r.expr.String(), c.from, c.to, p.options.Step)
	if err != nil {
		return err
	}
	defer q.Close()
	result := q.Exec(ctx)
	if m, ok := result.Value.(promql.Matrix); ok && result.Err == nil {
		return take(c, m)
	}
	return p.evalError(ctx, r, result.Err)
}

// evalError tells what a rule itself has wrong, such as two series where one may be, from what its time or the storage has.
func (p *player) evalError(ctx context.Context, r *playedRule, err error) error {
	stored := promql.ErrStorage{}
	known := p.s.queryError(ctx, err)
	if ctx.Err() != nil || errors.Is(known, ErrTooExpensive) || errors.As(err, &stored) {
		return known
	}
	problem := Problem{File: p.file, Group: r.group, Rule: cmp.Or(r.rule.Alert, r.rule.Record), Message: known.Error()}
	if rule, expr := p.places.rule(r.group, r.index, "expr"); expr != nil {
		problem.Line, problem.Column = expr.Line, expr.Column
	} else if rule != nil {
		problem.Line, problem.Column = rule.Line, rule.Column
	}
	return &RuleError{[]Problem{problem}}
}

// record keeps what a recording rule gives.
func (p *player) record(r *playedRule, set labels.Labels, m promql.Matrix) error {
	for _, series := range m {
		b := labels.NewBuilder(series.Metric)
		b.Set(model.MetricNameLabel, r.rule.Record)
		set.Range(func(l labels.Label) { b.Set(l.Name, l.Value) })
		samples := make([]memorySample, 0, len(series.Floats)+len(series.Histograms))
		for _, f := range series.Floats {
			samples = append(samples, memorySample{t: f.T, v: f.F})
		}
		for _, h := range series.Histograms {
			samples = append(samples, memorySample{t: h.T, h: h.H.Copy()})
		}
		slices.SortFunc(samples, func(a, b memorySample) int { return cmp.Compare(a.t, b.t) })
		if err := p.overlay.recorded.add(b.Labels(), samples...); err != nil {
			if errors.Is(err, errMemoryFull) {
				err = fmt.Errorf("%w: %w", ErrTooExpensive, err)
			}
			return err
		}
	}
	return nil
}
