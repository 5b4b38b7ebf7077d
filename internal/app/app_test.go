package app

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/telltale-dev/telltale/internal/config"
	"github.com/telltale-dev/telltale/observe/observetest/llmmock"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const token = "t0ken-for-tests"

// server is a running app with a mock provider behind it.
type server struct {
	*App
	url    string
	client *http.Client
}

func configFor(t *testing.T, change func(*config.Config)) *config.Config {
	t.Helper()
	c := config.Default()
	c.Listen, c.OTLP.GRPC, c.OTLP.HTTP, c.Data = "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0", t.TempDir()
	if change != nil {
		change(c)
	}
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	return c
}

func start(t *testing.T, change func(*config.Config)) *server {
	t.Helper()
	mock := httptest.NewServer(llmmock.New(llmmock.Options{Text: "hello"}))
	t.Cleanup(mock.Close)
	c := configFor(t, func(c *config.Config) {
		for name, p := range c.Providers {
			p.BaseURL = mock.URL
			c.Providers[name] = p
		}
		if change != nil {
			change(c)
		}
	})
	a, err := New(c, Options{Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	s := &server{App: a, client: &http.Client{Transport: &http.Transport{}, Timeout: time.Minute}}
	t.Cleanup(func() {
		s.client.CloseIdleConnections()
		stop(t, a)
	})
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.url = "http://" + a.Addresses().HTTP
	s.until(t, "ready", func() bool { return s.get(t, "/readyz").code == http.StatusOK })
	return s
}

// stop stops an app and complains if it takes long.
func stop(t *testing.T, a *App) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	began := time.Now()
	if err := a.Stop(ctx); err != nil {
		t.Errorf("stop: %v", err)
	}
	if took := time.Since(began); took > 20*time.Second { // what never ends would take all of the minute
		t.Errorf("stop took %s", took)
	}
}

func (s *server) until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not %s after a minute", what)
		}
	}
}

type answer struct {
	code   int
	header http.Header
	body   string
}

func (s *server) get(t *testing.T, path string, headers ...string) answer {
	t.Helper()
	return s.do(t, http.MethodGet, path, "", headers...)
}

// do sends a request; headers are "Name: value", Host among them.
func (s *server) do(t *testing.T, method, path, body string, headers ...string) answer {
	t.Helper()
	url := path
	if strings.HasPrefix(path, "/") {
		url = s.url + path
	}
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		if name == "Host" {
			req.Host = value
			continue
		}
		req.Header.Add(name, value)
	}
	resp, err := s.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(text)}
}

const chatBody = `{"model":"gpt-4o-mini","messages":[{"role":"user","content":"hello from the test"}]}`

// A call goes through the gateway and is found again, with its tokens, its cost and its prompt; and it is counted.
func TestACallIsProxiedKeptAndFound(t *testing.T) {
	s := start(t, nil)
	call := s.do(t, http.MethodPost, "/openai/v1/chat/completions", chatBody, "Content-Type: application/json", "Authorization: Bearer sk-x", "X-Request-Id: req-1")
	if call.code != http.StatusOK || !strings.Contains(call.body, "hello") {
		t.Fatalf("%d %s", call.code, call.body)
	}
	var found struct {
		Spans []struct {
			Attributes any `json:"attributes"`
		} `json:"spans"`
	}
	var request answer
	s.until(t, "found", func() bool {
		request = s.get(t, "/api/v1/requests/req-1")
		return request.code == http.StatusOK
	})
	if err := json.Unmarshal([]byte(request.body), &found); err != nil || len(found.Spans) != 1 {
		t.Fatalf("%v: %s", err, request.body)
	}
	for _, want := range []string{"gpt-4o-mini", "hello from the test", `"cost`} {
		if !strings.Contains(request.body, want) {
			t.Errorf("%s is missing in %s", want, request.body)
		}
	}
	wanted := []string{
		`llm_calls_total{endpoint="/v1/chat/completions",job="go-http-client",model="gpt-4o-mini",provider="openai",status="success"} 1`,
		"llm_cost_usd_total{", "go_goroutines ", "process_cpu_seconds_total ",
		`telltale_records_total{outcome="accepted",reason="",signal="spans"} 1`,
		`telltale_records_stored{signal="logs"} 1`, "telltale_records_imbalance 0", `telltale_build_info{version="test"} 1`,
		"telltale_store_bytes ", "telltale_pipeline_bytes ",
	}
	lacks := func(metrics string) func(string) bool {
		return func(want string) bool { return !strings.Contains(metrics, want) }
	}
	metrics := ""
	for end := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) { // it is counted once it is stored
		if metrics = s.get(t, "/metrics").body; !slices.ContainsFunc(wanted, lacks(metrics)) || time.Now().After(end) {
			break
		}
	}
	for _, want := range slices.DeleteFunc(wanted, func(want string) bool { return !lacks(metrics)(want) }) {
		t.Errorf("/metrics lacks %s", want)
	}
}

