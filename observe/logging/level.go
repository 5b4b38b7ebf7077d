package logging

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
)

// levels are the least levels that are written, for all loggers and by name.
type levels struct {
	all   slog.Leveler
	names atomic.Pointer[map[string]slog.Level]
	mu    sync.Mutex // of who changes names
}

func (l *levels) init(level slog.Leveler) {
	switch v := level.(type) {
	case nil:
		l.all = &slog.LevelVar{}
	case slog.Level:
		all := &slog.LevelVar{}
		all.Set(v)
		l.all = all
	default:
		l.all = level
	}
}

// of returns the level of a logger: its own, else that of the nearest name above it, else that of all.
func (l *levels) of(logger string) slog.Level {
	if names := l.names.Load(); names != nil {
		for name := logger; name != ""; {
			if level, ok := (*names)[name]; ok {
				return level
			}
			name = name[:max(0, strings.LastIndexByte(name, '.'))]
		}
	}
	return l.all.Level()
}

// Limits of levels by name.
const (
	maxNamedLevels = 200
	maxLoggerName  = 200
)

// Errors of SetLevel.
var (
	ErrFixedLevel = errors.New("the level is decided by a slog.Leveler that cannot be set")
	ErrLoggerName = fmt.Errorf("the name of a logger has at most %d bytes", maxLoggerName)
	ErrManyLevels = fmt.Errorf("more than %d loggers have levels of their own", maxNamedLevels)
)

// Level returns the least level that the logger of that name writes; the empty name means loggers without one.
func (h *Handler) Level(logger string) slog.Level { return h.out.levels.of(logger) }

// SetLevel sets the least level that is written, from the next line on: of loggers with that name, see Named, and of those
// below it; with an empty name, of all that have none of their own.
func (h *Handler) SetLevel(logger string, level slog.Level) error {
	l := &h.out.levels
	if logger == "" {
		all, ok := l.all.(*slog.LevelVar)
		if !ok {
			return ErrFixedLevel
		}
		all.Set(level)
		return nil
	}
	if len(logger) > maxLoggerName {
		return ErrLoggerName
	}
	return l.change(func(names map[string]slog.Level) { names[logger] = level })
}

// ResetLevel takes away the level that a logger of that name has of its own.
func (h *Handler) ResetLevel(logger string) {
	_ = h.out.levels.change(func(names map[string]slog.Level) { delete(names, logger) }) // fewer is never too many
}

func (l *levels) change(change func(map[string]slog.Level)) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	next := map[string]slog.Level{}
	if names := l.names.Load(); names != nil {
		next = maps.Clone(*names)
	}
	change(next)
	switch {
	case len(next) > maxNamedLevels:
		return ErrManyLevels
	case len(next) == 0:
		l.names.Store(nil)
	default:
		l.names.Store(&next)
	}
	return nil
}

// levelBody is what LevelHandler speaks.
type levelBody struct {
	Level   *slog.Level           `json:"level,omitempty"`
	Logger  string                `json:"logger,omitempty"`
	Loggers map[string]slog.Level `json:"loggers,omitempty"`
}

const maxLevelBody = 4 << 10

// LevelHandler reads and sets levels over HTTP. It knows no user: put it where only operators come.
//
//	GET                                      {"level":"INFO","loggers":{"db":"DEBUG"}}
//	PUT {"level":"DEBUG"}                    for all loggers
//	PUT {"level":"DEBUG","logger":"db"}      for one and those below it
//	PUT {"logger":"db"}                      takes its own level away
func (h *Handler) LevelHandler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Method {
		case http.MethodGet, http.MethodHead:
		case http.MethodPut:
			if err := h.putLevel(http.MaxBytesReader(w, r.Body, maxLevelBody)); err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
		default:
			w.Header().Set("Allow", "GET, HEAD, PUT")
			http.Error(w, "use GET or PUT", http.StatusMethodNotAllowed)
			return
		}
		all := h.out.levels.all.Level()
		body := levelBody{Level: &all}
		if names := h.out.levels.names.Load(); names != nil {
			body.Loggers = *names
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(body) // the client has gone
	})
}

func (h *Handler) putLevel(r io.Reader) error {
	var body levelBody
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	if err := d.Decode(&body); err != nil {
		return fmt.Errorf(`want {"level":"DEBUG","logger":"db"}: %w`, err)
	}
	switch {
	case body.Level != nil:
		return h.SetLevel(body.Logger, *body.Level)
	case body.Logger == "":
		return errors.New("neither level nor logger is given")
	}
	h.ResetLevel(body.Logger)
	return nil
}
