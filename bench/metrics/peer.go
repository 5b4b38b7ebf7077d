package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/telltale-dev/telltale/bench/server"
	"github.com/telltale-dev/telltale/deploy"
)

// peer is one of the two that are compared.
type peer struct {
	name string
	base string        // URL of its Prometheus API, without /api/v1
	took time.Duration // from the start of the process until a query of one series was answered
	use  func() (server.Usage, error)
	stop func() error
}

// startOurs starts telltale over a copy of the data.
func startOurs(ctx context.Context, o *options, dir string) (*peer, error) {
	began := time.Now()
	s, err := server.Start(ctx, server.Options{Binary: o.binary, Data: dir, Log: os.Stderr})
	if err != nil {
		return nil, err
	}
	p := &peer{name: "telltale", base: "http://" + s.HTTP + "/prometheus", use: s.Usage, stop: s.Stop}
	return p, p.answers(ctx, o, began)
}

// answers waits until the peer is ready and answers. One that does not is stopped.
func (p *peer) answers(ctx context.Context, o *options, began time.Time) error {
	for _, path := range []string{"/-/ready", asked(queries[0].expr, 0, 0, o.end)} {
		if err := awaitOK(ctx, p.base+path); err != nil {
			return errors.Join(err, p.stop())
		}
	}
	p.took = time.Since(began)
	return nil
}

// configure has Prometheus do what the server does by itself: take its own metrics, and evaluate the shipped rules.
func configure(dir, at string) (string, error) {
	texts, err := deploy.Rules()
	if err != nil {
		return "", err
	}
	for name, text := range texts {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return "", err
		}
	}
	config := filepath.Join(dir, "prometheus.yaml")
	return config, os.WriteFile(config, fmt.Appendf(nil, `global: {scrape_interval: 15s, evaluation_interval: 15s}
rule_files: [%q]
scrape_configs: [{job_name: prometheus, static_configs: [{targets: [%q]}]}]
`, filepath.Join(dir, "*.yml"), at), 0o600)
}

// startTheirs starts Prometheus over a copy of the data.
func startTheirs(ctx context.Context, o *options, dir string) (*peer, error) {
	at, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	config, err := configure(dir, at)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, o.prometheus, "--config.file="+config, "--storage.tsdb.path="+filepath.Join(dir, "metrics"),
		"--web.listen-address="+at, "--log.level=error", "--query.max-samples=10000000", "--enable-feature=exemplar-storage")
	cmd.Stderr = os.Stderr
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &peer{name: "Prometheus", base: "http://" + at, use: func() (server.Usage, error) { return server.UsageOf(cmd.Process.Pid) }}
	p.stop = func() error {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		return cmd.Wait()
	}
	return p, p.answers(ctx, o, began)
}

func freeAddress(ctx context.Context) (string, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

func awaitOK(ctx context.Context, url string) error {
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		if res, err := http.DefaultClient.Do(req); err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return nil
			}
		}
	}
	return fmt.Errorf("%s is not ready", url)
}

// both starts the two over copies of their own.
func both(ctx context.Context, o *options, temp string) (ours, theirs *peer, err error) {
	dirs := []string{filepath.Join(temp, "ours"), filepath.Join(temp, "theirs")}
	for _, dir := range dirs {
		if _, err := os.Stat(dir); err == nil {
			continue
		}
		if err := copyData(o, filepath.Join(dir, "metrics")); err != nil {
			return nil, nil, err
		}
	}
	if ours, err = startOurs(ctx, o, dirs[0]); err != nil {
		return nil, nil, err
	}
	if theirs, err = startTheirs(ctx, o, dirs[1]); err != nil {
		return nil, nil, errors.Join(err, ours.stop())
	}
	return ours, theirs, nil
}
