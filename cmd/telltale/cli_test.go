package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telltale-dev/telltale/internal/api"
	"github.com/telltale-dev/telltale/internal/api/apitest"
	"github.com/telltale-dev/telltale/internal/store/local"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

var update = flag.Bool("update", false, "write what the commands say now into testdata")

// clientCommands are those that talk to a server.
var clientCommands = []command{
	{"calls", "", runCalls},
	{"request", "", runRequest},
	{"trace", "", runTrace},
	{"logs", "", runLogs},
	{"top", "", runTop},
	{"status", "", runStatus},
	{"alerts", "", runAlerts},
	{"import", "", runImport},
}

// newServer serves the API over a store in memory.
func newServer(t *testing.T, store *apitest.Store) *httptest.Server {
	t.Helper()
	return newServerOver(t, store, store)
}

// newServerOver is newServer with another place to read records from.
func newServerOver(t *testing.T, reader telemetry.Reader, store *apitest.Store) *httptest.Server {
	t.Helper()
	a, err := api.New(api.Config{
		Reader: reader, Tailer: store, Status: store, Alerts: apitest.Alerts{}, Logger: slog.New(slog.DiscardHandler), Heartbeat: 50 * time.Millisecond,
		Now: func() time.Time { return apitest.Now },
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(a)
	t.Cleanup(func() {
		a.StopTails()
		server.Close()
	})
	return server
}

// sealedStore is the real store with the sample in it, on disk: half of it in a part, the rest in memory.
func sealedStore(t *testing.T) *local.Store {
	t.Helper()
	s, err := local.Open(local.Options{
		Dir: t.TempDir(), ManualUpkeep: true, Logger: slog.New(slog.DiscardHandler), Now: func() time.Time { return apitest.Now },
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	for end := time.Now().Add(time.Minute); s.Health(t.Context()) != nil && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	for i, b := range apitest.Batches() {
		if err := s.Write(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			if err := s.Seal(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	return s
}

// run runs a command line against a server.
func run(t *testing.T, server, stdin string, args ...string) (*console, int) {
	t.Helper()
	c := newConsole(stdin, map[string]string{"TELLTALE_SERVER": server})
	c.now = func() time.Time { return apitest.Now.In(time.FixedZone("CET", 3600)) }
	return c, dispatch(t.Context(), &c.environment, clientCommands, args)
}

// TestTranscripts runs the commands of testdata/transcripts.txt, lines that begin with a dollar, and compares what they
// say: over records in memory, and over the real store.
func TestTranscripts(t *testing.T) {
	const file = "testdata/transcripts.txt"
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	sample := apitest.Sample()
	for name, reader := range map[string]telemetry.Reader{"memory": sample, "store": sealedStore(t)} {
		t.Run(name, func(t *testing.T) {
			server := newServerOver(t, reader, sample)
			text := strings.ReplaceAll(transcript(t, string(want), server.URL), server.URL, "http://SERVER")
			if *update && name == "memory" {
				if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			} else if diff := cmp.Diff(string(want), text); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// transcript runs the command lines of a transcript and writes down what they say.
func transcript(t *testing.T, lines, server string) string {
	t.Helper()
	var got strings.Builder
	for line := range strings.Lines(lines) {
		args, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "$ telltale ")
		if !ok {
			continue
		}
		c, code := run(t, server, "", shellWords(args)...)
		fmt.Fprintf(&got, "$ telltale %s\n%s", args, c.out.String())
		for note := range strings.Lines(c.err.String()) {
			got.WriteString("stderr: " + note)
		}
		if code != 0 {
			fmt.Fprintf(&got, "exit %d\n", code)
		}
		got.WriteByte('\n')
		checkClean(t, args, c)
	}
	return got.String()
}

// shellWords splits a line as a shell would: at spaces that are not in single quotes.
func shellWords(line string) []string {
	var words []string
	for _, m := range regexp.MustCompile(`(?:[^\s']|'[^']*')+`).FindAllString(line, -1) {
		words = append(words, strings.ReplaceAll(m, "'", ""))
	}
	return words
}

// checkClean fails where anything is written that a terminal would act on.
func checkClean(t *testing.T, args string, c *console) {
	t.Helper()
	for _, r := range c.out.String() + c.err.String() {
		if r != '\n' && r != '\t' && unsafeRune(r) { // prompts keep their tabs
			t.Errorf("%s: %U reached the terminal", args, r)
		}
	}
}

// TestJSON checks that --json is one object a line, and says what the API says, hostile text included.
func TestJSON(t *testing.T) {
	server := newServer(t, apitest.Sample())
	for _, args := range [][]string{
		{"calls", "--json"},
		{"calls", "--json", "--full", "--limit", "2"},
		{"logs", "--json"},
		{"top", "model", "--json", "--from", "-4h"},
		{"status", "--json"},
		{"trace", "--json", apitest.TraceFailed.String()},
		{"request", "--json", "req-500"},
		{"request", "--json", "--where", "http.status:500"},
	} {
		c, code := run(t, server.URL, "", args...)
		lines := bytes.Split(bytes.TrimSpace(c.out.Bytes()), []byte("\n"))
		for _, line := range lines {
			var v map[string]any
			if err := json.Unmarshal(line, &v); err != nil || code != 0 {
				t.Errorf("%v: exit %d, %v in %s", args, code, err, line)
			}
		}
		checkClean(t, strings.Join(args, " "), c)
	}
	c, _ := run(t, server.URL, "", "logs", "level:error", "--json")
	var l api.Log
	if err := json.Unmarshal(c.out.Bytes(), &l); err != nil || l.Body != "charge failed: card declined"+apitest.Hostile {
		t.Errorf("%q %v", l.Body, err)
	}
}

func TestPaging(t *testing.T) {
	store := &apitest.Store{}
	var b telemetry.Batch
	for i := range 2500 {
		b.Spans = append(b.Spans, telemetry.Span{
			Event: telemetry.Event{Time: apitest.Now.UnixNano() - int64(i), TraceID: telemetry.TraceID{1}, SpanID: telemetry.SpanID{1, byte(i >> 8), byte(i)}, RequestID: fmt.Sprintf("r%d", i/100)},
			GenAI: &telemetry.GenAI{Counts: true},
		})
		b.Logs = append(b.Logs, telemetry.Log{Event: telemetry.Event{Time: apitest.Now.UnixNano() - int64(i), Body: fmt.Sprint("n", i)}})
	}
	store.Add(b)
	server := newServer(t, store)
	for args, want := range map[string]int{"calls --limit 2222 --json": 2222, "calls --json --limit 9999": 2500, "logs --limit 1234 --json": 1234, "calls --full --json --limit 250": 250} {
		c, _ := run(t, server.URL, "", strings.Fields(args)...)
		if n := strings.Count(c.out.String(), "\n"); n != want {
			t.Errorf("%s: %d lines, want %d", args, n, want)
		}
		if more := strings.Contains(c.err.String(), "There are"); more != (want < 2500) && !strings.Contains(args, "json") {
			t.Errorf("%s: %s", args, c.err.String())
		}
	}
	c, _ := run(t, server.URL, "", "logs", "--limit", "2")
	if want := "n1\n"; !strings.Contains(c.out.String(), want) || strings.Index(c.out.String(), "n1") > strings.Index(c.out.String(), "n0") {
		t.Errorf("the newest log is not last: %s", c.out.String())
	}
}

// TestServerErrors: whoever meets one is told what to do.
func TestServerErrors(t *testing.T) {
	gone := httptest.NewServer(nil)
	gone.Close()
	c, code := run(t, gone.URL, "", "status")
	if code != 1 || !strings.Contains(c.err.String(), "no answer from "+gone.URL) || !strings.Contains(c.err.String(), "telltale serve") {
		t.Errorf("exit %d: %s", code, c.err.String())
	}
	for _, address := range []string{"ftp://x", "http://", "http://user:secret@host", "::"} {
		if c, code := run(t, address, "", "status"); code != 2 || !strings.Contains(c.err.String(), "is no URL") {
			t.Errorf("%s: exit %d: %s", address, code, c.err.String())
		}
	}
	store := &apitest.Store{Err: telemetry.ErrRecovering}
	c, code = run(t, newServer(t, store).URL, "", "calls")
	if code != 1 || !strings.Contains(c.err.String(), "the store is recovering") {
		t.Errorf("exit %d: %s", code, c.err.String())
	}
}
