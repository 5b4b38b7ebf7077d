package llmmock

import (
	"encoding/json"
	"slices"
	"strings"
)

// instance makes a small value that a JSON schema, or Gemini's dialect of it, allows.
func instance(schema json.RawMessage) json.RawMessage {
	var root map[string]any
	if json.Unmarshal(schema, &root) != nil {
		return json.RawMessage("{}")
	}
	return json.RawMessage(js(builder{root}.value(root, 0)))
}

type builder struct{ root map[string]any }

const maxSchemaDepth = 16

func (b builder) value(s map[string]any, depth int) any {
	if depth > maxSchemaDepth {
		return nil
	}
	if v, ok := s["const"]; ok {
		return v
	}
	if list, ok := s["enum"].([]any); ok && len(list) > 0 {
		return list[0]
	}
	if ref, ok := s["$ref"].(string); ok {
		return b.value(b.resolve(ref), depth+1)
	}
	for _, key := range []string{"anyOf", "oneOf", "allOf"} {
		if list, ok := s[key].([]any); ok && len(list) > 0 {
			if first, ok := list[0].(map[string]any); ok {
				return b.value(first, depth+1)
			}
		}
	}
	switch typeOf(s) {
	case "object":
		return b.object(s, depth)
	case "array":
		return b.array(s, depth)
	case "string":
		return stringFor(s)
	case "integer", "number":
		return numberFor(s)
	case "boolean":
		return true
	}
	return nil
}

func typeOf(s map[string]any) string {
	switch t := s["type"].(type) {
	case string:
		return strings.ToLower(t)
	case []any:
		for _, v := range t {
			if name, ok := v.(string); ok && name != "null" {
				return strings.ToLower(name)
			}
		}
	}
	switch {
	case s["properties"] != nil:
		return "object"
	case s["items"] != nil:
		return "array"
	}
	return ""
}

// object has the required properties, or all where none is said to be.
func (b builder) object(s map[string]any, depth int) any {
	out := map[string]any{}
	properties, _ := s["properties"].(map[string]any)
	required, _ := s["required"].([]any)
	for name, p := range properties {
		sub, _ := p.(map[string]any)
		if len(required) == 0 && depth < 4 || slices.Contains(required, any(name)) {
			out[name] = b.value(sub, depth+1)
		}
	}
	return out
}

func (b builder) array(s map[string]any, depth int) any {
	least, _ := s["minItems"].(float64)
	out := []any{}
	items, _ := s["items"].(map[string]any)
	for range min(int(least), 64) {
		out = append(out, b.value(items, depth+1))
	}
	return out
}

func stringFor(s map[string]any) string {
	format, _ := s["format"].(string)
	switch format {
	case "date":
		return "2026-01-01"
	case "date-time":
		return "2026-01-01T00:00:00Z"
	case "time":
		return "00:00:00Z"
	case "email":
		return "mock@example.com"
	case "uuid":
		return "00000000-0000-4000-8000-000000000000"
	case "uri", "url":
		return "https://example.com/"
	case "ipv4":
		return "192.0.2.1"
	}
	out := "mock"
	if least, ok := s["minLength"].(float64); ok && int(least) > len(out) {
		out = strings.Repeat("m", min(int(least), 4096))
	}
	if most, ok := s["maxLength"].(float64); ok && int(most) >= 0 && int(most) < len(out) {
		out = out[:int(most)]
	}
	return out
}

func numberFor(s map[string]any) any {
	if v, ok := s["minimum"].(float64); ok {
		return v
	}
	if v, ok := s["exclusiveMinimum"].(float64); ok {
		return v + 1
	}
	if v, ok := s["maximum"].(float64); ok && v < 1 {
		return v
	}
	return 1
}

// resolve follows a reference inside the document: #/$defs/Name.
func (b builder) resolve(ref string) map[string]any {
	at := b.root
	path, ok := strings.CutPrefix(ref, "#/")
	if !ok {
		return at
	}
	for key := range strings.SplitSeq(path, "/") {
		at, _ = at[key].(map[string]any)
	}
	return at
}
