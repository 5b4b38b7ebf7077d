package ui

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// noncePlace is where the nonce of an answer belongs in the document.
const noncePlace = "__NONCE__"

// document is what is before the nonce, and after it.
type document [2][]byte

// page is the document of the addresses of a route. It names the files of that page, so that the browser loads them
// beside the frame, not after it.
type page struct {
	route    []string // segments of its path; $name stands for any one
	document document
}

// readPages makes the documents from the one of the bundle and from what its build wrote of the routes.
func (u *UI) readPages() error {
	frame := u.files[index]
	if frame == nil {
		return fmt.Errorf("it has no %s", index)
	}
	var err error
	if u.other, err = u.documentWith(frame.plain, "", ""); err != nil {
		return err
	}
	var routes []struct {
		Path    string   `json:"path"`
		Modules []string `json:"modules"`
		Styles  []string `json:"styles"`
		Early   []string `json:"early"` // modules that run as soon as they are there
	}
	if list := u.files[pageFiles]; list != nil {
		if err := json.Unmarshal(list.plain, &routes); err != nil {
			return fmt.Errorf("%s: %w", pageFiles, err)
		}
	}
	for _, route := range routes {
		var first, links strings.Builder
		for _, file := range route.Early {
			fmt.Fprintf(&first, `<script type="module" async crossorigin src="./%s"></script>`, file)
		}
		for _, file := range route.Modules {
			fmt.Fprintf(&links, `<link rel="modulepreload" crossorigin href="./%s">`, file)
		}
		for _, file := range route.Styles {
			fmt.Fprintf(&links, `<link rel="stylesheet" crossorigin href="./%s">`, file)
		}
		text, err := u.documentWith(frame.plain, first.String(), links.String())
		if err != nil {
			return err
		}
		u.pages = append(u.pages, page{route: segments(route.Path), document: text})
	}
	delete(u.files, index)
	delete(u.files, pageFiles)
	return nil
}

// documentWith adds to the begin and the end of the head, and makes all addresses those below the hash.
func (u *UI) documentWith(frame []byte, first, last string) (document, error) {
	text := bytes.Replace(frame, []byte("<head>"), []byte("<head>"+first), 1)
	text = bytes.Replace(text, []byte("</head>"), []byte(last+"</head>"), 1)
	text = bytes.ReplaceAll(text, []byte(`"./`), []byte(`"`+Prefix+u.hash+`/`))
	before, after, ok := bytes.Cut(text, []byte(noncePlace))
	if !ok {
		return document{}, fmt.Errorf("%s has no %s", index, noncePlace)
	}
	return document{before, after}, nil
}

func segments(path string) []string { return strings.Split(strings.Trim(path, "/"), "/") }

// documentAt is the document for the address of a page.
func (u *UI) documentAt(path string) document {
	asked := segments(path)
	for _, p := range u.pages {
		if p.matches(asked) {
			return p.document
		}
	}
	return u.other
}

func (p page) matches(asked []string) bool {
	if len(asked) != len(p.route) {
		return false
	}
	for i, segment := range p.route {
		if segment != asked[i] && !strings.HasPrefix(segment, "$") {
			return false
		}
	}
	return true
}

// policy is what the page may do: run our scripts, use our styles and those that its own scripts add, show pictures that
// prompts hold, and ask this server. Nothing is fetched from elsewhere.
const policy = "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-%s'; img-src 'self' data: blob:; font-src 'self'; " +
	"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// ServePage answers with the document, at whichever address of a page.
func (u *UI) ServePage(w http.ResponseWriter, r *http.Request) {
	var random [18]byte
	_, _ = rand.Read(random[:]) // never fails
	nonce := base64.RawURLEncoding.EncodeToString(random[:])
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", fmt.Sprintf(policy, nonce))
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	page := u.documentAt(r.URL.Path)
	h.Set("Content-Length", strconv.Itoa(len(page[0])+len(nonce)+len(page[1])))
	if r.Method == http.MethodHead {
		return
	}
	for _, part := range [][]byte{page[0], []byte(nonce), page[1]} {
		if _, err := w.Write(part); err != nil {
			return // the client has gone
		}
	}
}
