package part

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go/format"

	"github.com/telltale-dev/telltale/internal/store/local/disk"
)

// Write makes a part of a memtable's rows, sorted by time, trace and span id. Repeats whose base is in the memtable are
// merged into it. The memtable may not grow meanwhile, nor be written by another call. When Write returns nil both files are
// synced, but not their folder. After an error the files may exist and hold anything; the caller removes them. Long texts
// are packed quickly, see chunkEncoder.
func Write(ctx context.Context, fs disk.FS, name string, m *Memtable) (Meta, error) {
	d, err := NewDecoder()
	if err != nil {
		return Meta{}, err
	}
	defer d.Close()
	m, replaced, err := m.mergeRepeats(d)
	if err != nil {
		return Meta{}, fmt.Errorf("write part %s: %w", name, err)
	}
	rows := m.sorted(replaced)
	pw, err := newPartWriter(fs, name, promote(m.keyCounts(), m.rows))
	if err != nil {
		return Meta{}, err
	}
	pw.enc.quick = true
	for s := 0; s < len(rows) && err == nil; s += GroupRows {
		err = pw.writeGroup(ctx, m, rows[s:min(s+GroupRows, len(rows))])
	}
	return pw.close(err)
}

// sorted returns the rows in the order of a part, without those that are replaced.
func (m *Memtable) sorted(replaced map[int32]bool) []int32 {
	rows := make([]int32, 0, m.rows)
	for i := range int32(m.rows) {
		if !replaced[i] {
			rows = append(rows, i)
		}
	}
	traces, spans := &m.texts[ColTrace], &m.texts[ColSpan]
	slices.SortStableFunc(rows, func(a, b int32) int {
		if c := cmp.Compare(m.times[a], m.times[b]); c != 0 {
			return c
		}
		if c := bytes.Compare(traces.At(int(a)), traces.At(int(b))); c != 0 {
			return c
		}
		return bytes.Compare(spans.At(int(a)), spans.At(int(b)))
	})
	return rows
}

// keyCounts counts the rows that have each attribute key.
func (m *Memtable) keyCounts() map[string]int64 {
	counts := make([]int64, len(m.keys))
	for _, k := range m.attrKey {
		counts[k]++
	}
	byKey := make(map[string]int64, len(counts))
	for k, n := range counts {
		byKey[m.keys[k]] += n
	}
	return byKey
}

