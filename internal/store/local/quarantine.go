package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/telltale-dev/telltale/internal/store/local/part"
	"github.com/telltale-dev/telltale/internal/store/local/wal"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// Quarantined is a damaged file, or a piece of one, that was set aside.
type Quarantined struct {
	Origin string    `json:"origin"`         // where it was
	File   string    `json:"file,omitempty"` // where it is, in the data folder; empty if there was nothing to keep
	Reason string    `json:"reason"`
	Time   time.Time `json:"time"`
	Spans  int64     `json:"spans,omitempty"` // records that can no longer be read
	Logs   int64     `json:"logs,omitempty"`
}

// keptQuarantine is how many entries the manifest remembers.
const keptQuarantine = 1000

// quarantinePart takes a part out of the store and enters its rows in the books.
func (s *Store) quarantinePart(name string, cause error) error {
	q := Quarantined{Origin: name, File: path.Join(quarantineDir, path.Base(name)), Reason: cause.Error(), Time: s.now()}
	if errors.Is(cause, fs.ErrNotExist) {
		q.File, q.Reason = "", "the file is missing"
	}
	var p *part.Part
	err := s.commit(&change{
		edit: func(m *manifest) error {
			was, ok := m.take(name)
			if !ok {
				return errGone
			}
			q.Spans, q.Logs = was.Spans, was.Logs
			lost := tally{}
			lost.addBoth(telemetry.Quarantined, reasonDamagedPart, q.Spans, q.Logs)
			m.Books = lost.enter(m.Books)
			m.Quarantine = append(m.Quarantine, q)
			m.Quarantine = m.Quarantine[max(0, len(m.Quarantine)-keptQuarantine):]
			return nil
		},
		publish: func() {
			p = s.parts[name]
			delete(s.parts, name)
		},
	})
	if errors.Is(err, errGone) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("quarantine part %s: %w", name, err)
	}
	if p != nil {
		_ = p.Close()
	}
	for _, f := range part.Files(name) {
		s.moveAside(f)
	}
	s.noteQuarantine(q)
	return nil
}

// errGone says that a part is no longer in the manifest.
var errGone = errors.New("the part is gone")

// moveAside moves a file to the quarantine.
func (s *Store) moveAside(name string) {
	err := s.fs.Rename(name, path.Join(quarantineDir, path.Base(name)))
	if err == nil {
		err = errors.Join(s.fs.SyncDir(quarantineDir), s.fs.SyncDir(path.Dir(name)))
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.opts.Logger.Warn("a damaged file cannot be moved to the quarantine", "file", name, "error", err)
	}
}

// noteQuarantine tells the operator.
func (s *Store) noteQuarantine(q Quarantined) {
	s.health.addQuarantined(q)
	s.opts.Logger.Error("damaged data was set aside; everything else is served", "was", q.Origin, "kept_as", q.File,
		"reason", q.Reason, "spans", q.Spans, "logs", q.Logs)
}

// setAside keeps a damaged file under a name of its own. The manifest hears of it with the next seal.
func (s *Store) setAside(name string, q Quarantined) {
	q.Origin, q.Time = name, s.now()
	q.File = path.Join(quarantineDir, path.Base(name)+"-"+strconv.FormatInt(q.Time.UnixNano(), 36))
	if err := s.fs.Rename(name, q.File); err != nil {
		q.File = ""
	}
	s.aside = append(s.aside, q)
	s.noteQuarantine(q)
}

// keptPiece bounds the copy that is kept of a damaged place of the log.
const keptPiece = 64 << 20

// setAsideLog enters the records of a damaged place of the log in the books, and keeps a copy of it.
func (s *Store) setAsideLog(d wal.Damage) {
	base := strings.TrimSuffix(path.Base(d.Segment), path.Ext(d.Segment))
	q := Quarantined{
		Origin: fmt.Sprintf("%s, %d bytes at %d", d.Segment, d.Length, d.Offset), Reason: d.Reason, Time: s.now(),
		File: path.Join(quarantineDir, fmt.Sprintf("%s-%d.wal", base, d.Offset)), Spans: d.Spans, Logs: d.Logs,
	}
	if err := s.copyPiece(q.File, d); err != nil {
		s.opts.Logger.Warn("no copy is kept of a damaged place of the write-ahead log", "segment", d.Segment, "error", err)
		q.File = ""
	}
	h := s.active
	h.tally.addBoth(telemetry.Accepted, "", d.Spans, d.Logs)
	h.tally.addBoth(telemetry.Quarantined, reasonDamagedLog, d.Spans, d.Logs)
	h.damaged = append(h.damaged, q)
	s.noteQuarantine(q)
}

func (s *Store) copyPiece(to string, d wal.Damage) error {
	if d.Length == 0 {
		return errors.New("nothing is left of it")
	}
	f, err := s.fs.Open(d.Segment)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	b := make([]byte, min(d.Length, keptPiece))
	n, err := f.ReadAt(b, d.Offset)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if err := writeFile(s.fs, to, b[:n]); err != nil {
		return err
	}
	return s.fs.SyncDir(quarantineDir)
}

// recallQuarantine lets Health speak of what earlier processes set aside, until an operator removes the file.
func (s *Store) recallQuarantine() {
	names, err := s.fs.List(quarantineDir)
	if err != nil {
		return
	}
	for _, q := range s.manifest.Quarantine {
		if slices.Contains(names, path.Base(q.File)) {
			s.health.addQuarantined(q)
		}
	}
}

// suspect is a part in which a query met damage.
type suspect struct {
	name string
	err  error
}

// suspect is told by the query engine. It does not block.
func (s *Store) suspect(name string, err error) {
	select {
	case s.suspectC <- suspect{name, err}:
	default: // it will be met again
	}
}

// watchSuspects reads suspects whole, and sets aside those that are damaged indeed.
func (s *Store) watchSuspects() {
	for {
		select {
		case <-s.ctx.Done():
			return
		case x := <-s.suspectC:
			if err := s.examine(s.ctx, x.name); err != nil && s.ctx.Err() == nil {
				s.opts.Logger.Error("a damaged part cannot be set aside", "part", x.name, "error", err)
			}
		}
	}
}

// dropPart examines a part and reports whether it is no longer read.
func (s *Store) dropPart(ctx context.Context, name string) bool {
	if err := s.examine(ctx, name); err != nil && ctx.Err() == nil {
		s.opts.Logger.Error("a damaged part cannot be set aside", "part", name, "error", err)
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.parts[name] == nil
}

func (s *Store) examine(ctx context.Context, name string) error {
	s.mu.RLock()
	p := s.parts[name]
	if p != nil {
		p.Retain()
	}
	s.mu.RUnlock()
	if p == nil {
		return nil
	}
	defer func() { _ = p.Close() }()
	err := retry(func() error { return p.Verify(ctx) })
	if err == nil || ctx.Err() != nil {
		return ctx.Err()
	}
	return s.quarantinePart(name, err)
}
