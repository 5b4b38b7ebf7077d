package local

import (
	"log/slog"
	"runtime"
	"time"

	"github.com/telltale-dev/telltale/internal/store/local/disk"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// Options of a store. Zero values are replaced by those named.
type Options struct {
	Dir string  // data folder: made if need be, and locked against other processes
	FS  disk.FS // in place of Dir

	SealBytes int64         // a memtable is sealed at this size: 48 MiB
	SealRows  int           // or at this many rows: 131072
	SealAge   time.Duration // or this long after its first row: 10 minutes

	Retention      time.Duration // parts whose newest record is older are removed: 0 is never
	RetentionBytes int64         // the oldest parts beyond this size are removed: 0 is never
	Sampling       Sampling

	MaxPartRows   int     // compaction makes no larger parts: 2 million
	CompactShare  float64 // of a core that compaction takes while there are writes or queries: 0.3
	MinFree       int64   // writes are refused when less of the disk is free: 128 MiB; -1 is never
	Workers       int     // goroutines that read for queries: one a core
	ManualUpkeep  bool    // nothing is sealed, compacted or removed unless Seal and Upkeep are called
	StopSealsFrom int     // Stop seals memtables of this many rows; fewer are left to the log: 4096

	Follower Follower // nil is none

	Logger *slog.Logger
	Now    func() time.Time
}

// Follower is told every durable batch once, in the order of the log, if it keeps what it makes of them with the number of
// the last: after a crash it is told again what came since.
type Follower interface {
	// Kept is the number of the last batch that need not be told again. It never gets smaller. The log is not cut after it.
	Kept() uint64
	// Follow is called for each batch before its Write returns, and at the start for those after Kept, by one goroutine at a
	// time. It keeps nothing of the batch.
	Follow(seq uint64, b *telemetry.Batch)
	// CaughtUp is called once, when the start has told all there is. The last batch has the number end.
	CaughtUp(end uint64)
}

// Sampling says which traces compaction leaves out. The zero value keeps everything. Traces with an error are always kept.
type Sampling struct {
	Drop   float64       // share of ordinary traces to leave out, 0 to 1; which, their id decides
	Slow   time.Duration // traces with a span as long are kept: 0 keeps none for it
	Costly int64         // pico-USD; traces that cost as much are kept: 0 keeps none for it
	Idle   time.Duration // how long a trace must have been silent: 10 minutes
}

func (o *Options) fill() {
	setDefault(&o.SealBytes, 48<<20)
	setDefault(&o.SealRows, 131072)
	setDefault(&o.SealAge, 10*time.Minute)
	setDefault(&o.MaxPartRows, 2_000_000)
	setDefault(&o.CompactShare, 0.3)
	setDefault(&o.MinFree, 128<<20)
	setDefault(&o.Workers, runtime.GOMAXPROCS(0))
	setDefault(&o.StopSealsFrom, 4096)
	setDefault(&o.Sampling.Idle, 10*time.Minute)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
}

func setDefault[T int | int64 | float64 | time.Duration](v *T, d T) {
	if *v == 0 {
		*v = d
	}
}