// promote chooses the keys that become columns: the most frequent ones, sorted. Names of columns may not differ in case
// only, since SQL does not tell such apart.
func promote(counts map[string]int64, rows int) []string {
	var keys []string
	for k, n := range counts {
		if n*promoteEvery >= int64(rows) && len(k) <= maxPromoteKey && k != "" {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
	taken := map[string]bool{}
	keys = slices.DeleteFunc(keys, func(k string) bool {
		folded := strings.ToLower(k)
		if taken[folded] || len(taken) == maxPromoted {
			return true
		}
		taken[folded] = true
		return false
	})
	slices.Sort(keys)
	return keys
}

// partWriter writes the files of a part, a row group at a time.
type partWriter struct {
	fs       disk.FS
	file     disk.File
	w        *fileWriter
	enc      *chunkEncoder
	promoted []string
	meta     Meta
	keys     map[string]int64
	words    wordSet
	index    indexWriter
}

func newPartWriter(fs disk.FS, name string, promoted []string) (*partWriter, error) {
	file, err := fs.Create(name)
	if err != nil {
		return nil, fmt.Errorf("create part %s: %w", name, err)
	}
	w, err := newFileWriter(file)
	if err != nil {
		return nil, fmt.Errorf("create part %s: %w", name, err)
	}
	w.meta.Schema = schemaOf(promoted)
	return &partWriter{
		fs: fs, file: file, w: w, enc: &chunkEncoder{w: w}, promoted: promoted, keys: map[string]int64{},
		meta: Meta{Name: name, MinTime: math.MaxInt64, MaxTime: math.MinInt64},
	}, nil
}

// writeGroup writes rows of a memtable as a row group. They must not be before those of the last.
func (pw *partWriter) writeGroup(ctx context.Context, m *Memtable, rows []int32) error {
	pw.count(m, rows)
	pw.w.beginGroup(len(rows))
	var blooms [][]byte
	var bloomed []int
	for id := range columns {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := pw.writeColumn(m, rows, ID(id)); err != nil {
			return err
		}
		if columns[id].Bloom {
			blooms = append(blooms, bloomOf(nil, pw.enc.hashes))
			bloomed = append(bloomed, id)
		}
	}
	if err := pw.writeAttrs(ctx, m, rows); err != nil {
		return err
	}
	for i, id := range bloomed {
		if err := pw.w.bloom(&pw.w.group.Columns[id].MetaData, blooms[i]); err != nil {
			return err
		}
	}
	pw.addWords(m, rows)
	return nil
}

func (pw *partWriter) count(m *Memtable, rows []int32) {
	pw.meta.Rows += len(rows)
	for _, i := range rows {
		switch {
		case m.kinds[i] == uint8(kindOfLog):
			pw.meta.Logs++
		case m.flag(ColRepeat, int(i)):
			pw.meta.Repeats++
		default:
			pw.meta.Spans++
		}
	}
	pw.meta.MinTime = min(pw.meta.MinTime, m.times[rows[0]])
	pw.meta.MaxTime = max(pw.meta.MaxTime, m.times[rows[len(rows)-1]])
}

func (pw *partWriter) writeColumn(m *Memtable, rows []int32, id ID) error {
	c := &columns[id]
	switch c.Type {
	case Timestamp:
		return pw.enc.writeTimes(len(rows), func(i int) int64 { return m.times[rows[i]] }, c.Name)
	case Number:
		col := &m.numbers[id]
		return pw.enc.writeNumbers(len(rows), func(i int) (int64, bool) {
			v := col.at(int(rows[i]))
			return v.Value, v.Known
		}, c.Name)
	case Flag:
		return pw.enc.writeFlags(len(rows), func(i int) bool { return m.flag(id, int(rows[i])) }, c.Name)
	}
	if id == ColKind || id == ColResource {
		return pw.enc.writeTexts(c, len(rows), func(i int) []byte { return m.text(id, int(rows[i])) }, c.Name)
	}
	col := &m.texts[id]
	return pw.enc.writeTexts(c, len(rows), func(i int) []byte { return col.At(int(rows[i])) }, c.Name)
}

// writeAttrs writes the promoted attributes, then the map of all others. An empty value stays in the map even where the key
// is promoted, for there it can be told from an absent one.
func (pw *partWriter) writeAttrs(ctx context.Context, m *Memtable, rows []int32) error {
	column := make([]int, len(m.keys)) // of a key: 1 + its place in promoted
	for k, key := range m.keys {
		if p, ok := slices.BinarySearch(pw.promoted, key); ok {
			column[k] = p + 1
		}
	}
	values := make([][]uint32, len(pw.promoted)) // of each row: 1 + its entry
	for p := range values {
		values[p] = make([]uint32, len(rows))
	}
	rest := make([]uint32, 0, len(rows)) // entries for the map
	ends := make([]int, len(rows))
	for i, row := range rows {
		from, to := m.attrs(int(row))
		for a := from; a < to; a++ {
			key := m.attrKey[a]
			pw.keys[m.keys[key]]++
			if p := column[key]; p > 0 && values[p-1][i] == 0 && m.attrText.Off[a+1] > m.attrText.Off[a] {
				values[p-1][i] = a + 1
				continue
			}
			rest = append(rest, a)
		}
		ends[i] = len(rest)
	}
	plain := &Column{}
	for p, key := range pw.promoted {
		if err := ctx.Err(); err != nil {
			return err
		}
		entries := values[p]
		err := pw.enc.writeTexts(plain, len(rows), func(i int) []byte {
			if entries[i] == 0 {
				return nil
			}
			return m.attrText.At(int(entries[i] - 1))
		}, attrPrefix+key)
		if err != nil {
			return err
		}
	}
	return pw.enc.writeMap(ends, rest, m)
}

// writeMap writes the chunks of keys and values of the map: entries of row i end at ends[i].
func (e *chunkEncoder) writeMap(ends []int, entries []uint32, m *Memtable) error {
	e.w.beginChunk(format.ByteArray, mapKeyPath...)
	e.dict.reset()
	e.codes = e.codes[:0]
	for _, a := range entries {
		e.codes = append(e.codes, e.dict.code([]byte(m.keys[m.attrKey[a]])))
	}
	e.body = e.body[:0]
	values := &e.dict.values
	for i := range values.Len() {
		e.body = append(appendUint32(e.body, len(values.At(i))), values.At(i)...)
	}
	if err := e.w.dictPage(values.Len(), e.body); err != nil {
		return err
	}
	width := bitWidth(values.Len())
	err := e.mapPages(ends, format.RLEDictionary, func(from, to int) {
		e.body = append(e.body[:0], byte(width))
		e.body = appendRLE(e.body, e.codes[from:to], width)
	})
	if err != nil {
		return err
	}
	e.w.endChunk()
	e.w.beginChunk(format.ByteArray, mapValuePath...)
	err = e.mapPages(ends, format.DeltaLengthByteArray, func(from, to int) {
		e.values = e.values[:0]
		for _, a := range entries[from:to] {
			e.values = append(e.values, int64(len(m.attrText.At(int(a)))))
		}
		e.body = appendDelta(e.body[:0], e.values)
		for _, a := range entries[from:to] {
			e.body = append(e.body, m.attrText.At(int(a))...)
		}
	})
	e.w.endChunk()
	return err
}

func (e *chunkEncoder) mapPages(ends []int, enc format.Encoding, body func(from, to int)) error {
	var rep []byte
	var reps []uint32
	for s := 0; s < len(ends); s += PageRows {
		rows := min(PageRows, len(ends)-s)
		e.levels, reps = e.levels[:0], reps[:0]
		first := 0
		if s > 0 {
			first = ends[s-1]
		}
		from, nulls := first, 0
		for _, end := range ends[s : s+rows] {
			if end == from {
				e.levels, reps = append(e.levels, 0), append(reps, 0)
				nulls++
			}
			for k := range end - from {
				e.levels, reps = append(e.levels, 1), append(reps, uint32(min(k, 1)))
			}
			from = end
		}
		e.def, rep = appendRLE(e.def[:0], e.levels, 1), appendRLE(rep[:0], reps, 1)
		body(first, from)
		p := pageShape{rows: rows, values: len(reps), nulls: nulls, encoding: enc, rep: rep, def: e.def}
		if err := e.w.dataPage(p, e.body); err != nil {
			return err
		}
	}
	return nil
}

func appendUint32(dst []byte, n int) []byte {
	return append(dst, byte(n), byte(n>>8), byte(n>>16), byte(n>>24))
}

func (pw *partWriter) addWords(m *Memtable, rows []int32) {
	pw.index.beginGroup()
	for s := 0; s < len(rows); s += PageRows {
		for id := range columns {
			if !columns[id].Words {
				continue
			}
			for _, i := range rows[s:min(s+PageRows, len(rows))] {
				if v := m.texts[id].At(int(i)); len(v) > 0 {
					pw.words.addWords(v)
				}
			}
		}
		pw.index.addPage(&pw.words)
	}
}

// fileFacts is what a part says of itself in its footer, as JSON under factsKey.
type fileFacts struct {
	Format int              `json:"format"`
	Meta   Meta             `json:"meta"`
	Keys   map[string]int64 `json:"keys"` // rows of each attribute key, the most frequent ones
}

const (
	factsKey    = "telltale"
	fileFormat  = 1
	maxKeyFacts = 1024
)

// close finishes the files, or gives them up after an error.
func (pw *partWriter) close(err error) (Meta, error) {
	if err == nil {
		err = pw.finish()
	}
	if e := pw.file.Close(); err == nil {
		err = e
	}
	if err != nil {
		return Meta{}, fmt.Errorf("write part %s: %w", pw.meta.Name, err)
	}
	return pw.meta, nil
}

func (pw *partWriter) finish() error {
	if pw.meta.Rows == 0 {
		return fmt.Errorf("no rows")
	}
	pw.meta.Quick = pw.enc.quickly
	facts := fileFacts{Format: fileFormat, Meta: pw.meta, Keys: mostFrequent(pw.keys, maxKeyFacts)}
	facts.Meta.Name = ""
	value, err := json.Marshal(facts)
	if err != nil {
		return err
	}
	pw.w.meta.KeyValueMetadata = append(pw.w.meta.KeyValueMetadata, format.KeyValue{Key: factsKey, Value: string(value)})
	check, err := pw.w.finish()
	if err != nil {
		return err
	}
	n, err := pw.index.write(pw.fs, pw.meta.Name, check)
	pw.meta.Bytes = pw.w.offset + n
	return err
}

func mostFrequent(counts map[string]int64, limit int) map[string]int64 {
	if len(counts) <= limit {
		return counts
	}
	all := make([]int64, 0, len(counts))
	for _, n := range counts {
		all = append(all, n)
	}
	slices.Sort(all)
	least := all[len(all)-limit]
	kept := make(map[string]int64, limit)
	for k, n := range counts {
		if n > least || n == least && len(kept) < limit {
			kept[k] = n
		}
	}
	return kept
}
