package local

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"time"

	"github.com/telltale-dev/telltale/internal/store/local/part"
)

// Folders in the data folder.
const (
	walDir        = "wal"
	partsDir      = "parts"
	quarantineDir = "quarantine"
)

// change is a step from one manifest to the next.
type change struct {
	edit    func(*manifest) error // of a copy; an error abandons the step
	publish func()                // makes what readers see agree, with hotMu and mu held
	made    []string              // parts that the new manifest adopts
	dropped []string              // parts that it disowns
}

// commit makes a change durable and visible. After an error nothing has changed for readers; whether it has for the next
// start is not known, so files of either outcome stay until a later commit has settled it.
func (s *Store) commit(c *change) error {
	s.commitMu.Lock()
	defer s.commitMu.Unlock()
	next := s.manifest.clone() // only commit replaces it
	next.Generation++
	next.NextPart = s.nextPart.Load()
	if c.edit != nil {
		if err := c.edit(next); err != nil {
			s.removeParts(c.made)
			return err
		}
	}
	if err := writeManifest(s.fs, manifestSlots[1-s.slot], next); err != nil {
		s.obsolete = append(s.obsolete, c.made...)
		s.manifest.Generation = next.Generation // what may be on the disk is not the newest
		return fmt.Errorf("commit manifest: %w", err)
	}
	s.hotMu.Lock()
	s.mu.Lock()
	before := s.manifest.Sealed.Seq
	s.manifest = next
	if c.publish != nil {
		c.publish()
	}
	s.mu.Unlock()
	s.hotMu.Unlock()

	s.slot = 1 - s.slot
	s.lastCommit = s.now()
	remove := s.obsolete
	s.obsolete, s.older = c.dropped, before
	s.removeParts(remove)
	s.release()
	return nil
}

// settleAfter is when files that only the older manifest needs are removed, if no other commit comes.
const settleAfter = time.Minute

// settle lets go of what nobody needs: it writes the manifest once more if that lets files go.
func (s *Store) settle(after time.Duration) error {
	s.commitMu.Lock()
	due := (len(s.obsolete) > 0 || s.older < s.manifest.Sealed.Seq) && s.now().Sub(s.lastCommit) >= after
	s.release() // the follower may have kept more since
	s.commitMu.Unlock()
	if !due {
		return nil
	}
	return s.commit(&change{})
}

// removeParts unlinks parts. What cannot be removed is removed by the next start.
func (s *Store) removeParts(names []string) {
	for _, name := range names {
		for _, f := range part.Files(name) {
			if err := s.fs.Remove(f); err != nil && !errors.Is(err, fs.ErrNotExist) {
				s.opts.Logger.Warn("a file that is no longer needed cannot be removed", "file", f, "error", err)
			}
		}
	}
}

// newPartName names a part by the hour in which it begins, for people, and a number that makes it unique.
func (s *Store) newPartName(minTime int64) string {
	n := s.nextPart.Add(1)
	hour := time.Unix(0, minTime).UTC().Format("20060102T15")
	return path.Join(partsDir, fmt.Sprintf("%s-%08d.parquet", hour, n))
}
