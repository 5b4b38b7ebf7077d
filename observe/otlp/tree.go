package otlp

import (
	"strconv"
	"time"
	"unicode"
	"unicode/utf8"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// Escape sequences of terminals.
const (
	dim   = "\x1b[2m"
	bold  = "\x1b[1m"
	red   = "\x1b[31m"
	cyan  = "\x1b[36m"
	plain = "\x1b[0m"
)

// painter tells whether text is coloured.
type painter bool

func (p painter) append(b []byte, colour, s string) []byte {
	if !p {
		return append(b, s...)
	}
	return append(append(append(b, colour...), s...), plain...)
}

// maxTreeDepth bounds how far a tree is followed; what lies deeper is left out.
const maxTreeDepth = 64

// write puts trees out in one call of w, so that lines of others do not come between.
func (c *console) write(id trace.TraceID, tops []sdktrace.ReadOnlySpan, below map[trace.SpanID][]sdktrace.ReadOnlySpan) {
	b := c.buffer[:0]
	b = c.paint.append(b, dim, "trace "+id.String())
	b = append(b, '\n')
	for _, top := range tops {
		b = c.appendTree(b, top, below, "", "", 0)
	}
	_, _ = c.w.Write(b)
	c.buffer = kept(b)
}

// appendTree writes a span after lead, and its children after rest.
func (c *console) appendTree(b []byte, s sdktrace.ReadOnlySpan, below map[trace.SpanID][]sdktrace.ReadOnlySpan,
	lead, rest string, depth int,
) []byte {
	b = c.paint.append(b, dim, lead)
	b = c.appendLine(b, s)
	if depth >= maxTreeDepth {
		return b
	}
	children := below[s.SpanContext().SpanID()]
	for i, child := range children {
		if i == len(children)-1 {
			b = c.appendTree(b, child, below, rest+"└─ ", rest+"   ", depth+1)
		} else {
			b = c.appendTree(b, child, below, rest+"├─ ", rest+"│  ", depth+1)
		}
	}
	return b
}

// appendLine writes a span: name, duration, model, tokens, cost, status and what went wrong.
func (c *console) appendLine(b []byte, s sdktrace.ReadOnlySpan) []byte {
	failed := s.Status().Code == codes.Error
	colour := bold
	if failed {
		colour = red
	}
	b = c.paint.append(b, colour, printable(s.Name()))
	b = append(b, ' ', ' ')
	b = c.paint.append(b, cyan, duration(s.EndTime().Sub(s.StartTime())))
	f := factsOf(s.Attributes())
	for _, fact := range [...]string{f.status, f.model, f.tokens(), f.cost, f.finish} {
		if fact != "" {
			b = append(append(b, "  "...), fact...)
		}
	}
	if failed {
		b = append(b, "  "...)
		b = c.paint.append(b, red, "error: "+f.failure(s))
	}
	return append(b, '\n')
}

// facts are the attributes that a tree shows.
type facts struct{ status, model, input, output, cost, finish, errorType string }

func factsOf(attrs []attribute.KeyValue) facts {
	var f facts
	for i := range attrs {
		v := attrs[i].Value
		switch attrs[i].Key {
		case "http.response.status_code":
			f.status = printable(v.String())
		case "gen_ai.response.model":
			f.model = printable(v.String())
		case "gen_ai.request.model":
			if f.model == "" {
				f.model = printable(v.String())
			}
		case "gen_ai.usage.input_tokens":
			f.input = printable(v.String())
		case "gen_ai.usage.output_tokens":
			f.output = printable(v.String())
		case "gen_ai.usage.cost", "gen_ai.cost.total_cost":
			if v.Type() == attribute.FLOAT64 {
				f.cost = "$" + strconv.FormatFloat(v.AsFloat64(), 'g', 4, 64)
			}
		case "gen_ai.response.finish_reasons":
			if v.Type() == attribute.STRINGSLICE && len(v.AsStringSlice()) > 0 {
				f.finish = printable(v.AsStringSlice()[0])
			}
		case "error.type":
			f.errorType = printable(v.String())
		}
	}
	return f
}

func (f *facts) tokens() string {
	if f.input == "" && f.output == "" {
		return ""
	}
	return f.input + "→" + f.output + " tokens"
}

// failure is what went wrong: the status, else the type of error.
func (f *facts) failure(s sdktrace.ReadOnlySpan) string {
	if d := printable(s.Status().Description); d != "" {
		return d
	}
	if f.errorType != "" {
		return f.errorType
	}
	return "yes"
}

// duration rounds to three digits or so.
func duration(d time.Duration) string {
	switch {
	case d >= 10*time.Second:
		d = d.Round(100 * time.Millisecond)
	case d >= time.Second:
		d = d.Round(10 * time.Millisecond)
	case d >= time.Millisecond:
		d = d.Round(10 * time.Microsecond)
	default:
		d = d.Round(time.Microsecond)
	}
	return d.String()
}

// maxShown bounds a text in a tree, in bytes.
const maxShown = 200

// printable is text as a terminal may have it: bounded, without control characters.
func printable(s string) string {
	clean := make([]byte, 0, min(len(s), maxShown))
	for _, r := range s {
		if len(clean) >= maxShown {
			return string(clean) + "…"
		}
		if !unicode.IsPrint(r) {
			r = ' '
		}
		clean = utf8.AppendRune(clean, r)
	}
	return string(clean)
}
