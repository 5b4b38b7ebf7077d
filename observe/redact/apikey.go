package redact

import (
	"encoding/base64"
	"strings"
)

// prefix is the fixed beginning of a family of keys, up to and with the byte that triggers a look at it.
type prefix struct {
	head    string // text up to the trigger, the trigger included
	tail    string // fixed text after it
	min     int    // characters that must follow
	chars   uint8  // class of these
	inWord  bool   // so long and odd that it need not begin a word
	entropy entropy
}

// entropy is what tells a key from a name that begins like one.
type entropy uint8

const (
	anything entropy = iota
	digit            // a digit or an upper-case letter somewhere
	dense            // twelve letters and digits in a row, some of each
)

// Sources: the documentation of each issuer. Minimal lengths are well under the real ones, so that a key that was cut
// still goes.
var prefixes = indexPrefixes([]prefix{
	{head: "sk-", tail: "ant-", min: 8, chars: isTok, inWord: true, entropy: digit},     // Anthropic
	{head: "sk-", tail: "proj-", min: 8, chars: isTok, inWord: true, entropy: digit},    // OpenAI
	{head: "sk-", tail: "svcacct-", min: 8, chars: isTok, inWord: true, entropy: digit}, // OpenAI
	{head: "sk-", tail: "admin-", min: 8, chars: isTok, inWord: true, entropy: digit},   // OpenAI
	{head: "sk-", tail: "or-v1-", min: 8, chars: isTok, inWord: true, entropy: digit},   // OpenRouter
	{head: "sk-", tail: "lf-", min: 8, chars: isTok, inWord: true, entropy: digit},      // Langfuse
	{head: "sk-", min: 16, chars: isTok, entropy: dense},                                // OpenAI, DeepSeek, LiteLLM, our own
	{head: "sk_", tail: "live_", min: 8, chars: isWord, inWord: true},                   // Stripe
	{head: "sk_", tail: "test_", min: 8, chars: isWord, inWord: true},                   // Stripe
	{head: "rk_", tail: "live_", min: 8, chars: isWord, inWord: true},                   // Stripe
	{head: "rk_", tail: "test_", min: 8, chars: isWord, inWord: true},                   // Stripe
	{head: "whsec_", min: 16, chars: isB64, inWord: true, entropy: digit},               // Stripe, Svix
	{head: "ghp_", min: 20, chars: isWord, inWord: true, entropy: digit},                // GitHub
	{head: "gho_", min: 20, chars: isWord, inWord: true, entropy: digit},                // GitHub
	{head: "ghu_", min: 20, chars: isWord, inWord: true, entropy: digit},                // GitHub
	{head: "ghs_", min: 20, chars: isWord, inWord: true, entropy: digit},                // GitHub
	{head: "ghr_", min: 20, chars: isWord, inWord: true, entropy: digit},                // GitHub
	{head: "github_", tail: "pat_", min: 16, chars: isTok, inWord: true, entropy: digit},
	{head: "glpat-", min: 16, chars: isTok, inWord: true, entropy: digit}, // GitLab
	{head: "xoxb-", min: 10, chars: isTok, inWord: true, entropy: digit},  // Slack
	{head: "xoxp-", min: 10, chars: isTok, inWord: true, entropy: digit},  // Slack
	{head: "xoxa-", min: 10, chars: isTok, inWord: true, entropy: digit},  // Slack
	{head: "xoxr-", min: 10, chars: isTok, inWord: true, entropy: digit},  // Slack
	{head: "xoxs-", min: 10, chars: isTok, inWord: true, entropy: digit},  // Slack
	{head: "xoxe-", min: 10, chars: isTok, inWord: true, entropy: digit},  // Slack
	{head: "xoxc-", min: 10, chars: isTok, inWord: true, entropy: digit},  // Slack
	{head: "xoxd-", min: 10, chars: isTok, inWord: true, entropy: digit},  // Slack
	{head: "xapp-", min: 16, chars: isTok, inWord: true, entropy: digit},  // Slack
	{head: "hf_", min: 24, chars: isWord, entropy: digit},                 // Hugging Face
	{head: "gsk_", min: 24, chars: isWord, entropy: digit},                // Groq
	{head: "xai-", min: 24, chars: isWord, entropy: digit},                // xAI
	{head: "pplx-", min: 24, chars: isWord, entropy: digit},               // Perplexity
	{head: "tvly-", min: 16, chars: isTok, entropy: dense},                // Tavily
	{head: "nvapi-", min: 24, chars: isTok, entropy: digit},               // NVIDIA
	{head: "r8_", min: 24, chars: isWord, entropy: digit},                 // Replicate
	{head: "npm_", min: 24, chars: isWord, entropy: digit},                // npm
	{head: "pypi-", tail: "AgE", min: 16, chars: isTok},                   // PyPI
	{head: "dop_", tail: "v1_", min: 24, chars: isWord},                   // DigitalOcean
	{head: "lsv2_", tail: "pt_", min: 16, chars: isTok},                   // LangSmith
	{head: "lsv2_", tail: "sk_", min: 16, chars: isTok},                   // LangSmith
	{head: "lin_", tail: "api_", min: 16, chars: isWord},                  // Linear
	{head: "shpat_", min: 24, chars: isWord},                              // Shopify
	{head: "ya29.", min: 16, chars: isTok, entropy: digit},                // Google OAuth
	{head: "SG.", min: 20, chars: isTok, entropy: digit},                  // SendGrid
	{head: "AGE-", tail: "SECRET-KEY-1", min: 16, chars: isWord},          // age
})

