package exec

import (
	"context"
	"runtime"
	"time"

	"github.com/telltale-dev/telltale/internal/store/local/part"
)

// worker is the memory one goroutine needs to read columns. It is kept from query to query.
type worker struct {
	ctx     context.Context // of the query it works for
	d       *part.Decoder
	rows    *part.RowReader
	columns []*part.Cursor
	attrs   map[string]*part.Cursor
	rest    part.MapCursor
	free    [][]int32
	leaves  []leafState
	pages   int
	began   time.Time // of its turn
}

func newWorker() (*worker, error) {
	d, err := part.NewDecoder()
	if err != nil {
		return nil, err
	}
	return &worker{
		d: d, rows: part.NewRowReader(d), columns: make([]*part.Cursor, len(part.Columns())), attrs: map[string]*part.Cursor{},
	}, nil
}

// pagesOfWorker is after how many pages a worker's memory is made anew, so that one query over long texts does not hold
// its memory for ever.
const pagesOfWorker = 1 << 16

func (w *worker) heavy() bool { return w.pages > pagesOfWorker }

// forget lets go of what the last group holds.
func (w *worker) forget() {
	w.ctx = nil
	for _, c := range w.columns {
		if c != nil {
			c.Close()
		}
	}
	clear(w.attrs)
	w.rest.Close()
	for i := range w.leaves {
		w.leaves[i].u = nil
		w.leaves[i].cursor = nil
	}
}

// column returns the cursor of a column of a group.
func (w *worker) column(g *part.Group, id part.ID) *part.Cursor {
	c := w.columns[id]
	if c == nil {
		c = new(part.Cursor)
		w.columns[id] = c
	}
	if !c.Is(g, id) {
		c.Open(w.d, g, id)
	}
	return c
}

// attr returns the cursor of an attribute of a group.
func (w *worker) attr(g *part.Group, key string) *part.Cursor {
	c := w.attrs[key]
	if c == nil {
		c = new(part.Cursor)
		w.attrs[key] = c
	}
	if !c.IsAttr(g, key) {
		c.OpenAttr(w.d, g, key)
	}
	return c
}

// turn is how long a worker goes on while others wait for its core. They take 10 ms at a time, so less would make queries
// wait most of the time while the store is written to.
const turn = 5 * time.Millisecond

// pause lets others run, ingest among them, and reports whether the query has ended meanwhile.
func (w *worker) pause() error {
	w.pages++
	if now := time.Now(); now.Sub(w.began) > turn {
		runtime.Gosched()
		w.began = time.Now()
	}
	return w.ctx.Err()
}

func (w *worker) selection() []int32 {
	if n := len(w.free); n > 0 {
		s := w.free[n-1]
		w.free = w.free[:n-1]
		return s[:0]
	}
	return make([]int32, 0, part.PageRows)
}

func (w *worker) done(s []int32) {
	if cap(s) > 0 {
		w.free = append(w.free, s)
	}
}
