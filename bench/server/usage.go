package server

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// Usage of a process.
type Usage struct {
	CPU  time.Duration // user and system
	RSS  int64         // bytes now
	Peak int64         // bytes at most, so far
}

const (
	ticksPerSecond = 100 // USER_HZ is 100 on every Linux that Go runs on
	statUserTicks  = 11  // fields of /proc/PID/stat after the command's name
	statSysTicks   = 12
)

// UsageOf reads what a process uses.
func UsageOf(pid int) (Usage, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return Usage{}, fmt.Errorf("read usage: %w", err)
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return Usage{}, fmt.Errorf("read usage: %w", err)
	}
	s := string(stat)
	fields := strings.Fields(s[strings.LastIndexByte(s, ')')+1:])
	number := func(i int) int64 { n, _ := strconv.ParseInt(fields[i], 10, 64); return n }
	ticks := number(statUserTicks) + number(statSysTicks)
	return Usage{
		CPU:  time.Duration(ticks) * time.Second / ticksPerSecond,
		RSS:  kilobytes(string(status), "VmRSS:"),
		Peak: kilobytes(string(status), "VmHWM:"),
	}, nil
}

func kilobytes(status, key string) int64 {
	_, rest, _ := strings.Cut(status, key)
	number, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
	n, _ := strconv.ParseInt(number, 10, 64)
	return n << 10
}
