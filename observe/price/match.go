package price

import "strings"

// maxModelName bounds the names that are looked up; longer ones are unknown.
const maxModelName = 512

// section holds the prices of one provider.
type section struct {
	provider string
	names    map[string]*history // every name as written, and in lower case
	lengths  uint64              // bit n: a name has n bytes, or the last bit: that many or more; spares most lookups
	wild     []wildcard          // longest first

	strip    []string // taken off the start of model names
	suffixes []string // taken off the end
	regions  []regionPrefix
	routes   []route
}

// wildcard is a pattern that ends in *.
type wildcard struct {
	prefix string
	rows   *history
}

// regionPrefix makes the start of a model's name decide the region: us.anthropic.… on Bedrock. An empty prefix is for
// names that start with none of the others.
type regionPrefix struct{ prefix, region string }

// route sends names with a prefix to another provider's section.
type route struct{ prefix, provider string }

// history is the prices of one model, oldest first.
type history []*row

// at returns the price in force, or nil. The latest to begin goes first; when it ends, the one before it is back.
func (h *history) at(unix int64) *row {
	for i := len(*h) - 1; i >= 0; i-- {
		if r := (*h)[i]; r.from <= unix && unix < r.until {
			return r
		}
	}
	return nil
}

// find returns the prices of a model and, where its name says so, the region.
func (s *section) find(model string) (*history, string) {
	if len(model) > maxModelName {
		return nil, ""
	}
	if h, region := s.findAsWritten(model); h != nil {
		return h, region
	}
	if hasUpper(model) {
		return s.findAsWritten(strings.ToLower(model))
	}
	return nil, ""
}

func (s *section) findAsWritten(model string) (*history, string) {
	name := model
	if strings.HasPrefix(name, "arn:") {
		name = name[strings.LastIndexByte(name, '/')+1:]
	}
	for _, p := range s.strip {
		name = strings.TrimPrefix(name, p)
	}
	region := ""
	for _, p := range s.regions {
		if rest, ok := strings.CutPrefix(name, p.prefix); ok {
			name, region = rest, p.region
			break
		}
	}
	for base := name; ; {
		if s.lengths&lengthBit(base) != 0 {
			if h := s.names[base]; h != nil {
				return h, region
			}
		}
		shorter := s.cutSuffix(base)
		if len(shorter) == len(base) {
			break
		}
		base = shorter
	}
	for i := range s.wild {
		if strings.HasPrefix(name, s.wild[i].prefix) {
			return s.wild[i].rows, region
		}
	}
	return nil, ""
}

func lengthBit(name string) uint64 { return 1 << min(len(name), 63) }

// cutSuffix takes one suffix of the section, or the date of a snapshot, off a name.
func (s *section) cutSuffix(name string) string {
	for _, suffix := range s.suffixes {
		if rest, ok := strings.CutSuffix(name, suffix); ok && rest != "" {
			return rest
		}
	}
	return cutDate(name)
}

// cutDate takes -2006-01-02, -20060102 or @20060102 off the end of a name.
func cutDate(name string) string {
	if n := len(name) - len("-2006-01-02"); n > 0 {
		d := name[n:]
		if d[0] == '-' && d[5] == '-' && d[8] == '-' && plausibleDate(d[1:5], d[6:8], d[9:11]) {
			return name[:n]
		}
	}
	if n := len(name) - len("-20060102"); n > 0 {
		d := name[n:]
		if (d[0] == '-' || d[0] == '@') && plausibleDate(d[1:5], d[5:7], d[7:9]) {
			return name[:n]
		}
	}
	return name
}

func plausibleDate(year, month, day string) bool {
	y, ok1 := digits(year)
	m, ok2 := digits(month)
	d, ok3 := digits(day)
	return ok1 && ok2 && ok3 && 2020 <= y && y < 2100 && 1 <= m && m <= 12 && 1 <= d && d <= 31
}

// digits reads a few decimal digits and nothing else.
func digits(s string) (int, bool) {
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, s != ""
}

func hasUpper(s string) bool {
	for i := range len(s) {
		if 'A' <= s[i] && s[i] <= 'Z' {
			return true
		}
	}
	return false
}

// cutPrefixFold is strings.CutPrefix without regard to case.
func cutPrefixFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}
