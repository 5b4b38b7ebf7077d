package part

// Texts is a list of strings in one piece of memory: string i is Data[Off[i]:Off[i+1]]. It is without pointers for the
// collector, and appending leaves copies of the header as they are.
type Texts struct {
	Data []byte
	Off  []uint32 // nil, or one more than there are strings
}

// Len is the number of strings.
func (t *Texts) Len() int { return max(len(t.Off)-1, 0) }

// At returns string i; nothing beyond the end. It is valid as long as the memory is.
func (t *Texts) At(i int) []byte {
	if i+1 >= len(t.Off) {
		return nil
	}
	return t.Data[t.Off[i]:t.Off[i+1]]
}

// extend makes strings up to n, empty ones.
func (t *Texts) extend(n int) {
	if len(t.Off) == 0 {
		t.Off = append(t.Off, 0)
	}
	for end := uint32(len(t.Data)); len(t.Off) <= n; {
		t.Off = append(t.Off, end)
	}
}

// end closes the string that was appended to Data.
func (t *Texts) end() { t.Off = append(t.Off, uint32(len(t.Data))) }

func (t *Texts) add(v []byte) {
	if len(t.Off) == 0 {
		t.Off = append(t.Off, 0)
	}
	t.Data = append(t.Data, v...)
	t.end()
}

func (t *Texts) reset() { t.Data, t.Off = t.Data[:0], t.Off[:0] }

// reuse empties the list, see again.
func (t *Texts) reuse() { t.Data, t.Off = again(t.Data), again(t.Off) }

// slice returns strings from to to-1, in the same memory; nothing where all of them are empty.
func (t *Texts) slice(from, to int) Texts {
	if from+1 >= len(t.Off) {
		return Texts{}
	}
	off := t.Off[from:min(to+1, len(t.Off))]
	if off[0] == off[len(off)-1] {
		return Texts{}
	}
	return Texts{Data: t.Data[:off[len(off)-1]], Off: off}
}
