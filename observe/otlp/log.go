package otlp

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/telltale-dev/telltale/observe/logging"
)

// Fields of LogRecord.
const (
	logTime           = 1
	logSeverity       = 2
	logSeverityText   = 3
	logBody           = 5
	logAttributes     = 6
	logFlags          = 8
	logTraceID        = 9
	logSpanID         = 10
	logObservedTime   = 11
	listOfAttributes  = 1 // of KeyValueList
	severityOfInfo    = 9
	greatestSeverity  = 24
	maxScratch        = 64 << 10
	firstScratchBytes = 1 << 10
)

var _ logging.Sink = (*Exporter)(nil)

// scratch holds buffers in which a record is encoded before it is copied to the queue.
type scratch struct{ sync.Pool }

func (s *scratch) get() *[]byte {
	if b, ok := s.Get().(*[]byte); ok {
		return b
	}
	b := make([]byte, 0, firstScratchBytes)
	return &b
}

func (s *scratch) put(b *[]byte) {
	if cap(*b) <= maxScratch {
		s.Put(b)
	}
}

// Emit implements logging.Sink: it encodes the line and enqueues it. One that finds the queue full, or comes after Shutdown,
// is dropped and counted.
func (e *Exporter) Emit(_ context.Context, r *logging.Record) {
	if e.closed.Load() {
		e.counts[Logs].dropped.Add(1)
		return
	}
	b := e.scratch.get()
	observed := r.Time // where the record is made is where it is observed
	if observed.IsZero() {
		observed = time.Now()
	}
	*b = appendLog((*b)[:0], r, observed)
	ok, full := e.logs.add(r.Logger, *b)
	e.scratch.put(b)
	e.added(Logs, ok, full)
}

// appendLog writes a line as a LogRecord of its scope.
func appendLog(b []byte, r *logging.Record, observed time.Time) []byte {
	b, m := begin(b, scopeRecord, 2)
	b = appendTime(b, logTime, r.Time)
	b = appendUint(b, logSeverity, severity(r.Level))
	b = appendString(b, logSeverityText, r.Level.String())
	if r.Message != "" {
		b = appendStringValue(b, logBody, text(r.Message))
	}
	b = appendIdentity(b, r)
	for i := range r.Attrs {
		b = appendSlogAttr(b, logAttributes, &r.Attrs[i], 0)
	}
	if r.Stack != "" {
		b = appendStringAttr(b, logAttributes, "exception.stacktrace", text(r.Stack))
	}
	if r.Kept > 1 {
		b = appendIntAttr(b, logAttributes, "sampled", int64(r.Kept))
	}
	if r.TraceID.IsValid() {
		b = appendFixed32(b, logFlags, uint32(r.TraceFlags))
		b = appendTraceID(b, logTraceID, r.TraceID)
		if r.SpanID.IsValid() {
			b = appendSpanID(b, logSpanID, r.SpanID)
		}
	}
	b = appendTime(b, logObservedTime, observed)
	return end(b, m)
}

// appendIdentity writes whose work the line belongs to, under the names that spans use.
func appendIdentity(b []byte, r *logging.Record) []byte {
	for _, each := range [...]struct{ key, value string }{
		{"request.id", r.RequestID},
		{"http.request.method", r.Method},
		{"url.path", r.Path},
		{"user.id", r.User},
		{"tenant.id", r.Tenant},
		{"session.id", r.Session},
		{"key.id", r.Key},
	} {
		if each.value != "" {
			b = appendStringAttr(b, logAttributes, each.key, text(each.value))
		}
	}
	return b
}

// severity is OTLP's number of a level: slog's levels are as far apart as OTLP's are.
func severity(l slog.Level) uint64 {
	return uint64(max(1, min(int(l)+severityOfInfo, greatestSeverity)))
}

// appendSlogAttr writes an attribute of any kind. Durations are numbers of nanoseconds, times RFC 3339, as in JSON lines; a
// group without a name is laid out where it stands.
func appendSlogAttr(b []byte, field uint32, a *slog.Attr, depth int) []byte {
	v := a.Value
	if v.Kind() == slog.KindLogValuer {
		v = v.Resolve()
	}
	key := text(a.Key)
	switch v.Kind() {
	case slog.KindString:
		return appendStringAttr(b, field, key, text(v.String()))
	case slog.KindInt64:
		return appendIntAttr(b, field, key, v.Int64())
	case slog.KindUint64:
		return appendUintAttr(b, field, key, v.Uint64())
	case slog.KindFloat64:
		return appendDoubleAttr(b, field, key, v.Float64())
	case slog.KindBool:
		return appendBoolAttr(b, field, key, v.Bool())
	case slog.KindDuration:
		return appendIntAttr(b, field, key, int64(v.Duration()))
	case slog.KindTime:
		return appendStringAttr(b, field, key, v.Time().Format(time.RFC3339Nano))
	case slog.KindGroup:
		return appendGroup(b, field, key, v.Group(), depth)
	}
	return appendAnyAttr(b, field, key, v.Any())
}

// appendUintAttr writes what is too large for OTLP's integers as text.
func appendUintAttr(b []byte, field uint32, key string, v uint64) []byte {
	if int64(v) < 0 {
		return appendStringAttr(b, field, key, fmt.Sprint(v))
	}
	return appendIntAttr(b, field, key, int64(v))
}

func appendGroup(b []byte, field uint32, key string, group []slog.Attr, depth int) []byte {
	if depth >= maxDepth {
		return b
	}
	if key == "" {
		for i := range group {
			b = appendSlogAttr(b, field, &group[i], depth+1)
		}
		return b
	}
	b, whole := begin(b, field, 1)
	b = appendRaw(b, keyValueKey, key)
	b, value := begin(b, keyValueValue, 1)
	b, list := begin(b, anyMap, 1)
	for i := range group {
		b = appendSlogAttr(b, listOfAttributes, &group[i], depth+1)
	}
	return end(end(end(b, list), value), whole)
}

// appendAnyAttr writes a value of another type: bytes as bytes, errors by their message, the rest as JSON or, where that
// does not work, as fmt prints it.
func appendAnyAttr(b []byte, field uint32, key string, v any) []byte {
	switch v := v.(type) {
	case nil:
		return head(b, field, key, 0)
	case []byte:
		b = head(b, field, key, 1+varintLen(uint64(len(v)))+len(v))
		return appendRaw(b, anyBytes, v)
	case error:
		return appendStringAttr(b, field, key, text(v.Error()))
	}
	if encoded, err := json.Marshal(v); err == nil {
		return appendStringAttr(b, field, key, text(string(encoded)))
	}
	return appendStringAttr(b, field, key, text(fmt.Sprintf("%+v", v)))
}
