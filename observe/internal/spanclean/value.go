package spanclean

import (
	"math"
	"strconv"
	"unicode/utf8"

	"go.opentelemetry.io/otel/attribute"

	"github.com/telltale-dev/telltale/observe/redact"
)

const (
	// maxDepth is how many values are looked at in one another; what is deeper goes.
	maxDepth = 16

	// shortestSecret is less than the length of any secret that is known by its shape.
	shortestSecret = 12

	// Numbers from which on one may be a secret under a name that says so, and from which on one may be a card's.
	telling    = 1000
	longNumber = 1e11
)

// value returns what of the value of an attribute may be shown, and whether that is another.
func (c *Cleaner) value(k *key, v *attribute.Value) (_ attribute.Value, changed bool) {
	switch v.Type() {
	case attribute.STRING:
		text := v.AsString()
		shown := c.string(k, text)
		if shown == text {
			return *v, false
		}
		return attribute.StringValue(shown), true
	case attribute.BOOL, attribute.BOOLSLICE, attribute.EMPTY:
		return *v, false
	case attribute.INT64:
		if n := v.AsInt64(); !k.mayBe(float64(n)) {
			return *v, false
		}
	case attribute.FLOAT64:
		if n := v.AsFloat64(); !k.mayBe(n) || n != math.Trunc(n) && !k.tells {
			return *v, false
		}
	}
	return c.nested(k, c.redactor(k), "", k.name, *v, 0)
}

// mayBe reports whether a number may be something to hide.
func (k *key) mayBe(n float64) bool {
	n = math.Abs(n)
	return n >= longNumber || k.tells && n >= telling
}

func (c *Cleaner) string(k *key, s string) string {
	switch {
	case k.kind == id:
		if len(s) >= shortestSecret {
			s, _ = c.core.Secrets.String(s)
		}
	case k.kind == content && c.core.Captured.Has(s): // the policy was applied when it was captured
	case k.kind == content:
		s, _ = c.redactor(k).Field(k.name, s)
	default:
		s = c.core.Known.Under(k.hash, s)
	}
	return s
}

// nested looks at a value below the names in groups, which have dots between them.
func (c *Cleaner) nested(k *key, r *redact.Redactor, groups, name string, v attribute.Value, depth int,
) (_ attribute.Value, changed bool) {
	if depth >= maxDepth {
		return attribute.Value{}, true
	}
	field := func(s string) (string, bool) {
		var n int
		if k.kind == id {
			s, n = r.String(s)
		} else {
			s, n = r.FieldUnder(groups, name, s)
		}
		return s, n > 0
	}
	switch v.Type() {
	case attribute.STRING:
		s, found := field(v.AsString())
		return attribute.StringValue(s), found
	case attribute.STRINGSLICE:
		list := v.AsStringSlice() // a copy
		for i := range list {
			var found bool
			list[i], found = field(list[i])
			changed = changed || found
		}
		if !changed {
			return v, false
		}
		return attribute.StringSliceValue(list), true
	case attribute.BYTESLICE:
		if b := v.AsByteSlice(); utf8.Valid(b) {
			s, found := field(string(b))
			return attribute.ByteSliceValue([]byte(s)), found
		}
	case attribute.SLICE:
		list := v.AsSlice() // a copy
		for i := range list {
			var found bool
			list[i], found = c.nested(k, r, groups, name, list[i], depth+1)
			changed = changed || found
		}
		return attribute.SliceValue(list...), changed
	case attribute.MAP:
		return c.mapped(k, r, inside(groups, name), v.AsMap(), depth+1)
	case attribute.FLOAT64:
		return numbers(v, []float64{v.AsFloat64()}, field)
	case attribute.FLOAT64SLICE:
		return numbers(v, v.AsFloat64Slice(), field)
	case attribute.INT64:
		return numbers(v, []int64{v.AsInt64()}, field)
	case attribute.INT64SLICE:
		return numbers(v, v.AsInt64Slice(), field)
	}
	return v, false
}

func (c *Cleaner) mapped(k *key, r *redact.Redactor, groups string, list []attribute.KeyValue, depth int,
) (_ attribute.Value, changed bool) {
	for i := range list { // of a copy
		value, found := c.nested(k, r, groups, string(list[i].Key), list[i].Value, depth)
		shown := attribute.Key(c.text(string(list[i].Key)))
		changed = changed || found || shown != list[i].Key
		list[i] = attribute.KeyValue{Key: shown, Value: value}
	}
	return attribute.MapValue(list...), changed
}

func inside(groups, name string) string {
	if groups == "" {
		return name
	}
	return groups + "." + name
}

// numbers becomes the marker of what one of them is.
func numbers[N int64 | float64](v attribute.Value, list []N, field func(string) (string, bool)) (attribute.Value, bool) {
	for _, n := range list {
		if n < telling && n > -telling {
			continue
		}
		text := strconv.FormatFloat(float64(n), 'f', -1, 64)
		if i := int64(n); N(i) == n {
			text = strconv.FormatInt(i, 10)
		}
		if shown, found := field(text); found {
			return attribute.StringValue(shown), true
		}
	}
	return v, false
}
