package api

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// fault is an error that may be shown: a code for programs, a message and a hint for people. Causes stay in the log.
type fault struct {
	status    int
	code      string
	message   string
	hint      string
	parameter string
	position  *int // in characters of the parameter
	retry     int  // seconds
}

func (f *fault) Error() string { return f.message }

// Codes of bad requests.
const (
	codeParameter = "bad_parameter"
	codeQuery     = "bad_query"
)

// Failure is the body of every answer that is no success.
type Failure struct {
	Error FailureDetail `json:"error"`
}

// FailureDetail says what went wrong.
type FailureDetail struct {
	Code      string `json:"code" doc:"for programs: bad_query, bad_parameter, not_found, method_not_allowed, too_many_queries, recovering, overloaded, stopping, unsupported, timeout, internal"`
	Message   string `json:"message" doc:"what is wrong, for people"`
	Hint      string `json:"hint,omitempty" doc:"what would be right"`
	Parameter string `json:"parameter,omitempty" doc:"which parameter it is about"`
	Position  *int   `json:"position,omitempty" doc:"where in that parameter, in characters from 0"`
}

// faultOf finds what of an error may be shown.
func (a *API) faultOf(err error) *fault {
	var f *fault
	switch {
	case errors.As(err, &f):
		return f
	case errors.Is(err, context.DeadlineExceeded):
		return &fault{
			status: http.StatusGatewayTimeout, code: "timeout", message: "the query took longer than " + a.config.Timeout.String(),
			hint: "narrow the time range with from and to, or the query",
		}
	case errors.Is(err, telemetry.ErrRecovering):
		return &fault{status: http.StatusServiceUnavailable, code: "recovering", message: "the store is recovering", hint: "try again in a moment; /readyz says when it is done", retry: 1}
	case errors.Is(err, telemetry.ErrOverloaded):
		return &fault{status: http.StatusServiceUnavailable, code: "overloaded", message: "the store is overloaded", hint: "try again in a second", retry: 1}
	case errors.Is(err, telemetry.ErrStopped):
		return &fault{status: http.StatusServiceUnavailable, code: "stopping", message: "the server is stopping", retry: 5}
	case errors.Is(err, telemetry.ErrUnsupported):
		return &fault{status: http.StatusNotImplemented, code: "unsupported", message: "this store cannot answer that query"}
	}
	return &fault{status: http.StatusInternalServerError, code: "internal", message: "the server could not answer", hint: "its log says why"}
}

// fail answers with an error. A client that has left gets none.
func (a *API) fail(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil {
		return
	}
	f := a.faultOf(err)
	if f.status == http.StatusInternalServerError {
		a.config.Logger.ErrorContext(r.Context(), "a query failed", "path", r.URL.Path, "error", err)
	}
	if f.retry > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(f.retry))
	}
	body := Failure{FailureDetail{Code: f.code, Message: f.message, Hint: f.hint, Parameter: f.parameter, Position: f.position}}
	a.write(w, r, f.status, false, body)
}

func notFound(what string) error {
	return &fault{
		status: http.StatusNotFound, code: "not_found", message: "there is no " + what,
		hint: "it may have expired, been sampled, or not arrived yet; `telltale status` shows the books",
	}
}

func (a *API) notFound(w http.ResponseWriter, r *http.Request) {
	a.fail(w, r, &fault{
		status: http.StatusNotFound, code: "not_found", message: "there is nothing at this path",
		hint: "the nearest is " + nearestPath(r.URL.Path),
	})
}
