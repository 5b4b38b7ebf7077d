package redact

import "strings"

const pemDashes = "-----"

// maxPEMLabel is longer than any label: OPENSSH, RSA, EC, DSA, ENCRYPTED, PGP … PRIVATE KEY BLOCK.
const maxPEMLabel = 40

// minPEMBody is how many characters of a body there must be: a header that is only spoken of is no key.
const minPEMBody = 6

// pem looks at five dashes that may begin "-----BEGIN … PRIVATE KEY-----", or "-----END …" of a key whose begin was cut
// off. Public keys and certificates stay.
func (c *scan) pem(i int) int {
	s := c.s
	label, after := pemLabel(s, i)
	if !strings.Contains(label, "PRIVATE KEY") {
		return i + len(pemDashes)
	}
	if strings.HasPrefix(label, "BEGIN ") {
		if end := pemEnd(s, after); end-after >= minPEMBody {
			return c.emit(i, end, PrivateKey)
		}
	}
	if strings.HasPrefix(label, "END ") {
		if start := pemStart(s, i, c.last); i-start >= minPEMBody {
			return c.emit(start, after, PrivateKey)
		}
	}
	return after
}

// pemLabel returns the label between two groups of five dashes, and where the second ends.
func pemLabel(s string, i int) (label string, after int) {
	from := i + len(pemDashes)
	rest := s[from:min(len(s), from+maxPEMLabel+len(pemDashes))]
	n := 0
	for n < len(rest) && (isUpper(rest[n]) || isDigit(rest[n]) || rest[n] == ' ') {
		n++
	}
	if strings.HasPrefix(rest[n:], pemDashes) {
		return rest[:n], from + n + len(pemDashes)
	}
	return "", from
}

// pemEnd returns the end of a key whose body begins at i: after its END line, or where base64 stops if it has none.
func pemEnd(s string, i int) int {
	for j := i; j < len(s) && (isPEMBody(s[j]) || isPEMHeader(s[j])); j++ {
		if s[j] != '-' || !strings.HasPrefix(s[j:], pemDashes) {
			continue
		}
		if label, after := pemLabel(s, j); strings.HasPrefix(label, "END ") {
			return after
		}
		break
	}
	for i < len(s) && isPEMBody(s[i]) {
		i++
	}
	return beforeEscape(s, i)
}

// pemStart goes back from an END line over the body before it, not further than floor.
func pemStart(s string, i, floor int) int {
	for i > floor && isPEMBody(s[i-1]) {
		i--
	}
	return i
}

// isPEMBody reports whether c may be in a body: base64, and line ends, raw or escaped.
func isPEMBody(c byte) bool {
	return charClass[c]&isB64 != 0 || c == '\n' || c == '\r' || c == '\\'
}

// isPEMHeader reports whether c may be in the lines between BEGIN and the body, such as "Proc-Type: 4,ENCRYPTED".
func isPEMHeader(c byte) bool {
	return c == ' ' || c == '\t' || c == ':' || c == ',' || c == '.' || c == '-' || c == '_' || c == '(' || c == ')'
}
