package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
)

const step = 15 * time.Second

// series are what services say of themselves: for each instance a counter by route and status, and a histogram by route.
func series(n int) []labels.Labels {
	var list []labels.Labels
	buckets := []string{"0.005", "0.025", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "+Inf"}
	for instance := 0; len(list) < n; instance++ {
		for route := range 10 {
			base := []string{"job", "service-" + strconv.Itoa(instance%7), "instance", "10.0.0." + strconv.Itoa(instance) + ":8000", "path", "/v1/route-" + strconv.Itoa(route)}
			for _, status := range []string{"200", "400", "429", "500"} {
				list = append(list, labels.FromStrings(append(base, "__name__", "http_requests_total", "status", status)...))
			}
			for _, le := range buckets {
				list = append(list, labels.FromStrings(append(base, "__name__", "http_request_duration_seconds_bucket", "le", le)...))
			}
			list = append(list, labels.FromStrings(append(base, "__name__", "http_request_duration_seconds_sum")...),
				labels.FromStrings(append(base, "__name__", "http_request_duration_seconds_count")...))
		}
	}
	return list[:n]
}

func openDB(dir string) (*tsdb.DB, error) {
	o := tsdb.DefaultOptions()
	o.FloatChunkEncoding = chunkenc.EncXOR
	o.RetentionDuration = (15 * 24 * time.Hour).Milliseconds()
	return tsdb.Open(dir, slog.New(slog.DiscardHandler), nil, o, nil)
}

// stale is how old the newest sample may be. Queries are asked for its time; but what the servers write of themselves comes
// long after it then, and with three hours in the head they would compact while they are measured.
const stale = 30 * time.Minute

// untilFile says of when the newest sample is, and that the folder is ours to remove.
const untilFile = "until"

// fill writes the data, unless there is some that is new enough.
func fill(ctx context.Context, o *options) error {
	dir, until := filepath.Join(o.dir, "tsdb"), filepath.Join(o.dir, untilFile)
	text, err := os.ReadFile(until)
	if err == nil {
		end, err := time.Parse(time.RFC3339, string(text))
		if err != nil {
			return fmt.Errorf("%s: %w", until, err)
		}
		if o.end = end; time.Since(end) < stale {
			return nil
		}
		fmt.Printf("the data in %s ends at %s: writing it again\n", o.dir, text)
		if err := errors.Join(os.RemoveAll(dir), os.Remove(until)); err != nil {
			return err
		}
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		return errors.Join(err, fmt.Errorf("%s: there is data of which nobody says how old it is; remove it", dir))
	}
	o.end = time.Now().Truncate(step)
	if err := write(ctx, o, dir, o.end); err != nil {
		return err
	}
	return os.WriteFile(until, []byte(o.end.Format(time.RFC3339)), 0o600)
}

// write makes blocks of two hours, and the newest hours in the head and its log, as a server leaves them.
func write(ctx context.Context, o *options, dir string, end time.Time) (err error) {
	began := time.Now()
	db, err := openDB(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.DisableCompactions()
	list := series(o.series)
	refs, values := make([]storage.SeriesRef, len(list)), make([]float64, len(list))
	random := rand.New(rand.NewPCG(1, 2))
	steps := 0
	for at := end.Add(-o.span); !at.After(end) && ctx.Err() == nil; at = at.Add(step) {
		app := db.Appender(ctx)
		for i := range list {
			values[i] += float64(random.IntN(20))
			if refs[i], err = app.Append(refs[i], list[i], at.UnixMilli(), values[i]); err != nil {
				return err
			}
		}
		if err := app.Commit(); err != nil {
			return err
		}
		if steps++; steps%240 == 0 { // an hour
			if err := db.Compact(ctx); err != nil {
				return err
			}
		}
	}
	fmt.Printf("wrote %d series, %d samples each, in %v: %d blocks\n", len(list), steps, time.Since(began).Round(time.Second), len(db.Blocks()))
	return ctx.Err()
}

// copyData copies the data for one server, which changes what it opens.
func copyData(o *options, to string) error {
	from := filepath.Join(o.dir, "tsdb")
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		target := filepath.Join(to, strings.TrimPrefix(path, from))
		if d.IsDir() {
			return os.MkdirAll(target, 0o750)
		}
		return copyFile(path, target)
	})
}

func copyFile(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	_, err = io.Copy(out, in)
	return err
}