func TestPagesOfTheServer(t *testing.T) {
	s := start(t, nil)
	for path, want := range map[string]string{
		"/healthz": `"ok"`, "/readyz": `"store":"ok"`, "/ready": `"store":"ok"`, "/": `<div id="app">`, "/traces/abc?span=1": `<div id="app">`, "/api/v1/status": `"providers":[{"name":"anthropic"`, "/metrics": "go_goroutines",
	} {
		if got := s.get(t, path); got.code != http.StatusOK || !strings.Contains(got.body, want) {
			t.Errorf("%s: %d %.200s", path, got.code, got.body)
		}
	}
	if got := s.get(t, "/nothing"); got.code != http.StatusNotFound {
		t.Errorf("/nothing: %d", got.code)
	}
}

func TestStatusTellsWhatIsKeptOfTexts(t *testing.T) {
	s := start(t, func(c *config.Config) { c.Content = "hash" })
	if got := s.get(t, "/api/v1/status"); !strings.Contains(got.body, `"content":"hash"`) {
		t.Errorf("%d %.200s", got.code, got.body)
	}
}

func TestTheTokenGuardsEverything(t *testing.T) {
	s := start(t, func(c *config.Config) { c.Auth.Token = token })
	for _, route := range []string{
		"GET /", "GET /calls", "GET /ui/", "GET /metrics", "GET /api/v1/status", "GET /api/v1/tail", "GET /api/v1/calls", "POST /api/v1/logs", "POST /v1/traces", "POST /v1/logs",
		"POST /v1/metrics", "POST /api/public/otel/v1/traces", "POST /openai/v1/chat/completions", "POST /anthropic/v1/messages", "GET /gemini/v1beta/models",
	} {
		method, path, _ := strings.Cut(route, " ")
		for _, headers := range [][]string{nil, {"Authorization: Bearer wrong"}, {"X-Telltale-Key: wrong"}, {"Authorization: Bearer " + token, "X-Telltale-Key: wrong"}} {
			if got := s.do(t, method, path, "{}", headers...); got.code != http.StatusUnauthorized {
				t.Errorf("%s with %q: %d", route, headers, got.code)
			}
		}
	}
	otlp := "http://" + s.Addresses().OTLP + "/v1/traces"
	if got := s.do(t, http.MethodPost, otlp, "{}", "Content-Type: application/json"); got.code != http.StatusUnauthorized {
		t.Errorf("OTLP port: %d", got.code)
	}
	for _, headers := range [][]string{
		{"Authorization: Bearer " + token}, {"Authorization: bearer  " + token}, {"X-Telltale-Key: " + token}, {"Authorization: Basic cGs6dDBrZW4tZm9yLXRlc3Rz"},
	} {
		if got := s.get(t, "/api/v1/status", headers...); got.code != http.StatusOK {
			t.Errorf("%q: %d", headers, got.code)
		}
		if got := s.do(t, http.MethodPost, otlp, "{}", append(headers, "Content-Type: application/json")...); got.code != http.StatusOK {
			t.Errorf("OTLP port with %q: %d %s", headers, got.code, got.body)
		}
	}
	for _, path := range []string{"/healthz", "/readyz"} {
		if got := s.get(t, path, "Host: telltale.example.org"); got.code != http.StatusOK {
			t.Errorf("%s: %d", path, got.code)
		}
	}
	// A browser asks for a password where it is told that one will do.
	if got := strings.Join(s.get(t, "/").header.Values("WWW-Authenticate"), ", "); !strings.Contains(got, "Basic ") || !strings.Contains(got, "Bearer ") {
		t.Errorf("WWW-Authenticate: %s", got)
	}
}

