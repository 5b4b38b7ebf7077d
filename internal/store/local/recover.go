package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/telltale-dev/telltale/internal/store/local/part"
	"github.com/telltale-dev/telltale/internal/store/local/wal"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// recover makes the store what it was when the last process ended.
func (s *Store) recover(ctx context.Context) error {
	began := time.Now()
	for _, dir := range []string{walDir, partsDir, quarantineDir} {
		if err := s.fs.MkdirAll(dir); err != nil {
			return fmt.Errorf("the data folder cannot be written: %w", err)
		}
	}
	if err := s.fs.SyncDir("."); err != nil {
		return fmt.Errorf("sync data folder: %w", err)
	}
	log, err := wal.Open(s.fs, walDir, wal.Options{Apply: s.apply, Logger: s.opts.Logger})
	if err != nil {
		return err
	}
	s.wal = log
	older, err := s.loadManifest()
	if err != nil {
		return err
	}
	bad, err := s.openParts(ctx)
	if err != nil {
		return err
	}
	if err := s.sweep(older); err != nil {
		return err
	}
	report, err := s.replay(ctx)
	if err != nil {
		return err
	}
	s.checkDisk()
	s.recallQuarantine()
	if err := s.wal.Start(); err != nil {
		return err
	}
	for _, b := range bad {
		if err := s.quarantinePart(b.name, b.err); err != nil {
			return err
		}
	}
	s.progress.recovery = Recovery{
		Took: time.Since(began), Parts: len(s.parts), Frames: report.Frames, Rows: s.active.mem.Rows(),
		TornBytes: report.Torn, Damaged: len(report.Damage) + len(bad),
	}
	s.opts.Logger.Info("store recovered", "took", time.Since(began).Round(time.Millisecond).String(), "parts", len(s.parts),
		"rows_from_log", s.active.mem.Rows(), "torn_bytes", report.Torn, "damaged", s.progress.recovery.Damaged)
	if !s.active.empty() && len(s.active.damaged) > 0 {
		s.hotMu.Lock()
		s.rotate() // so that the damage is in the books for good, and its segment gone
		s.hotMu.Unlock()
	}
	return nil
}

// loadManifest finds the newer manifest, and returns the older one, nil if there is none.
func (s *Store) loadManifest() (older *manifest, err error) {
	var found [2]*manifest
	var damaged [2]error
	for i, name := range manifestSlots {
		found[i], damaged[i] = s.readManifest(name)
	}
	newest := -1
	for i, m := range found {
		if m != nil && (newest < 0 || m.Generation > found[newest].Generation) {
			newest = i
		}
	}
	if newest < 0 {
		return nil, s.firstManifest(damaged)
	}
	s.manifest, s.slot = found[newest], newest
	other := 1 - newest
	s.older = s.manifest.Sealed.Seq
	if m := found[other]; m != nil {
		s.older = m.Sealed.Seq
	}
	if err := damaged[other]; err != nil {
		s.manifest.Generation += 2 // the damaged one may have been newer
		s.setAside(manifestSlots[other], Quarantined{Reason: err.Error()})
	}
	s.nextPart.Store(s.manifest.NextPart)
	return found[other], nil
}

// readManifest reads a slot: nothing, a manifest, or an error that means damage.
func (s *Store) readManifest(name string) (*manifest, error) {
	var m *manifest
	err := retry(func() (err error) {
		m, err = readManifest(s.fs, name)
		return err
	})
	if errors.Is(err, errNoManifest) {
		return nil, nil
	}
	return m, err
}

// retry tries a read three times: a passing error of a disk must not cost data.
func retry(read func() error) error {
	var err error
	for range 3 {
		if err = read(); err == nil || errors.Is(err, fs.ErrNotExist) || errors.Is(err, errNoManifest) {
			return err
		}
	}
	return err
}

