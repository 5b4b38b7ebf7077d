package redact

import "strings"

// maxGroups is how many groups of digits are looked at together.
const maxGroups = 8

// number is a row of groups of digits with one separator between each two.
type number struct {
	n     int
	from  [maxGroups]int
	to    [maxGroups]int
	paren bool // the first group stands in brackets: (415)
}

func (g *number) len(i int) int { return g.to[i] - g.from[i] }

// digits looks at the first digit of a run for a phone, card or account number.
func (c *scan) digits(i int) int {
	s := c.s
	end := i + 1
	for end < len(s) && isDigit(s[end]) {
		end++
	}
	if end-i < 7 && (end >= len(s) || !mayGroup[s[end]]) && (end-i < 2 || i == 0 || !isLetter(s[i-1])) {
		return end // most are: a year, a count, a piece of an id
	}
	if !startsWord(s, i) {
		if end-i >= 2 && isLetter(s[i-1]) {
			return c.iban(i, end)
		}
		return end
	}
	if end < len(s) && (isAlnum(s[end]) || s[end] == '_') || i > 0 && s[i-1] == '_' {
		return end // part of a word, a hash, an id
	}
	if i > 1 && (s[i-1] == '.' || s[i-1] == ',') && isDigit(s[i-2]) {
		return end // a fraction
	}
	if end-i < 7 && (end >= len(s) || separatorWidth(s, end) == 0) {
		return end
	}
	if !mayBegin(s, i, end) && !c.afterPhoneWord(i) {
		return end
	}
	g := groupsAt(s, i, end)
	if stop := c.card(&g); stop > 0 {
		return stop
	}
	if stop := c.phone(&g); stop > 0 {
		return stop
	}
	return end
}

// mayBegin reports whether a first group of digits is of a length with which some number begins that needs no word before
// it. Tables of numbers are full of others.
func mayBegin(s string, i, end int) bool {
	if i > 0 && (s[i-1] == '+' || s[i-1] == '(') {
		return true
	}
	switch n := end - i; n {
	case 1:
		return s[i] == '1'
	case 2:
		return s[i] == '0'
	case 3, 4, 14, 15, 16:
		return true
	case 5, 6:
		return s[i] == '0' && s[i+1] == '0'
	}
	return false
}

// groupsAt gathers groups of digits beginning with s[i:end].
func groupsAt(s string, i, end int) number {
	var g number
	g.from[0], g.to[0], g.n = i, end, 1
	g.paren = i > 0 && s[i-1] == '(' && end < len(s) && s[end] == ')'
	for g.n < maxGroups {
		w := separatorWidth(s, end)
		if w == 0 {
			break
		}
		from := end + w
		end = from
		for end < len(s) && isDigit(s[end]) {
			end++
		}
		if end == from {
			break
		}
		if end < len(s) && (isAlnum(s[end]) || s[end] == '_') && g.n > 0 {
			break
		}
		g.from[g.n], g.to[g.n] = from, end
		g.n++
	}
	return g
}

// mayGroup has the bytes with which what separates groups of digits begins.
var mayGroup = [256]bool{' ': true, '-': true, '.': true, '/': true, ')': true, 0xC2: true, 0xE2: true}

// separatorWidth returns the bytes of what separates groups of digits at i: a blank, dash, dot or slash, a bracket with a
// blank, a dash or a no-break space beyond ASCII; zero where no digit or bracket follows.
func separatorWidth(s string, i int) int {
	if i >= len(s) {
		return 0
	}
	w := 0
	switch s[i] {
	case ' ', '-', '.', '/':
		w = 1
		if i+1 < len(s) && s[i+1] == '(' {
			w = 2
		}
	case ')':
		w = 1
		if i+1 < len(s) && (s[i+1] == ' ' || s[i+1] == '-') {
			w = 2
		}
	case 0xC2:
		if strings.HasPrefix(s[i:], "\u00a0") {
			w = 2
		}
	case 0xE2:
		if i+2 < len(s) && s[i+1] == 0x80 && (s[i+2] >= 0x90 && s[i+2] <= 0x95 || s[i+2] == 0xAF) {
			w = 3
		}
	}
	if w == 0 || i+w >= len(s) || !isDigit(s[i+w]) {
		return 0
	}
	return w
}

// cardShapes are the ways in which card numbers are grouped.
var cardShapes = [][]int{{4, 4, 4, 4}, {4, 6, 5}, {4, 6, 4}, {4, 4, 4, 4, 3}, {4, 4, 5}}

// card removes a card number at the begin of g and returns where it ends.
func (c *scan) card(g *number) int {
	s := c.s
	if n := g.len(0); n >= 14 && n <= 16 {
		if g.n > 1 && s[g.to[0]] == '.' || c.signed(g.from[0]) || !isCard(s[g.from[0]:g.to[0]], false) {
			return 0
		}
		return c.emitNumber(g.from[0], g.to[0], Card)
	}
	if g.len(0) != 4 || g.n < 3 {
		return 0
	}
	sep := s[g.to[0]:g.from[1]]
	if sep == "." || sep == "/" || strings.HasPrefix(sep, ")") {
		return 0
	}
	for _, shape := range cardShapes {
		if !g.hasShape(s, shape, sep) {
			continue
		}
		var digits [19]byte
		n := 0
		for k := range shape {
			n += copy(digits[n:], s[g.from[k]:g.to[k]])
		}
		if isCard(string(digits[:n]), true) {
			return c.emit(g.from[0], g.to[len(shape)-1], Card)
		}
	}
	return 0
}

