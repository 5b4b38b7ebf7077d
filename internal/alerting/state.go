package alerting

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/alertmanager/eventrecorder"
	"github.com/prometheus/alertmanager/nflog"
	"github.com/prometheus/alertmanager/nflog/nflogpb"
	"github.com/prometheus/alertmanager/silence"
)

// maxState bounds a file of state that is read.
const maxState = 512 << 20

// stateFile is a file that is replaced as a whole.
type stateFile struct {
	path   string
	encode func(io.Writer) error

	asked atomic.Uint64 // calls of save
	mu    sync.Mutex
	done  uint64 // calls of save that the file answers
}

// save returns once a state that is no older than the call is on disk. Calls at the same time share a write.
func (f *stateFile) save() error {
	call := f.asked.Add(1)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.done >= call {
		return nil
	}
	covered := f.asked.Load()
	if err := f.write(); err != nil {
		return fmt.Errorf("save %s: %w", f.path, err)
	}
	f.done = covered
	return nil
}

func (f *stateFile) write() (err error) {
	temporary := f.path + ".new"
	file, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(temporary) // the old file stays
		}
	}()
	w := bufio.NewWriterSize(file, 64<<10)
	err = errors.Join(f.encode(w), w.Flush(), file.Sync())
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	if err = os.Rename(temporary, f.path); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(f.path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

func encodeSnapshot(snapshot func(io.Writer) (int64, error)) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := snapshot(w)
		return err
	}
}

// restore reads a file of state. One that cannot be read is set aside, since a server that does not alert is worse than one
// that repeats a notification.
func (m *Alertmanager) restore(path string, take func([]byte) error) error {
	st, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if !st.Mode().IsRegular() || st.Size() > maxState {
		err = fmt.Errorf("it is no file of at most %d MB", maxState>>20)
	} else {
		var content []byte
		if content, err = os.ReadFile(path); err != nil {
			return err // of the disk, not of what is in it
		}
		err = take(content)
	}
	if err == nil {
		return nil
	}
	aside := fmt.Sprintf("%s.broken-%d", path, time.Now().Unix())
	m.log.Error("a file of alerting is broken and was set aside: notifications may be repeated", "file", aside, "error", err)
	return os.Rename(path, aside)
}

func (m *Alertmanager) openLog(path string) (*nflog.Log, error) {
	l, err := nflog.New(nflog.Options{Retention: retention, Logger: m.log, Metrics: m.opts.Registry})
	if err != nil {
		return nil, err
	}
	return l, m.restore(path, l.Merge)
}

func (m *Alertmanager) openSilences(path string) (*silence.Silences, error) {
	s, err := silence.New(silence.Options{
		Retention: retention, Logger: m.log, Metrics: m.opts.Registry, EventRecorder: eventrecorder.NopRecorder(),
		Limits: silence.Limits{MaxSilences: func() int { return maxSilences }, MaxSilenceSizeBytes: func() int { return maxSilenceBytes }},
	})
	if err != nil {
		return nil, err
	}
	return s, m.restore(path, s.Merge)
}

// remembered is the notification log, on disk before the next notification of a group.
type remembered struct{ m *Alertmanager }

func (r remembered) Query(params ...nflog.QueryParam) ([]*nflogpb.Entry, error) {
	return r.m.nflog.Query(params...)
}

// Log remembers a notification that was taken. The alerts are saved before it: a firing one that was told and is forgotten
// would never be told to have resolved.
func (r remembered) Log(to *nflogpb.Receiver, group string, firing, resolved []uint64, store *nflog.Store, expiry time.Duration) error {
	if err := r.m.nflog.Log(to, group, firing, resolved, store, expiry); err != nil {
		return err
	}
	if r.m.book.unsaved() {
		r.m.saved(r.m.alertFile)
	}
	r.m.saved(r.m.nflogFile) // it was taken: an error of the disk must not have it sent again
	return nil
}
