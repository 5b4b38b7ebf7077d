package local

import (
	"fmt"
	"time"

	"github.com/telltale-dev/telltale/internal/store/local/part"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// expiry of a part is by its newest record, but no later than by when that came: clocks of clients may be ahead.
func (p *storedPart) newest() time.Time {
	t := time.Unix(0, p.MaxTime)
	if p.Added.Before(t) {
		return p.Added
	}
	return t
}

// expire removes parts that are too old, and the oldest beyond the size kept.
func (s *Store) expire() error {
	s.mu.RLock()
	old, tooMuch := s.expired()
	s.mu.RUnlock()
	for _, x := range []struct {
		parts  []storedPart
		reason string
	}{{old, reasonAge}, {tooMuch, reasonSize}} {
		if len(x.parts) == 0 {
			continue
		}
		if err := s.drop(x.parts, x.reason); err != nil {
			return fmt.Errorf("remove expired parts: %w", err)
		}
	}
	return nil
}

// expired lists what retention removes. The caller holds mu.
func (s *Store) expired() (old, tooMuch []storedPart) {
	var rest []storedPart
	total := int64(0)
	for _, p := range s.manifest.Parts {
		if s.opts.Retention > 0 && s.now().Sub(p.newest()) > s.opts.Retention {
			old = append(old, p)
			continue
		}
		rest = append(rest, p)
		total += p.Bytes
	}
	for s.opts.RetentionBytes > 0 && total > s.opts.RetentionBytes && len(rest) > 0 {
		oldest := 0
		for i := range rest {
			if rest[i].newest().Before(rest[oldest].newest()) {
				oldest = i
			}
		}
		total -= rest[oldest].Bytes
		tooMuch = append(tooMuch, rest[oldest])
		rest = append(rest[:oldest], rest[oldest+1:]...)
	}
	return old, tooMuch
}

// drop takes parts out of the store for a reason.
func (s *Store) drop(parts []storedPart, reason string) error {
	var closing []*part.Part
	var spans, logs int64
	c := &change{}
	c.edit = func(m *manifest) error {
		for i := range parts {
			was, ok := m.take(parts[i].Name)
			if !ok {
				continue
			}
			c.dropped = append(c.dropped, was.Name)
			spans, logs = spans+was.Spans, logs+was.Logs
		}
		gone := tally{}
		gone.addBoth(telemetry.Expired, reason, spans, logs)
		m.Books = gone.enter(m.Books)
		return nil
	}
	c.publish = func() {
		for i := range parts {
			if p := s.parts[parts[i].Name]; p != nil {
				closing = append(closing, p)
				delete(s.parts, parts[i].Name)
			}
		}
	}
	if err := s.commit(c); err != nil {
		return err
	}
	for _, p := range closing {
		_ = p.Close()
	}
	s.opts.Logger.Info("expired", "parts", len(parts), "reason", reason, "spans", spans, "logs", logs)
	return nil
}
