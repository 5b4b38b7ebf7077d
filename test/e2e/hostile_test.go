//go:build e2e

package e2e

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/telltale-dev/telltale/test/harness"
)

// raw writes bytes to a port and returns all that comes back.
func raw(t *testing.T, address, text string) string {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // the other end has hung up, or is to
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	b, _ := io.ReadAll(conn) // the server may close in the middle of what we sent
	return string(b)
}

// Requests on whose end two servers might not agree: what follows is served by nobody.
func TestSmuggling(t *testing.T) {
	var smuggled, through atomic.Int64
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		through.Add(1)
		if strings.Contains(r.RequestURI, "smuggled") {
			smuggled.Add(1)
		}
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, "{}")
	}))
	defer provider.Close()
	p := harness.Start(t, harness.Options{Env: harness.ProvidersAt(provider.URL)})
	web := strings.TrimPrefix(p.HTTP, "http://")
	inner := "GET /openai/smuggled HTTP/1.1\r\nHost: " + web + "\r\n\r\n"
	headers := map[string]string{
		"length and chunked":  "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"two lengths":         "Content-Length: 0\r\nContent-Length: 44\r\n\r\n",
		"length list":         "Content-Length: 0, 44\r\n\r\n",
		"signed length":       "Content-Length: +0\r\n\r\n",
		"unknown encoding":    "Transfer-Encoding: xchunked\r\n\r\n",
		"two encodings":       "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n",
		"space before colon":  "Content-Length : 44\r\n\r\n",
		"NUL in header":       "X-A: b\x00c\r\n\r\n",
		"CR in header":        "X-A: b\rContent-Length: 44\r\n\r\n",
		"bad chunk size":      "Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
		"negative chunk":      "Transfer-Encoding: chunked\r\n\r\n-1\r\n",
		"chunk size too long": "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
		"bare LF in chunks":   "Transfer-Encoding: chunked\r\n\r\n1\nx\n0\n\n",
		"chunk overrun":       "Transfer-Encoding: chunked\r\n\r\n1\r\nxyz\r\n0\r\n\r\n",
	}
	for name, rest := range headers {
		got := raw(t, web, "POST /openai/v1/chat/completions HTTP/1.1\r\nHost: "+web+"\r\n"+rest+inner)
		if strings.Count(got, "HTTP/1.1 200") > 1 || got != "" && !strings.HasPrefix(got, "HTTP/1.1 ") {
			t.Errorf("%s: answered %q", name, got)
		}
	}
	if n := smuggled.Load(); n > 0 {
		t.Errorf("%d smuggled requests reached the provider", n)
	}
	if post(t, p.HTTP+"/openai/v1/chat/completions", "{}"); through.Load() == 0 {
		t.Error("nothing reaches the provider: this tests nothing")
	}
}

