package part

// MapCursor reads the attributes that have no column, a page of PageRows rows at a time.
type MapCursor struct {
	Start, N int
	// Entries of row Start+i are From(i) to To(i)-1: Keys is the code of the key, Values the value.
	Keys   []int32
	Values Texts

	g      *Group
	keys   Cursor
	values Cursor
	ends   []int32
	codes  map[string]int32 // of the keys of the group
	names  []string         // by code
	mem    []int32
}

// Open points the cursor at a group.
func (m *MapCursor) Open(d *Decoder, g *Group) {
	m.g, m.Start, m.N, m.codes, m.names = g, 0, 0, nil, nil
	if g.part != nil {
		m.keys.Open(d, g, g.part.mapKey)
		m.values.Open(d, g, g.part.mapValue)
	}
}

// Close lets go of the group.
func (m *MapCursor) Close() {
	m.g, m.N, m.codes, m.names = nil, 0, nil, nil
	m.keys.Close()
	m.values.Close()
}

func (m *MapCursor) is(g *Group) bool { return m.g == g }

// From and To bound the entries of row Start+i.
func (m *MapCursor) From(i int) int {
	if i == 0 {
		return 0
	}
	return int(m.ends[i-1])
}

// To is the end of the entries of row Start+i.
func (m *MapCursor) To(i int) int { return int(m.ends[i]) }

// LoadKeys reads the keys of the group.
func (m *MapCursor) LoadKeys() error {
	if m.codes != nil {
		return nil
	}
	codes := map[string]int32{}
	if m.g.mem != nil {
		for i, k := range m.g.mem.keys {
			codes[k] = int32(i)
		}
		m.codes, m.names = codes, m.g.mem.keys
		return nil
	}
	if err := m.keys.LoadDict(); err != nil {
		return err
	}
	names := make([]string, m.keys.Dict.Len())
	for i := range names {
		names[i] = string(m.keys.Dict.At(i))
		codes[names[i]] = int32(i)
	}
	m.codes, m.names = codes, names
	return nil
}

// EachKey visits the keys of the group.
func (m *MapCursor) EachKey(visit func(key string)) error {
	if err := m.LoadKeys(); err != nil {
		return err
	}
	for k := range m.codes {
		visit(k)
	}
	return nil
}

// Code returns the code of a key, or -1 where no row has it. LoadKeys or Seek comes first.
func (m *MapCursor) Code(key string) int32 {
	if c, ok := m.codes[key]; ok {
		return c
	}
	return -1
}

// Key returns the key of a code.
func (m *MapCursor) Key(code int32) string { return m.names[code] }

// Seek reads the page that holds a row.
func (m *MapCursor) Seek(row int) error {
	if m.N > 0 && row >= m.Start && row < m.Start+m.N {
		return nil
	}
	m.N = 0
	if err := m.LoadKeys(); err != nil {
		return err
	}
	start := row / PageRows * PageRows
	n := min(PageRows, m.g.rows-start)
	if m.g.mem != nil {
		m.seekMemory(start, n)
		return nil
	}
	page := start / PageRows
	ck, cv := &m.g.chunks[m.keys.id], &m.g.chunks[m.values.id]
	if page >= len(ck.ends) || page >= len(cv.ends) || ck.pageRows != PageRows && len(ck.ends) > 1 {
		return m.keys.damaged(errHeader)
	}
	if err := m.decode(ck, cv, page, n); err != nil {
		return m.keys.damaged(err)
	}
	m.Start, m.N = start, n
	return nil
}

func (m *MapCursor) decode(ck, cv *chunk, page, n int) error {
	h, body, err := m.keys.readPage(ck, page)
	if err != nil {
		return err
	}
	some := h.values - h.nulls
	if h.rows != n || h.encoding != encodingDictionary || h.values > maxPageBytes/4 || len(body) <= h.def+h.rep {
		return errHeader
	}
	if err := m.decodeRows(body[:h.rep], body[h.rep:h.rep+h.def], h.values, n); err != nil {
		return err
	}
	if int(m.ends[n-1]) != some {
		return errHeader
	}
	codes := body[h.rep+h.def:]
	if some > 0 && codes[0] == 0 {
		m.keys.codes = sized(m.keys.codes, some)
		fill(m.keys.codes, 0)
		if m.keys.Dict.Len() == 0 {
			return errHeader
		}
	} else if m.keys.codes, err = decodeRLE(m.keys.codes, codes[1:], some, int(codes[0]), int32(m.keys.Dict.Len())); err != nil {
		return err
	}
	m.Keys = m.keys.codes
	h, body, err = m.values.readPage(cv, page)
	if err != nil {
		return err
	}
	if h.rows != n || h.values-h.nulls != some || h.encoding != encodingDeltaLength || len(body) < h.def+h.rep {
		return errHeader
	}
	v := &m.values
	m.Values, v.lengths, err = decodeTexts(v.off, v.lengths, body[h.def+h.rep:], some)
	v.off = m.Values.Off
	return err
}

// decodeRows finds where the entries of each row end, from the levels of Parquet's nested columns.
func (m *MapCursor) decodeRows(rep, def []byte, values, n int) (err error) {
	k := &m.keys
	if k.levels, err = decodeRLE(k.levels, rep, values, 1, 2); err != nil {
		return err
	}
	if k.codes, err = decodeRLE(k.codes, def, values, 1, 2); err != nil {
		return err
	}
	m.ends = m.ends[:0]
	entries := int32(0)
	for i, r := range k.levels {
		if r == 0 {
			if i > 0 {
				m.ends = append(m.ends, entries)
			}
		} else if i == 0 {
			return errHeader
		}
		entries += k.codes[i]
	}
	m.ends = append(m.ends, entries)
	if len(m.ends) != n {
		return errHeader
	}
	return nil
}

func (m *MapCursor) seekMemory(start, n int) {
	t := m.g.mem
	from, _ := t.attrs(start)
	_, to := t.attrs(start + n - 1)
	m.ends = m.ends[:0]
	for i := start; i < start+n; i++ {
		m.ends = append(m.ends, int32(t.attrEnd[i]-from))
	}
	m.mem = m.mem[:0]
	for _, k := range t.attrKey[from:to] {
		m.mem = append(m.mem, int32(k))
	}
	m.Keys = m.mem
	m.Values = Texts{}
	if to > from {
		m.Values = Texts{Data: t.attrText.Data, Off: t.attrText.Off[from : to+1]}
	}
	m.Start, m.N = start, n
}
