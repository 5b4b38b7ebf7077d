package local

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/telltale-dev/telltale/internal/store/local/part"
)

// reindex makes the index of words anew where a part has lost it, or has one of an older version: until then every search for
// a word reads all of the part's long texts. It takes no more than the share of a core that compaction has.
func (s *Store) reindex(ctx context.Context) error {
	s.compactMu.Lock()
	defer s.compactMu.Unlock()
	var failed error
	for _, name := range s.unindexed() {
		began := time.Now()
		err := s.reindexPart(ctx, name)
		if damaged := (*part.CorruptError)(nil); errors.As(err, &damaged) {
			err = s.examine(ctx, name)
		} else if err == nil {
			s.opts.Logger.Info("the index of words was made anew", "part", name, "took", time.Since(began).Round(time.Millisecond))
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		failed = errors.Join(failed, err)
	}
	return failed
}

func (s *Store) unindexed() (names []string) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for name, p := range s.parts {
		if !p.Indexed() {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// reindexPart puts the part with its new index in the place of the one without. A part that was removed meanwhile leaves a
// file that the next start removes.
func (s *Store) reindexPart(ctx context.Context, name string) error {
	if err := part.Reindex(ctx, s.paced(ctx), name); err != nil {
		return err
	}
	if err := s.fs.SyncDir(partsDir); err != nil {
		return fmt.Errorf("index part %s: %w", name, err)
	}
	opened, err := part.Open(s.fs, name)
	if err != nil {
		return err
	}
	s.mu.Lock()
	old := s.parts[name]
	if old != nil {
		s.parts[name], opened = opened, old
	}
	s.mu.Unlock()
	return opened.Close()
}
