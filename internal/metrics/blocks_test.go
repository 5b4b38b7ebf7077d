package metrics

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"
)

// twoBlocks makes a folder with a block of x=1 six hours ago and one of x=2 three hours ago, and returns their folders.
func twoBlocks(t *testing.T) (dir string, paths []string, at []time.Time) {
	t.Helper()
	dir = t.TempDir()
	for i, ago := range []time.Duration{6 * time.Hour, 3 * time.Hour} {
		from := time.Now().Add(-ago).Truncate(time.Minute)
		var series []storage.Series
		for n := range 50 {
			var samples []promql.FPoint
			for j := range 200 {
				samples = append(samples, promql.FPoint{T: from.Add(time.Duration(j) * 10 * time.Second).UnixMilli(), F: float64(i + 1)})
			}
			series = append(series, promql.NewStorageSeries(promql.Series{
				Metric: labels.FromStrings("__name__", "x", "n", fmt.Sprint(n)), Floats: samples,
			}))
		}
		path, err := tsdb.CreateBlock(series, dir, 0, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		paths, at = append(paths, path), append(at, from.Add(10*time.Minute))
	}
	return dir, paths, at
}

func change(t *testing.T, path string, f func([]byte) []byte) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, f(slices.Clone(b)), 0o600); err != nil {
		t.Fatal(err)
	}
}

func flip(from, to int) func([]byte) []byte {
	return func(b []byte) []byte {
		for i := from; i < min(to, len(b)); i++ {
			b[i] ^= 0xff
		}
		return b
	}
}

func count(t *testing.T, s *Server, at time.Time) (int, error) {
	t.Helper()
	got, err := s.Query(t.Context(), "x", at)
	return len(got.Series), err
}

