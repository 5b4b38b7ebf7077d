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
	fields  []field // for the console and the sink
	count   int     // fields so far
	prefix  string  // of the attributes of the record
	omitted int     // attributes past maxFields
	collect bool    // its fields are kept: the console or a sink needs them
	stack   bool    // the line gets a stack
	noStack bool    // an attribute says that it gets none
	carrier error   // the first error that has one
	pc      uintptr
	id      *scope.Known
	access  bool // it is the line of a request, the last that most have
	asItIs  bool // nothing of id has to be hidden
	rec     Record
}

// Bounds of what is used again. Texts of the line before stay alive until they are written over, so these are small.
const (
	maxKeptBuffer = 16 << 10
	maxKeptFields = 128
)

func (l *line) release() {
	if cap(l.buf) > maxKeptBuffer || cap(l.fields) > maxKeptFields {
		return
	}
	l.fields = l.fields[:0]
	l.count, l.omitted, l.carrier, l.pc, l.id, l.prefix, l.rec.Stack, l.stack = 0, 0, nil, 0, nil, "", "", false
	l.access, l.noStack = false, false
	l.out.lines.Put(l)
}

// head begins the line with what is known before any attribute of the record.
func (l *line) head(ctx context.Context, h *Handler, id *scope.Known, kept uint64) {
	l.id = id
	l.rec.Kept, l.rec.Logger = kept, h.logger
	l.rec.TraceID, l.rec.SpanID, l.rec.TraceFlags = trace.TraceID{}, trace.SpanID{}, 0
	if ctx != nil {
		span := trace.SpanContextFromContext(ctx)
		l.rec.TraceID, l.rec.SpanID, l.rec.TraceFlags = span.TraceID(), span.SpanID(), span.TraceFlags()
	}
	if l.out.json {
		l.jsonHead(h)
	}
}

// end writes the line, and gives it to the sink.
func (l *line) end(ctx context.Context, h *Handler) error {
	o := l.out
	l.sayOmitted(h.prefix)
	if o.json {
		l.jsonTail(h)
	} else {
		l.console(h)
	}
	err := o.write(l.rec.Level, l.buf)
	if l.collect && o.sink != nil {
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

// write writes a line and counts it.
func (o *output) write(level slog.Level, line []byte) error {
	o.mu.Lock()
	_, err := o.w.Write(line)
	o.mu.Unlock()
	if err != nil {
		o.counts.add(level, failed)
	} else {
		o.counts.add(level, kept)
	}
	return err
}

// sayOmitted adds how many attributes were too many.
func (l *line) sayOmitted(prefix string) {
	if l.omitted > 0 {
		n := l.out.nameOf(prefix, "attributes_omitted")
		l.put(&field{name: n, value: slog.IntValue(l.omitted), kind: slog.KindInt64})
	}
}
