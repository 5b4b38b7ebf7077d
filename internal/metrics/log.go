package metrics

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"
)

// prometheusParts are the values of the key part under which Prometheus' own code logs.
var prometheusParts = []string{"tsdb", "remote", "promql", "scrape", "rules", "notify", "api"}

// loud are the lines that Prometheus logs as Info and an operator wants.
var loud = []string{
	"Successfully repaired WAL", "Successfully repaired WBL", "Deletion of corrupted mmap chunk files successful",
	"Starting WAL watcher", "Done replaying WAL",
}

// calm is a handler that takes Prometheus' Info for Debug: it tells each step of itself, and nobody wants to know. What is
// damaged and repaired at the start is noted, too.
type calm struct {
	slog.Handler
	foreign bool // the lines are Prometheus' own
	note    func(slog.Record)
}

// Enabled implements slog.Handler. Warnings are seen, whether they are logged or not.
func (c calm) Enabled(ctx context.Context, level slog.Level) bool {
	return c.foreign && level >= slog.LevelWarn || c.Handler.Enabled(ctx, level)
}

// WithAttrs implements slog.Handler.
func (c calm) WithAttrs(attrs []slog.Attr) slog.Handler {
	for _, a := range attrs {
		if a.Key == "part" {
			c.foreign = slices.Contains(prometheusParts, a.Value.String())
		}
	}
	if c.foreign {
		masked := make([]slog.Attr, len(attrs))
		for i, a := range attrs {
			masked[i] = masksURL(a)
		}
		attrs = masked
	}
	c.Handler = c.Handler.WithAttrs(attrs)
	return c
}

// WithGroup implements slog.Handler.
func (c calm) WithGroup(name string) slog.Handler {
	c.Handler = c.Handler.WithGroup(name)
	return c
}

// Handle implements slog.Handler.
func (c calm) Handle(ctx context.Context, r slog.Record) error {
	if !c.foreign {
		return c.Handler.Handle(ctx, r)
	}
	if r.Level >= slog.LevelWarn {
		c.note(r)
	}
	if r.Level > slog.LevelDebug && r.Level < slog.LevelWarn && !slices.Contains(loud, r.Message) || carries(r, ErrReadOnly) || r.Message == "compaction failed" && carries(r, context.Canceled) {
		r.Level = slog.LevelDebug
	}
	if !c.Handler.Enabled(ctx, r.Level) {
		return nil
	}
	masked := slog.NewRecord(r.Time, r.Level, r.Message, r.PC)
	r.Attrs(func(a slog.Attr) bool {
		masked.AddAttrs(masksURL(a))
		return true
	})
	return c.Handler.Handle(ctx, masked)
}

// carries reports whether a line is of an error. Two are no news: that no samples are taken on a full disk is said once, not for
// each rule and target, and a compaction is canceled by the end of the TSDB alone.
func carries(r slog.Record, what error) (out bool) {
	r.Attrs(func(a slog.Attr) bool {
		err, ok := a.Value.Any().(error)
		out = ok && errors.Is(err, what)
		return !out
	})
	return out
}

// Secrets of URLs: who logs in, and parameters named as secrets are.
var (
	urlUser   = regexp.MustCompile(`(://)[^/\s"'@]+@`)
	urlSecret = regexp.MustCompile(`(?i)([?&][^=&\s"']*(?:token|key|secret|passw|auth|sig)[^=&\s"']*=)[^&\s"']+`)
)

// masksURL takes the secrets out of the URLs of an attribute: Prometheus logs that of remote write as it was configured.
func masksURL(a slog.Attr) slog.Attr {
	text := ""
	switch v := a.Value.Resolve().Any().(type) {
	case string:
		text = v
	case error:
		text = v.Error()
	case fmt.Stringer:
		text = v.String()
	}
	if !strings.Contains(text, "://") {
		return a
	}
	return slog.String(a.Key, urlSecret.ReplaceAllString(urlUser.ReplaceAllString(text, "${1}***@"), "${1}***"))
}