func TestDamagedBlockIsSetAsideAtStart(t *testing.T) {
	for name, damage := range map[string]func(t *testing.T, block string){
		"index cut":     func(t *testing.T, b string) { change(t, b+"/index", func(in []byte) []byte { return in[:len(in)/2] }) },
		"index empty":   func(t *testing.T, b string) { change(t, b+"/index", func([]byte) []byte { return nil }) },
		"no meta":       func(t *testing.T, b string) { remove(t, b+"/meta.json") },
		"meta is wrong": func(t *testing.T, b string) { change(t, b+"/meta.json", func([]byte) []byte { return []byte("{") }) },
		"chunks head":   func(t *testing.T, b string) { change(t, b+"/chunks/000001", flip(0, 8)) },
		"no chunks":     func(t *testing.T, b string) { remove(t, b+"/chunks") },
	} {
		t.Run(name, func(t *testing.T) {
			dir, paths, at := twoBlocks(t)
			damage(t, paths[0])
			s := start(t, func(o *Options) { o.Dir = dir })
			err := s.Health(t.Context())
			if !errors.Is(err, ErrDegraded) || !strings.Contains(err.Error(), filepath.Base(paths[0])) {
				t.Errorf("health: %v", err)
			}
			if n, err := count(t, s, at[0]); n != 0 || err != nil {
				t.Errorf("of the damaged: %d, %v", n, err)
			}
			if n, err := count(t, s, at[1]); n != 50 || err != nil {
				t.Errorf("of the other: %d, %v", n, err)
			}
			aside := s.Status(t.Context()).Storage.Aside
			if len(aside) != 1 || aside[0].Block != filepath.Base(paths[0]) || aside[0].Reason == "" {
				t.Errorf("%+v", aside)
			}
			remove(t, filepath.Join(dir, quarantineDir, aside[0].Block))
			if err := s.Health(t.Context()); err != nil {
				t.Errorf("after it was removed: %v", err)
			}
		})
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
}

func TestDamageMetByAQueryIsSetAside(t *testing.T) {
	for name, damage := range map[string]func(*testing.T, string){
		"chunks": func(t *testing.T, b string) { change(t, b+"/chunks/000001", flip(100, 400)) },
		"series": func(t *testing.T, b string) { // between the symbols and the postings
			change(t, b+"/index", func(in []byte) []byte { return flip(len(in)/4, len(in)/4+200)(in) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir, paths, at := twoBlocks(t)
			damage(t, paths[0])
			s := start(t, func(o *Options) { o.Dir = dir })
			deadline := time.Now().Add(time.Minute)
			for s.Health(t.Context()) == nil {
				_, _ = count(t, s, at[0]) // an error until it is set aside
				if time.Now().After(deadline) {
					t.Fatal("the damage was not seen")
				}
				time.Sleep(10 * time.Millisecond)
			}
			if n, err := count(t, s, at[0]); n != 0 || err != nil {
				t.Errorf("of the damaged: %d, %v", n, err)
			}
			if n, err := count(t, s, at[1]); n != 50 || err != nil {
				t.Errorf("of the other: %d, %v", n, err)
			}
			kept, err := os.ReadDir(filepath.Join(dir, quarantineDir, filepath.Base(paths[0])))
			if err != nil || len(kept) < 4 {
				t.Errorf("%v, %v", kept, err)
			}
			all := s.blocks.toDelete(slices.Clone(s.db.Blocks()))
			if len(all) != 1 {
				t.Errorf("the TSDB is told to unload %v", all)
			}
		})
	}
}

func TestDamagedLogIsRepaired(t *testing.T) {
	for name, damage := range map[string]func([]byte) []byte{
		"torn":    func(b []byte) []byte { return b[:len(b)-7] },
		"flipped": func(b []byte) []byte { return flip(len(b)*3/4, len(b)*3/4+20)(b) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := start(t, func(o *Options) { o.Dir, o.Interval = dir, time.Hour })
			now := time.Now()
			for i := range 1000 {
				write(t, s, labels.FromStrings("__name__", "x"), Point{now.UnixMilli() + int64(i), float64(i)})
			}
			if err := s.Stop(t.Context()); err != nil {
				t.Fatal(err)
			}
			segments, err := filepath.Glob(dir + "/wal/0*")
			if err != nil || len(segments) == 0 {
				t.Fatal(segments, err)
			}
			change(t, segments[0], func(b []byte) []byte {
				end := len(b)
				for end > 0 && b[end-1] == 0 { // pages are filled up
					end--
				}
				return damage(b[:end])
			})
			s = start(t, func(o *Options) { o.Dir, o.Interval = dir, time.Hour })
			got, err := s.Query(t.Context(), "count_over_time(x[1h])", now.Add(time.Minute))
			if err != nil || len(got.Series) != 1 || got.Series[0].Points[0].V < 500 {
				t.Errorf("%+v, %v", got, err)
			}
			if r := s.Status(t.Context()).Storage.Repairs; len(r) == 0 || r[0].Message == "" {
				t.Errorf("no word of the repair: %+v", r)
			}
			at := now.Add(time.Minute).UnixMilli()
			write(t, s, labels.FromStrings("__name__", "after"), Point{at, 1})
			if err := s.Stop(t.Context()); err != nil {
				t.Fatal(err)
			}
			s = start(t, func(o *Options) { o.Dir, o.Interval = dir, time.Hour })
			if got, err := s.Query(t.Context(), "after", time.UnixMilli(at)); err != nil || len(got.Series) != 1 {
				t.Errorf("what came after the repair: %+v, %v", got, err)
			}
		})
	}
}

func TestDamagedHeadChunksAreMadeAgain(t *testing.T) {
	dir := t.TempDir()
	opts := func(o *Options) { o.Dir, o.Interval = dir, time.Hour }
	s := start(t, opts)
	now := time.Now()
	for i := range 2000 { // chunks have 120 samples; full ones are written out
		write(t, s, labels.FromStrings("__name__", "x"), Point{now.UnixMilli() + int64(i), float64(i)})
	}
	s.db.ForceHeadMMap()
	if err := s.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(dir + "/chunks_head/0*")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	change(t, files[0], flip(100, 500))
	s = start(t, opts)
	got, err := s.Query(t.Context(), "count_over_time(x[1h])", now.Add(time.Minute))
	if err != nil || len(got.Series) != 1 || got.Series[0].Points[0].V != 2000 {
		t.Errorf("%+v, %v", got, err)
	}
	if r := s.Status(t.Context()).Storage.Repairs; len(r) == 0 {
		t.Error("no word of the repair")
	}
}

func TestRetention(t *testing.T) {
	for name, set := range map[string]func(*Options){
		"by time": func(o *Options) { o.MaxAge = 2 * time.Hour },
		"by size": func(o *Options) { o.MaxBytes = 1 },
	} {
		t.Run(name, func(t *testing.T) {
			dir, _, at := twoBlocks(t)
			s := start(t, func(o *Options) { o.Dir = dir; o.Registry = prometheus.NewRegistry(); o.Interval = time.Hour; set(o) })
			gone := s.blocks.toDelete(slices.Clone(s.db.Blocks()))
			first := slices.MinFunc(s.db.Blocks(), func(a, b *tsdb.Block) int { return int(a.MinTime() - b.MinTime()) })
			if _, ok := gone[first.Meta().ULID]; !ok {
				t.Errorf("%v of %v goes, the oldest block stays; asked at %v", gone, s.db.Blocks(), at)
			}
		})
	}
}
