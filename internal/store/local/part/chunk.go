package part

import (
	"bytes"
	"encoding/binary"
	"slices"

	"github.com/cespare/xxhash/v2"
	"github.com/parquet-go/parquet-go/format"
)

// chunkEncoder turns the values of a column of one row group into a chunk. Its memory is used again for the next.
type chunkEncoder struct {
	w       *fileWriter
	quick   bool // the part will be merged soon, so long texts are packed for little CPU time rather than little room
	quickly bool // some were
	dict    textDict
	numDict numberDict
	codes   []uint32
	values  []int64
	texts   Texts
	levels  []uint32
	hashes  []uint64
	body    []byte
	def     []byte
}

const (
	sampleRows   = 8192 // how many values decide whether a dictionary is worth it
	sampleNumber = 2048
	maxBound     = 64   // bytes of a least or greatest text that is written
	quickFrom    = 1024 // bytes on average from which texts are packed quickly
)

// texts writes n required strings. at may return memory that its next call changes.
func (e *chunkEncoder) writeTexts(c *Column, n int, at func(i int) []byte, path ...string) error {
	e.w.beginChunk(format.ByteArray, path...)
	var err error
	if !c.Long && e.tryTextDict(n, at) {
		err = e.dictTexts(n)
	} else {
		err = e.plainTexts(c, n, at)
	}
	if err != nil {
		return err
	}
	if c.Bloom {
		e.hashTexts(n, at)
	}
	e.w.endChunk()
	return nil
}

// tryTextDict numbers the values, unless more than 40 % of a sample are distinct.
func (e *chunkEncoder) tryTextDict(n int, at func(i int) []byte) bool {
	e.dict.reset()
	e.codes = e.codes[:0]
	some := 0
	var last []byte
	var code uint32
	for i := range n {
		v := at(i)
		if i == 0 || !bytes.Equal(v, last) {
			code = e.dict.code(v)
			last = e.dict.values.At(int(code))
		}
		e.codes = append(e.codes, code)
		if len(v) > 0 {
			some++
		}
		if i == min(sampleRows, n)-1 && some > 200 && len(e.dict.hashes)*10 > some*4 {
			return false
		}
	}
	return true
}

func (e *chunkEncoder) dictTexts(n int) error {
	values := &e.dict.values
	e.body = e.body[:0]
	least, greatest := values.At(0), values.At(0)
	for i := range values.Len() {
		v := values.At(i)
		e.body = binary.LittleEndian.AppendUint32(e.body, uint32(len(v)))
		e.body = append(e.body, v...)
		if bytes.Compare(v, least) < 0 {
			least = v
		}
		if bytes.Compare(v, greatest) > 0 {
			greatest = v
		}
	}
	if err := e.w.dictPage(values.Len(), e.body); err != nil {
		return err
	}
	e.textStatistics(least, greatest, values.Len())
	return e.codePages(n, values.Len(), nil)
}

func (e *chunkEncoder) textStatistics(least, greatest []byte, distinct int) {
	if len(least) > maxBound || len(greatest) > maxBound {
		return
	}
	s := &e.w.chunk.Statistics
	s.MinValue, s.MaxValue = slices.Clone(least), slices.Clone(greatest)
	s.DistinctCount = int64(distinct)
}

// codePages writes e.codes, with known of optional values: codes are then those of the known values.
func (e *chunkEncoder) codePages(n, distinct int, known []bool) error {
	width := bitWidth(distinct)
	size := PageRows
	if distinct == 1 && known == nil {
		size = n
	}
	next := 0
	for s := 0; s < n; s += size {
		rows := min(size, n-s)
		p := pageShape{rows: rows, values: rows, encoding: format.RLEDictionary}
		if known != nil {
			p.nulls = e.encodeLevels(known[s : s+rows])
			p.def = e.def
		}
		e.body = append(e.body[:0], byte(width))
		e.body = appendRLE(e.body, e.codes[next:next+rows-p.nulls], width)
		next += rows - p.nulls
		if err := e.w.dataPage(p, e.body); err != nil {
			return err
		}
	}
	return nil
}

// encodeLevels sets e.def to the definition levels and returns how many are null.
func (e *chunkEncoder) encodeLevels(known []bool) (nulls int) {
	e.levels = e.levels[:0]
	for _, k := range known {
		if k {
			e.levels = append(e.levels, 1)
		} else {
			e.levels = append(e.levels, 0)
			nulls++
		}
	}
	e.def = appendRLE(e.def[:0], e.levels, 1)
	return nulls
}

// longPageRows is how many rows the pages of a column of long text have: LongPageRows, or fewer so that pages have
// LongPageBytes at most on average. They divide PageRows.
func longPageRows(n, bytes int) int {
	size := LongPageRows
	for size > minLongPageRows && bytes/n*size > LongPageBytes {
		size /= 2
	}
	return size
}

func (e *chunkEncoder) plainTexts(c *Column, n int, at func(i int) []byte) error {
	size := PageRows
	if c.Long {
		total, some := 0, 0
		for i := range n {
			if l := len(at(i)); l > 0 {
				total, some = total+l, some+1
			}
		}
		if e.quick && total > some*quickFrom {
			e.w.chunk.Codec, e.quickly = format.Snappy, true
		}
		if size = longPageRows(n, total); total == 0 {
			size = n
			e.textStatistics(nil, nil, 1)
		}
	}
	var least, greatest []byte
	for s := 0; s < n; s += size {
		rows := min(size, n-s)
		e.texts.reset()
		e.values = e.values[:0]
		for i := s; i < s+rows; i++ {
			v := at(i)
			e.texts.Data = append(e.texts.Data, v...)
			e.values = append(e.values, int64(len(v)))
			if c.Long {
				continue
			}
			if i == 0 || bytes.Compare(v, least) < 0 {
				least = append(least[:0], v...)
			}
			if bytes.Compare(v, greatest) > 0 {
				greatest = append(greatest[:0], v...)
			}
		}
		e.body = append(appendDelta(e.body[:0], e.values), e.texts.Data...)
		p := pageShape{rows: rows, values: rows, encoding: format.DeltaLengthByteArray}
		if err := e.w.dataPage(p, e.body); err != nil {
			return err
		}
	}
	if !c.Long {
		e.textStatistics(least, greatest, 0)
	}
	return nil
}

