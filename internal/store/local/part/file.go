package part

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"hash"
	"hash/crc32"
	"slices"

	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"github.com/telltale-dev/telltale/internal/store/local/disk"
)

// fileWriter writes the pages, chunks and footer of a Parquet file. The library's writer was not used since it took half of
// the time of sealing and preallocates per column.
type fileWriter struct {
	file   disk.File
	out    *bufio.Writer
	offset int64
	check  hash.Hash32 // of all that is not a page: page checksums cover those
	zip    *zstd.Encoder
	zipped []byte

	meta    format.FileMetaData
	columns []format.ColumnIndex // of each chunk in turn; MinValues nil where there is none
	offsets []format.OffsetIndex
	group   *format.RowGroup
	chunk   *format.ColumnMetaData
	pages   *format.OffsetIndex
	bounds  *format.ColumnIndex
	rows    int64 // of the pages of this chunk so far
}

var (
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
	magic      = []byte("PAR1")
)

func newFileWriter(file disk.File) (*fileWriter, error) {
	zip, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithEncoderConcurrency(1),
		zstd.WithLowerEncoderMem(true), zstd.WithWindowSize(1<<20), zstd.WithEncoderCRC(false)) // pages have a checksum
	if err != nil {
		return nil, fmt.Errorf("zstd: %w", err)
	}
	w := &fileWriter{file: file, out: bufio.NewWriterSize(file, 256<<10), check: crc32.New(castagnoli), zip: zip}
	return w, w.write(magic)
}

func (w *fileWriter) write(b []byte) error {
	n, err := w.out.Write(b)
	w.offset += int64(n)
	return err
}

// writeMeta writes bytes that are not of a page.
func (w *fileWriter) writeMeta(b []byte) error {
	w.check.Write(b)
	return w.write(b)
}

func (w *fileWriter) beginGroup(rows int) {
	w.meta.RowGroups = append(w.meta.RowGroups, format.RowGroup{
		NumRows: int64(rows), FileOffset: w.offset, Ordinal: int16(len(w.meta.RowGroups)),
		SortingColumns: []format.SortingColumn{{ColumnIdx: int32(ColTime)}},
	})
	w.group = &w.meta.RowGroups[len(w.meta.RowGroups)-1]
	w.meta.NumRows += int64(rows)
}

func (w *fileWriter) beginChunk(typ format.Type, path ...string) {
	w.group.Columns = append(w.group.Columns, format.ColumnChunk{MetaData: format.ColumnMetaData{
		Type: typ, PathInSchema: path, Codec: format.Zstd, Encoding: []format.Encoding{format.RLE},
	}})
	w.chunk = &w.group.Columns[len(w.group.Columns)-1].MetaData
	w.columns = append(w.columns, format.ColumnIndex{BoundaryOrder: format.Unordered})
	w.offsets = append(w.offsets, format.OffsetIndex{})
	w.bounds, w.pages, w.rows = &w.columns[len(w.columns)-1], &w.offsets[len(w.offsets)-1], 0
}

func (w *fileWriter) dictPage(n int, body []byte) error {
	w.chunk.DictionaryPageOffset = w.offset
	h := format.PageHeader{
		Type:                 format.DictionaryPage,
		DictionaryPageHeader: thrift.New(format.DictionaryPageHeader{NumValues: int32(n), Encoding: format.Plain}),
	}
	return w.page(&h, nil, body, false)
}

// pageShape is what the header of a data page says.
type pageShape struct {
	rows, values, nulls int
	encoding            format.Encoding
	rep, def            []byte // levels, encoded
}

func (w *fileWriter) dataPage(p pageShape, body []byte) error {
	if w.chunk.DataPageOffset == 0 {
		w.chunk.DataPageOffset = w.offset
		w.chunk.Encoding = append(w.chunk.Encoding, p.encoding)
		if p.encoding == format.RLEDictionary {
			w.chunk.Encoding = append(w.chunk.Encoding, format.Plain)
		}
	}
	w.chunk.NumValues += int64(p.values)
	w.chunk.Statistics.NullCount += int64(p.nulls)
	start := w.offset
	h := format.PageHeader{Type: format.DataPageV2, DataPageHeaderV2: thrift.New(format.DataPageHeaderV2{
		NumValues: int32(p.values), NumNulls: int32(p.nulls), NumRows: int32(p.rows), Encoding: p.encoding,
		RepetitionLevelsByteLength: int32(len(p.rep)), DefinitionLevelsByteLength: int32(len(p.def)),
	})}
	err := w.page(&h, append(p.rep, p.def...), body, true)
	w.pages.PageLocations = append(w.pages.PageLocations, format.PageLocation{
		Offset: start, CompressedPageSize: int32(w.offset - start), FirstRowIndex: w.rows,
	})
	w.rows += int64(p.rows)
	return err
}

