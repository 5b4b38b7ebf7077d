package redact

// Trigger classes: why a byte is worth a look.
const (
	trigNone  uint8 = iota
	trigAt          // @ of an address
	trigDigit       // phone, card, IBAN
	trigSep         // : and = after a name; :// of a URL
	trigMark        // - _ . after the first letters of a key
	trigUpper       // A and J of AKIA, AIza, eyJ
	trigB           // Bearer, Basic
	trigEsc         // \u0040 and %40 for @
)

// Every byte of the table that is not zero costs a call where it stands in a text, so letters are few and rare ones.
func makeTriggers(secrets, pii bool) [256]uint8 {
	var t [256]uint8
	t[':'], t['='] = trigSep, trigSep // names tell of both families
	if secrets {
		t['-'], t['_'], t['.'] = trigMark, trigMark, trigMark
		t['A'], t['J'] = trigUpper, trigUpper
		t['B'], t['b'] = trigB, trigB
	}
	if pii {
		t['@'] = trigAt
		t['\\'], t['%'] = trigEsc, trigEsc
		for c := '0'; c <= '9'; c++ {
			t[c] = trigDigit
		}
	}
	return t
}

// Pairs of bytes of which one is a trigger that its detector may make a find of. A pair has a bit where the first byte has
// it in skip.first and the second in skip.second.
const (
	pairAny    uint8 = 1 << iota // : = @ and digits, whatever follows
	pairScheme                   // be, ba
	pairKey                      // AK, AS, AI
	pairEscape                   // \u
	pairHex                      // %4
	pairDashes                   // --
	pairHead                     // the end of the head of a key: k- of sk-
	pairDot                      // 9. of ya29., G. of SG., yJ of eyJ

	pairAfter = pairHead | pairDot // pairs whose second byte is the trigger
)

// skip finds the next byte that is worth a look. It may stop too often, never too rarely: what it passes over, detectors
// would have passed over as well, for the byte before or after it.
type skip struct {
	trigger       [256]uint8
	first, second [256]uint8
}

func makeSkip(secrets, pii bool) *skip {
	k := &skip{trigger: makeTriggers(secrets, pii)}
	pair := func(bit uint8, first, second string) {
		for i := range len(first) {
			k.first[first[i]] |= bit
		}
		for i := range len(second) {
			k.second[second[i]] |= bit
		}
	}
	pair(pairAny, ":=", "")
	for c := range k.second {
		k.second[c] |= pairAny
	}
	if secrets {
		pair(pairScheme, "bB", "eEaA")
		pair(pairKey, "A", "KSI")
		pair(pairDashes, "-", "-")
		pair(pairDot, "y", "J")
		for c := range prefixes {
			for _, p := range prefixes[c] {
				bit := pairHead
				if p.head[len(p.head)-1] == '.' {
					bit = pairDot
				}
				pair(bit, p.head[len(p.head)-2:len(p.head)-1], p.head[len(p.head)-1:])
			}
		}
	}
	if pii {
		pair(pairAny, "@0123456789", "")
		pair(pairEscape, "\\", "u")
		pair(pairHex, "%", "4")
	}
	return k
}

var (
	skipAll     = makeSkip(true, true)
	skipSecrets = makeSkip(true, false)
	skipPII     = makeSkip(false, true)
)

func skipOf(secrets, pii bool) *skip {
	switch {
	case secrets && pii:
		return skipAll
	case secrets:
		return skipSecrets
	default:
		return skipPII
	}
}

// next returns the first place from i on that is worth a look; the last byte of the text always is.
func (k *skip) next(s string, i int) int {
	first, second := &k.first, &k.second
	for ; i+9 <= len(s); i += 8 {
		b := s[i : i+9]
		if first[b[0]]&second[b[1]]|first[b[1]]&second[b[2]]|first[b[2]]&second[b[3]]|first[b[3]]&second[b[4]]|
			first[b[4]]&second[b[5]]|first[b[5]]&second[b[6]]|first[b[6]]&second[b[7]]|first[b[7]]&second[b[8]] != 0 {
			break
		}
	}
	for ; i+1 < len(s); i++ {
		switch m := first[s[i]] & second[s[i+1]]; {
		case m == 0:
		case m&^pairAfter == 0:
			return i + 1
		default:
			return i
		}
	}
	return i
}
