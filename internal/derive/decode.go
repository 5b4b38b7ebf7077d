package derive

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"slices"
	"strings"
)

// Bounds of what a file may say, so that one that is damaged in a way its checksum does not show takes no more memory than
// it has bytes.
const (
	maxText   = 4 << 10
	maxCounts = 64 // buckets
)

var errShort = errors.New("it ends too early")

// decoder reads a file. After an error all it reads is zero.
type decoder struct {
	buf   []byte
	texts []string
	err   error
}

func (d *decoder) fail(err error) {
	if d.err == nil {
		d.err, d.buf = err, nil
	}
}

func (d *decoder) uint() uint64 {
	v, n := binary.Uvarint(d.buf)
	if n <= 0 {
		d.fail(errShort)
		return 0
	}
	d.buf = d.buf[n:]
	return v
}

func (d *decoder) int() int64 {
	v, n := binary.Varint(d.buf)
	if n <= 0 {
		d.fail(errShort)
		return 0
	}
	d.buf = d.buf[n:]
	return v
}

func (d *decoder) take(n int) []byte {
	if n > len(d.buf) {
		d.fail(errShort)
		return nil
	}
	b := d.buf[:n]
	d.buf = d.buf[n:]
	return b
}

// count reads how many things of at least size bytes follow.
func (d *decoder) count(size int) int {
	n := d.uint()
	if n > uint64(len(d.buf)/size) {
		d.fail(errShort)
		return 0
	}
	return int(n)
}

// few reads how many of at most limit things follow.
func (d *decoder) few(limit int) int {
	n := d.uint()
	if n > uint64(limit) {
		d.fail(fmt.Errorf("%d are more than %d", n, limit))
		return 0
	}
	return int(n)
}

func (d *decoder) float() float64 {
	b := d.take(8)
	if b == nil {
		return 0
	}
	v := math.Float64frombits(binary.LittleEndian.Uint64(b))
	if math.IsNaN(v) || math.IsInf(v, 0) {
		d.fail(errors.New("a value is no number"))
	}
	return v
}

func (d *decoder) text() string {
	i := d.uint()
	switch n := uint64(len(d.texts)); {
	case d.err != nil:
		return ""
	case i < n:
		return d.texts[i]
	case i > n:
		d.fail(fmt.Errorf("text %d of %d", i, n))
		return ""
	}
	size := d.uint()
	if size > maxText {
		d.fail(fmt.Errorf("a text of %d bytes", size))
		return ""
	}
	s := strings.ToValidUTF8(string(d.take(int(size))), "?")
	if d.err == nil {
		d.texts = append(d.texts, s)
	}
	return s
}

// decode reads a file into a counter that is empty. After an error the counter is not to be used.
func (c *Counter) decode(b []byte) error {
	if len(b) < len(fileMagic)+4 || string(b[:len(fileMagic)]) != fileMagic {
		return errors.New("it is no file of derived metrics of this version")
	}
	body, sum := b[:len(b)-4], binary.LittleEndian.Uint32(b[len(b)-4:])
	if crc32.Checksum(body, castagnoli) != sum {
		return errors.New("the checksum does not fit")
	}
	d := decoder{buf: body[len(fileMagic):]}
	c.seq = d.uint()
	d.folded(c)
	for range d.count(2) {
		c.owned[ownedKey{d.text(), d.text()}] = struct{}{}
	}
	for range d.count(13) {
		d.series(c)
	}
	for range d.count(2) {
		d.window(c)
	}
	for range d.count(39) {
		d.held(c)
	}
	if d.err == nil && len(d.buf) > 0 {
		d.fail(fmt.Errorf("%d bytes are too many", len(d.buf)))
	}
	return d.err
}

func (d *decoder) folded(c *Counter) {
	for s := range d.count(maxValues + 1) {
		for i := range maxValues + 1 {
			if n := d.uint(); s < int(shapes) {
				c.folded[s][i] = n
			}
		}
	}
}

// series reads one series. One of a family that is not what it was is left out: it begins anew.
func (d *decoder) series(c *Counter) {
	family, job := familyNamed(d.text()), d.text()
	values := make([]string, d.few(maxValues+1))
	for i := range values {
		values[i] = d.text()
	}
	touched, value := int64(d.uint()&math.MaxInt64), d.float()
	counts := make([]uint64, d.few(maxCounts))
	for i := range counts {
		counts[i] = d.uint()
	}
	if d.err != nil || family == nil || len(values) != len(family.Labels) || len(job) > maxLabel {
		return
	}
	if slices.ContainsFunc(values, func(v string) bool { return len(v) > maxLabel }) || value < 0 && family.Kind == Count {
		return
	}
	buckets := 0
	if family.Kind == Histogram {
		buckets = len(family.Buckets) + 1
	}
	if len(counts) != buckets || c.find(family, job, values) != nil {
		return
	}
	c.lastID++
	s := &series{
		family: family, id: c.lastID, key: keyOf(family, job, values), job: job, values: values, value: value,
		counts: counts, exemplars: make([]Exemplar, max(buckets, 1)), touched: touched, restored: true,
	}
	_, s.owned = c.owned[ownedKey{family.Name, job}]
	c.enter(s)
}

func (d *decoder) window(c *Counter) {
	job := d.text()
	n := d.count(4)
	if n > windowSize || len(c.windows) > maxJobs {
		d.fail(fmt.Errorf("a window of %d scores", n))
		return
	}
	w := &window{values: make([]float32, 0, n)}
	for range n {
		if b := d.take(4); b != nil {
			w.add(float64(math.Float32frombits(binary.LittleEndian.Uint32(b))))
		}
	}
	c.windows[job] = w
}

func (d *decoder) held(c *Counter) {
	h := new(held)
	copy(h.trace[:], d.take(len(h.trace)))
	copy(h.span[:], d.take(len(h.span)))
	h.job = short(d.text())
	for i := range h.facts.values {
		h.facts.values[i] = short(d.text())
	}
	h.facts.agent = short(d.text())
	h.facts.key = short(d.text())
	h.since = int64(d.uint() & math.MaxInt64)
	flags := d.uint()
	h.due, h.facts.failed, h.facts.used = flags&1 != 0, flags&2 != 0, flags&4 != 0
	for _, n := range h.facts.numbers() {
		*n = max(d.int(), -1)
	}
	h.facts.duration = max(h.facts.duration, 0)
	if d.err != nil || c.waiting[h.heldKey] != nil || len(c.held) >= maxHeld {
		return
	}
	c.held = append(c.held, h)
	c.waiting[h.heldKey] = h
}