// maxLook is how far after a trigger something must show that it is a secret. It bounds what a text made of triggers
// costs; what is found is then removed to its end, however far.
const maxLook = 96

// indexPrefixes files prefixes under the byte before the trigger.
func indexPrefixes(list []prefix) *[256][]prefix {
	var t [256][]prefix
	for _, p := range list {
		c := p.head[len(p.head)-2]
		t[c] = append(t[c], p)
	}
	return &t
}

// prefixed looks at a - _ or . that may end the head of a key.
func (c *scan) prefixed(i int) int {
	s := c.s
	if s[i] == '-' && strings.HasPrefix(s[i:], "-----") {
		return c.pem(i)
	}
	if i == 0 || s[i] == '-' && s[i-1] == '-' {
		return c.flag(i)
	}
	for k := range prefixes[s[i-1]] {
		p := &prefixes[s[i-1]][k]
		start := i + 1 - len(p.head)
		if start < 0 || s[start:i+1] != p.head || !strings.HasPrefix(s[i+1:], p.tail) {
			continue
		}
		from := i + 1 + len(p.tail)
		end := spanOf(s[:min(len(s), from+maxLook)], from, p.chars)
		if end-from < p.min || !p.inWord && !startsWord(s, start) || !p.entropy.of(s[from:end]) {
			continue
		}
		end = spanOf(s, end, p.chars)
		if p.head == "SG." && end < len(s) && s[end] == '.' {
			end = spanOf(s, end+1, p.chars)
		}
		return c.emit(start, end, APIKey)
	}
	return i + 1
}

func (e entropy) of(s string) bool {
	if e == anything {
		return true
	}
	run, digits, letters := 0, 0, 0
	for i := range len(s) {
		switch c := s[i]; {
		case isDigit(c):
			digits++
		case isLetter(c):
			letters++
			if e == digit && isUpper(c) {
				return true
			}
		default:
			run, digits, letters = 0, 0, 0
			continue
		}
		if e == digit && digits > 0 {
			return true
		}
		if run++; run >= 12 && digits > 0 && letters > 0 {
			return true
		}
	}
	return false
}

