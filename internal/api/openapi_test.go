package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telltale-dev/telltale/internal/api"
	"github.com/telltale-dev/telltale/internal/api/apitest"
)

// document is what these tests read of an OpenAPI document.
type document struct {
	OpenAPI    string
	Paths      map[string]map[string]endpoint
	Components struct {
		Schemas   map[string]schema
		Responses map[string]response
	}
}

type endpoint struct {
	OperationID string
	Summary     string
	Parameters  []struct {
		Name, In, Description string
		Required              bool
	}
	Responses map[string]response
}

type response struct {
	Ref     string `json:"$ref"`
	Content map[string]struct{ Schema schema }
}

type schema struct {
	Ref                  string `json:"$ref"`
	Type                 any
	Format               string
	Properties           map[string]schema
	Required             []string
	Items                *schema
	AdditionalProperties any
}

func readDocument(t *testing.T, h http.Handler) *document {
	t.Helper()
	var d document
	get(t, h, "/api/v1/openapi.json", http.StatusOK, &d)
	if d.OpenAPI != "3.1.0" {
		t.Fatalf("version %q", d.OpenAPI)
	}
	return &d
}

// TestAnswersConform asks every path of the document and checks the answers against its schemas.
func TestAnswersConform(t *testing.T) {
	a := newAPI(t, apitest.Sample(), nil)
	d := readDocument(t, a)
	calls := map[string][]string{
		"/api/v1/traces/{trace}":       {"/api/v1/traces/" + apitest.TraceFailed.String(), "/api/v1/traces/" + apitest.TraceGood.String()},
		"/api/v1/requests/{id}":        {"/api/v1/requests/req-500", "/api/v1/requests/req-good"},
		"/api/v1/spans/{trace}/{span}": {"/api/v1/spans/" + apitest.TraceGood.String() + "/" + apitest.CallGood.String()},
		"/api/v1/calls":                {"/api/v1/calls", "/api/v1/calls?limit=1", "/api/v1/calls?full=true", "/api/v1/calls?q=model:none"},
		"/api/v1/spans":                {"/api/v1/spans"},
		"/api/v1/logs":                 {"/api/v1/logs", "/api/v1/logs?q=nosuchword"},
		"/api/v1/aggregate":            {"/api/v1/aggregate", "/api/v1/aggregate?group=model,user&columns=sum(cost),count&from=-4h&bucket=1h", "/api/v1/aggregate?q=model:none&order=keys"},
		"/api/v1/values":               {"/api/v1/values?field=model", "/api/v1/values?field=user&prefix=zz"},
		"/api/v1/fields":               {"/api/v1/fields"},
		"/api/v1/complete":             {"/api/v1/complete?q=mod", "/api/v1/complete?q=model:"},
		"/api/v1/status":               {"/api/v1/status"},
		"/api/v1/openapi.json":         {"/api/v1/openapi.json"},
		"/api/v1/alerts":               {"/api/v1/alerts"},
		"/api/v1/dashboards":           {"/api/v1/dashboards"},
		"/api/v1/dashboards/{uid}":     {"/api/v1/dashboards/sample"},
		"/api/v1/dashboards/{uid}/panels/{panel}/query": {
			"/api/v1/dashboards/sample/panels/1/query?from=-10m&exemplars=true", "/api/v1/dashboards/sample/panels/2/query", "/api/v1/dashboards/sample/panels/3/query?step=1m",
		},
		"/api/v1/dashboards/{uid}/variables": {"/api/v1/dashboards/sample/variables"},
		"/api/v1/alerts/receivers":           {"/api/v1/alerts/receivers"},
		"/api/v1/rules":                      {"/api/v1/rules"},
		"/api/v1/slos":                       {"/api/v1/slos"},
		"/api/v1/traces":                     {"/api/v1/traces?limit=1", "/api/v1/traces?order=costliest", "/api/v1/traces?q=model:none"},
		"/api/v1/errors":                     {"/api/v1/errors?from=-1h&to=now", "/api/v1/errors?q=model:none"},
		"/api/v1/errors/{fingerprint}":       {"/api/v1/errors/0000000000000000", "/api/v1/errors/" + firstError(t, a) + "?from=-24h"},
		"/api/v1/compare":                    {"/api/v1/compare?signal=spans&selection_q=status:error", "/api/v1/compare?q=model:none&selection_from=-1h"},
		"/api/v1/sessions":                   {"/api/v1/sessions", "/api/v1/sessions?q=model:none"},
	}
	for path, methods := range d.Paths {
		if path == "/api/v1/tail" {
			continue // its events are checked by TestTail
		}
		if _, reads := methods["get"]; !reads {
			continue // TestPostsConform
		}
		if len(calls[path]) == 0 {
			t.Errorf("nothing asks %s", path)
		}
		for _, target := range calls[path] {
			var body any
			get(t, a, target, http.StatusOK, &body)
			d.check(t, target, methods["get"].Responses["200"].Content["application/json"].Schema, body)
		}
	}
	var failure any
	get(t, a, "/api/v1/calls?q=modle:x", http.StatusBadRequest, &failure)
	d.check(t, "failure", d.Components.Responses["Failure"].Content["application/json"].Schema, failure)
}

func firstError(t *testing.T, a *api.API) string {
	t.Helper()
	var list api.ErrorList
	get(t, a, "/api/v1/errors", http.StatusOK, &list)
	return list.Errors[0].Fingerprint
}

