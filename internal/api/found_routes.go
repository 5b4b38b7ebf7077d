package api

// Parameters of the routes in foundRoutes.
var (
	pTraceOrder = param{name: "order", doc: "newest: by the latest matching span; slowest: by the longest matching span; costliest: by what the matching calls cost", enum: []string{"newest", "slowest", "costliest"}, fallback: "newest"}
	pPage       = param{name: "limit", kind: "integer", doc: "how many at most; 200", fallback: "50"}
	pErrors     = param{name: "signal", doc: "where to look", enum: []string{"all", "spans", "logs"}, fallback: "all"}
	pPrint      = param{name: "fingerprint", in: inPath, doc: "fingerprint of a group of errors: 16 hex digits", example: "9f86d081884c7d65"}
	pSelFrom    = param{name: "selection_from", doc: "beginning of the selected time; that of the range by default", example: "-20m"}
	pSelTo      = param{name: "selection_to", doc: "end of the selected time; that of the range by default", example: "-10m"}
	pSelQuery   = param{name: "selection_q", doc: "what else the selected records have in common, in the query language", example: "status:error"}
)

// foundRoutes put records together.
var foundRoutes = []route{
	{
		path: "/api/v1/traces", id: "listTraces", result: TraceList{}, answer: (*API).traces,
		summary: "Traces in which a span matches, each once, with sums over all of its spans",
		params:  []param{pQuery, pFrom, pTo, pPage, pCursor, pTraceOrder},
	},
	{
		path: "/api/v1/errors", id: "listErrors", result: ErrorList{}, answer: (*API).errors,
		summary: "Errors of spans and logs, put together by kind and message",
		params:  []param{pErrors, pQuery, pFrom, pTo, pPage},
	},
	{
		path: "/api/v1/errors/{fingerprint}", id: "listErrorOccurrences", result: ErrorOccurrences{}, answer: (*API).errorOccurrences,
		summary: "Errors of one group, each with the spans and logs that told it again",
		params:  []param{pPrint, pErrors, pQuery, pFrom, pTo, pPage},
	},
	{
		path: "/api/v1/compare", id: "compare", result: Comparison{}, answer: (*API).compare,
		summary: "Which fields have other values in a selection than in the rest",
		params:  []param{pSignal, pQuery, pFrom, pTo, pSelFrom, pSelTo, pSelQuery},
	},
	{
		path: "/api/v1/sessions", id: "listSessions", result: SessionList{}, answer: (*API).sessions,
		summary: "Sessions in which a model call matches, latest first, with sums over all of their calls",
		params:  []param{pQuery, pFrom, pTo, pPage, pCursor},
	},
}
