package local

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// ErrDegraded is wrapped by what Health returns while all is taken and served but what is in quarantine.
var ErrDegraded = errors.New("a part of the data is set aside")

// health is what is wrong.
type health struct {
	mu          sync.Mutex
	seal        error
	disk        error
	free        int64
	quarantined []Quarantined
}

func (h *health) setSeal(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.seal = err
}

func (h *health) sealFailure() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.seal
}

// setFree notes the free space. Once there was too little, twice as much must be free again.
func (h *health) setFree(free, want int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.free = free
	switch {
	case free < want:
		h.disk = fmt.Errorf("%d MB are free on the disk of the data folder, writing goes on when %d MB are", free>>20, 2*want>>20)
	case free >= 2*want:
		h.disk = nil
	}
}

func (h *health) lowDisk() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.disk
}

func (h *health) addQuarantined(q Quarantined) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.quarantined = append(h.quarantined, q)
}

func (h *health) listQuarantined() []Quarantined {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]Quarantined(nil), h.quarantined...)
}

// Health implements telemetry.Store. The error wraps telemetry.ErrRecovering, ErrStopped or ErrReadOnly, or ErrDegraded.
func (s *Store) Health(context.Context) error {
	if err := s.ready(); err != nil {
		return err
	}
	cause := s.wal.Err()
	if cause == nil {
		cause = s.health.lowDisk()
	}
	if cause != nil {
		return fmt.Errorf("%w: %w", telemetry.ErrReadOnly, cause)
	}
	if err := s.health.sealFailure(); err != nil {
		return fmt.Errorf("%w soon: %w", telemetry.ErrReadOnly, err)
	}
	if q := s.health.listQuarantined(); len(q) > 0 {
		last := q[len(q)-1]
		return fmt.Errorf("%w: %d damaged files are in %s/, the last is %s: %s; the rest is served; remove the files to silence this",
			ErrDegraded, len(q), quarantineDir, last.Origin, last.Reason)
	}
	return nil
}

// stateName is the one word for what Health returned.
func stateName(err error) string {
	for _, s := range []struct {
		is   error
		name string
	}{
		{telemetry.ErrRecovering, "recovering"},
		{telemetry.ErrStopped, "stopped"},
		{telemetry.ErrReadOnly, "read only"},
		{ErrDegraded, "degraded"},
	} {
		if errors.Is(err, s.is) {
			return s.name
		}
	}
	return "failed"
}
