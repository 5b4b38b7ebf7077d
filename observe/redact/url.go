package redact

import "strings"

// authority returns where the authority of a URL begins, given the index after the colon of its scheme: after // or,
// escaped by some JSON encoders, \/\/. Zero if there is none.
func authority(s string, i int) int {
	for range 2 {
		for i < len(s) && s[i] == '\\' {
			i++
		}
		if i >= len(s) || s[i] != '/' {
			return 0
		}
		i++
	}
	return i
}

// url looks at a URL whose authority begins at from, for user:password@ and for webhooks.
func (c *scan) url(colon, from int) int {
	s := c.s
	if colon == 0 || !isAlnum(s[colon-1]) || !c.r.secrets {
		return from
	}
	host := from
	if from >= c.noUserTo {
		end := urlEnd(s, from, from+maxURL)
		at := userEnd(s, from, end)
		if at > 0 && isCredential(s[from:at]) {
			c.emit(from, at, Password)
		}
		if at > 0 {
			host = at + 1
		} else {
			c.noUserTo = end
		}
	}
	for _, w := range webhooks {
		if !strings.HasPrefix(s[host:], w) {
			continue
		}
		path := host + len(w)
		end := urlEnd(s, path, path+maxURL)
		if end-path >= 16 && digit.of(s[path:end]) {
			return c.emit(path, urlEnd(s, end, len(s)), Webhook)
		}
	}
	return host
}

// webhooks are addresses whose path is the secret.
var webhooks = []string{
	"hooks.slack.com/services/", "hooks.slack.com/workflows/", "hooks.slack.com/triggers/", "discord.com/api/webhooks/",
	"discordapp.com/api/webhooks/", "outlook.office.com/webhook/", "hooks.zapier.com/hooks/catch/", "api.telegram.org/bot",
}

// maxURL bounds how much of a URL is looked at for a find to begin.
const maxURL = 512

func urlEnd(s string, i, limit int) int {
	limit = min(len(s), limit)
	for i < limit && s[i] > ' ' && strings.IndexByte("\"'`<>\\", s[i]) < 0 {
		i++
	}
	for i > 0 && (s[i-1] == '.' || s[i-1] == ',' || s[i-1] == ')') {
		i--
	}
	return i
}

// userEnd returns the index of the @ that ends user and password, zero if there are none. Passwords with a / or # that
// should have been escaped are met in the wild: where what stands before the first / cannot be host and port, the last @
// counts.
func userEnd(s string, from, end int) int {
	if end <= from {
		return 0
	}
	path := from + len(s[from:end])
	if n := strings.IndexAny(s[from:end], "/?#"); n >= 0 {
		path = from + n
	}
	if n := strings.LastIndexByte(s[from:path], '@'); n >= 0 {
		return from + n
	}
	_, port, ok := strings.Cut(s[from:path], ":")
	if !ok || strings.HasPrefix(s[from:path], "[") || strings.Trim(port, "0123456789") == "" || strings.Contains(port, "{") {
		return 0
	}
	if n := strings.LastIndexByte(s[from:end], '@'); n >= 0 {
		return from + n
	}
	return 0
}

// isCredential reports whether what stands before the @ of a URL is more than a user's name.
func isCredential(user string) bool {
	if strings.Contains(user, markerOpen) {
		return false
	}
	if _, password, ok := strings.Cut(user, ":"); ok {
		return !isHarmless(password) || password == "password" || password == "secret" || password == "default"
	}
	return len(user) >= 16 && strings.ContainsAny(user, "0123456789") // a key in place of a user
}

// botToken looks at a colon after a digit for a Telegram token: eight to ten digits, colon, 35 characters.
func (c *scan) botToken(i int) int {
	s := c.s
	start := i
	for start > c.last && isDigit(s[start-1]) && i-start < 11 {
		start--
	}
	if start > 1 && s[start-1] == 'u' && s[start-2] == '\\' {
		start = min(start+4, i) // an escaped character stands before it
	}
	if n := i - start; n < 8 || n > 10 {
		return i + 1
	}
	end := spanOf(s, i+1, isTok)
	if n := end - i - 1; n < 34 || n > 36 || !digit.of(s[i+1:end]) {
		return i + 1
	}
	return c.emit(start, end, APIKey)
}
