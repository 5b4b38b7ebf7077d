package price

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// Limits of a price file.
const (
	maxFile   = 4 << 20 // bytes
	maxLine   = 4096    // bytes
	maxErrors = 20      // reported of one file

	maxWildcards = 1000 // of one provider: a name that is not in the table is compared with each
)

// SyntaxError is a mistake in a price file.
type SyntaxError struct {
	File    string
	Line    int    // from 1; 0 is the file as a whole
	Problem string // what is wrong
	Hint    string // what would be right
}

// Error is "own.prices:12: price "0,15" has a comma: 0.15".
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%s:%d: %s: %s", e.File, e.Line, e.Problem, e.Hint)
}

// Parse reads a price file. The name stands in errors and in [Price].File.
//
// The error joins a [*SyntaxError] for each mistake, up to 20; errors.As finds the first. With an error there is no book.
//
// A file has one statement a line; # begins a comment, at the start of a line or after a space. Prices are USD for one
// million tokens, dates are in UTC.
//
//	source https://example.com/pricing looked-up 2026-10-24
//	provider openai azure                     # further names for the same section may follow
//	price gpt-4o-mini from 2024-07-18 in 0.15 read 0.075 out 0.60 batch 1/2
//
// A price names the model, or several with the same price, joined by commas; from and until say when it is in force. Then
// come the kinds of tokens: in, read, write, write1h, audio-in, out, reasoning, audio-out; and factors: batch, tier:NAME
// and region:NAME, where region:* is any other region. A factor may be limited to the kinds it is published for: batch
// 1/2:in,out. Two lines may follow a price and belong to it:
//
//	over 200000 in 6 out 22.5                 # for requests with more input than that; factors are taken over.
//	                                          # over 200000 unknown where longer requests cost more, but not known what
//	hours 2 Mon-Fri 01:00-04:00,06:00-10:00 except 2026-10-01..2026-10-07
//
// Within a provider, until the next one:
//
//	apply batch 1/2 tier:flex 1/2             # factors for the prices that follow; apply alone ends it
//	strip models/                             # taken off the start of model names
//	suffix -v1:0                              # taken off the end
//	prefix us. eu. region regional            # taken off the start, and says the region; - is any other start
//	route openai/ openai                      # models that begin so are looked up there; * is every model
func Parse(name string, data []byte) (*Book, error) {
	p := parser{file: name, layer: &layer{sections: map[string]*section{}}}
	if len(data) > maxFile {
		return nil, &SyntaxError{File: name, Problem: fmt.Sprintf("file has %d bytes", len(data)), Hint: "at most 4 MiB"}
	}
	for line := range bytes.Lines(data) {
		p.line++
		p.statement(line)
		if len(p.errs) >= maxErrors {
			break
		}
	}
	p.finish()
	if len(p.errs) > 0 {
		return nil, errors.Join(p.errs...)
	}
	return &Book{layers: []*layer{p.layer}}, nil
}

// parser is the state while a file is read.
type parser struct {
	file  string
	line  int
	layer *layer
	errs  []error

	source, via string
	lookedUp    int64
	section     *section
	apply       plan // factors for the prices that follow
	row         *row // to which over and hours belong
}

func (p *parser) fail(problem *problem) {
	p.errs = append(p.errs, &SyntaxError{File: p.file, Line: p.line, Problem: problem.what, Hint: problem.hint})
}

var statements = []string{"source", "provider", "apply", "strip", "suffix", "prefix", "route", "price", "over", "hours"}

func (p *parser) statement(line []byte) {
	if len(line) > maxLine {
		p.fail(wrong("at most 4096 bytes; a price may stand on more than one line under several names", "line is too long"))
		return
	}
	if !utf8.Valid(line) || bytes.IndexByte(line, 0) >= 0 {
		p.fail(wrong("save the file as UTF-8", "line is not text"))
		return
	}
	words := strings.Fields(string(line))
	for i, w := range words {
		if w[0] == '#' {
			words = words[:i]
			break
		}
	}
	if len(words) == 0 {
		return
	}
	verb, args := words[0], words[1:]
	if p.section == nil && verb != "source" && verb != "provider" && slices.Contains(statements, verb) {
		p.fail(wrong("begin with provider NAME", "%s stands before any provider", verb))
		return
	}
	if problem := p.execute(verb, args); problem != nil {
		p.fail(problem)
	}
}