// TestPostsConform is TestAnswersConform of what is posted.
func TestPostsConform(t *testing.T) {
	a := newAPI(t, apitest.Sample(), nil)
	d := readDocument(t, a)
	bodies := map[string]string{
		"/api/v1/alerts/test":                           `{"labels":{"severity":"critical"}}`,
		"/api/v1/logs":                                  "", // served by the ingest
		"/api/v1/rules/replay":                          "", // events, see TestReplay
		"/api/v1/rules/check":                           "wrong",
		"/api/v1/dashboards/check":                      `{"title": "x", "panels": [{"type": "blink"}]}`,
		"/api/v1/dashboards/{uid}/panels/{panel}/query": `{"variables": {"job": ["a"]}}`,
		"/api/v1/dashboards/{uid}/variables":            `{"from": "-1h"}`,
	}
	for path, methods := range d.Paths {
		e, posts := methods["post"]
		body, known := bodies[path]
		if posts && !known {
			t.Errorf("nothing posts to %s", path)
		}
		if !posts || body == "" {
			continue
		}
		w := httptest.NewRecorder()
		target := strings.NewReplacer("{uid}", "sample", "{panel}", "1").Replace(path)
		a.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, target, strings.NewReader(body)))
		var answer any
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != http.StatusOK {
			t.Fatalf("POST %s: %d %s", path, w.Code, w.Body)
		}
		d.check(t, path, e.Responses["200"].Content["application/json"].Schema, answer)
	}
}

// TestDocumented: every operation has an id, a summary, documented parameters, and answers at its path.
func TestDocumented(t *testing.T) {
	a := newAPI(t, apitest.Sample(), nil)
	d := readDocument(t, a)
	ids := map[string]string{}
	for path, methods := range d.Paths {
		for method, e := range methods {
			if e.OperationID == "" || e.Summary == "" || ids[e.OperationID] != "" {
				t.Errorf("%s %s: id %q (also of %s), summary %q", method, path, e.OperationID, ids[e.OperationID], e.Summary)
			}
			ids[e.OperationID] = path
			for _, p := range e.Parameters {
				inPath := strings.Contains(path, "{"+p.Name+"}")
				if p.Description == "" || (p.In == "path") != inPath || inPath && !p.Required {
					t.Errorf("%s %s: parameter %+v", method, path, p)
				}
			}
			if method == "get" && e.Responses["default"].Ref != "#/components/responses/Failure" {
				t.Errorf("%s: no failure", path)
			}
		}
		w := httptest.NewRecorder() // a method that exists nowhere finds the path without asking anything
		a.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPatch, strings.NewReplacer("{", "", "}", "").Replace(path), nil))
		if w.Code != http.StatusMethodNotAllowed {
			t.Errorf("%s is documented, and is not there: %d", path, w.Code)
		}
	}
	if len(ids) != 35 {
		t.Errorf("%d operations", len(ids))
	}
}

// check validates a value against a schema: types, required and unknown properties, formats.
func (d *document) check(t *testing.T, where string, s schema, v any) {
	t.Helper()
	if name, ok := strings.CutPrefix(s.Ref, "#/components/schemas/"); ok {
		target, known := d.Components.Schemas[name]
		if !known {
			t.Fatalf("%s: no schema %s", where, s.Ref)
		}
		s = target
	}
	types, ok := s.Type.([]any)
	if !ok {
		types = []any{s.Type}
	}
	got := jsonType(v)
	if fits := slices.Contains(types, any(got)) || got == "integer" && slices.Contains(types, any("number")); !fits {
		t.Errorf("%s is %s, the schema says %v", where, got, s.Type)
		return
	}
	switch v := v.(type) {
	case string:
		if _, err := time.Parse(time.RFC3339Nano, v); s.Format == "date-time" && err != nil {
			t.Errorf("%s: %v", where, err)
		}
	case []any:
		for i, e := range v {
			d.check(t, fmt.Sprintf("%s[%d]", where, i), *s.Items, e)
		}
	case map[string]any:
		d.checkObject(t, where, s, v)
	}
}

func (d *document) checkObject(t *testing.T, where string, s schema, v map[string]any) {
	t.Helper()
	for _, name := range s.Required {
		if _, there := v[name]; !there {
			t.Errorf("%s has no %s", where, name)
		}
	}
	for name, e := range v {
		property, known := s.Properties[name]
		if extra, isSchema := s.AdditionalProperties.(map[string]any); !known && isSchema {
			property, known = schema{Type: extra["type"]}, true
		}
		switch {
		case known:
			d.check(t, where+"."+name, property, e)
		case s.AdditionalProperties == false:
			t.Errorf("%s has %s, which the schema does not know", where, name)
		}
	}
}

func jsonType(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case float64:
		if v == float64(int64(v)) {
			return "integer"
		}
		return "number"
	case []any:
		return "array"
	}
	text, _ := json.Marshal(v)
	if strings.HasPrefix(string(text), "{") {
		return "object"
	}
	return "?"
}

// TestGuide: the guide names every path, and no other.
func TestGuide(t *testing.T) {
	page, err := os.ReadFile("../../docs/guide/api.md")
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for path := range readDocument(t, newAPI(t, apitest.Sample(), nil)).Paths {
		want = append(want, path)
	}
	for line := range strings.Lines(string(page)) {
		if cells := strings.Split(line, "`"); strings.HasPrefix(line, "| `/api/") {
			got = append(got, cells[1])
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
