package part_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/telltale-dev/telltale/internal/store/local/part"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

var colService = func() part.ID { id, _ := part.Lookup("service"); return id }()

func addService(m *part.Memtable, service, value string) {
	s := telemetry.Span{Event: telemetry.Event{Time: int64(m.Rows() + 1), Service: service}}
	s.Attributes = telemetry.Attrs{{Key: "other", Value: "x"}, {Key: "key", Value: value}}
	m.AddSpan(&s)
}

// listOf sorts texts; many is what it returns where there is no list of them.
func listOf(values part.Texts, ok bool) (list []string) {
	if !ok {
		return []string{"too many"}
	}
	for i := range values.Len() {
		list = append(list, string(values.At(i)))
	}
	slices.Sort(list)
	return list
}

func wantList(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func TestDistinctValuesAreThoseOfTheSnapshot(t *testing.T) {
	m := part.NewMemtable()
	addService(m, "a", "1")
	addService(m, "", "1")
	first := m.Snapshot()
	wantList(t, "services", listOf(first.Distinct(colService)), "a")
	addService(m, "b", "2")
	addService(m, "a", "")
	second := m.Snapshot()
	wantList(t, "services", listOf(second.Distinct(colService)), "a", "b")
	wantList(t, "attribute", listOf(second.DistinctAttr("key")), "1", "2")
	wantList(t, "services of the snapshot before", listOf(first.Distinct(colService)), "a")
	wantList(t, "attribute of the snapshot before", listOf(first.DistinctAttr("key")), "1")
	wantList(t, "an attribute that no row has", listOf(second.DistinctAttr("none")))
	m.Reset()
	addService(m, "c", "3")
	wantList(t, "services after a reset", listOf(m.Snapshot().Distinct(colService)), "c")
	wantList(t, "attribute after a reset", listOf(m.Snapshot().DistinctAttr("key")), "3")
}

func TestDistinctValuesAreBounded(t *testing.T) {
	m := part.NewMemtable()
	for i := range 5000 {
		addService(m, "a", fmt.Sprint(i))
		if i == 100 {
			if n := len(listOf(m.Snapshot().DistinctAttr("key"))); n != 101 {
				t.Errorf("%d values of 101", n)
			}
		}
	}
	wantList(t, "attribute", listOf(m.Snapshot().DistinctAttr("key")), "too many")
	wantList(t, "services", listOf(m.Snapshot().Distinct(colService)), "a")
}

func TestDistinctListsAreBounded(t *testing.T) {
	m := part.NewMemtable()
	s := telemetry.Span{Event: telemetry.Event{Time: 1}}
	for i := range 40 {
		s.Attributes = append(s.Attributes, telemetry.Attr{Key: fmt.Sprint("key", i), Value: "v"})
	}
	m.AddSpan(&s)
	for i := range 40 {
		want := "v"
		if i >= 32 {
			want = "too many"
		}
		wantList(t, fmt.Sprint("attribute ", i), listOf(m.Snapshot().DistinctAttr(fmt.Sprint("key", i))), want)
	}
}

func TestDistinctValuesWhileRowsAreAdded(t *testing.T) {
	m := part.NewMemtable()
	var readers sync.WaitGroup
	for i := range 200 {
		addService(m, fmt.Sprintf("s%03d", i), "v")
		snap := m.Snapshot()
		readers.Go(func() {
			if list := listOf(snap.Distinct(colService)); len(list) != i+1 || list[i] != fmt.Sprintf("s%03d", i) {
				t.Errorf("%d services of %d", len(list), i+1)
			}
		})
	}
	readers.Wait()
}
