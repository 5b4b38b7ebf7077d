package logging

import (
	"context"
	"log/slog"

	"go.opentelemetry.io/otel/trace"

	"github.com/telltale-dev/telltale/observe/internal/scope"
)

// line is the memory in which one line is made.
type line struct {
	out     *output
	buf     []byte
	fields  []field
	prefix  string
	omitted int   // attributes past maxFields
	carrier error // the first error that has a stack
	pc      uintptr
	id      *scope.Identity
	rec     Record
}

// maxKeptBuffer is how large a buffer may be that is used again.
const maxKeptBuffer = 64 << 10

func (l *line) release() {
	clear(l.fields)
	l.fields = l.fields[:0]
	attrs := l.rec.Attrs
	clear(attrs)
	l.rec = Record{Attrs: attrs[:0]}
	l.omitted, l.carrier, l.pc, l.id, l.prefix = 0, nil, 0, nil, ""
	if cap(l.buf) <= maxKeptBuffer && cap(l.fields) <= maxFields {
		l.out.lines.Put(l)
	}
}

// head notes what is known before any attribute.
func (l *line) head(ctx context.Context, h *Handler, id *scope.Identity, kept uint64) {
	l.id = id
	l.rec.Kept, l.rec.Logger = kept, h.logger
	if ctx != nil {
		span := trace.SpanContextFromContext(ctx)
		l.rec.TraceID, l.rec.SpanID, l.rec.TraceFlags = span.TraceID(), span.SpanID(), span.TraceFlags()
	}
}

// end writes the line, and gives it to the sink.
func (l *line) end(ctx context.Context, h *Handler) error {
	o := l.out
	if l.omitted > 0 {
		l.fields = append(l.fields, field{
			key: "attributes_omitted", path: "attributes_omitted", value: slog.IntValue(l.omitted),
		})
	}
	l.buf = l.buf[:0]
	if o.json {
		l.json(h)
	} else {
		l.console(h)
	}
	o.mu.Lock()
	_, err := o.w.Write(l.buf)
	o.mu.Unlock()
	if err != nil {
		o.counts.add(l.rec.Level, failed)
	} else {
		o.counts.add(l.rec.Level, kept)
	}
	if o.sink != nil {
		l.identify()
		l.rec.Attrs = appendFlat(append(l.rec.Attrs[:0], h.flat...), l.fields)
		if ctx == nil {
			ctx = context.Background()
		}
		o.sink.Emit(ctx, &l.rec)
	}
	l.release()
	return err
}
