package api

import (
	"context"
	"net/http"
	"slices"
	"strings"
)

// route is one question that can be asked, or one thing that can be done.
type route struct {
	method  string // empty is GET
	path    string // pattern of http.ServeMux without method
	id      string // operationId
	summary string
	params  []param
	result  any // a value of the type of the answer
	etag    bool
	also    string // methods that somebody else serves at this path
	body    any    // a value of the type of the request's JSON, or a contentType; nil takes none
	answer  func(a *API, ctx context.Context, p *params) (any, error)
	stream  func(a *API, w http.ResponseWriter, r *http.Request, p *params) error
	events  []streamEvent // of stream
}

// streamEvent is a kind of server-sent event.
type streamEvent struct {
	name string
	data any // a value of the type of its JSON
}

// contentType stands for a body that is no JSON of ours: it comes as it is, in params.body.
type contentType string

func (r *route) verb() string {
	if r.method == "" {
		return http.MethodGet
	}
	return r.method
}

func routeFor(methods []*route, method string) *route {
	if method == http.MethodHead {
		method = http.MethodGet
	}
	for _, r := range methods {
		if r.verb() == method {
			return r
		}
	}
	return nil
}

func allowed(methods []*route) string {
	var allow []string
	for _, r := range methods {
		allow = append(allow, r.verb())
		if r.verb() == http.MethodGet {
			allow = append(allow, http.MethodHead)
		}
		if r.also != "" {
			allow = append(allow, r.also)
		}
	}
	return strings.Join(allow, ", ")
}

// The parameters.
var (
	pTraceID = param{name: "trace", in: inPath, doc: "trace id, 32 hex digits"}
	pSpanID  = param{name: "span", in: inPath, doc: "span id, 16 hex digits"}
	pID      = param{name: "id", in: inPath, doc: "request id"}
	pQuery   = param{name: "q", doc: "what to find, in the query language; nothing finds everything", example: "model:gpt-4o status:error"}
	pFrom    = param{name: "from", doc: "beginning of the time range, part of it: -1h, now, RFC 3339, a date (UTC) or Unix time", example: "-1h"}
	pTo      = param{name: "to", doc: "end of the time range, not part of it; written as from", example: "now"}
	pLimit   = param{name: "limit", kind: "integer", doc: "how many at most; 1000, with full 100", fallback: "100"}
	pCursor  = param{name: "cursor", doc: "next_cursor of the page before; belongs to the same query"}
	pOrder   = param{name: "order", doc: "order by time", enum: []string{"newest", "oldest"}, fallback: "newest"}
	pFull    = param{name: "full", kind: "boolean", doc: "whole texts, events, links and resource; without it texts are cut to 256 bytes", fallback: "false"}
	pSignal  = param{name: "signal", doc: "what to look at; calls are the spans that stand for a model call", enum: []string{"calls", "spans", "logs"}, fallback: "calls"}
	pColumns = param{name: "columns", doc: "count and functions of a number: sum, avg, min, max, p50, p95, p99", fallback: "count", example: "count,sum(cost),p95(duration)"}
	pGroup   = param{name: "group", doc: "up to four fields to group by", example: "model,user"}
	pBucket  = param{name: "bucket", doc: "width of time buckets; wants from", example: "5m"}
	pBy      = param{name: "order", doc: "a column, by which groups come largest first, or keys", fallback: "the first column"}
	pGroups  = param{name: "limit", kind: "integer", doc: "how many groups at most, over all buckets; 1000", fallback: "100"}
	pField   = param{name: "field", doc: "a field; attr and resource alone give keys", required: true, example: "model"}
	pPrefix  = param{name: "prefix", doc: "what values begin with"}
	pCaret   = param{name: "cursor", kind: "integer", doc: "place of the cursor in q, in characters; at its end by default"}
	pTail    = param{name: "signal", doc: "what to watch", enum: []string{"all", "calls", "spans", "logs"}, fallback: "all"}
)

