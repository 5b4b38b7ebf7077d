package jsonlines

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// record is a log in the making.
type record struct {
	*decoder
	log     telemetry.Log
	text    bool
	undated bool

	taken   [numRoles]candidate // what each role was taken from
	name    string              // value of "name", until it is known whether that is the logger
	dropped int
}

// candidate is a field that was taken for a role; it becomes an attribute again when a better one comes.
type candidate struct {
	key, value string // the value as it is written
	rank       uint8
	set        bool
}

// decode fills the log from a line, or returns why the line is refused: a code for the books, and words.
func (r *record) decode(line []byte) (code, reason string) {
	trimmed := bytes.TrimSpace(line)
	switch {
	case trimmed[0] == '{':
		if why := checkJSON(trimmed); why != "" {
			return CodeInvalidJSON, why
		}
		r.object(unwrap(string(trimmed)))
		return "", ""
	case bytes.IndexByte(line, 0) >= 0:
		return CodeNotText, "not text: it has zero bytes"
	case trimmed[0] == '[' && json.Valid(trimmed):
		return CodeNotObject, "a JSON list; want one object a line"
	case r.RefuseText:
		return CodeNotObject, "not a JSON object"
	}
	r.text = true
	r.log.Body = strings.ToValidUTF8(string(bytes.TrimRight(line, " \t")), "\uFFFD")
	return "", ""
}

// object takes the fields of a line.
func (r *record) object(obj string) {
	if strings.Contains(obj, `"stream"`) && r.docker(obj) {
		return
	}
	members(obj, func(key, value string) { r.field(key, value, 0) })
}

// docker takes a line of Docker's json-file driver, whose log may itself be a line of JSON.
func (r *record) docker(obj string) bool {
	var line, stream, at, attrs string
	n := 0
	members(obj, func(key, value string) {
		n++
		switch key {
		case "log":
			line = value
		case "stream":
			stream = text(value)
		case "time":
			at = value
		case "attrs":
			attrs = value
			n--
		}
	})
	if n != 3 || !isString(line) || stream != "stdout" && stream != "stderr" {
		return false
	}
	body := strings.TrimRight(text(line), "\r\n")
	if inner := strings.TrimSpace(body); strings.HasPrefix(inner, "{") && json.Valid([]byte(inner)) {
		members(unwrap(inner), func(key, value string) { r.field(key, value, 0) })
	} else {
		r.log.Body = body
	}
	if !r.taken[roleTime].set {
		r.field("time", at, 0)
	}
	r.attribute("log.iostream", stream)
	if attrs != "" {
		r.plain("attrs", attrs, 0)
	}
	return true
}

// unwrap returns the object that has the fields: loguru puts them beside a rendered text.
func unwrap(obj string) string {
	if !strings.Contains(obj, `"record"`) {
		return obj
	}
	rec, n := "", 0
	members(obj, func(key, value string) {
		n++
		if key == "record" && isObject(value) {
			rec = value
		}
	})
	if rec != "" && n == 2 && isString(member(obj, "text")) {
		return rec
	}
	return obj
}

// field takes one field; depth is how many objects it is in.
func (r *record) field(key, value string, depth int) {
	if value == "null" {
		return
	}
	k := lookupField(key)
	if k.role != roleAttribute && r.apply(k, key, value, depth) {
		return
	}
	r.plain(key, value, depth)
}

// plain takes a field as attribute; objects become one for each of their fields.
func (r *record) plain(key, value string, depth int) {
	if isObject(value) && depth < r.MaxDepth {
		members(value, func(inner, v string) { r.field(key+"."+inner, v, depth+1) })
		return
	}
	r.attribute(key, text(value))
}

func (r *record) attribute(key, value string) {
	if len(r.log.Attributes) >= r.MaxAttributes {
		if _, ok := r.log.Attributes.Get(key); !ok {
			r.dropped++
			return
		}
	}
	if r.log.Attributes == nil {
		r.log.Attributes = make(telemetry.Attrs, 0, 8)
	}
	r.log.Attributes = r.log.Attributes.Set(key, value)
}

// apply takes a field for the role its name says. It reports false where the value does not fit or a better field has
// been there: then the field is an attribute.
func (r *record) apply(k known, key, value string, depth int) bool {
	switch k.role {
	case roleInline:
		if !isObject(value) || depth >= r.MaxDepth {
			return false
		}
		members(value, func(inner, v string) { r.field(inner, v, depth+1) })
		return true
	case roleError:
		return r.errorField(value, depth)
	case roleName:
		if depth > 0 || !isString(value) {
			return false
		}
		r.name = text(value)
		return true
	}
	if k.role == roleMessage && value == `""` {
		return true
	}
	had := &r.taken[k.role]
	if had.set && had.rank <= k.rank || !r.assign(k, value) {
		return false
	}
	if old := *had; old.set && old.value != value {
		defer r.plain(old.key, old.value, depth)
	}
	*had = candidate{key, value, k.rank, true}
	return true
}

