package exec

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/telltale-dev/telltale/internal/store/local/part"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// Values implements telemetry.Reader. Long texts and computed fields have too many values to list.
func (e *Engine) Values(ctx context.Context, f telemetry.FieldRef, prefix string, r telemetry.Range, limit int) ([]string, error) {
	src, err := sourceOf(f)
	if err != nil {
		return nil, err
	}
	if f.Field.Type == telemetry.FullText || src.kind == fromTokens {
		return nil, fmt.Errorf("values of %s: %w", f.Field.Name, telemetry.ErrUnsupported)
	}
	v, err := e.open(ctx)
	if err != nil {
		return nil, err
	}
	defer v.release()
	found := &valueSet{prefix: prefix, limit: limit, texts: map[string]struct{}{}}
	times := intervalOf(r)
	units := v.within(times, telemetry.NewestFirst)
	w, err := e.acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer e.release(w)
	w.ctx = ctx
	listed := map[*part.Memtable]bool{} // whether all of its values were added
	for _, u := range units {
		if err := w.pause(); err != nil {
			return nil, err
		}
		if m := u.memtable; m != nil {
			if _, asked := listed[m]; !asked {
				lo, hi := m.Range()
				listed[m] = times.covers(lo, hi) && found.addDistinct(f, src, m)
			}
			if listed[m] {
				continue
			}
		}
		if err := w.values(f, src, u, times, found); err != nil {
			return nil, e.failed(err)
		}
	}
	return found.sorted(), nil
}

// valueSet keeps the first texts in order that begin with a prefix.
type valueSet struct {
	prefix string
	limit  int
	texts  map[string]struct{}
	last   string // of what was kept at the last cut; larger ones need not come in
}

func (s *valueSet) add(v []byte) {
	if len(v) == 0 || len(v) < len(s.prefix) || string(v[:len(s.prefix)]) != s.prefix {
		return
	}
	if _, ok := s.texts[string(v)]; ok || s.last != "" && string(v) > s.last {
		return
	}
	s.texts[string(v)] = struct{}{}
	if s.limit > 0 && len(s.texts) > 4*s.limit+1000 {
		kept := s.sorted()
		s.last = kept[len(kept)-1]
		clear(s.texts)
		for _, k := range kept {
			s.texts[k] = struct{}{}
		}
	}
}

func (s *valueSet) sorted() []string {
	list := make([]string, 0, len(s.texts))
	for v := range s.texts {
		list = append(list, strings.Clone(v))
	}
	slices.Sort(list)
	if s.limit > 0 && len(list) > s.limit {
		list = list[:s.limit]
	}
	return list
}

// addDistinct adds the values of all rows of a memtable and reports whether it has a list of them.
func (s *valueSet) addDistinct(f telemetry.FieldRef, src source, m *part.Memtable) bool {
	var values part.Texts
	ok := true
	switch {
	case src.kind == fromAttr && src.key == "":
		for _, k := range m.Keys() {
			s.addKey(k)
		}
	case src.kind == fromAttr:
		values, ok = m.DistinctAttr(src.key)
	case f.Field.Type.Numeric(), f.Field.Type == telemetry.Flag, src.kind == fromColumn && src.id == part.ColKind:
		return false
	default:
		values, ok = m.Distinct(src.id)
	}
	add := s.adder(src)
	for i := range values.Len() {
		add(values.At(i))
	}
	return ok
}

// addKey adds the key of an attribute, unless that is never shown.
func (s *valueSet) addKey(key string) {
	if key != telemetry.AttrMessages {
		s.add([]byte(key))
	}
}

// adder adds what the field is in what the column holds.
func (s *valueSet) adder(src source) func(v []byte) {
	switch {
	case src.kind == fromResource && src.key == "":
		return func(v []byte) { part.AttrKeys(string(v), func(k string) { s.add([]byte(k)) }) }
	case src.kind == fromResource:
		return func(v []byte) { s.add([]byte(part.AttrOf(string(v), src.key))) }
	}
	return s.add
}

