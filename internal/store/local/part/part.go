package part

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"sync/atomic"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"github.com/telltale-dev/telltale/internal/store/local/disk"
)

// Meta is what a store must know of a part to choose it.
type Meta struct {
	Name    string `json:"name,omitempty"`
	Rows    int    `json:"rows"` // Spans + Logs + Repeats
	Spans   int64  `json:"spans"`
	Logs    int64  `json:"logs"`
	Repeats int64  `json:"repeats,omitempty"` // rows that wait for a base in another part
	MinTime int64  `json:"min_time"`          // of all rows, Unix nanoseconds
	MaxTime int64  `json:"max_time"`
	Bytes   int64  `json:"bytes,omitempty"` // on disk, with the index
	Quick   bool   `json:"quick,omitempty"` // long texts are packed for little CPU time; Merge makes them smaller
}

// Files names the files of a part, the Parquet file first.
func Files(name string) []string { return []string{name, name + ".idx"} }

// ErrCorrupt is wrapped by every error that means that a part's bytes are not what was written.
var ErrCorrupt = errors.New("damaged part")

// CorruptError says which part is damaged. It wraps ErrCorrupt.
type CorruptError struct {
	Name string
	Err  error
}

func (e *CorruptError) Error() string { return "part " + e.Name + ": " + e.Err.Error() }

func (e *CorruptError) Unwrap() []error { return []error{ErrCorrupt, e.Err} }

// Part is an open part. It is safe for concurrent use.
type Part struct {
	name     string
	meta     Meta
	keys     map[string]int64
	file     disk.File
	words    *wordIndex // nil where it is lost
	refs     atomic.Int32
	promoted map[string]ID
	names    []string // promoted keys in order
	mapKey   ID
	mapValue ID
	groups   []*Group
	metaAt   []span // all that is not a page, but for the footer
}

// Open reads the footer of a part. The one who opened it holds a reference, see Close. Damage gives a CorruptError; a
// missing or damaged index does not.
func Open(fsys disk.FS, name string) (*Part, error) {
	index, err := openIndex(fsys, name)
	if err != nil && !errors.Is(err, errIndex) && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("open index of part %s: %w", name, err)
	}
	return openPart(fsys, name, index)
}

func openWithout(fsys disk.FS, name string) (*Part, error) { return openPart(fsys, name, nil) }

// openPart opens a part; it closes the index after an error.
func openPart(fsys disk.FS, name string, index *wordIndex) (*Part, error) {
	file, err := fsys.Open(name)
	if err != nil {
		if index != nil {
			err = errors.Join(err, index.file.Close())
		}
		return nil, fmt.Errorf("open part %s: %w", name, err)
	}
	p := &Part{name: name, file: file, words: index, promoted: map[string]ID{}}
	p.refs.Store(1)
	if err := p.read(); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

func (p *Part) corrupt(err error) error { return &CorruptError{Name: p.name, Err: err} }

// read reads footer and indexes. What they say is checked before it is believed.
func (p *Part) read() (err error) {
	size, err := p.file.Size()
	if err != nil {
		return fmt.Errorf("open part %s: %w", p.name, err)
	}
	var tail [8]byte
	if size < 12 {
		return p.corrupt(errors.New("the file is too short"))
	}
	if _, err := p.file.ReadAt(tail[:], size-8); err != nil {
		return fmt.Errorf("open part %s: %w", p.name, err)
	}
	length := int64(binary.LittleEndian.Uint32(tail[:]))
	if string(tail[4:]) != string(magic) || length > size-12 {
		return p.corrupt(errors.New("the file does not end as a Parquet file"))
	}
	footer := make([]byte, length)
	if _, err := p.file.ReadAt(footer, size-8-length); err != nil {
		return fmt.Errorf("open part %s: %w", p.name, err)
	}
	var meta format.FileMetaData
	if err := unmarshal(footer, &meta); err != nil {
		return p.corrupt(fmt.Errorf("footer: %w", err))
	}
	end := size - 8 - length
	if err := p.readMeta(&meta, end); err != nil {
		return err
	}
	p.findMeta(&meta, end)
	p.meta.Name, p.meta.Bytes = p.name, size
	if p.words != nil {
		p.meta.Bytes += p.words.size
		check, err := p.metaCheck()
		if err == nil && check != p.words.check {
			err = p.corrupt(errors.New("footer and indexes do not match their checksum"))
		}
		return err
	}
	return nil
}

// unmarshal reads Thrift. The library's decoder was not made for damaged input, so its panics are errors here.
func unmarshal(b []byte, v any) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("decode: %v", r)
		}
	}()
	return thrift.Unmarshal(&thrift.CompactProtocol{}, b, v)
}