// upper looks at an A that may begin AKIA, ASIA or AIza, and at the J of eyJ.
func (c *scan) upper(i int) int {
	s := c.s
	if s[i] == 'J' {
		return c.jwt(i)
	}
	rest := s[i:]
	switch {
	case strings.HasPrefix(rest, "AKIA"), strings.HasPrefix(rest, "ASIA"):
		end := i + 4
		for end < min(len(s), i+21) && (isUpper(s[end]) || isDigit(s[end])) {
			end++
		}
		if end-i == 20 && startsWord(s, i) && endsWord(s, end) {
			return c.emit(i, end, APIKey)
		}
	case strings.HasPrefix(rest, "AIza"):
		if end := spanOf(s[:min(len(s), i+maxLook)], i, isTok); end-i >= 30 && digit.of(s[i+4:end]) {
			return c.emit(i, spanOf(s, end, isTok), APIKey)
		}
	}
	return i + 1
}

// jwt looks at the J of eyJ, which is {" in base64: header, payload and signature, the last ones perhaps cut.
func (c *scan) jwt(i int) int {
	s := c.s
	if i < 2 || s[i-1] != 'y' || s[i-2] != 'e' {
		return i + 1
	}
	end := spanOf(s, i, isTok)
	if end-i < 10 || end >= len(s) || s[end] != '.' {
		return max(end, i+1)
	}
	next := spanOf(s, end+1, isTok)
	if next == end+1 && next < len(s) && s[next] == '.' { // of a JWE with a key agreed directly the second part is empty
		next = spanOf(s, next+1, isTok)
	}
	if next-end < 5 {
		return next
	}
	for parts := 2; parts < 5 && next < len(s) && s[next] == '.'; parts++ {
		next = spanOf(s, next+1, isTok)
	}
	if s[next-1] == '.' {
		next--
	}
	return c.emit(i-2, next, Token)
}

// scheme looks at a b that may begin "Bearer TOKEN" or "Basic BASE64".
func (c *scan) scheme(i int) int {
	s := c.s
	rest := s[i:]
	if len(rest) < 7 || lower(rest[1]) != 'e' && lower(rest[1]) != 'a' {
		return i + 1
	}
	if hasPrefixFold(rest, "bearer") && startsWord(s, i) {
		if from := skipGap(s, i+6); from > i+6 {
			if end := bearerEnd(s, from); looksLikeToken(s[from:end]) {
				return c.emit(from, end, Token)
			}
		}
	} else if hasPrefixFold(rest, "basic") && startsWord(s, i) {
		if from := skipGap(s, i+5); from > i+5 {
			if end := spanOf(s, from, isB64); isBasic(s[from:end]) {
				return c.emit(from, end, Token)
			}
		}
	}
	return i + 1
}

// skipGap skips what may stand between a scheme and its token: blanks, also as %20 or +.
func skipGap(s string, i int) int {
	for i < len(s) && (s[i] == ' ' || s[i] == '\t' || s[i] == '+') {
		i++
	}
	if strings.HasPrefix(s[i:], "%20") {
		i += 3
	}
	return i
}

// bearerEnd returns the end of a token68 (RFC 9110), colons included, that some issuers use.
func bearerEnd(s string, i int) int {
	for i < len(s) && (charClass[s[i]]&(isTok|isB64) != 0 || s[i] == '.' || s[i] == '~' || s[i] == ':' || s[i] == '|') {
		i++
	}
	for i > 0 && (s[i-1] == '.' || s[i-1] == ':') {
		i--
	}
	return i
}

// looksLikeToken tells a token from a word after "bearer": it has a digit, or is longer than words are.
func looksLikeToken(s string) bool {
	if len(s) < 8 {
		return false
	}
	return strings.ContainsAny(s, "0123456789") || len(s) >= 24 && digit.of(s) || len(s) >= 32
}

// isBasic reports whether s is base64 of user:password in printable characters.
func isBasic(s string) bool {
	var buf [192]byte
	s = strings.TrimRight(s, "=")
	if len(s) < 4 || len(s) > 256 {
		return len(s) > 256
	}
	n, err := base64.RawStdEncoding.Decode(buf[:], []byte(s))
	if err != nil || n < 2 {
		return false
	}
	colon := false
	for _, c := range buf[:n] {
		if c < 0x20 || c == 0x7f {
			return false
		}
		colon = colon || c == ':'
	}
	return colon
}
