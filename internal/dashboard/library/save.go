package library

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/telltale-dev/telltale/internal/dashboard"
)

// Save writes an own dashboard; one of a shipped address stands before it from then on. Errors: ErrUID, *InvalidError,
// ErrNoFolder, ErrConflict, and those of the disk. The problems of what was saved are only such as are not supported.
func (l *Library) Save(uid string, text []byte) (Item, error) {
	if !dashboard.ValidUID(uid) {
		return Item{}, ErrUID
	}
	if l.options.Dir == "" {
		return Item{}, ErrNoFolder
	}
	item := l.read(uid+".json", text)
	if item.Dashboard != nil && item.UID != uid {
		item.Problems = append(item.Problems, dashboard.Problem{
			Path: "uid", Line: 1, Column: 1, Severity: dashboard.Error, Message: "the uid is " + item.UID + ", and it is saved as " + uid, Hint: "the same, or none",
		})
	}
	if dashboard.Failed(item.Problems) {
		return Item{}, &InvalidError{item.Problems}
	}
	if err := l.store(uid, text); err != nil {
		return Item{}, err
	}
	l.Reload()
	return l.Get(uid)
}

func (l *Library) store(uid string, text []byte) error {
	l.write.Lock()
	defer l.write.Unlock()
	name := l.fileOf(uid)
	if name == "" {
		name = uid + ".json"
		if other := l.all[name]; other != nil && other.Dashboard != nil && other.UID != uid {
			return fmt.Errorf("%w: %s is of %s", ErrConflict, name, other.UID)
		}
	}
	if err := os.MkdirAll(l.options.Dir, 0o750); err != nil {
		return fmt.Errorf("save dashboard: %w", err)
	}
	root, err := os.OpenRoot(l.options.Dir)
	if err != nil {
		return fmt.Errorf("save dashboard: %w", err)
	}
	defer func() { _ = root.Close() }()
	temporary := "." + name + ".new"
	if err := writeSynced(root, temporary, text); err != nil {
		_ = root.Remove(temporary)
		return fmt.Errorf("save dashboard: %w", err)
	}
	if err := root.Rename(temporary, name); err != nil {
		_ = root.Remove(temporary)
		return fmt.Errorf("save dashboard: %w", err)
	}
	delete(l.files, name) // it is read again even if size and time are the same
	return syncDir(l.options.Dir)
}

func writeSynced(root *os.Root, name string, text []byte) error {
	f, err := root.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o640)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Sync(), f.Close())
}

func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("sync %s: %w", filepath.Base(dir), err)
	}
	return errors.Join(f.Sync(), f.Close())
}

// fileOf is the file that a dashboard of this address is in; empty where there is none.
func (l *Library) fileOf(uid string) string {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if item := l.items[uid]; item != nil {
		return item.File
	}
	return ""
}

// Delete removes an own dashboard; a shipped one of this address is there again. Errors: ErrNotFound, ErrShipped, and those
// of the disk.
func (l *Library) Delete(uid string) error {
	item, err := l.Get(uid)
	if err != nil {
		return err
	}
	if item.File == "" {
		return ErrShipped
	}
	l.write.Lock()
	err = os.Remove(filepath.Join(l.options.Dir, item.File))
	l.write.Unlock()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("delete dashboard: %w", err)
	}
	l.Reload()
	return nil
}
