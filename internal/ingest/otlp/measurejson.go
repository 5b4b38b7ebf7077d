package otlp

import (
	"bytes"
	"errors"
	"fmt"
)

// Depths of brackets, of both kinds, in a request in JSON: {"resourceSpans":[{"scopeSpans":[{"spans":[{…}]}]}]}.
const (
	depthRecord  = 7
	maxDepthJSON = depthRecord + 3*maxNesting
)

// measureJSON walks a request in JSON: brackets and strings, nothing else, so that the decoder meets neither deep nesting
// nor more objects than memory allows. It tells about how many bytes the request will take. Ids that are not hex of the right length are blanked in payload, which leaves
// their record without an id instead of losing the batch.
func measureJSON(payload []byte, limit int64) (bytes int64, err error) {
	s := jsonScan{rest: payload, bytes: int64(len(payload)), limit: limit}
	if err := s.scan(); err != nil {
		return 0, err
	}
	return s.bytes, nil
}

type jsonScan struct {
	rest  []byte
	bytes int64
	limit int64
	depth int
	begun bool
	idLen int // hex digits the string that comes next must have, as the value of an id; 0 where it is no id
}

func (s *jsonScan) scan() error {
	for len(s.rest) > 0 {
		c := s.rest[0]
		s.rest = s.rest[1:]
		switch c {
		case ' ', '\t', '\r', '\n', ':':
			continue
		case '"':
			if err := s.text(); err != nil {
				return err
			}
			continue
		case '{', '[':
			if err := s.open(c); err != nil {
				return err
			}
		case '}', ']':
			if s.depth--; s.depth < 0 {
				return malformed(errBrackets)
			}
		}
		s.idLen = 0
		if s.depth == 0 && c != '}' {
			return malformed(errors.New("the body is not a JSON object"))
		}
	}
	if s.depth != 0 || !s.begun {
		return malformed(errBrackets)
	}
	return nil
}

var errBrackets = errors.New("the JSON ends early or has a bracket too many")

func (s *jsonScan) open(c byte) error {
	if s.depth == 0 && (s.begun || c != '{') {
		return malformed(errors.New("the body is not one JSON object"))
	}
	s.begun = true
	if s.depth++; s.depth > maxDepthJSON {
		return malformed(errors.New("values are nested too deeply"))
	}
	if c == '{' {
		if s.depth <= depthRecord {
			s.bytes += weightSpan
		} else {
			s.bytes += weightKeyValue
		}
	}
	if s.bytes > s.limit {
		return tooLarge(fmt.Sprintf("the records would take more than %d MiB of memory, send fewer at a time", s.limit>>20))
	}
	return nil
}

// text passes over a string, the opening quote of which is consumed.
func (s *jsonScan) text() error {
	end := 0
	for {
		i := bytes.IndexByte(s.rest[end:], '"')
		if i < 0 {
			return malformed(errors.New("a JSON string does not end"))
		}
		end += i
		if !escaped(s.rest[:end]) {
			break
		}
		end++
	}
	value := s.rest[:end]
	if s.idLen != 0 && len(value) != 0 && (len(value) != s.idLen || !isHex(value)) {
		blank(s.rest[:end+1])
	}
	s.idLen = idDigits(value)
	s.rest = s.rest[end+1:]
	return nil
}

// escaped reports whether a quote that follows b is part of the string: an odd number of backslashes stands before it.
func escaped(b []byte) bool {
	n := 0
	for n < len(b) && b[len(b)-1-n] == '\\' {
		n++
	}
	return n%2 == 1
}

// blank makes a string, given without its opening quote, empty: the rest of it becomes space after it.
func blank(value []byte) {
	value[0] = '"'
	for i := range value[1:] {
		value[1+i] = ' '
	}
}

// idDigits tells how many hex digits the value after a key has. The keys of attributes never stand before a colon.
func idDigits(key []byte) int {
	switch string(key) {
	case "traceId", "trace_id":
		return 32
	case "spanId", "span_id", "parentSpanId", "parent_span_id":
		return 16
	}
	return 0
}

func isHex(b []byte) bool {
	for _, c := range b {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
			return false
		}
	}
	return true
}