func TestTheTokenGuardsGRPC(t *testing.T) {
	s := start(t, func(c *config.Config) { c.Auth.Token = token })
	conn, err := grpc.NewClient(s.Addresses().GRPC, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // nothing to save
	client := ptraceotlp.NewGRPCClient(conn)
	for headers, want := range map[[2]string]codes.Code{
		{"x", "y"}: codes.Unauthenticated, {"authorization", "Bearer wrong"}: codes.Unauthenticated,
		{"authorization", "Bearer " + token}: codes.OK, {"x-telltale-key", token}: codes.OK,
	} {
		ctx := metadata.AppendToOutgoingContext(t.Context(), headers[0], headers[1])
		if _, err := client.Export(ctx, ptraceotlp.NewExportRequest()); status.Code(err) != want {
			t.Errorf("%q: %v, want %s", headers, err, want)
		}
	}
}

// Without a token the server is open to this machine alone: not to pages of other sites in its browser.
func TestOtherSitesAreRefused(t *testing.T) {
	s := start(t, nil)
	for _, host := range []string{"evil.example", "evil.example:8080", "127.0.0.1.evil.example", "localhost.evil.example"} {
		for _, path := range []string{"/", "/api/v1/calls", "/openai/v1/models", "/metrics"} {
			if got := s.get(t, path, "Host: "+host); got.code != http.StatusMisdirectedRequest {
				t.Errorf("%s at %s: %d", path, host, got.code)
			}
		}
	}
	for _, host := range []string{"localhost", "localhost:8080", "telltale.localhost", "[::1]:8080", "10.0.0.7"} {
		if got := s.get(t, "/api/v1/status", "Host: "+host); got.code != http.StatusOK {
			t.Errorf("%s: %d", host, got.code)
		}
	}
	for _, header := range []string{"Sec-Fetch-Site: cross-site", "Origin: http://evil.example"} {
		for _, path := range []string{"/openai/v1/chat/completions", "/v1/traces", "/api/v1/logs"} {
			if got := s.do(t, http.MethodPost, path, "{}", header); got.code != http.StatusForbidden {
				t.Errorf("%s with %s: %d", path, header, got.code)
			}
		}
	}
}

// A load balancer asks by HTTP/1.0, without a host.
func TestHealthNeedsNoHost(t *testing.T) {
	s := start(t, nil)
	var d net.Dialer
	conn, err := d.DialContext(t.Context(), "tcp", s.Addresses().HTTP)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // nothing to save
	if _, err := io.WriteString(conn, "GET /readyz HTTP/1.0\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(conn).ReadString('\n'); err != nil || !strings.Contains(line, " 200 ") {
		t.Errorf("%q %v", line, err)
	}
}

// Live tails do not keep the server from stopping.
func TestStopEndsTails(t *testing.T) {
	s := start(t, nil)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/api/v1/tail", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := s.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end
	stop(t, s.App)
	if _, err := io.ReadAll(resp.Body); err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("the tail ended with %v", err)
	}
	stop(t, s.App)
	if err := s.Start(t.Context()); err == nil {
		t.Error("a stopped app started again")
	}
}