func (p *Part) readMeta(meta *format.FileMetaData, end int64) error {
	var facts fileFacts
	for _, kv := range meta.KeyValueMetadata {
		if kv.Key == factsKey {
			if err := json.Unmarshal([]byte(kv.Value), &facts); err != nil {
				return p.corrupt(fmt.Errorf("footer: %w", err))
			}
		}
	}
	if facts.Format != fileFormat {
		return p.corrupt(fmt.Errorf("format %d, want %d", facts.Format, fileFormat))
	}
	p.meta, p.keys = facts.Meta, facts.Keys
	leaves, err := p.readSchema(meta)
	if err != nil {
		return p.corrupt(err)
	}
	rows := 0
	for i := range meta.RowGroups {
		g, err := p.readGroup(i, &meta.RowGroups[i], leaves, end)
		if err != nil {
			return err
		}
		rows += g.rows
		p.groups = append(p.groups, g)
	}
	if rows != p.meta.Rows || p.meta.Spans+p.meta.Logs+p.meta.Repeats != int64(rows) || rows == 0 {
		return p.corrupt(errors.New("footer: the counts of rows differ"))
	}
	return nil
}

// readSchema checks that the leaves are those this version writes, and returns how many there are.
func (p *Part) readSchema(meta *format.FileMetaData) (int, error) {
	promoted := len(meta.Schema) - len(columns) - 5
	if promoted < 0 || promoted > maxPromoted {
		return 0, fmt.Errorf("schema of %d elements", len(meta.Schema))
	}
	for i, e := range meta.Schema[1 : 1+len(columns)+promoted] {
		if i < len(columns) {
			if e.Name != columns[i].Name {
				return 0, fmt.Errorf("schema: column %q where %q should be", e.Name, columns[i].Name)
			}
			continue
		}
		key, ok := strings.CutPrefix(e.Name, attrPrefix)
		if !ok {
			return 0, fmt.Errorf("schema: column %q", e.Name)
		}
		p.promoted[key] = ID(i)
		p.names = append(p.names, key)
	}
	p.mapKey = ID(len(columns) + promoted)
	p.mapValue = p.mapKey + 1
	return int(p.mapValue) + 1, nil
}

// span is a piece of the file.
type span struct{ from, to int64 }

// findMeta notes where filters and indexes lie. They are checked against the index file, with the footer.
func (p *Part) findMeta(meta *format.FileMetaData, end int64) {
	first := end
	for g := range meta.RowGroups {
		for c := range meta.RowGroups[g].Columns {
			ch := &meta.RowGroups[g].Columns[c]
			if n := int64(ch.MetaData.BloomFilterLength); n > 0 {
				p.metaAt = append(p.metaAt, span{ch.MetaData.BloomFilterOffset, ch.MetaData.BloomFilterOffset + n})
			}
			for _, at := range []int64{ch.ColumnIndexOffset, ch.OffsetIndexOffset} {
				if at > 0 {
					first = min(first, at)
				}
			}
		}
	}
	p.metaAt = append(p.metaAt, span{first, end})
}

func copyTo(to io.Writer, file disk.File, from, end int64) error {
	_, err := io.Copy(to, io.NewSectionReader(file, from, end-from))
	return err
}

// Meta returns what Write returned.
func (p *Part) Meta() Meta { return p.meta }

// Indexed reports whether the part has its index of words.
func (p *Part) Indexed() bool { return p.words != nil }

// Groups returns the row groups, in order of time.
func (p *Part) Groups() []*Group { return p.groups }

// Retain adds a reference, which Close gives back. The files may be removed from their folder while there are any.
func (p *Part) Retain() *Part {
	p.refs.Add(1)
	return p
}

// Close drops a reference; the last one closes the files.
func (p *Part) Close() error {
	if p.refs.Add(-1) != 0 {
		return nil
	}
	err := p.file.Close()
	if p.words != nil {
		err = errors.Join(err, p.words.file.Close())
	}
	return err
}

// Verify reads every page and its checksum.
func (p *Part) Verify(ctx context.Context) error {
	d, err := NewDecoder()
	if err != nil {
		return err
	}
	defer d.Close()
	var c Cursor
	var rest MapCursor
	for _, g := range p.groups {
		rest.Open(d, g)
		for at := 0; at < g.rows; at = rest.Start + rest.N {
			if err := rest.Seek(at); err != nil {
				return err
			}
		}
		for id := range p.mapKey {
			c.Open(d, g, id)
			for at := 0; at < g.rows; at = c.Start + c.N {
				if err := ctx.Err(); err != nil {
					return err
				}
				if err := c.Seek(at); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
