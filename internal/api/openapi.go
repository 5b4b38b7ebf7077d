package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path"
	"reflect"
	"strings"
	"time"
)

// Document is the OpenAPI document of the API: indented, with keys in order, the same bytes for the same code. Without a
// version it is that of a development build.
func Document(version string) ([]byte, error) {
	document, err := openAPI(routes, version)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := json.Indent(&out, document, "", "  "); err != nil {
		return nil, fmt.Errorf("indent the OpenAPI document: %w", err)
	}
	return out.Bytes(), nil
}

// openAPI makes the OpenAPI 3.1 document of the routes. Schemas come from the types of the answers: a field is required
// unless it is left out when empty, and the tag doc describes it.
func openAPI(routes []route, version string) ([]byte, error) {
	if version == "" {
		version = "devel"
	}
	s := schemas{}
	failure := s.of(reflect.TypeFor[Failure]())
	paths := jsonObject{}
	for i := range routes {
		r := &routes[i]
		item, _ := paths[r.path].(jsonObject)
		if item == nil {
			item = jsonObject{}
			paths[r.path] = item
		}
		item[strings.ToLower(r.verb())] = operation(r, &s)
	}
	paths["/api/v1/logs"].(jsonObject)["post"] = importOperation()
	return json.Marshal(jsonObject{
		"openapi": "3.1.0",
		"info": jsonObject{
			"title": "Telltale", "version": version,
			"description": "What your AI service did: calls, traces, requests, logs, cost.\n\n" +
				"Durations are whole nanoseconds in fields that end in _ns. Money is exact decimal text in USD in fields that end in _usd. " +
				"Moments are RFC 3339 in UTC. What is unknown is absent, never 0. Lists hold previews of long texts; whole records are fetched one at a time.",
			"license": jsonObject{"name": "Apache-2.0", "identifier": "Apache-2.0"},
		},
		"servers": []any{jsonObject{"url": "/"}},
		"paths":   paths,
		"components": jsonObject{
			"schemas":         map[string]any(s),
			"responses":       jsonObject{"Failure": jsonObject{"description": "What went wrong, and what would be right", "content": jsonContent(failure)}},
			"securitySchemes": jsonObject{"token": jsonObject{"type": "http", "scheme": "bearer", "description": "where auth.token is set"}},
		},
		"security": []any{jsonObject{}, jsonObject{"token": []any{}}},
	})
}

// jsonObject is a JSON object of the document.
type jsonObject = map[string]any

func jsonContent(schema jsonObject) jsonObject {
	return jsonObject{"application/json": jsonObject{"schema": schema}}
}

func operation(r *route, s *schemas) jsonObject {
	ok := jsonObject{"description": "The answer", "content": jsonContent(s.of(reflect.TypeOf(r.result)))}
	if r.stream != nil {
		var events []string
		for _, e := range r.events {
			s.of(reflect.TypeOf(e.data))
			events = append(events, "of the event "+e.name+" a "+reflect.TypeOf(e.data).Name())
		}
		ok["content"] = jsonObject{"text/event-stream": jsonObject{"schema": jsonObject{
			"type": "string", "description": "data: " + strings.Join(events, ", "),
		}}}
	}
	responses := jsonObject{"200": ok, "default": jsonObject{"$ref": "#/components/responses/Failure"}}
	if r.etag {
		responses["304"] = jsonObject{"description": "The ETag in If-None-Match is still right"}
	}
	op := jsonObject{"operationId": r.id, "summary": r.summary, "responses": responses}
	switch body := r.body.(type) {
	case nil:
	case contentType:
		op["requestBody"] = jsonObject{"required": true, "content": jsonObject{string(body): jsonObject{"schema": jsonObject{"type": "string"}}}}
	default:
		op["requestBody"] = jsonObject{"required": true, "content": jsonContent(s.of(reflect.TypeOf(body)))}
	}
	var list []any
	for i := range r.params {
		list = append(list, parameter(&r.params[i]))
	}
	if list != nil {
		op["parameters"] = list
	}
	return op
}