// bombs are bodies of less than 100 KB that are gigabytes when they are unpacked.
func bombs(t *testing.T) map[string][]byte {
	t.Helper()
	pack := func(b []byte) []byte {
		var out bytes.Buffer
		w := gzip.NewWriter(&out)
		if _, err := w.Write(b); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	zeros := make([]byte, 4<<20)
	enc, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer enc.Close()                         //nolint:errcheck // EncodeAll leaves nothing to write
	members := bytes.Repeat(pack(zeros), 512) // 2 GB in 2 MB: a file may be several, one after the other
	return map[string][]byte{
		"gzip":       members,
		"gzip, gzip": pack(members),
		"zstd":       bytes.Repeat(enc.EncodeAll(zeros, nil), 512),
	}
}

// memory makes the collector keep what Go holds near a limit. What is garbage then does not count, however late a busy
// machine gets to it, and what is in use counts in full: the limit is a soft one.
func memory(limit int64) string { return fmt.Sprintf("GOMEMLIMIT=%d", limit) }

// peak is the most memory the process has had, in bytes. The kernel keeps it: nothing between two looks is missed.
func peak(t *testing.T, p *harness.Process) int64 {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.Cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range harness.Lines(string(b)) {
		var kb int64
		if _, err := fmt.Sscanf(l, "VmHWM: %d kB", &kb); err == nil {
			return kb << 10
		}
	}
	t.Fatal("no VmHWM")
	return 0
}

func TestCompressionBombs(t *testing.T) {
	const most = 64<<20 + 16<<20 // what one may cost, and what else a first request costs
	all := bombs(t)
	env := append(harness.ProvidersAt(harness.StartMock(t)), memory(most))
	for _, path := range []string{"/v1/traces", "/v1/logs", "/api/v1/logs", "/openai/v1/chat/completions"} {
		for encoding, body := range all {
			t.Run(path[1:]+" "+encoding, func(t *testing.T) {
				p := harness.Start(t, harness.Options{Env: env})
				before := peak(t, p)
				began := time.Now()
				resp := post(t, p.HTTP+path, string(body), "Content-Encoding", encoding, "Content-Type", "application/json")
				if resp.StatusCode != http.StatusRequestEntityTooLarge {
					t.Errorf("%d KB are answered %s: %.200s", len(body)>>10, resp.Status, resp.Body)
				}
				rose := peak(t, p) - before
				t.Logf("%d KB: %s after %v, peak +%d MB", len(body)>>10, resp.Status, time.Since(began).Round(time.Millisecond), rose>>20)
				if rose > most {
					t.Errorf("the peak of memory rose by %d MB", rose>>20)
				}
				if !p.Ready() {
					t.Error("the server is not ready afterwards")
				}
			})
		}
	}
}

// Many bombs at once cost no more than the limit of what may be under way, and what the collector has not got to yet.
func TestManyBombs(t *testing.T) {
	const underWay = 128 << 20
	const most = 3 * underWay
	all := bombs(t)
	p := harness.Start(t, harness.Options{Env: append(harness.ProvidersAt(harness.StartMock(t)), memory(2*underWay))})
	before := peak(t, p)
	var clients sync.WaitGroup
	for range 16 {
		clients.Go(func() {
			for range 4 {
				resp, err := ask(t.Context(), p.HTTP+"/v1/traces", string(all["gzip, gzip"]), "Content-Encoding", "gzip, gzip")
				if err != nil {
					t.Error(err)
					return
				}
				if c := resp.StatusCode; c != http.StatusRequestEntityTooLarge && c != http.StatusTooManyRequests && c != http.StatusServiceUnavailable {
					t.Errorf("answered %s", resp.Status)
				}
			}
		})
	}
	clients.Wait()
	rose := peak(t, p) - before
	t.Logf("64 bombs from 16 clients: peak +%d MB", rose>>20)
	if rose > most {
		t.Errorf("the peak of memory rose by %d MB", rose>>20)
	}
	if resp := export(t, p, spanBatch(0)); resp.StatusCode != http.StatusOK {
		t.Errorf("a good request afterwards: %s %s", resp.Status, resp.Body)
	}
}

func TestHeadersTooLargeOrTooSlow(t *testing.T) {
	p := harness.Start(t, harness.Options{Env: harness.ProvidersAt(harness.StartMock(t))})
	web, otlp := strings.TrimPrefix(p.HTTP, "http://"), strings.TrimPrefix(p.OTLP, "http://")
	for path, size := range map[string]int{"/openai/v1/models": 100 << 10, "/api/v1/calls": 2 << 20, "/v1/traces": 2 << 20} {
		got := raw(t, web, "GET "+path+" HTTP/1.1\r\nHost: "+web+"\r\nConnection: close\r\nX-Large: "+strings.Repeat("a", size)+"\r\n\r\n")
		if !strings.HasPrefix(got, "HTTP/1.1 431 ") {
			t.Errorf("%s with %d KB of header: %.100q", path, size>>10, got)
		}
	}
	ended := make(chan string, 2)
	for _, address := range []string{web, otlp} {
		go func() {
			ended <- trickle(t.Context(), address)
		}()
	}
	for range 2 {
		if problem := <-ended; problem != "" {
			t.Error(problem)
		}
	}
	if !p.Ready() {
		t.Error("the server is not ready afterwards")
	}
}

// trickle sends a header that never ends, a line a second, and reports when nobody hangs up.
func trickle(ctx context.Context, address string) string {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return err.Error()
	}
	defer conn.Close() //nolint:errcheck // the other end has hung up, or is to
	if _, err := io.WriteString(conn, "POST /v1/traces HTTP/1.1\r\nHost: "+address+"\r\n"); err != nil {
		return err.Error()
	}
	began := time.Now()
	buf := make([]byte, 1024)
	for time.Since(began) < 20*time.Second {
		_ = conn.SetReadDeadline(time.Now().Add(time.Second))
		if _, err := conn.Read(buf); err != nil {
			if !errors.Is(err, os.ErrDeadlineExceeded) {
				return "" // it hung up
			}
		}
		if _, err := io.WriteString(conn, "X-A: b\r\n"); err != nil {
			return ""
		}
	}
	return address + " still waits for the header after 20 s"
}

// Bodies that are no OTLP are refused with the reason, and cost nobody else anything.
func TestBrokenExportRequests(t *testing.T) {
	p := harness.Start(t, harness.Options{})
	for name, tc := range map[string]struct{ contentType, body string }{
		"not protobuf":   {"application/x-protobuf", "hello"},
		"huge length":    {"application/x-protobuf", "\x0a\xff\xff\xff\xff\x0f"},
		"not JSON":       {"application/json", "{"},
		"deep JSON":      {"application/json", `{"resourceSpans":` + strings.Repeat("[", 1<<20)},
		"deep attribute": {"application/json", `{"resourceSpans":[{"resource":{"attributes":[{"key":"k","value":` + strings.Repeat(`{"arrayValue":{"values":[`, 100_000)},
		"wrong shape":    {"application/json", `{"resourceSpans":"x"}`},
		"not gzip":       {"application/json", "\x00gzip"},
	} {
		header := []string{"Content-Type", tc.contentType}
		if name == "not gzip" {
			header = append(header, "Content-Encoding", "gzip")
		}
		resp := post(t, p.HTTP+"/v1/traces", tc.body, header...)
		if resp.StatusCode != http.StatusBadRequest || resp.Body == "" {
			t.Errorf("%s: %s %.200s", name, resp.Status, resp.Body)
		}
	}
	if resp := export(t, p, spanBatch(0)); resp.StatusCode != http.StatusOK {
		t.Errorf("a good one afterwards: %s %s", resp.Status, resp.Body)
	}
	checkBooks(t, p)
}
