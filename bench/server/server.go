// Package server runs the real binary for measurements, as a process of its own on free ports, and reads from /proc what it
// uses. It needs Linux.
package server

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// Process is a running server.
type Process struct {
	HTTP string // host:port
	GRPC string
	Took time.Duration // from the start of the process until it was ready
	cmd  *exec.Cmd
}

// Options of a server.
type Options struct {
	Binary string
	Data   string   // data folder
	Env    []string // besides that of this process
	Log    io.Writer
}

const (
	readyEvery  = 2 * time.Millisecond
	readyWithin = 2 * time.Minute
)

// Start runs `telltale serve` and waits until /readyz says so.
func Start(ctx context.Context, o Options) (*Process, error) {
	cmd := exec.CommandContext(ctx, o.Binary, "serve", "--data", o.Data,
		"--listen", "127.0.0.1:0", "--otlp-grpc", "127.0.0.1:0", "--otlp-http", "127.0.0.1:0", "--log-format", "json", "--log-level", "warn")
	cmd.Env = append(os.Environ(), o.Env...)
	cmd.Stderr = o.Log
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start server: %w", err)
	}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start server: %w", err)
	}
	p := &Process{cmd: cmd}
	if err := p.readAddresses(out); err != nil {
		return nil, errors.Join(err, p.Stop())
	}
	if err := p.awaitReady(ctx); err != nil {
		return nil, errors.Join(err, p.Stop())
	}
	p.Took = time.Since(began)
	return p, nil
}

func (p *Process) readAddresses(out io.Reader) error {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if at, ok := strings.CutPrefix(line, "API "); ok {
			p.HTTP = strings.TrimPrefix(strings.TrimSpace(at), "http://")
		}
		if at, ok := strings.CutPrefix(line, "OTLP gRPC "); ok {
			p.GRPC = strings.TrimSpace(at)
		}
		if strings.HasPrefix(line, "Try:") {
			go func() { _, _ = io.Copy(io.Discard, out) }() // ends with the process
			return nil
		}
	}
	return errors.New("start server: it ended before it said where it listens")
}

func (p *Process) awaitReady(ctx context.Context) error {
	for deadline := time.Now().Add(readyWithin); time.Now().Before(deadline); {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.HTTP+"/readyz", nil)
		if err != nil {
			return err
		}
		if res, err := http.DefaultClient.Do(req); err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return nil
			}
		}
		time.Sleep(readyEvery)
	}
	return fmt.Errorf("the server is not ready after %v", readyWithin)
}

// Usage is what the server has used so far.
func (p *Process) Usage() (Usage, error) { return UsageOf(p.cmd.Process.Pid) }

// PID is the number of the process.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Stop ends the server as an operator would, and waits for it.
func (p *Process) Stop() error {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	if err := p.cmd.Wait(); err != nil {
		return fmt.Errorf("stop server: %w", err)
	}
	return nil
}

// Kill ends the server as a crash would, and waits for it.
func (p *Process) Kill() error {
	if err := p.cmd.Process.Kill(); err != nil {
		return fmt.Errorf("kill server: %w", err)
	}
	_ = p.cmd.Wait() // it was killed, and says so
	return nil
}
