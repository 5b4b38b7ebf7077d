package otlp

import (
	"fmt"
	"math"
	"testing"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
)

// field is one of a decoded message: a number, bytes, or both readings of eight bytes.
type field struct {
	wire  protowire.Type
	n     uint64
	bytes []byte
}

func (f field) double() float64 { return math.Float64frombits(f.n) }

// message is a decoded one: the fields by number, in their order.
type decoded map[protowire.Number][]field

// walk reads one level of a message.
func walk(b []byte) (decoded, error) {
	m := decoded{}
	for len(b) > 0 {
		number, wire, n := protowire.ConsumeTag(b)
		if n < 0 {
			return nil, protowire.ParseError(n)
		}
		b = b[n:]
		f := field{wire: wire}
		switch wire {
		case protowire.VarintType:
			f.n, n = protowire.ConsumeVarint(b)
		case protowire.Fixed64Type:
			f.n, n = protowire.ConsumeFixed64(b)
		case protowire.Fixed32Type:
			var v uint32
			v, n = protowire.ConsumeFixed32(b)
			f.n = uint64(v)
		case protowire.BytesType:
			f.bytes, n = protowire.ConsumeBytes(b)
		default:
			return nil, fmt.Errorf("field %d has wire type %d", number, wire)
		}
		if n < 0 {
			return nil, protowire.ParseError(n)
		}
		b = b[n:]
		m[number] = append(m[number], f)
	}
	return m, nil
}

func mustWalk(t testing.TB, b []byte) decoded {
	t.Helper()
	m, err := walk(b)
	if err != nil {
		t.Fatalf("not protobuf: %v", err)
	}
	return m
}

// records returns the records of a request, whatever its signal: each scope's field 2.
func records(t testing.TB, request []byte) (all []decoded) {
	t.Helper()
	for _, res := range mustWalk(t, request)[requestResource] {
		for _, scope := range mustWalk(t, res.bytes)[resourceScope] {
			for _, record := range mustWalk(t, scope.bytes)[scopeRecord] {
				all = append(all, mustWalk(t, record.bytes))
			}
		}
	}
	return all
}

// attributes reads KeyValues: every string of them must be UTF-8.
func attributes(t testing.TB, fields []field) map[string]any {
	t.Helper()
	all := map[string]any{}
	for _, f := range fields {
		kv := mustWalk(t, f.bytes)
		key := ""
		for _, k := range kv[keyValueKey] {
			key = valid(t, k.bytes)
		}
		var value any
		for _, v := range kv[keyValueValue] {
			value = anyValue(t, v.bytes)
		}
		all[key] = value
	}
	return all
}

func anyValue(t testing.TB, b []byte) any {
	t.Helper()
	for number, fields := range mustWalk(t, b) {
		f := fields[len(fields)-1]
		switch number {
		case anyString:
			return valid(t, f.bytes)
		case anyBool:
			return f.n == 1
		case anyInt:
			return int64(f.n)
		case anyDouble:
			return f.double()
		case anyBytes:
			return f.bytes
		case anyMap:
			return attributes(t, mustWalk(t, f.bytes)[listValues])
		case anyArray:
			list := []any{}
			for _, each := range mustWalk(t, f.bytes)[listValues] {
				list = append(list, anyValue(t, each.bytes))
			}
			return list
		}
		t.Fatalf("AnyValue has a field %d", number)
	}
	return nil
}

func valid(t testing.TB, b []byte) string {
	t.Helper()
	if !utf8.Valid(b) {
		t.Fatalf("%q is not UTF-8", b)
	}
	return string(b)
}
