package local

import (
	"context"
	"errors"
	"path"
	"strings"
	"sync"
	"testing"

	"github.com/telltale-dev/telltale/internal/store/local/disk/disktest"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// image is a small store that was stopped, with all kinds of files in use.
type image struct {
	fsys *disktest.FS
	*ledger
	last map[uint64]bool // records of the last batch of the log
}

// images are stores whose last manifest came of different steps: each kind leaves other files to the older manifest.
func images(t *testing.T) map[string]*image {
	t.Helper()
	ctx := context.Background()
	all := map[string]*image{}
	for _, last := range []string{"seal", "compaction"} {
		im := &image{fsys: disktest.New(), ledger: newLedger(3), last: map[uint64]bool{}}
		s := start(t, testOptions(im.fsys))
		for range 3 {
			im.mustWrite(ctx, t, s)
			mustSeal(t, s)
		}
		if last == "seal" {
			mustUpkeep(t, s)
		}
		im.mustWrite(ctx, t, s)
		s.applyMu.Lock()
		s.hotMu.Lock()
		s.rotate() // as under load: batches come in while one is sealed
		s.hotMu.Unlock()
		s.applyMu.Unlock()
		im.mustWrite(ctx, t, s)
		s.sealMu.Lock()
		if err := s.sealOne(ctx); err != nil {
			t.Fatal(err)
		}
		s.sealMu.Unlock()
		if last == "compaction" {
			mustUpkeep(t, s)
		}
		before := im.next
		im.mustWrite(ctx, t, s)
		for id := before + 1; id <= im.next; id++ {
			im.last[id] = true
		}
		stop(s)
		all[last] = im
	}
	return all
}

func (im *image) mustWrite(ctx context.Context, t *testing.T, s *Store) {
	t.Helper()
	if err := im.write(ctx, s); err != nil {
		t.Fatal(err)
	}
}

// survives starts a store over damaged files and checks that what it lost is told: all of it in the books, or it was the
// last batch, which looks as if the power had gone while it was written. Where the end of the log was cut off, what
// followed is lost untold, and nothing before it.
func (im *image) survives(t *testing.T, fsys *disktest.FS, file string, cutOff bool) {
	t.Helper()
	ctx := context.Background()
	s := start(t, testOptions(fsys))
	defer func() { stop(s) }()
	for _, name := range partNames(s) { // as a query does
		if err := s.examine(ctx, name); err != nil {
			t.Fatalf("set aside: %v", err)
		}
	}
	seen := stored(t, s)
	missing, lastOnly, first, newest := int64(0), true, uint64(1<<62), uint64(0)
	for id := range im.acked {
		if seen[id] == 0 {
			missing++
			lastOnly = lastOnly && im.last[id]
			first = min(first, id)
		} else {
			newest = max(newest, id)
		}
		if seen[id] > 1 {
			t.Errorf("record %d is there %d times", id, seen[id])
		}
	}
	b := s.books()
	if b.Imbalance() != 0 {
		t.Errorf("the books are out of balance: %+v", b)
	}
	away := b.Total(telemetry.Quarantined)
	if cutOff && missing > 0 && away == 0 {
		lastOnly = first > newest
	}
	if missing != away && (!lastOnly || away != 0) {
		t.Errorf("%d records are missing, the books own up to %d", missing, away)
	}
	if away > 0 && !errors.Is(s.Health(ctx), ErrDegraded) {
		t.Errorf("records were set aside, and Health says %v", s.Health(ctx))
	}
	if missing > 0 && (strings.HasPrefix(file, "manifest") || strings.HasSuffix(file, ".idx")) {
		t.Errorf("%d records are missing, which did not need to be", missing)
	}
	if err := s.Write(ctx, &telemetry.Batch{Logs: []telemetry.Log{{}}}); err != nil {
		t.Errorf("write: %v", err)
	}
}

func partNames(s *Store) []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var names []string
	for n := range s.parts {
		names = append(names, n)
	}
	return names
}

// Every byte of the log and the manifests, and every few of the parts, is flipped, and every file cut there.
func TestDamageIsToldAndTheRestServed(t *testing.T) {
	for last, im := range images(t) {
		t.Run("after a "+last, im.damageEach)
	}
}

