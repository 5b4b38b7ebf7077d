package redact

import (
	"fmt"
	"slices"
	"strings"
)

// Kind says what was found. It stands in the marker: [redacted:email].
type Kind string

// Kinds of what is found. Own rules add theirs by name.
const (
	Secret     Kind = "secret"      // the value of a field whose name says so: password, authorization, client_secret
	APIKey     Kind = "api_key"     // a key of a known shape: sk-…, AIza…, ghp_…, AKIA…
	Token      Kind = "token"       // a bearer or basic token, a JSON web token
	PrivateKey Kind = "private_key" // a PEM private key, also one that was cut
	Password   Kind = "password"    // user and password in a URL
	Webhook    Kind = "webhook"     // a webhook's URL that is a secret by itself
	Email      Kind = "email"
	Phone      Kind = "phone"
	Card       Kind = "card" // a payment card number with a right check digit
	IBAN       Kind = "iban" // a bank account number with a right checksum
	Name       Kind = "name" // the value of a field such as user.full_name
	Address    Kind = "address"
	BirthDate  Kind = "birth_date"
	IDNumber   Kind = "id_number" // social security, passport, tax: by field name
	Field      Kind = "field"     // the value of a field listed in Options.Fields
)

// Options choose what a Redactor removes. The zero value removes everything known.
type Options struct {
	// Secrets and PII choose one of the two families. Neither set means both.
	Secrets bool
	PII     bool

	// Keep lists kinds that stay, for instance Phone where phone numbers are the subject.
	Keep []Kind

	// Fields lists further field names whose values are removed whatever they look like. Case and separators do not
	// matter: "customer_number" also means customerNumber and billing.customer-number.
	Fields []string

	// Rules are further patterns, applied in order after everything else.
	Rules []Rule
}

// Redactor removes what its Options say. Make one with New and share it.
type Redactor struct {
	skip        *skip
	secrets     bool
	pii         bool
	keep        map[Kind]bool
	fields      [][]string
	rules       []rule
	secretsOnly *Redactor
}

// New makes a Redactor. It fails on a rule or a field name that cannot work, and says which and why.
func New(o Options) (*Redactor, error) {
	r := &Redactor{secrets: o.Secrets, pii: o.PII, keep: make(map[Kind]bool, len(o.Keep))}
	if !o.Secrets && !o.PII {
		r.secrets, r.pii = true, true
	}
	for _, k := range o.Keep {
		if !slices.Contains(kinds, k) {
			return nil, fmt.Errorf("redact: keep %q: no such kind; there are %s", k, joinKinds())
		}
		r.keep[k] = true
	}
	for i, name := range o.Fields {
		parts := splitName(name)
		if len(parts) == 0 {
			return nil, fmt.Errorf("redact: field %d: %q has no letter or digit", i+1, name)
		}
		r.fields = append(r.fields, parts)
	}
	for i, own := range o.Rules {
		compiled, err := own.compile()
		if err != nil {
			return nil, fmt.Errorf("redact: rule %d: %w", i+1, err)
		}
		r.rules = append(r.rules, compiled)
	}
	r.skip = skipOf(r.secrets, r.pii)
	only := *r
	only.pii = false
	only.rules = slices.DeleteFunc(slices.Clone(r.rules), func(r rule) bool { return r.personal })
	only.skip = skipOf(r.secrets, false)
	only.secretsOnly = &only
	r.secretsOnly = &only
	return r, nil
}

// SecretsOnly returns the Redactor that leaves personal data: it removes secrets, the values of Options.Fields, and what
// rules find that are not marked Personal.
func (r *Redactor) SecretsOnly() *Redactor { return r.secretsOnly }

// maxPasses bounds how often a text is looked at again after something was removed from it.
const maxPasses = 4

// String returns s with finds replaced by markers, and how many there were. Where there are none it returns s itself.
//
// It reads s once, and once more after a find, since what stands next to a marker may only now be seen for what it is.
func (r *Redactor) String(s string) (string, int) {
	total := 0
	for range maxPasses {
		out, n := r.once(s)
		if n == 0 {
			break
		}
		s, total = out, total+n
	}
	return s, total
}

// once makes one pass: known shapes and names, then own rules.
func (r *Redactor) once(s string) (string, int) {
	c := scan{r: r, s: s}
	c.run()
	s, n := c.result()
	for i := range r.rules {
		var m int
		s, m = r.rules[i].apply(s)
		n += m
	}
	return s, n
}

// Field returns the value of a named field, redacted: as a whole where the name says what it is (password, authorization,
// user.full_name), else as String does. Of paths and URLs (path, url.full) segments go too that only their place tells for
// secrets. Empty values, true, false, null and placeholders stay under any name.
//
//	r.Field("db.password", "hunter2")             // "[redacted:secret]", 1
//	r.Field("gen_ai.usage.input_tokens", "1200")  // "1200", 0
//	r.Field("note", "call +49 30 901820")         // "call [redacted:phone]", 1
func (r *Redactor) Field(key, value string) (string, int) {
	if value == "" {
		return value, 0
	}
	if r.ownField(key) {
		return whole(value, Field)
	}
	class := classOf(key)
	if kind := class.kind(); kind != "" && r.wants(kind) && class.fits(value) {
		return whole(value, kind)
	}
	value, n := r.String(value)
	if class == classNone && isLocator(key) {
		var segments int
		value, segments = r.path(value)
		n += segments
	}
	return value, n
}

// whole replaces a value, unless it is one already.
func whole(value string, kind Kind) (string, int) {
	if isMarker(value) {
		return value, 0
	}
	return marker(kind), 1
}

// wants reports whether finds of a kind are removed.
func (r *Redactor) wants(k Kind) bool {
	if r.keep[k] {
		return false
	}
	if k.personal() {
		return r.pii
	}
	return r.secrets
}

var kinds = []Kind{
	Secret, APIKey, Token, PrivateKey, Password, Webhook, Email, Phone, Card, IBAN, Name, Address, BirthDate, IDNumber,
}

func joinKinds() string {
	var names []string
	for _, k := range kinds {
		names = append(names, string(k))
	}
	return strings.Join(names, ", ")
}

// personal tells personal data from secrets.
func (k Kind) personal() bool {
	switch k {
	case Email, Phone, Card, IBAN, Name, Address, BirthDate, IDNumber:
		return true
	}
	return false
}

// A marker is what stands in place of a find. It holds nothing that JSON, URLs in logs or our own detectors would read
// as something else.
const (
	markerOpen  = "[redacted:"
	markerClose = "]"
)

func marker(k Kind) string { return markerOpen + string(k) + markerClose }

// isMarker reports whether s is one marker and nothing else.
func isMarker(s string) bool {
	return strings.HasPrefix(s, markerOpen) && strings.IndexByte(s, ']') == len(s)-1
}
