package otlp

import (
	"errors"
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
)

// Before a request is decoded it is walked through once, without building anything, since the decoder trusts its input:
// a few bytes of it may become a kilobyte in memory (an empty span), deep nesting a stack overflow that no recover
// catches, and one id of the wrong length would lose the whole batch.

// measure is what a request will cost.
type measure struct {
	bytes  int64 // in memory, about, decoded and converted
	points int64 // data points of metrics
}

// maxNesting is how deep values may hold lists and maps. Deeper ones are read as empty.
const maxNesting = 64

// Bytes that a message takes once decoded by pdata and converted to a record, rounded up.
const (
	weightContainer = 256
	weightSpan      = 1024
	weightLog       = 768
	weightChild     = 256 // events and links
	weightKeyValue  = 128
	weightValue     = 48
	weightPoint     = 256
)

// schema is what the walk needs to know of a kind of message.
type schema struct {
	weight  int64
	isPoint bool
	isValue bool             // AnyValue: counts for nesting
	fields  [16]*schema      // messages in it that are walked too, by field number
	ids     [16]uint8        // length of ids in bytes, by field number
	blank   protowire.Number // field of type bytes that a bad id is renamed to: one that nobody reads
}

// schemas by signal.
var schemas = [...]*schema{traces: traceSchema(), logs: logSchema(), metrics: metricSchema()}

func attributeSchema() *schema {
	value := &schema{isValue: true, blank: 15}
	keyValue := &schema{weight: weightKeyValue}
	keyValue.fields[2] = value
	list := &schema{weight: weightValue}
	element := &schema{weight: weightValue, isValue: true, blank: 15}
	list.fields[1] = element
	kvlist := &schema{weight: weightValue}
	kvlist.fields[1] = keyValue
	value.fields[5], value.fields[6] = list, kvlist
	element.fields[5], element.fields[6] = list, kvlist
	return keyValue
}

// requestSchema puts records into what holds them: resource{1}, scope{1} and the records themselves are field 2.
func requestSchema(record, attribute *schema) *schema {
	resource := &schema{weight: weightContainer}
	resource.fields[1] = attribute
	scope := &schema{weight: weightContainer}
	scope.fields[3] = attribute
	scopes := &schema{weight: weightContainer}
	scopes.fields[1], scopes.fields[2] = scope, record
	resources := &schema{weight: weightContainer}
	resources.fields[1], resources.fields[2] = resource, scopes
	request := &schema{}
	request.fields[1] = resources
	return request
}

func traceSchema() *schema {
	attribute := attributeSchema()
	event := &schema{weight: weightChild}
	event.fields[3] = attribute
	link := &schema{weight: weightChild, blank: 3}
	link.fields[4] = attribute
	link.ids[1], link.ids[2] = 16, 8
	span := &schema{weight: weightSpan, blank: 3}
	span.fields[9], span.fields[11], span.fields[13] = attribute, event, link
	span.ids[1], span.ids[2], span.ids[4] = 16, 8, 8
	return requestSchema(span, attribute)
}

func logSchema() *schema {
	attribute := attributeSchema()
	record := &schema{weight: weightLog, blank: 4}
	record.fields[5], record.fields[6] = attribute.fields[2], attribute
	record.ids[9], record.ids[10] = 16, 8
	return requestSchema(record, attribute)
}

func metricSchema() *schema {
	attribute := attributeSchema()
	point := &schema{weight: weightPoint, isPoint: true}
	points := &schema{weight: weightContainer}
	points.fields[1] = point
	metric := &schema{weight: weightContainer}
	for _, kind := range []int{5, 7, 9, 10, 11} { // gauge, sum, histogram, exponential histogram, summary
		metric.fields[kind] = points
	}
	return requestSchema(metric, attribute)
}

// walk is the state of one walk.
type walk struct {
	measure
	limit int64
}

// measureProto walks a request in protobuf. It renames fields in payload that the decoder must not see.
func measureProto(payload []byte, s *schema, limit int64) (measure, error) {
	w := walk{limit: limit}
	w.bytes = int64(len(payload))
	if err := w.message(payload, s, 0); err != nil {
		return measure{}, err
	}
	return w.measure, nil
}

var errWire = errors.New("the bytes are not a protobuf message")

func (w *walk) message(b []byte, s *schema, nesting int) error {
	w.bytes += s.weight
	if s.isPoint {
		w.points++
	}
	if w.bytes > w.limit {
		return tooLarge(fmt.Sprintf("the records would take more than %d MiB of memory, send fewer at a time", w.limit>>20))
	}
	if s.isValue {
		nesting++
	}
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			return malformed(errWire)
		}
		if typ != protowire.BytesType || num >= 16 {
			m := protowire.ConsumeFieldValue(num, typ, b[n:])
			if m < 0 {
				return malformed(errWire)
			}
			b = b[n+m:]
			continue
		}
		value, m := protowire.ConsumeBytes(b[n:])
		if m < 0 {
			return malformed(errWire)
		}
		switch child := s.fields[num]; {
		case child != nil && s.isValue && nesting > maxNesting:
			rename(b[:n], s.blank)
		case child != nil:
			if err := w.message(value, child, nesting); err != nil {
				return err
			}
		case s.ids[num] != 0 && len(value) != int(s.ids[num]) && len(value) != 0:
			rename(b[:n], s.blank)
		}
		b = b[n+m:]
	}
	return nil
}

// rename gives a field of type bytes another number. A tag below 16 is one byte; a longer, unusual form of it is kept at
// its length.
func rename(tag []byte, to protowire.Number) {
	tag[0] = tag[0]&0x80 | byte(to<<3) | byte(protowire.BytesType)
}
