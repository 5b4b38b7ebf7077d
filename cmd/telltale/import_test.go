package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/telltale-dev/telltale/internal/ingest/body"
	"github.com/telltale-dev/telltale/internal/ingest/jsonlines"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// intake is the real endpoint in front of a store that remembers the texts of logs, and can be busy or broken.
type intake struct {
	lines []string
	busy  int // refuse this many batches first
	fail  int // break from this batch on, if not 0
	seen  int
}

func (in *intake) Ingest(_ context.Context, b *telemetry.Batch) error {
	if in.seen++; in.seen <= in.busy {
		return telemetry.ErrOverloaded
	}
	if in.fail > 0 && in.seen >= in.fail {
		return errors.New("disk on fire")
	}
	for i := range b.Logs {
		in.lines = append(in.lines, b.Logs[i].Service+b.Logs[i].Body)
	}
	return nil
}

func (in *intake) serve(t *testing.T) string {
	t.Helper()
	o := jsonlines.Options{RefuseText: true}
	server := httptest.NewServer(jsonlines.NewHandler(in, o, body.Limits{}, slog.New(slog.DiscardHandler)))
	t.Cleanup(server.Close)
	return server.URL
}

func numbered(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"msg":"n%d"}`+"\n", i+1)
	}
	return b.String()
}

func TestImport(t *testing.T) {
	tests := []struct {
		name   string
		intake intake
		text   string
		args   []string
		code   int
		want   int // lines that arrive
		say    []string
	}{
		{"batches", intake{}, numbered(4500), nil, 0, 4500, []string{"4,500 lines imported; "}},
		{"last line without end", intake{}, `{"msg":"1"}` + "\n" + `{"msg":"2"}`, nil, 0, 2, []string{"2 lines imported"}},
		{"empty lines", intake{}, strings.Repeat("\n", 2500) + `{"msg":"1"}` + "\n\n", nil, 0, 1, []string{"1 line imported; "}},
		{"nothing", intake{}, "", nil, 0, 0, []string{"0 lines imported"}},
		{"bad lines", intake{}, numbered(2100) + "oops\n" + numbered(3), nil, 1, 2103, []string{"line 2101: not a JSON object", "2,103 lines imported, 1 refused", "1 line could not be imported"}},
		{"bad lines that do not matter", intake{}, "oops\n{}\n", []string{"--ignore-bad"}, 0, 1, []string{"line 1: not a JSON object", "1 refused"}},
		{"many bad lines", intake{}, strings.Repeat("oops\n", 100), nil, 1, 0, []string{"line 20: ", "counted, not shown", "100 refused"}},
		{"a line that is too long", intake{}, "{}\n" + `{"x":"` + strings.Repeat("x", maxLine) + "\"}\n{}\n", nil, 1, 2, []string{"line 2: longer than 4.19 MB", "2 lines imported, 1 refused"}},
		{"a server that is busy", intake{busy: 1}, numbered(3), nil, 0, 3, []string{"3 lines imported"}},
		{"a server that breaks", intake{fail: 3}, numbered(9000), nil, 1, 4000, []string{"Lines up to 4000 are dealt with (4,000 imported). To go on: telltale import --skip 4000 -"}},
		{"going on", intake{}, numbered(9000), []string{"--skip", "4000"}, 0, 5000, []string{"5,000 lines imported"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			in := test.intake
			c, code := run(t, in.serve(t), test.text, append([]string{"import", "-"}, test.args...)...)
			if code != test.code || len(in.lines) != test.want {
				t.Errorf("exit %d, %d lines, want %d and %d", code, len(in.lines), test.code, test.want)
			}
			for _, s := range test.say {
				if !strings.Contains(c.err.String(), s) {
					t.Errorf("no %q in\n%s", s, c.err.String())
				}
			}
			checkClean(t, test.name, c)
			if c.out.Len() > 0 {
				t.Errorf("stdout: %s", c.out.String())
			}
		})
	}
}

// counted is a store that counts the logs it gets.
type counted struct{ atomic.Int64 }

func (c *counted) Ingest(_ context.Context, b *telemetry.Batch) error {
	c.Add(int64(len(b.Logs)))
	return nil
}