func TestStopBeforeStart(t *testing.T) {
	a, err := New(configFor(t, nil), Options{})
	if err != nil {
		t.Fatal(err)
	}
	stop(t, a)
	stop(t, a)
}

// A part that cannot be built leaves nothing open: the next try finds the folder free.
func TestAFailedNewGivesTheFolderBack(t *testing.T) {
	c := configFor(t, nil)
	c.Prices = filepath.Join(t.TempDir(), "missing")
	if _, err := New(c, Options{}); err == nil {
		t.Fatal("no error")
	}
	c.Prices = ""
	a, err := New(c, Options{})
	if err != nil {
		t.Fatal(err)
	}
	stop(t, a)
}

// A port that is taken is told by its key, once, and leaves nothing behind.
func TestATakenPort(t *testing.T) {
	var lc net.ListenConfig
	taken, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close() //nolint:errcheck // nothing to save
	address := taken.Addr().String()
	for key, change := range map[string]func(*config.Config){
		"listen":    func(c *config.Config) { c.Listen = address },
		"otlp.http": func(c *config.Config) { c.OTLP.HTTP = address },
		"otlp.grpc": func(c *config.Config) { c.OTLP.GRPC = address },
	} {
		a, err := New(configFor(t, change), Options{})
		if err != nil {
			t.Fatal(err)
		}
		want := key + ": listen on " + address + ": address already in use (is another telltale running? port 0 takes a free one)"
		if err := a.Start(t.Context()); err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
		stop(t, a)
	}
}

