package api

import (
	"context"
	"slices"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// sessionSum is what the calls of a session add up to.
type sessionSum struct {
	Session
	input, output, cost telemetry.Opt
}

// sessionSums adds up the sessions of a page.
type sessionSums struct {
	reader telemetry.Reader
	times  telemetry.Range
	these  telemetry.Expr // their calls
	list   []*sessionSum
	byID   map[string]*sessionSum
}

func (a *API) sessions(ctx context.Context, p *params) (any, error) {
	l, n, key, err := a.found(p, telemetry.MustField("session"), isCall())
	if err != nil {
		return nil, err
	}
	next, err := l.page(ctx, n, key)
	if err != nil {
		return nil, err
	}
	out := SessionList{Sessions: []Session{}, Next: next, Scanned: l.scanned, Truncated: l.cut}
	if len(l.found) == 0 {
		return out, nil
	}
	sums := &sessionSums{reader: a.config.Reader, times: l.times, these: both(isCall(), l.oneOf(l.values())), byID: map[string]*sessionSum{}}
	for _, found := range l.found {
		s := &sessionSum{Session: Session{SessionID: found.value, Last: moment(found.time), Models: []string{}, Services: []string{}}}
		sums.list, sums.byID[found.value] = append(sums.list, s), s
	}
	if err := sums.add(ctx); err != nil {
		return nil, err
	}
	if err := sums.open(ctx, l); err != nil {
		return nil, err
	}
	for _, s := range sums.list {
		s.Input, s.Output, s.CostUSD = number(s.input), number(s.output), usd(s.cost)
		out.Sessions = append(out.Sessions, s.Session)
	}
	return out, nil
}

// add sums up all calls of the sessions in the time range.
func (t *sessionSums) add(ctx context.Context) error {
	sum := func(name string) telemetry.Aggregation {
		return telemetry.Aggregation{Func: telemetry.Sum, Field: telemetry.MustField(name)}
	}
	count := telemetry.Aggregation{}
	for _, by := range []struct {
		field   string
		columns []telemetry.Aggregation
		see     func(s *sessionSum, value string, numbers []float64)
	}{
		{"status", []telemetry.Aggregation{count, sum("tokens.in"), sum("tokens.out"), sum("cost")}, (*sessionSum).addStatus},
		{"model", []telemetry.Aggregation{count}, func(s *sessionSum, v string, _ []float64) { s.Models = append(s.Models, v) }},
		{"service", []telemetry.Aggregation{count}, func(s *sessionSum, v string, _ []float64) { s.Services = append(s.Services, v) }},
		{"user", []telemetry.Aggregation{count}, func(s *sessionSum, v string, _ []float64) {
			if s.UserID == "" { // groups come with the largest first
				s.UserID = v
			}
		}},
	} {
		table, err := t.reader.Aggregate(ctx, &telemetry.AggregateQuery{
			Range: t.times, Filter: t.these, Columns: by.columns,
			GroupBy: []telemetry.FieldRef{telemetry.MustField("session"), telemetry.MustField(by.field)},
		})
		if err != nil {
			return err
		}
		for _, row := range table.Rows {
			if s := t.byID[row.Keys[0]]; s != nil && row.Keys[1] != "" {
				by.see(s, row.Keys[1], row.Values)
			}
		}
	}
	for _, s := range t.list {
		slices.Sort(s.Models)
		slices.Sort(s.Services)
	}
	return nil
}

// addStatus adds the calls that went well, or those that failed.
func (s *sessionSum) addStatus(status string, numbers []float64) {
	s.Calls += int(numbers[0])
	if status == telemetry.StatusError.String() {
		s.Errors += int(numbers[0])
	}
	for i, to := range []*telemetry.Opt{&s.input, &s.output, &s.cost} {
		if v := numbers[1+i]; v == v { // not NaN, which is unknown
			*to = telemetry.Known(to.Value + int64(v)) // exact to 2⁵³: 9,007 USD of cost
		}
	}
}

// open finds the first and the last call of each session in the time range. Of sessions that are known already no more
// is read, so that there are at most as many rounds as sessions.
func (t *sessionSums) open(ctx context.Context, l *latest) error {
	for _, order := range []telemetry.Order{telemetry.OldestFirst, telemetry.NewestFirst} {
		known := []string{}
		q := &telemetry.Query{Range: t.times, Order: order, Light: true, Limit: len(t.list), Fields: telemetry.MustFields("session", "input")}
		for len(known) < len(t.list) {
			q.Filter = t.these
			if len(known) > 0 {
				q.Filter = both(telemetry.Not{Expr: l.oneOf(known)}, t.these)
			}
			before := len(known)
			for span, err := range t.reader.Spans(ctx, q) {
				if err != nil {
					return err
				}
				s := t.byID[span.SessionID]
				if s == nil || slices.Contains(known[before:], span.SessionID) {
					continue
				}
				known = append(known, span.SessionID)
				if order == telemetry.NewestFirst {
					s.Last = moment(span.Time)
				} else {
					s.First, s.Preview = moment(span.Time), firstWords(span.GenAI)
				}
			}
			if len(known) == before { // they expired meanwhile
				break
			}
			q.Limit = min(2*q.Limit, 1000)
		}
	}
	return nil
}
