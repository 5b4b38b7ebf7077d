package audit

import (
	"errors"
	"fmt"
	"io"
	"sync"
)

// group is the commit of a File: entries join a batch, and whoever of it comes first writes and syncs it for all.
type group struct {
	f disk

	flush sync.Mutex // held while a batch is written; taken before mu

	mu    sync.Mutex
	head  Head   // on disk
	last  Head   // of the entries that wait, else head
	size  int64  // of whole entries on disk
	batch *batch // entries that wait; nil if there are none
	err   error  // why nothing can be appended any more
}

// disk is what a group needs of a file.
type disk interface {
	io.WriteCloser
	Sync() error
	Truncate(size int64) error
}

// batch is written as a whole.
type batch struct {
	lines   []byte
	entries int
	head    Head // of the last entry

	// Under flush.
	settled bool
	err     error
}

// join links an entry to what waits already. It is written when its batch is settled.
func (g *group) join(chain *Chain, e Entry) (Entry, *batch, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.err != nil {
		return Entry{}, nil, g.err
	}
	e = chain.Link(g.last, e)
	line, err := e.MarshalLine()
	if err != nil {
		return Entry{}, nil, err
	}
	if len(line) > maxLine {
		return Entry{}, nil, fmt.Errorf("%w: %d bytes as a line, %d are allowed", ErrInvalid, len(line), maxLine)
	}
	if g.batch == nil {
		g.batch = &batch{lines: line}
	} else {
		g.batch.lines = append(g.batch.lines, line...)
	}
	g.batch.entries++
	g.last = e.Head()
	g.batch.head = g.last
	return e, g.batch, nil
}

// settle returns once the batch is on disk, or will never be. The first that comes here for a batch writes it; while it
// does, others fill the next one.
func (g *group) settle(b *batch) error {
	g.flush.Lock()
	defer g.flush.Unlock()
	if b.settled {
		return b.err
	}
	g.mu.Lock()
	err := g.err
	if err == nil {
		g.batch = nil // from here on others join the next
	}
	g.mu.Unlock()
	if err == nil {
		err = g.write(b)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	b.settled, b.err = true, err
	if err == nil {
		g.head = b.head
		g.size += int64(len(b.lines))
		return nil
	}
	if next := g.batch; next != nil {
		next.settled, next.err = true, err // it follows entries that are not there
		g.batch = nil
	}
	g.last = g.head
	return err
}

// write appends a batch. What is not whole is cut off again; where that, or the flush to disk, does not work, nobody knows
// what is on disk, and the log takes nothing more until it is opened again.
func (g *group) write(b *batch) error {
	if _, err := g.f.Write(b.lines); err != nil {
		if cut := g.f.Truncate(g.size); cut != nil {
			g.end(fmt.Errorf("audit log ends in a torn line, open it again: %w", errors.Join(err, cut)))
		}
		return err
	}
	if err := g.f.Sync(); err != nil {
		err = fmt.Errorf("audit log may not be on disk, open it again: %w", err)
		g.end(err)
		return err
	}
	return nil
}

// end makes err the answer to all that is appended from now on.
func (g *group) end(err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.err = err
}
