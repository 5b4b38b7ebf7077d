package redact

import "strings"

// class is what the name of a field says about its value.
type class uint8

const (
	classNone class = iota
	classSecret
	classToken  // often a secret, but models have tokens too: the value must look like one
	classAuth   // of a header: a scheme may stand before the secret
	classCookie // of a header: name=value; name=value
	className
	classPhone
	classAddress
	classBirth
	classID
	classOwn // listed in Options.Fields
)

func (c class) kind() Kind {
	switch c {
	case classSecret, classToken, classAuth, classCookie:
		return Secret
	case className:
		return Name
	case classPhone:
		return Phone
	case classAddress:
		return Address
	case classBirth:
		return BirthDate
	case classID:
		return IDNumber
	case classOwn:
		return Field
	}
	return ""
}

// fits reports whether a value may be what the name says. It is asked for values that stand alone.
func (c class) fits(v string) bool {
	if isMarker(v) {
		return true // whole knows it again
	}
	if isHarmless(v) {
		return false
	}
	switch c {
	case classToken:
		return len(v) > 6 || strings.Trim(v, "0123456789.") != "" // a short number counts tokens
	case classPhone:
		return countDigits(v) >= 5
	case classBirth, classID:
		return countDigits(v) >= 4
	case className, classAddress:
		return hasLetter(v)
	}
	return true
}

// role is what a word does in a name.
type role uint32

const (
	roleSecret role = 1 << iota // a secret by itself
	roleToken                   // a secret unless the word before says otherwise
	rolePlural                  // tokens: a secret if the word before says so
	roleKey                     // key: likewise
	rolePass                    // pass: likewise
	roleString                  // connection string
	roleSig                     // x-amz-signature
	roleAuth
	roleCookie
	roleName
	rolePerson // a person's name by itself
	rolePhone
	roleAddress
	roleDate
	roleBirth
	roleNumber
	roleID
	roleFollow // may follow the word that decides: password_hash, token_value
)

// words has the last words of names that decide. A name whose last word is not here says nothing.
var words = wordTable(map[role]string{ //nolint:gosec // words that names of secrets are made of, not secrets
	roleSecret: `password passwords passwd passphrase passphrases passcode pwd secret secrets credential credentials apikey apikeys
		secretkey accesskey privatekey clientsecret accesstoken refreshtoken authtoken bearertoken sessiontoken idtoken
		connectionstring connstr dsn otp totp cvv cvc cvv2 dbpassword userpassword`,
	roleToken:   `token jwt bearer`,
	rolePlural:  `tokens jwts`,
	roleKey:     `key keys`,
	rolePass:    `pass`,
	roleString:  `string str`,
	roleSig:     `signature credential`,
	roleAuth:    `authorization`,
	roleCookie:  `cookie cookies`,
	roleName:    `name`,
	rolePerson:  `surname firstname lastname fullname`,
	rolePhone:   `phone telephone mobile fax msisdn phonenumber`,
	roleAddress: `address`,
	roleDate:    `date`,
	roleBirth:   `birth birthdate birthday dob dateofbirth`,
	roleNumber:  `number no`,
	roleID:      `ssn`,
	roleFollow: `value raw header plain plaintext hash hashed b64 base64 encoded encrypted confirm confirmation old new current
		repeat env default prod production dev staging test live main backup 0 1 2 3`,
})

// before has the words that must stand before a key, tokens, pass, string, name, … to make it a secret or personal.
var before = wordTable(map[role]string{ //nolint:gosec // words that names of secrets are made of, not secrets
	roleKey: `api access secret private encryption encrypt decryption signing sign master account shared storage
		subscription ssh gpg pgp auth license licence deploy telltale role hmac aes webhook goog service admin`,
	rolePlural: `access refresh auth bearer session csrf xsrf api secret`,
	rolePass:   `db database smtp mysql pg postgres postgresql redis mongo admin root ftp mail email proxy basic auth user login`,
	roleString: `connection conn`,
	roleSig:    `amz`,
	roleName: `full first last given family middle maiden customer patient employee person contact cardholder holder recipient
		guest passenger student spouse`,
	roleAddress: `street home billing shipping postal mailing residential`,
	roleDate:    `birth`,
	roleNumber:  `phone telephone mobile fax passport ssn security`,
})

// notToken has the words before "token" that make it a thing of models, parsers and pages.
var notToken = wordTable(map[role]string{ //nolint:gosec // words that names of secrets are made of, not secrets
	roleToken: `eos bos pad unk sep cls mask special stop start begin end first last next previous prev page continuation
		per max min input output prompt completion total reasoning cached new current image audio text decoder
		vocab fim thinking sync resume cursor`,
})

// maxFollowers bounds how many words may follow the one that decides.
const maxFollowers = 3

