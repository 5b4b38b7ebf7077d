package audit

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"
)

// Read reads a log as File writes it, for instance a copy of one. It does not verify: give what it returns to Verify. A
// line that is no entry ends it with a *Broken, and so does a last line that was torn.
func Read(r io.Reader) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		lines := bufio.NewReaderSize(r, 64<<10)
		for last := uint64(0); ; {
			line, err := readLine(lines)
			if errors.Is(err, io.EOF) && len(line) == 0 {
				return
			}
			var e Entry
			switch {
			case errors.Is(err, io.EOF):
				err = &Broken{Seq: last + 1, Reason: fmt.Sprintf("its line is torn after %d bytes", len(line))}
			case errors.Is(err, errLongLine):
				err = &Broken{Seq: last + 1, Reason: err.Error()}
			case err == nil:
				if err = e.UnmarshalLine(line); err != nil {
					err = &Broken{Seq: last + 1, Reason: "its line cannot be read: " + err.Error()}
				}
			default:
				err = fmt.Errorf("read audit log: %w", err)
			}
			if err != nil {
				yield(Entry{}, err)
				return
			}
			if last = e.Seq; !yield(e, nil) {
				return
			}
		}
	}
}

var errLongLine = errors.New("its line is too long")

// readLine returns the next line with its line feed; io.EOF with what there is of it, if it has none.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		piece, err := r.ReadSlice('\n')
		line = append(line, piece...)
		switch {
		case len(line) > maxLine:
			return nil, errLongLine
		case !errors.Is(err, bufio.ErrBufferFull):
			return line, err
		}
	}
}
