package otlp

import (
	"errors"
	"fmt"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// layout is what the protocol says of a kind of message: the wire types of its fields, by number and plus one, 0 where a
// number is not known. All fields are listed that OpenTelemetry has, read or not: one of another type is a broken message.
type layout struct {
	name  string
	types [17]protowire.Type
}

// Wire types, as layouts have them.
const (
	tVarint  = protowire.VarintType + 1
	tFixed64 = protowire.Fixed64Type + 1
	tFixed32 = protowire.Fixed32Type + 1
	tBytes   = protowire.BytesType + 1
)

var (
	requestLayout   = layout{"an export request", [17]protowire.Type{1: tBytes}}
	resourcesLayout = layout{"the records of a resource", [17]protowire.Type{1: tBytes, 2: tBytes, 3: tBytes}}
	scopesLayout    = layout{"the records of a scope", [17]protowire.Type{1: tBytes, 2: tBytes, 3: tBytes}}
	resourceLayout  = layout{"a resource", [17]protowire.Type{1: tBytes, 2: tVarint, 3: tBytes}}
	entityLayout    = layout{"an entity", [17]protowire.Type{1: tBytes, 2: tBytes, 3: tBytes, 4: tBytes}}
	scopeLayout     = layout{"a scope", [17]protowire.Type{1: tBytes, 2: tBytes, 3: tBytes, 4: tVarint}}
	spanLayout      = layout{"a span", [17]protowire.Type{
		1: tBytes, 2: tBytes, 3: tBytes, 4: tBytes, 5: tBytes, 6: tVarint, 7: tFixed64, 8: tFixed64, 9: tBytes,
		10: tVarint, 11: tBytes, 12: tVarint, 13: tBytes, 14: tVarint, 15: tBytes, 16: tFixed32,
	}}
	statusLayout = layout{"a status", [17]protowire.Type{2: tBytes, 3: tVarint}}
	eventLayout  = layout{"an event", [17]protowire.Type{1: tFixed64, 2: tBytes, 3: tBytes, 4: tVarint}}
	linkLayout   = layout{"a link", [17]protowire.Type{1: tBytes, 2: tBytes, 3: tBytes, 4: tBytes, 5: tVarint, 6: tFixed32}}
	logLayout    = layout{"a log record", [17]protowire.Type{
		1: tFixed64, 2: tVarint, 3: tBytes, 5: tBytes, 6: tBytes, 7: tVarint, 8: tFixed32, 9: tBytes, 10: tBytes,
		11: tFixed64, 12: tBytes,
	}}
	keyValueLayout = layout{"an attribute", [17]protowire.Type{1: tBytes, 2: tBytes, 3: tVarint}}
	valueLayout    = layout{"a value", [17]protowire.Type{
		1: tBytes, 2: tVarint, 3: tVarint, 4: tFixed64, 5: tBytes, 6: tBytes, 7: tBytes, 8: tVarint,
	}}
	listLayout = layout{"a list", [17]protowire.Type{1: tBytes}}
)

// piece is a part of a message, from byte to byte.
type piece struct{ from, to int }

// fields reads the fields of one message, in their order. It holds places in the request instead of texts: places need no
// care of the garbage collector.
type fields struct {
	message string // the whole request
	at, end int    // what is left of this message in it
	of      *layout
	err     error

	number protowire.Number
	uint   uint64 // value of a number
	piece         // value of a text, of bytes, of a message
}

var errWire = errors.New("the bytes are not a protobuf message")

func (f *fields) text() string { return f.message[f.from:f.to] }

// next goes on to the next field that is not a group; false is the end, or an error.
func (f *fields) next() bool {
	for f.at < f.end {
		tag := uint64(f.message[f.at])
		if tag < 0x80 {
			f.at++
		} else if !f.varint(&tag) {
			return f.fail(errWire)
		}
		number, kind := tag>>3, protowire.Type(tag&7)
		if number == 0 || number > math.MaxInt32 {
			return f.fail(errWire)
		}
		f.number = protowire.Number(number)
		if number < uint64(len(f.of.types)) && f.of.types[number] != kind+1 && f.of.types[number] != 0 {
			return f.fail(fmt.Errorf("field %d of %s is of a wrong type", number, f.of.name))
		}
		if kind == protowire.StartGroupType {
			if !f.group(0) {
				return f.fail(errWire)
			}
			continue
		}
		if !f.value(kind) {
			return f.fail(errWire)
		}
		return true
	}
	return false
}

func (f *fields) fail(err error) bool {
	f.err = err
	return false
}

// value reads what stands behind a tag.
func (f *fields) value(kind protowire.Type) bool {
	switch kind {
	case protowire.BytesType:
		return f.bytes()
	case protowire.VarintType:
		return f.varint(&f.uint)
	case protowire.Fixed64Type:
		return f.fixed(8)
	case protowire.Fixed32Type:
		return f.fixed(4)
	}
	return false
}

func (f *fields) bytes() bool {
	var n uint64
	if f.at < f.end && f.message[f.at] < 0x80 {
		n = uint64(f.message[f.at])
		f.at++
	} else if !f.varint(&n) {
		return false
	}
	if n > uint64(f.end-f.at) {
		return false
	}
	f.from = f.at
	f.at += int(n)
	f.to = f.at
	return true
}

func (f *fields) varint(v *uint64) bool {
	var n uint64
	for i, b := range []byte(f.message[f.at:min(f.at+10, f.end)]) {
		n |= uint64(b&0x7f) << (7 * i)
		if b < 0x80 {
			*v = n
			f.at += i + 1
			return i < 9 || b < 2 // ten bytes have room for more than 64 bits
		}
	}
	return false
}

func (f *fields) fixed(size int) bool {
	if f.end-f.at < size {
		return false
	}
	f.uint = 0
	for i := range size {
		f.uint |= uint64(f.message[f.at+i]) << (8 * i)
	}
	f.at += size
	return true
}

// maxGroups is how deep groups may lie in each other. Nobody sends groups: they are passed over.
const maxGroups = 100

// group passes over a group, the first tag of which is read.
func (f *fields) group(depth int) bool {
	if depth == maxGroups {
		return false
	}
	number := f.number
	for {
		var tag uint64
		if !f.varint(&tag) || tag>>3 == 0 || tag>>3 > math.MaxInt32 {
			return false
		}
		f.number = protowire.Number(tag >> 3)
		switch kind := protowire.Type(tag & 7); kind {
		case protowire.EndGroupType:
			return f.number == number
		case protowire.StartGroupType:
			if !f.group(depth + 1) {
				return false
			}
		default:
			if !f.value(kind) {
				return false
			}
		}
	}
}