func (c *counted) serve(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(jsonlines.NewHandler(c, jsonlines.Options{}, body.Limits{}, slog.New(slog.DiscardHandler)))
	t.Cleanup(server.Close)
	return server.URL
}

// TestImportOfAPipe: what another program writes is in the store while that program still runs.
func TestImportOfAPipe(t *testing.T) {
	store := &counted{}
	in, out := io.Pipe()
	defer func() { _ = out.Close() }()
	c := newConsole("", map[string]string{"TELLTALE_SERVER": store.serve(t)})
	errOut := new(screen)
	c.stdin, c.stderr = in, errOut
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan int)
	go func() { done <- dispatch(ctx, &c.environment, clientCommands, []string{"import", "-"}) }()

	for n := int64(3); n <= 6; n += 3 {
		if _, err := io.WriteString(out, numbered(3)); err != nil {
			t.Fatal(err)
		}
		for end := time.Now().Add(time.Minute); store.Load() < n; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%d of %d lines are there while the pipe is open", store.Load(), n)
			}
		}
	}
	stop()
	if code := <-done; code != 0 || !strings.Contains(errOut.String(), "6 lines imported") {
		t.Errorf("exit %d: %s", code, errOut)
	}
}

// TestImportInterrupted: what was read of a pipe before somebody stopped the import is sent.
func TestImportInterrupted(t *testing.T) {
	store := &counted{}
	c := newConsole("", map[string]string{})
	ctx, stop := context.WithCancel(t.Context())
	stop()
	lines := make(chan inputLine, 8)
	for n := range int64(4) {
		lines <- inputLine{number: n + 1, text: []byte("{\"msg\":\"n\"}\n"), size: 12}
	}
	base, err := parseServer(store.serve(t))
	if err != nil {
		t.Fatal(err)
	}
	im := &importer{env: &c.environment, client: &client{base: base, http: http.DefaultClient}, name: "-", progress: newProgress(&c.environment)}
	im.add(0, []byte("{}\n"))
	if err := im.interrupted(ctx, lines); err != nil || store.Load() != 5 {
		t.Errorf("%d lines, %v", store.Load(), err)
	}
	im.size = 100
	if err := im.interrupted(ctx, lines); err == nil {
		t.Error("a file that was not read to its end is no success")
	}
}

// TestImportStoppedWhileItSends: a batch whose answer was not awaited is sent again.
func TestImportStoppedWhileItSends(t *testing.T) {
	store := &counted{}
	ctx, stop := context.WithCancel(t.Context())
	c := newConsole(numbered(3), map[string]string{})
	base, err := parseServer(store.serve(t))
	if err != nil {
		t.Fatal(err)
	}
	first := true
	busy := &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		if first {
			first = false
			stop()
			return nil, ctx.Err()
		}
		return http.DefaultTransport.RoundTrip(r)
	})}
	im := &importer{env: &c.environment, client: &client{base: base, http: busy}, name: "-", patience: patience, progress: newProgress(&c.environment)}
	if err := im.run(ctx, c.stdin); err != nil || store.Load() != 3 {
		t.Errorf("%d lines, %v", store.Load(), err)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestImportFile(t *testing.T) {
	in := &intake{}
	server := in.serve(t)
	name := filepath.Join(t.TempDir(), "app.log")
	if err := os.WriteFile(name, []byte(numbered(10)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, code := run(t, server, "", "import", name); code != 0 || len(in.lines) != 10 {
		t.Errorf("exit %d, %d lines", code, len(in.lines))
	}
	if _, code := run(t, server, "", "import", "--service", "shop", name); code != 0 || in.lines[len(in.lines)-1] != "shopn10" {
		t.Errorf("exit %d, last %s", code, in.lines[len(in.lines)-1])
	}
	for args, want := range map[string]string{name + ".no": "no such file", t.TempDir(): "is a folder"} {
		if c, code := run(t, server, "", "import", args); code != 1 || !strings.Contains(c.err.String(), want) {
			t.Errorf("exit %d: %s", code, c.err.String())
		}
	}
}
