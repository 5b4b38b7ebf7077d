package part

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/telltale-dev/telltale/internal/store/local/disk"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// promptSpans makes model calls with 2 KB of prompt, whose words are as frequent as those of a language.
func promptSpans(n int) []telemetry.Span {
	r := rand.New(rand.NewPCG(1, 2))
	words := make([]string, 8000)
	syllables := strings.Fields("ta re mo li con pre ver in de so ka ne st ing er al on per tion ment qua u be fi")
	for i := range words {
		for range 1 + r.IntN(2+min(i/100, 2)) {
			words[i] += syllables[r.IntN(len(syllables))]
		}
	}
	rank := rand.NewZipf(r, 1.1, 4, 7999)
	spans := make([]telemetry.Span, n)
	for i := range spans {
		text := []byte(`[{"role":"user","parts":[{"type":"text","content":"`)
		for len(text) < 2048 {
			text = append(append(text, words[rank.Uint64()]...), ' ')
		}
		s := &spans[i]
		s.Time, s.Name, s.Service, s.Duration = int64(i)*1000+int64(r.IntN(100_000)), "chat", "support-bot", int64(r.IntN(1e9))
		binary.LittleEndian.PutUint64(s.TraceID[:], r.Uint64())
		binary.LittleEndian.PutUint64(s.SpanID[:], r.Uint64())
		s.GenAI = &telemetry.GenAI{
			Operation: telemetry.OpChat, Provider: "openai", RequestModel: fmt.Sprint("model-", r.IntN(5)), Counts: true,
			ResponseID: fmt.Sprintf("chatcmpl-%x", r.Uint64()), InputMessages: string(text) + `"}]}]`,
		}
		for a := range 8 {
			s.Attributes = append(s.Attributes, telemetry.Attr{Key: fmt.Sprint("key.", a), Value: fmt.Sprint("value-", r.IntN(20<<a))})
		}
	}
	return spans
}

func fillMemtable(m *Memtable, spans []telemetry.Span) {
	for i := range spans {
		m.AddSpan(&spans[i])
	}
}

func perRow(b *testing.B, rows int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(rows*b.N), "ns/row")
}

func BenchmarkMemtable(b *testing.B) {
	spans := promptSpans(10_000)
	m := NewMemtable()
	b.ReportAllocs()
	for b.Loop() {
		m.Reset()
		fillMemtable(m, spans)
	}
	perRow(b, len(spans))
}

func BenchmarkWrite(b *testing.B) {
	m := NewMemtable()
	fillMemtable(m, promptSpans(10_000))
	fs := openFolder(b)
	b.ReportAllocs()
	var meta Meta
	for b.Loop() {
		var err error
		if meta, err = Write(b.Context(), fs, "p", m); err != nil {
			b.Fatal(err)
		}
	}
	perRow(b, m.Rows())
	b.ReportMetric(float64(meta.Bytes)/float64(meta.Rows), "B/row")
}

func BenchmarkMerge(b *testing.B) {
	fs := openFolder(b)
	spans := promptSpans(24_000)
	var parts []*Part
	for i := range 8 {
		m := NewMemtable()
		fillMemtable(m, spans[i*3000:(i+1)*3000])
		name := fmt.Sprint("p", i)
		if _, err := Write(b.Context(), fs, name, m); err != nil {
			b.Fatal(err)
		}
		p, err := Open(fs, name)
		if err != nil {
			b.Fatal(err)
		}
		defer func() { _ = p.Close() }()
		parts = append(parts, p)
	}
	b.ReportAllocs()
	var meta Meta
	for b.Loop() {
		var err error
		if meta, err = Merge(b.Context(), fs, "merged", parts, nil); err != nil {
			b.Fatal(err)
		}
	}
	perRow(b, len(spans))
	b.ReportMetric(float64(meta.Bytes)/float64(meta.Rows), "B/row")
}

func BenchmarkWords(b *testing.B) {
	var texts [][]byte
	n := 0
	for _, s := range promptSpans(4000) {
		texts = append(texts, []byte(s.GenAI.InputMessages))
		n += len(s.GenAI.InputMessages)
	}
	b.SetBytes(int64(n))
	var set wordSet
	var filter []byte
	for b.Loop() {
		for _, t := range texts {
			set.addWords(t)
		}
		filter = set.take(filter[:0])
	}
	perRow(b, len(texts))
}

func openFolder(b *testing.B) disk.FS {
	b.Helper()
	dir, err := disk.OpenDir(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = dir.Close() })
	return dir
}