// assign sets what a role stands for, if the value is right for it.
func (r *record) assign(k known, value string) (ok bool) {
	l := &r.log
	switch k.role {
	case roleTime:
		var ns int64
		if ns, ok = parseTime(value); ok {
			l.Time = ns
		}
	case roleLevel:
		var sev telemetry.Severity
		if sev, ok = parseLevel(value, k.scale); ok {
			l.Severity = sev
		}
	case roleMessage:
		if ok = isString(value) && value != `""`; ok {
			l.Body = text(value)
		}
	case roleTrace:
		var id telemetry.TraceID
		if id, ok = parseTrace(text(value), k.decimal); ok {
			l.TraceID = id
		}
	case roleSpan:
		var id telemetry.SpanID
		if id, ok = parseSpan(text(value), k.decimal); ok {
			l.SpanID = id
		}
	case roleParent:
		return r.traceparent(text(value))
	case roleRequest:
		if ok = isString(value) && telemetry.ValidRequestID(text(value)); ok {
			l.RequestID = text(value)
		}
	default:
		return r.assignText(k.role, value)
	}
	return ok
}

// maxID bounds ids, names of services and the like; what is longer is something else.
const maxID = 512

// assignText sets roles that take any short text.
func (r *record) assignText(role role, value string) bool {
	l := &r.log
	var dst *string
	switch role {
	case roleLogger:
		dst = &l.Scope.Name
	case roleEventName:
		dst = &l.Name
	case roleUser:
		dst = &l.UserID
	case roleTenant:
		dst = &l.TenantID
	case roleSession:
		dst = &l.SessionID
	case roleService:
		dst = &l.Service
	case roleEnvironment:
		dst = &l.Environment
	case roleErrorType:
		dst = &l.ErrorType
	case roleErrorMessage, roleStack:
		return isString(value)
	default:
		return false
	}
	id := role == roleUser || role == roleTenant || role == roleSession
	v := text(value)
	if !isString(value) && (!id || !isNumber(value)) || v == "" || len(v) > maxID {
		return false
	}
	*dst = v
	return true
}

// traceparent reads the header of W3C Trace Context.
func (r *record) traceparent(v string) bool {
	parts := strings.Split(v, "-")
	if len(parts) < 4 || len(parts[0]) != 2 {
		return false
	}
	trace, err := telemetry.ParseTraceID(parts[1])
	if err != nil {
		return false
	}
	span, err := telemetry.ParseSpanID(parts[2])
	if err != nil {
		return false
	}
	if r.log.TraceID.IsZero() {
		r.log.TraceID = trace
	}
	if r.log.SpanID.IsZero() {
		r.log.SpanID = span
	}
	return true
}

// parseTrace reads 32 hex digits, 16 (B3, Jaeger), a UUID, Google's projects/P/traces/ID, or a decimal.
func parseTrace(v string, decimal bool) (telemetry.TraceID, bool) {
	v = v[strings.LastIndexByte(v, '/')+1:]
	if len(v) == 36 {
		v = strings.ReplaceAll(v, "-", "")
	}
	if v = toHex(v, decimal); len(v) == 16 {
		v = "0000000000000000" + v
	}
	id, err := telemetry.ParseTraceID(v)
	return id, err == nil
}

// parseSpan reads 16 hex digits or a decimal.
func parseSpan(v string, decimal bool) (telemetry.SpanID, bool) {
	id, err := telemetry.ParseSpanID(toHex(v, decimal))
	return id, err == nil
}

// toHex makes 16 hex digits of a decimal of 64 bits. Datadog also writes 128 bits, as 32 hex digits.
func toHex(v string, decimal bool) string {
	if n, err := strconv.ParseUint(v, 10, 64); decimal && err == nil {
		return hex16(n)
	}
	return v
}

func hex16(n uint64) string {
	s := strconv.FormatUint(n, 16)
	return strings.Repeat("0", 16-len(s)) + s
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// finish settles what depends on the whole line.
func (r *record) finish() {
	l := &r.log
	if r.name != "" {
		// Of those who call the logger name, python-json-logger says levelname, pino and bunyan have numeric levels.
		level := r.taken[roleLevel]
		_, nested := r.log.Attributes.Get("pid")
		if l.Scope.Name == "" && (level.key == "levelname" || isNumber(level.value) || nested || isObject(level.value)) {
			l.Scope.Name = r.name
		} else {
			r.attribute("name", r.name)
		}
	}
	if l.Name == "" {
		l.Name = l.Scope.Name
	}
	r.finishError()
	if l.Time == 0 {
		l.Time, r.undated = r.Now().UnixNano(), true
	}
	if l.Service == "" {
		l.Service = r.Service
	}
	if l.Environment == "" {
		l.Environment = r.Environment
	}
	l.Resource = slices.Clone(r.Resource) // whoever takes the log may change it
	if r.dropped > 0 {
		l.Attributes = append(l.Attributes, telemetry.Attr{Key: DroppedAttributes, Value: itoa(int64(r.dropped))})
	}
}
