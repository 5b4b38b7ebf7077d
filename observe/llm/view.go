package llm

import (
	"bytes"
	"errors"
	"io"
	"sync"
)

// A looker is shown the body of a request, or its beginning. What it is given it does not keep.
type looker interface{ see(body []byte, whole bool) }

// lookFunc is a function that looks.
type lookFunc func(body []byte, whole bool)

func (f lookFunc) see(body []byte, whole bool) { f(body, whole) }

// withBody lets by look at the body of the request, or at its beginning, of about limit bytes at most; nobody looks where by
// is nil, and the prompt is copied. It returns what there is of the body, to be freed; nil if there is none to read.
func (c *exchange) withBody(limit int, by looker) *view {
	if c.again == nil {
		return nil
	}
	body, err := c.again()
	if err != nil {
		return nil
	}
	defer func() { _ = body.Close() }()
	v := views.Get().(*view)
	v.size, v.limit, v.by = c.size, limit, by
	if w, ok := body.(io.WriterTo); ok {
		_, err = w.WriteTo(v)
		v.end(err == nil)
		return v
	}
	n, err := v.copied.ReadFrom(io.LimitReader(body, maxRead))
	v.end(err == nil && n < maxRead)
	return v
}

// views holds memory for bodies, no state.
var views = sync.Pool{New: func() any { return new(view) }}

var errSeen = errors.New("enough seen")

// promptCopy is up to where a body that is looked at in place is copied as well, in case its prompt will be shown.
const promptCopy = 16 << 10

// view looks at what a body writes. One in memory writes itself in one piece, which is shown as it is.
type view struct {
	size   int64 // of the body, if known
	limit  int   // of what is shown without a copy
	by     looker
	copied bytes.Buffer
	isCopy bool // copied is what was shown, or as much of it as a prompt may be long
	whole  bool // and that is all of the body
	seen   bool
}

func (v *view) Write(p []byte) (int, error) {
	switch {
	case v.seen:
		return 0, errSeen
	case v.copied.Len() == 0 && int64(len(p)) == v.size:
		v.inPlace(p)
	case v.copied.Len()+len(p) > maxRead:
		v.copied.Write(p[:maxRead-v.copied.Len()])
		v.end(false)
		return 0, errSeen
	default:
		v.copied.Write(p)
	}
	return len(p), nil
}

// WriteString implements io.StringWriter: what writes strings would make a copy for Write.
func (v *view) WriteString(s string) (int, error) {
	if !v.seen && v.copied.Len()+len(s) <= maxRead {
		return v.copied.WriteString(s)
	}
	return v.Write([]byte(s))
}

// inPlace shows a body that is whole in memory.
func (v *view) inPlace(p []byte) {
	v.seen = true
	if v.by == nil || len(p) <= promptCopy {
		n := min(len(p), scanContent)
		v.copied.Write(p[:n])
		v.isCopy, v.whole = true, n == len(p)
	}
	if v.by != nil {
		v.by.see(p[:min(len(p), v.limit)], len(p) <= v.limit)
	}
}

// end shows what was copied.
func (v *view) end(whole bool) {
	if v.seen {
		return
	}
	v.seen, v.isCopy, v.whole = true, true, whole
	if v.by != nil {
		v.by.see(v.copied.Bytes(), whole)
	}
}

// prompt is what of the body may be shown, and whether that is all.
func (v *view) prompt() (p []byte, whole bool) {
	p = v.copied.Bytes()
	return p[:min(len(p), scanContent)], v.whole && len(p) <= scanContent
}

func (v *view) free() {
	if v.copied.Cap() > 2*maxRead {
		return
	}
	v.copied.Reset()
	*v = view{copied: v.copied}
	views.Put(v)
}
