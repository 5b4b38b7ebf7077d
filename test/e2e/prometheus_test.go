//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telltale-dev/telltale/test/harness"
)

// pair is a Telltale and Debian's Prometheus that know each other: each writes to the other, and Prometheus federates and
// reads from Telltale.
type pair struct {
	telltale *harness.Process
	ours     string // base URL of our metrics
	real     string // of Prometheus
}

func free(t *testing.T) string {
	t.Helper()
	for range 100 { // of those that the kernel gives to nobody who asks for any: it stays free until it is used
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", 12_000+rand.IntN(16_000))) //nolint:noctx // it is closed at once
		if err == nil {
			defer l.Close() //nolint:errcheck // nothing was accepted
			return l.Addr().String()
		}
	}
	t.Fatal("no port is free")
	return ""
}

func save(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func startPair(t *testing.T) pair {
	t.Helper()
	address := free(t)
	config := save(t, "prometheus.yml", fmt.Sprintf(`
remote_write:
- url: http://%s/api/v1/write
  queue_config: {batch_send_deadline: 1s}
  write_relabel_configs:
  - {source_labels: [__name__], regex: telltale_build_info, action: keep}
  - {target_label: via, replacement: write}
`, address))
	p := pair{telltale: harness.Start(t, harness.Options{Env: []string{"TELLTALE_METRICS_CONFIG=" + config, "TELLTALE_METRICS_INTERVAL=1s"}}), real: "http://" + address}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("Telltale:\n%.8000s", p.telltale.Output)
		}
	})
	p.ours = p.telltale.HTTP + "/prometheus"
	real := save(t, "real.yml", fmt.Sprintf(`
global: {scrape_interval: 1s}
scrape_configs:
- job_name: real
  static_configs: [{targets: ['%[1]s']}]
- job_name: federate
  honor_labels: true
  metrics_path: /prometheus/federate
  params: {'match[]': ['{__name__=~"telltale_(build_info|ready)"}']}
  static_configs: [{targets: ['%[2]s']}]
  metric_relabel_configs: [{target_label: via, replacement: federate}]
remote_read: [{url: 'http://%[2]s/prometheus/api/v1/read', read_recent: true}]
remote_write:
- url: http://%[2]s/prometheus/api/v1/write
  queue_config: {batch_send_deadline: 1s}
  write_relabel_configs: [{source_labels: [job], regex: real, action: keep}]
`, address, strings.TrimPrefix(p.telltale.HTTP, "http://")))
	tool(t, "check", "config", real)
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, "prometheus", "--config.file="+real, "--web.listen-address="+address, "--storage.tsdb.path="+t.TempDir(),
		"--web.enable-remote-write-receiver", "--enable-feature=native-histograms", "--log.level=warn")
	var log harness.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		cancel()
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait() // killed
		if t.Failed() {
			t.Logf("Prometheus:\n%.4000s", log.String())
		}
	})
	return p
}

// tool runs promtool.
func tool(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "promtool", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// series is what the API of either says of an expression.
func query(base, path string, form url.Values) (result []any, problem string) {
	resp, err := http.Get(base + "/api/v1/" + path + "?" + form.Encode())
	if err != nil {
		return nil, err.Error()
	}
	defer resp.Body.Close() //nolint:errcheck // nothing was written to it
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err.Error()
	}
	var got struct{ Data struct{ Result []any } }
	if err := json.Unmarshal(body, &got); err != nil || resp.StatusCode != http.StatusOK {
		return nil, fmt.Sprintf("%s %s", resp.Status, body)
	}
	return got.Data.Result, ""
}

func TestDebiansPrometheus(t *testing.T) {
	p := startPair(t)
	arrives := func(base, expr string) {
		t.Helper()
		harness.Eventually(t, time.Minute, func() string {
			got, problem := query(base, "query", url.Values{"query": {expr}})
			if problem != "" || len(got) == 0 {
				return fmt.Sprintf("%s has no %s: %s", base, expr, problem)
			}
			return ""
		})
	}
	arrives(p.ours, `up{job="real"} == 1`)                      // it writes to us
	arrives(p.real, `telltale_build_info{via="write"}`)         // we write to it
	arrives(p.real, `telltale_build_info{via="federate"} == 1`) // it federates from us
	arrives(p.real, `telltale_build_info{via=""} == 1`)         // it reads from us

	// What it scraped and wrote to us is the same, seen from both.
	at := time.Now().Add(4 * time.Second).Truncate(time.Second)
	time.Sleep(time.Until(at.Add(2 * time.Second))) // all samples up to then are there
	form := url.Values{"start": {fmt.Sprint(at.Unix() - 2)}, "end": {fmt.Sprint(at.Unix())}, "step": {"1"}}
	for _, expr := range []string{
		`sum by (job) (prometheus_tsdb_head_series{job="real"})`,
		`histogram_quantile(0.9, sum by (le) (prometheus_http_request_duration_seconds_bucket{job="real"}))`,
		`topk(3, sort(go_memstats_alloc_bytes_total{job="real"}))`,
		`count by (__name__) ({job="real",__name__=~"prometheus_tsdb.+"})`,
	} {
		form.Set("query", expr)
		harness.Eventually(t, time.Minute, func() string {
			want, problem := query(p.real, "query_range", form)
			if problem != "" || len(want) == 0 {
				return expr + ": Prometheus says nothing: " + problem
			}
			got, problem := query(p.ours, "query_range", form)
			if diff := cmp.Diff(want, got); problem != "" || diff != "" {
				return expr + ": " + problem + diff
			}
			return ""
		})
	}
}

func TestDebiansPromtool(t *testing.T) {
	p := harness.Start(t, harness.Options{Env: []string{"TELLTALE_METRICS_INTERVAL=1s"}})
	base := p.HTTP + "/prometheus"
	harness.Eventually(t, time.Minute, func() string {
		if got, problem := query(base, "query", url.Values{"query": {"telltale_ready"}}); len(got) == 0 {
			return "no telltale_ready: " + problem
		}
		return ""
	})
	now := time.Now().Add(2 * time.Second)
	for _, c := range []struct {
		want string
		args []string
	}{
		{`telltale_build_info{`, []string{"query", "instant", base, "telltale_build_info"}},
		{`scalar: 2 @`, []string{"query", "instant", base, "1+1"}},
		{`telltale_ready{`, []string{"query", "range", "--start", fmt.Sprint(now.Unix() - 60), "--end", fmt.Sprint(now.Unix()), "--step", "1s", base, "telltale_ready"}},
		{`telltale_ready`, []string{"query", "series", "--match", "telltale_ready", base}},
		{`telltale_build_info`, []string{"query", "labels", base, "__name__"}},
	} {
		if got := tool(t, c.args...); !strings.Contains(got, c.want) {
			t.Errorf("promtool %s: %s", strings.Join(c.args, " "), got)
		}
	}
	for _, path := range []string{"/-/healthy", "/-/ready"} {
		resp, err := http.Get(base + path)
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Errorf("%s: %v, %v", path, resp, err)
			continue
		}
		_ = resp.Body.Close() // nothing was written to it
	}
	cmd := exec.CommandContext(t.Context(), "promtool", "check", "metrics")
	metrics, err := http.Get(p.HTTP + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer metrics.Body.Close() //nolint:errcheck // nothing was written to it
	cmd.Stdin = metrics.Body
	if out, err := cmd.CombinedOutput(); err != nil && cmd.ProcessState.ExitCode() != 3 { // 3 is of lint
		t.Errorf("promtool check metrics: %v\n%s", err, out)
	}
}
