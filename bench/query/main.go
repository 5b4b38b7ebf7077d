// Query measures the event store's queries against DuckDB on the same Parquet files, whose answers must agree.
//
//	go run ./query -dir events -n 5000000 -python venv/bin/python   # venv with duckdb and pyarrow
//	go run ./query -during -dir store -n 5000000                    # how much slower they are while the store is written to
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime/pprof"
	"strings"
	"time"

	"github.com/telltale-dev/telltale/bench/store/gen"
	"github.com/telltale-dev/telltale/internal/store/local/disk"
	"github.com/telltale-dev/telltale/internal/store/local/exec"
	"github.com/telltale-dev/telltale/internal/store/local/part"
)

var (
	dir     = flag.String("dir", "", "folder of the parts; made when it is empty")
	total   = flag.Int("n", 5_000_000, "events")
	python  = flag.String("python", "", "python with duckdb and pyarrow; without, only our side is measured")
	rounds  = flag.Int("rounds", 7, "how often each query runs, after once to warm up")
	only    = flag.String("only", "", "only queries whose name contains this")
	ingest  = flag.Bool("during", false, "dir is of a whole store, filled when it is empty: measure alone and during full ingest")
	profile = flag.String("profile", "", "write a CPU profile of our side")
)

// partRows is what a part holds when it is sealed, before any compaction.
const partRows = 131072

func main() {
	flag.Parse()
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "query:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	if *dir == "" {
		return fmt.Errorf("-dir is missing")
	}
	if *ingest {
		return during(ctx)
	}
	if err := os.MkdirAll(*dir, 0o750); err != nil {
		return err
	}
	fs, err := disk.OpenDir(*dir)
	if err != nil {
		return err
	}
	defer fs.Close()
	names, err := filepath.Glob(filepath.Join(*dir, "*.parquet"))
	if err != nil {
		return err
	}
	if len(names) == 0 {
		if err := generate(ctx, fs); err != nil {
			return err
		}
	}
	engine, err := open(fs)
	if err != nil {
		return err
	}
	var duck *oracle
	if *python != "" {
		if duck, err = newOracle(ctx, *python, *dir); err != nil {
			return err
		}
		defer duck.close()
	}
	if *profile != "" {
		f, err := os.Create(*profile)
		if err != nil {
			return err
		}
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	return compare(ctx, engine, duck)
}

// generate writes the parts as sealing does.
func generate(ctx context.Context, fs disk.FS) error {
	g := gen.New(*total)
	m := part.NewMemtable()
	var bytes, rows int64
	var took time.Duration
	for n := 0; ; n++ {
		m.Reset()
		for m.Rows() < partRows {
			b := g.Batch(min(8192, partRows-m.Rows()))
			if b.Len() == 0 {
				break
			}
			for i := range b.Spans {
				m.AddSpan(&b.Spans[i])
			}
			for i := range b.Logs {
				m.AddLog(&b.Logs[i])
			}
		}
		if m.Rows() == 0 {
			break
		}
		t := time.Now()
		meta, err := part.Write(ctx, fs, fmt.Sprintf("%06d.parquet", n), m)
		if err != nil {
			return err
		}
		took += time.Since(t)
		bytes, rows = bytes+meta.Bytes, rows+int64(meta.Rows)
	}
	fmt.Printf("wrote %d rows, %.1f bytes each, %.0f rows/s\n", rows, float64(bytes)/float64(rows), float64(rows)/took.Seconds())
	return nil
}

func open(fs disk.FS) (*exec.Engine, error) {
	names, err := fs.List(".")
	if err != nil {
		return nil, err
	}
	t := time.Now()
	snap := &exec.Snapshot{}
	for _, n := range names {
		if !strings.HasSuffix(n, ".parquet") {
			continue
		}
		p, err := part.Open(fs, n)
		if err != nil {
			return nil, err
		}
		snap.Parts = append(snap.Parts, p)
	}
	fmt.Printf("opened %d parts in %v\n", len(snap.Parts), time.Since(t).Round(time.Millisecond))
	return exec.New(func() (*exec.Snapshot, func()) { return snap, func() {} }, exec.Options{}), nil
}
