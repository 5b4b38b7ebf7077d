package otlp

import (
	"math"

	"go.opentelemetry.io/otel/attribute"
)

// Fields of KeyValue, AnyValue, ArrayValue and KeyValueList.
const (
	keyValueKey   = 1
	keyValueValue = 2

	anyString = 1
	anyBool   = 2
	anyInt    = 3
	anyDouble = 4
	anyArray  = 5
	anyMap    = 6
	anyBytes  = 7

	listValues = 1
)

// maxDepth is how many values may be nested in one another. What is deeper is left out: readers of protobuf refuse
// messages past a depth.
const maxDepth = 16

func appendKeyValues(b []byte, field uint32, attrs []attribute.KeyValue) []byte {
	for i := range attrs {
		b = appendKeyValue(b, field, &attrs[i], 0)
	}
	return b
}

func appendKeyValue(b []byte, field uint32, kv *attribute.KeyValue, depth int) []byte {
	key := text(string(kv.Key))
	switch kv.Value.Type() {
	case attribute.STRING:
		return appendStringAttr(b, field, key, text(kv.Value.AsString()))
	case attribute.INT64:
		return appendIntAttr(b, field, key, kv.Value.AsInt64())
	case attribute.FLOAT64:
		return appendDoubleAttr(b, field, key, kv.Value.AsFloat64())
	case attribute.BOOL:
		return appendBoolAttr(b, field, key, kv.Value.AsBool())
	}
	b, m := begin(b, field, 1)
	b = appendRaw(b, keyValueKey, key)
	b = appendAnyValue(b, keyValueValue, kv.Value, depth)
	return end(b, m)
}

// head begins a KeyValue whose AnyValue takes n bytes: a tag and a size of each, and the key between them.
func head(b []byte, field uint32, key string, n int) []byte {
	b = appendTag(b, field, wireBytes)
	b = appendVarint(b, uint64(1+varintLen(uint64(len(key)))+len(key)+1+varintLen(uint64(n))+n))
	b = appendRaw(b, keyValueKey, key)
	return appendVarint(appendTag(b, keyValueValue, wireBytes), uint64(n))
}

// appendStringAttr and those below take key and value as valid UTF-8.
func appendStringAttr(b []byte, field uint32, key, v string) []byte {
	b = head(b, field, key, 1+varintLen(uint64(len(v)))+len(v))
	return appendRaw(b, anyString, v)
}

func appendIntAttr(b []byte, field uint32, key string, v int64) []byte {
	b = head(b, field, key, 1+varintLen(uint64(v)))
	return appendVarint(appendTag(b, anyInt, wireVarint), uint64(v))
}

func appendDoubleAttr(b []byte, field uint32, key string, v float64) []byte {
	return appendDouble(head(b, field, key, 9), anyDouble, v)
}

func appendBoolAttr(b []byte, field uint32, key string, v bool) []byte {
	return append(appendTag(head(b, field, key, 2), anyBool, wireVarint), boolByte(v))
}

func boolByte(v bool) byte {
	if v {
		return 1
	}
	return 0
}

// appendAnyValue writes an AnyValue as the field of another message. A value without content is an empty AnyValue.
func appendAnyValue(b []byte, field uint32, v attribute.Value, depth int) []byte {
	b, m := begin(b, field, 1)
	switch v.Type() {
	case attribute.STRING:
		b = appendRaw(b, anyString, text(v.AsString()))
	case attribute.INT64:
		b = appendVarint(appendTag(b, anyInt, wireVarint), uint64(v.AsInt64()))
	case attribute.FLOAT64:
		b = appendDouble(b, anyDouble, v.AsFloat64())
	case attribute.BOOL:
		b = append(appendTag(b, anyBool, wireVarint), boolByte(v.AsBool()))
	case attribute.BYTESLICE:
		b = appendRaw(b, anyBytes, v.AsByteSlice())
	case attribute.MAP:
		b = appendMap(b, v.AsMap(), depth+1)
	case attribute.EMPTY:
	default:
		b = appendArray(b, v, depth+1)
	}
	return end(b, m)
}

func appendMap(b []byte, kvs []attribute.KeyValue, depth int) []byte {
	b, m := begin(b, anyMap, 1)
	if depth < maxDepth {
		for i := range kvs {
			b = appendKeyValue(b, listValues, &kvs[i], depth)
		}
	}
	return end(b, m)
}

func appendArray(b []byte, v attribute.Value, depth int) []byte {
	b, m := begin(b, anyArray, 1)
	switch v.Type() {
	case attribute.STRINGSLICE:
		for _, s := range v.AsStringSlice() {
			b = appendStringValue(b, listValues, text(s))
		}
	case attribute.INT64SLICE:
		for _, n := range v.AsInt64Slice() {
			b = appendIntValue(b, listValues, n)
		}
	case attribute.FLOAT64SLICE:
		for _, f := range v.AsFloat64Slice() {
			b = appendDoubleValue(b, listValues, f)
		}
	case attribute.BOOLSLICE:
		for _, t := range v.AsBoolSlice() {
			b = append(appendTag(b, listValues, wireBytes), 2, anyBool<<3|wireVarint, boolByte(t))
		}
	case attribute.SLICE:
		if depth < maxDepth {
			for _, each := range v.AsSlice() {
				b = appendAnyValue(b, listValues, each, depth)
			}
		}
	}
	return end(b, m)
}

// appendStringValue writes an AnyValue as the field of another message; v is valid UTF-8.
func appendStringValue(b []byte, field uint32, v string) []byte {
	b = appendVarint(appendTag(b, field, wireBytes), uint64(1+varintLen(uint64(len(v)))+len(v)))
	return appendRaw(b, anyString, v)
}

func appendIntValue(b []byte, field uint32, v int64) []byte {
	b = appendVarint(appendTag(b, field, wireBytes), uint64(1+varintLen(uint64(v))))
	return appendVarint(appendTag(b, anyInt, wireVarint), uint64(v))
}

func appendDoubleValue(b []byte, field uint32, v float64) []byte {
	b = append(appendTag(b, field, wireBytes), 9)
	return appendDouble(b, anyDouble, v)
}

// attributesSize is about how many bytes attributes take.
func attributesSize(attrs []attribute.KeyValue) int {
	n := 0
	for i := range attrs {
		n += len(attrs[i].Key) + valueSize(&attrs[i].Value)
	}
	return n
}

// valueSize is about how many bytes a value takes. Lists are counted by their elements without reading them all where
// that would copy them.
func valueSize(v *attribute.Value) int {
	switch v.Type() {
	case attribute.STRING:
		return 8 + len(v.AsString())
	case attribute.INT64, attribute.FLOAT64, attribute.BOOL, attribute.EMPTY:
		return 16
	}
	return min(listSize(v), math.MaxInt32)
}

func listSize(v *attribute.Value) int {
	n := 16
	switch v.Type() {
	case attribute.STRINGSLICE:
		for _, s := range v.AsStringSlice() {
			n += 4 + len(s)
		}
	case attribute.BYTESLICE:
		n += len(v.AsByteSlice())
	case attribute.MAP:
		n += attributesSize(v.AsMap())
	case attribute.SLICE:
		values := v.AsSlice()
		for i := range values {
			n += valueSize(&values[i])
		}
	case attribute.INT64SLICE:
		n += 8 * len(v.AsInt64Slice())
	case attribute.FLOAT64SLICE:
		n += 8 * len(v.AsFloat64Slice())
	case attribute.BOOLSLICE:
		n += len(v.AsBoolSlice())
	}
	return n
}