// values adds those of a unit.
func (w *worker) values(f telemetry.FieldRef, src source, u *unit, times interval, to *valueSet) error {
	add := to.adder(src)
	switch {
	case src.kind == fromAttr && src.key == "":
		return w.attrKeys(u, times, to)
	case src.kind == fromColumn && u.g.Empty(src.id):
		return nil
	}
	var c *part.Cursor
	if src.kind == fromAttr {
		c = w.attr(u.g, src.key)
		if absent, err := c.AttrAbsent(); absent || err != nil {
			return err
		}
	} else {
		c = w.column(u.g, src.id)
	}
	if f.Field.Type.Numeric() {
		var buf []byte
		return w.eachRow(u, times, func(row int) error {
			if err := c.Seek(row); err != nil {
				return err
			}
			if v, ok := c.NumberAt(row); ok {
				buf = strconv.AppendInt(buf[:0], v, 10)
				to.add(buf)
			}
			return nil
		})
	}
	if c.Coded && u.g.Memtable() == nil && times.covers(u.min, u.max) {
		if err := c.LoadDict(); err != nil {
			return err
		}
		if f.Field.Type != telemetry.Flag {
			for i := range c.Dict.Len() {
				add(c.Dict.At(i))
			}
			return nil
		}
	}
	return w.eachRow(u, times, func(row int) error {
		if err := c.Seek(row); err != nil {
			return err
		}
		add(c.At(row))
		return nil
	})
}

// eachRow visits the rows of a unit that are in an interval.
func (w *worker) eachRow(u *unit, times interval, visit func(row int) error) error {
	c := w.column(u.g, part.ColTime)
	for page := range u.g.Pages() {
		lo, hi := u.g.PageRange(page)
		if !times.meets(lo, hi) {
			continue
		}
		if err := w.pause(); err != nil {
			return err
		}
		for row := page * part.PageRows; row < min((page+1)*part.PageRows, u.g.Rows()); row++ {
			if !times.covers(lo, hi) {
				if err := c.Seek(row); err != nil {
					return err
				}
				if !times.contains(c.Numbers[row-c.Start]) {
					continue
				}
			}
			if err := visit(row); err != nil {
				return err
			}
		}
	}
	return nil
}

// attrKeys adds the keys of attributes.
func (w *worker) attrKeys(u *unit, times interval, to *valueSet) error {
	whole := times.covers(u.min, u.max) && u.g.Memtable() == nil
	if p := u.g.Part(); p != nil {
		for _, key := range p.Promoted() {
			if err := w.promotedKey(u, key, times, whole, to); err != nil {
				return err
			}
		}
	}
	m := &w.rest
	m.Open(w.d, u.g)
	if whole {
		return m.EachKey(to.addKey)
	}
	seen := map[int32]bool{}
	return w.eachRow(u, times, func(row int) error {
		if err := m.Seek(row); err != nil {
			return err
		}
		for a := m.From(row - m.Start); a < m.To(row-m.Start); a++ {
			if code := m.Keys[a]; !seen[code] {
				seen[code] = true
				to.addKey(m.Key(code))
			}
		}
		return nil
	})
}

// promotedKey adds the key of a column of attributes if a row has it.
func (w *worker) promotedKey(u *unit, key string, times interval, whole bool, to *valueSet) error {
	c := w.attr(u.g, key)
	if absent, err := c.AttrAbsent(); absent || err != nil {
		return err
	}
	found := whole
	if !whole {
		err := w.eachRow(u, times, func(row int) error {
			if found {
				return nil
			}
			if err := c.Seek(row); err != nil {
				return err
			}
			found = len(c.At(row)) > 0
			return nil
		})
		if err != nil {
			return err
		}
	}
	if found {
		to.addKey(key)
	}
	return nil
}
