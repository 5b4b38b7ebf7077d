package ui

import (
	"compress/gzip"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func bundle(t *testing.T, extra string) *UI {
	t.Helper()
	u, err := open(fstest.MapFS{
		"index.html": {Data: []byte(`<head><meta name="csp-nonce" content="__NONCE__"><script type="module" src="./app.js"></script></head>`)},
		"pages.json": {Data: []byte(`[{"path": "/", "modules": ["chunks/Overview.js"], "styles": ["chunks/Overview.css"],
				"asks": {"address": "/prometheus/api/v1/query_range?query=up+%3E+0&step=3600", "seconds": 3600}},
			{"path": "/calls", "modules": ["chunks/Calls.js"]}, {"path": "/calls/$trace/$span", "modules": ["chunks/Call.js"]}]`)},
		"app.js":              {Data: []byte(strings.Repeat("console.log(1);\n", 200) + extra)},
		"assets/inter.woff2":  {Data: []byte(strings.Repeat("font", 1000))},
		"assets/icon.svg":     {Data: []byte("<svg/>")},
		"chunks/Overview.css": {Data: []byte(strings.Repeat("a{b:c}", 300))},
	})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func ask(t *testing.T, serve http.HandlerFunc, method, path string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, http.NoBody)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	serve(w, r)
	return w
}

// text is the body, unpacked.
func text(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	if w.Header().Get("Content-Encoding") != "gzip" {
		return w.Body.String()
	}
	z, err := gzip.NewReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestServePage(t *testing.T) {
	u := bundle(t, "")
	first, second := ask(t, u.ServePage, "GET", "/calls?q=x"), ask(t, u.ServePage, "GET", "/")
	page := text(t, first)
	nonces := regexp.MustCompile(`csp-nonce" content="([\w-]{24})"`).FindStringSubmatch(page)
	if nonces == nil {
		t.Fatalf("no nonce in %s", page)
	}
	policy := first.Header().Get("Content-Security-Policy")
	if !strings.Contains(policy, "style-src 'self' 'nonce-"+nonces[1]+"';") || !strings.Contains(policy, "script-src 'self';") {
		t.Errorf("policy %q does not go with nonce %s", policy, nonces[1])
	}
	if strings.Contains(text(t, second), nonces[1]) {
		t.Error("a nonce came twice")
	}
	if want := `src="/ui/` + u.Hash() + `/app.js"`; !strings.Contains(page, want) {
		t.Errorf("%s lacks %s", page, want)
	}
	if got := first.Header().Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control %q: the page would outlive the bundle", got)
	}
	if head := ask(t, u.ServePage, "HEAD", "/"); text(t, head) != "" || head.Header().Get("Content-Length") == "" {
		t.Error("HEAD has a body, or no length")
	}
}

func TestServeFile(t *testing.T) {
	u := bundle(t, "")
	base := "/ui/" + u.Hash() + "/"
	for _, tc := range []struct {
		path, accept string
		status       int
		mime, coding string
	}{
		{base + "app.js", "gzip, br", 200, "text/javascript; charset=utf-8", "gzip"},
		{base + "app.js", "", 200, "text/javascript; charset=utf-8", ""},
		{base + "app.js", "gzip;q=0", 200, "text/javascript; charset=utf-8", ""},
		{base + "chunks/Overview.css", "gzip", 200, "text/css; charset=utf-8", "gzip"},
		{base + "assets/inter.woff2", "gzip", 200, "font/woff2", ""},
		{base + "assets/icon.svg", "gzip", 200, "image/svg+xml", ""},
		{base + "index.html", "gzip", 404, "", ""},
		{base + "../secret", "gzip", 404, "", ""},
		{base, "gzip", 404, "", ""},
		{"/ui/0123456789abcdef/app.js", "gzip", 404, "", ""},
		{"/ui/", "gzip", 404, "", ""},
	} {
		res := ask(t, u.ServeFile, "GET", tc.path, "Accept-Encoding", tc.accept)
		if res.Code != tc.status {
			t.Errorf("%s: status %d, want %d", tc.path, res.Code, tc.status)
			continue
		}
		if tc.status != 200 {
			if cc := res.Header().Get("Cache-Control"); cc != "no-store" {
				t.Errorf("%s: a refusal with Cache-Control %q", tc.path, cc)
			}
			continue
		}
		if got := res.Header().Get("Content-Type"); got != tc.mime {
			t.Errorf("%s: Content-Type %q, want %q", tc.path, got, tc.mime)
		}
		if got := res.Header().Get("Content-Encoding"); got != tc.coding {
			t.Errorf("%s (%s): Content-Encoding %q, want %q", tc.path, tc.accept, got, tc.coding)
		}
		if !strings.Contains(res.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("%s is not immutable", tc.path)
		}
		if got, want := text(t, res), string(u.files[strings.TrimPrefix(tc.path, base)].plain); got != want {
			t.Errorf("%s (%s): %d bytes, want %d", tc.path, tc.accept, len(got), len(want))
		}
	}
}

func TestHashNamesTheBundle(t *testing.T) {
	if a, b := bundle(t, ""), bundle(t, ""); a.Hash() != b.Hash() {
		t.Error("the same files have two hashes")
	}
	if a, b := bundle(t, ""), bundle(t, "x"); a.Hash() == b.Hash() {
		t.Error("another file has the same hash")
	}
}

// What is embedded is whole: each file that the document and the scripts name is there.
func TestEmbedded(t *testing.T) {
	u, err := New()
	if err != nil {
		t.Fatal(err)
	}
	page := text(t, ask(t, u.ServePage, "GET", "/"))
	for _, p := range u.pages {
		page += string(p.document[0]) + string(p.document[1])
	}
	refs := regexp.MustCompile(`(?:src|href)="([^"]+)"`).FindAllStringSubmatch(page, -1)
	if len(refs) < 2 {
		t.Fatalf("the document names %d files", len(refs))
	}
	for _, ref := range refs {
		if strings.HasPrefix(ref[1], "/prometheus/") {
			continue // a question, not a file
		}
		if res := ask(t, u.ServeFile, "GET", ref[1]); res.Code != 200 {
			t.Errorf("%s: status %d", ref[1], res.Code)
		}
	}
	if strings.Contains(page, "<script>") || strings.Contains(page, "style=") || strings.Contains(page, "<style") {
		t.Errorf("the document has inline script or style, which the policy forbids: %s", page)
	}
}

// The document of a page names what that page needs, and of no other.
func TestServePageNamesItsFiles(t *testing.T) {
	u := bundle(t, "")
	base := "/ui/" + u.Hash() + "/"
	overview := []string{
		`<link rel="modulepreload" crossorigin href="` + base + `chunks/Overview.js">`,
		`<link rel="stylesheet" crossorigin href="` + base + `chunks/Overview.css"></head>`,
	}
	calls := []string{`<link rel="modulepreload" crossorigin href="` + base + `chunks/Calls.js">`}
	call := []string{`<link rel="modulepreload" crossorigin href="` + base + `chunks/Call.js">`}
	all := slices.Concat(overview, calls, call)
	for path, want := range map[string][]string{
		"/": overview, "/calls": calls, "/calls/": calls, "/calls/a/b": call, "/calls/a": nil, "/calls/a/b/c": nil, "/logs": nil,
	} {
		page := text(t, ask(t, u.ServePage, "GET", path))
		for _, link := range all {
			if got := strings.Contains(page, link); got != slices.Contains(want, link) {
				t.Errorf("%s: %q is there: %v\n%s", path, link, got, page)
			}
		}
	}
	if res := ask(t, u.ServeFile, "GET", base+"pages.json"); res.Code != 404 {
		t.Errorf("pages.json is served: status %d", res.Code)
	}
}

// The overview's document asks for its numbers, at the moment it is made; that of another time or page does not.
func TestServePageAsks(t *testing.T) {
	u := bundle(t, "")
	named := regexp.MustCompile(`<head><link rel="preload" as="fetch" crossorigin href="([^"]+)">`)
	before := time.Now().Unix()
	found := named.FindStringSubmatch(text(t, ask(t, u.ServePage, "GET", "/?from=-6h")))
	if found == nil {
		t.Fatal("the document names no question")
	}
	address, err := url.Parse(html.UnescapeString(found[1]))
	if err != nil {
		t.Fatal(err)
	}
	q := address.Query()
	start, _ := strconv.ParseInt(q.Get("start"), 10, 64)
	end, _ := strconv.ParseInt(q.Get("end"), 10, 64)
	if end < before || end > time.Now().Unix() || start != end-3600 {
		t.Errorf("asks from %d to %d, now is %d", start, end, before)
	}
	if address.Path != "/prometheus/api/v1/query_range" || q.Get("query") != "up > 0" || q.Get("step") != "3600" {
		t.Errorf("asks %s", address)
	}
	for _, path := range []string{"/?to=2026-01-31T00:00:00Z", "/calls", "/nothing"} {
		if page := text(t, ask(t, u.ServePage, "GET", path)); named.MatchString(page) {
			t.Errorf("%s asks: %s", path, page)
		}
	}
}

func TestOpenRefusesPagesItCannotRead(t *testing.T) {
	_, err := open(fstest.MapFS{"index.html": {Data: []byte(`<head>__NONCE__</head>`)}, "pages.json": {Data: []byte("[{")}})
	if err == nil || !strings.Contains(err.Error(), "pages.json") {
		t.Errorf("error %v does not name pages.json", err)
	}
}

// Each page of the router has an address here, and each address a page.
func TestPlacesAreThoseOfTheRouter(t *testing.T) {
	source, err := os.ReadFile("../../web/src/router.tsx")
	if err != nil {
		t.Fatal(err)
	}
	var pages []string
	for _, m := range regexp.MustCompile(`page\('(/[^'/]*)`).FindAllStringSubmatch(string(source), -1) {
		if m[1] != "/" && !slices.Contains(pages, m[1]) {
			pages = append(pages, m[1])
		}
	}
	sort := cmpopts.SortSlices(func(a, b string) bool { return a < b })
	if diff := cmp.Diff(pages, places, sort); diff != "" {
		t.Errorf("router.tsx (-) and places (+):\n%s", diff)
	}
}

// A page is found at its address and below it, without a redirect.
func TestPatterns(t *testing.T) {
	u := bundle(t, "")
	mux := http.NewServeMux()
	for _, pattern := range Patterns() {
		mux.HandleFunc(pattern, u.ServePage)
	}
	for path, want := range map[string]int{"/": 200, "/calls": 200, "/calls/a/b": 200, "/r/req-1": 200, "/dashboards/llm": 200, "/callsx": 404, "/nothing": 404} {
		if res := ask(t, mux.ServeHTTP, "GET", path); res.Code != want {
			t.Errorf("%s: status %d, want %d", path, res.Code, want)
		}
	}
}
