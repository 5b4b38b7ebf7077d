package wire

import (
	"strings"
	"testing"
)

var filterCases = []struct {
	name, in, out string
	removed       int
}{
	{"chat", chatStream, strings.Replace(chatStream, chatUsageChunk, "", 1), 1},
	{"CR LF", crlf(chatStream), strings.Replace(crlf(chatStream), crlf(chatUsageChunk), "", 1), 1},
	{"CR", strings.ReplaceAll(chatStream, "\n", "\r"), strings.ReplaceAll(strings.Replace(chatStream, chatUsageChunk, "", 1), "\n", "\r"), 1},
	{"no usage asked", chatToolStream, chatToolStream, 0},
	{
		"prompt filter of Azure", "data: {\"choices\":[],\"prompt_filter_results\":[{\"prompt_index\":0}],\"usage\":null}\n\n",
		"data: {\"choices\":[],\"prompt_filter_results\":[{\"prompt_index\":0}],\"usage\":null}\n\n", 0,
	},
	{
		"usage with choices", "data: {\"choices\":[{\"index\":0}],\"usage\":{\"prompt_tokens\":1}}\n\n",
		"data: {\"choices\":[{\"index\":0}],\"usage\":{\"prompt_tokens\":1}}\n\n", 0,
	},
	{"usage first", "data: {\"usage\":{\"prompt_tokens\":1},\"choices\": [ ]}\n\ndata: [DONE]\n\n", "data: [DONE]\n\n", 1},
	{"escaped keys", "data: {\"us\\u0061ge\":{},\"choices\":[]}\n\n", "", 1},
	{"comment before", ": ping\n" + chatUsageChunk, ": ping\n", 1},
	{"event before", "event: x\n" + chatUsageChunk, "event: x\n" + chatUsageChunk, 0},
	{"line behind", strings.TrimSuffix(chatUsageChunk, "\n") + "id: 4\n\n", strings.TrimSuffix(chatUsageChunk, "\n") + "id: 4\n\n", 0},
	{"no blank line", strings.TrimSuffix(chatUsageChunk, "\n"), "", 1},
	{"no line end", strings.TrimSuffix(chatUsageChunk, "\n\n"), strings.TrimSuffix(chatUsageChunk, "\n\n"), 0},
	{"not JSON", "data: {\"choices\":[],\"usage\":{\n\nhello\ndat\n", "data: {\"choices\":[],\"usage\":{\n\nhello\ndat\n", 0},
	{"error", `{"error":{"message":"x"}}`, `{"error":{"message":"x"}}`, 0},
}

func crlf(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }

func filter(f *UsageFilter, pieces ...string) string {
	var out []byte
	for _, p := range pieces {
		out = f.Filter(out, []byte(p))
	}
	return string(f.Flush(out))
}

func TestUsageFilter(t *testing.T) {
	for _, tc := range filterCases {
		t.Run(tc.name, func(t *testing.T) {
			var f UsageFilter
			if got := filter(&f, tc.in); got != tc.out || f.Removed() != tc.removed {
				t.Errorf("removed %d, got %q\nwant %q", f.Removed(), got, tc.out)
			}
			for at := range len(tc.in) {
				var f UsageFilter
				if got := filter(&f, tc.in[:at], tc.in[at:]); got != tc.out || f.Removed() != tc.removed {
					t.Fatalf("cut at %d: removed %d, got %q\nwant %q", at, f.Removed(), got, tc.out)
				}
			}
			f = UsageFilter{}
			if got := filter(&f, strings.Split(tc.in, "")...); got != tc.out {
				t.Errorf("byte by byte: got %q\nwant %q", got, tc.out)
			}
		})
	}
}

// Tokens must reach the client when they come: of a chunk with choices nothing is held back.
func TestUsageFilterDoesNotDelay(t *testing.T) {
	var f UsageFilter
	var sent, passed int
	for event := range strings.SplitAfterSeq(strings.Replace(chatStream, chatUsageChunk, "", 1), "\n\n") {
		sent += len(event)
		passed += len(f.Filter(nil, []byte(event)))
		if sent != passed {
			t.Fatalf("after %q: %d of %d bytes have passed", event, passed, sent)
		}
	}
	if got := f.Filter(nil, []byte(`data: {"id":"x","choices":[{"index":0,"delta":{"content":"half a to`)); !strings.HasSuffix(string(got), "half a to") {
		t.Errorf("held back part of a chunk with choices: %q", got)
	}
	if got := string(f.Filter(nil, []byte("ken\"}}]}\n\ndata: [DO"))); !strings.HasSuffix(got, "[DO") {
		t.Errorf("held back the end: %q", got)
	}
}

func TestUsageFilterHoldsLittle(t *testing.T) {
	var f UsageFilter
	in := `data: {"choices":[],"x":"` + strings.Repeat("y", 1<<20)
	got := f.Filter(nil, []byte(in[:1<<19]))
	got = f.Filter(got, []byte(in[1<<19:]))
	if string(got) != in {
		t.Errorf("%d of %d bytes have passed", len(got), len(in))
	}
}

func FuzzUsageFilter(f *testing.F) {
	for _, tc := range filterCases {
		f.Add(tc.in, uint16(9))
	}
	f.Fuzz(func(t *testing.T, in string, at uint16) {
		var whole, cut UsageFilter
		want := filter(&whole, in)
		n := min(int(at), len(in))
		if got := filter(&cut, in[:n], in[n:]); got != want {
			t.Fatalf("cut at %d: %q\nwhole: %q", n, got, want)
		}
		if whole.Removed() == 0 && want != in {
			t.Fatalf("changed without removing: %q\nin %q", want, in)
		}
	})
}

func BenchmarkUsageFilter50(b *testing.B) {
	events := strings.SplitAfter(chatStream, "\n\n")
	chunk := []byte(events[1])
	out := make([]byte, 0, 4096)
	b.SetBytes(int64(50 * len(chunk)))
	b.ReportAllocs()
	for b.Loop() {
		var f UsageFilter
		for range 50 {
			out = f.Filter(out[:0], chunk)
		}
	}
}
