package local

import (
	"context"
	"fmt"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// maxHeldBack is how large the log may become for the sake of a follower that cannot keep what it was told.
const maxHeldBack = 1 << 30

// follow tells the follower a durable batch.
func (s *Store) follow(seq uint64, b *telemetry.Batch) {
	if s.opts.Follower != nil {
		s.opts.Follower.Follow(seq, b)
	}
}

// tellSealed tells the follower what it does not know of the batches that are in parts already. What cannot be read of them
// is in the books as damage, or was removed while there was no follower.
func (s *Store) tellSealed(ctx context.Context) error {
	if s.opts.Follower == nil {
		return nil
	}
	known, sealed := s.opts.Follower.Kept(), s.manifest.Sealed.Seq
	if known >= sealed {
		return nil
	}
	told, err := s.wal.Reread(ctx, known, sealed, s.opts.Follower.Follow)
	if err != nil {
		return fmt.Errorf("read the write-ahead log again: %w", err)
	}
	if missing := int64(sealed-known) - told; missing > 0 {
		s.opts.Logger.Warn("batches that were stored are not in the write-ahead log any more: derived metrics leave them out", "batches", missing)
	}
	return nil
}

// release cuts the log after what the manifests have sealed and the follower keeps. The caller holds commitMu, if the store
// has started.
func (s *Store) release() {
	seq := s.older
	if f := s.opts.Follower; f != nil && s.wal.Bytes() < maxHeldBack {
		seq = min(seq, f.Kept())
	}
	if err := s.wal.Release(seq); err != nil {
		s.opts.Logger.Warn("a segment of the write-ahead log cannot be removed", "error", err)
	}
}
