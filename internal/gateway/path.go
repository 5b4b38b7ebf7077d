package gateway

import (
	"net/http"
	"net/url"
	"strings"
)

// target is a request-target taken apart. Nothing in it is decoded.
type target struct {
	name  string // first segment: the provider
	path  string // what follows it, beginning with a slash, or empty
	query string // without the question mark
	asked bool   // there was a question mark
}

// parseTarget reads the request-target as the client sent it, since URL.Path is decoded and URL.RawPath may be empty.
// It reports false for targets which name no path: "*" and the authority of CONNECT.
func parseTarget(r *http.Request) (target, bool) {
	uri := r.RequestURI
	if uri == "" {
		uri = r.URL.RequestURI()
	}
	if uri == "" || uri[0] != '/' {
		// The absolute form names a host of its own, which is of no interest: the provider's name decides.
		_, rest, ok := strings.Cut(uri, "://")
		if !ok {
			return target{}, false
		}
		i := strings.IndexAny(rest, "/?")
		if i < 0 || rest[i] == '?' {
			return target{}, false
		}
		uri = rest[i:]
	}
	var t target
	uri, t.query, t.asked = strings.Cut(uri, "?")
	t.name = uri[1:]
	if i := strings.IndexByte(t.name, '/'); i >= 0 {
		t.name, t.path = t.name[:i], t.name[i:]
	}
	return t, true
}

// maxDecodings is how often a path is decoded in search of dots and control characters: a provider behind proxies of its
// own may decode more than once.
const maxDecodings = 3

// checkPath returns the path decoded once, for recognising it, and what is wrong with it, if anything: a path that could
// leave the prefix of the base URL, or that has control characters. Encoded and double slashes are legitimate.
func checkPath(raw string) (decoded, problem string) {
	if plainPath(raw) {
		return raw, ""
	}
	if strings.IndexByte(raw, '#') >= 0 {
		return "", "a fragment cannot stand in a request"
	}
	p := raw
	for i := range maxDecodings {
		next, err := url.PathUnescape(p)
		if err != nil {
			if i > 0 {
				break // "%" of its own, after decoding
			}
			return "", "the path is not encoded properly"
		}
		if problem = pathProblem(next); problem != "" {
			return "", problem
		}
		if i == 0 {
			decoded = next
		}
		if next == p {
			break
		}
		p = next
	}
	return decoded, ""
}

// plainPath reports whether nothing in the path needs a closer look.
func plainPath(raw string) bool {
	prev := byte('/')
	for i := range len(raw) {
		c := raw[i]
		if c == '%' || c == '\\' || c == '#' || c <= ' ' || c == 0x7f || c == '.' && prev == '/' {
			return false
		}
		prev = c
	}
	return true
}

func pathProblem(p string) string {
	for i := range len(p) {
		if p[i] < ' ' || p[i] == 0x7f {
			return "control characters cannot stand in a path"
		}
	}
	for seg := range strings.FieldsFuncSeq(p, func(c rune) bool { return c == '/' || c == '\\' }) {
		// Some servers drop what follows a semicolon before they look for dots.
		seg, _, _ = strings.Cut(seg, ";")
		if seg == "." || seg == ".." {
			return `"." and ".." cannot stand in a path`
		}
	}
	return ""
}

// collapse makes one slash of many, so that a call is recognised where the provider would recognise it.
func collapse(p string) string {
	for strings.Contains(p, "//") {
		p = strings.ReplaceAll(p, "//", "/")
	}
	return p
}

// upstreamURL is the base URL plus the path, byte for byte as the client sent it.
func (p *provider) upstreamURL(path, decoded, query string, asked bool) *url.URL {
	u := &url.URL{Scheme: p.base.Scheme, Host: p.base.Host, RawQuery: query, ForceQuery: asked && query == ""}
	full := p.prefix + path
	switch {
	case full == "":
		u.Path = "/"
	case strings.HasPrefix(full, "//"):
		// As Opaque it would be taken for a host.
		u.Path, u.RawPath = decoded, full
	default:
		u.Opaque = full
	}
	return u
}

// cutKey takes the parameter named key out of a query and leaves all others as they are. It returns its first value.
func cutKey(query string) (rest, key string) {
	if !strings.Contains(query, "key") && !strings.Contains(query, "%") {
		return query, ""
	}
	var kept []string
	found := false
	for part := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(part, "=")
		if n, err := url.QueryUnescape(name); err != nil || n != "key" {
			kept = append(kept, part)
			continue
		}
		if v, err := url.QueryUnescape(value); err == nil && !found {
			key = v
		}
		found = true
	}
	if !found {
		return query, ""
	}
	return strings.Join(kept, "&"), key
}
