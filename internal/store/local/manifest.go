package local

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"slices"
	"time"

	"github.com/telltale-dev/telltale/internal/store/local/disk"
	"github.com/telltale-dev/telltale/internal/store/local/part"
	"github.com/telltale-dev/telltale/internal/store/local/wal"
)

// manifest says what the store is made of. It is replaced as a whole, in the slot of the older of two generations, so that
// a damaged one leaves the one before. Files that only the older generation needs are kept until it is replaced too;
// hence either generation is a complete store.
type manifest struct {
	Generation uint64        `json:"generation"`
	Sealed     wal.Position  `json:"sealed"` // what of the log is in parts and books
	NextPart   uint64        `json:"next_part"`
	Parts      []storedPart  `json:"parts"` // in the order in which their rows came
	Books      []bookEntry   `json:"books"` // up to Sealed
	Quarantine []Quarantined `json:"quarantine,omitempty"`
}

// storedPart is a part with what compaction and retention must know of it.
type storedPart struct {
	part.Meta
	First uint64    `json:"first"` // sequence number of its oldest batch in the log
	Level level     `json:"level"`
	Added time.Time `json:"added"` // when its newest row came
}

// level of a part: how far it has been compacted.
type level uint8

const (
	sealed level = iota
	hourly
	daily
)

func (m *manifest) clone() *manifest {
	c := *m
	c.Parts, c.Books, c.Quarantine = slices.Clone(m.Parts), slices.Clone(m.Books), slices.Clone(m.Quarantine)
	return &c
}

// find returns the place of a part, or -1.
func (m *manifest) find(name string) int {
	return slices.IndexFunc(m.Parts, func(p storedPart) bool { return p.Name == name })
}

// take removes a part and returns it.
func (m *manifest) take(name string) (storedPart, bool) {
	i := m.find(name)
	if i < 0 {
		return storedPart{}, false
	}
	p := m.Parts[i]
	m.Parts = slices.Delete(m.Parts, i, i+1)
	return p, true
}

// add puts a part in its place by when its rows came, so that records with equal times and ids keep their order whatever
// parts they move to.
func (m *manifest) add(p storedPart) {
	i, _ := slices.BinarySearchFunc(m.Parts, p, func(a, b storedPart) int { return cmp.Compare(a.First, b.First) })
	m.Parts = slices.Insert(m.Parts, i, p)
}

const (
	manifestMagic = "telltale manifest 1 "
	manifestTemp  = "manifest.new"
	maxManifest   = 64 << 20
)

var manifestSlots = [2]string{"manifest-0", "manifest-1"}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

var errNoManifest = errors.New("no manifest")

// encode is a line with a checksum, then JSON for the eyes of an operator.
func (m *manifest) encode() ([]byte, error) {
	body, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return nil, fmt.Errorf("encode manifest: %w", err)
	}
	head := fmt.Sprintf("%s%08x\n", manifestMagic, crc32.Checksum(body, castagnoli))
	return append([]byte(head), body...), nil
}

func decodeManifest(b []byte) (*manifest, error) {
	head, body, ok := bytes.Cut(b, []byte("\n"))
	want := fmt.Sprintf("%s%08x", manifestMagic, crc32.Checksum(body, castagnoli))
	if !ok || string(head) != want {
		return nil, errors.New("the checksum does not fit")
	}
	m := new(manifest)
	if err := json.Unmarshal(body, m); err != nil {
		return nil, fmt.Errorf("decode manifest: %w", err)
	}
	return m, nil
}

func readManifest(fsys disk.FS, name string) (*manifest, error) {
	b, err := readFile(fsys, name, maxManifest)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errNoManifest
	}
	if err != nil {
		return nil, err
	}
	return decodeManifest(b)
}

// writeManifest replaces the manifest in a slot. After an error either the old or the new one is there.
func writeManifest(fsys disk.FS, slot string, m *manifest) error {
	b, err := m.encode()
	if err != nil {
		return err
	}
	if err := writeFile(fsys, manifestTemp, b); err != nil {
		return err
	}
	if err := fsys.Rename(manifestTemp, slot); err != nil {
		return fmt.Errorf("replace %s: %w", slot, err)
	}
	if err := fsys.SyncDir("."); err != nil {
		return fmt.Errorf("sync data folder: %w", err)
	}
	return nil
}

// writeFile makes a file durable, its folder's entry aside.
func writeFile(fsys disk.FS, name string, b []byte) error {
	f, err := fsys.Create(name)
	if err != nil {
		return fmt.Errorf("make %s: %w", name, err)
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

func readFile(fsys disk.FS, name string, limit int64) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", name, err)
	}
	defer func() { _ = f.Close() }()
	size, err := f.Size()
	if err != nil {
		return nil, fmt.Errorf("size of %s: %w", name, err)
	}
	if size > limit {
		return nil, fmt.Errorf("%s has %d bytes, more than was ever written", name, size)
	}
	b := make([]byte, size)
	if _, err := io.ReadFull(io.NewSectionReader(f, 0, size), b); err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return b, nil
}
