package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"
)

// cpuTime is what this process has used of the processors.
func cpuTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// memory is the resident memory of this process and its highest so far, in MB; 0 where the system does not tell.
func memory() (now, peak int) {
	f, err := os.Open("/proc/self/status")
	if err != nil {
		return 0, 0
	}
	defer func() { _ = f.Close() }()
	for sc := bufio.NewScanner(f); sc.Scan(); {
		if rest, ok := strings.CutPrefix(sc.Text(), "VmRSS:"); ok {
			_, _ = fmt.Sscan(rest, &now)
		}
		if rest, ok := strings.CutPrefix(sc.Text(), "VmHWM:"); ok {
			_, _ = fmt.Sscan(rest, &peak)
		}
	}
	return now >> 10, peak >> 10
}
