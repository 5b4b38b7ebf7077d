package scope

import (
	"log/slog"
	"sync"
	"time"
)

// maxLines is how many log lines of a piece of work are kept.
const maxLines = 20

// Line is a log line, redacted.
type Line struct {
	Time    time.Time
	Level   slog.Level
	Logger  string
	Message string
	Attrs   []slog.Attr // the first few
}

// Trail holds the last log lines of a piece of work, for who wants to know what came before an error.
type Trail struct {
	mu    sync.Mutex
	lines []Line // a ring once it is full
	next  int
}

// Add keeps a line. What is derived from a scope shares its trail.
func (s *Scope) Add(l Line) { //nolint:gocritic // it is copied once, into the trail
	s = s.root()
	t := s.trail.Load()
	if t == nil {
		s.trail.CompareAndSwap(nil, &Trail{})
		t = s.trail.Load()
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.lines) < maxLines {
		t.lines = append(t.lines, l)
		return
	}
	t.lines[t.next] = l
	t.next = (t.next + 1) % maxLines
}

// Lines returns the last lines of the work, the oldest first.
func (s *Scope) Lines() []Line {
	t := s.root().trail.Load()
	if t == nil {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return append(append([]Line(nil), t.lines[t.next:]...), t.lines[:t.next]...)
}

func (s *Scope) root() *Scope {
	for s.parent != nil {
		s = s.parent
	}
	return s
}