// classOf reads a name from its end: the last word decides, and what stands before it.
func classOf(name string) class {
	rest, word := cutWord(name)
	r := lookup(words, word)
	for n := 0; r&^roleFollow == 0 && r != 0 && n < maxFollowers; n++ {
		rest, word = cutWord(rest)
		r = lookup(words, word)
	}
	if r&^roleFollow == 0 {
		return classNone
	}
	_, prev := cutWord(rest)
	switch {
	case r&(roleSecret|roleAuth|roleCookie|rolePerson|rolePhone|roleBirth|roleID) != 0:
		return classAlone(r)
	case r&roleToken != 0:
		if lookup(notToken, prev) != 0 {
			return classNone
		}
		return classToken
	}
	if r &= lookup(before, prev); r == 0 {
		if word == "name" && hasPrefixFold(name, "user.") && len(name) == len("user.name") {
			return className
		}
		return classNone
	}
	switch {
	case r&rolePlural != 0:
		return classToken
	case r&roleName != 0:
		return className
	case r&roleAddress != 0:
		return classAddress
	case r&roleDate != 0:
		return classBirth
	case r&roleNumber != 0:
		if hasPrefixFold(prev, "pass") || hasPrefixFold(prev, "s") {
			return classID
		}
		return classPhone
	}
	return classSecret
}

func classAlone(r role) class {
	switch {
	case r&roleAuth != 0:
		return classAuth
	case r&roleCookie != 0:
		return classCookie
	case r&rolePerson != 0:
		return className
	case r&rolePhone != 0:
		return classPhone
	case r&roleBirth != 0:
		return classBirth
	case r&roleID != 0:
		return classID
	}
	return classSecret
}

// cutWord cuts the last word off a name. Words end at anything but letters and digits, and where case says so:
// clientSecret, APIKey.
func cutWord(name string) (rest, word string) {
	end := len(name)
	for end > 0 && !isAlnum(name[end-1]) {
		end--
	}
	i := end
	for i > 0 && isAlnum(name[i-1]) {
		i--
		if i == 0 || !isAlnum(name[i-1]) {
			break
		}
		if isUpper(name[i]) && (!isUpper(name[i-1]) || i+1 < end && isLower(name[i+1])) {
			break
		}
	}
	return name[:i], name[i:end]
}

// splitName returns the words of a name in lower case.
func splitName(name string) []string {
	var parts []string
	for {
		rest, word := cutWord(name)
		if word == "" {
			break
		}
		parts = append([]string{strings.ToLower(word)}, parts...)
		name = rest
	}
	return parts
}

// ownField reports whether the last words of a name are those of a listed field.
func (r *Redactor) ownField(name string) bool {
	for _, want := range r.fields {
		rest, word := name, ""
		i := len(want) - 1
		for ; i >= 0; i-- {
			if rest, word = cutWord(rest); !strings.EqualFold(word, want[i]) {
				break
			}
		}
		if i < 0 {
			return true
		}
	}
	return false
}

// class is what a name says to this Redactor.
func (r *Redactor) class(name string) class {
	if len(r.fields) > 0 && r.ownField(name) {
		return classOwn
	}
	c := classOf(name)
	if c != classNone && !r.wants(c.kind()) {
		return classNone
	}
	return c
}

// harmless are values that are no secret under any name: literals, types, states, what forms and schemas say.
var harmless = wordTable(map[role]string{
	1: `true false null none nil undefined yes no on off string str text bool boolean int integer number object array any bytes
		optional required missing invalid valid expired empty unset set ok error failed incorrect wrong disabled enabled unknown
		redacted filtered hidden masked removed secret password token bearer basic n/a na todo tbd changed unchanged present absent
		granted denied allowed rejected forbidden unauthorized default`,
})

// isHarmless reports whether a value is nothing to hide: empty, a literal, a type, masked, or a place for a value.
func isHarmless(v string) bool {
	v = strings.Trim(v, " \t\r\n\"'`")
	if v == "" || strings.HasPrefix(v, markerOpen) {
		return true
	}
	if len(v) <= maxWord && lookup(harmless, v) != 0 {
		return true
	}
	switch v[0] {
	case '<':
		return v[len(v)-1] == '>'
	case '{':
		return v[len(v)-1] == '}' && strings.IndexByte(v, '"') < 0 // {{ .Values.password }}, not JSON
	case '[':
		return v[len(v)-1] == ']' && len(v) <= 24 && !strings.ContainsAny(v, `"'0123456789`)
	case '$':
		return isVariable(v[1:])
	case '%':
		return len(v) <= 3 || v[1] == '('
	}
	return isMasked(v) || hasPrefixFold(v, "your-") || hasPrefixFold(v, "your_") || hasPrefixFold(v, "...")
}

// isVariable reports whether v, after a $, names a variable: {…}, (…) or UPPER_CASE.
func isVariable(v string) bool {
	if v == "" {
		return true
	}
	if v[0] == '{' || v[0] == '(' {
		return true
	}
	for i := range len(v) {
		if !isUpper(v[i]) && v[i] != '_' && (i == 0 || !isDigit(v[i])) {
			return false
		}
	}
	return true
}

// isMasked reports whether v is one of the characters people mask with, over and over.
func isMasked(v string) bool {
	if len(v) < 3 || strings.IndexByte("*xX.-_#", v[0]) < 0 {
		return strings.Trim(v, "•●…") == ""
	}
	return strings.Trim(v, v[:1]) == ""
}

func countDigits(v string) int {
	n := 0
	for i := range len(v) {
		if isDigit(v[i]) {
			n++
		}
	}
	return n
}

func hasLetter(v string) bool {
	for i := range len(v) {
		if isLetter(v[i]) || v[i] >= 0x80 {
			return true
		}
	}
	return false
}
