package library_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/telltale-dev/telltale/internal/dashboard/library"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	shipped = `{"uid": "llm", "title": "LLM", "panels": [{"type": "stat", "expr": "up"}]}`
	mine    = `{"uid": "llm", "title": "My LLM", "panels": [{"type": "stat", "expr": "down"}]}`
)

func open(t *testing.T) (*library.Library, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "dashboards")
	l, err := library.New(library.Options{Dir: dir, Shipped: map[string]string{"llm.json": shipped}, Query: func(expr string) error {
		if strings.Contains(expr, "((") {
			return errors.New("1:3: unclosed left parenthesis")
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	return l, dir
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func title(t *testing.T, l *library.Library, uid string) string {
	t.Helper()
	item, err := l.Get(uid)
	if err != nil {
		return err.Error()
	}
	return item.Title()
}

func TestShippedIsOverriddenAndRestored(t *testing.T) {
	l, dir := open(t)
	if got := title(t, l, "llm"); got != "LLM" {
		t.Fatal(got)
	}
	if err := l.Delete("llm"); !errors.Is(err, library.ErrShipped) {
		t.Errorf("a shipped one is deleted: %v", err)
	}
	item, err := l.Save("llm", []byte(mine))
	if err != nil || item.Title() != "My LLM" || !item.Own || !item.Overrides || string(item.Text) != mine {
		t.Fatalf("%+v, %v", item, err)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "llm.json")); err != nil || string(text) != mine {
		t.Errorf("%s, %v", text, err)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
		t.Errorf("%v, %v: something was left behind", files, err)
	}
	if err := l.Delete("llm"); err != nil {
		t.Fatal(err)
	}
	if got := title(t, l, "llm"); got != "LLM" {
		t.Error(got)
	}
	if err := l.Delete("none"); !errors.Is(err, library.ErrNotFound) {
		t.Error(err)
	}
}

func TestChangesAreSeen(t *testing.T) {
	l, dir := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); l.Watch(ctx) }()
	defer func() { cancel(); <-ended }()
	write(t, dir, "a.json", `{"uid": "a", "title": "First", "panels": []}`)
	for end := time.Now().Add(time.Minute); title(t, l, "a") != "First"; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal(title(t, l, "a"))
		}
	}
}

func TestWrongFile(t *testing.T) {
	l, dir := open(t)
	write(t, dir, "a.json", `{"uid": "a", "title": "First", "panels": []}`)
	l.Reload()
	write(t, dir, "a.json", `{"uid": "a", "title": "Second", "panels": [`)
	l.Reload()
	item, err := l.Get("a")
	if err != nil || item.Title() != "First" || !item.Stale || len(item.Problems) != 1 {
		t.Errorf("%+v, %v", item, err)
	}
	write(t, dir, "a.json", `{"uid": "a", "title": "Third!", "panels": [{"type": "stat", "expr": "sum((x)"}]}`)
	l.Reload()
	if item, _ = l.Get("a"); item.Title() != "First" || !strings.Contains(item.Problems[0].Message, "unclosed left parenthesis") {
		t.Errorf("%+v", item)
	}
	write(t, dir, "a.json", `{"uid": "a", "title": "Fourth", "panels": []}`)
	l.Reload()
	if item, _ = l.Get("a"); item.Title() != "Fourth" || item.Stale || len(item.Problems) != 0 {
		t.Errorf("%+v", item)
	}
	write(t, dir, "broken.json", `x`) // never right: listed, so that one sees why
	write(t, dir, "llm.json", `x`)    // of a shipped one, which stays
	write(t, dir, "again.json", `{"uid": "a", "title": "Twin", "panels": []}`)
	if err := os.Mkdir(filepath.Join(dir, "folder.json"), 0o750); err != nil {
		t.Fatal(err)
	}
	l.Reload()
	got := map[string]int{}
	for _, item := range l.List() {
		got[item.UID+" "+item.Title()] = len(item.Problems)
	}
	if diff := cmp.Diff(map[string]int{"a Fourth": 1, "broken broken": 1, "llm LLM": 1, "folder folder": 1}, got); diff != "" {
		t.Error(diff)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	l.Reload()
	if list := l.List(); len(list) != 1 || list[0].UID != "llm" {
		t.Errorf("%+v", list)
	}
}

func TestSaveRefuses(t *testing.T) {
	l, dir := open(t)
	for uid, text := range map[string]string{
		"../x": mine, "a/b": mine, "": mine, "..": mine, ".hidden": mine, "x.json": mine, "a\x00": mine, strings.Repeat("a", 65): mine,
	} {
		if _, err := l.Save(uid, []byte(text)); !errors.Is(err, library.ErrUID) {
			t.Errorf("%q: %v", uid, err)
		}
	}
	for name, text := range map[string]string{
		"no JSON": `{`, "of another uid": mine, "no PromQL": `{"title": "x", "panels": [{"type": "stat", "expr": "sum((x)"}]}`,
	} {
		wrong := new(library.InvalidError)
		if _, err := l.Save("own", []byte(text)); !errors.As(err, &wrong) || len(wrong.Problems) != 1 {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("something was written: %v", err)
	}
	// A link that leads out of the folder is replaced, not followed.
	write(t, dir, "other.txt", "keep")
	outside := filepath.Join(t.TempDir(), "outside.json")
	if err := os.WriteFile(outside, []byte("keep"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(dir, "own.json")); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Save("own", []byte(`{"title": "Own", "panels": []}`)); err != nil {
		t.Error(err)
	}
	if text, err := os.ReadFile(outside); err != nil || string(text) != "keep" {
		t.Errorf("%s, %v", text, err)
	}
	none, err := library.New(library.Options{Shipped: map[string]string{"llm.json": shipped}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := none.Save("llm", []byte(mine)); !errors.Is(err, library.ErrNoFolder) {
		t.Error(err)
	}
}

func TestShippedMustBeRight(t *testing.T) {
	if _, err := library.New(library.Options{Shipped: map[string]string{"x.json": "{"}}); err == nil || !strings.Contains(err.Error(), "x.json") {
		t.Error(err)
	}
}
