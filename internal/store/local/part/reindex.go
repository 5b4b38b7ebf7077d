package part

import (
	"context"
	"fmt"
	"hash/crc32"

	"github.com/telltale-dev/telltale/internal/store/local/disk"
)

// Reindex makes a lost or damaged index anew. Parts that are open keep working without it. The caller syncs the folder.
func Reindex(ctx context.Context, fs disk.FS, name string) error {
	p, err := openWithout(fs, name)
	if err != nil {
		return err
	}
	defer func() { _ = p.Close() }()
	var ix indexWriter
	if err := p.indexWords(ctx, &ix); err != nil {
		return fmt.Errorf("index part %s: %w", name, err)
	}
	check, err := p.metaCheck()
	if err != nil {
		return err
	}
	if _, err := ix.write(fs, name, check); err != nil {
		return fmt.Errorf("index part %s: %w", name, err)
	}
	return nil
}

func (p *Part) indexWords(ctx context.Context, ix *indexWriter) error {
	d, err := NewDecoder()
	if err != nil {
		return err
	}
	defer d.Close()
	cursors := make([]Cursor, len(columns))
	var words wordSet
	for _, g := range p.groups {
		ix.beginGroup()
		for page := range g.Pages() {
			if err := ctx.Err(); err != nil {
				return err
			}
			for id := range columns {
				if !columns[id].Words || g.Empty(ID(id)) {
					continue
				}
				c := &cursors[id]
				if !c.Is(g, ID(id)) {
					c.Open(d, g, ID(id))
				}
				for i := page * PageRows; i < min((page+1)*PageRows, g.rows); i++ {
					if err := c.Seek(i); err != nil {
						return err
					}
					words.addWords(c.At(i))
				}
			}
			ix.addPage(&words)
		}
	}
	return nil
}

// metaCheck is the checksum of all of the file that is not a page.
func (p *Part) metaCheck() (uint32, error) {
	size, err := p.file.Size()
	if err != nil {
		return 0, fmt.Errorf("part %s: %w", p.name, err)
	}
	sum := crc32.New(castagnoli)
	for _, s := range p.metaAt {
		if err := copyTo(sum, p.file, s.from, s.to); err != nil {
			return 0, fmt.Errorf("part %s: %w", p.name, err)
		}
	}
	last := p.metaAt[len(p.metaAt)-1].to
	if err := copyTo(sum, p.file, last, size); err != nil {
		return 0, fmt.Errorf("part %s: %w", p.name, err)
	}
	return sum.Sum32(), nil
}
