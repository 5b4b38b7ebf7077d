package part_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/telltale-dev/telltale/internal/store/local/disk"
	"github.com/telltale-dev/telltale/internal/store/local/part"
	"github.com/telltale-dev/telltale/internal/store/local/part/parttest"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// longRecords have bodies of 2 KB and a few of more than a page.
func longRecords(seed uint64, n int) []part.Record {
	r := rand.New(rand.NewPCG(seed, 1))
	records := randomRecords(parttest.New(seed), n)
	for i := range records {
		words := 300
		if i%5000 == 0 {
			words = 400_000
		}
		var b strings.Builder
		for range r.IntN(words) {
			b.WriteString(parttest.Words[r.IntN(len(parttest.Words))])
			b.WriteByte(" abcdefgh"[r.IntN(9)])
		}
		b.WriteString(strings.Repeat("prompt ", 150))
		records[i].Event().Body = b.String()
	}
	return records
}

// Parts with long texts: sealed ones are packed quickly, merged ones are smaller and have bounded row groups, and neither
// loses anything.
func TestLongTexts(t *testing.T) {
	fs := openDisk(t)
	var all []part.Record
	var parts []*part.Part
	sealed := int64(0)
	for i := range 3 {
		records := longRecords(uint64(i+50), short(6000, 4000))
		all = append(all, records...)
		parts = append(parts, write(t, fs, fmt.Sprint(i), records))
		sealed += parts[i].Meta().Bytes
		if !parts[i].Meta().Quick {
			t.Error("a sealed part is not packed quickly")
		}
	}
	slices.SortStableFunc(all, compare)
	for name, merge := range map[string]func(string) (part.Meta, error){
		"well":    func(name string) (part.Meta, error) { return part.Merge(t.Context(), fs, name, parts, nil) },
		"quickly": func(name string) (part.Meta, error) { return part.MergeQuickly(t.Context(), fs, name, parts, nil) },
	} {
		meta, err := merge(name)
		if err != nil {
			t.Fatal(err)
		}
		if meta.Quick != (name == "quickly") {
			t.Errorf("merged %s: quick is %t", name, meta.Quick)
		}
		if name == "well" && meta.Bytes*10 > sealed*9 {
			t.Errorf("a merged part takes %d bytes, its inputs %d", meta.Bytes, sealed)
		}
		p := open(t, fs, name)
		if n := len(p.Groups()); n < 2 {
			t.Errorf("merged %s: %d row group of %d MB of text", name, n, sealed>>20)
		}
		got := readAll(t, p.Groups())
		for i := 0; i < len(all); i += short(41, 401) {
			if diff := gocmp.Diff(all[i], got[i], same); diff != "" {
				t.Fatalf("merged %s: record %d (-want +got):\n%s", name, i, diff)
			}
		}
	}
}

// TestDamagedLongTexts flips bits in the pages of a part with long texts: what is read is what was written, or damage.
func TestDamagedLongTexts(t *testing.T) {
	folder := t.TempDir()
	fs, err := disk.OpenDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = fs.Close() })
	want := longRecords(9, 300)
	m := part.NewMemtable()
	add(m, want)
	if _, err := part.Write(t.Context(), fs, "p", m); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(filepath.Join(folder, "p"))
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(4, 4))
	for range 60 {
		bad := slices.Clone(good)
		bad[4+r.IntN(len(bad)*9/10)] ^= 1 << r.IntN(8)
		if err := os.WriteFile(filepath.Join(folder, "p"), bad, 0o600); err != nil {
			t.Fatal(err)
		}
		p, err := part.Open(fs, "p")
		if err == nil {
			err = p.Verify(t.Context())
			_ = p.Close()
		}
		if !errors.Is(err, part.ErrCorrupt) {
			t.Fatalf("a part with a flipped bit: %v, want damage", err)
		}
	}
}

func TestMemtableInTheMemoryOfAnother(t *testing.T) {
	m := part.NewMemtable()
	add(m, longRecords(1, 2000))
	m.Reset()
	if m.Rows() != 0 || m.Counts() != [2]int64{} || m.Repeats() != 0 {
		t.Errorf("an emptied memtable has %d rows", m.Rows())
	}
	want := randomRecords(parttest.New(2), 1500)
	add(m, want)
	if diff := gocmp.Diff(want, readAll(t, []*part.Group{m.Group()}), same); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	one := telemetry.Log{Event: telemetry.Event{Time: 5, Body: "alone"}}
	m.Reset()
	m.AddLog(&one)
	if lo, hi := m.Range(); lo != 5 || hi != 5 {
		t.Errorf("range %d to %d, want 5", lo, hi)
	}
}
