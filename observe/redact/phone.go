package redact

import "strings"

// Digits of a phone number with country code (ITU-T E.164 allows 15).
const (
	minPhone = 8
	maxPhone = 15
)

// phone removes a phone number at the begin of g and returns where it ends. Many numbers are as long as phone numbers, so
// one needs a sign of being one: a plus, 00 and groups, the grouping of North America or France, or a word before it.
func (c *scan) phone(g *number) int {
	s, from := c.s, g.from[0]
	if from > 0 && s[from-1] == '+' || g.paren && from > 1 && s[from-2] == '+' {
		return c.plusNumber(g)
	}
	start := from
	if g.paren {
		start--
	}
	if start > 0 && (s[start-1] == '-' || s[start-1] == '.' || s[start-1] == '/') && start > 1 && isAlnum(s[start-2]) {
		return 0 // the middle of something longer
	}
	if n := g.national(s); n > 0 {
		return c.emit(start, g.to[n-1], Phone)
	}
	if c.afterPhoneWord(start) {
		if n, digits := g.upTo(s, maxPhone); digits >= 6 && !g.isDate(s) {
			if n == 1 {
				return c.emitNumber(start, g.to[0], Phone)
			}
			return c.emit(start, g.to[n-1], Phone)
		}
	}
	return 0
}

// plusNumber removes +49 151 … and +1 (415) …
func (c *scan) plusNumber(g *number) int {
	s := c.s
	plus := g.from[0] - 1
	if g.paren {
		plus--
	}
	if plus > 0 && (isAlnum(s[plus-1]) || s[plus-1] == '+') && startsLetter(s, plus) {
		return 0 // 2+12345678, C++
	}
	if s[g.from[0]] == '0' {
		return 0
	}
	n, digits := g.upTo(s, maxPhone)
	if digits < minPhone || n == 1 && digits < minPhone+1 {
		return 0
	}
	if plus > 0 && s[plus-1] == '(' && s[g.to[0]] == ')' {
		plus--
	}
	return c.emit(plus, g.to[n-1], Phone)
}

// startsLetter reports whether the character before i is really a letter or digit rather than that of an escape.
func startsLetter(s string, i int) bool { return s[i-1] == '+' || !startsWord(s, i) }

// upTo returns how many groups make a number of at most limit digits, and how many digits these have. After eleven digits
// a blank ends the number.
func (g *number) upTo(s string, limit int) (groups, digits int) {
	for groups < g.n {
		if digits+g.len(groups) > limit || digits >= 11 && s[g.to[groups-1]] == ' ' {
			break
		}
		digits += g.len(groups)
		groups++
	}
	return groups, digits
}

// national returns how many groups make a number in a grouping that nothing else has; zero if none do.
func (g *number) national(s string) int {
	first := 0
	if g.n >= 4 && g.len(0) == 1 && s[g.from[0]] == '1' { // 1-800-555-0199
		first = 1
	}
	if g.isNANP(s, first) {
		return first + 3
	}
	if g.n >= 3 && g.len(0) >= 4 && g.len(0) <= 6 && strings.HasPrefix(s[g.from[0]:], "00") && s[g.from[0]+2] != '0' {
		if n, digits := g.upTo(s, maxPhone+2); digits >= 10 { // 0049 151 12345678
			return n
		}
	}
	if g.n >= 5 && s[g.from[0]] == '0' && s[g.from[0]+1] != '0' { // 06 12 34 56 78
		sep := s[g.to[0]:g.from[1]]
		if sep != "-" && sep != "/" && g.hasShape(s, []int{2, 2, 2, 2, 2}, sep) && (g.n == 5 || g.len(5) != 2) {
			return 5
		}
	}
	return 0
}

// isNANP reports whether three groups from first are area, exchange and line of the North American plan.
func (g *number) isNANP(s string, first int) bool {
	if g.n < first+3 || g.len(first) != 3 || g.len(first+1) != 3 || g.len(first+2) != 4 {
		return false
	}
	if s[g.from[first]] < '2' || s[g.from[first+1]] < '2' {
		return false
	}
	if g.n > first+3 && s[g.to[first+2]] == '-' {
		return false
	}
	one, two := s[g.to[first]:g.from[first+1]], s[g.to[first+1]:g.from[first+2]]
	if strings.HasPrefix(one, ")") {
		return two == "-" || two == " " || two == "."
	}
	return one == two && (one == "-" || one == "." || first == 1 && one == " ")
}

// isDate reports whether groups read as a date: 2024-01-15, 15.01.2024.
func (g *number) isDate(s string) bool {
	if g.n < 3 {
		return false
	}
	a, b, d := g.len(0), g.len(1), g.len(2)
	return s[g.to[0]] == s[g.to[1]] && b == 2 && (a == 4 && d == 2 || a == 2 && d == 4)
}

// phoneWords stand before phone numbers.
var phoneWords = wordTable(map[role]string{
	1: `phone telephone tel telefon fon mobile mobil handy fax whatsapp sms hotline phones phonenumber msisdn`,
	2: `number no nr num is`,
})

// afterPhoneWord reports whether a word such as phone, Tel. or "mobile": stands right before i.
func (c *scan) afterPhoneWord(i int) bool {
	s := c.s
	for range 2 {
		floor := max(0, i-6)
		for i > floor && strings.IndexByte(" \t:=.\"'#(\\+-_", s[i-1]) >= 0 {
			i--
		}
		end := i
		for i > 0 && end-i < maxWord && isLetter(s[i-1]) {
			i--
		}
		if i == end {
			return false
		}
		r := lookup(phoneWords, s[i:end])
		if r == 0 {
			if _, word := cutWord(s[i:end]); len(word) < end-i { // userPhone, phoneNumber
				r, i = lookup(phoneWords, word), end-len(word)
			}
		}
		if r&1 != 0 {
			return startsWord(s, i) || isLower(s[i-1]) && isUpper(s[i])
		}
		if r&2 == 0 {
			return false
		}
	}
	return false
}
