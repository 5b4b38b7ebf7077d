package api

import (
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// page is where a list goes on. The text of it is opaque to clients, checked when it comes back, and holds the range of
// the first page, so that relative times mean the same on every page.
type page struct {
	Range telemetry.Range
	After telemetry.Cursor
}

// cursorSize: version, range, time, ids, skip, what it belongs to, checksum.
const cursorSize = 1 + 2*8 + 8 + 16 + 8 + 4 + 4 + 4

const cursorVersion = 1

// encode writes a page of the list that key names.
func (p page) encode(key string) string {
	b := make([]byte, 0, cursorSize)
	b = append(b, cursorVersion)
	b = binary.BigEndian.AppendUint64(b, uint64(p.Range.From))
	b = binary.BigEndian.AppendUint64(b, uint64(p.Range.To))
	b = binary.BigEndian.AppendUint64(b, uint64(p.After.Time))
	b = append(b, p.After.TraceID[:]...)
	b = append(b, p.After.SpanID[:]...)
	b = binary.BigEndian.AppendUint32(b, uint32(p.After.Skip))
	b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE([]byte(key)))
	b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
	return base64.RawURLEncoding.EncodeToString(b)
}

// decodePage reads what encode wrote.
func decodePage(text, key string) (page, error) {
	damaged := badParam("cursor", "is damaged", "next_cursor of the page before, unchanged")
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(b) != cursorSize || b[0] != cursorVersion ||
		crc32.ChecksumIEEE(b[:cursorSize-4]) != binary.BigEndian.Uint32(b[cursorSize-4:]) {
		return page{}, damaged
	}
	if binary.BigEndian.Uint32(b[cursorSize-8:]) != crc32.ChecksumIEEE([]byte(key)) {
		return page{}, badParam("cursor", "belongs to another query", "the path, q and order of the page before")
	}
	var p page
	p.Range.From = int64(binary.BigEndian.Uint64(b[1:]))
	p.Range.To = int64(binary.BigEndian.Uint64(b[9:]))
	p.After.Time = int64(binary.BigEndian.Uint64(b[17:]))
	copy(p.After.TraceID[:], b[25:])
	copy(p.After.SpanID[:], b[41:])
	p.After.Skip = int(binary.BigEndian.Uint32(b[49:]))
	if p.encode(key) != text { // the same bytes in other letters: line breaks, spare bits
		return page{}, damaged
	}
	return p, nil
}

// place follows the records of a list, to know where the next page begins.
type place struct{ last telemetry.Cursor }

// pass notes a record that goes into the page. Skip counts those with the very same time and ids, this one among them.
func (p *place) pass(e *telemetry.Event) {
	if e.Time == p.last.Time && e.TraceID == p.last.TraceID && e.SpanID == p.last.SpanID && p.last.Skip > 0 {
		p.last.Skip++
		return
	}
	p.last = telemetry.Cursor{Time: e.Time, TraceID: e.TraceID, SpanID: e.SpanID, Skip: 1}
}
