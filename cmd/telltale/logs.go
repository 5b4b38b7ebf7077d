package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os/signal"
	"slices"
	"sort"
	"strings"
	"syscall"
	"time"

	"github.com/telltale-dev/telltale/internal/api"
)

func runLogs(ctx context.Context, env *environment, args []string) error {
	f := newFlags(env, "logs", "[QUERY]", "List logs in the order in which they were written, the newest last.",
		example{"what went wrong in the last 15 minutes", "telltale logs 'level:>=error' --from -15m"},
		example{"logs of a service as they come in", "telltale logs 'service:shop' --follow"},
		example{"a word, but not in tests", "telltale logs timeout -env:test"},
		example{"for a program", "telltale logs 'user:user-123' --json | jq -r .body"})
	f.queries = true
	connect, times := serverFlags(f), rangeFlags(f, "")
	limit := f.Int("limit", 100, "at most this many, the newest `n`; with --follow how many to begin with (10)")
	following := f.Bool("follow", false, "go on with what comes in, until Ctrl-C")
	asJSON := f.Bool("json", false, "one JSON object a line")
	attrs := f.Bool("attrs", false, "show attributes too")
	operands, err := f.parse(args)
	if err != nil {
		return err
	}
	if *limit < 1 {
		return f.usage("--limit is at least 1")
	}
	c, err := connect()
	if err != nil {
		return err
	}
	params := url.Values{"q": {queryOf(operands)}}
	if err := times(params); err != nil {
		return err
	}
	w := &logWriter{env: env, style: env.style(), now: env.now(), json: *asJSON, attrs: *attrs}
	if *following {
		if params.Get("to") != "" {
			return f.usage("--follow has no end: leave --to out")
		}
		ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
		defer stop()
		if !f.given("limit") {
			*limit = 10
		}
		return followLogs(ctx, c, w, params, *limit)
	}
	logs, more, err := listLogs(ctx, c, params, *limit)
	if err != nil {
		return err
	}
	if err := w.all(logs); err != nil {
		return err
	}
	switch {
	case len(logs) == 0:
		env.say("No log matches. The time range is everything unless --from and --to say otherwise.\n")
	case more:
		env.say("There are earlier ones: raise --limit (now %d) or narrow the query.\n", *limit)
	}
	return nil
}

// listLogs reads the newest logs and returns them oldest first.
func listLogs(ctx context.Context, c *client, params url.Values, limit int) (logs []api.Log, more bool, err error) {
	params = compact(params)
	for {
		var list api.LogList
		params.Set("limit", pageSize(limit-len(logs), 1000))
		if err := c.get(ctx, "/api/v1/logs", params, &list); err != nil {
			return nil, false, err
		}
		logs = append(logs, list.Logs...)
		if list.Next == "" || len(logs) >= limit {
			slices.Reverse(logs)
			return logs, list.Next != "", nil
		}
		params.Set("cursor", list.Next)
	}
}

// How long to wait before a lost tail is opened again.
const (
	firstRetry = 500 * time.Millisecond
	lastRetry  = 10 * time.Second
)

// followLogs shows the last logs and then what comes in. A tail that breaks is opened again, and what was written
// meanwhile is fetched, so that nothing is missing or shown twice.
func followLogs(ctx context.Context, c *client, w *logWriter, params url.Values, limit int) error {
	wait := firstRetry
	for opened := false; ; {
		err := c.followOnce(ctx, w, params, limit, func() { opened, wait, limit = true, firstRetry, 1000 })
		var refused *serverError
		switch {
		case ctx.Err() != nil:
			return nil // who follows ends it
		case errors.Is(err, errOutput) || !opened || errors.As(err, &refused) && refused.status/100 == 4 && refused.status != 429:
			return err
		}
		w.env.say("The connection to %s was lost; trying again in %s.\n", c.base, wait)
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil
		}
		wait = min(2*wait, lastRetry)
		if !w.last.IsZero() {
			params.Set("from", w.last.Add(-overlap).UTC().Format(time.RFC3339Nano))
		}
	}
}

// followOnce opens a tail, shows what is stored already, then what comes in, until the connection breaks.
func (c *client) followOnce(ctx context.Context, w *logWriter, params url.Values, limit int, opened func()) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	tail, err := c.tail(ctx, url.Values{"q": params["q"], "signal": {"logs"}})
	if err != nil {
		return err
	}
	defer tail.close()
	logs, _, err := listLogs(ctx, c, params, limit)
	if err != nil {
		return err
	}
	for i := range logs {
		if err := w.once(&logs[i]); err != nil {
			return err
		}
	}
	opened()
	for {
		name, data, err := tail.next()
		if err != nil {
			return err
		}
		if err := w.event(name, data); err != nil {
			return err
		}
	}
}

// logWriter shows logs.
type logWriter struct {
	env         *environment
	style       style
	now         time.Time
	json, attrs bool

	last time.Time           // of the newest log shown by once
	seen map[string]struct{} // logs with about that time, to tell that one that comes in was fetched already
}

// errOutput is an output that takes no more.
var errOutput = errors.New("cannot write")

func (w *logWriter) all(logs []api.Log) error {
	for i := range logs {
		if err := w.log(&logs[i]); err != nil {
			return err
		}
	}
	return nil
}

func (w *logWriter) log(l *api.Log) error {
	var err error
	if w.json {
		err = writeJSON(w.env.stdout, l)
	} else {
		_, err = w.env.stdout.Write([]byte(w.text(l)))
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errOutput, err)
	}
	return nil
}

// text is a log in one line.
func (w *logWriter) text(l *api.Log) string {
	colour := ""
	switch l.Level {
	case "warn":
		colour = yellow
	case "error", "fatal":
		colour = red
	case "debug", "trace":
		colour = dim
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %s", w.style.paint(dim, l.Time.In(w.now.Location()).Format("2006-01-02 15:04:05.000 MST")),
		w.style.paint(colour, fmt.Sprintf("%-5s", visible(firstOf(l.Level, unknown)))), visible(firstOf(l.Service, unknown)))
	if l.Name != "" {
		b.WriteString(" " + w.style.paint(dim, visible(l.Name)))
	}
	b.WriteString(": " + w.style.paint(colour, visible(l.Body)))
	if id := firstOf(l.RequestID, l.TraceID); id != "" {
		b.WriteString("  " + w.style.paint(dim, visible(id)))
	}
	if w.attrs {
		keys := make([]string, 0, len(l.Attributes))
		for k := range l.Attributes {
			keys = append(keys, k)
		}
		sort.Strings(keys)
		for _, k := range keys {
			b.WriteString(" " + w.style.paint(dim, visible(k)+"=") + visible(l.Attributes[k]))
		}
	}
	return b.String() + "\n"
}
