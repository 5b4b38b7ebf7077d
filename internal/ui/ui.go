// Package ui serves the web UI: the bundle that is made from web/ and embedded here.
//
// Files of the bundle are served below the hash of all of them, immutable: /ui/HASH/app.js. Pages are one document, made
// new for each answer, that refers to the files by that address; so an update of the server is seen at once, and a tab of
// the version before asks for files that are gone, and loads itself again.
package ui

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
)

//go:embed all:dist
var dist embed.FS

// places are the addresses of pages. What is below them is read by the page.
var places = []string{"/calls", "/sessions", "/traces", "/r", "/logs", "/errors", "/explore", "/dashboards", "/alerts", "/status"}

// Patterns are those of http.ServeMux for all pages.
func Patterns() []string {
	patterns := []string{"GET /{$}"}
	for _, place := range places {
		patterns = append(patterns, "GET "+place, "GET "+place+"/")
	}
	return patterns
}

// Prefix is where the files of the bundle are.
const Prefix = "/ui/"

// UI is the bundle, ready to be served.
type UI struct {
	hash  string
	files map[string]*file
	pages []page
	other page // of addresses the bundle does not tell the files of
}

// file is one of the bundle. It is compressed when it is first asked for.
type file struct {
	mime   string
	plain  []byte
	packed func() []byte // gzip, or nil where that saves nothing
}

// New reads the embedded bundle.
func New() (*UI, error) {
	tree, err := fs.Sub(dist, "dist")
	if err != nil {
		return nil, err
	}
	return open(tree)
}

const (
	index     = "index.html"
	pageFiles = "pages.json"
)

func open(tree fs.FS) (*UI, error) {
	u := &UI{files: map[string]*file{}}
	sum := sha256.New()
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		_, _ = fmt.Fprintf(sum, "%s %d\n", name, len(text)) // hashes take everything
		_, _ = sum.Write(text)
		u.files[name] = newFile(name, text)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the bundle: %w", err)
	}
	u.hash = hex.EncodeToString(sum.Sum(nil))[:16]
	if err := u.readPages(); err != nil {
		return nil, fmt.Errorf("read the bundle: %w", err)
	}
	return u, nil
}

// leastPacked is the size below which compression is not worth it.
const leastPacked = 1024

func newFile(name string, text []byte) *file {
	f := &file{plain: text, mime: mime.TypeByExtension(path.Ext(name))}
	switch path.Ext(name) { // the machine's own table may say otherwise
	case ".js":
		f.mime = "text/javascript; charset=utf-8"
	case ".woff2":
		f.mime = "font/woff2"
	}
	f.packed = sync.OnceValue(func() []byte {
		if len(text) < leastPacked || f.mime == "font/woff2" {
			return nil
		}
		var out bytes.Buffer
		w, _ := gzip.NewWriterLevel(&out, gzip.BestCompression)
		_, _ = w.Write(text) // into memory
		_ = w.Close()
		if out.Len() >= len(text) {
			return nil
		}
		return out.Bytes()
	})
	return f
}

// Hash names the bundle.
func (u *UI) Hash() string { return u.hash }

// ServeFile answers for addresses below Prefix.
func (u *UI) ServeFile(w http.ResponseWriter, r *http.Request) {
	hash, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, Prefix), "/")
	f := u.files[name]
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	if hash != u.hash || f == nil {
		h.Set("Cache-Control", "no-store") // a proxy must not keep it for the time when it is there
		http.Error(w, "this file is of another version of the UI: load the page again", http.StatusNotFound)
		return
	}
	h.Set("Content-Type", f.mime)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	body := f.plain
	if packed := f.packed(); packed != nil {
		h.Set("Vary", "Accept-Encoding")
		if acceptsGzip(r) {
			h.Set("Content-Encoding", "gzip")
			body = packed
		}
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the client has gone if this does not work
	}
}

func acceptsGzip(r *http.Request) bool {
	for coding := range strings.SplitSeq(strings.Join(r.Header.Values("Accept-Encoding"), ","), ",") {
		name, q, _ := strings.Cut(strings.TrimSpace(coding), ";")
		if strings.EqualFold(name, "gzip") {
			return strings.ReplaceAll(q, " ", "") != "q=0"
		}
	}
	return false
}
