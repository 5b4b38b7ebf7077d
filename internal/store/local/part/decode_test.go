package part

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

func TestDecodersReadWhatEncodersWrite(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 3000 {
		size, width := r.IntN(700), r.IntN(18)
		codes := make([]uint32, size)
		run := uint32(0)
		for i := range codes {
			if r.IntN(1+n%40) == 0 {
				run = r.Uint32() & (1<<width - 1)
			}
			codes[i] = run
		}
		got, err := decodeRLE(nil, appendRLE(nil, codes, width), size, width, 1<<width)
		if err != nil || !slices.EqualFunc(codes, got, func(a uint32, b int32) bool { return a == uint32(b) }) {
			t.Fatalf("%d codes of %d bits: %v\n%v\n%v", size, width, err, codes, got)
		}
		values := make([]int64, size)
		for i := range values {
			values[i] = int64(r.Uint64()) >> r.IntN(64)
		}
		if size > 1 {
			values[0], values[1] = math.MinInt64, math.MaxInt64
		}
		back, rest, err := decodeDelta(nil, append(appendDelta(nil, values), 7), size)
		if err != nil || !slices.Equal(values, back) || len(rest) != 1 {
			t.Fatalf("%d values: %v, %d bytes left\n%v\n%v", size, err, len(rest), values, back)
		}
	}
}

// No input may make a decoder panic or return what was not asked for.
func FuzzDecoders(f *testing.F) {
	f.Add([]byte{0x15, 0x06, 0x15, 0x10}, uint16(5), uint8(3))
	f.Add(appendRLE(nil, []uint32{1, 2, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3}, 2), uint16(12), uint8(2))
	f.Add(appendDelta(nil, []int64{1, -5, math.MaxInt64, 3}), uint16(4), uint8(0))
	f.Add([]byte(`{"a":"b","c\u0041":"\"d"}`), uint16(1), uint8(1))
	f.Add([]byte(`[{"time":1,"name":"x","attributes":{"k":"v"}}]`), uint16(1), uint8(1))
	f.Fuzz(func(t *testing.T, b []byte, n16 uint16, width uint8) {
		n := int(n16)
		if h, body, err := parsePage(b); err == nil && len(body) != h.zipped {
			t.Errorf("page of %d bytes, want %d", len(body), h.zipped)
		}
		if codes, err := decodeRLE(nil, b, n, int(width%40), 9); err == nil {
			for _, c := range codes {
				if c < 0 || c >= 9 {
					t.Errorf("code %d", c)
				}
			}
			if len(codes) != n {
				t.Errorf("%d codes, want %d", len(codes), n)
			}
		}
		if levels, err := decodeLevels(nil, b, n); err == nil && len(levels) != n {
			t.Errorf("%d levels, want %d", len(levels), n)
		}
		if values, _, err := decodeDelta(nil, b, n); err == nil && len(values) != n {
			t.Errorf("%d values, want %d", len(values), n)
		}
		if texts, _, err := decodeTexts(nil, nil, b, n); err == nil && texts.Len() != n {
			t.Errorf("%d texts, want %d", texts.Len(), n)
		}
		var texts Texts
		if err := decodePlainTexts(&texts, b, n); err == nil && texts.Len() != n {
			t.Errorf("%d texts, want %d", texts.Len(), n)
		}
		if attrs, err := parseAttrs(string(b)); err == nil && len(attrs) > 0 {
			again, err := parseAttrs(string(appendAttrs(nil, attrs)))
			if err != nil || !slices.Equal(attrs, again) && !slices.ContainsFunc(attrs, func(a telemetry.Attr) bool {
				return valid(a.Key) != a.Key || valid(a.Value) != a.Value
			}) {
				t.Errorf("%q reads as %q and then as %q: %v", b, attrs, again, err)
			}
		}
		_, _ = parseEvents(string(b))
		_, _ = parseLinks(string(b))
	})
}

func TestWordsOfPhrases(t *testing.T) {
	hashes := func(text string, whole bool) (list []uint64) {
		Words(text, whole, func(h uint64) { list = append(list, h) })
		return list
	}
	for _, c := range []struct {
		want  string
		whole bool
		words int
	}{
		{"refund", true, 1},
		{"refund", false, 0},
		{"the refund order", false, 1},
		{"the refund order", true, 3},
		{"!?", true, 0},
		{" refund ", false, 1},
		{"über-alles", true, 2},
	} {
		if got := len(hashes(c.want, c.whole)); got != c.words {
			t.Errorf("%q, whole %v: %d words, want %d", c.want, c.whole, got, c.words)
		}
	}
	var set wordSet
	set.addWords([]byte("The REFUND, order"))
	bits := set.take(nil)
	for _, h := range hashes("refund ORDER", true) {
		if block := bits[blockOf(h, len(bits)/blockBytes)*blockBytes:]; !blockHas(block, h) {
			t.Error("a word is not found")
		}
	}
	if len(set.hashes) != 0 || binary.Size(set.slots) == 0 || slices.ContainsFunc(set.slots, func(h uint64) bool { return h != 0 }) {
		t.Error("the set is not empty after its words were taken")
	}
}
