package observetest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/telltale-dev/telltale/observe/logging"
)

// Log is a log line.
type Log struct{ logging.Record }

// Attr returns an attribute as text; empty if there is none. Keys in groups have dots: "request.size".
func (l Log) Attr(key string) string {
	for _, a := range slices.Backward(l.Attrs) {
		if a.Key == key {
			return a.Value.String()
		}
	}
	return ""
}

// String returns the line for people who read why a test has failed.
func (l Log) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", l.Level, l.Message)
	for _, a := range l.Attrs {
		fmt.Fprintf(&b, " %s=%s", a.Key, a.Value)
	}
	return b.String()
}

type sink struct{ r *Recorder }

// Emit implements logging.Sink.
func (s sink) Emit(_ context.Context, l *logging.Record) {
	kept := Log{*l}
	kept.Attrs = slices.Clone(l.Attrs)
	s.r.add(func() { s.r.logs = append(s.r.logs, kept) })
}

// Logs returns all lines, in order.
func (r *Recorder) Logs() []Log {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.logs)
}

// Log returns the last line with that message, and fails the test if there is none.
func (r *Recorder) Log(tb testing.TB, message string) Log {
	tb.Helper()
	var found Log
	ok := r.wait(func() bool {
		for _, l := range slices.Backward(r.Logs()) {
			if l.Message == message {
				found = l
				return true
			}
		}
		return false
	})
	if !ok {
		var all strings.Builder
		for _, l := range r.Logs() {
			all.WriteString("\t" + l.String() + "\n")
		}
		tb.Fatalf("no log line %q; lines are:\n%s", message, &all)
	}
	return found
}
