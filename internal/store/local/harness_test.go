package local

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/telltale-dev/telltale/internal/store/local/disk"
	"github.com/telltale-dev/telltale/internal/store/local/disk/disktest"
	"github.com/telltale-dev/telltale/internal/store/local/part"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// testTime is when the records of these tests were made, and testNow, a week later, is now: every hour is over.
var (
	testTime = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	testNow  = testTime.Add(7 * 24 * time.Hour)
)

func testOptions(fsys disk.FS) Options {
	return Options{
		FS: fsys, ManualUpkeep: true, MinFree: -1, Workers: 2, StopSealsFrom: 1 << 30, CompactShare: 1,
		Now: func() time.Time { return testNow },
	}
}

// start opens a store, which must come up by itself.
func start(t testing.TB, o Options) *Store {
	t.Helper()
	s, err := Open(o)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	if err := s.Start(context.Background()); err != nil {
		_ = s.Stop(context.Background())
		t.Fatalf("start: %v", err)
	}
	return s
}

func stop(s *Store) { _ = s.Stop(context.Background()) }

// ledger remembers what a store said of each record.
type ledger struct {
	r     *rand.Rand
	next  uint64
	acked map[uint64]bool
	maybe map[uint64]bool // refused while the power went: either is right
	not   map[uint64]bool // refused
}

func newLedger(seed uint64) *ledger {
	return &ledger{r: rand.New(rand.NewPCG(seed, 1)), acked: map[uint64]bool{}, maybe: map[uint64]bool{}, not: map[uint64]bool{}}
}

// batch makes small records, each with a number of its own in its span id.
func (l *ledger) batch() (*telemetry.Batch, []uint64) {
	b := &telemetry.Batch{}
	var ids []uint64
	event := func() telemetry.Event {
		l.next++
		ids = append(ids, l.next)
		e := telemetry.Event{Time: testTime.UnixNano() + l.r.Int64N(3*3600*1e9), Service: "svc", TraceID: telemetry.TraceID{1, byte(l.next / 7)}}
		binary.BigEndian.PutUint64(e.SpanID[:], l.next)
		return e
	}
	for range 1 + l.r.IntN(4) {
		b.Spans = append(b.Spans, telemetry.Span{Event: event(), Duration: 5})
	}
	for range l.r.IntN(4) {
		b.Logs = append(b.Logs, telemetry.Log{Event: event(), Severity: telemetry.SeverityInfo})
	}
	if l.r.IntN(3) == 0 {
		b.Counts = append(b.Counts, telemetry.Count{Outcome: telemetry.Duplicate, Reason: "sent again", N: 2})
	}
	return b, ids
}

// write sends a batch and notes the answer.
func (l *ledger) write(ctx context.Context, s *Store) error {
	b, ids := l.batch()
	err := s.Write(ctx, b)
	for _, id := range ids {
		switch {
		case err == nil:
			l.acked[id] = true
		case errors.Is(err, disktest.ErrPowerCut):
			l.maybe[id] = true
		default:
			l.not[id] = true
		}
	}
	return err
}

// stored counts how often each record can be read.
func stored(t testing.TB, s *Store) map[uint64]int {
	t.Helper()
	snap, release := s.snapshot()
	defer release()
	d, err := part.NewDecoder()
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	var groups []*part.Group
	for _, p := range snap.Parts {
		groups = append(groups, p.Groups()...)
	}
	for _, m := range snap.Memtables {
		groups = append(groups, m.Group())
	}
	seen := map[uint64]int{}
	id, _ := part.Lookup("span_id")
	for _, g := range groups {
		var c part.Cursor
		c.Open(d, g, id)
		for row := range g.Rows() {
			if err := c.Seek(row); err != nil {
				t.Fatalf("read span ids: %v", err)
			}
			seen[spanNumber(t, c.At(row))]++
		}
	}
	return seen
}

func spanNumber(t testing.TB, v []byte) uint64 {
	t.Helper()
	if len(v) == 8 {
		return binary.BigEndian.Uint64(v)
	}
	id, err := telemetry.ParseSpanID(string(v))
	if err != nil {
		t.Fatal(err)
	}
	return binary.BigEndian.Uint64(id[:])
}

// check compares a store with what was promised. gone is how many acknowledged records may be missing, if the books own up
// to them.
func (l *ledger) check(t testing.TB, s *Store, gone int64) {
	t.Helper()
	seen := stored(t, s)
	missing := int64(0)
	for _, id := range slices.Sorted(maps.Keys(l.acked)) {
		switch seen[id] {
		case 0:
			if missing++; missing > gone {
				t.Errorf("record %d was acknowledged and is not there", id)
			}
		case 1:
		default:
			t.Errorf("record %d is there %d times", id, seen[id])
		}
	}
	for id, n := range seen {
		if n > 1 || !l.acked[id] && !l.maybe[id] {
			t.Errorf("record %d is there %d times, and was refused", id, n)
		}
	}
	l.checkBooks(t, s, int64(len(seen)), missing)
}

func (l *ledger) checkBooks(t testing.TB, s *Store, readable, missing int64) {
	t.Helper()
	b := s.books()
	if n := b.Imbalance(); n != 0 {
		t.Errorf("the books are out of balance by %d: %+v", n, b)
	}
	if n := b.Stored[0] + b.Stored[1]; n != readable {
		t.Errorf("the books say that %d records are stored, %d can be read", n, readable)
	}
	away := b.Total(telemetry.Quarantined) + b.Total(telemetry.Expired) + b.Total(telemetry.Sampled)
	if missing > away {
		t.Errorf("%d acknowledged records are missing, the books own up to %d", missing, away)
	}
}

// exercise is a random life of a store: writes, seals, compactions.
func (l *ledger) exercise(ctx context.Context, s *Store, steps int) {
	for range steps {
		switch l.r.IntN(10) {
		case 0:
			_ = s.Seal(ctx)
		case 1:
			_ = s.Upkeep(ctx)
		case 2:
			_ = s.settle(0)
		default:
			_ = l.write(ctx, s)
		}
	}
}

func (l *ledger) String() string {
	return fmt.Sprintf("%d acknowledged, %d refused, %d uncertain", len(l.acked), len(l.not), len(l.maybe))
}
