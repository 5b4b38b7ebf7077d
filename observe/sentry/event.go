package sentry

import (
	"log/slog"
	"maps"
	"runtime"
	"slices"
	"strings"

	"github.com/getsentry/sentry-go"

	"github.com/telltale-dev/telltale/observe"
)

// maxText bounds each text of an event, in bytes. Sentry cuts at 8 KB itself.
const maxText = 8 << 10

// maxAttrs bounds the attributes of an event.
const maxAttrs = 64

func (r *Reporter) event(e *observe.ErrorEvent) *sentry.Event {
	event := sentry.NewEvent()
	event.Timestamp = e.Time
	event.Level = sentry.LevelError
	if e.Panic {
		event.Level = sentry.LevelFatal
	}
	event.Environment = e.Environment
	event.Release = r.release(e)
	event.ServerName = e.Instance
	event.User = sentry.User{ID: r.field("user_id", e.User)}
	event.Tags = r.tags(e)
	event.Exception = []sentry.Exception{r.exception(e)}
	event.Breadcrumbs = r.breadcrumbs(e.Breadcrumbs)
	if route := e.Route; route != "" {
		event.Transaction = strings.TrimSpace(e.Method + " " + strings.TrimPrefix(route, e.Method+" "))
	}
	if e.Path != "" {
		event.Request = &sentry.Request{Method: e.Method, URL: r.field("path", e.Path)}
	}
	if e.TraceID.IsValid() {
		event.Contexts["trace"] = sentry.Context{"trace_id": e.TraceID.String(), "span_id": e.SpanID.String()}
	}
	if attrs := r.attrs(e.Attrs); len(attrs) > 0 {
		event.Contexts["attributes"] = attrs
	}
	return event
}

func (r *Reporter) release(e *observe.ErrorEvent) string {
	switch {
	case r.options.Release != "":
		return r.options.Release
	case e.Version == "":
		return ""
	case e.Service == "":
		return e.Version
	}
	return e.Service + "@" + e.Version
}

func (r *Reporter) tags(e *observe.ErrorEvent) map[string]string {
	tags := maps.Clone(r.options.Tags)
	if tags == nil {
		tags = map[string]string{}
	}
	for _, tag := range [...]struct{ key, value string }{
		{"service", e.Service},
		{"tenant_id", e.Tenant},
		{"session_id", e.Session},
		{"key_id", e.Key},
		{"method", e.Method},
		{"route", e.Route},
	} {
		if tag.value != "" {
			tags[tag.key] = r.field(tag.key, tag.value)
		}
	}
	if e.RequestID != "" { // an id is no card and no phone number
		id, _ := r.options.Redactor.SecretsOnly().String(e.RequestID)
		tags["request_id"] = bound(id)
	}
	return tags
}

// exception makes one of the error as a whole: its text has those of the errors it wraps.
func (r *Reporter) exception(e *observe.ErrorEvent) sentry.Exception {
	handled, kind := !e.Panic, "generic"
	if e.Panic {
		kind = "panic"
	}
	x := sentry.Exception{
		Type: e.Type, Value: r.text(e.Message), Mechanism: &sentry.Mechanism{Type: kind, Handled: &handled},
	}
	if frames := frames(e.Stack); len(frames) > 0 {
		x.Stacktrace = &sentry.Stacktrace{Frames: frames}
	}
	return x
}

// frames returns a stack in Sentry's order: what failed comes last.
func frames(stack []uintptr) []sentry.Frame {
	if len(stack) == 0 {
		return nil
	}
	var all []sentry.Frame
	for next := runtime.CallersFrames(stack); ; {
		f, more := next.Next()
		if f.Function != "" {
			all = append(all, sentry.NewFrame(f))
		}
		if !more {
			break
		}
	}
	slices.Reverse(all)
	return all
}

func (r *Reporter) breadcrumbs(lines []observe.Breadcrumb) []*sentry.Breadcrumb {
	var all []*sentry.Breadcrumb
	for _, line := range lines {
		category := line.Logger
		if category == "" {
			category = "log"
		}
		all = append(all, &sentry.Breadcrumb{
			Type: "default", Category: category, Message: r.text(line.Message), Level: level(line.Level),
			Timestamp: line.Time, Data: r.attrs(line.Attrs),
		})
	}
	return all
}

func (r *Reporter) attrs(list []slog.Attr) map[string]any {
	if len(list) == 0 {
		return nil
	}
	attrs := make(map[string]any, len(list))
	for _, a := range list {
		if len(attrs) == maxAttrs {
			break
		}
		attrs[a.Key] = r.value(a)
	}
	return attrs
}

// value keeps what cannot hold text as it is.
func (r *Reporter) value(a slog.Attr) any {
	switch v := a.Value.Resolve(); v.Kind() {
	case slog.KindBool, slog.KindFloat64, slog.KindInt64, slog.KindUint64:
		return v.Any()
	default:
		return r.field(a.Key, v.String())
	}
}

func level(l slog.Level) sentry.Level {
	switch {
	case l >= slog.LevelError:
		return sentry.LevelError
	case l >= slog.LevelWarn:
		return sentry.LevelWarning
	case l >= slog.LevelInfo:
		return sentry.LevelInfo
	}
	return sentry.LevelDebug
}

func (r *Reporter) text(s string) string {
	s, _ = r.options.Redactor.String(s)
	return bound(s)
}

func (r *Reporter) field(key, value string) string {
	value, _ = r.options.Redactor.Field(key, value)
	return bound(value)
}

func bound(s string) string {
	if len(s) > maxText {
		s = s[:maxText]
	}
	return strings.ToValidUTF8(s, "\ufffd")
}
