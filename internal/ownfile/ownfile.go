// Package ownfile reads files that the owner of a server edits while it runs: configurations of Prometheus and Alertmanager,
// rules, objectives, prices.
package ownfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Read returns the text of a file of at most so many MB. What is no regular file is refused, since a pipe would never end.
// The error is a *fs.PathError.
func Read(name string, most int64) ([]byte, error) {
	wrong := func(reason error) ([]byte, error) { return nil, &fs.PathError{Op: "read", Path: name, Err: reason} }
	st, err := os.Stat(name) // before it is opened, which waits where it is a pipe
	switch {
	case err != nil:
		return nil, err
	case st.IsDir():
		return wrong(errors.New("it is a folder"))
	case !st.Mode().IsRegular():
		return wrong(errors.New("it is no regular file"))
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, most<<20+1))
	if err == nil && int64(len(text)) > most<<20 {
		return wrong(fmt.Errorf("it is larger than %d MB", most))
	}
	return text, err
}

// Stamp tells the state of files, by their names or patterns: it is another one when a file was written, came or went. A
// pattern that is wrong matches nothing.
func Stamp(patterns ...string) string {
	var state strings.Builder
	for _, pattern := range patterns {
		found, _ := filepath.Glob(pattern)
		if len(found) == 0 {
			found = []string{pattern} // its name may have brackets
		}
		for _, name := range found {
			if st, err := os.Stat(name); err == nil {
				_, _ = fmt.Fprintf(&state, "%s\x00%d\x00%d\x00%s\n", name, st.ModTime().UnixNano(), st.Size(), st.Mode().Type()) // never fails
			}
		}
	}
	return state.String()
}
