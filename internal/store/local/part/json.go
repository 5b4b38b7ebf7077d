package part

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/telltale-dev/telltale/internal/jsontext"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// Attributes of resources, span events and links are kept as JSON, so that SQL can look into them.

func errValue(column, v string) error {
	return fmt.Errorf("column %s: %q is none of its values", column, v[:min(len(v), 64)])
}

// appendAttrs writes {"key":"value",…}, or nothing for an empty list.
func appendAttrs(dst []byte, attrs telemetry.Attrs) []byte {
	if len(attrs) == 0 {
		return dst
	}
	sep := byte('{')
	for _, a := range attrs {
		dst = append(dst, sep)
		dst = jsontext.AppendString(dst, a.Key)
		dst = append(dst, ':')
		dst = jsontext.AppendString(dst, a.Value)
		sep = ','
	}
	return append(dst, '}')
}

func appendEvents(dst []byte, events []telemetry.SpanEvent) []byte {
	if len(events) == 0 {
		return dst
	}
	sep := byte('[')
	for i := range events {
		e := &events[i]
		dst = append(dst, sep)
		dst = append(dst, `{"time":`...)
		dst = strconv.AppendInt(dst, e.Time, 10)
		dst = append(dst, `,"name":`...)
		dst = jsontext.AppendString(dst, e.Name)
		dst = appendAttributesField(dst, e.Attributes)
		sep = ','
	}
	return append(dst, ']')
}

func appendLinks(dst []byte, links []telemetry.Link) []byte {
	if len(links) == 0 {
		return dst
	}
	sep := byte('[')
	for i := range links {
		l := &links[i]
		dst = append(dst, sep)
		dst = append(dst, `{"trace_id":"`...)
		dst = append(dst, l.TraceID.String()...)
		dst = append(dst, `","span_id":"`...)
		dst = append(dst, l.SpanID.String()...)
		dst = append(dst, '"')
		dst = appendAttributesField(dst, l.Attributes)
		sep = ','
	}
	return append(dst, ']')
}

func appendAttributesField(dst []byte, attrs telemetry.Attrs) []byte {
	if len(attrs) > 0 {
		dst = append(dst, `,"attributes":`...)
		dst = appendAttrs(dst, attrs)
	}
	return append(dst, '}')
}

// attrList reads an object of strings in its order.
type attrList telemetry.Attrs

func (a *attrList) UnmarshalJSON(b []byte) error {
	attrs, err := parseAttrs(string(b))
	*a = attrList(attrs)
	return err
}

// parseAttrs reads what appendAttrs wrote. Strings without escapes share v's memory.
func parseAttrs(v string) (telemetry.Attrs, error) {
	if v == "" {
		return nil, nil
	}
	attrs := make(telemetry.Attrs, 0, strings.Count(v, `":"`)+1)
	err := eachAttr(v, func(key, value string) bool {
		attrs = append(attrs, telemetry.Attr{Key: key, Value: value})
		return true
	})
	return attrs, err
}

// AttrOf finds the value of a key in the JSON of a resource; where it is damaged, nothing.
func AttrOf(v, want string) (found string) {
	_ = eachAttr(v, func(key, value string) bool {
		if key == want {
			found = value
			return false
		}
		return true
	})
	return found
}

// AttrKeys calls visit with the keys of the JSON of a resource.
func AttrKeys(v string, visit func(key string)) {
	if v == "" {
		return
	}
	_ = eachAttr(v, func(key, _ string) bool { visit(key); return true })
}

func eachAttr(v string, visit func(key, value string) bool) error {
	bad := func() error { return errValue("attributes", v) }
	if len(v) < 2 || v[0] != '{' {
		return bad()
	}
	rest := v
	for rest[0] != '}' {
		var key, value string
		var ok bool
		if key, rest, ok = cutString(rest[1:]); !ok || rest == "" || rest[0] != ':' {
			return bad()
		}
		if value, rest, ok = cutString(rest[1:]); !ok || rest == "" || rest[0] != ',' && rest[0] != '}' {
			return bad()
		}
		if !visit(key, value) {
			return nil
		}
	}
	if len(rest) != 1 {
		return bad()
	}
	return nil
}

// cutString reads the JSON string at the beginning of s and returns what follows it.
func cutString(s string) (v, rest string, ok bool) {
	if s == "" || s[0] != '"' {
		return "", "", false
	}
	plain := true
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			plain = false
			i++
		case '"':
			if plain {
				return s[1:i], s[i+1:], true
			}
			err := json.Unmarshal([]byte(s[:i+1]), &v)
			return v, s[i+1:], err == nil
		}
	}
	return "", "", false
}

func parseEvents(v string) ([]telemetry.SpanEvent, error) {
	var raw []struct {
		Time       int64    `json:"time"`
		Name       string   `json:"name"`
		Attributes attrList `json:"attributes"`
	}
	if v == "" {
		return nil, nil
	}
	if err := json.Unmarshal([]byte(v), &raw); err != nil {
		return nil, fmt.Errorf("column events: %w", err)
	}
	events := make([]telemetry.SpanEvent, len(raw))
	for i, r := range raw {
		events[i] = telemetry.SpanEvent{Time: r.Time, Name: r.Name, Attributes: telemetry.Attrs(r.Attributes)}
	}
	return events, nil
}

func parseLinks(v string) ([]telemetry.Link, error) {
	var raw []struct {
		TraceID    string   `json:"trace_id"`
		SpanID     string   `json:"span_id"`
		Attributes attrList `json:"attributes"`
	}
	if v == "" {
		return nil, nil
	}
	if err := json.Unmarshal([]byte(v), &raw); err != nil {
		return nil, fmt.Errorf("column links: %w", err)
	}
	links := make([]telemetry.Link, len(raw))
	for i, r := range raw {
		l := telemetry.Link{Attributes: telemetry.Attrs(r.Attributes)}
		var err error
		if r.TraceID != "" {
			if l.TraceID, err = telemetry.ParseTraceID(r.TraceID); err != nil {
				return nil, fmt.Errorf("column links: %w", err)
			}
		}
		if r.SpanID != "" {
			if l.SpanID, err = telemetry.ParseSpanID(r.SpanID); err != nil {
				return nil, fmt.Errorf("column links: %w", err)
			}
		}
		links[i] = l
	}
	return links, nil
}
