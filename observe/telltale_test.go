//go:build e2e

package observe_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telltale-dev/telltale/observe"
	"github.com/telltale-dev/telltale/observe/logging"
)

// telltale starts the server, $E2E_BIN or the one `make build` has built, and returns its addresses by what it calls them.
func telltale(t *testing.T) map[string]string {
	t.Helper()
	binary := os.Getenv("E2E_BIN")
	if binary == "" {
		binary = "../bin/telltale"
	}
	args := []string{
		"serve", "--listen", "127.0.0.1:0", "--otlp-grpc", "127.0.0.1:0", "--otlp-http", "127.0.0.1:0",
		"--data", t.TempDir(), "--log-level", "error",
	}
	cmd := exec.Command(binary, args...) //nolint:gosec // who runs the test names the program
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	})
	addresses := map[string]string{}
	lines := bufio.NewScanner(out)
	for lines.Scan() && !strings.HasPrefix(lines.Text(), "Try:") {
		if words := strings.Fields(lines.Text()); len(words) > 1 {
			addresses[strings.Join(words[:len(words)-1], " ")] = words[len(words)-1]
		}
	}
	return addresses
}

func query(t *testing.T, base, path, q string, into any) {
	t.Helper()
	resp, body := get(t, base+path+"?"+url.Values{"q": {q}}.Encode())
	if err := json.Unmarshal([]byte(body), into); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %s %v", path, q, resp.Status, err)
	}
}

// A service that uses the library's three lines is seen whole: its request, what it logged, the work it handed to a queue
// and the service it called, all in one trace.
func TestServiceWithTheLibraryIsSeenWhole(t *testing.T) {
	at := telltale(t)
	ctx := t.Context()
	tel, err := observe.Start(ctx, observe.Config{
		Service: "shop", Environment: "testing", Endpoint: at["OTLP HTTP"], NoGlobal: true,
		Log: logging.Options{Writer: io.Discard},
	})
	if err != nil {
		t.Fatal(err)
	}
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("traceparent") == "" {
			http.Error(w, "no trace", http.StatusBadRequest)
		}
	}))
	defer other.Close()
	mux := http.NewServeMux()
	mux.HandleFunc("POST /orders/{id}", func(w http.ResponseWriter, r *http.Request) {
		ctx := observe.WithUser(r.Context(), "u_1", "acme")
		tel.Logger().InfoContext(ctx, "order taken", "order", r.PathValue("id"), "email", "ada@example.com")
		out, _ := http.NewRequestWithContext(ctx, http.MethodGet, other.URL, http.NoBody)
		resp, err := tel.HTTPClient().Do(out)
		if err != nil {
			observe.Error(ctx, err)
			return
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		job := map[string]string{}
		observe.Inject(ctx, job)
		work, span := tel.Tracer().Start(observe.Extract(context.WithoutCancel(ctx), job), "ship")
		tel.Logger().WarnContext(work, "out of boxes")
		span.End()
		panic("no boxes")
	})
	shop := httptest.NewServer(tel.Handler(mux))
	defer shop.Close()
	r, _ := http.NewRequestWithContext(ctx, http.MethodPost, shop.URL+"/orders/7", strings.NewReader("{}"))
	r.Header.Set("X-Request-ID", "order-7")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusInternalServerError || answer.Header.Get("X-Request-ID") != "order-7" {
		t.Errorf("answer %s %v", answer.Status, answer.Header)
	}
	stop, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	shop.Close()
	if err := tel.Shutdown(stop); err != nil {
		t.Fatal(err)
	}

	var spans struct {
		Spans []struct {
			Name    string `json:"name"`
			TraceID string `json:"trace_id"`
			Status  string `json:"status"`
			User    string `json:"user_id"`
			Path    string `json:"http_path"`
		} `json:"spans"`
	}
	seen := map[string]string{}
	traces := map[string]bool{}
	for deadline := time.Now().Add(time.Minute); len(seen) < 3 && time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		query(t, at["API"], "/api/v1/spans", "request:order-7", &spans)
		for _, s := range spans.Spans {
			seen[s.Name], traces[s.TraceID] = s.Status+" "+s.User, true
		}
	}
	want := map[string]string{"POST /orders/{id}": "error u_1", "GET": "ok u_1", "ship": "ok u_1"}
	if diff := cmp.Diff(want, seen); diff != "" || len(traces) != 1 {
		t.Errorf("spans of %d traces (-want +got):\n%s", len(traces), diff)
	}

	var logs struct {
		Logs []struct {
			Body       string            `json:"body"`
			Level      string            `json:"level"`
			User       string            `json:"user_id"`
			Attributes map[string]string `json:"attributes"`
		} `json:"logs"`
	}
	lines := map[string]string{}
	for trace := range traces {
		query(t, at["API"], "/api/v1/logs", "trace:"+trace, &logs)
		for _, l := range logs.Logs {
			lines[l.Body] = l.Level + " " + l.User
			if l.Body == "order taken" && l.Attributes["email"] != "[redacted:email]" {
				t.Errorf("attributes of the order: %v", l.Attributes)
			}
		}
	}
	wantLines := map[string]string{
		"order taken": "info u_1", "out of boxes": "warn u_1", "panic": "error u_1", "request": "error u_1",
	}
	if diff := cmp.Diff(wantLines, lines); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}