// page compresses a body behind its levels and writes both. Bodies that do not shrink stay as they are where the header can
// say so.
func (w *fileWriter) page(h *format.PageHeader, levels, body []byte, mayStay bool) error {
	w.zipped = append(w.zipped[:0], levels...)
	w.compress(body)
	if mayStay && len(w.zipped)-len(levels) > len(body)-len(body)/32 {
		w.zipped = append(w.zipped[:len(levels)], body...)
		h.DataPageHeaderV2.V.IsCompressed = thrift.New(false)
	}
	h.UncompressedPageSize = int32(len(levels) + len(body))
	h.CompressedPageSize = int32(len(w.zipped))
	h.CRC = int32(crc32.ChecksumIEEE(w.zipped))
	head, err := thrift.Marshal(&thrift.CompactProtocol{}, h)
	if err != nil {
		return fmt.Errorf("page header: %w", err)
	}
	w.chunk.TotalUncompressedSize += int64(len(head) + len(levels) + len(body))
	w.chunk.TotalCompressedSize += int64(len(head) + len(w.zipped))
	if err := w.write(head); err != nil {
		return err
	}
	return w.write(w.zipped)
}

// compress appends a compressed body to w.zipped.
func (w *fileWriter) compress(body []byte) {
	if w.chunk.Codec != format.Snappy {
		w.zipped = w.zip.EncodeAll(body, w.zipped)
		return
	}
	at := len(w.zipped)
	w.zipped = slices.Grow(w.zipped, s2.MaxEncodedLen(len(body)))
	w.zipped = w.zipped[:at+len(s2.EncodeSnappy(w.zipped[at:cap(w.zipped)], body))]
}

func (w *fileWriter) endChunk() {
	w.group.Columns[len(w.group.Columns)-1].FileOffset = w.offset
	w.group.TotalByteSize += w.chunk.TotalUncompressedSize
	w.group.TotalCompressedSize += w.chunk.TotalCompressedSize
}

// bloom writes the filter of the chunk that ended last.
func (w *fileWriter) bloom(chunk *format.ColumnMetaData, bits []byte) error {
	head, err := thrift.Marshal(&thrift.CompactProtocol{}, &format.BloomFilterHeader{
		NumBytes:    int32(len(bits)),
		Algorithm:   format.BloomFilterAlgorithm{Value: &format.SplitBlockAlgorithm{}},
		Hash:        format.BloomFilterHash{Value: &format.XxHash{}},
		Compression: format.BloomFilterCompression{Value: &format.BloomFilterUncompressed{}},
	})
	if err != nil {
		return fmt.Errorf("filter header: %w", err)
	}
	chunk.BloomFilterOffset, chunk.BloomFilterLength = w.offset, int32(len(head)+len(bits))
	if err := w.writeMeta(head); err != nil {
		return err
	}
	return w.writeMeta(bits)
}

// finish writes indexes and footer and syncs the file. It returns the checksum of all that is not a page.
func (w *fileWriter) finish() (uint32, error) {
	chunk := 0
	for g := range w.meta.RowGroups {
		for c := range w.meta.RowGroups[g].Columns {
			if err := w.chunkIndexes(&w.meta.RowGroups[g].Columns[c], chunk); err != nil {
				return 0, err
			}
			chunk++
		}
	}
	w.meta.Version = 2
	w.meta.CreatedBy = "telltale version 1"
	for range w.meta.RowGroups[0].Columns {
		w.meta.ColumnOrders = append(w.meta.ColumnOrders, format.ColumnOrder{Value: &format.TypeDefinedOrder{}})
	}
	footer, err := thrift.Marshal(&thrift.CompactProtocol{}, &w.meta)
	if err != nil {
		return 0, fmt.Errorf("footer: %w", err)
	}
	footer = binary.LittleEndian.AppendUint32(footer, uint32(len(footer)))
	if err := w.writeMeta(append(footer, magic...)); err != nil {
		return 0, err
	}
	if err := w.out.Flush(); err != nil {
		return 0, err
	}
	return w.check.Sum32(), w.file.Sync()
}

func (w *fileWriter) chunkIndexes(c *format.ColumnChunk, chunk int) error {
	if ix := &w.columns[chunk]; ix.MinValues != nil {
		b, err := thrift.Marshal(&thrift.CompactProtocol{}, ix)
		if err != nil {
			return fmt.Errorf("column index: %w", err)
		}
		c.ColumnIndexOffset, c.ColumnIndexLength = w.offset, int32(len(b))
		if err := w.writeMeta(b); err != nil {
			return err
		}
	}
	b, err := thrift.Marshal(&thrift.CompactProtocol{}, &w.offsets[chunk])
	if err != nil {
		return fmt.Errorf("offset index: %w", err)
	}
	c.OffsetIndexOffset, c.OffsetIndexLength = w.offset, int32(len(b))
	return w.writeMeta(b)
}
