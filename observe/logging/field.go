package logging

import (
	"bytes"
	"encoding"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Limits of a line. A record is never refused; what is past a limit is cut and says so.
const (
	maxRead   = 1 << 20  // bytes of a text that are looked at
	maxText   = 64 << 10 // bytes of a text that are shown
	maxDepth  = 12       // groups within groups
	maxFields = 1000     // attributes of a record
	omitted   = "…"
)

// cut bounds what is read of a text.
func cut(s string) string {
	if len(s) > maxRead {
		return s[:maxRead]
	}
	return s
}

// trim bounds what is shown of a text that has been read: a secret that cut has halved is past that.
func trim(s string) string {
	if len(s) <= maxText {
		return s
	}
	end := maxText
	for end > maxText-utf8.UTFMax && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + omitted
}

// field is an attribute that is resolved and redacted. Its value is of a kind that Record.Attrs allows.
type field struct {
	*name
	value slog.Value
	kind  slog.Kind // of value
	json  bool      // the value is JSON in a string
}

// put adds a field to the line.
func (l *line) put(f *field) {
	if l.out.json {
		l.buf = appendKey(l.buf, f.name)
		if f.json {
			l.buf = appendJSON(l.buf, f.value.String())
		} else {
			l.buf = appendValue(l.buf, f.kind, f.value)
		}
	}
	if l.collect {
		l.fields = append(l.fields, *f)
	}
	l.count++
}

// open opens a group, and returns the prefix of what is in it.
func (l *line) open(prefix, key string) string {
	n := l.out.nameOf(prefix, key)
	if l.out.json {
		l.buf = append(appendKey(l.buf, n), '{')
	}
	return n.inside
}

// openAll opens groups, and returns the prefix of what is in them.
func (l *line) openAll(prefix string, keys []string) string {
	for _, key := range keys {
		prefix = l.open(prefix, key)
	}
	return prefix
}

// closeAll closes n groups that opened when the line had so many bytes and fields, or takes them away if they are empty.
func (l *line) closeAll(n, bytes, count int) {
	if l.count == count {
		l.buf = l.buf[:bytes]
		return
	}
	if l.out.json {
		for range n {
			l.buf = append(l.buf, '}')
		}
	}
}

// add resolves and redacts an attribute. prefix has the names of its groups.
func (l *line) add(prefix string, a slog.Attr, depth int) {
	f := field{value: a.Value, kind: a.Value.Kind()}
	if f.kind == slog.KindLogValuer {
		if _, ok := f.value.Any().(noStack); ok {
			l.stack, l.noStack = false, true
			return
		}
		f.value = f.value.Resolve()
		f.kind = f.value.Kind()
	}
	switch {
	case f.kind == slog.KindGroup:
		l.addGroup(prefix, a.Key, f.value.Group(), depth)
		return
	case a.Key == "" && f.kind == slog.KindAny && f.value.Any() == nil:
		return // as slog does with the zero Attr
	case l.count >= maxFields:
		l.omitted++
		return
	}
	f.name = l.out.nameOf(prefix, a.Key)
	if f.kind == slog.KindString && f.values != nil {
		l.putText(&f)
		return
	}
	l.clean(&f)
	l.put(&f)
}

// putText adds a text that may have come before, in JSON.
func (l *line) putText(f *field) {
	value := f.value.String()
	w := f.values.find(value)
	if w == nil {
		l.clean(f)
		start := len(l.buf)
		if l.put(f); f.value.String() == value && l.buf[start] == ',' {
			f.values.keep(value, l.buf[start:])
		}
		return
	}
	if n := len(l.buf); n > 0 && l.buf[n-1] == '{' {
		l.buf = append(l.buf, w.text[1:]...)
	} else {
		l.buf = append(l.buf, w.text...)
	}
	if l.collect {
		l.fields = append(l.fields, *f)
	}
	l.count++
}

func (l *line) addGroup(prefix, key string, attrs []slog.Attr, depth int) {
	switch {
	case len(attrs) == 0:
		return
	case depth >= maxDepth:
		l.put(&field{name: l.out.nameOf(prefix, key), value: slog.StringValue(omitted), kind: slog.KindString})
		return
	}
	bytes, count, groups := len(l.buf), l.count, 0
	if key != "" {
		prefix = l.open(prefix, key)
		groups = 1
	}
	for _, a := range attrs {
		l.add(prefix, a, depth+1)
	}
	l.closeAll(groups, bytes, count)
}

// longNumber is the least number that may be a card's.
const longNumber = 1e11

// clean redacts the value of a field, and turns kinds that Record.Attrs does not allow into text.
func (l *line) clean(f *field) {
	o := l.out
	long := false
	switch f.kind {
	case slog.KindString:
		f.value = slog.StringValue(o.value(f.name, f.value.String()))
		return
	case slog.KindBool, slog.KindDuration:
		return // no secret has so few values
	case slog.KindInt64:
		n := f.value.Int64()
		long = n >= longNumber || n <= -longNumber
	case slog.KindUint64:
		long = f.value.Uint64() >= longNumber
	case slog.KindFloat64:
		n := math.Abs(f.value.Float64())
		long = n >= longNumber && n == math.Trunc(n)
	case slog.KindTime:
	default:
		l.cleanAny(f)
		return
	}
	if o.redactor == nil || !long && !f.tells {
		return
	}
	text := f.value.String()
	if f.kind == slog.KindFloat64 {
		text = strconv.FormatFloat(f.value.Float64(), 'f', -1, 64)
	}
	if text, n := o.redactor.FieldUnder(groups(f.rawPrefix), f.key, text); n > 0 {
		f.value, f.kind = slog.StringValue(text), slog.KindString
	}
}

// cleanAny turns a value of any type into text, or into JSON.
func (l *line) cleanAny(f *field) {
	v := f.value.Any()
	f.kind = slog.KindString
	if err, ok := v.(error); ok && l.stack && l.carrier == nil && carriesStack(err) {
		l.carrier = err
	}
	text, isJSON := render(v)
	if !isJSON {
		f.value = slog.StringValue(l.out.value(f.name, text))
		return
	}
	if r := l.out.redactor; r != nil && len(text) <= maxRead {
		var n int
		if f.tells && len(text) > 2 && (text[0] == '{' || text[0] == '[') {
			text = probe // whatever is in it
		}
		if text, n = r.FieldUnder(groups(f.rawPrefix), f.key, text); n > 0 && !json.Valid([]byte(text)) {
			isJSON = false // the name has said that all of it goes, or a rule of one's own cut where JSON does not allow it
		}
	}
	if len(text) > maxText {
		isJSON, text = false, trim(l.out.text(text))
	}
	f.value, f.json = slog.StringValue(text), isJSON
}

// render returns a value as its own methods print it, else as JSON.
func render(v any) (text string, isJSON bool) {
	defer func() {
		if r := recover(); r != nil {
			text, isJSON = "<nil>", false
			if rv := reflect.ValueOf(v); rv.Kind() != reflect.Pointer || !rv.IsNil() {
				text = fmt.Sprintf("!PANIC: %v", r)
			}
		}
	}()
	switch v := v.(type) {
	case nil:
		return "null", true
	case error:
		return v.Error(), false
	case json.Marshaler:
	case encoding.TextMarshaler:
	case fmt.Stringer:
		return v.String(), false
	case []byte:
		if utf8.Valid(v) {
			return string(v), false
		}
		return base64.StdEncoding.EncodeToString(v), false
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return "!ERROR: " + err.Error(), false
	}
	text = strings.TrimSuffix(b.String(), "\n")
	if s, ok := plainString(text); ok {
		return s, false
	}
	return text, true
}

// plainString returns what a JSON string says.
func plainString(text string) (string, bool) {
	if len(text) < 2 || text[0] != '"' {
		return "", false
	}
	var s string
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return "", false
	}
	return s, true
}

// appendFlat appends fields as flat attributes.
func appendFlat(attrs []slog.Attr, fields []field) []slog.Attr {
	for i := range fields {
		attrs = append(attrs, slog.Attr{Key: fields[i].path, Value: fields[i].value})
	}
	return attrs
}
