package ui

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	noncePlace = "__NONCE__" // where the nonce of an answer belongs in the document
	headBegin  = "<head>"    // what the question of a page follows
)

// document is what is before the question of its page, between that and the nonce, and after it.
type document [3][]byte

// page is the document of the addresses of a route. It names the files of that page, so that the browser loads them
// beside the frame, not after it.
type page struct {
	route    []string // segments of its path; $name stands for any one
	document document
	asks     question
}

// question is what a page asks first: of a range of so many seconds that ends now. The browser asks it as soon as it
// reads the document, and the page finds the answer there.
type question struct {
	Address string `json:"address"` // without the ends of the range; "" where the page asks by itself
	Seconds int64  `json:"seconds"`
}

// link names the question to the browser. A page of a range that ends at another time asks by itself.
func (q question) link(r *http.Request, now time.Time) string {
	if q.Address == "" || r.URL.Query().Has("to") {
		return ""
	}
	end := now.Unix()
	address := fmt.Sprintf("%s&start=%d&end=%d", q.Address, end-q.Seconds, end)
	return `<link rel="preload" as="fetch" crossorigin href="` + html.EscapeString(address) + `">`
}

// readPages makes the documents from the one of the bundle and from what its build wrote of the routes.
func (u *UI) readPages() error {
	frame := u.files[index]
	if frame == nil {
		return fmt.Errorf("it has no %s", index)
	}
	var err error
	if u.other.document, err = u.documentWith(frame.plain, ""); err != nil {
		return err
	}
	var routes []struct {
		Path    string   `json:"path"`
		Modules []string `json:"modules"`
		Styles  []string `json:"styles"`
		Asks    question `json:"asks"`
	}
	if list := u.files[pageFiles]; list != nil {
		if err := json.Unmarshal(list.plain, &routes); err != nil {
			return fmt.Errorf("%s: %w", pageFiles, err)
		}
	}
	for _, route := range routes {
		var links strings.Builder
		for _, file := range route.Modules {
			fmt.Fprintf(&links, `<link rel="modulepreload" crossorigin href="./%s">`, file)
		}
		for _, file := range route.Styles {
			fmt.Fprintf(&links, `<link rel="stylesheet" crossorigin href="./%s">`, file)
		}
		text, err := u.documentWith(frame.plain, links.String())
		if err != nil {
			return err
		}
		u.pages = append(u.pages, page{route: segments(route.Path), document: text, asks: route.Asks})
	}
	delete(u.files, index)
	delete(u.files, pageFiles)
	return nil
}

// documentWith adds to the end of the head, and makes all addresses those below the hash.
func (u *UI) documentWith(frame []byte, last string) (document, error) {
	text := bytes.Replace(frame, []byte("</head>"), []byte(last+"</head>"), 1)
	text = bytes.ReplaceAll(text, []byte(`"./`), []byte(`"`+Prefix+u.hash+`/`))
	before, after, ok := bytes.Cut(text, []byte(noncePlace))
	if !ok {
		return document{}, fmt.Errorf("%s has no %s", index, noncePlace)
	}
	head := bytes.Index(before, []byte(headBegin)) + len(headBegin)
	if head < len(headBegin) {
		return document{}, fmt.Errorf("%s has no %s before %s", index, headBegin, noncePlace)
	}
	return document{before[:head], before[head:], after}, nil
}

func segments(path string) []string { return strings.Split(strings.Trim(path, "/"), "/") }

// pageAt is the page of an address.
func (u *UI) pageAt(path string) page {
	asked := segments(path)
	for _, p := range u.pages {
		if p.matches(asked) {
			return p
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
	page := u.pageAt(r.URL.Path)
	parts := [][]byte{page.document[0], []byte(page.asks.link(r, time.Now())), page.document[1], []byte(nonce), page.document[2]}
	var length int
	for _, part := range parts {
		length += len(part)
	}
	h.Set("Content-Length", strconv.Itoa(length))
	if r.Method == http.MethodHead {
		return
	}
	for _, part := range parts {
		if _, err := w.Write(part); err != nil {
			return // the client has gone
		}
	}
}
