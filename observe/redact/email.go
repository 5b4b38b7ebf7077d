package redact

import "strings"

// Longest parts of an address (RFC 5321).
const (
	maxLocal  = 64
	maxDomain = 255
)

// email looks at an @ that stands at s[at:after], perhaps written as an escape, and removes the address around it.
//
// Letters beyond ASCII are taken into an address where they are of scripts that put blanks between words (Latin, Greek,
// Cyrillic, Hebrew, Arabic): 联系bob@example.com must not lose the words before it.
func (c *scan) email(at, after int) int {
	s := c.s
	start := localStart(s, at, max(c.last, at-maxLocal))
	if start == at {
		return after
	}
	end := domainEnd(s, after)
	if end == 0 || isNoAddress(s[start:at], s[after:end]) {
		return after
	}
	return c.emit(start, end, Email)
}

// localStart goes back over the part before the @.
func localStart(s string, at, floor int) int {
	i := at
	for i > floor {
		switch {
		case charClass[s[i-1]]&isLocal != 0:
			i--
			continue
		case i-2 >= floor && isWideLetter(s[i-2], s[i-1]):
			i -= 2
			continue
		}
		break
	}
	i = afterEscape(s, i)
	for i < at && (s[i] == '.' || s[i] == '\'' || s[i] == '%' || s[i] == '-') { // quotes and bullets before an address
		i++
	}
	if i < at && s[at-1] == '.' {
		return at
	}
	return min(i, at)
}

// isWideLetter reports whether two bytes are one letter of U+00C0 to U+07FF.
func isWideLetter(a, b byte) bool { return 0xC3 <= a && a <= 0xDF && b&0xC0 == 0x80 }

// domainEnd returns the end of a domain that begins at i: two labels at least, the last of letters; 0 if there is none.
func domainEnd(s string, i int) int {
	limit := min(len(s), i+maxDomain)
	labels, end := 0, 0
	for i < limit {
		from, letters := i, 0
		for i < limit {
			if isLetter(s[i]) {
				letters++
			} else if i+1 < limit && isWideLetter(s[i], s[i+1]) {
				letters++
				i++
			} else if !isDigit(s[i]) && s[i] != '-' {
				break
			}
			i++
		}
		stop := i
		for stop > from && s[stop-1] == '-' {
			stop--
		}
		if stop == from || s[from] == '-' {
			break
		}
		if labels++; labels >= 2 && letters >= 2 && isTopLevel(s[from:stop]) {
			end = stop
		}
		if i >= limit || s[i] != '.' || stop != i {
			break
		}
		i++
	}
	return end
}

// isTopLevel reports whether a label can be a top-level domain: letters, or the ASCII form of others.
func isTopLevel(label string) bool {
	if hasPrefixFold(label, "xn--") {
		return true
	}
	for i := range len(label) {
		if isDigit(label[i]) || label[i] == '-' {
			return false
		}
	}
	return len(label) <= 24
}

// isNoAddress knows what looks like an address and is none: the user of Git over SSH, images for dense screens
// (logo@2x.png), versions (pkg@1.x.tgz).
func isNoAddress(local, domain string) bool {
	if local == "git" {
		return true
	}
	dot := strings.LastIndexByte(domain, '.')
	switch domain[dot+1:] {
	case "png", "jpg", "jpeg", "webp", "svg", "gif", "avif", "tgz", "js", "ts", "tsx", "jsx", "json", "css", "md":
		return true
	}
	return false
}
