package part_test

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/telltale-dev/telltale/internal/store/local/disk"
	"github.com/telltale-dev/telltale/internal/store/local/part"
	"github.com/telltale-dev/telltale/internal/store/local/part/parttest"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// same compares records up to the order of attributes.
var same = gocmp.Options{
	cmpopts.EquateEmpty(),
	cmpopts.SortSlices(func(a, b telemetry.Attr) bool { return a.Key < b.Key }),
}

func openDisk(t *testing.T) disk.FS {
	t.Helper()
	dir, err := disk.OpenDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = dir.Close() })
	return dir
}

func add(m *part.Memtable, records []part.Record) {
	for _, r := range records {
		if r.Span != nil {
			m.AddSpan(r.Span)
		} else {
			m.AddLog(r.Log)
		}
	}
}

func randomRecords(g *parttest.Gen, n int) (records []part.Record) {
	for range n {
		if g.R.IntN(2) == 0 {
			s := g.Span()
			records = append(records, part.Record{Span: &s})
		} else {
			l := g.Log()
			records = append(records, part.Record{Log: &l})
		}
	}
	return records
}

func compare(a, b part.Record) int {
	x, y := a.Event(), b.Event()
	return cmp.Or(cmp.Compare(x.Time, y.Time), bytes.Compare(x.TraceID[:], y.TraceID[:]), bytes.Compare(x.SpanID[:], y.SpanID[:]))
}

func readAll(t *testing.T, groups []*part.Group) (records []part.Record) {
	t.Helper()
	d, err := part.NewDecoder()
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	reader := part.NewRowReader(d)
	for _, g := range groups {
		rows := make([]int32, g.Rows())
		for i := range rows {
			rows[i] = int32(i)
		}
		some, err := reader.Read(g, rows, part.Choice{})
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, some...)
	}
	return records
}

func write(t *testing.T, fs disk.FS, name string, records []part.Record) *part.Part {
	t.Helper()
	m := part.NewMemtable()
	add(m, records)
	meta, err := part.Write(t.Context(), fs, name, m)
	if err != nil {
		t.Fatal(err)
	}
	p := open(t, fs, name)
	if diff := gocmp.Diff(meta, p.Meta()); diff != "" {
		t.Errorf("meta as written and as opened:\n%s", diff)
	}
	return p
}

