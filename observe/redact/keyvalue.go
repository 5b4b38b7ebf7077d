package redact

import (
	"math/bits"
	"strings"
)

// maxName is how far before a : or = a name may begin.
const maxName = 64

// fieldName is a name in front of a : or =.
type fieldName struct {
	text   string
	quote  byte // " or ', zero where it has none
	slash  int  // backslashes before the quote: how deep in JSON inside JSON it is
	gap    bool // a blank stands before the separator
	assign bool // = rather than :
}

// separator looks at a : or =: of a URL, or after a name whose value has to go.
func (c *scan) separator(i int) int {
	s := c.s
	if s[i] == ':' {
		if i+1 < len(s) && (s[i+1] == '/' || s[i+1] == '\\') {
			if from := authority(s, i+1); from > 0 {
				return c.url(i, from)
			}
		}
		if i > 0 && isDigit(s[i-1]) && c.r.secrets {
			return c.botToken(i)
		}
	}
	name, ok := nameBefore(s, i, c.last)
	if !ok {
		return i + 1
	}
	says := c.r.class(name.text)
	if says == classNone {
		return i + 1
	}
	from := i + 1
	if s[i] == '=' && from < len(s) && s[from] == '>' {
		from++
	}
	blanks := from
	for from < len(s) && isBlank(s[from]) && (s[from] != '\n' && s[from] != '\r' || name.quote != 0) {
		from++
	}
	v := value{name: name, class: says, from: from, loose: from > blanks || name.gap}
	return max(c.value(v), i+1)
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// nameBefore reads the name that ends before the separator at i.
func nameBefore(s string, i, floor int) (fieldName, bool) {
	n := fieldName{assign: s[i] == '='}
	end := i
	if n.assign && end > floor {
		switch s[end-1] {
		case ':': // := of Go and Pascal
			end--
		case '=', '!', '<', '>', '+', '~': // a comparison
			return n, false
		}
	}
	for end > floor && (s[end-1] == ' ' || s[end-1] == '\t') && i-end < 4 {
		end--
		n.gap = true
	}
	if end > floor && (s[end-1] == '"' || s[end-1] == '\'' || s[end-1] == '`') {
		end--
		n.quote = s[end]
		for end > floor && s[end-1] == '\\' {
			end--
			n.slash++
		}
	} else if end > floor && s[end-1] == ']' { // headers["X-Api-Key"] = …, form[password]=…
		end--
		if end > floor && (s[end-1] == '"' || s[end-1] == '\'') {
			end--
		}
	}
	start := end
	floor = max(floor, end-maxName)
	for start > floor && (charClass[s[start-1]]&isKey != 0 || n.quote != 0 && s[start-1] == ' ') {
		start--
	}
	start = min(afterEscape(s, start), end)
	if k := s[start:end]; n.quote == 0 && (strings.EqualFold(k, "key") || strings.EqualFold(k, "number")) && start-1 > floor && s[start-1] == ' ' {
		for start--; start > floor && isAlnum(s[start-1]); start-- { // "API key: …"
		}
		start = min(afterEscape(s, start), end)
	}
	n.text = s[start:end]
	if n.quote == 0 && !n.assign && start > 0 && s[start-1] == ':' {
		return n, false // of a row of names: arn:aws:secretsmanager:eu-west-1:1234:secret:NAME
	}
	return n, n.text != ""
}

// value is where a value that may have to go begins, and what is known of it.
type value struct {
	name  fieldName
	class class
	from  int
	loose bool // blanks around the separator: prose and code look like that too
}

// value looks at the value of a name and returns where to go on.
func (c *scan) value(v value) int {
	s := c.s
	if v.from >= len(s) {
		return v.from
	}
	if q, slash, body := openQuote(s, v.from); q != 0 {
		if !c.opens(v.name, q, slash, body-1) {
			return v.from
		}
		return c.quotedValue(v, q, slash, body)
	}
	if opensNested(s, v.from, v.name.quote != 0) {
		return c.nested(v)
	}
	if v.class != classSecret && v.class != classToken && v.class != classAuth && v.class != classCookie && v.class != classOwn {
		return v.from // names and addresses in prose have no end that could be told
	}
	switch {
	case v.name.quote != 0:
		return c.bareNumber(v)
	case v.class == classAuth:
		return c.authHeader(v)
	case v.class == classCookie:
		return c.cookieHeader(v)
	}
	return c.bareValue(v)
}

// openQuote reads a quote at i, with the backslashes before it, and returns where what it quotes begins. In JSON inside
// JSON these are 0, 1, 3, 7, …; with other numbers the first ones are text and the quote ends a string.
func openQuote(s string, i int) (q byte, slash, body int) {
	j := i
	for j < len(s) && s[j] == '\\' {
		j++
	}
	if slash = j - i; slash&(slash+1) != 0 {
		return 0, 0, i
	}
	if j < len(s) && (s[j] == '"' || s[j] == '\'' || s[j] == '`') {
		return s[j], slash, j + 1
	}
	return 0, 0, i
}

// maxLookBack bounds the search for the quote that opened the string around a name.
const maxLookBack = 1024

// opens reports whether the quote at i begins the value of a name rather than ends the string the name stands in, as in
// ["Authorization:","x"].
func (c *scan) opens(name fieldName, q byte, slash, i int) bool {
	if name.quote == '"' && q == '"' {
		return slash == name.slash
	}
	if q == '"' && slash == 0 && c.isJSON() {
		return !c.inString(i)
	}
	s := c.s
	if q != '"' {
		return i+1 < len(s) && s[i+1] > ' ' && strings.IndexByte(",:;)]}\"\\", s[i+1]) < 0
	}
	inside := false
	for j, stop := i-slash-1, max(0, i-maxLookBack); j >= stop && s[j] != '\n'; j-- {
		if s[j] != '"' {
			continue
		}
		run := 0
		for j > 0 && s[j-1] == '\\' {
			j--
			run++
		}
		if levelOf(run) < levelOf(slash) {
			break
		}
		if levelOf(run) == levelOf(slash) {
			inside = !inside
		}
	}
	return !inside
}

// levelOf tells how deep in JSON inside JSON a quote is that stands after n backslashes. At level l it has 2^l-1 of its
// own, and what is before these are backslashes of the text, each 2^(l+1): so l is the number of ones at the end of n.
func levelOf(n int) int { return bits.TrailingZeros(^uint(n)) }

// closeQuote returns where the text ends that was opened by q after slash backslashes: before the quote that closes it,
// with its backslashes; where there is none, before the one that ends a string around it, or at the end of the line.
func (c *scan) closeQuote(q byte, slash, i int) int {
	s := c.s
	level, around := levelOf(slash), levelOf(slash)-1
	if q != '"' && c.isJSON() {
		around = levelAround(s, i-slash-1)
	}
	run := 0
	for ; i < len(s); i++ {
		switch s[i] {
		case '\\':
			run++
			continue
		case '\n':
			return i - run
		case '"', '\'', '`':
			l := levelOf(run)
			if s[i] == q && l == level || s[i] == '"' && l <= around {
				return i - (1<<l - 1)
			}
		}
		run = 0
	}
	return i - run
}

// levelAround returns the level of the nearest " before i: of the JSON string that a text in single quotes is in.
func levelAround(s string, i int) int {
	for stop := max(0, i-maxLookBack); i > stop; i-- {
		if s[i-1] != '"' {
			continue
		}
		n := 0
		for i--; i > 0 && s[i-1] == '\\'; i-- {
			n++
		}
		return levelOf(n)
	}
	return 0
}

func (c *scan) quotedValue(v value, q byte, slash, body int) int {
	s := c.s
	end := c.closeQuote(q, slash, body)
	text := s[body:end]
	if !v.class.fits(text) || isMarker(text) {
		return body
	}
	if v.class == classToken && !looksSecret(text) && len(text) < 20 {
		return body // a token of a model: {"token":"Hello","logprob":-0.1}
	}
	if v.name.quote == 0 && v.loose && isSentence(text) {
		return body // password = "Enter your password"
	}
	switch v.class {
	case className, classPhone, classAddress, classBirth, classID:
		if v.name.quote == 0 {
			return body
		}
	}
	return c.emit(body, end, v.class.kind())
}

// bareNumber removes a number under a quoted name; the marker takes quotes like those of the name.
func (c *scan) bareNumber(v value) int {
	s := c.s
	end := v.from
	for end < len(s) && (isDigit(s[end]) || strings.IndexByte("-+.eE", s[end]) >= 0) {
		end++
	}
	if end-v.from < 4 || !endsWord(s, end) || v.class == classToken && end-v.from < 7 || v.name.quote != '"' {
		return v.from
	}
	quote := strings.Repeat(`\`, v.name.slash) + `"`
	return c.replace(v.from, end, quote, v.class.kind())
}

// authHeader removes what stands after Authorization: up to the end of the line, and leaves the scheme.
func (c *scan) authHeader(v value) int {
	s := c.s
	end := lineEnd(s, v.from, v.from+3*maxLook)
	word := v.from
	for word < end && s[word] != ' ' {
		word++
	}
	if word == end {
		return c.bareValue(v)
	}
	from := word
	for from < end && s[from] == ' ' {
		from++
	}
	switch strings.ToLower(s[v.from:word]) {
	case "digest", "negotiate", "aws4-hmac-sha256", "hawk", "ntlm", "signature", "oauth":
		if digit.of(s[from:end]) {
			return c.emit(from, lineEnd(s, end, len(s)), Secret)
		}
	case "bearer", "basic", "token", "apikey", "api-key", "key", "bot", "splunk", "genie":
		if stop := bearerEnd(s, from); looksLikeToken(s[from:stop]) || isBasic(s[from:stop]) {
			return c.emit(from, stop, Secret)
		}
	}
	return v.from
}

// cookieHeader removes the pairs after Cookie: up to the end of the line.
func (c *scan) cookieHeader(v value) int {
	end := lineEnd(c.s, v.from, v.from+3*maxLook)
	text := c.s[v.from:end]
	eq := strings.IndexByte(text, '=')
	if eq <= 0 || strings.IndexByte(text[:eq], ' ') >= 0 || eq+1 == len(text) || text[eq+1] == ' ' || text[eq+1] == '[' {
		return v.from
	}
	return c.emit(v.from, lineEnd(c.s, end, len(c.s)), Secret)
}

// lineEnd returns the end of a line of text at i: a line break, also an escaped one, or a quote around the line; limit at
// most.
func lineEnd(s string, i, limit int) int {
	limit = min(limit, len(s))
	for i < limit && s[i] != '\n' && s[i] != '\r' && s[i] != '"' && s[i] != '\'' && s[i] != '\\' && s[i] != '`' {
		i++
	}
	return i
}

// bareValue removes a value without quotes: password=hunter2, api_key: abc123.
func (c *scan) bareValue(v value) int {
	s := c.s
	end := bareEnd(s, v.from, v.from+3*maxLook)
	text := s[v.from:end]
	if text == "" || strings.Contains(text, markerOpen) || !v.class.fits(text) || isCode(s, v, end) {
		return v.from
	}
	switch {
	case len(text) < 8 && strings.HasPrefix(s[end:], "..."):
		return v.from // sk-...
	case v.class == classToken && !looksSecret(text):
		return v.from
	case v.loose && !looksSecret(text) && !endsLine(s, end):
		return v.from // prose: "Password: must have eight characters"
	}
	return c.emit(v.from, bareEnd(s, end, len(s)), v.class.kind())
}

// flag looks at the second dash of a command line's --password VALUE.
func (c *scan) flag(i int) int {
	s := c.s
	if i == 0 || i+1 >= len(s) || !isLetter(s[i+1]) {
		return i + 1
	}
	end := spanOf(s, i+1, isKey)
	if end >= len(s) || s[end] != ' ' {
		return i + 1
	}
	says := c.r.class(s[i+1 : end])
	if says != classSecret && says != classToken && says != classOwn || end+1 < len(s) && s[end+1] == '-' {
		return i + 1
	}
	name := fieldName{text: s[i+1 : end], assign: true}
	return max(c.value(value{name: name, class: says, from: end + 1, loose: true}), i+1)
}

// bareEnd returns the end of a value without quotes. Brackets and punctuation at its end are not part of it.
func bareEnd(s string, i, limit int) int {
	from := i
	limit = min(limit, len(s))
	for i < limit && s[i] > ' ' && strings.IndexByte("\"'`,;&\\<>|", s[i]) < 0 {
		i++
	}
	for i > from && strings.IndexByte(")]}.:!?", s[i-1]) >= 0 {
		i--
	}
	return i
}

// endsLine reports whether nothing but an end of the line, of a string or of a list element follows.
func endsLine(s string, i int) bool {
	return i >= len(s) || strings.IndexByte("\n\r\"'`,;&\\<|", s[i]) >= 0
}

// looksSecret tells a secret from a word: it has a digit or a sign among letters, or changes case in the middle.
func looksSecret(v string) bool {
	if len(v) < 5 {
		return false
	}
	digits, letters, signs, cases := 0, 0, 0, 0
	for i := range len(v) {
		switch c := v[i]; {
		case isDigit(c):
			digits++
		case isLetter(c):
			letters++
			if i > 1 && isUpper(c) && isLower(v[i-1]) && i+1 < len(v) && !isLower(v[i+1]) {
				cases++
			}
		case strings.IndexByte("!@#$%^*+/=~", c) >= 0:
			signs++
		case c <= ' ':
			return false
		}
	}
	return digits > 0 && (letters > 0 || len(v) >= 8) || letters > 0 && (signs > 0 || cases > 1)
}

// isSentence reports whether a text is words for people: three or more, of letters only.
func isSentence(v string) bool {
	n := 0
	for w := range strings.FieldsSeq(v) {
		n++
		for i := range len(w) {
			if isDigit(w[i]) {
				return false
			}
		}
	}
	return n >= 3
}

// isCode reports whether a value without quotes is an expression that fetches the secret rather than the secret:
// os.environ["KEY"], getToken(), config.secret, the name itself.
func isCode(s string, v value, end int) bool {
	text := s[v.from:end]
	if open := strings.IndexAny(text, "(["); open > 0 && isIdentifier(text[:open]) {
		return true
	}
	if end < len(s) && (s[end] == '(' || s[end] == '[') {
		return true
	}
	if strings.EqualFold(text, v.name.text) {
		return true
	}
	text = strings.TrimLeft(text, "&*!@-")
	if text == "" {
		return true
	}
	dot := strings.IndexByte(text, '.')
	if dot < 0 {
		return isIdentifier(text) && !strings.ContainsAny(text, "0123456789") && classOf(text) != classNone
	}
	if !isIdentifier(strings.ReplaceAll(text, ".", "_")) {
		return false
	}
	return v.loose || lookup(holders, text[:dot]) != 0 || classOf(text) != classNone
}

// holders are the first words of expressions that fetch a secret.
var holders = wordTable(map[role]string{
	1: `os process self this config cfg settings args env request req user body ctx context secrets st credentials creds opts
		options params form data app var local module input data vault client props state event session db conf account viper`,
})

func isIdentifier(v string) bool {
	for i := range len(v) {
		if c := v[i]; !isLetter(c) && c != '_' && c != '.' && (i == 0 || !isDigit(c)) {
			return false
		}
	}
	return v != ""
}
