package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// runUntil runs a command until a text shows up on stdout, then ends it, and returns what it wrote and its exit code.
func runUntil(t *testing.T, until string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	reader, writer := io.Pipe()
	var out, errs bytes.Buffer
	read := make(chan struct{})
	go func() {
		defer close(read)
		buf := make([]byte, 4096)
		for {
			n, err := reader.Read(buf)
			out.Write(buf[:n])
			if until != "" && strings.Contains(out.String(), until) {
				cancel()
			}
			if err != nil {
				return
			}
		}
	}()
	env := &environment{stdin: strings.NewReader(""), stdout: writer, stderr: &errs, getenv: func(string) string { return "" }, now: time.Now}
	code = dispatch(ctx, env, commands, args)
	_ = writer.Close() // never fails
	<-read
	return out.String(), errs.String(), code
}

var freePorts = []string{"--listen", "127.0.0.1:0", "--otlp-grpc", "127.0.0.1:0", "--otlp-http", "127.0.0.1:0", "--log-level", "error"}

func TestServeAnnouncesAndEnds(t *testing.T) {
	data, file := filepath.Join(t.TempDir(), "data"), filepath.Join(t.TempDir(), "telltale.yml")
	if err := os.WriteFile(file, []byte("providers: {azure: {kind: openai, base_url: 'http://127.0.0.1:1'}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second finds the folder free
		stdout, stderr, code := runUntil(t, "Try:", append([]string{"serve", "--data", data, "--config", file}, freePorts...)...)
		if code != exitOK || stderr != "" {
			t.Errorf("exit %d, stderr %s", code, stderr)
		}
		for _, want := range []string{"is listening", "UI           http://127.0.0.1:", "/openai\n", "/openai/v1, run", "/azure\n", "/anthropic\n", "/gemini\n", "OTLP gRPC", "OTLP HTTP", data, "OPENAI_BASE_URL=http://127.0.0.1:"} {
			if !strings.Contains(stdout, want) {
				t.Errorf("%q is missing in\n%s", want, stdout)
			}
		}
	}
}

// What keeps the server from starting is said in one line, with what to do where there is something.
func TestServeSaysWhyItCannotStart(t *testing.T) {
	var lc net.ListenConfig
	taken, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close() //nolint:errcheck // nothing to save
	address := taken.Addr().String()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	data := t.TempDir()
	for _, tc := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"port", append(freePorts, "--data", data, "--listen", address), exitFailed, "telltale: listen: listen on " + address + ": address already in use (is another telltale running? port 0 takes a free one)\n"},
		{"folder", append(freePorts, "--data", file), exitFailed, "telltale: open store: make data folder: mkdir " + file + ": not a directory\n"},
		{"address", append(freePorts, "--listen", "8080"), exitFailed, "telltale: --listen: listen: \"8080\" is no address; want host:port such as 127.0.0.1:8080, or port 0 for any free one\n"},
	} {
		_, stderr, code := runUntil(t, "", append([]string{"serve"}, tc.args...)...)
		if code != tc.code || stderr != tc.want {
			t.Errorf("%s: exit %d\ngot  %swant %s", tc.name, code, stderr, tc.want)
		}
	}
	_, stderr, code := runUntil(t, "", "demo", "--rate", "NaN")
	if code != exitUsage || !strings.Contains(stderr, "--rate must be more than 0") {
		t.Errorf("exit %d, %s", code, stderr)
	}
}

// A signal that comes twice at once, as from timeout(1), is one: the server drains and ends well.
func TestASignalAndItsEcho(t *testing.T) {
	signalled := false
	self := func() {
		if signalled {
			return
		}
		signalled = true
		for range 3 {
			if err := syscall.Kill(os.Getpid(), syscall.SIGTERM); err != nil {
				t.Error(err)
			}
			time.Sleep(5 * time.Millisecond)
		}
	}
	env := &environment{stdin: strings.NewReader(""), stdout: onText{"Try:", self}, stderr: io.Discard, getenv: func(string) string { return "" }, now: time.Now}
	if code := dispatch(t.Context(), env, commands, append([]string{"serve", "--data", t.TempDir()}, freePorts...)); code != exitOK {
		t.Errorf("exit %d", code)
	}
}

// onText calls do when a text is written.
type onText struct {
	text string
	do   func()
}

func (o onText) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte(o.text)) {
		o.do()
	}
	return len(p), nil
}

func TestDemoLeavesNothing(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	stdout, stderr, code := runUntil(t, "Try:", append([]string{"demo"}, freePorts...)...)
	if code != exitOK || stderr != "" || !strings.Contains(stdout, "telltale top model --server http://127.0.0.1:") {
		t.Errorf("exit %d\n%s\n%s", code, stdout, stderr)
	}
	left, err := os.ReadDir(tmp)
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}