func open(t *testing.T, fs disk.FS, name string) *part.Part {
	t.Helper()
	p, err := part.Open(fs, name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// short is less of what takes long, for runs in the short form: under the race detector a comparison takes ten times as long.
func short(n, less int) int {
	if testing.Short() {
		return less
	}
	return n
}

func TestEveryFieldSurvives(t *testing.T) {
	for _, n := range []int{1, 7, 5000, short(40000, 12000)} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			want, compared := randomRecords(parttest.New(uint64(n)), n), short(3000, 300)
			m := part.NewMemtable()
			add(m, want)
			if diff := gocmp.Diff(want[:min(n, compared)], readAll(t, m.Snapshot().Groups())[:min(n, compared)], same); diff != "" {
				t.Fatalf("memtable (-want +got):\n%s", diff)
			}
			p := write(t, openDisk(t), "p.parquet", want)
			slices.SortStableFunc(want, compare)
			got := readAll(t, p.Groups())
			if len(got) != n {
				t.Fatalf("%d records, want %d", len(got), n)
			}
			step := max(n/compared, 1)
			for i := 0; i < n; i += step {
				if diff := gocmp.Diff(want[i], got[i], same); diff != "" {
					t.Fatalf("record %d (-want +got):\n%s", i, diff)
				}
			}
			if err := p.Verify(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestTextThatIsNotUTF8IsMended(t *testing.T) {
	l := telemetry.Log{Event: telemetry.Event{Time: 1, Body: "a\xffb", Attributes: telemetry.Attrs{{Key: "k", Value: "\xc3"}}}}
	got := readAll(t, write(t, openDisk(t), "p", []part.Record{{Log: &l}}).Groups())
	if b := got[0].Log.Body; b != "a\ufffdb" {
		t.Errorf("body %q", b)
	}
	if v := got[0].Log.Attributes.Value("k"); v != "\ufffd" {
		t.Errorf("attribute %q", v)
	}
}

func TestSnapshotStaysAsItIs(t *testing.T) {
	g := parttest.New(3)
	want := randomRecords(g, 6000)
	m := part.NewMemtable()
	add(m, want[:3000])
	snap := m.Snapshot()
	add(m, want[3000:])
	if diff := gocmp.Diff(want[:3000], readAll(t, []*part.Group{snap.Group()}), same); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if lo, hi := snap.Group().PageRange(0); lo > hi {
		t.Errorf("page from %d to %d", lo, hi)
	}
}

// A memtable is read in pieces that hold its rows one after the other.
func TestPiecesOfAMemtable(t *testing.T) {
	want := randomRecords(parttest.New(4), 20_000)
	m := part.NewMemtable()
	add(m, want)
	groups := m.Snapshot().Groups()
	if len(groups) < 3 {
		t.Fatalf("%d pieces", len(groups))
	}
	at := 0
	for _, g := range groups {
		lo, hi := g.Range()
		got := readAll(t, []*part.Group{g})
		for i, r := range got {
			if e := r.Event(); e.Time < lo || e.Time > hi {
				t.Fatalf("a row of %d in a piece from %d to %d", e.Time, lo, hi)
			}
			if i%50 == 0 || i > len(got)-50 {
				if diff := gocmp.Diff(want[at+i], r, same); diff != "" {
					t.Fatalf("record %d (-want +got):\n%s", at+i, diff)
				}
			}
		}
		at += len(got)
	}
	if at != len(want) {
		t.Errorf("%d rows, want %d", at, len(want))
	}
}

func TestMergeKeepsEverything(t *testing.T) {
	fs := openDisk(t)
	var all []part.Record
	var parts []*part.Part
	for i, n := range []int{20000, 3000, 30000, 1} {
		g := parttest.New(uint64(100 + i))
		records := randomRecords(g, n)
		all = append(all, records...)
		parts = append(parts, write(t, fs, fmt.Sprint(i), records))
	}
	meta, err := part.Merge(t.Context(), fs, "merged", parts, nil)
	if err != nil {
		t.Fatal(err)
	}
	if meta.Rows != len(all) {
		t.Errorf("%d rows, want %d", meta.Rows, len(all))
	}
	slices.SortStableFunc(all, compare)
	got := readAll(t, open(t, fs, "merged").Groups())
	for i := 0; i < len(all); i += short(17, 301) {
		if diff := gocmp.Diff(all[i], got[i], same); diff != "" {
			t.Fatalf("record %d (-want +got):\n%s", i, diff)
		}
	}
}

func TestMergeLeavesOutRefusedTraces(t *testing.T) {
	fs := openDisk(t)
	records := randomRecords(parttest.New(5), 4000)
	parts := []*part.Part{write(t, fs, "a", records[:2000]), write(t, fs, "b", records[2000:])}
	var want []part.Record
	errs := map[telemetry.TraceID]bool{}
	for _, r := range records {
		if r.Span != nil && r.Span.Status == telemetry.StatusError || r.Log != nil && r.Log.Status() == telemetry.StatusError {
			errs[r.Event().TraceID] = true
		}
	}
	for _, r := range records {
		if id := r.Event().TraceID; id.IsZero() || id[0]%2 == 0 {
			want = append(want, r)
		}
	}
	_, err := part.Merge(t.Context(), fs, "c", parts, func(tr *part.Trace) bool {
		if tr.Error != errs[tr.ID] {
			t.Errorf("trace %s: error %v, want %v", tr.ID, tr.Error, errs[tr.ID])
		}
		return tr.ID[0]%2 == 0
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortStableFunc(want, compare)
	if diff := gocmp.Diff(want, readAll(t, open(t, fs, "c").Groups()), same); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRepeatsMeetTheirBase(t *testing.T) {
	base := telemetry.Span{
		Event:    telemetry.Event{Time: 10, TraceID: telemetry.TraceID{1}, SpanID: telemetry.SpanID{1}, UserID: "u", Attributes: telemetry.Attrs{{Key: "a", Value: "1"}}},
		Duration: 5, GenAI: &telemetry.GenAI{Counts: true, Cost: telemetry.Known(7)},
	}
	repeat := telemetry.Span{
		Event:  telemetry.Event{Time: 12, TraceID: base.TraceID, SpanID: base.SpanID, UserID: "other", SessionID: "s", Attributes: telemetry.Attrs{{Key: "a", Value: "2"}, {Key: "b", Value: "3"}}},
		GenAI:  &telemetry.GenAI{OutputMessages: "hello"},
		Repeat: true,
	}
	orphan := repeat
	orphan.SpanID = telemetry.SpanID{9}
	want := base
	want.SessionID, want.Attributes = "s", telemetry.Attrs{{Key: "a", Value: "1"}, {Key: "b", Value: "3"}}
	want.GenAI = &telemetry.GenAI{Counts: true, Cost: telemetry.Known(7), OutputMessages: "hello"}
	wanted := []part.Record{{Span: &want}, {Span: &orphan}}

	fs := openDisk(t)
	p := write(t, fs, "sealed", []part.Record{{Span: &repeat}, {Span: &base}, {Span: &orphan}})
	if diff := gocmp.Diff(wanted, readAll(t, p.Groups()), same); diff != "" {
		t.Errorf("sealed together (-want +got):\n%s", diff)
	}
	if m := p.Meta(); m.Spans != 1 || m.Repeats != 1 || m.Rows != 2 {
		t.Errorf("sealed together: %+v", m)
	}
	a, b := write(t, fs, "a", []part.Record{{Span: &repeat}, {Span: &orphan}}), write(t, fs, "b", []part.Record{{Span: &base}})
	if m := a.Meta(); m.Repeats != 2 {
		t.Errorf("sealed apart: %+v", m)
	}
	meta, err := part.Merge(t.Context(), fs, "c", []*part.Part{a, b}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if meta.Spans != 1 || meta.Repeats != 1 {
		t.Errorf("merged: %+v", meta)
	}
	if diff := gocmp.Diff(wanted, readAll(t, open(t, fs, "c").Groups()), same); diff != "" {
		t.Errorf("merged (-want +got):\n%s", diff)
	}
}

// flipped is a disk that reads one bit of a file wrong.
type flipped struct {
	disk.FS
	name string
	at   int64
	bit  byte
}

func (f *flipped) Open(name string) (disk.File, error) {
	file, err := f.FS.Open(name)
	if err != nil || name != f.name {
		return file, err
	}
	return &flippedFile{file, f}, nil
}

type flippedFile struct {
	disk.File
	f *flipped
}

func (f *flippedFile) ReadAt(b []byte, at int64) (int, error) {
	n, err := f.File.ReadAt(b, at)
	if i := f.f.at - at; i >= 0 && i < int64(n) {
		b[i] ^= f.f.bit
	}
	return n, err
}

func readDamaged(fs disk.FS, name string) (records []part.Record, err error) {
	p, err := part.Open(fs, name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = p.Close() }()
	d, err := part.NewDecoder()
	if err != nil {
		return nil, err
	}
	defer d.Close()
	reader := part.NewRowReader(d)
	for _, g := range p.Groups() {
		rows := make([]int32, g.Rows())
		for i := range rows {
			rows[i] = int32(i)
		}
		some, err := reader.Read(g, rows, part.Choice{})
		if err != nil {
			return nil, err
		}
		records = append(records, some...)
	}
	return records, nil
}

// Each byte of a small part is flipped in turn: reading gives an error, or what was written where the bit means nothing.
func TestFlippedBytesAreNoticed(t *testing.T) {
	fs := openDisk(t)
	want := randomRecords(parttest.New(8), 40)
	p := write(t, fs, "p", want)
	slices.SortStableFunc(want, compare)
	step := int64(151)
	if testing.Short() {
		step = 997
	}
	for at := int64(0); at < p.Meta().Bytes; at += step {
		for _, name := range part.Files("p") {
			bit := byte(1) << (at / step % 8)
			got, err := readDamaged(&flipped{fs, name, at, bit}, "p")
			if err != nil {
				if name != "p" || !errors.Is(err, part.ErrCorrupt) {
					t.Errorf("%s, byte %d: %v", name, at, err)
				}
			} else if diff := gocmp.Diff(want, got, same); diff != "" {
				t.Errorf("%s, byte %d: not noticed (-want +got):\n%s", name, at, diff)
			}
		}
	}
}

func TestCutFilesAreNoticed(t *testing.T) {
	for _, keep := range []int64{0, 3, 11, 12, 500, 5000, -9, -8, -1} {
		fs := openDisk(t)
		write(t, fs, "p", randomRecords(parttest.New(9), 50))
		f, err := fs.Append("p")
		if err != nil {
			t.Fatal(err)
		}
		size, err := f.Size()
		if err != nil {
			t.Fatal(err)
		}
		if keep < 0 {
			keep += size
		}
		if err := errors.Join(f.Truncate(keep), f.Close()); err != nil {
			t.Fatal(err)
		}
		if _, err := readDamaged(fs, "p"); !errors.Is(err, part.ErrCorrupt) {
			t.Errorf("cut to %d bytes: %v", keep, err)
		}
	}
}

func TestLostIndexIsMadeAnew(t *testing.T) {
	fs := openDisk(t)
	p := write(t, fs, "p", randomRecords(parttest.New(9), 9000))
	if err := fs.Remove("p.idx"); err != nil {
		t.Fatal(err)
	}
	if _, err := readDamaged(fs, "p"); err != nil {
		t.Errorf("without its index: %v", err)
	}
	if err := part.Reindex(t.Context(), fs, "p"); err != nil {
		t.Fatal(err)
	}
	again := open(t, fs, "p")
	if diff := gocmp.Diff(p.Meta(), again.Meta()); diff != "" {
		t.Errorf("meta (-before +after):\n%s", diff)
	}
	words := func(text string) (hashes []uint64) {
		part.Words(text, true, func(h uint64) { hashes = append(hashes, h) })
		return hashes
	}
	for page := range again.Groups()[0].Pages() {
		if !again.Groups()[0].MayHaveWords(page, words("REFUND")) {
			t.Errorf("page %d: a word is not found", page)
		}
		if again.Groups()[0].MayHaveWords(page, words("nosuchword")) {
			t.Errorf("page %d: a word is found that is not there", page)
		}
	}
}
