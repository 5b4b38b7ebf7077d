package metrics

import (
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

func TestAWrongPrometheusYMLIsNamedByFileAndLine(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"kubernetes": {
			"scrape_configs:\n  - job_name: a\n    kubernetes_sd_configs:\n      - role: pod\n",
			":3: kubernetes_sd_configs is not built in; static_configs, file_sd_configs, http_sd_configs, dns_sd_configs are",
		},
		"cloud of an Alertmanager": {
			"alerting:\n  alertmanagers:\n    - scheme: http\n      ec2_sd_configs: []\n", ":4: ec2_sd_configs is not built in",
		},
		"unknown key":   {"global:\n  scrape_interval: 15s\n  scrape_intervall: 15s\n", ":3: field scrape_intervall not found"},
		"wrong value":   {"global:\n  scrape_interval: soon\n", ":2: "},
		"not YAML":      {"scrape_configs:\n  - job_name: [\n", ":2: "},
		"second job":    {"scrape_configs:\n  - job_name: a\n  - job_name: b\n  - job_name: a\n", ":4: found multiple scrape configs with job name \"a\""},
		"long timeout":  {"scrape_configs:\n  - job_name: a\n  - job_name: b\n    scrape_timeout: 2m\n", ":3: scrape timeout greater than scrape interval"},
		"remote write":  {"scrape_configs:\n  - job_name: a\nremote_write:\n  - name: x\n", ":4: url for remote_write is empty"},
		"scrape files":  {"scrape_config_files: [more.yml]\n", "more.yml:3: consul_sd_configs is not built in"},
		"other section": {"scrapes: []\n", ":1: field scrapes not found"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			file(t, dir, "more.yml", "scrape_configs:\n  - job_name: x\n    consul_sd_configs: []\n")
			path := file(t, dir, "prometheus.yml", c.text)
			_, err := New(Options{Dir: dir, File: path, Registry: prometheus.NewRegistry(), External: &url.URL{Scheme: "http", Host: "localhost"}})
			if err == nil || !strings.HasPrefix(err.Error(), dir) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %q, want %q", err, c.want)
			}
		})
	}
}

func TestAWrongFileKeepsTheOldOne(t *testing.T) {
	target := exposition(t, "a 1\n")
	path := file(t, t.TempDir(), "prometheus.yml", scrapeYML("first", "static_configs: [{targets: ["+target+"]}]"))
	s := serve(t, Options{File: path, Interval: time.Hour})
	eventually(t, "first scrape", func() bool {
		return ask(t, s, `up{job="first"}`, time.Now())[`{__name__="up", instance="`+target+`", job="first"}`] == 1
	})

	for _, wrong := range []string{"scrape_configs: 7\n", scrapeYML("bad", "scrape_failure_log_file: /nowhere/scrapes.log")} {
		if err := os.WriteFile(path, []byte(wrong), 0o600); err != nil {
			t.Fatal(err)
		}
		s.poll()
		if st := s.Status(t.Context()).Intake; st.Config.Error == "" || st.TargetsUp != 1 {
			t.Errorf("after %q: %+v", wrong, st)
		}
		if info := get(t, s, "/prometheus/api/v1/status/runtimeinfo"); !strings.Contains(info, `"reloadConfigSuccess":false`) {
			t.Errorf("after %q: %s", wrong, info)
		}
	}
	if err := os.WriteFile(path, []byte(scrapeYML("second", "static_configs: [{targets: ["+target+"]}]")), 0o600); err != nil {
		t.Fatal(err)
	}
	s.poll()
	eventually(t, "scrape of the second file", func() bool { return len(ask(t, s, `a{job="second"}`, time.Now())) == 1 })
	if st := s.Status(t.Context()).Intake.Config; st.Error != "" || st.Read.IsZero() {
		t.Errorf("%+v", st)
	}
	if info := get(t, s, "/prometheus/api/v1/status/runtimeinfo"); !strings.Contains(info, `"reloadConfigSuccess":true`) {
		t.Error(info)
	}
}

func get(t *testing.T, s *Server, path string) string {
	t.Helper()
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
	if w.Code != http.StatusOK {
		t.Errorf("%s: %d", path, w.Code)
	}
	return w.Body.String()
}

func TestAFileThatIsGoneDoesNotKeepTheServerFromStarting(t *testing.T) {
	path := file(t, t.TempDir(), "prometheus.yml", scrapeYML("a", "scrape_failure_log_file: /nowhere/scrapes.log"))
	s := serve(t, Options{File: path, Interval: time.Hour})
	if st := s.Status(t.Context()).Intake.Config; !strings.Contains(st.Error, "/nowhere/scrapes.log") {
		t.Errorf("%+v", st)
	}
}

// exposition serves a text to be scraped, and gives its host and port.
func exposition(t *testing.T, text string) string {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4")
		_, _ = io.WriteString(w, text)
	}))
	t.Cleanup(srv.Close)
	return srv.Listener.Addr().String()
}

// scrapeYML is a prometheus.yml with one job.
func scrapeYML(job, rest string) string {
	return "scrape_configs:\n  - job_name: " + job + "\n    scrape_interval: 500ms\n    scrape_timeout: 500ms\n    " + rest + "\n"
}

