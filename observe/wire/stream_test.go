package wire

import (
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestStreamFacts(t *testing.T) {
	for _, tc := range streams {
		t.Run(tc.name, func(t *testing.T) {
			s := NewStream(tc.api)
			write(t, s, tc.body)
			if d := cmp.Diff(tc.want, s.Response()); d != "" {
				t.Errorf("facts (-want +got):\n%s", d)
			}
			if s.Finished() == tc.unfinish {
				t.Errorf("Finished() = %v", s.Finished())
			}
			if (s.Err() != nil) != (tc.want.Error != nil) {
				t.Errorf("Err() = %v", s.Err())
			}
		})
	}
}

func write(t *testing.T, s *Stream, piece string) {
	t.Helper()
	if n, err := s.Write([]byte(piece)); n != len(piece) || err != nil {
		t.Fatalf("Write = %d, %v", n, err)
	}
}

// The facts may not depend on how the network cuts the bytes, nor on which kind of line end stands in them.
func TestStreamCutAnywhere(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, tc := range streams {
		body := tc.body
		for at := range len(body) {
			s := NewStream(tc.api)
			write(t, s, body[:at])
			s.Response() // asking in between must not disturb
			write(t, s, body[at:])
			if d := cmp.Diff(tc.want, s.Response()); d != "" || s.Finished() == tc.unfinish {
				t.Fatalf("%s cut at %d, finished %v (-want +got):\n%s", tc.name, at, s.Finished(), d)
			}
		}
		for range 50 {
			s := NewStream(tc.api)
			for rest := body; rest != ""; {
				n := 1 + random.IntN(min(len(rest), 1+random.IntN(40)))
				write(t, s, rest[:n])
				rest = rest[n:]
			}
			if d := cmp.Diff(tc.want, s.Response()); d != "" {
				t.Fatalf("%s in random pieces (-want +got):\n%s", tc.name, d)
			}
		}
		if crlf := strings.ReplaceAll(body, "\n", "\r\n"); !strings.Contains(body, "\r") {
			s := NewStream(tc.api)
			write(t, s, crlf)
			if d := cmp.Diff(tc.want, s.Response()); d != "" {
				t.Fatalf("%s with CR LF (-want +got):\n%s", tc.name, d)
			}
		}
	}
}

// A stream that ends anywhere gives what was said until then, and no number that was cut in the middle.
func TestStreamCutShort(t *testing.T) {
	seen := map[Count]bool{{}: true, known(34): true, known(1): true}
	for at := range len(messagesStream) {
		s := NewStream(AnthropicMessages)
		write(t, s, messagesStream[:at])
		if got := s.Response().Usage.Output; !seen[got] {
			t.Fatalf("cut at %d: output %v", at, got)
		}
		if s.Finished() && at < len(messagesStream)-5 {
			t.Fatalf("cut at %d: finished", at)
		}
	}
}

func TestStreamLargeEvent(t *testing.T) {
	output := `{"type":"message","content":[{"type":"output_text","text":"` + strings.Repeat(`lorem \"ipsum\" `, 1<<18) + `"}]}`
	body := `data: {"type":"response.completed","response":{"id":"resp_9","status":"completed","instructions":"` +
		strings.Repeat("x", 1<<20) + `","model":"gpt-5","output":[` + output + `],"usage":{"input_tokens":9,"output_tokens":8}}}` + "\n\n"
	s := NewStream(OpenAIResponses)
	for rest := body; rest != ""; {
		n := min(len(rest), 32<<10)
		write(t, s, rest[:n])
		rest = rest[n:]
	}
	want := Response{ID: "resp_9", Model: "gpt-5", FinishReasons: []string{"stop"}, Usage: Usage{Input: known(9), Output: known(8)}}
	if d := cmp.Diff(want, s.Response()); d != "" {
		t.Errorf("facts (-want +got):\n%s", d)
	}
	if held := cap(s.reader.walker.buf); held > 4*MaxText {
		t.Errorf("holds %d bytes of a stream of %d", held, len(body))
	}
}

func TestStreamReset(t *testing.T) {
	s := NewStream(OpenAIChat)
	write(t, s, chatStream[:200])
	s.Reset(AnthropicMessages)
	write(t, s, messagesStream)
	if got := s.Response(); got.ID != "msg_1" || got.Usage.Output != known(34) {
		t.Errorf("after Reset: %+v", got)
	}
}

func FuzzStream(f *testing.F) {
	for i, tc := range streams {
		f.Add(uint8(tc.api), tc.body, uint16(i*37))
	}
	f.Fuzz(func(t *testing.T, api uint8, body string, at uint16) {
		whole, cut := NewStream(API(api)), NewStream(API(api))
		write(t, whole, body)
		n := min(int(at), len(body))
		write(t, cut, body[:n])
		cut.Response()
		write(t, cut, body[n:])
		if !reflect.DeepEqual(whole.Response(), cut.Response()) || whole.Finished() != cut.Finished() {
			t.Fatalf("cut at %d (-whole +cut):\n%s", n, cmp.Diff(whole.Response(), cut.Response()))
		}
		bytewise := NewStream(API(api))
		for i := range len(body) {
			write(t, bytewise, body[i:i+1])
		}
		if !reflect.DeepEqual(whole.Response(), bytewise.Response()) {
			t.Fatalf("byte by byte (-whole +bytewise):\n%s", cmp.Diff(whole.Response(), bytewise.Response()))
		}
	})
}

// 50 chunks of a chat, as prototypes measured it.
func benchmarkStream(b *testing.B, api API, head, chunk, tail string) {
	pieces := [][]byte{[]byte(head)}
	total := len(head) + len(tail)
	for range 50 {
		pieces = append(pieces, []byte(chunk))
		total += len(chunk)
	}
	pieces = append(pieces, []byte(tail))
	b.SetBytes(int64(total))
	b.ReportAllocs()
	s := NewStream(api)
	for b.Loop() {
		s.Reset(api)
		for _, p := range pieces {
			if _, err := s.Write(p); err != nil {
				b.Fatal(err)
			}
		}
		if r := s.Response(); r.ID == "" || !r.Usage.Known() {
			b.Fatalf("no facts: %+v", r)
		}
	}
}

func BenchmarkStreamChat50(b *testing.B) {
	events := strings.SplitAfter(chatStream, "\n\n")
	benchmarkStream(b, OpenAIChat, events[0], events[1], events[3]+events[4]+events[5])
}

func BenchmarkStreamMessages50(b *testing.B) {
	events := strings.SplitAfter(messagesStream, "\n\n")
	benchmarkStream(b, AnthropicMessages, events[0], events[6], strings.Join(events[8:], ""))
}

func BenchmarkStreamResponses50(b *testing.B) {
	events := strings.SplitAfter(responsesStream, "\n\n")
	benchmarkStream(b, OpenAIResponses, events[0], events[2], events[4])
}

func BenchmarkStreamGemini50(b *testing.B) {
	benchmarkStream(b, GeminiStream, "", "data: "+geminiChunk2+"\r\n\r\n", "data: "+geminiChunk3+"\r\n\r\n")
}
