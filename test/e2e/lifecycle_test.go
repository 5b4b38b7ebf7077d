//go:build e2e

package e2e

import (
	"bufio"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/telltale-dev/telltale/test/harness"
)

const slowStream = `{"model":"mock-slow-stream","stream":true,"messages":[{"role":"user","content":"hi"}]}`

// SIGTERM lets a running stream come to its end, records it, and exits 0.
func TestStopDrains(t *testing.T) {
	data := t.TempDir()
	env := harness.ProvidersAt(harness.StartMock(t))
	p := harness.Start(t, harness.Options{Data: data, Env: env})
	resp, err := open(t.Context(), p.HTTP+"/openai/v1/chat/completions", slowStream, "X-Session-Id", "drained")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // nothing was written to it
	lines := bufio.NewScanner(resp.Body)
	lines.Scan()
	ended := make(chan bool, 1)
	go func() {
		done := false
		for lines.Scan() {
			done = done || lines.Text() == "data: [DONE]"
		}
		ended <- done
	}()
	if code := p.Signal(t, syscall.SIGTERM, 60*time.Second); code != 0 {
		t.Errorf("exit code %d\n%s", code, p.Output)
	}
	if !<-ended {
		t.Error("the stream was cut")
	}
	p = harness.Start(t, harness.Options{Data: data, Env: env})
	var calls struct {
		Spans []struct {
			Status string `json:"status"`
		} `json:"spans"`
	}
	p.Get(t, "/api/v1/calls", url.Values{"q": {"session:drained"}}, &calls)
	if len(calls.Spans) != 1 || calls.Spans[0].Status != "ok" {
		t.Errorf("recorded %+v", calls.Spans)
	}
	checkBooks(t, p)
}

// The second signal does not wait.
func TestSecondSignalEndsAtOnce(t *testing.T) {
	p := harness.Start(t, harness.Options{Env: harness.ProvidersAt(harness.StartMock(t))})
	endless := strings.Replace(slowStream, "slow-stream", "slow-stream-30s", 1)
	resp, err := open(t.Context(), p.HTTP+"/openai/v1/chat/completions", endless)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // nothing was written to it
	bufio.NewScanner(resp.Body).Scan()
	if err := p.Cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	harness.Eventually(t, time.Minute, func() string {
		if strings.Contains(p.Output.String(), "stopping") {
			return ""
		}
		return "the first signal is not noticed"
	})
	time.Sleep(600 * time.Millisecond) // what comes at once is taken for the first one's echo
	began := time.Now()
	p.Signal(t, syscall.SIGTERM, 30*time.Second)
	if took := time.Since(began); took > 10*time.Second { // the stream goes on for minutes
		t.Errorf("took %v", took)
	}
}

func TestTwoServersCannotShareAFolder(t *testing.T) {
	p := harness.Start(t, harness.Options{})
	second := harness.Start(t, harness.Options{Data: p.Data, MayFail: true})
	if !second.Exited() {
		t.Fatal("the second server runs")
	}
	if out := second.Output.String(); !strings.Contains(out, p.Data) {
		t.Errorf("the message does not name the folder: %s", out)
	}
}

func TestMistakesAreRefusedAtTheStart(t *testing.T) {
	dir := t.TempDir()
	write := func(text string) string {
		name := filepath.Join(dir, "telltale.yml")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	for name, tc := range map[string]struct {
		args []string
		want string
	}{
		"key":   {[]string{"--config", write("lisen: 127.0.0.1:0\n")}, `:1: there is no key "lisen" here; did you mean "listen"?`},
		"flag":  {[]string{"--liste", "x"}, `did you mean --listen?`},
		"value": {[]string{"--log-level", "loud"}, `"loud" is not known; want debug, info, warn, error`},
		"open":  {[]string{"--listen", "0.0.0.0:0"}, "auth.token must be set"},
	} {
		p := harness.Start(t, harness.Options{Args: tc.args, MayFail: true})
		if !p.Exited() || p.Cmd.ProcessState.ExitCode() == 0 || !strings.Contains(p.Output.String(), tc.want) {
			t.Errorf("%s: want %q, got %s", name, tc.want, p.Output)
		}
	}
}