func (im *image) damageEach(t *testing.T) {
	names := im.fsys.Names()
	last := names[len(names)-1] // segment of the log
	for _, name := range names {
		size := len(im.fsys.ReadFile(name))
		t.Logf("%s: %d bytes", name, size)
		step := 1
		if path.Dir(name) == partsDir {
			step = 83
		}
		if testing.Short() {
			step *= 11
		}
		var wg sync.WaitGroup
		for worker := range 2 {
			wg.Go(func() {
				for off := worker * step; off < size && !t.Failed(); off += 2 * step {
					flipped := im.fsys.Clone()
					flipped.Flip(name, off, 1<<(off%8))
					im.survives(t, flipped, name, false)
					cut := im.fsys.Clone()
					cut.Cut(name, off)
					im.survives(t, cut, name, name == last)
					if t.Failed() {
						t.Errorf("that was byte %d of %s", off, name)
					}
				}
			})
		}
		wg.Wait()
		if t.Failed() {
			return
		}
	}
}

// Every file is lost in turn.
func TestLostFiles(t *testing.T) {
	for last, im := range images(t) {
		t.Run("after a "+last, im.loseEach)
	}
}

func (im *image) loseEach(t *testing.T) {
	names := im.fsys.Names()
	last := names[len(names)-1] // segment of the log
	for _, name := range names {
		lost := im.fsys.Clone()
		lost.Lose(name)
		im.survives(t, lost, name, name == last)
		if t.Failed() {
			t.Fatalf("that was %s", name)
		}
	}
}

func TestRemainsAreNotTakenForAnEmptyStore(t *testing.T) {
	im := images(t)["seal"]
	for _, damage := range []func(fsys *disktest.FS, name string){
		func(fsys *disktest.FS, name string) { fsys.Lose(name) },
		func(fsys *disktest.FS, name string) { fsys.Flip(name, 100, 1) },
	} {
		fsys := im.fsys.Clone()
		for _, name := range manifestSlots {
			damage(fsys, name)
		}
		s, err := Open(testOptions(fsys))
		if err != nil {
			t.Fatal(err)
		}
		err = s.Start(context.Background())
		if err == nil || !strings.Contains(err.Error(), "backup") {
			t.Errorf("without any manifest: %v, want a refusal that says what to do", err)
		}
		stop(s)
	}
}

// What a start remembers of the last hour it reads around a damaged part, which is set aside.
func TestRecentGoesOnWithoutDamagedParts(t *testing.T) {
	ctx := context.Background()
	fsys := disktest.New()
	l := newLedger(7)
	s := start(t, testOptions(fsys))
	for range 3 {
		if err := l.write(ctx, s); err != nil {
			t.Fatal(err)
		}
		mustSeal(t, s)
	}
	victim := partNames(s)[0]
	stop(s)
	fsys.Damage(victim, func(b []byte) []byte {
		for i := 4; i < len(b)/3; i++ {
			b[i] ^= 0x55
		}
		return b
	})
	s = start(t, testOptions(fsys))
	defer func() { stop(s) }()
	known := map[telemetry.SpanID]bool{}
	for id, err := range s.Recent(ctx, 0) {
		if err != nil {
			t.Fatalf("recent: %v", err)
		}
		known[id.SpanID] = true
	}
	b := s.books()
	if b.Total(telemetry.Quarantined) == 0 || !errors.Is(s.Health(ctx), ErrDegraded) {
		t.Errorf("nothing was set aside: %+v, %v", b, s.Health(ctx))
	}
	for sp, err := range s.Spans(ctx, &telemetry.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		if !known[sp.SpanID] {
			t.Errorf("span %s is readable, and was not recalled", sp.SpanID)
		}
	}
	l.check(t, s, b.Total(telemetry.Quarantined))
}

// A part that turns out to be damaged while it is merged is set aside, and the others are merged.
func TestCompactionSetsDamagedPartsAside(t *testing.T) {
	ctx := context.Background()
	fsys := disktest.New()
	l := newLedger(5)
	s := start(t, testOptions(fsys))
	defer func() { stop(s) }()
	for range 4 {
		_ = l.write(ctx, s)
		if err := s.Seal(ctx); err != nil {
			t.Fatal(err)
		}
	}
	victim := partNames(s)[1]
	fsys.Damage(victim, func(b []byte) []byte {
		for i := 4; i < len(b)/3; i++ {
			b[i] ^= 0x55
		}
		return b
	})
	if err := s.Upkeep(ctx); err != nil {
		t.Fatal(err)
	}
	b := s.books()
	if b.Imbalance() != 0 || b.Total(telemetry.Quarantined) == 0 {
		t.Errorf("books after a damaged part: %+v", b)
	}
	if n := len(partNames(s)); n != 1 {
		t.Errorf("%d parts are left, want the other three in one", n)
	}
	if fsys.ReadFile(path.Join(quarantineDir, path.Base(victim))) == nil {
		t.Error("the damaged part is not in the quarantine")
	}
	l.check(t, s, b.Total(telemetry.Quarantined))
}
