package redact

import "strings"

// minSegment is the length, in bytes, from which on a segment of a path may be a secret for where it stands.
const minSegment = 16

// isLocator reports whether a field of that name holds a path or a URL.
func isLocator(key string) bool {
	for _, end := range [...]string{"path", "url", "uri", "url.full", "http.target"} {
		if n := len(key) - len(end); n >= 0 && hasPrefixFold(key[n:], end) && (n == 0 || !isAlnum(key[n-1])) {
			return true
		}
	}
	return false
}

// path replaces the segments of a path, or of that of a URL, which are secrets by where they stand: behind one that names
// a secret (/reset/token/…, /api_key/…), or as of a Telegram bot (/bot123456:…/getMe), and words that only a key would be.
func (r *Redactor) path(s string) (string, int) {
	end := len(s)
	if i := strings.IndexAny(s, "?#"); i >= 0 {
		end = i
	}
	var b strings.Builder
	last, n := 0, 0
	name := ""
	for from := 0; from < end; {
		to := from
		for to < end && s[to] != '/' {
			to++
		}
		segment := s[from:to]
		if start, kind := r.segment(name, segment); kind != "" && r.wants(kind) {
			b.WriteString(s[last : from+start])
			b.WriteString(marker(kind))
			last, n = to, n+1
		}
		name, from = segment, to+1
	}
	if n == 0 {
		return s, 0
	}
	b.WriteString(s[last:])
	return b.String(), n
}

// segment returns what a segment behind another is, and where in it that begins; no Kind for what may be shown.
func (r *Redactor) segment(name, s string) (int, Kind) {
	if r.ownField(name) && s != "" && !strings.Contains(s, markerOpen) {
		return 0, Field
	}
	if len(s) < minSegment || strings.Contains(s, markerOpen) {
		return 0, ""
	}
	if strings.HasPrefix(s, "bot") {
		if id := strings.TrimLeft(s[3:], "0123456789"); len(s)-3-len(id) >= 5 {
			token, ok := strings.CutPrefix(id, ":")
			if !ok {
				token, ok = strings.CutPrefix(strings.ToUpper(id), "%3A")
			}
			if ok && len(token) >= minSegment && spanOf(token, 0, isTok) == len(token) {
				return 3, APIKey
			}
		}
	}
	if key, ok := strings.CutPrefix(s, "sk-"); ok && len(key) >= minSegment && spanOf(key, 0, isWord) == len(key) {
		return 0, APIKey
	}
	if name == "" || !hasLetter(s) || !looksLikeToken(s) || strings.Trim(s, tokenChars) != "" {
		return 0, ""
	}
	if class := classOf(name); class.kind() == Secret && class.fits(s) {
		return 0, Secret
	}
	return 0, ""
}

// tokenChars are those of the tokens that stand in paths.
const tokenChars = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~=%+:"
