package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"slices"
	"syscall"
	"text/tabwriter"
	"time"
)

// subject is one of the things that are measured by turns.
type subject struct {
	name string
	run  func(n int) error // does the work n times, and all that it leaves to other goroutines
}

// cost of doing something once. CPU is that of the whole process, of the garbage collector and of exporters too.
type cost struct {
	wall, cpu     time.Duration
	allocs, bytes float64
}

// once measures n times of a subject.
func once(s *subject, n int) (cost, error) {
	if err := s.run(min(n, flushEvery)); err != nil { // caches and pools
		return cost{}, err
	}
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	cpu, start := processCPU(), time.Now()
	err := s.run(n)
	wall, used := time.Since(start), processCPU()-cpu
	runtime.ReadMemStats(&after)
	return cost{
		wall: wall / time.Duration(n), cpu: used / time.Duration(n),
		allocs: float64(after.Mallocs-before.Mallocs) / float64(n), bytes: float64(after.TotalAlloc-before.TotalAlloc) / float64(n),
	}, err
}

func processCPU() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// byTurns measures all subjects in each round, in an order that changes. The result has a list of rounds for each.
func byTurns(ctx context.Context, o *options, n int, subjects []subject) ([][]cost, error) {
	if o.profile != "" {
		return nil, profile(o, n, subjects)
	}
	costs := make([][]cost, len(subjects))
	for round := range o.rounds {
		for i := range subjects {
			at := (i + round) % len(subjects)
			c, err := once(&subjects[at], n)
			if err = errors.Join(err, ctx.Err()); err != nil {
				return nil, fmt.Errorf("%s: %w", subjects[at].name, err)
			}
			costs[at] = append(costs[at], c)
		}
		time.Sleep(o.pause)
	}
	return costs, nil
}

// errProfiled ends a run that was for a profile.
var errProfiled = errors.New("the profile is written; nothing else was measured")

func profile(o *options, n int, subjects []subject) error {
	at := slices.IndexFunc(subjects, func(s subject) bool { return s.name == o.subject })
	if at < 0 {
		return fmt.Errorf("there is no subject %q here", o.subject)
	}
	f, err := os.Create(o.profile)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := subjects[at].run(flushEvery); err != nil {
		return err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return err
	}
	defer pprof.StopCPUProfile()
	for range o.rounds {
		if err := subjects[at].run(n); err != nil {
			return err
		}
	}
	return errProfiled
}

func median[T time.Duration | float64](of []T) T {
	s := slices.Clone(of)
	slices.Sort(s)
	return s[len(s)/2]
}

// medianOf takes the median over the rounds of what f says of each.
func medianOf[T time.Duration | float64](rounds []cost, f func(cost) T) T {
	values := make([]T, len(rounds))
	for i, c := range rounds {
		values[i] = f(c)
	}
	return median(values)
}

// ratio is the median of the ratios of each round: what slows a round slows both.
func ratio(a, b, base []cost, f func(cost) float64) float64 {
	values := make([]float64, len(a))
	for i := range a {
		less := 0.0
		if base != nil {
			less = f(base[i])
		}
		values[i] = (f(a[i]) - less) / (f(b[i]) - less)
	}
	return median(values)
}

func cpuOf(c cost) float64    { return float64(c.cpu) }
func wallOf(c cost) float64   { return float64(c.wall) }
func allocsOf(c cost) float64 { return c.allocs }
func bytesOf(c cost) float64  { return c.bytes }

// table prints the costs of each subject.
func table(title string, subjects []subject, costs [][]cost) {
	fmt.Printf("\n%s\n\n", title)
	w := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\tCPU µs\twall µs\tallocations\tbytes\t")
	for i, s := range subjects {
		c := costs[i]
		fmt.Fprintf(w, "%s\t%.2f\t%.2f\t%.1f\t%.0f\t\n", s.name, medianOf(c, cpuOf)/1e3, medianOf(c, wallOf)/1e3,
			medianOf(c, allocsOf), medianOf(c, bytesOf))
	}
	w.Flush()
	fmt.Println()
}
