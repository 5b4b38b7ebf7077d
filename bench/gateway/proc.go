package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// roleFlag makes this program one of its own parts.
const roleFlag = "-role"

// subject is a process that is measured, and how to reach it.
type subject struct {
	name string
	addr string
	path string // of chat completions
	key  string
	pid  int
	cmd  *exec.Cmd
	dir  string // to be removed at the end
}

// spawn starts a part and waits until it says where it listens.
func spawn(ctx context.Context, role string, args ...string) (*subject, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find myself: %w", err)
	}
	cmd := exec.CommandContext(ctx, self, append([]string{roleFlag, role}, args...)...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", role, err)
	}
	if err = cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", role, err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) || line == "" {
		return nil, fmt.Errorf("start %s: it did not say where it listens: %w", role, err)
	}
	return &subject{name: role, addr: strings.TrimSpace(line), pid: cmd.Process.Pid, cmd: cmd}, nil
}

func (s *subject) stop() {
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	_ = s.cmd.Wait()
	if s.dir != "" {
		_ = os.RemoveAll(s.dir)
	}
}

// usage of a process.
type usage struct {
	cpu time.Duration
	rss int64 // bytes
}

const (
	ticksPerSecond = 100 // USER_HZ is 100 on every Linux that Go runs on
	statUserTicks  = 11  // fields of /proc/PID/stat after the command's name
	statSysTicks   = 12
	statRSS        = 21
)

func usageOf(pid int) (usage, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return usage{}, fmt.Errorf("read usage: %w", err)
	}
	s := string(b)
	f := strings.Fields(s[strings.LastIndexByte(s, ')')+1:])
	num := func(i int) int64 { n, _ := strconv.ParseInt(f[i], 10, 64); return n }
	ticks := num(statUserTicks) + num(statSysTicks)
	return usage{time.Duration(ticks) * time.Second / ticksPerSecond, num(statRSS) * int64(os.Getpagesize())}, nil
}
