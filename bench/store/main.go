// Command store measures the event store alone: what writing costs, how much room events take, and how long a start does.
//
//	go run ./store -mode ingest -dir DIR [-n 2000000]   write, sync, seal
//	go run ./store -mode open -dir DIR                  start over what is there
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/pprof"
	"sync/atomic"
	"time"

	"github.com/telltale-dev/telltale/bench/store/gen"
	"github.com/telltale-dev/telltale/internal/store/local"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

var (
	dir     = flag.String("dir", "", "data folder")
	mode    = flag.String("mode", "ingest", "ingest or open")
	total   = flag.Int("n", 2_000_000, "events")
	batch   = flag.Int("batch", 8000, "events a batch")
	chunk   = flag.Int("chunk", 4, "batches made ahead, so that making them is not measured")
	compact = flag.Bool("compact", false, "compact at the end")
	profile = flag.String("profile", "", "write a CPU profile of the writing")
)

func main() {
	flag.Parse()
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "store:", err)
		os.Exit(1)
	}
}

// over says that the three days are over. While events are written they are not, so that only writing is measured.
var over atomic.Bool

func now() time.Time {
	if over.Load() {
		return gen.End.Add(48 * time.Hour)
	}
	return gen.Begin
}

func run() error {
	ctx := context.Background()
	began := time.Now()
	s, err := local.Open(local.Options{
		Dir: *dir, Now: now, SealAge: 1000 * time.Hour,
		Logger: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelInfo})),
	})
	if err != nil {
		return err
	}
	if err := s.Start(ctx); err != nil {
		return err
	}
	st := s.Status()
	rss, peak := memory()
	fmt.Printf("start %v: %d parts, %d rows of which %d from the log; RSS %d MB, peak %d MB\n", time.Since(began).Round(time.Millisecond), st.Parts, st.Rows, st.Recovery.Rows, rss, peak)
	if *mode == "ingest" {
		if err := ingest(ctx, s); err != nil {
			return err
		}
	}
	return s.Stop(ctx)
}

// ingest writes all events, and reports the CPU time of the process less that of making the events.
func ingest(ctx context.Context, s *local.Store) error {
	g := gen.New(*total)
	var wall, cpu time.Duration
	stopProfile := func() {}
	if *profile != "" {
		f, err := os.Create(*profile)
		if err != nil {
			return err
		}
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		stopProfile = pprof.StopCPUProfile
	}
	rows := 0
	for rows < *total {
		before := cpuTime()
		var ahead []*telemetry.Batch
		for range *chunk {
			if b := g.Batch(*batch); b.Len() > 0 {
				ahead = append(ahead, b)
			}
		}
		cpu -= cpuTime() - before
		t := time.Now()
		for _, b := range ahead {
			if err := s.Write(ctx, b); err != nil {
				return err
			}
			rows += b.Len()
		}
		wall += time.Since(t)
	}
	t := time.Now()
	if err := s.Seal(ctx); err != nil {
		return err
	}
	wall += time.Since(t)
	cpu += cpuTime()
	stopProfile()
	_, peak := memory()
	st := s.Status()
	fmt.Printf("ingest %d rows: %.0f rows per CPU-second, %.0f rows/s; parts %.1f bytes a row, with the log %.1f; peak RSS %d MB; %d compactions\n",
		rows, float64(rows)/cpu.Seconds(), float64(rows)/wall.Seconds(), float64(st.Bytes)/float64(rows),
		float64(size(*dir))/float64(rows), peak, st.Compacted)
	if !*compact {
		return nil
	}
	over.Store(true)
	t, before := time.Now(), cpuTime()
	if err := s.Upkeep(ctx); err != nil {
		return err
	}
	st = s.Status()
	_, peak = memory()
	fmt.Printf("compact: %v, %.1f CPU-seconds, %d parts, %.1f bytes a row, peak RSS %d MB\n", time.Since(t).Round(time.Millisecond),
		(cpuTime() - before).Seconds(), st.Parts, float64(st.Bytes)/float64(rows), peak)
	return nil
}

func size(dir string) int64 {
	n := int64(0)
	_ = filepath.Walk(dir, func(_ string, i os.FileInfo, err error) error {
		if err == nil && !i.IsDir() {
			n += i.Size()
		}
		return nil
	})
	return n
}
