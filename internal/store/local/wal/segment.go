package wal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/telltale-dev/telltale/internal/store/local/disk"
)

const (
	segmentMagic   = "telltale wal 1\n\x00"
	headerCopy     = 64             // bytes of one copy of the header
	segmentHeader  = 2 * headerCopy // frames begin here
	segmentSuffix  = ".wal"
	maxSegmentSize = 1 << 30 // refuses to read nonsense
)

// segment is a file of the log.
type segment struct {
	ordinal uint64 // files are in this order
	name    string
	salt    uint32
	start   Position // before its first frame
	size    int64
	valid   bool // the header could be read
}

func segmentName(dir string, ordinal uint64) string {
	return path.Join(dir, fmt.Sprintf("%016d%s", ordinal, segmentSuffix))
}

func appendHeader(b []byte, salt uint32, start Position) []byte {
	le := binary.LittleEndian
	at := len(b)
	b = append(b, segmentMagic...)
	b = le.AppendUint32(b, salt)
	b = le.AppendUint64(b, start.Seq)
	b = le.AppendUint64(b, uint64(start.Spans))
	b = le.AppendUint64(b, uint64(start.Logs))
	b = append(b, make([]byte, headerCopy-4-(len(b)-at))...)
	return le.AppendUint32(b, crc32.Checksum(b[at:], castagnoli))
}

// parseHeader reads either copy of a segment's header.
func parseHeader(b []byte) (salt uint32, start Position, ok bool) {
	le := binary.LittleEndian
	for at := 0; at+headerCopy <= min(len(b), segmentHeader); at += headerCopy {
		h := b[at : at+headerCopy]
		if string(h[:len(segmentMagic)]) != segmentMagic || le.Uint32(h[headerCopy-4:]) != crc32.Checksum(h[:headerCopy-4], castagnoli) {
			continue
		}
		f := h[len(segmentMagic):]
		return le.Uint32(f), Position{Seq: le.Uint64(f[4:]), Spans: int64(le.Uint64(f[12:])), Logs: int64(le.Uint64(f[20:]))}, true
	}
	return 0, Position{}, false
}

// listSegments reads the headers of all segments, in order.
func listSegments(fs disk.FS, dir string) ([]segment, error) {
	names, err := fs.List(dir)
	if err != nil {
		return nil, fmt.Errorf("list write-ahead log: %w", err)
	}
	var all []segment
	for _, n := range names {
		ordinal, err := strconv.ParseUint(strings.TrimSuffix(n, segmentSuffix), 10, 64)
		if err != nil || !strings.HasSuffix(n, segmentSuffix) {
			continue
		}
		s := segment{ordinal: ordinal, name: path.Join(dir, n)}
		if err := s.readHeader(fs); err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b segment) int {
		if a.ordinal < b.ordinal {
			return -1
		}
		return 1
	})
	return all, nil
}

func (s *segment) readHeader(fs disk.FS) error {
	f, err := fs.Open(s.name)
	if err != nil {
		return fmt.Errorf("open segment %s: %w", s.name, err)
	}
	defer func() { _ = f.Close() }()
	if s.size, err = f.Size(); err != nil {
		return fmt.Errorf("size of segment %s: %w", s.name, err)
	}
	b := make([]byte, segmentHeader)
	n, err := f.ReadAt(b, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read segment %s: %w", s.name, err)
	}
	s.salt, s.start, s.valid = parseHeader(b[:n])
	return nil
}

// read returns the bytes of a segment, reusing buf.
func (s *segment) read(fs disk.FS, buf []byte) ([]byte, error) {
	f, err := fs.Open(s.name)
	if err != nil {
		return nil, fmt.Errorf("open segment %s: %w", s.name, err)
	}
	defer func() { _ = f.Close() }()
	size, err := f.Size()
	if err != nil {
		return nil, fmt.Errorf("size of segment %s: %w", s.name, err)
	}
	if size > maxSegmentSize {
		return nil, fmt.Errorf("segment %s has %d bytes, more than was ever written", s.name, size)
	}
	buf = slices.Grow(buf[:0], int(size))[:size]
	n, err := io.ReadFull(io.NewSectionReader(f, 0, size), buf)
	if err == nil || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return buf[:n], nil
	}
	if !readBlocks(f, buf) {
		return nil, fmt.Errorf("read segment %s: %w", s.name, err)
	}
	return buf, nil
}

// readBlocks reads what can be read of a file on a failing disk; blocks that cannot be are zero. It reports whether any
// could.
func readBlocks(f io.ReaderAt, buf []byte) bool {
	const block = 4096
	read := false
	for at := 0; at < len(buf); at += block {
		b := buf[at:min(at+block, len(buf))]
		if _, err := f.ReadAt(b, int64(at)); err != nil {
			clear(b)
			continue
		}
		read = true
	}
	return read
}

// frames finds all valid frames below a sequence number. Where one is not whole or damaged, the next is searched for byte
// by byte.
func (s *segment) frames(b []byte, limit uint64) []frame {
	var found []frame
	magic := binary.LittleEndian.AppendUint32(nil, frameMagic)
	last := s.start.Seq
	for at := segmentHeader; at < len(b); {
		f, ok := parseFrame(b, at, s.salt)
		if ok {
			if f.end.Seq > last && f.end.Seq < limit {
				found = append(found, f)
				last = f.end.Seq
			}
			at += f.size()
			continue
		}
		next := bytes.Index(b[at+1:], magic)
		if next < 0 {
			break
		}
		at += 1 + next
	}
	return found
}
