package storetest

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// testFilters asks every field with every operator it has, with values that are there and some that are not.
func testFilters(t *testing.T, s telemetry.Store) {
	w := fill(t, s, 21, 25)
	var all telemetry.Or
	for _, f := range telemetry.Fields() {
		refs := []telemetry.FieldRef{{Field: f}}
		if f.Keyed {
			refs = []telemetry.FieldRef{{Field: f, Key: w.keyOf(f)}, {Field: f, Key: "no.such.key"}}
		}
		for _, ref := range refs {
			for _, c := range w.conditions(ref) {
				w.ask(t, describe(c), &telemetry.Query{Filter: c, Order: telemetry.OldestFirst})
				all = append(all, c)
			}
		}
	}
	for i := 0; i+3 < len(all); i += 5 {
		for _, x := range []telemetry.Expr{
			telemetry.Not{Expr: all[i]},
			telemetry.And{all[i], telemetry.Not{Expr: all[i+1]}},
			telemetry.Or{telemetry.And{all[i], all[i+2]}, all[i+3]},
			telemetry.Not{Expr: telemetry.Or{all[i], all[i+1], all[i+2]}},
		} {
			w.ask(t, fmt.Sprintf("combination %d", i), &telemetry.Query{Filter: x, Order: telemetry.OldestFirst})
		}
	}
	w.ask(t, "empty and", &telemetry.Query{Filter: telemetry.And{}})
	w.ask(t, "empty or", &telemetry.Query{Filter: telemetry.Or{}})
}

func describe(c telemetry.Cond) string {
	return fmt.Sprintf("%s op %d %q [%g, %g]", c.Field, c.Op, c.Values, c.Low, c.High)
}

// keyOf is a key that some record has.
func (w *world) keyOf(f *telemetry.Field) string {
	for i := range w.spans {
		attrs := w.spans[i].Attributes
		if f.Name == "resource" {
			attrs = w.spans[i].Resource
		}
		if len(attrs) > 0 {
			return attrs[0].Key
		}
	}
	return "key"
}

// conditions on a field, with values of records.
func (w *world) conditions(ref telemetry.FieldRef) []telemetry.Cond {
	conds := []telemetry.Cond{{Field: ref, Op: telemetry.Exists}}
	if ref.Field.Name == "text" {
		conds = nil
	}
	if ref.Field.Type.Numeric() {
		return append(conds, w.bounds(ref)...)
	}
	texts := w.textsOf(ref)
	one := texts[len(texts)/2]
	if ref.Field.Type == telemetry.FullText {
		word := strings.FieldsFunc(one, func(r rune) bool { return r < 0x80 && !telemetry.IsWordByte(byte(r)) })
		if len(word) == 0 {
			word = []string{"nothing"}
		}
		return append(conds, telemetry.Cond{Field: ref, Op: telemetry.Word, Values: []string{strings.ToUpper(word[0])}},
			telemetry.Cond{Field: ref, Op: telemetry.Word, Values: []string{"words"}},
			telemetry.Cond{Field: ref, Op: telemetry.Word, Values: []string{"word"}},
			telemetry.Cond{Field: ref, Op: telemetry.Phrase, Values: []string{"two words"}},
			telemetry.Cond{Field: ref, Op: telemetry.Phrase, Values: []string{"two  words"}},
			telemetry.Cond{Field: ref, Op: telemetry.Contains, Values: []string{middle(one)}},
			telemetry.Cond{Field: ref, Op: telemetry.Contains, Values: []string{"世界 🙂"}})
	}
	conds = append(conds, telemetry.Cond{Field: ref, Op: telemetry.Equals, Values: []string{one}},
		telemetry.Cond{Field: ref, Op: telemetry.Equals, Values: append([]string{"not there"}, texts[:min(3, len(texts))]...)},
		telemetry.Cond{Field: ref, Op: telemetry.Equals, Values: []string{""}},
		telemetry.Cond{Field: ref, Op: telemetry.Equals})
	if ref.Field.Type != telemetry.Flag {
		conds = append(conds, telemetry.Cond{Field: ref, Op: telemetry.Prefix, Values: []string{firstRune(one)}},
			telemetry.Cond{Field: ref, Op: telemetry.Contains, Values: []string{middle(one)}},
			telemetry.Cond{Field: ref, Op: telemetry.Contains, Values: []string{"%_'\\"}})
	}
	return conds
}

func middle(s string) string {
	r := []rune(s)
	return string(r[len(r)/4 : len(r)-len(r)/4])
}

func firstRune(s string) string {
	for _, r := range s {
		return string(r)
	}
	return "x"
}

func (w *world) bounds(ref telemetry.FieldRef) []telemetry.Cond {
	var known []float64
	for i := range w.spans {
		if n := ref.SpanNumber(&w.spans[i]); n.Known {
			known = append(known, float64(n.Value))
		}
	}
	if len(known) == 0 {
		known = []float64{1}
	}
	slices.Sort(known)
	mid := known[len(known)/2]
	cond := func(low, high float64) telemetry.Cond {
		return telemetry.Cond{Field: ref, Op: telemetry.Between, Low: low, High: high}
	}
	return []telemetry.Cond{
		cond(mid, mid), cond(mid, math.Inf(1)), cond(math.Inf(-1), mid), cond(known[0], mid), cond(mid+0.5, mid+0.6),
		cond(math.Inf(-1), math.Inf(1)), cond(5, 4),
	}
}

// textsOf lists the different texts of a field, sorted.
func (w *world) textsOf(ref telemetry.FieldRef) []string {
	var texts []string
	for i := range w.spans {
		texts = append(texts, ref.SpanText(&w.spans[i]))
	}
	for i := range w.logs {
		texts = append(texts, ref.LogText(&w.logs[i]))
	}
	slices.Sort(texts)
	texts = slices.DeleteFunc(slices.Compact(texts), func(s string) bool { return s == "" })
	if len(texts) == 0 {
		return []string{"nothing"}
	}
	return texts
}

// testValues asks for the values of every field that has a column.
func testValues(t *testing.T, s telemetry.Store) {
	w := fill(t, s, 22, 25)
	for _, f := range telemetry.Fields() {
		ref := telemetry.FieldRef{Field: f}
		if f.Keyed {
			ref.Key = w.keyOf(f)
		}
		if f.Type != telemetry.Text {
			continue
		}
		want := w.textsOf(ref)
		if want[0] == "nothing" {
			want = nil
		}
		w.values(t, ref, "", 10_000, want)
		if len(want) > 0 {
			prefix := firstRune(want[len(want)-1])
			some := slices.DeleteFunc(slices.Clone(want), func(s string) bool { return !strings.HasPrefix(s, prefix) })
			w.values(t, ref, prefix, 10_000, some)
			w.values(t, ref, prefix, 1, some[:1])
		}
	}
	var keys []string
	for i := range w.spans {
		for _, a := range w.spans[i].Attributes {
			keys = append(keys, a.Key)
		}
	}
	for i := range w.logs {
		for _, a := range w.logs[i].Attributes {
			keys = append(keys, a.Key)
		}
	}
	slices.Sort(keys)
	w.values(t, telemetry.AttrField(""), "", 10_000, slices.Compact(keys))
}

func (w *world) values(t *testing.T, ref telemetry.FieldRef, prefix string, limit int, want []string) {
	t.Helper()
	got, err := w.store.Values(t.Context(), ref, prefix, telemetry.Range{}, limit)
	if err != nil {
		t.Errorf("values of %s: %v", ref, err)
		return
	}
	same(t, "values of "+ref.String()+" that begin with "+prefix, want, got)
}
