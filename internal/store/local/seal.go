package local

import (
	"context"
	"fmt"
	"time"

	"github.com/telltale-dev/telltale/internal/store/local/part"
)

// Seal writes everything in memory as parts now.
func (s *Store) Seal(ctx context.Context) error {
	if err := s.ready(); err != nil {
		return err
	}
	return s.seal(ctx)
}

func (s *Store) seal(ctx context.Context) error {
	s.sealMu.Lock()
	defer s.sealMu.Unlock()
	for range 2 { // what is being sealed already, then what came since
		s.applyMu.Lock()
		s.hotMu.Lock()
		some := s.rotate()
		s.hotMu.Unlock()
		s.applyMu.Unlock()
		if !some {
			return nil
		}
		if err := s.sealOne(ctx); err != nil {
			return err
		}
	}
	return nil
}

// sealOne makes a part of the memtable that was handed over. The caller holds sealMu.
func (s *Store) sealOne(ctx context.Context) error {
	s.hotMu.Lock()
	h := s.sealing
	s.hotMu.Unlock()
	if h == nil {
		return nil
	}
	began := s.now()
	rows := h.mem.Rows()
	s.progress.sealing.Store(int64(rows))
	defer s.progress.sealing.Store(0)
	err := s.sealHot(ctx, h)
	s.health.setSeal(err)
	if err != nil {
		return fmt.Errorf("seal: %w", err)
	}
	s.opts.Logger.Debug("sealed", "rows", rows, "took", s.now().Sub(began))
	return nil
}

func (s *Store) sealHot(ctx context.Context, h *hot) error {
	c := &change{}
	var added storedPart
	var opened *part.Part
	if h.mem.Rows() > 0 {
		minTime, _ := h.mem.Range()
		name := s.newPartName(minTime)
		c.made = []string{name}
		meta, err := part.Write(ctx, s.fs, name, h.mem)
		if err == nil {
			err = s.fs.SyncDir(partsDir)
		}
		if err == nil && (meta.Spans != h.spans || meta.Logs != h.logs) {
			err = fmt.Errorf("part %s: %d spans and %d logs were written of %d and %d", name, meta.Spans, meta.Logs, h.spans, h.logs)
		}
		if err == nil {
			opened, err = part.Open(s.fs, name)
		}
		if err != nil {
			s.removeParts(c.made)
			return err
		}
		added = storedPart{Meta: meta, Added: h.began, First: h.first}
	}
	c.edit = func(m *manifest) error {
		if opened != nil {
			m.add(added)
		}
		m.Sealed = h.end
		m.Books = h.tally.enter(m.Books)
		m.Quarantine = append(m.Quarantine, h.damaged...)
		return nil
	}
	c.publish = func() {
		if opened != nil {
			s.parts[added.Name] = opened
		}
		s.sealing = nil
		s.leave(h)
	}
	if err := s.commit(c); err != nil {
		if opened != nil {
			_ = opened.Close()
		}
		return err
	}
	signal(s.compactC)
	return nil
}

// retrySeal is how soon a seal that failed is tried again.
const retrySeal = time.Second

// sealLoop seals what is handed over.
func (s *Store) sealLoop() {
	inBackground()
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-s.sealC:
		}
		s.sealMu.Lock()
		err := s.sealOne(s.ctx)
		s.sealMu.Unlock()
		if err == nil {
			s.handOver(false)
			continue
		}
		if s.ctx.Err() != nil {
			return
		}
		s.opts.Logger.Error("rows cannot be sealed; they stay in memory and in the write-ahead log", "error", err)
		if sleep(s.ctx, retrySeal) != nil {
			return
		}
		signal(s.sealC)
	}
}

// handOver rotates the active memtable if it is full or, with aged, old.
func (s *Store) handOver(aged bool) {
	s.applyMu.Lock()
	defer s.applyMu.Unlock()
	s.hotMu.Lock()
	defer s.hotMu.Unlock()
	old := aged && !s.active.empty() && s.now().Sub(s.active.began) >= s.opts.SealAge
	if s.full(1) || old {
		s.rotate()
	}
}

// tickLoop does what is due by time.
func (s *Store) tickLoop() {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-tick.C:
		}
		s.checkDisk()
		if s.wal.Err() != nil {
			s.wal.Probe()
		}
		s.handOver(true)
		if err := s.settle(settleAfter); err != nil {
			s.opts.Logger.Warn("the manifest cannot be written", "error", err)
		}
	}
}

// checkDisk refuses writes before the disk is so full that nothing can be sealed.
func (s *Store) checkDisk() {
	if s.opts.MinFree < 0 {
		return
	}
	free, err := s.fs.Free()
	if err != nil {
		return // the next write says what is wrong
	}
	s.health.setFree(free, s.opts.MinFree)
}
