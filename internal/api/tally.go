package api

import (
	"cmp"
	"math"
	"slices"

	"github.com/telltale-dev/telltale/internal/query"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

const (
	maxKeys       = 400  // attributes that are compared
	maxValues     = 5000 // values of a field: more are of a field that tells records apart, not what they have in common
	shownValues   = 12
	shownFields   = 40
	leastDiffers  = 0.05 // score from which a field is shown
	maxValueBytes = telemetry.PreviewBytes
)

// tally counts the values of all fields on both sides.
type tally struct {
	records [2]int
	fields  []*valueCounts
	keys    map[string]*valueCounts
	left    map[telemetry.FieldRef]bool // fields that are not compared
}

// valueCounts counts the values of a field. Numbers are counted by steps of 1, 2, 5, 10 and so on.
type valueCounts struct {
	field    telemetry.FieldRef
	values   map[string]*[2]int
	numbers  map[[2]float64]*[2]int
	known    [2]int // records that have a value
	overflow bool
}

// identities tell records apart: they differ always.
var identities = []string{"trace", "span", "parent", "request", "response"}

// newTally leaves out the fields by which records were chosen: they differ as was asked.
func newTally(chosen telemetry.Expr) *tally {
	t := &tally{keys: map[string]*valueCounts{}, left: map[telemetry.FieldRef]bool{}}
	leaveOut(chosen, t.left)
	for _, name := range identities {
		t.left[telemetry.MustField(name)] = true
	}
	for _, f := range telemetry.Fields() {
		if !f.Keyed && f.Type != telemetry.FullText && !t.left[telemetry.FieldRef{Field: f}] {
			t.fields = append(t.fields, newValueCounts(telemetry.FieldRef{Field: f}))
		}
	}
	return t
}

// reads are the fields that are compared.
func (t *tally) reads() []telemetry.FieldRef {
	list := []telemetry.FieldRef{telemetry.AttrField("")} // all of them
	for _, c := range t.fields {
		list = append(list, c.field)
	}
	return list
}

func leaveOut(x telemetry.Expr, left map[telemetry.FieldRef]bool) {
	switch x := x.(type) {
	case telemetry.And:
		for _, e := range x {
			leaveOut(e, left)
		}
	case telemetry.Or:
		for _, e := range x {
			leaveOut(e, left)
		}
	case telemetry.Not:
		leaveOut(x.Expr, left)
	case telemetry.Cond:
		left[x.Field] = true
	}
}

func newValueCounts(f telemetry.FieldRef) *valueCounts {
	return &valueCounts{field: f, values: map[string]*[2]int{}, numbers: map[[2]float64]*[2]int{}}
}

func (t *tally) add(side int, r record) {
	t.records[side]++
	for _, c := range t.fields {
		switch {
		case !c.field.Field.Type.Numeric():
			c.addText(side, r.text(c.field))
		case c.field.Field.Name == "http.status": // its numbers are names
			if n := r.number(c.field); n.Known {
				c.addNumber(side, [2]float64{float64(n.Value), float64(n.Value)})
			}
		default:
			if n := r.number(c.field); n.Known {
				c.addNumber(side, stepOf(n.Value))
			}
		}
	}
	for _, attr := range r.attributes() {
		c := t.keys[attr.Key]
		if field := telemetry.AttrField(attr.Key); c == nil && len(t.keys) < maxKeys && !t.left[field] {
			c = newValueCounts(field)
			t.keys[attr.Key] = c
		}
		if c != nil {
			c.addText(side, attr.Value)
		}
	}
}

func (c *valueCounts) addText(side int, v string) {
	if v == "" || c.overflow {
		return
	}
	c.known[side]++
	if len(v) > maxValueBytes { // no value to have in common, and too long to keep
		v = preview(v)
	}
	n := c.values[v]
	if n == nil {
		if c.overflow = len(c.values) == maxValues; c.overflow {
			c.values = nil
			return
		}
		n = new([2]int)
		c.values[v] = n
	}
	n[side]++
}

func (c *valueCounts) addNumber(side int, step [2]float64) {
	c.known[side]++
	n := c.numbers[step]
	if n == nil {
		n = new([2]int)
		c.numbers[step] = n
	}
	n[side]++
}

// stepOf is the step of 1, 2, 5, 10, … in which a number lies, both ends in it.
func stepOf(v int64) [2]float64 {
	if v <= 0 {
		return [2]float64{math.Inf(-1), 0}
	}
	low := int64(1)
	for i := 0; ; i++ {
		factor := int64(2)
		if i%3 == 1 { // from 2 to 5
			if low > math.MaxInt64/5 {
				break
			}
			if next := low / 2 * 5; v < next {
				return [2]float64{float64(low), float64(next - 1)}
			}
			low = low / 2 * 5
			continue
		}
		if low > math.MaxInt64/factor {
			break
		}
		if v < low*factor {
			return [2]float64{float64(low), float64(low*factor - 1)}
		}
		low *= factor
	}
	return [2]float64{float64(low), math.Inf(1)}
}

// attributes lists the fields that differ, most different first.
func (t *tally) attributes() []ComparedAttribute {
	out := []ComparedAttribute{}
	if t.records[0] == 0 || t.records[1] == 0 {
		return out
	}
	list := slices.Clone(t.fields)
	for _, c := range t.keys {
		list = append(list, c)
	}
	for _, c := range list {
		if a := c.compared(t.records); a.Score >= leastDiffers {
			out = append(out, a)
		}
	}
	slices.SortFunc(out, func(x, y ComparedAttribute) int {
		return cmp.Or(cmp.Compare(y.Score, x.Score), cmp.Compare(x.Field, y.Field))
	})
	return out[:min(len(out), shownFields)]
}

// compared makes shares of counts.
func (c *valueCounts) compared(records [2]int) ComparedAttribute {
	a := ComparedAttribute{Field: c.field.String(), Values: []ComparedValue{}}
	if c.overflow || c.known == [2]int{} {
		return a
	}
	show := func(n [2]int, value, find string) {
		a.Score = max(a.Score, difference(n, records))
		a.Values = append(a.Values, ComparedValue{
			Value: value, Query: find, SelectedCount: n[0], RestCount: n[1],
			SelectedShare: float64(n[0]) / float64(records[0]), RestShare: float64(n[1]) / float64(records[1]),
		})
	}
	for v, n := range c.values {
		cond := telemetry.Cond{Field: c.field, Values: []string{v}}
		if len(v) >= maxValueBytes-3 { // it may have been cut
			cond.Op = telemetry.Prefix
		}
		show(*n, v, findable(cond))
	}
	for step, n := range c.numbers {
		cond := telemetry.Cond{Field: c.field, Op: telemetry.Between, Low: step[0], High: step[1]}
		show(*n, stepText(cond), findable(cond))
	}
	if absent := [2]int{records[0] - c.known[0], records[1] - c.known[1]}; absent != [2]int{} {
		show(absent, "", findable(telemetry.Not{Expr: telemetry.Cond{Field: c.field, Op: telemetry.Exists}}))
	}
	slices.SortFunc(a.Values, func(x, y ComparedValue) int {
		return cmp.Or(
			cmp.Compare(math.Abs(y.SelectedShare-y.RestShare), math.Abs(x.SelectedShare-x.RestShare)),
			cmp.Compare(y.SelectedCount, x.SelectedCount), cmp.Compare(x.Value, y.Value))
	})
	a.Values = a.Values[:min(len(a.Values), shownValues)]
	return a
}

// findable writes a condition as a query, or nothing where the language cannot say it: it has limits of its own.
func findable(x telemetry.Expr) string {
	text := query.String(x)
	if _, err := query.Parse(text); err != nil {
		return ""
	}
	return text
}

// stepText is a range as queries write it behind the field's name.
func stepText(c telemetry.Cond) string { return query.String(c)[len(c.Field.String())+1:] }

// difference of the shares of a value, less what chance alone makes likely: one standard error of each share, of which
// small samples have a large one.
func difference(n, records [2]int) float64 {
	var share, variance [2]float64
	for i := range n {
		share[i] = float64(n[i]) / float64(records[i])
		smooth := (float64(n[i]) + 1) / (float64(records[i]) + 2)
		variance[i] = smooth * (1 - smooth) / (float64(records[i]) + 2)
	}
	return max(0, math.Abs(share[0]-share[1])-math.Sqrt(variance[0]+variance[1]))
}
