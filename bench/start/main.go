// Command start measures how long the real binary takes from its start until it is ready: over an empty store, over one that
// was stopped, and over one whose process was killed, so that its newest events have to be read from the log; and what
// memory it holds then. It needs Linux.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/telltale-dev/telltale/bench/server"
	"github.com/telltale-dev/telltale/bench/store/gen"
	"github.com/telltale-dev/telltale/internal/store/local"
)

type options struct {
	binary string
	dir    string
	events int
	rounds int
	settle time.Duration
}

func main() {
	var o options
	flag.StringVar(&o.binary, "binary", "../bin/telltale", "server")
	flag.StringVar(&o.dir, "dir", "", "data folder, filled if it does not exist; default: a temporary one, removed at the end")
	flag.IntVar(&o.events, "n", 5_000_000, "events it is filled with")
	flag.IntVar(&o.rounds, "rounds", 5, "starts of each kind; medians are reported")
	flag.DurationVar(&o.settle, "settle", 2*time.Second, "from ready until memory is read")
	flag.Parse()
	signal.Ignore(syscall.SIGPIPE) // `| head` must not leave servers behind
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, &o); err != nil {
		fmt.Fprintln(os.Stderr, "start:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o *options) (err error) {
	temp, err := os.MkdirTemp("", "telltale-start-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
	if o.dir == "" {
		o.dir = filepath.Join(temp, "full")
	}
	if _, err := os.Stat(o.dir); errors.Is(err, os.ErrNotExist) {
		if err := fill(ctx, o.dir, o.events); err != nil {
			return err
		}
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "start\tms until ready\tlongest\tidle RSS MB")
	for i := range o.rounds {
		if err := os.Mkdir(filepath.Join(temp, fmt.Sprint("empty", i)), 0o700); err != nil {
			return err
		}
	}
	kinds := []struct {
		name string
		dir  func(round int) string
		end  func(*server.Process) error
	}{
		{"empty store", func(i int) string { return filepath.Join(temp, fmt.Sprint("empty", i)) }, (*server.Process).Stop},
		{fmt.Sprintf("%d events, killed before", o.events), func(int) string { return o.dir }, (*server.Process).Kill},
		{fmt.Sprintf("%d events, stopped before", o.events), func(int) string { return o.dir }, (*server.Process).Stop},
	}
	for i, kind := range kinds {
		if i == 2 { // until what the log holds is sealed
			if _, _, err := once(ctx, o, o.dir, sealTakes, (*server.Process).Stop); err != nil {
				return err
			}
		}
		var took []time.Duration
		var rss []int64
		for round := range o.rounds {
			t, memory, err := once(ctx, o, kind.dir(round), o.settle, kind.end)
			if err != nil {
				return err
			}
			took, rss = append(took, t), append(rss, memory)
		}
		slices.Sort(took)
		slices.Sort(rss)
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\n", kind.name, took[len(took)/2].Milliseconds(), took[len(took)-1].Milliseconds(), rss[len(rss)/2]>>20)
	}
	return w.Flush()
}

// sealTakes is more than a server needs to seal what it found in the log.
const sealTakes = 20 * time.Second

// once starts a server, waits, and ends it.
func once(ctx context.Context, o *options, dir string, settle time.Duration, end func(*server.Process) error) (time.Duration, int64, error) {
	s, err := server.Start(ctx, server.Options{
		Binary: o.binary, Data: dir, Env: []string{"TELLTALE_STORE_MAX_AGE=0s"}, Log: os.Stderr, // the events are as old as the generator says
	})
	if err != nil {
		return 0, 0, err
	}
	time.Sleep(settle)
	u, err := s.Usage()
	return s.Took, u.RSS, errors.Join(err, end(s))
}

const batchEvents = 8000

// fill writes events through the store's own interface, and leaves the newest to the log, as a process does that is killed.
func fill(ctx context.Context, dir string, events int) error {
	began := time.Now()
	s, err := local.Open(local.Options{
		Dir: dir, Now: func() time.Time { return gen.End.Add(time.Since(began)) }, SealAge: time.Hour, StopSealsFrom: events + 1,
	})
	if err != nil {
		return err
	}
	if err := s.Start(ctx); err != nil {
		return err
	}
	g := gen.New(events)
	for n := 0; n < events && ctx.Err() == nil; n += batchEvents {
		if err := s.Write(ctx, g.Batch(batchEvents)); err != nil {
			return errors.Join(err, s.Stop(ctx))
		}
	}
	st := s.Status()
	fmt.Printf("wrote %d events in %v: %d parts, %d MB, %d rows left to the log\n", events, time.Since(began).Round(time.Second), st.Parts, st.Bytes>>20, st.HotRows)
	return errors.Join(ctx.Err(), s.Stop(ctx))
}
