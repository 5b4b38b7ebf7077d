package part

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/telltale-dev/telltale/internal/store/local/disk"
)

// The index beside a part holds a checksum of the part's footer and, for every PageRows rows, a filter of the words of
// its long texts:
//
//	magic, checksum of all that follows (4 bytes each)
//	checksum of what of the part is not a page, number of row groups, of each: number of pages, of each: blocks of its filter
//	the filters
const indexMagic = "TTI2" // 1 had other hashes

type indexWriter struct {
	groups [][]uint32 // blocks of each filter
	bits   []byte
}

func (ix *indexWriter) beginGroup() { ix.groups = append(ix.groups, nil) }

func (ix *indexWriter) addPage(words *wordSet) {
	before := len(ix.bits)
	ix.bits = words.take(ix.bits)
	last := len(ix.groups) - 1
	ix.groups[last] = append(ix.groups[last], uint32(len(ix.bits)-before)/blockBytes)
}

// write writes and syncs the index of a part and returns its size.
func (ix *indexWriter) write(fs disk.FS, name string, check uint32) (int64, error) {
	b := append([]byte(indexMagic), 0, 0, 0, 0)
	b = binary.LittleEndian.AppendUint32(b, check)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(ix.groups)))
	for _, pages := range ix.groups {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(pages)))
		for _, blocks := range pages {
			b = binary.LittleEndian.AppendUint32(b, blocks)
		}
	}
	b = append(b, ix.bits...)
	binary.LittleEndian.PutUint32(b[4:], crc32.Checksum(b[8:], castagnoli))
	f, err := fs.Create(Files(name)[1])
	if err != nil {
		return 0, fmt.Errorf("create index: %w", err)
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	return int64(len(b)), errors.Join(err, f.Close())
}

// wordIndex is an open index. Filters stay on disk.
type wordIndex struct {
	file   disk.File
	size   int64
	check  uint32
	groups [][]filterAt
}

type filterAt struct {
	offset int64
	blocks int
}

var errIndex = errors.New("the index is damaged")

func openIndex(fs disk.FS, name string) (*wordIndex, error) {
	f, err := fs.Open(Files(name)[1])
	if err != nil {
		return nil, err
	}
	ix := &wordIndex{file: f}
	if err := ix.read(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return ix, nil
}

func (ix *wordIndex) read() (err error) {
	if ix.size, err = ix.file.Size(); err != nil {
		return err
	}
	sum := crc32.New(castagnoli)
	in := bufio.NewReaderSize(io.NewSectionReader(ix.file, 0, ix.size), 64<<10)
	var head [8]byte
	if _, err := io.ReadFull(in, head[:]); err != nil || string(head[:4]) != indexMagic {
		return errIndex
	}
	body := io.TeeReader(in, sum)
	at := int64(len(head))
	next := func() uint32 {
		var b [4]byte
		if _, e := io.ReadFull(body, b[:]); e != nil {
			err = errIndex
		}
		at += 4
		return binary.LittleEndian.Uint32(b[:])
	}
	ix.check = next()
	groups := next()
	for g := uint32(0); g < groups && err == nil; g++ {
		pages := next()
		var filters []filterAt
		for p := uint32(0); p < pages && err == nil; p++ {
			filters = append(filters, filterAt{blocks: int(next())})
		}
		ix.groups = append(ix.groups, filters)
	}
	if err != nil {
		return err
	}
	for _, filters := range ix.groups {
		for p := range filters {
			filters[p].offset = at
			at += int64(filters[p].blocks) * blockBytes
		}
	}
	if _, err := io.Copy(io.Discard, body); err != nil {
		return err
	}
	if at != ix.size || sum.Sum32() != binary.LittleEndian.Uint32(head[4:]) {
		return errIndex
	}
	return nil
}

// mayHave reports whether a page of a row group may hold all words; buf is scratch of a block.
func (ix *wordIndex) mayHave(group, page int, words []uint64, buf []byte) bool {
	if group >= len(ix.groups) || page >= len(ix.groups[group]) {
		return true
	}
	at := ix.groups[group][page]
	for _, h := range words {
		if h == 0 {
			h = 1
		}
		if at.blocks == 0 {
			return false
		}
		if _, err := ix.file.ReadAt(buf[:blockBytes], at.offset+int64(blockOf(h, at.blocks))*blockBytes); err != nil {
			return true
		}
		if !blockHas(buf, h) {
			return false
		}
	}
	return true
}