// routes is everything the API answers. POST /api/v1/logs, JSON lines in, is served by the ingest.
var routes = slices.Concat(eventRoutes, foundRoutes, alertRoutes, dashboardRoutes, ruleRoutes)

// eventRoutes are about spans, logs and the server itself.
var eventRoutes = []route{
	{
		path: "/api/v1/traces/{trace}", id: "getTrace", etag: true, result: Trace{}, answer: (*API).trace,
		summary: "All spans and logs of a trace in order of time, with sums", params: []param{pTraceID, pFrom, pTo},
	},
	{
		path: "/api/v1/requests/{id}", id: "getRequest", etag: true, result: Request{}, answer: (*API).request,
		summary: "All spans and logs of a request and of the traces it belongs to, in order of time, with sums", params: []param{pID, pFrom, pTo},
	},
	{
		path: "/api/v1/spans/{trace}/{span}", id: "getSpan", etag: true, result: Span{}, answer: (*API).span,
		summary: "One span, whole: messages, events, links and resource", params: []param{pTraceID, pSpanID, pFrom, pTo},
	},
	{
		path: "/api/v1/calls", id: "listCalls", result: SpanList{}, answer: (*API).calls,
		summary: "Model calls: each counted once, whoever reported it", params: []param{pQuery, pFrom, pTo, pLimit, pCursor, pOrder, pFull},
	},
	{
		path: "/api/v1/spans", id: "listSpans", result: SpanList{}, answer: (*API).spans,
		summary: "Spans", params: []param{pQuery, pFrom, pTo, pLimit, pCursor, pOrder, pFull},
	},
	{
		path: "/api/v1/logs", id: "listLogs", result: LogList{}, answer: (*API).logs, also: http.MethodPost,
		summary: "Logs", params: []param{pQuery, pFrom, pTo, pLimit, pCursor, pOrder, pFull},
	},
	{
		path: "/api/v1/aggregate", id: "aggregate", result: Aggregate{}, answer: (*API).aggregate,
		summary: "Counts, sums, averages and quantiles by group and time bucket",
		params:  []param{pSignal, pQuery, pFrom, pTo, pColumns, pGroup, pBucket, pBy, pGroups},
	},
	{
		path: "/api/v1/values", id: "listValues", result: ValueList{}, answer: (*API).values,
		summary: "Values that a field has in the store", params: []param{pField, pPrefix, pFrom, pTo, pLimit},
	},
	{
		path: "/api/v1/fields", id: "listFields", etag: true, result: FieldList{}, answer: (*API).fields,
		summary: "The fields of the query language",
	},
	{
		path: "/api/v1/complete", id: "complete", result: Completion{}, answer: (*API).complete,
		summary: "How a half-written query may go on", params: []param{pQuery, pCaret, pFrom, pTo},
	},
	{
		path: "/api/v1/tail", id: "tail", result: "", stream: (*API).tail,
		events:  []streamEvent{{"span", Span{}}, {"log", Log{}}, {"dropped", Dropped{}}},
		summary: "Live tail: server-sent events span, log, dropped (with how many did not fit), and a comment as heartbeat", params: []param{pTail, pQuery},
	},
	{
		path: "/api/v1/status", id: "getStatus", result: StatusReport{}, answer: (*API).status,
		summary: "How the server is, and the books: what was received, kept and lost, by reason",
	},
	{
		path: "/api/v1/openapi.json", id: "getOpenAPI", etag: true, result: map[string]any{}, answer: (*API).document,
		summary: "This document",
	},
}

// nearestPath is the route a wrong path may have meant.
func nearestPath(path string) string {
	for i := range routes {
		fixed, _, _ := strings.Cut(routes[i].path, "/{")
		if strings.HasPrefix(path, fixed) {
			return routes[i].path
		}
	}
	return "/api/v1/openapi.json"
}