func (g *number) hasShape(s string, shape []int, sep string) bool {
	if g.n < len(shape) {
		return false
	}
	for k, n := range shape {
		if g.len(k) != n || k > 0 && s[g.to[k-1]:g.from[k]] != sep {
			return false
		}
	}
	return true
}

// isCard checks issuer, length and check digit. One of ten numbers has a right check digit by chance, so a number in one
// piece must also be of a length its issuer uses today.
func isCard(d string, grouped bool) bool {
	two := int(d[0]-'0')*10 + int(d[1]-'0')
	four := two*100 + int(d[2]-'0')*10 + int(d[3]-'0')
	ok := false
	switch {
	case d[0] == '4':
		ok = len(d) == 16 || grouped && (len(d) == 13 || len(d) == 19)
	case two >= 51 && two <= 55, four >= 2221 && four <= 2720:
		ok = len(d) == 16
	case two == 34 || two == 37:
		ok = len(d) == 15
	case two == 36 || two == 38 || four >= 3000 && four <= 3059:
		ok = len(d) == 14
	case four == 6011, two == 65, two == 62, four >= 6440 && four <= 6499, four >= 3528 && four <= 3589:
		ok = len(d) == 16 || grouped && len(d) == 19
	case two == 50, two >= 56 && two <= 58, two == 67, two == 63:
		ok = grouped && len(d) >= 16
	}
	return ok && luhn(d) && strings.Trim(d, d[:1]) != ""
}

// luhn checks the check digit of ISO/IEC 7812.
func luhn(d string) bool {
	sum := 0
	for i := range len(d) {
		v := int(d[len(d)-1-i] - '0')
		if i%2 == 1 {
			if v *= 2; v > 9 {
				v -= 9
			}
		}
		sum += v
	}
	return sum%10 == 0
}

// signed reports whether a minus or plus stands before a number, so that it is an amount or a JSON number.
func (c *scan) signed(i int) bool {
	return i > 0 && (c.s[i-1] == '-' || c.s[i-1] == '+') && (i == 1 || !isAlnum(c.s[i-2]))
}

// emitNumber removes a number in one piece. Where it is a JSON number the marker takes quotes.
func (c *scan) emitNumber(from, to int, k Kind) int {
	return c.replace(from, to, c.quoteFor(from, to), k)
}

// quoteFor returns the quote a marker needs in place of s[from:to]: none inside strings and in plain text.
func (c *scan) quoteFor(from, to int) string {
	s := c.s
	after := to
	for after < len(s) && isBlank(s[after]) {
		after++
	}
	if after < len(s) && strings.IndexByte(",]}", s[after]) < 0 {
		return ""
	}
	i := from
	for i > 0 && isBlank(s[i-1]) {
		i--
	}
	if i == 0 || i == from && from == 0 {
		return ""
	}
	if s[i-1] == ':' {
		for i--; i > 0 && isBlank(s[i-1]); i-- {
		}
		if i == 0 || s[i-1] != '"' {
			return ""
		}
		slash := 0
		for i -= 2; i >= 0 && s[i] == '\\'; i-- {
			slash++
		}
		if slash == 0 && c.isJSON() && c.inString(from) {
			return ""
		}
		return strings.Repeat(`\`, slash) + `"`
	}
	if (s[i-1] == '[' || s[i-1] == ',') && c.isJSON() && !c.inString(from) {
		return `"`
	}
	return ""
}

// ibanLength has the length of account numbers by country (ISO 13616).
var ibanLength = map[string]int{
	"AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "BY": 28, "CH": 21,
	"CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18, "FO": 18, "FR": 27,
	"GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26,
	"IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "LY": 25, "MC": 27,
	"MD": 24, "ME": 22, "MK": 19, "MR": 27, "MT": 31, "MU": 30, "NL": 18, "NO": 15, "PK": 24, "PL": 28, "PS": 29, "PT": 25,
	"QA": 29, "RO": 24, "RS": 22, "SA": 24, "SC": 31, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "ST": 25, "SV": 28, "TL": 23,
	"TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20,
}

const maxIBAN = 34

// iban looks at the check digits s[i:end] after two letters of a country.
func (c *scan) iban(i, end int) int {
	s := c.s
	start := i - 2
	if start < 0 || !isUpper(s[start]) || !isUpper(s[start+1]) || !startsWord(s, start) {
		return end
	}
	want := ibanLength[s[start:i]]
	if want == 0 {
		return end
	}
	var digits [maxIBAN]byte
	n, at := 0, start
	for at < len(s) && n < want {
		switch ch := s[at]; {
		case isUpper(ch) || isDigit(ch):
			digits[n] = ch
			n++
		case ch == ' ' && n%4 == 0 && n > 0, ch == '-' && n%4 == 0 && n > 0:
		case ch == 0xC2 && n%4 == 0 && at+1 < len(s) && s[at+1] == 0xA0:
			at++
		default:
			return end
		}
		at++
	}
	if n < want || !endsWord(s, at) || !mod97(digits[:n]) {
		return end
	}
	return c.emit(start, at, IBAN)
}

// mod97 checks the checksum of ISO 7064: country and check digits go to the end, letters count from 10.
func mod97(d []byte) bool {
	rest := 0
	for i := range d {
		if ch := d[(i+4)%len(d)]; isDigit(ch) {
			rest = (rest*10 + int(ch-'0')) % 97
		} else {
			rest = (rest*100 + int(ch-'A') + 10) % 97
		}
	}
	return rest == 1
}