// firstManifest begins a store, unless there was one: to take its remains for nothing would lose it.
func (s *Store) firstManifest(damaged [2]error) error {
	const hint = "restore manifest-0 and manifest-1 from a backup, or move the data folder away to begin a new one"
	if err := errors.Join(damaged[0], damaged[1]); err != nil {
		return fmt.Errorf("no manifest can be read, %s: %w", hint, err)
	}
	names, err := s.fs.List(partsDir)
	if err != nil {
		return fmt.Errorf("list parts: %w", err)
	}
	if len(names) > 0 || !s.wal.Empty() {
		return fmt.Errorf("there are %d files in %s/ and the write-ahead log, but no manifest: %s", len(names), partsDir, hint)
	}
	s.manifest = &manifest{Generation: 1, Parts: []storedPart{}, Books: []bookEntry{}}
	s.slot = 0
	return writeManifest(s.fs, manifestSlots[0], s.manifest)
}

type badPart struct {
	name string
	err  error
}

// openParts opens all parts of the manifest, and returns those that cannot be.
func (s *Store) openParts(ctx context.Context) ([]badPart, error) {
	opened := make([]*part.Part, len(s.manifest.Parts))
	errs := make([]error, len(opened))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(max(2, s.opts.Workers))
	for i := range opened {
		g.Go(func() error {
			errs[i] = retry(func() (err error) {
				opened[i], err = part.Open(s.fs, s.manifest.Parts[i].Name)
				return err
			})
			return gctx.Err()
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	var bad []badPart
	for i, p := range opened {
		name := s.manifest.Parts[i].Name
		switch {
		case errs[i] != nil:
			bad = append(bad, badPart{name, errs[i]})
		case p.Meta().Spans != s.manifest.Parts[i].Spans || p.Meta().Logs != s.manifest.Parts[i].Logs:
			_ = p.Close()
			bad = append(bad, badPart{name, errors.New("it holds other rows than the manifest says")})
		default:
			s.parts[name] = p
		}
	}
	return bad, nil
}

// sweep removes files that no manifest names: parts that were being written when the process ended.
func (s *Store) sweep(older *manifest) error {
	names, err := s.fs.List(partsDir)
	if err != nil {
		return fmt.Errorf("list parts: %w", err)
	}
	_ = s.fs.Remove(manifestTemp)
	for _, n := range names {
		name := strings.TrimSuffix(path.Join(partsDir, n), ".idx")
		switch {
		case s.manifest.find(name) >= 0:
		case slices.ContainsFunc(s.manifest.Quarantine, func(q Quarantined) bool { return q.Origin == name }):
			s.moveAside(path.Join(partsDir, n))
		case older != nil && older.find(name) >= 0:
			if !strings.HasSuffix(n, ".idx") {
				s.obsolete = append(s.obsolete, name)
			}
		default:
			if err := s.fs.Remove(path.Join(partsDir, n)); err != nil {
				s.opts.Logger.Warn("a file that is not needed cannot be removed", "file", n, "error", err)
			}
		}
	}
	return nil
}

// replay reads the log into the memtable.
func (s *Store) replay(ctx context.Context) (wal.Report, error) {
	s.active = s.newHot(s.manifest.Sealed)
	if err := s.tellSealed(ctx); err != nil {
		return wal.Report{}, err
	}
	last := time.Now()
	report, err := s.wal.Replay(ctx, s.manifest.Sealed, func(end wal.Position, b *telemetry.Batch) error {
		s.apply(end, b)
		if time.Since(last) > 2*time.Second {
			last = time.Now()
			s.opts.Logger.Info("recovering", "rows_from_log", s.active.mem.Rows(), "batches", end.Seq-s.manifest.Sealed.Seq)
		}
		return nil
	})
	if err != nil {
		return report, fmt.Errorf("replay write-ahead log: %w", err)
	}
	if report.Torn > 0 {
		s.opts.Logger.Info("the last batch was not whole; its sender was never told that it was kept", "bytes", report.Torn)
	}
	if s.opts.Follower != nil {
		s.opts.Follower.CaughtUp(report.End.Seq)
	}
	s.active.end = report.End
	s.active.damaged = s.aside
	for _, d := range report.Damage {
		s.setAsideLog(d)
	}
	return report, nil
}
