package logging_test

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/telltale-dev/telltale/observe/logging"
)

func TestLevelsByName(t *testing.T) {
	h := logging.New(logging.Options{Writer: io.Discard})
	root := slog.New(h)
	db, pool, other := logging.Named(root, "db"), logging.Named(root, "db.pool").With("a", 1), logging.Named(root, "dbx")
	enabled := func(want string) {
		t.Helper()
		got := ""
		for _, log := range []*slog.Logger{root, db, pool, other} {
			got += fmt.Sprint(log.Enabled(t.Context(), slog.LevelDebug))[:1]
		}
		if got != want {
			t.Errorf("debug is enabled for root, db, db.pool, dbx: %s, want %s", got, want)
		}
	}
	enabled("ffff")
	set := func(name string, level slog.Level) {
		t.Helper()
		if err := h.SetLevel(name, level); err != nil {
			t.Fatal(err)
		}
	}
	set("db", slog.LevelDebug)
	enabled("fttf")
	set("db.pool", slog.LevelError)
	enabled("ftff")
	h.ResetLevel("db.pool")
	set("", slog.LevelDebug)
	enabled("tttt")
	set("db", slog.LevelWarn)
	enabled("tfft")
}

func TestLevelsThatCannotBeSet(t *testing.T) {
	fixed := logging.New(logging.Options{Level: leveler{}})
	if err := fixed.SetLevel("", slog.LevelDebug); !errors.Is(err, logging.ErrFixedLevel) {
		t.Errorf("fixed level: %v", err)
	}
	h := logging.New(logging.Options{Level: slog.LevelWarn})
	if err := h.SetLevel(strings.Repeat("x", 1000), 0); !errors.Is(err, logging.ErrLoggerName) {
		t.Errorf("long name: %v", err)
	}
	var err error
	for i := 0; err == nil && i < 1000; i++ {
		err = h.SetLevel(fmt.Sprint("logger", i), slog.LevelDebug)
	}
	if !errors.Is(err, logging.ErrManyLevels) {
		t.Errorf("many names: %v", err)
	}
}

type leveler struct{}

func (leveler) Level() slog.Level { return slog.LevelWarn }

func TestLevelHandler(t *testing.T) {
	h := logging.New(logging.Options{Writer: io.Discard}).LevelHandler()
	for _, c := range []struct {
		method, body string
		status       int
		want         string
	}{
		{"GET", "", 200, `{"level":"INFO"}`},
		{"PUT", `{"level":"debug"}`, 200, `{"level":"DEBUG"}`},
		{"PUT", `{"level":"ERROR+2","logger":"db"}`, 200, `{"level":"DEBUG","loggers":{"db":"ERROR+2"}}`},
		{"PUT", `{"logger":"db"}`, 200, `{"level":"DEBUG"}`},
		{"PUT", `{"level":"loud"}`, 400, "want"},
		{"PUT", `{}`, 400, "neither level nor logger"},
		{"PUT", `{"lvl":1}`, 400, "unknown field"},
		{"PUT", `{"logger":"` + strings.Repeat("x", 8<<10) + `"}`, 400, "too large"},
		{"POST", "", 405, "use GET or PUT"},
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), c.method, "/", strings.NewReader(c.body)))
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.want) {
			t.Errorf("%s %.40s: %d %s", c.method, c.body, w.Code, w.Body)
		}
		if w.Code == http.StatusMethodNotAllowed && w.Header().Get("Allow") == "" {
			t.Error("405 does not say what is allowed")
		}
	}
}
