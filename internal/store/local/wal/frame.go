package wal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"

	"github.com/klauspost/compress/s2"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

const (
	frameMagic  = 0x31665454 // "TTf1"
	frameHeader = 48
)

// Codecs of a payload, its first byte.
const (
	codecRaw = 0
	codecS2  = 2 // 1 was zstd
	// compressFrom is how many bytes must be on their way to the disk for a batch to be compressed. What is in the log is gone
	// within minutes, and S2 takes two thirds of the CPU time of an append; with less than this the disk keeps up.
	compressFrom = 4 << 20
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Position is a place in the log: after the frame of a sequence number, with what was accepted up to there.
type Position struct {
	Seq   uint64
	Spans int64
	Logs  int64
}

// plus returns the position after a batch.
func (p Position) plus(spans, logs int64) Position {
	return Position{Seq: p.Seq + 1, Spans: p.Spans + spans, Logs: p.Logs + logs}
}

// Accepted counts the records of a batch that count: all but repeats, by Signal.
func Accepted(b *telemetry.Batch) (spans, logs int64) {
	for i := range b.Spans {
		if !b.Spans[i].Repeat {
			spans++
		}
	}
	return spans, int64(len(b.Logs))
}

// frame is where a valid frame lies in a segment.
type frame struct {
	at     int
	length int // of the payload
	end    Position
	synced uint64
}

func (f *frame) size() int { return frameHeader + f.length }

// putHeader fills the first 48 bytes of buf, whose rest is the payload.
func putHeader(buf []byte, salt uint32, end Position, synced uint64, payloadCRC uint32) {
	le := binary.LittleEndian
	le.PutUint32(buf, frameMagic)
	le.PutUint32(buf[4:], uint32(len(buf)-frameHeader))
	le.PutUint64(buf[8:], end.Seq)
	le.PutUint64(buf[16:], synced)
	le.PutUint64(buf[24:], uint64(end.Spans))
	le.PutUint64(buf[32:], uint64(end.Logs))
	le.PutUint32(buf[40:], payloadCRC)
	le.PutUint32(buf[44:], crc32.Update(salt, castagnoli, buf[:44]))
}

// parseFrame reads the frame at a place of a segment, and reports whether there is a whole and undamaged one.
func parseFrame(segment []byte, at int, salt uint32) (frame, bool) {
	if len(segment)-at < frameHeader {
		return frame{}, false
	}
	h := segment[at : at+frameHeader]
	le := binary.LittleEndian
	if le.Uint32(h) != frameMagic || le.Uint32(h[44:]) != crc32.Update(salt, castagnoli, h[:44]) {
		return frame{}, false
	}
	f := frame{
		at: at, length: int(le.Uint32(h[4:])), synced: le.Uint64(h[16:]),
		end: Position{Seq: le.Uint64(h[8:]), Spans: int64(le.Uint64(h[24:])), Logs: int64(le.Uint64(h[32:]))},
	}
	if f.length > len(segment)-at-frameHeader {
		return frame{}, false
	}
	return f, crc32.Checksum(f.payload(segment), castagnoli) == le.Uint32(h[40:])
}

func (f *frame) payload(segment []byte) []byte {
	return segment[f.at+frameHeader : f.at+f.size()]
}

// seal appends the payload of an encoded batch to dst, as it is or compressed.
func seal(dst, raw []byte, compress bool) []byte {
	if !compress {
		return append(append(slices.Grow(dst, 1+len(raw)), codecRaw), raw...)
	}
	dst = append(slices.Grow(dst, 1+s2.MaxEncodedLen(len(raw))), codecS2)
	packed := s2.Encode(dst[len(dst):cap(dst)], raw) // in place: there is room
	return dst[:len(dst)+len(packed)]
}

// open returns the batch in a payload.
func open(payload []byte) (*telemetry.Batch, error) {
	if len(payload) == 0 {
		return nil, errEncoding
	}
	raw := payload[1:]
	switch payload[0] {
	case codecRaw:
	case codecS2:
		n, err := s2.DecodedLen(raw)
		if err != nil || n > MaxBatch {
			return nil, errors.Join(errEncoding, err)
		}
		if raw, err = s2.Decode(nil, raw); err != nil {
			return nil, errors.Join(errEncoding, err)
		}
	default:
		return nil, fmt.Errorf("codec %d is not known: %w", payload[0], errEncoding)
	}
	return decodeBatch(raw)
}
