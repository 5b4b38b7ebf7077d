package alerting

import (
	"cmp"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// hidden stands where a secret was.
const hidden = "<secret>"

// maxError is how much of an error is kept: what receivers answer is part of it.
const maxError = 500

var (
	secretKey = regexp.MustCompile(`(?i)(secrets?|password|token|token_id|key|url|credentials)$`)
	anyURL    = regexp.MustCompile(`(?i)\b(https?)://[^\s"'<>\\]+`)
)

// mask takes secrets out of texts: the values of a configuration's secret keys, and of any URL all but the host, since the
// path of a webhook is its secret.
type mask struct{ secrets []string }

// newMask finds the secrets of an alertmanager.yml. It need not be right.
func newMask(text string) *mask {
	m := &mask{}
	var document yaml.Node
	if yaml.Unmarshal([]byte(text), &document) == nil {
		m.collect(&document, false, 0)
	}
	slices.SortFunc(m.secrets, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b)) })
	m.secrets = slices.Compact(m.secrets)
	return m
}

func (m *mask) collect(n *yaml.Node, secret bool, depth int) {
	if depth > 100 { // aliases may refer to themselves
		return
	}
	switch n.Kind {
	case yaml.ScalarNode:
		if secret {
			m.add(n.Value)
		}
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			m.collect(n.Content[i+1], secretKey.MatchString(n.Content[i].Value), depth+1)
		}
	case yaml.AliasNode:
		if n.Alias != nil && n.Alias.Kind == yaml.ScalarNode {
			m.collect(n.Alias, secret, depth+1)
		}
	default: // a list, of secrets where its key says so
		for _, c := range n.Content {
			m.collect(c, secret, depth+1)
		}
	}
}

// From how many bytes on a piece of a URL is taken for a token rather than for a word. The last piece of the path of a webhook
// mostly is one.
const minToken, minLastToken = 16, 8

// add takes a secret, and of a URL the path, tokens in it and the query as well, which errors may show alone.
func (m *mask) add(value string) {
	if len(value) < 4 { // would hide ordinary words
		return
	}
	m.secrets = append(m.secrets, value)
	u, err := url.Parse(value)
	if err != nil || u.Host == "" {
		return
	}
	if len(u.Path) > 8 {
		m.secrets = append(m.secrets, u.Path)
	}
	pieces := strings.Split(u.Path, "/")
	if last := pieces[len(pieces)-1]; len(last) >= minLastToken {
		m.secrets = append(m.secrets, last)
	}
	for _, values := range u.Query() {
		pieces = append(pieces, values...)
	}
	for _, piece := range pieces {
		if len(piece) >= minToken {
			m.secrets = append(m.secrets, piece)
		}
	}
	if password, ok := u.User.Password(); ok && len(password) >= 4 {
		m.secrets = append(m.secrets, password)
	}
}

// text masks, and shortens to maxError bytes.
func (m *mask) text(s string) string {
	s = anyURL.ReplaceAllStringFunc(s, func(found string) string {
		u, err := url.Parse(found)
		if err != nil {
			return hidden
		}
		if u.User == nil && (u.Path == "" || u.Path == "/") && u.RawQuery == "" {
			return found
		}
		return u.Scheme + "://" + u.Host + "/" + "…"
	})
	for _, secret := range m.secrets {
		s = strings.ReplaceAll(s, secret, hidden)
	}
	s = strings.ToValidUTF8(s, "")
	if len(s) > maxError {
		s = strings.ToValidUTF8(s[:maxError], "") + "…"
	}
	return s
}
