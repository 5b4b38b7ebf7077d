package exec

import (
	"bytes"
	"slices"

	"github.com/telltale-dev/telltale/internal/store/local/part"
)

// find looks for a substring in whole pages of text at once, whichever of their rows are in question: to go from row to row
// costs more than the texts between them.
func (s *leafState) find(want *substring, in selected, out []int32) ([]int32, error) {
	rows := in.rows
	for next := in.first(); next >= 0; {
		if err := s.cursor.Seek(next); err != nil {
			return out, err
		}
		page := selected{all: in.all, begin: max(in.begin, int32(s.cursor.Start)), end: int32(s.cursor.Start + s.cursor.N)}
		if in.all {
			page.end = min(page.end, in.end)
			if next = int(page.end); page.end == in.end {
				next = -1
			}
		} else {
			n, _ := slices.BinarySearch(rows, page.end)
			page.rows, rows = rows[:n], rows[n:]
			page.begin, page.end = page.rows[0], page.rows[n-1]+1
			if next = -1; len(rows) > 0 {
				next = int(rows[0])
			}
		}
		out = want.rows(s.cursor, page, out)
	}
	return out, nil
}

// substring is what is looked for in texts.
type substring struct {
	text    []byte
	rare    int                 // which of its bytes is least likely in a text
	fold    bool                // ASCII case aside; text is in lower case
	confirm func(v []byte) bool // whether a text that has it meets the condition; nil where all do
}

// newWords is a substring that a text must have to meet a condition on words.
func newWords(text string, confirm func(v []byte) bool) *substring {
	s := newSubstring(string(lowered([]byte(text))))
	s.fold, s.confirm = true, confirm
	return s
}

// lowered puts ASCII letters into lower case, in place.
func lowered(text []byte) []byte {
	for i, c := range text {
		if 'A' <= c && c <= 'Z' {
			text[i] = c | 0x20
		}
	}
	return text
}

func newSubstring(text string) *substring {
	s := &substring{text: []byte(text)}
	for i, c := range s.text {
		if frequency(c) < frequency(s.text[s.rare]) {
			s.rare = i
		}
	}
	return s
}

// frequency ranks bytes by how often they are in prose and JSON, roughly.
func frequency(c byte) int {
	const common = "zqxjkvbpygfwmucldrhsnioate" // letters of English, rarest first
	if i := bytes.IndexByte([]byte(common), c); i >= 0 {
		return 20 + 9*i
	}
	switch {
	case c == ' ':
		return 255
	case c == '"' || c == '\\' || c == ',' || c == '.' || c == ':' || c == '\n':
		return 120
	case '0' <= c && c <= '9', 'A' <= c && c <= 'Z':
		return 60
	case c >= 0x80:
		return 90
	}
	return 10
}

// missesAllowed is how many bytes, for each time the rare byte was found in vain, make up for it.
const missesAllowed = 32

// index is bytes.Index, by way of the rare byte as long as that is rare in this text, too.
func (s *substring) index(text []byte) int {
	if s.fold {
		return s.indexFold(text)
	}
	misses := 0
	for at := s.rare; at < len(text); at++ {
		k := bytes.IndexByte(text[at:], s.text[s.rare])
		if k < 0 {
			return -1
		}
		at += k
		begin := at - s.rare
		if bytes.HasPrefix(text[begin:], s.text) {
			return begin
		}
		if misses++; misses > 16 && misses*missesAllowed > at {
			if k := bytes.Index(text[begin+1:], s.text); k >= 0 {
				return begin + 1 + k
			}
			return -1
		}
	}
	return -1
}

// indexFold is index, ASCII case aside.
func (s *substring) indexFold(text []byte) int {
	low, last := s.text[s.rare], len(text)-len(s.text)+s.rare
	up := low
	if 'a' <= low && low <= 'z' {
		up -= 'a' - 'A'
	}
	next := func(from int, c byte) int {
		if from > last {
			return last + 1
		}
		if k := bytes.IndexByte(text[from:last+1], c); k >= 0 {
			return from + k
		}
		return last + 1
	}
	nextLow, nextUp := next(s.rare, low), last+1
	if up != low {
		nextUp = next(s.rare, up)
	}
	for {
		at := min(nextLow, nextUp)
		if at > last {
			return -1
		}
		if s.equalFold(text[at-s.rare:]) {
			return at - s.rare
		}
		if at == nextLow {
			nextLow = next(at+1, low)
		} else {
			nextUp = next(at+1, up)
		}
	}
}

func (s *substring) equalFold(text []byte) bool {
	for i, want := range s.text {
		c := text[i]
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		if c != want {
			return false
		}
	}
	return true
}

// rows appends the rows of a page of texts that have the substring.
func (s *substring) rows(c *part.Cursor, in selected, out []int32) []int32 {
	off := c.Texts.Off
	row, rows := int(in.begin)-c.Start, in.rows
	at, stop := int(off[row]), int(off[int(in.end)-c.Start])
	for at < stop {
		k := s.index(c.Texts.Data[at:stop])
		if k < 0 {
			break
		}
		at += k
		row += upTo(off[row+1:], at)
		end := int(off[row+1])
		if at+len(s.text) > end { // across the end of a text
			at++
			continue
		}
		at = end
		if s.confirm != nil && !s.confirm(c.Texts.At(row)) {
			continue
		}
		if hit := int32(c.Start + row); in.all {
			out = append(out, hit)
		} else {
			n, ok := slices.BinarySearch(rows, hit)
			if rows = rows[n:]; ok {
				out = append(out, hit)
			}
		}
	}
	return out
}

// upTo is how many ends are not beyond a place.
func upTo(ends []uint32, at int) int {
	n, _ := slices.BinarySearch(ends, uint32(at)+1)
	return n
}