func TestTargetsAreDiscovered(t *testing.T) {
	target := exposition(t, "a 1\n")
	list := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `[{"targets": [%q], "labels": {"from": "http"}}]`, target)
	}))
	defer list.Close()
	dir := t.TempDir()
	file(t, dir, "targets.json", fmt.Sprintf(`[{"targets": [%q], "labels": {"from": "file"}}]`, target))
	for kind, rest := range map[string]string{
		"static": "static_configs: [{targets: [" + target + "], labels: {from: static}}]",
		"file":   "file_sd_configs: [{files: [targets.json]}]",
		"http":   "http_sd_configs: [{url: " + list.URL + "}]",
	} {
		t.Run(kind, func(t *testing.T) {
			s := serve(t, Options{File: file(t, dir, kind+".yml", scrapeYML("j", rest)), Interval: time.Hour})
			eventually(t, "scrape", func() bool { return len(ask(t, s, `a{from="`+kind+`"}`, time.Now())) == 1 })
		})
	}
}

func TestATargetThatIsTooMuchIsCut(t *testing.T) {
	long := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page := []byte(strings.Repeat(strings.Repeat("x", 60)+" 1\n", 1000))
		for n := 0; r.Context().Err() == nil && n < 100<<20; n += len(page) {
			_, _ = w.Write(page)
		}
	}))
	defer long.Close()
	endless := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for i := 0; r.Context().Err() == nil; i++ {
			_, _ = fmt.Fprintf(w, "a%d 1\n", i)
			w.(http.Flusher).Flush()
			time.Sleep(20 * time.Millisecond)
		}
	}))
	defer endless.Close()
	var series strings.Builder
	for i := range sampleLimit + 1 {
		_, _ = fmt.Fprintf(&series, "b{i=\"%d\"} 1\n", i)
	}
	many := exposition(t, series.String())
	wide := exposition(t, `c{l="`+strings.Repeat("x", maxLabelValue+1)+`"} 1`+"\n")
	job := func(name, target, timeout string) string {
		return "  - job_name: " + name + "\n    scrape_interval: 5s\n    scrape_timeout: " + timeout + "\n    static_configs: [{targets: [" + target + "]}]\n"
	}
	yml := "scrape_configs:\n" + job("long", strings.TrimPrefix(long.URL, "http://"), "5s") + job("endless", strings.TrimPrefix(endless.URL, "http://"), "500ms") +
		job("many", many, "5s") + job("wide", wide, "5s")
	s := serve(t, Options{File: file(t, t.TempDir(), "prometheus.yml", yml), Interval: time.Hour})
	for name, want := range map[string]string{
		"long": "body size limit exceeded", "endless": "context deadline exceeded", "many": "sample limit exceeded", "wide": "label",
	} {
		eventually(t, name, func() bool {
			for _, d := range s.Status(t.Context()).Intake.TargetsDown {
				if d.Job == name && strings.Contains(d.Error, want) {
					return true
				}
			}
			return false
		})
	}
	if got := ask(t, s, `{__name__=~"a.*|b|c|x.*"}`, time.Now()); len(got) != 0 {
		t.Errorf("%d series of targets that were cut", len(got))
	}
}

func TestScrapesLogInAndRelabel(t *testing.T) {
	guarded := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		if user+":"+password != "ann:pa55" && r.Header.Get("Authorization") != "Bearer t0ken" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "text/plain; version=0.0.4")
		_, _ = io.WriteString(w, "keep{path=\"/v1/x\"} 1\ndrop 1\n")
	}))
	defer guarded.Close()
	dir := t.TempDir()
	file(t, dir, "ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: guarded.Certificate().Raw})))
	file(t, dir, "token", "t0ken\n")
	job := func(name, auth string) string {
		return "  - job_name: " + name + "\n    scheme: https\n    scrape_interval: 500ms\n    scrape_timeout: 500ms\n    tls_config: {ca_file: ca.pem}\n    " + auth +
			"\n    static_configs: [{targets: [" + guarded.Listener.Addr().String() + "]}]\n" +
			"    metric_relabel_configs:\n      - {source_labels: [__name__], regex: drop, action: drop}\n" +
			"      - {source_labels: [path], regex: '/(v1)/.*', target_label: version}\n"
	}
	yml := "scrape_configs:\n" + job("basic", "basic_auth: {username: ann, password: pa55}") + job("bearer", "authorization: {credentials_file: token}")
	s := serve(t, Options{File: file(t, dir, "prometheus.yml", yml), Interval: time.Hour})
	for _, name := range []string{"basic", "bearer"} {
		eventually(t, name, func() bool { return len(ask(t, s, `keep{job="`+name+`", version="v1"}`, time.Now())) == 1 })
	}
	if got := ask(t, s, "drop", time.Now()); len(got) != 0 {
		t.Errorf("relabelling left %v", got)
	}
	if text := s.config.Load().String(); strings.Contains(text, "pa55") {
		t.Error("the configuration shows a password")
	}
}
