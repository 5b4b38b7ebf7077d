package otlp

import (
	"errors"

	"google.golang.org/protobuf/encoding/protowire"
)

// OpenTelemetry's decoder trusts its input. For the comparison with it ids of a wrong length and values that are nested too
// deeply are renamed to fields that nobody reads: the one would lose the whole request, the other overflow its stack.

// schema is what the walk needs to know of a kind of message.
type schema struct {
	isValue   bool             // AnyValue: counts for nesting
	fields    [16]*schema      // messages in it that are walked too, by field number
	ids       [16]uint8        // length of ids in bytes, by field number
	oldScopes *schema          // what is in the field of 1000
	blank     protowire.Number // field of type bytes that a bad id is renamed to: one that nobody reads
}

// schemas by signal.
var schemas = [...]*schema{traces: traceSchema(), logs: logSchema()}

func attributeSchema() *schema {
	value := &schema{isValue: true, blank: 15}
	keyValue := &schema{}
	keyValue.fields[2] = value
	list := &schema{}
	element := &schema{isValue: true, blank: 15}
	list.fields[1] = element
	kvlist := &schema{}
	kvlist.fields[1] = keyValue
	value.fields[5], value.fields[6] = list, kvlist
	element.fields[5], element.fields[6] = list, kvlist
	return keyValue
}

// requestSchema puts records into what holds them: resource{1}, scope{1} and the records themselves are field 2.
func requestSchema(record, attribute *schema) *schema {
	resource := &schema{}
	resource.fields[1], resource.fields[3] = attribute, &schema{}
	scope := &schema{}
	scope.fields[3] = attribute
	scopes := &schema{}
	scopes.fields[1], scopes.fields[2] = scope, record
	resources := &schema{}
	resources.fields[1], resources.fields[2], resources.oldScopes = resource, scopes, scopes
	request := &schema{}
	request.fields[1] = resources
	return request
}

func traceSchema() *schema {
	attribute := attributeSchema()
	event := &schema{}
	event.fields[3] = attribute
	link := &schema{blank: 3}
	link.fields[4] = attribute
	link.ids[1], link.ids[2] = 16, 8
	span := &schema{blank: 3}
	span.fields[9], span.fields[11], span.fields[13] = attribute, event, link
	span.fields[15] = &schema{}
	span.ids[1], span.ids[2], span.ids[4] = 16, 8, 8
	return requestSchema(span, attribute)
}

func logSchema() *schema {
	attribute := attributeSchema()
	record := &schema{blank: 4}
	record.fields[5], record.fields[6] = attribute.fields[2], attribute
	record.ids[9], record.ids[10] = 16, 8
	return requestSchema(record, attribute)
}

// errGroup is returned for a request with a group, which the other decoder takes apart wrongly.
var errGroup = errors.New("a group")

// prepare walks through a request and blanks in it what the other decoder must not see.
func prepare(payload []byte, s signal) error { return blankMessage(payload, schemas[s], 0) }

func blankMessage(b []byte, s *schema, nesting int) error {
	if s.isValue {
		nesting++
	}
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			return errWire
		}
		if typ == protowire.StartGroupType {
			return errGroup
		}
		if s.oldScopes != nil && typ == protowire.BytesType && num == oldScopes {
			value, _ := protowire.ConsumeBytes(b[n:])
			if err := blankMessage(value, s.oldScopes, nesting); err != nil {
				return err
			}
		}
		if typ != protowire.BytesType || num >= 16 {
			m := protowire.ConsumeFieldValue(num, typ, b[n:])
			if m < 0 {
				return errWire
			}
			b = b[n+m:]
			continue
		}
		value, m := protowire.ConsumeBytes(b[n:])
		if m < 0 {
			return errWire
		}
		switch child := s.fields[num]; {
		case child != nil && s.isValue && nesting > maxNesting:
			rename(b[:n], s.blank)
		case child != nil:
			if err := blankMessage(value, child, nesting); err != nil {
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
