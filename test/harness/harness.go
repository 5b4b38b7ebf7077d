// Package harness starts the real binary as a user would and talks to it over its ports.
package harness

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Binary is the program under test: $E2E_BIN, or bin/telltale of this checkout.
func Binary(t testing.TB) string {
	t.Helper()
	if bin := os.Getenv("E2E_BIN"); bin != "" {
		return bin
	}
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != "/"; dir = filepath.Dir(dir) {
		bin := filepath.Join(dir, "bin", "telltale")
		if _, err := os.Stat(bin); err == nil {
			return bin
		}
	}
	t.Fatal("no bin/telltale: run `make build` first")
	return ""
}

// Process is a running telltale.
type Process struct {
	Cmd    *exec.Cmd
	Output *Buffer // what it wrote to stdout and stderr
	HTTP   string  // base URL
	GRPC   string  // host:port
	OTLP   string  // base URL
	Data   string

	waited chan struct{}
	err    error
}

// Buffer collects output of a process that still runs.
type Buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *Buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *Buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// Options of a process.
type Options struct {
	Command string   // serve by default
	Data    string   // a fresh folder by default
	Args    []string // more flags
	Env     []string // more environment
	// MayFail leaves a process that does not come up to the caller.
	MayFail bool
}

var addresses = regexp.MustCompile(`(?m)^\s+(API|OTLP gRPC|OTLP HTTP)\s+(\S+)$`)

// Start starts the server on free ports and waits until it is ready. It is killed at the end of the test.
func Start(t testing.TB, o Options) *Process {
	t.Helper()
	if o.Command == "" {
		o.Command = "serve"
	}
	if o.Data == "" {
		o.Data = t.TempDir()
	}
	args := append([]string{o.Command, "--listen", "127.0.0.1:0", "--otlp-grpc", "127.0.0.1:0", "--otlp-http", "127.0.0.1:0", "--data", o.Data}, o.Args...)
	p := run(t, args, o.Env)
	p.Data = o.Data
	for deadline := time.Now().Add(60 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		for _, m := range addresses.FindAllStringSubmatch(p.Output.String(), -1) {
			switch m[1] {
			case "API":
				p.HTTP = m[2]
			case "OTLP gRPC":
				p.GRPC = m[2]
			case "OTLP HTTP":
				p.OTLP = m[2]
			}
		}
		if p.HTTP != "" && p.Ready() {
			return p
		}
		if p.Exited() && o.MayFail {
			return p
		}
		if p.Exited() || time.Now().After(deadline) {
			t.Fatalf("telltale %s did not come up:\n%s", strings.Join(args, " "), p.Output)
		}
	}
}

// StartMock starts the mock provider and returns its base URL.
func StartMock(t testing.TB, args ...string) string {
	t.Helper()
	p := run(t, append([]string{"mock", "--listen", "127.0.0.1:0"}, args...), nil)
	found := regexp.MustCompile(`http://127\.0\.0\.1:\d+`)
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		if u := found.FindString(p.Output.String()); u != "" {
			return u
		}
		if p.Exited() || time.Now().After(deadline) {
			t.Fatalf("telltale mock did not come up:\n%s", p.Output)
		}
	}
}

// ProvidersAt points the three built-in providers at a mock.
func ProvidersAt(mock string) []string {
	return []string{
		"TELLTALE_PROVIDERS_OPENAI_BASE_URL=" + mock,
		"TELLTALE_PROVIDERS_ANTHROPIC_BASE_URL=" + mock,
		"TELLTALE_PROVIDERS_GEMINI_BASE_URL=" + mock,
	}
}

func run(t testing.TB, args, env []string) *Process {
	t.Helper()
	cmd := exec.Command(Binary(t), args...)
	cmd.Dir = t.TempDir() // no telltale.yml of this checkout
	cmd.Env = append(environ(), env...)
	p := &Process{Cmd: cmd, Output: &Buffer{}, waited: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = p.Output, p.Output
	if err := cmd.Start(); err != nil {
		t.Fatalf("start telltale: %v", err)
	}
	go func() {
		p.err = cmd.Wait()
		close(p.waited)
	}()
	t.Cleanup(p.Kill)
	return p
}

// environ is the environment without what would configure the program: a test says all of that itself.
func environ() []string {
	return slices.DeleteFunc(os.Environ(), func(pair string) bool { return strings.HasPrefix(pair, "TELLTALE_") })
}

// Exited reports whether the process has ended.
func (p *Process) Exited() bool {
	select {
	case <-p.waited:
		return true
	default:
		return false
	}
}

// Kill ends the process as a crash does, and waits for its end.
func (p *Process) Kill() {
	_ = p.Cmd.Process.Kill()
	<-p.waited
}

// Signal sends a signal and waits for the end; it returns the exit code.
func (p *Process) Signal(t testing.TB, s syscall.Signal, within time.Duration) int {
	t.Helper()
	if err := p.Cmd.Process.Signal(s); err != nil {
		t.Fatalf("signal: %v", err)
	}
	select {
	case <-p.waited:
	case <-time.After(within):
		t.Fatalf("still running %v after %v:\n%s", within, s, p.Output)
	}
	return p.Cmd.ProcessState.ExitCode()
}

// Ready asks /readyz.
func (p *Process) Ready() bool {
	resp, err := http.Get(p.HTTP + "/readyz")
	if err != nil {
		return false
	}
	_ = resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// Get asks the API and decodes its answer; the test fails on any other status than 200.
func (p *Process) Get(t testing.TB, path string, query url.Values, into any) {
	t.Helper()
	u := p.HTTP + path
	if len(query) > 0 {
		u += "?" + query.Encode()
	}
	resp, err := http.Get(u)
	if err != nil {
		t.Fatalf("get %s: %v", u, err)
	}
	defer resp.Body.Close() //nolint:errcheck // nothing was written to it
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("get %s: %s %v\n%s", u, resp.Status, err, body)
	}
	if err := json.Unmarshal(body, into); err != nil {
		t.Fatalf("get %s: %v\n%.2000s", u, err, body)
	}
}

// CLI runs a client command against the server and returns what it printed, and its error.
func (p *Process) CLI(t testing.TB, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, Binary(t), args...)
	cmd.Env = append(environ(), "TELLTALE_SERVER="+p.HTTP, "NO_COLOR=1")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// Eventually polls until ok returns nothing, or fails with what it last returned.
func Eventually(t testing.TB, within time.Duration, ok func() string) {
	t.Helper()
	for deadline := time.Now().Add(within); ; time.Sleep(20 * time.Millisecond) {
		problem := ok()
		if problem == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("still after %v: %s", within, problem)
		}
	}
}

// Lines splits text into lines without the empty last one.
func Lines(s string) []string {
	var lines []string
	for sc := bufio.NewScanner(strings.NewReader(s)); sc.Scan(); {
		lines = append(lines, sc.Text())
	}
	return lines
}

// Errorf is fmt.Sprintf, for Eventually.
func Errorf(format string, args ...any) string { return fmt.Sprintf(format, args...) }
