package price

import (
	"cmp"
	_ "embed"
	"slices"
	"strings"
	"sync"
	"time"
)

//go:embed prices.txt
var table []byte

// tableName stands in errors and in Price.File for the embedded table.
const tableName = "prices.txt"

// Book is a set of prices. It does not change, and any number of goroutines may use it. The zero value has no prices.
type Book struct {
	layers []*layer // the first that prices a call wins
}

// layer is one file.
type layer struct {
	sections map[string]*section // by every name of the provider
	rows     []*row              // in the order of the file
}

var defaultBook = sync.OnceValue(func() *Book {
	b, err := Parse(tableName, table)
	if err != nil {
		// The table is part of the build and a test parses it.
		panic(err)
	}
	return b
})

// Default is the book that comes with this module. It is parsed once, at the first call.
func Default() *Book { return defaultBook() }

// With returns a book in which the prices of over go before those of b. A price of over replaces the whole line of b for
// the models it names and the time it is in force; at other times, and for other models, b still answers. A nil over
// changes nothing.
func (b *Book) With(over *Book) *Book {
	if over == nil {
		return b
	}
	return &Book{layers: slices.Concat(over.layers, b.layers)}
}

// Cost returns what the call cost, and the version of the price it was computed with. It is not ok where the cost is
// unknown; the amount is then 0 and means nothing. See the package's documentation for what is unknown, and [Book.Quote]
// for the reason.
//
// A call with a zero Time is priced as of now. Cost does not allocate for models that are in the book.
func (b *Book) Cost(c Call) (cost Amount, version string, ok bool) {
	q := b.quote(&c)
	if q.Reason != Priced {
		return 0, "", false
	}
	return q.Cost, q.Version, true
}

// Quote is Cost with the reason where the cost is unknown.
func (b *Book) Quote(c Call) Quote { return b.quote(&c) }

// Parts is Quote with what each kind of token cost, in the order of the kinds; those that were not used are left out. The
// parts add up to the cost. Where the cost is unknown there are none.
func (b *Book) Parts(c Call) ([]Part, Quote) {
	r, region, unix, q := b.row(&c)
	if r == nil {
		return nil, q
	}
	q = r.quote(&c, region, unix)
	q.Version = r.version
	if q.Reason != Priced {
		return nil, q
	}
	t, _ := r.terms(&c, region, unix)
	return t.parts(q.Cost), q
}

func (b *Book) quote(c *Call) Quote {
	r, region, unix, q := b.row(c)
	if r == nil {
		return q
	}
	q = r.quote(c, region, unix)
	q.Version = r.version
	return q
}

// row finds the price of a call, and the region and the moment it depends on; without one the quote says why.
func (b *Book) row(c *Call) (r *row, region string, unix int64, q Quote) {
	now := c.Time
	if now.IsZero() {
		now = time.Now()
	}
	unix = now.Unix()
	r, region, reason := b.find(c.Provider, c.Model, unix)
	if r == nil {
		return nil, "", 0, Quote{Reason: reason}
	}
	if region == "" {
		region = c.Region
	}
	return r, region, unix, Quote{}
}

// find returns the price in force. Region is set where the model's name decides it.
func (b *Book) find(provider, model string, unix int64) (r *row, region string, reason Reason) {
	reason = UnknownModel
	for _, l := range b.layers {
		s := l.section(provider)
		if s == nil {
			continue
		}
		rows, where := s.find(model)
		if rows == nil {
			if r, region, reason = b.follow(s, model, unix, reason); r != nil {
				return r, region, reason
			}
			continue
		}
		if r = rows.at(unix); r != nil {
			return r, where, Priced
		}
		reason = UnknownTime
	}
	return nil, "", reason
}

// follow looks a model up at the provider to which one of the section's routes leads. Routes of that provider are not
// followed in turn. Where nothing is found, the reason is the one given, unless prices were found for another time.
func (b *Book) follow(s *section, model string, unix int64, reason Reason) (*row, string, Reason) {
	for _, route := range s.routes {
		rest, ok := cutPrefixFold(model, route.prefix)
		if !ok {
			continue
		}
		for _, l := range b.layers {
			target := l.section(route.provider)
			if target == nil {
				continue
			}
			rows, region := target.find(rest)
			if rows == nil {
				continue
			}
			if r := rows.at(unix); r != nil {
				return r, region, Priced
			}
			reason = UnknownTime
		}
	}
	return nil, "", reason
}

func (l *layer) section(provider string) *section {
	if s, ok := l.sections[provider]; ok {
		return s
	}
	if hasUpper(provider) {
		return l.sections[strings.ToLower(provider)]
	}
	return nil
}

// Prices lists every line of the book, also those of the past and the future: those that go first first; within a file
// by provider, model and date.
func (b *Book) Prices() []Price {
	return b.list(func(int, *row) bool { return true })
}

// InForce lists the prices that a call at this moment would be charged, in the order of Prices. A line that a later one
// or one of a file laid over it has replaced for all its models is left out.
func (b *Book) InForce(at time.Time) []Price {
	unix := at.Unix()
	return b.list(func(depth int, r *row) bool {
		return slices.ContainsFunc(r.names, func(name string) bool { return b.charges(depth, r, name, unix) })
	})
}

// charges reports whether calls of a model named so are charged at the row, which is of the layer at that depth.
func (b *Book) charges(depth int, r *row, name string, unix int64) bool {
	own := b.layers[depth].sections[r.provider]
	if prefix, wild := strings.CutSuffix(strings.ToLower(name), "*"); wild {
		i := slices.IndexFunc(own.wild, func(w wildcard) bool { return w.prefix == prefix })
		return own.wild[i].rows.at(unix) == r
	}
	if own.names[name].at(unix) != r {
		return false
	}
	for _, over := range b.layers[:depth] {
		if s := over.section(r.provider); s != nil {
			if rows, _ := s.find(name); rows != nil && rows.at(unix) != nil {
				return false
			}
		}
	}
	return true
}

func (b *Book) list(wanted func(depth int, r *row) bool) []Price {
	var all []Price
	for depth, l := range b.layers {
		rows := slices.DeleteFunc(slices.Clone(l.rows), func(r *row) bool { return !wanted(depth, r) })
		slices.SortStableFunc(rows, func(x, y *row) int {
			if c := strings.Compare(x.provider, y.provider); c != 0 {
				return c
			}
			if c := strings.Compare(x.names[0], y.names[0]); c != 0 {
				return c
			}
			return cmp.Compare(x.from, y.from)
		})
		for _, r := range rows {
			all = append(all, r.price())
		}
	}
	return all
}