func (p *parser) execute(verb string, args []string) *problem {
	switch verb {
	case "source":
		return p.parseSource(args)
	case "provider":
		return p.parseProvider(args)
	case "apply":
		p.apply = plan{}
		return p.parsePlan(&p.apply, args, false)
	case "strip", "suffix":
		if len(args) == 0 {
			return wrong("write "+verb+" and what to take off", "%s names nothing", verb)
		}
		if verb == "strip" {
			p.section.strip = append(p.section.strip, args...)
		} else {
			p.section.suffixes = append(p.section.suffixes, args...)
		}
	case "prefix":
		return p.parsePrefix(args)
	case "route":
		return p.parseRoute(args)
	case "price":
		return p.parseRow(args)
	case "over":
		return p.parseOver(args)
	case "hours":
		return p.parseHours(args)
	default:
		return wrong(didYouMean(verb, statements), "unknown statement %q", verb)
	}
	return nil
}

const sourceHint = "write source URL looked-up 2026-10-24, and via URL where it was read elsewhere"

func (p *parser) parseSource(args []string) *problem {
	if len(args) == 0 || len(args)%2 == 0 {
		return wrong(sourceHint, "source is not complete")
	}
	p.source, p.via, p.lookedUp = args[0], "", 0
	for i := 1; i < len(args); i += 2 {
		switch args[i] {
		case "looked-up":
			t, problem := parseTime(args[i+1])
			if problem != nil {
				return problem
			}
			p.lookedUp = t
		case "via":
			p.via = args[i+1]
		default:
			return wrong(didYouMean(args[i], []string{"looked-up", "via"}), "unknown word %q", args[i])
		}
	}
	return nil
}

func (p *parser) parseProvider(names []string) *problem {
	p.row, p.apply = nil, plan{}
	if len(names) == 0 {
		p.section = nil
		return wrong("write provider openai", "provider has no name")
	}
	p.section = p.layer.sections[strings.ToLower(names[0])]
	if p.section == nil {
		p.section = &section{provider: names[0], names: map[string]*history{}}
	}
	for _, name := range names {
		for _, key := range [...]string{name, strings.ToLower(name)} {
			if s := p.layer.sections[key]; s != nil && s != p.section {
				return wrong("use one name for one provider", "%q is a name of provider %s already", name, s.provider)
			}
			p.layer.sections[key] = p.section
		}
	}
	return nil
}

func (p *parser) parsePrefix(args []string) *problem {
	n := len(args)
	if n < 3 || args[n-2] != "region" {
		return wrong("write prefix us. eu. region regional", "prefix is not complete")
	}
	for _, prefix := range args[:n-2] {
		if prefix == "-" {
			prefix = ""
		}
		p.section.regions = append(p.section.regions, regionPrefix{prefix, args[n-1]})
	}
	return nil
}

func (p *parser) parseRoute(args []string) *problem {
	if len(args) != 2 {
		return wrong("write route openai/ openai", "route takes the start of model names and a provider")
	}
	if args[0] == "*" {
		args[0] = ""
	}
	p.section.routes = append(p.section.routes, route{args[0], args[1]})
	return nil
}

// finish checks what only the whole file shows, and puts everything in the order in which it is tried.
func (p *parser) finish() {
	done := map[*section]bool{}
	for _, s := range p.layer.sections {
		if done[s] {
			continue
		}
		done[s] = true
		slices.SortStableFunc(s.wild, func(a, b wildcard) int { return len(b.prefix) - len(a.prefix) })
		slices.SortStableFunc(s.regions, func(a, b regionPrefix) int { return len(b.prefix) - len(a.prefix) })
		slices.SortStableFunc(s.routes, func(a, b route) int { return len(b.prefix) - len(a.prefix) })
	}
	for _, r := range p.layer.rows {
		r.version = r.fingerprint()
	}
}

// forever is the end of a price that is not known to end.
const forever = math.MaxInt64