func parameter(p *param) jsonObject {
	schema := jsonObject{"type": "string"}
	if p.kind != "" {
		schema["type"] = p.kind
	}
	if p.enum != nil {
		schema["enum"] = p.enum
	}
	doc := p.doc
	if p.fallback != "" {
		doc += "; default " + p.fallback
	}
	o := jsonObject{"name": p.name, "in": "query", "description": doc, "schema": schema}
	if p.in != "" {
		o["in"] = p.in
	}
	if p.required || p.in == inPath {
		o["required"] = true
	}
	if p.example != "" {
		o["example"] = p.example
	}
	return o
}

// importOperation documents the JSON-lines endpoint, which the ingest serves at the path of the logs.
func importOperation() jsonObject {
	return jsonObject{
		"operationId": "importLogs",
		"summary":     "JSON lines in, as structured loggers write them; a bad line is reported by number and does not stop the rest",
		"requestBody": jsonObject{"required": true, "content": jsonObject{"application/x-ndjson": jsonObject{"schema": jsonObject{"type": "string"}}}},
		"responses": jsonObject{
			"200":     jsonObject{"description": "How many lines were taken, and which were not, and why", "content": jsonContent(jsonObject{"type": "object"})},
			"default": jsonObject{"description": "Nothing was taken; 429 and 503 come with Retry-After"},
		},
	}
}

// schemas are the named schemas of the document, by the name of the Go type.
type schemas map[string]any

// of returns the schema of a type. Named structs are put among the components and referred to.
func (s schemas) of(t reflect.Type) jsonObject {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return jsonObject{"type": "string", "format": "date-time"}
	case t == reflect.TypeFor[json.RawMessage]():
		return jsonObject{"type": "object"}
	case t.Kind() == reflect.Pointer:
		return s.of(t.Elem())
	}
	switch t.Kind() {
	case reflect.String:
		return jsonObject{"type": "string"}
	case reflect.Bool:
		return jsonObject{"type": "boolean"}
	case reflect.Int, reflect.Int64:
		return jsonObject{"type": "integer", "format": "int64"}
	case reflect.Float64:
		return jsonObject{"type": "number"}
	case reflect.Slice:
		items := s.of(t.Elem())
		if t.Elem().Kind() == reflect.Pointer {
			items["type"] = []any{items["type"], "null"}
		}
		return jsonObject{"type": "array", "items": items}
	case reflect.Map:
		if t.Elem().Kind() == reflect.Interface {
			return jsonObject{"type": "object"}
		}
		return jsonObject{"type": "object", "additionalProperties": s.of(t.Elem())}
	case reflect.Struct:
		name := schemaName(t)
		if _, known := s[name]; !known {
			s[name] = nil // a type may refer to itself
			properties, required := jsonObject{}, []string{}
			s.properties(t, properties, &required)
			s[name] = jsonObject{"type": "object", "properties": properties, "required": required, "additionalProperties": false}
		}
		return jsonObject{"$ref": "#/components/schemas/" + name}
	}
	panic(fmt.Sprintf("api: no schema for %s", t)) // a type of ours, found by the first test that makes an API
}

// schemaName is the name of the type; types of dashboards begin with their package, since others are called Link or Series too.
func schemaName(t reflect.Type) string {
	pkg, name := path.Base(t.PkgPath()), t.Name()
	if strings.Contains(t.PkgPath(), "/internal/dashboard") && !strings.EqualFold(pkg, name) {
		return strings.ToUpper(pkg[:1]) + pkg[1:] + name
	}
	return name
}

// properties adds the fields of a struct, those of embedded ones among them.
func (s schemas) properties(t reflect.Type, properties jsonObject, required *[]string) {
	for f := range t.Fields() {
		if f.Anonymous {
			s.properties(f.Type, properties, required)
			continue
		}
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		schema := s.of(f.Type)
		if doc := f.Tag.Get("doc"); doc != "" {
			schema["description"] = doc
		}
		properties[name] = schema
		if options != "omitempty" {
			*required = append(*required, name)
		}
	}
}
