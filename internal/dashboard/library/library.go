// Package library keeps dashboards: those that are shipped, and own ones in a folder, which stand before shipped ones of the
// same address.
package library

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/telltale-dev/telltale/internal/dashboard"
)

// Options of a Library.
type Options struct {
	Dir     string            // of own dashboards; empty: there are none, and none can be saved
	Shipped map[string]string // text by file name
	Query   func(expr string) error
	Logger  *slog.Logger
}

// Item is a dashboard with where it comes from.
type Item struct {
	UID       string
	Dashboard *dashboard.Dashboard // nil where the file was never right
	Text      []byte               // as it was written
	Problems  []dashboard.Problem  // of the file as it is now
	File      string               // of an own one
	Own       bool
	Overrides bool // an own one in the place of a shipped one
	Stale     bool // the file is wrong now; Dashboard and Text are of before
	Changed   time.Time
}

// Errors.
var (
	ErrNotFound = errors.New("there is no such dashboard")
	ErrShipped  = errors.New("the dashboard comes with Telltale and cannot be deleted")
	ErrNoFolder = errors.New("there is no folder for own dashboards")
	ErrUID      = errors.New("an address of a dashboard has up to 64 letters, digits, - and _")
	ErrConflict = errors.New("the file belongs to another dashboard")
)

// InvalidError is of a dashboard that is not saved since it is wrong.
type InvalidError struct{ Problems []dashboard.Problem }

// Error implements error.
func (e *InvalidError) Error() string {
	for _, p := range e.Problems {
		if p.Severity == dashboard.Error {
			return p.String()
		}
	}
	return "the dashboard is wrong"
}

const (
	maxFiles = 1000
	poll     = 2 * time.Second
)

// Library is safe for concurrent use.
type Library struct {
	options Options

	shipped map[string]*Item // by uid

	write sync.Mutex // one change of the folder at a time, and one look at it
	mu    sync.RWMutex
	items map[string]*Item // by uid; replaced, never changed
	files map[string]seen
	all   map[string]*Item // own ones by file
	said  string           // what was wrong with the folder when last looked
}

// seen is how a file was.
type seen struct {
	size    int64
	changed time.Time
}

// New reads all dashboards. A shipped one that is wrong is an error.
func New(o Options) (*Library, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	l := &Library{options: o, files: map[string]seen{}, all: map[string]*Item{}}
	shipped := map[string]*Item{}
	for name, text := range o.Shipped {
		item := l.read(name, []byte(text))
		if dashboard.Failed(item.Problems) {
			return nil, fmt.Errorf("shipped dashboard %s: %s", name, (&InvalidError{item.Problems}).Error())
		}
		if shipped[item.UID] != nil {
			return nil, fmt.Errorf("shipped dashboard %s: another one has the address %s", name, item.UID)
		}
		shipped[item.UID] = item
	}
	l.items, l.shipped = shipped, shipped
	l.Reload()
	return l, nil
}

func (l *Library) read(name string, text []byte) *Item {
	d, problems := dashboard.ParseWith(name, text, l.options.Query)
	item := &Item{Dashboard: d, Text: text, Problems: problems}
	if d != nil {
		item.UID = d.UID
	}
	return item
}

// List returns all, by title.
func (l *Library) List() []Item {
	l.mu.RLock()
	defer l.mu.RUnlock()
	out := make([]Item, 0, len(l.items))
	for _, item := range l.items {
		out = append(out, *item)
	}
	slices.SortFunc(out, func(a, b Item) int { return cmp.Or(cmp.Compare(a.Title(), b.Title()), cmp.Compare(a.UID, b.UID)) })
	return out
}

// Title is that of the dashboard, or its address where it is wrong.
func (i *Item) Title() string {
	if i.Dashboard == nil {
		return i.UID
	}
	return i.Dashboard.Title
}

// Get returns ErrNotFound where there is none.
func (l *Library) Get(uid string) (Item, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if item := l.items[uid]; item != nil {
		return *item, nil
	}
	return Item{}, ErrNotFound
}

// Check says what a dashboard would look like, and what is wrong with it.
func (l *Library) Check(name string, text []byte) Item { return *l.read(name, text) }

