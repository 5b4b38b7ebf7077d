package audit

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
)

// maxLine bounds a line of a log: two states and five texts with all that escaping can make of them.
const maxLine = 4*MaxState + 64*MaxText

// FileOptions of a File. The zero value is ready for use.
type FileOptions struct {
	Chain *Chain // nil means a chain without a key
}

// File is a Log in a file of JSON lines, one entry each, which is only ever appended to. One process at a time has it
// open; any can read it, see Read.
//
// Each Append waits until the disk has its entry. Those that wait at the same time go there together, so that many
// goroutines append much faster than one.
type File struct {
	path  string
	chain *Chain
	group
}

var _ Log = (*File)(nil)

// Actions which a File writes of itself, with the actor "audit".
const (
	actorSelf = "audit"

	// ActionRecovered is the entry after the end of a line that was torn off when power or process failed. What there was
	// of it stands in the file of the same name with ".torn" at its end.
	ActionRecovered = "audit.recovered"
)

// OpenFile opens a log, and makes it, readable by its owner alone, if there is none. The last entry must be whole and have
// the hash of what it says, else the error is a *Broken; the entries before it are not read, see Chain.Verify.
//
// A last line that was torn was never confirmed to who appended it. It is moved to a file of its own, and an entry with
// ActionRecovered says so. ErrLocked if another process has the log open.
func OpenFile(path string, o FileOptions) (*File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open audit log: %w", err)
	}
	l := &File{path: path, chain: o.Chain, group: group{f: f}}
	if l.chain == nil {
		l.chain = &Chain{}
	}
	if err := l.recover(f); err != nil {
		_ = f.Close() // nothing was written that could be lost
		return nil, fmt.Errorf("open audit log %s: %w", path, err)
	}
	return l, nil
}

// recover takes the lock, finds the head, and sets a torn line aside.
func (l *File) recover(f *os.File) error {
	if err := lock(f); err != nil {
		return err
	}
	if err := syncFolder(l.path); err != nil {
		return err
	}
	stat, err := f.Stat()
	if err != nil {
		return err
	}
	line, torn, err := lastLine(f, stat.Size())
	if err != nil {
		return err
	}
	l.size = stat.Size() - int64(len(torn))
	if line != nil {
		var e Entry
		if err := e.UnmarshalLine(line); err != nil {
			return &Broken{Reason: "the last entry cannot be read: " + err.Error()}
		}
		if e.Hash != l.chain.Sum(&e) {
			return &Broken{Seq: e.Seq, Reason: "its hash is not that of what it says, or of another key"}
		}
		l.head = e.Head()
		l.last = l.head
	}
	if len(torn) == 0 {
		return nil
	}
	return l.setAside(torn)
}

// setAside moves a torn line to a file of its own before it is cut off, and says so in the log.
func (l *File) setAside(torn []byte) error {
	path := l.path + ".torn"
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("set torn line aside: %w", err)
	}
	_, err = f.Write(append(bytes.Clone(torn), '\n'))
	if err = errors.Join(err, f.Sync(), f.Close(), syncFolder(path)); err != nil {
		return fmt.Errorf("set torn line aside: %w", err)
	}
	if err := l.f.Truncate(l.size); err != nil {
		return fmt.Errorf("cut torn line: %w", err)
	}
	after, err := json.Marshal(struct {
		Offset int64 `json:"offset"`
		Bytes  int   `json:"bytes"`
	}{l.size, len(torn)})
	if err != nil {
		return err
	}
	_, err = l.Append(context.Background(), Entry{
		Actor: actorSelf, Action: ActionRecovered, Target: filepath.Base(path), After: after,
	})
	return err
}

// lastLine returns the last whole line of a file, nil if there is none, and what stands after it.
func lastLine(f io.ReaderAt, size int64) (line, torn []byte, err error) {
	const window = 2*maxLine + 2
	tail := make([]byte, min(size, window))
	if _, err := f.ReadAt(tail, size-int64(len(tail))); err != nil && !errors.Is(err, io.EOF) {
		return nil, nil, err
	}
	end := bytes.LastIndexByte(tail, '\n')
	torn = tail[end+1:]
	if len(torn) > maxLine {
		return nil, nil, errors.New("not an audit log: its last line is too long")
	}
	if end < 0 {
		return nil, torn, nil
	}
	start := bytes.LastIndexByte(tail[:end], '\n') + 1
	if start == 0 && size > int64(len(tail)) {
		return nil, nil, errors.New("not an audit log: its last line is too long")
	}
	return tail[start:end], torn, nil
}

// Append implements Log. An entry that is returned is on disk.
func (l *File) Append(ctx context.Context, e Entry) (Entry, error) {
	if err := ctx.Err(); err != nil {
		return Entry{}, err
	}
	e, err := l.chain.Prepare(ctx, e)
	if err != nil {
		return Entry{}, err
	}
	e, b, err := l.join(l.chain, e)
	if err != nil {
		return Entry{}, err
	}
	if err := l.settle(b); err != nil {
		return Entry{}, fmt.Errorf("append to audit log %s: %w", l.path, err)
	}
	return e, nil
}

// Entries implements Log.
func (l *File) Entries(ctx context.Context, from uint64) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		l.mu.Lock()
		size := l.size
		l.mu.Unlock()
		f, err := os.Open(l.path)
		if err != nil {
			yield(Entry{}, fmt.Errorf("read audit log: %w", err))
			return
		}
		defer f.Close() //nolint:errcheck // it was only read
		for e, err := range Read(io.LimitReader(f, size)) {
			if err == nil {
				err = ctx.Err()
			}
			if err == nil && e.Seq < from {
				continue
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}

// Head implements Log.
func (l *File) Head(context.Context) (Head, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.head, nil
}

// Close closes the file. What was appended is on disk already; an Append that still waits fails with ErrClosed.
func (l *File) Close() error {
	l.flush.Lock() // what others append is on disk first
	defer l.flush.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	if errors.Is(l.err, ErrClosed) {
		return nil
	}
	l.err = ErrClosed
	return l.f.Close()
}

// syncFolder makes the name of a file durable.
func syncFolder(path string) error {
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(syncEntry(d), d.Close())
}
