package dialect

import (
	"strconv"
	"strings"
	"time"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// errorOther is the class of errors that nobody names, as the conventions have it.
const errorOther = "_OTHER"

// setErrorType finds what went wrong with a span that failed.
func setErrorType(s *telemetry.Span) {
	if s.Status != telemetry.StatusError {
		return
	}
	for i := range s.Events {
		e := &s.Events[i]
		if e.Name == "exception" {
			fill(&s.ErrorType, clean(e.Attributes.Value("exception.type")))
			fill(&s.StatusMessage, e.Attributes.Value("exception.message"))
		}
	}
	if s.ErrorType == "" && s.HTTPStatus.Known && s.HTTPStatus.Value >= 400 {
		s.ErrorType = strconv.FormatInt(s.HTTPStatus.Value, 10)
	}
	fill(&s.ErrorType, errorOther)
}

// setHTTPFailure gives a span the status that the HTTP conventions want of its response: 5xx is a failure of a server, 4xx
// and 5xx are one for a client. Some instruments leave it unset.
func setHTTPFailure(s *telemetry.Span) {
	if !s.HTTPStatus.Known {
		return
	}
	if n := s.HTTPStatus.Value; s.Kind == telemetry.KindServer && n >= 500 || s.Kind == telemetry.KindClient && n >= 400 {
		s.Status = telemetry.StatusError
	}
}

// readFailure sets the status of calls whose client says by attributes only that they failed.
func (r *record) readFailure() {
	s := r.span
	failed := s.ErrorType != "" || s.HTTPStatus.Known && s.HTTPStatus.Value >= 400
	if failed && (r.g.Operation.IsCall() || r.g.Operation == telemetry.OpOther || r.g.Operation == telemetry.OpExecuteTool) {
		s.Status = telemetry.StatusError
	}
	setHTTPFailure(s)
	setErrorType(s)
}

// fail marks the span as failed, with what the client says of it.
func (r *record) fail(kind, message string) {
	r.span.Status = telemetry.StatusError
	fill(&r.span.StatusMessage, message)
	fill(&r.ErrorType, kind)
}

// errorKind finds a class in an error's text: the type in the provider's JSON, an exception's name before the first colon,
// or an HTTP status.
func errorKind(message string) string {
	if i := strings.IndexByte(message, '{'); i >= 0 {
		if kind := parseObject(message[i:]).get("error", "type").text(); kind != "" {
			return kind
		}
	}
	head, _, ok := strings.Cut(message, ":")
	if ok && len(head) > len("Error") && len(head) < 80 && !strings.ContainsAny(head, " \t\n") &&
		(strings.HasSuffix(head, "Error") || strings.HasSuffix(head, "Exception")) {
		return head
	}
	for word := range strings.FieldsSeq(message) {
		word = strings.Trim(word, ":;,.()[]{}'\"")
		if len(word) == 3 && (word[0] == '4' || word[0] == '5') && strings.Trim(word, "0123456789") == "" {
			return word
		}
	}
	return errorOther
}

// Events that mark the first token.
const (
	eventFirstChunk = "ai.stream.firstChunk"
	eventFirstToken = "First Token Stream Event" //nolint:gosec // a token of a model
)

// readTimes finds the time to the first token, in whichever unit it is said, and whether the answer was streamed.
func (r *record) readTimes() {
	g := r.g
	if !g.TimeToFirstToken.Known {
		g.TimeToFirstToken = elapsed(r.first(src.ttftSeconds), time.Second)
		if d := r.span.Duration; g.TimeToFirstToken.Value > d && d > 0 { // some send milliseconds
			if ms := g.TimeToFirstToken.Value / 1000; ms <= d {
				g.TimeToFirstToken.Value = ms
			}
		}
	}
	if !g.TimeToFirstToken.Known {
		g.TimeToFirstToken = elapsed(r.first(src.ttftMilliseconds), time.Millisecond)
	}
	for i := range r.span.Events {
		if e := &r.span.Events[i]; e.Name == eventFirstChunk || e.Name == eventFirstToken {
			r.firstTokenAt(e.Time)
		}
	}
	g.Streaming = g.Streaming || flag(r.first(src.streaming)) || strings.Contains(r.Attributes.Value("ai.operationId"), "stream")
}

// firstTokenAt notes when the first token came, if nothing better is known.
func (r *record) firstTokenAt(t int64) {
	if d := t - r.Time; !r.g.TimeToFirstToken.Known && d > 0 && d < int64(24*time.Hour) {
		r.g.TimeToFirstToken = telemetry.Known(d)
	}
}
