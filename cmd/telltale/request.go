package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/telltale-dev/telltale/internal/api"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

func runRequest(ctx context.Context, env *environment, args []string) error {
	f := newFlags(env, "request", "ID",
		"Show every log and span of one request, in order, with what led to its error marked.\nWith --where it shows all requests that have a span like that.",
		example{"one request", "telltale request req-2f81"},
		example{"all requests of the last hour that ended with status 500, with what led up to each", "telltale request --where 'http.status:500' --from -1h"},
		example{"for a program", "telltale request req-2f81 --json"})
	connect, times := serverFlags(f), rangeFlags(f, "")
	where := f.String("where", "", "`query` for spans, in the place of an ID: show the requests they belong to")
	limit := f.Int("limit", 20, "at most this many requests, the newest `n`, with --where")
	asJSON := f.Bool("json", false, "one JSON object a line")
	operands, err := f.parse(args)
	if err != nil {
		return err
	}
	if *where != "" && len(operands) > 0 {
		return f.usage("give an ID or --where, not both")
	}
	if *limit < 1 || *limit > 1000 {
		return f.usage("--limit is from 1 to 1000")
	}
	c, err := connect()
	if err != nil {
		return err
	}
	params := url.Values{}
	if err := times(params); err != nil {
		return err
	}
	show := requestWriter{env: env, client: c, json: *asJSON}
	if *where != "" {
		return show.matching(ctx, *where, *limit, params)
	}
	id, err := f.one(operands, "a request id, or --where QUERY")
	if err != nil {
		return err
	}
	if !telemetry.ValidRequestID(id) || !addressable(id) {
		return f.usage("%s is no request id; to find requests by a query use --where", quoteArg(id))
	}
	return show.request(ctx, id, params)
}

// requestWriter fetches requests and shows them.
type requestWriter struct {
	env    *environment
	client *client
	json   bool
	shown  int
}

func (w *requestWriter) request(ctx context.Context, id string, params url.Values) error {
	var r api.Request
	if err := w.client.get(ctx, "/api/v1/requests/"+url.PathEscape(id), params, &r); err != nil {
		return err
	}
	if w.json {
		return writeJSON(w.env.stdout, r)
	}
	t := newTimeline("request "+id, &r.Summary, r.Spans, r.Logs, r.Truncated)
	t.fact("trace", r.TraceIDs)
	return w.write(t)
}

func (w *requestWriter) trace(ctx context.Context, id string) error {
	var r api.Trace
	if err := w.client.get(ctx, "/api/v1/traces/"+url.PathEscape(id), nil, &r); err != nil {
		return err
	}
	if w.json {
		return writeJSON(w.env.stdout, r)
	}
	return w.write(newTimeline("trace "+id+" (without request id)", &r.Summary, r.Spans, r.Logs, r.Truncated))
}

func (w *requestWriter) write(t *timeline) error {
	t.style, t.now = w.env.style(), w.env.now()
	if w.shown++; w.shown > 1 {
		if _, err := fmt.Fprintln(w.env.stdout); err != nil {
			return err
		}
	}
	return t.write(w.env.stdout)
}

// matching shows the requests of the spans that match, each once, the newest first. Spans without request id stand for
// their trace.
func (w *requestWriter) matching(ctx context.Context, where string, limit int, params url.Values) error {
	seen := map[string]bool{}
	pages := url.Values{"q": {where}, "limit": {"1000"}, "from": params["from"], "to": params["to"]}
	for {
		var list api.SpanList
		if err := w.client.get(ctx, "/api/v1/spans", compact(pages), &list); err != nil {
			return err
		}
		for i := range list.Spans {
			s := &list.Spans[i]
			key := firstOf(s.RequestID, s.TraceID)
			if key == "" || seen[key] {
				continue
			}
			if len(seen) == limit {
				w.env.say("There are more: raise --limit (now %d) or narrow the time range.\n", limit)
				return nil
			}
			seen[key] = true
			if err := w.one(ctx, s); err != nil {
				return err
			}
		}
		if list.Next == "" {
			break
		}
		pages.Set("cursor", list.Next)
	}
	if len(seen) == 0 {
		w.env.say("No request matches. The time range is everything unless --from and --to say otherwise.\n")
	}
	return nil
}

// one shows the request of a span. It may have gone since the list was read.
func (w *requestWriter) one(ctx context.Context, s *api.Span) error {
	var err error
	if addressable(s.RequestID) {
		err = w.request(ctx, s.RequestID, nil)
	} else {
		err = w.trace(ctx, s.TraceID)
	}
	var gone *serverError
	if errors.As(err, &gone) && gone.status == http.StatusNotFound {
		return nil
	}
	return err
}

// addressable reports whether an id can stand in a path: one of dots alone means a folder there.
func addressable(id string) bool { return strings.Trim(id, ".") != "" }

// compact leaves out parameters without a value.
func compact(params url.Values) url.Values {
	out := url.Values{}
	for name := range params {
		if v := params.Get(name); v != "" {
			out.Set(name, v)
		}
	}
	return out
}

// pageSize is how many records to ask for at a time.
func pageSize(limit, most int) string { return strconv.Itoa(min(limit, most)) }