// Watch looks at the folder again and again until ctx ends.
func (l *Library) Watch(ctx context.Context) {
	if l.options.Dir == "" {
		return
	}
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			l.Reload()
		}
	}
}

// Reload reads the files that changed. A file that is wrong is told, and what it was before stays.
func (l *Library) Reload() {
	if l.options.Dir == "" {
		return
	}
	l.write.Lock()
	defer l.write.Unlock()
	names, err := l.names()
	if err != nil {
		if l.said != err.Error() {
			l.said = err.Error()
			l.options.Logger.Warn("the folder of dashboards cannot be read, those read before stay", "error", err)
		}
		return
	}
	l.said = ""
	changed := false
	for _, name := range names {
		st, err := os.Stat(filepath.Join(l.options.Dir, name))
		if err != nil {
			continue // it has just gone
		}
		now := seen{st.Size(), st.ModTime()}
		if l.files[name] == now {
			continue
		}
		l.files[name], changed = now, true
		l.all[name] = l.load(name, st)
	}
	for name := range l.all {
		if !slices.Contains(names, name) {
			delete(l.all, name)
			delete(l.files, name)
			changed = true
		}
	}
	if changed {
		l.publish()
	}
}

// names lists the files of the folder; without a folder there are none.
func (l *Library) names() ([]string, error) {
	dir, err := os.Open(l.options.Dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = dir.Close() }()
	all, err := dir.Readdirnames(-1)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(n string) bool { return !strings.HasSuffix(n, ".json") || strings.HasPrefix(n, ".") })
	slices.Sort(all)
	if len(all) > maxFiles {
		return nil, fmt.Errorf("there are %d files; %d at most", len(all), maxFiles)
	}
	return all, nil
}

// load reads a file; the dashboard it had before stays where it is wrong now.
func (l *Library) load(name string, st os.FileInfo) *Item {
	item := &Item{}
	switch {
	case !st.Mode().IsRegular(): // a pipe would never end
		item.Problems = []dashboard.Problem{{Line: 1, Column: 1, Severity: dashboard.Error, Message: "it is no regular file"}}
	case st.Size() > dashboard.MaxBytes:
		item.Problems = []dashboard.Problem{{Line: 1, Column: 1, Severity: dashboard.Error, Message: fmt.Sprintf("it is larger than %d MB", dashboard.MaxBytes>>20)}}
	default:
		text, err := os.ReadFile(filepath.Join(l.options.Dir, name))
		if err != nil {
			item.Problems = []dashboard.Problem{{Line: 1, Column: 1, Severity: dashboard.Error, Message: "it cannot be read"}}
			break
		}
		item = l.read(name, text)
	}
	item.File, item.Own, item.Changed = name, true, st.ModTime()
	before := l.all[name]
	if dashboard.Failed(item.Problems) {
		l.options.Logger.Warn("a dashboard is wrong", "file", filepath.Join(l.options.Dir, name), "error", (&InvalidError{item.Problems}).Error(),
			"kept", before != nil && before.Dashboard != nil)
		if before != nil && before.Dashboard != nil {
			kept := *before
			kept.Problems, kept.Stale, kept.Changed = item.Problems, true, item.Changed
			return &kept
		}
	}
	if item.UID == "" {
		item.UID = strings.TrimSuffix(name, ".json")
	}
	return item
}

// publish makes the list anew: shipped ones, and own ones before them.
func (l *Library) publish() {
	items := maps.Clone(l.shipped)
	names := make([]string, 0, len(l.all))
	for name := range l.all {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		item := *l.all[name]
		before := items[item.UID]
		switch {
		case before != nil && before.Own: // the first file counts
			clash := *before
			clash.Problems = append(slices.Clone(clash.Problems), dashboard.Problem{
				Path: "uid", Line: 1, Column: 1, Severity: dashboard.Error, Message: name + " has the same uid and is left out", Hint: "a uid of its own",
			})
			items[item.UID] = &clash
			continue
		case before != nil && item.Dashboard == nil: // a wrong file does not take the place of what works
			with := *before
			with.Problems, with.File = item.Problems, item.File
			items[item.UID] = &with
			continue
		case before != nil:
			item.Overrides = true
		}
		items[item.UID] = &item
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.items = items
}
