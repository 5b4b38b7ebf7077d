// Pages measures what the pages of the UI ask, by the API's own answers over a store of three days of events, warm.
//
//	go run ./pages -dir events -n 1000000   # made when the folder is empty, the same as ./query makes
package main

import (
	"context"
	"encoding/binary"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/telltale-dev/telltale/bench/store/gen"
	"github.com/telltale-dev/telltale/internal/api"
	"github.com/telltale-dev/telltale/internal/store/local/disk"
	"github.com/telltale-dev/telltale/internal/store/local/exec"
	"github.com/telltale-dev/telltale/internal/store/local/part"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

var (
	dir     = flag.String("dir", "", "folder of the parts; made when it is empty")
	total   = flag.Int("n", 1_000_000, "events")
	rounds  = flag.Int("rounds", 5, "how often each question is asked, after once to warm up")
	only    = flag.String("only", "", "only questions whose name contains this")
	profile = flag.String("profile", "", "write a CPU profile")
)

// partRows is what a part holds when it is sealed, before any compaction.
const partRows = 131072

// Traces that are larger than those of the generator.
var (
	wide  = telemetry.TraceID{15: 1}
	wider = telemetry.TraceID{15: 2}
)

// question is what a page asks.
type question struct {
	name, path string
	values     url.Values
}

func questions() []question {
	at := func(d time.Duration) string { return gen.End.Add(-d).Format(time.RFC3339) }
	in := func(d time.Duration, more ...string) url.Values {
		v := url.Values{"from": {at(d)}, "to": {at(0)}}
		for i := 0; i < len(more); i += 2 {
			v.Set(more[i], more[i+1])
		}
		return v
	}
	const all = 72 * time.Hour
	return []question{
		{"newest traces, 1 h", "traces", in(time.Hour)},
		{"slowest traces, 72 h", "traces", in(all, "order", "slowest")},
		{"costliest traces, 72 h", "traces", in(all, "order", "costliest")},
		{"traces by a rare filter, 72 h", "traces", in(all, "q", "model:deepseek-v3 duration:>2s")},
		{"traces of one user, 72 h", "traces", in(all, "q", "user:user-7")},
		{"errors, 24 h", "errors", in(24 * time.Hour)},
		{"errors, 72 h", "errors", in(all)},
		{"compare an hour with a day", "compare", in(24*time.Hour, "selection_from", at(time.Hour))},
		{"compare errors with the rest, logs", "compare", in(24*time.Hour, "signal", "logs", "selection_q", "level:error")},
		{"calls, newest 100", "calls", in(24 * time.Hour)},
		{"trace of 10,000 spans", "traces/" + wide.String(), nil},
		{"trace of 30,000 spans", "traces/" + wider.String(), nil},
	}
}

func main() {
	flag.Parse()
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "pages:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	if *dir == "" {
		return fmt.Errorf("-dir is missing")
	}
	if err := os.MkdirAll(*dir, 0o750); err != nil {
		return err
	}
	fs, err := disk.OpenDir(*dir)
	if err != nil {
		return err
	}
	defer fs.Close()
	if names, err := filepath.Glob(filepath.Join(*dir, "*.parquet")); err != nil || len(names) == 0 {
		if err := generate(ctx, fs); err != nil {
			return err
		}
	}
	engine, err := open(fs)
	if err != nil {
		return err
	}
	a, err := api.New(api.Config{Reader: engine, Now: func() time.Time { return gen.End }})
	if err != nil {
		return err
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
	fmt.Printf("\n| question | kB | median ms | longest | CPU ms |\n|---|---|---|---|---|\n")
	for _, q := range questions() {
		if strings.Contains(q.name, *only) {
			if err := ask(ctx, a, q); err != nil {
				return err
			}
		}
	}
	return nil
}

func ask(ctx context.Context, a http.Handler, q question) error {
	var took []float64
	var cpu time.Duration
	size := 0
	for n := range *rounds + 1 {
		r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/api/v1/"+q.path+"?"+q.values.Encode(), nil)
		r.Header.Set("Accept-Encoding", "gzip")
		w := httptest.NewRecorder()
		t, used := time.Now(), cpuTime()
		a.ServeHTTP(w, r)
		ms := float64(time.Since(t).Microseconds()) / 1000
		if w.Code != http.StatusOK {
			return fmt.Errorf("%s: %d %s", q.name, w.Code, w.Body)
		}
		if size = w.Body.Len(); n > 0 {
			took = append(took, ms)
			cpu += cpuTime() - used
		}
	}
	slices.Sort(took)
	fmt.Printf("| %s | %d | %.0f | %.0f | %d |\n", q.name, size>>10, took[len(took)/2], took[len(took)-1], cpu.Milliseconds()/int64(*rounds))
	return nil
}

// cpuTime is what the process has used, on all cores.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// generate writes the parts as sealing does, and one of the large traces.
func generate(ctx context.Context, fs disk.FS) error {
	g := gen.New(*total)
	m := part.NewMemtable()
	for n := 0; ; n++ {
		m.Reset()
		for m.Rows() < partRows {
			b := g.Batch(min(8192, partRows-m.Rows()))
			if b.Len() == 0 {
				break
			}
			add(m, b)
		}
		if m.Rows() == 0 {
			break
		}
		if _, err := part.Write(ctx, fs, fmt.Sprintf("%06d.parquet", n), m); err != nil {
			return err
		}
	}
	m.Reset()
	addTrace(m, wide, 10_000)
	addTrace(m, wider, 30_000)
	_, err := part.Write(ctx, fs, "traces.parquet", m)
	return err
}

func add(m *part.Memtable, b *telemetry.Batch) {
	for i := range b.Spans {
		m.AddSpan(&b.Spans[i])
	}
	for i := range b.Logs {
		m.AddLog(&b.Logs[i])
	}
}

// addTrace adds a trace of spans like those of the generator, each under one of the three before it. It lies before all others.
func addTrace(m *part.Memtable, id telemetry.TraceID, n int) {
	g, r := gen.New(3*n), rand.New(rand.NewPCG(3, 4))
	begin := gen.Begin.Add(-time.Hour).UnixNano()
	for i := 0; i < n; {
		b := g.Batch(1024)
		for k := range b.Spans {
			if i++; i > n {
				return
			}
			s := &b.Spans[k]
			s.TraceID, s.Time = id, begin+int64(i)*int64(time.Millisecond)
			binary.BigEndian.PutUint64(s.SpanID[:], uint64(i))
			s.ParentID = telemetry.SpanID{}
			if i > 1 {
				binary.BigEndian.PutUint64(s.ParentID[:], uint64(max(1, i-1-r.IntN(3))))
			}
			m.AddSpan(s)
		}
	}
}

func open(fs disk.FS) (*exec.Engine, error) {
	names, err := fs.List(".")
	if err != nil {
		return nil, err
	}
	snap := &exec.Snapshot{}
	for _, n := range names {
		if strings.HasSuffix(n, ".parquet") {
			p, err := part.Open(fs, n)
			if err != nil {
				return nil, err
			}
			snap.Parts = append(snap.Parts, p)
		}
	}
	return exec.New(func() (*exec.Snapshot, func()) { return snap, func() {} }, exec.Options{}), nil
}
