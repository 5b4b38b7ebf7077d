package metrics

import (
	"context"
	"log/slog"
	"slices"
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
	if r.Level > slog.LevelDebug && r.Level < slog.LevelWarn && !slices.Contains(loud, r.Message) {
		r.Level = slog.LevelDebug
	}
	if !c.Handler.Enabled(ctx, r.Level) {
		return nil
	}
	return c.Handler.Handle(ctx, r)
}