// A store that cannot start is told by Failed and /readyz; calls still go through, and stopping does not wait for a store
// that will never come.
func TestAStoreThatCannotStart(t *testing.T) {
	mock := httptest.NewServer(llmmock.New(llmmock.Options{}))
	defer mock.Close()
	c := configFor(t, func(c *config.Config) {
		c.Providers["openai"] = config.Provider{Kind: "openai", BaseURL: mock.URL}
	})
	a, err := New(c, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.store.Stop(t.Context()); err != nil { // as if its folder had gone: Start returns an error
		t.Fatal(err)
	}
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := &server{App: a, url: "http://" + a.Addresses().HTTP, client: &http.Client{Transport: &http.Transport{}}}
	defer s.client.CloseIdleConnections()
	select {
	case err := <-a.Failed():
		if !strings.Contains(err.Error(), "store") {
			t.Errorf("failed with %v", err)
		}
	case <-time.After(time.Minute):
		t.Error("nobody was told")
	}
	if got := s.get(t, "/readyz"); got.code != http.StatusServiceUnavailable {
		t.Errorf("/readyz: %d %s", got.code, got.body)
	}
	if got := s.do(t, http.MethodPost, "/openai/v1/chat/completions", chatBody, "Authorization: Bearer x"); got.code != http.StatusOK {
		t.Errorf("call: %d %s", got.code, got.body)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	began := time.Now()
	_ = a.Stop(ctx)                                       // the record of the call is lost, which it says
	if took := time.Since(began); took > 20*time.Second { // a store that is waited for would take all of the minute
		t.Errorf("stop took %s", took)
	}
}

// Prices are read again on request; a file that is wrong changes nothing.
func TestPricesAreReadAgain(t *testing.T) {
	file := filepath.Join(t.TempDir(), "own.prices")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("")
	s := start(t, func(c *config.Config) { c.Prices = file })
	before := s.prices.book.Load()
	write("this is no price\n")
	s.Reload()
	time.Sleep(50 * time.Millisecond)
	if s.prices.book.Load() != before {
		t.Error("a wrong file was taken")
	}
	write("# nothing\n")
	s.Reload()
	s.until(t, "read again", func() bool { return s.prices.book.Load() != before })
}

func TestPricesThatAreNoFile(t *testing.T) {
	for name, reason := range map[string]string{t.TempDir(): "it is a folder", "/dev/zero": "it is no regular file"} {
		if _, err := newPrices(name, nil); err == nil || !strings.Contains(err.Error(), name+": "+reason) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A client that sends its export request for ever is cut off, on the main port as on OTLP's own.
func TestAnUploadThatNeverEndsIsCutOff(t *testing.T) {
	served := make(chan error, 1)
	h := timely(50*time.Millisecond, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, err := io.Copy(io.Discard, r.Body)
		served <- err
	}))
	web := httptest.NewServer(h)
	defer web.Close()
	var d net.Dialer
	conn, err := d.DialContext(t.Context(), "tcp", web.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // nothing to save
	if _, err := fmt.Fprint(conn, "POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nx"); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-served:
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	case <-time.After(time.Minute):
		t.Error("it still waits")
	}
}

// The limits of the gateway are those of the configuration.
func TestLimitsOfTheGateway(t *testing.T) {
	s := start(t, func(c *config.Config) {
		c.Gateway.BodyTimeout, c.Gateway.QueueSize, c.Gateway.MaxBody, c.Gateway.MaxBodyMemory = 50*time.Millisecond, 7, 60<<10, 70<<10
	})
	if metrics := s.get(t, "/metrics").body; !strings.Contains(metrics, "telltale_gateway_queue_capacity 7\n") {
		t.Error("the queue has another size")
	}
	slow := func() string {
		var d net.Dialer
		conn, err := d.DialContext(t.Context(), "tcp", s.Addresses().HTTP)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close() //nolint:errcheck // nothing to save
		_ = conn.SetDeadline(time.Now().Add(time.Minute))
		if _, err := fmt.Fprint(conn, "POST /openai/v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{"); err != nil {
			t.Fatal(err)
		}
		line := make([]byte, len("HTTP/1.1 408"))
		if _, err := io.ReadFull(conn, line); err != nil {
			t.Fatal(err)
		}
		return string(line)
	}
	if got := slow(); got != "HTTP/1.1 408" {
		t.Errorf("a body that does not arrive: got %q", got)
	}
	if got := s.do(t, http.MethodPost, "/openai/v1/chat/completions", strings.Repeat(" ", 61<<10)).code; got != http.StatusRequestEntityTooLarge {
		t.Errorf("a large body: got %d", got)
	}
}

// A token is asked for before a request is read.
func TestGRPCAsksBeforeItReads(t *testing.T) {
	s := start(t, func(c *config.Config) { c.Auth.Token = token })
	body := bytes.NewReader(make([]byte, 1<<20))
	p := new(http.Protocols)
	p.SetUnencryptedHTTP2(true)
	client := &http.Client{Transport: &http.Transport{Protocols: p}, Timeout: time.Minute}
	defer client.CloseIdleConnections()
	reader, writer := io.Pipe() // a message that never ends
	defer writer.Close()        //nolint:errcheck // a pipe
	go func() { _, _ = io.Copy(writer, body) }()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+s.Addresses().GRPC+"/opentelemetry.proto.collector.trace.v1.TraceService/Export", reader)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/grpc")
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // nothing to save
	if got := resp.Header.Get("Grpc-Status"); got != "16" {
		t.Errorf("status %s, want 16 (unauthenticated)", got)
	}
}

// A request with a chunked body ends its connection, on every path: a Content-Length beside it would be dropped in silence.
func TestChunkedRequestsEndTheirConnection(t *testing.T) {
	g := &guard{}
	h := g.sameSite(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }))
	for _, chunked := range []bool{false, true} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://localhost/v1/traces", strings.NewReader("{}"))
		if chunked {
			r.TransferEncoding = []string{"chunked"}
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if got := w.Header().Get("Connection") == "close"; got != chunked {
			t.Errorf("chunked %v: closes %v", chunked, got)
		}
	}
}