// hashTexts sets e.hashes to those of the distinct values for a filter.
func (e *chunkEncoder) hashTexts(n int, at func(i int) []byte) {
	e.hashes = e.hashes[:0]
	if e.w.chunk.DictionaryPageOffset > 0 {
		for i := range e.dict.values.Len() {
			e.hashes = append(e.hashes, xxhash.Sum64(e.dict.values.At(i)))
		}
		return
	}
	for i := range n {
		e.hashes = append(e.hashes, xxhash.Sum64(at(i)))
	}
}

// writeNumbers writes n optional numbers.
func (e *chunkEncoder) writeNumbers(n int, at func(i int) (int64, bool), path string) error {
	e.w.beginChunk(format.Int64, path)
	known := make([]bool, n)
	e.values = e.values[:0]
	for i := range n {
		var v int64
		if v, known[i] = at(i); known[i] {
			e.values = append(e.values, v)
		}
	}
	defer e.w.endChunk()
	if len(e.values) == 0 {
		e.encodeLevels(known)
		e.w.chunk.Statistics.DistinctCount = 0
		e.body = appendDelta(e.body[:0], nil)
		return e.w.dataPage(pageShape{rows: n, values: n, nulls: n, encoding: format.DeltaBinaryPacked, def: e.def}, e.body)
	}
	least, greatest := slices.Min(e.values), slices.Max(e.values)
	s := &e.w.chunk.Statistics
	s.MinValue, s.MaxValue = numberBytes(least), numberBytes(greatest)
	if e.tryNumberDict() {
		e.body = e.body[:0]
		for _, v := range e.numDict.values {
			e.body = append(e.body, numberBytes(v)...)
		}
		if err := e.w.dictPage(len(e.numDict.values), e.body); err != nil {
			return err
		}
		return e.codePages(n, len(e.numDict.values), known)
	}
	next := 0
	for s := 0; s < n; s += PageRows {
		rows := min(PageRows, n-s)
		nulls := e.encodeLevels(known[s : s+rows])
		e.body = appendDelta(e.body[:0], e.values[next:next+rows-nulls])
		next += rows - nulls
		p := pageShape{rows: rows, values: rows, nulls: nulls, encoding: format.DeltaBinaryPacked, def: e.def}
		if err := e.w.dataPage(p, e.body); err != nil {
			return err
		}
	}
	return nil
}

func (e *chunkEncoder) tryNumberDict() bool {
	e.numDict.reset()
	e.codes = e.codes[:0]
	for i, v := range e.values {
		e.codes = append(e.codes, e.numDict.code(v))
		if i == min(sampleNumber, len(e.values))-1 && i > 100 && len(e.numDict.values)*10 > i*4 {
			return false
		}
	}
	return true
}

func numberBytes(v int64) []byte { return binary.LittleEndian.AppendUint64(nil, uint64(v)) }

// writeTimes writes the column of times, with bounds of each page.
func (e *chunkEncoder) writeTimes(n int, at func(i int) int64, path string) error {
	e.w.beginChunk(format.Int64, path)
	bounds := e.w.bounds
	bounds.BoundaryOrder = format.Ascending
	for s := 0; s < n; s += PageRows {
		rows := min(PageRows, n-s)
		e.values = e.values[:0]
		for i := s; i < s+rows; i++ {
			e.values = append(e.values, at(i))
		}
		bounds.NullPages = append(bounds.NullPages, false)
		bounds.MinValues = append(bounds.MinValues, numberBytes(e.values[0]))
		bounds.MaxValues = append(bounds.MaxValues, numberBytes(e.values[rows-1]))
		bounds.NullCounts = append(bounds.NullCounts, 0)
		e.body = appendDelta(e.body[:0], e.values)
		p := pageShape{rows: rows, values: rows, encoding: format.DeltaBinaryPacked}
		if err := e.w.dataPage(p, e.body); err != nil {
			return err
		}
	}
	s := &e.w.chunk.Statistics
	s.MinValue, s.MaxValue = bounds.MinValues[0], bounds.MaxValues[len(bounds.MaxValues)-1]
	e.w.endChunk()
	return nil
}

func (e *chunkEncoder) writeFlags(n int, at func(i int) bool, path string) error {
	e.w.beginChunk(format.Boolean, path)
	set := 0
	for i := range n {
		if at(i) {
			set++
		}
	}
	size := PageRows
	if set == 0 || set == n {
		size = n
	}
	for s := 0; s < n; s += size {
		rows := min(size, n-s)
		e.body = append(e.body[:0], make([]byte, (rows+7)/8)...)
		for i := range rows {
			if at(s + i) {
				e.body[i>>3] |= 1 << (i & 7)
			}
		}
		if err := e.w.dataPage(pageShape{rows: rows, values: rows, encoding: format.Plain}, e.body); err != nil {
			return err
		}
	}
	s := &e.w.chunk.Statistics
	s.MinValue, s.MaxValue = []byte{0}, []byte{0}
	if set > 0 {
		s.MaxValue[0] = 1
	}
	if set == n {
		s.MinValue[0] = 1
	}
	e.w.endChunk()
	return nil
}
