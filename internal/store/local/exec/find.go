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
	text []byte
	rare int // which of its bytes is least likely in a text
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
