package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/telltale-dev/telltale/internal/query"
	"github.com/telltale-dev/telltale/internal/query/nearest"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// param documents a parameter of a route and bounds what it takes.
type param struct {
	name     string
	in       string // path, else query
	kind     string // integer or boolean, else string
	doc      string
	example  string
	fallback string // documented default
	enum     []string
	required bool
}

const inPath = "path"

// Limits of pages.
const (
	maxLimit     = 1000
	maxFullLimit = 100
	maxBuckets   = 5000
)

// params are the parameters of a request that a route knows, each given at most once.
type params struct {
	route  *route
	now    time.Time
	path   func(name string) string
	values url.Values
	body   []byte
}

func readParams(r *http.Request, route *route, now time.Time) (*params, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, &fault{status: http.StatusBadRequest, code: codeParameter, message: "the parameters are not URL-encoded"}
	}
	p := &params{route: route, now: now.UTC(), path: r.PathValue, values: values}
	var names []string
	for _, known := range route.params {
		if known.in != inPath {
			names = append(names, known.name)
		}
		if known.required && values.Get(known.name) == "" {
			return nil, badParam(known.name, "is missing", known.doc)
		}
		if got := values.Get(known.name); got != "" && known.enum != nil && !slices.Contains(known.enum, got) {
			return nil, badParam(known.name, fmt.Sprintf("is %q", shorten(got)), fmt.Sprintf("one of %v", known.enum))
		}
	}
	for name, given := range values {
		switch {
		case !slices.Contains(names, name):
			hint := fmt.Sprintf("this route takes %v", names)
			if near := nearest.Of(name, names); near != "" {
				hint = "did you mean " + near + "?"
			}
			return nil, badParam(shorten(name), "is not known here", hint)
		case len(given) > 1:
			return nil, badParam(name, "is given twice", "")
		}
	}
	return p, nil
}

// maxBody is more than any rule file or dashboard needs.
const maxBody = 4 << 20

// readBody takes the body of a route that has one.
func (p *params) readBody(w http.ResponseWriter, r *http.Request) error {
	if p.route.body == nil {
		return nil
	}
	var err error
	p.body, err = io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
		return &fault{status: http.StatusRequestEntityTooLarge, code: "too_large", message: fmt.Sprintf("the body is larger than %d MB", maxBody>>20)}
	}
	if err != nil {
		return &fault{status: http.StatusBadRequest, code: "bad_body", message: "the body did not arrive whole"}
	}
	return nil
}

// decode reads the body as JSON. Unknown fields are mistakes.
func (p *params) decode(v any) error {
	d := json.NewDecoder(bytes.NewReader(p.body))
	d.DisallowUnknownFields()
	err := d.Decode(v)
	if err == nil {
		if _, more := d.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("something follows the JSON")
		}
	}
	if err != nil {
		return &fault{status: http.StatusBadRequest, code: "bad_body", message: "the body is not the JSON that is wanted: " + shorten(strings.TrimPrefix(err.Error(), "json: "))}
	}
	return nil
}

func badParam(name, what, hint string) error {
	return &fault{status: http.StatusBadRequest, code: codeParameter, message: "parameter " + name + " " + what, hint: hint, parameter: name}
}

// badQuery turns a mistake of the query language into an answer with its place.
func badQuery(name string, err error) error {
	var e *query.Error
	if !errors.As(err, &e) {
		return badParam(name, err.Error(), "")
	}
	return &fault{status: http.StatusBadRequest, code: codeQuery, message: e.Message, hint: e.Hint(), position: &e.Position, parameter: name}
}

// shorten bounds what of a request is repeated in an answer.
func shorten(s string) string {
	const most = 80
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

func (p *params) string(name string) string { return p.values.Get(name) }

// text is string with a default.
func (p *params) text(name, fallback string) string {
	if v := p.values.Get(name); v != "" {
		return v
	}
	return fallback
}

func (p *params) flag(name string) (bool, error) {
	v, err := strconv.ParseBool(p.text(name, "false"))
	if err != nil {
		return false, badParam(name, "is neither true nor false", "")
	}
	return v, nil
}

// limit reads limit, which is 100 where not given.
func (p *params) limit(most int) (int, error) { return p.limitOr(100, most) }

// limitOr is limit with another default.
func (p *params) limitOr(fallback, most int) (int, error) {
	n, err := strconv.Atoi(p.text("limit", strconv.Itoa(fallback)))
	if err != nil || n < 1 || n > most {
		return 0, badParam("limit", fmt.Sprintf("is %q", shorten(p.string("limit"))), fmt.Sprintf("a number from 1 to %d", most))
	}
	return n, nil
}

// filter reads q.
func (p *params) filter() (telemetry.Expr, error) {
	x, err := query.Parse(p.string("q"))
	if err != nil {
		return nil, badQuery("q", err)
	}
	return x, nil
}

// timeRange reads from and to; without them it has no ends.
func (p *params) timeRange() (telemetry.Range, error) {
	var r telemetry.Range
	for _, end := range []struct {
		name string
		ns   *int64
	}{{"from", &r.From}, {"to", &r.To}} {
		text := p.string(end.name)
		if text == "" {
			continue
		}
		t, err := query.ParseTime(text, p.now)
		if err != nil {
			return r, &fault{status: http.StatusBadRequest, code: codeParameter, message: err.Error(), parameter: end.name}
		}
		*end.ns = t.UnixNano()
	}
	if r.To != 0 && r.From >= r.To {
		return r, badParam("from", "is not before to", "")
	}
	return r, nil
}

func (p *params) traceID() (telemetry.TraceID, error) {
	id, err := telemetry.ParseTraceID(p.path("trace"))
	if err != nil {
		return id, badParam("trace", "is no trace id", "32 hex digits, not all zero")
	}
	return id, nil
}

func (p *params) spanID() (telemetry.SpanID, error) {
	id, err := telemetry.ParseSpanID(p.path("span"))
	if err != nil {
		return id, badParam("span", "is no span id", "16 hex digits, not all zero")
	}
	return id, nil
}
