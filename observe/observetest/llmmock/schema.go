package llmmock

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// instance makes a small value that a JSON schema, or Gemini's dialect of it, allows. It is the same for the same schema and
// the same texts of the user, from which it takes what it can.
func instance(schema json.RawMessage, user []string) json.RawMessage {
	var root map[string]any
	if json.Unmarshal(schema, &root) != nil {
		return json.RawMessage("{}")
	}
	b := builder{root: root, said: readPrompt(user), left: maxValues}
	return json.RawMessage(js(b.value(root, "", 0)))
}

type builder struct {
	root map[string]any
	said prompt
	left int // values that may still be made
}

const (
	maxSchemaDepth = 16
	maxFullDepth   = 4 // below it nothing is made that a schema does not demand
	maxItems       = 64
	maxValues      = 10_000
)

// value makes what a schema allows. The name is that of the property it is for.
func (b *builder) value(s map[string]any, name string, depth int) any {
	if b.left--; depth > maxSchemaDepth || b.left < 0 {
		return nil // no schema that anyone means
	}
	if v, ok := s["const"]; ok {
		return v
	}
	if list, ok := s["enum"].([]any); ok && len(list) > 0 {
		return list[b.choose(list, name)]
	}
	if ref, ok := s["$ref"].(string); ok {
		return b.value(b.resolve(ref), name, depth+1)
	}
	if list, ok := s["allOf"].([]any); ok && len(list) > 0 {
		return b.value(b.all(s, list), name, depth+1)
	}
	for _, key := range []string{"anyOf", "oneOf"} {
		if list, ok := s[key].([]any); ok && len(list) > 0 {
			return b.value(firstOf(list), name, depth+1)
		}
	}
	switch typeOf(s) {
	case "object":
		return b.object(s, depth)
	case "array":
		return b.array(s, name, depth)
	case "string":
		return b.string(s, name)
	case "integer", "number":
		return b.number(s, name)
	case "boolean":
		if v, ok := b.said.fields[name].(bool); ok {
			return v
		}
		return sample(s, true)
	}
	return nil
}

// choose returns the index of the value that the user named, the latest text first; where none was, one that depends on the
// prompt, so that not all answers are alike.
func (b *builder) choose(list []any, name string) int {
	if i := b.said.named(list); i >= 0 {
		return i
	}
	return int(b.said.hash(name) % uint64(len(list)))
}

// firstOf is the first schema of a list that allows something.
func firstOf(list []any) map[string]any {
	for _, v := range list {
		if s, ok := v.(map[string]any); ok && s["type"] != "null" {
			return s
		}
	}
	return nil
}

// all is a schema with what each of the list demands.
func (b *builder) all(s map[string]any, list []any) map[string]any {
	out := maps.Clone(s)
	delete(out, "allOf")
	for _, v := range list {
		part, _ := v.(map[string]any)
		if ref, ok := part["$ref"].(string); ok {
			part = b.resolve(ref)
		}
		for key, v := range part {
			switch old := out[key].(type) {
			case map[string]any:
				if more, ok := v.(map[string]any); ok {
					old = maps.Clone(old)
					maps.Copy(old, more)
					v = old
				}
			case []any:
				if more, ok := v.([]any); ok && key == "required" {
					v = slices.Concat(old, more)
				}
			}
			out[key] = v
		}
	}
	return out
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
	case s["items"] != nil || s["prefixItems"] != nil:
		return "array"
	}
	return ""
}

// object has the required properties, or all where none is said to be.
func (b *builder) object(s map[string]any, depth int) any {
	out := map[string]any{}
	properties, _ := s["properties"].(map[string]any)
	required, _ := s["required"].([]any)
	for name, p := range properties {
		sub, _ := p.(map[string]any)
		if len(required) == 0 && depth < maxFullDepth || slices.Contains(required, any(name)) {
			out[name] = b.value(sub, name, depth+1)
		}
	}
	return out
}

// array has as many items as it must, and one where it may.
func (b *builder) array(s map[string]any, name string, depth int) any {
	out := []any{}
	first, _ := s["prefixItems"].([]any)
	for _, v := range first[:min(len(first), maxItems)] {
		sub, _ := v.(map[string]any)
		out = append(out, b.value(sub, name, depth+1))
	}
	least, _ := s["minItems"].(float64)
	most, bounded := s["maxItems"].(float64)
	items, known := s["items"].(map[string]any)
	if known && depth < maxFullDepth && (!bounded || most >= 1) {
		least = max(least, 1)
	}
	for i := len(out); i < int(min(least, maxItems)); i++ {
		v := b.value(items, name, depth+1)
		if unique, _ := s["uniqueItems"].(bool); unique {
			v = different(v, items, i)
		}
		out = append(out, v)
	}
	return out
}

// different makes the ith of items that must not be alike.
func different(v any, items map[string]any, i int) any {
	if list, ok := items["enum"].([]any); ok {
		for at := range list {
			if list[at] == v {
				return list[(at+i)%len(list)]
			}
		}
	}
	switch v := v.(type) {
	case string:
		return v + strings.Repeat("+", i)
	case float64:
		return v + float64(i)
	}
	return v
}

// sample is what the schema's author gives for an example of a value, or else as its default, or other.
func sample[T any](s map[string]any, other T) T {
	if list, ok := s["examples"].([]any); ok && len(list) > 0 {
		if v, ok := list[0].(T); ok {
			return v
		}
	}
	for _, key := range []string{"example", "default"} {
		if v, ok := s[key].(T); ok {
			return v
		}
	}
	return other
}

// resolve follows a reference inside the document: #/$defs/Name.
func (b *builder) resolve(ref string) map[string]any {
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
