package price

import (
	"testing"
	"time"
)

// BenchmarkCost prices calls of models that are in the book. It must not allocate; the budget is 200 ns.
func BenchmarkCost(b *testing.B) {
	book := Default()
	usage := Usage{Input: 1300, CacheRead: 1024, CacheWrite5m: 60, CacheWrite1h: 40, Output: 34}
	plain := Usage{Input: 1200, CacheRead: 100, Output: 34}
	now := time.Date(2026, 10, 20, 0, 0, 0, 0, time.UTC)
	for _, bench := range []struct {
		name string
		call Call
	}{
		{"exact", Call{Provider: "anthropic", Model: "claude-opus-5-5", Time: now, Usage: usage}},
		{"snapshot", Call{Provider: "openai", Model: "gpt-4o-mini-2024-07-18", Time: now, Usage: plain}},
		{"factors", Call{Provider: "openai", Model: "gpt-6-sol", Time: now, ServiceTier: "priority", Region: "eu", Usage: plain}},
		{"bedrock", Call{
			Provider: "aws.bedrock", Model: "us.anthropic.claude-haiku-4-5-20251001-v1:0", Time: now,
			Usage: Usage{Input: 1300, CacheRead: 1024, Output: 34},
		}},
		{"route", Call{Provider: "openrouter", Model: "openai/gpt-4o-mini", Time: now, Usage: plain}},
		{"hours", Call{Provider: "deepseek", Model: "deepseek-flash", Time: now, Usage: plain}},
		{"mixed case", Call{
			Provider: "together_ai", Model: "meta-llama/Llama-3.3-70B-Instruct-Turbo", Time: now, Usage: Usage{Input: 9, Output: 9},
		}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, _, ok := book.Cost(bench.call); !ok {
					b.Fatal("not priced:", book.Quote(bench.call).Reason)
				}
			}
		})
	}
	b.Run("unknown", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			book.Cost(Call{Provider: "openai", Model: "gpt-4o-foo", Time: now, Usage: plain})
		}
	})
}

func BenchmarkParse(b *testing.B) {
	b.SetBytes(int64(len(table)))
	for b.Loop() {
		if _, err := Parse(tableName, table); err != nil {
			b.Fatal(err)
		}
	}
}
