//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// patience is how long anything may take.
const patience = 60 * time.Second

// output is what a process has written so far.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// process is a program that runs.
type process struct {
	cmd            *exec.Cmd
	stdout, stderr output
	done           chan struct{}
}

func run(t *testing.T, env []string, name string, args ...string) *process {
	t.Helper()
	p := &process{done: make(chan struct{})}
	p.cmd = exec.CommandContext(context.WithoutCancel(t.Context()), name, args...) //nolint:gosec // tests name the program
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = t.TempDir(), &p.stdout, &p.stderr
	p.cmd.Env = append(os.Environ(), env...)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = p.cmd.Wait() // its state says how it ended
		close(p.done)
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.done
	})
	return p
}

// find waits until the output of a process matches.
func (p *process) find(t *testing.T, expression string) string {
	t.Helper()
	re := regexp.MustCompile(expression)
	var found []string
	until(t, func() bool {
		found = re.FindStringSubmatch(p.stdout.String() + p.stderr.String())
		return found != nil
	}, func() string {
		return p.cmd.Path + " never said " + expression + ":\n" + p.stdout.String() + p.stderr.String()
	})
	return found[1]
}

// until waits for a condition.
func until(t *testing.T, condition func() bool, complaint func() string) {
	t.Helper()
	for end := time.Now().Add(patience); !condition(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal(complaint())
		}
	}
}

// Service is an example that runs.
type Service struct {
	URL, Key string

	process *process
}

// Start builds the example in whose folder the test runs, and starts it with telemetry to that OTLP endpoint.
func Start(t *testing.T, endpoint string, args ...string) *Service {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "service")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".") //nolint:gosec // into a folder of the test
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	s := &Service{process: run(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + endpoint}, binary, append([]string{"-listen", "127.0.0.1:0"}, args...)...)}
	s.URL = s.process.find(t, `listening: +(\S+)`)
	if key := regexp.MustCompile(`API key: +(\S+)`).FindStringSubmatch(s.process.stderr.String()); key != nil {
		s.Key = key[1]
	}
	return s
}

// Log is what the service has logged so far.
func (s *Service) Log() string { return s.process.stdout.String() }

// Stop ends the service by SIGTERM, and fails the test unless it ends well and soon.
func (s *Service) Stop(t *testing.T) {
	t.Helper()
	if err := s.process.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case <-s.process.done:
	case <-time.After(patience / 2):
		t.Fatal("still running after SIGTERM")
	}
	if code := s.process.cmd.ProcessState.ExitCode(); code != 0 {
		t.Fatalf("ended with %d:\n%s", code, s.process.stderr.String())
	}
}

// Post sends JSON to the service, with its key, and returns status and body of the answer.
func (s *Service) Post(t *testing.T, path, body string) (int, string) {
	t.Helper()
	return s.do(t, http.MethodPost, path, body)
}

// Get is as Post.
func (s *Service) Get(t *testing.T, path string) (int, string) {
	t.Helper()
	return s.do(t, http.MethodGet, path, "")
}

func (s *Service) do(t *testing.T, method, path, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Api-Key", s.Key)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(response.Body)
	if err = errors.Join(err, response.Body.Close()); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// Metrics are the families of a service's /metrics, by name.
type Metrics map[string]*dto.MetricFamily

// Metrics scrapes the service as Prometheus does, and fails the test if it serves what Prometheus cannot read.
func (s *Service) Metrics(t *testing.T) Metrics {
	t.Helper()
	status, text := s.Get(t, "/metrics")
	if status != http.StatusOK {
		t.Fatalf("/metrics: %d %s", status, text)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text))
	if err != nil {
		t.Fatalf("/metrics: %v\n%s", err, text)
	}
	return families
}

// WaitFor waits until a metric has a value, see Metrics.Sum.
func (s *Service) WaitFor(t *testing.T, value float64, name string, labels ...string) {
	t.Helper()
	until(t, func() bool { return s.Metrics(t).Sum(name, labels...) >= value }, func() string {
		return "no " + name + " " + strings.Join(labels, ",") + "\n" + s.Log()
	})
}

// WaitForAnswer waits until the answer of a path has a text in it.
func (s *Service) WaitForAnswer(t *testing.T, path, text string) {
	t.Helper()
	answer := ""
	until(t, func() bool {
		_, answer = s.Get(t, path)
		return strings.Contains(answer, text)
	}, func() string { return path + " answers " + answer + "\n" + s.Log() })
}

// Sum is the sum over the series of a family that have all of the labels, each written name=value. Of histograms it is the
// number of observations.
func (m Metrics) Sum(name string, labels ...string) float64 {
	sum := 0.0
	for _, series := range m[name].GetMetric() {
		if has(series, labels) {
			sum += series.GetCounter().GetValue() + series.GetGauge().GetValue() + float64(series.GetHistogram().GetSampleCount())
		}
	}
	return sum
}

func has(series *dto.Metric, labels []string) bool {
	for _, want := range labels {
		found := false
		for _, l := range series.GetLabel() {
			found = found || l.GetName()+"="+l.GetValue() == want
		}
		if !found {
			return false
		}
	}
	return true
}

// Expect fails the test for every family that is missing.
func (m Metrics) Expect(t *testing.T, families ...string) {
	t.Helper()
	for _, name := range families {
		if len(m[name].GetMetric()) == 0 {
			t.Errorf("/metrics has no %s", name)
		}
	}
}
