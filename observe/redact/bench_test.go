package redact

import (
	"encoding/json"
	"strings"
	"testing"
)

const prose = `The committee met on Tuesday to go over the proposal. Nobody had read it; everybody had an opinion. "It is a fine
idea," said the chair, "and we should do it by 2027, or not at all." A vote was taken: nine for, two against. Costs were
put at 3.5 million, of which a third is spent before the first stone is laid, and the rest as the work goes on. `

// clean texts have nothing to remove, as nearly every prompt.
func clean(n int) string { return strings.Repeat(prose, n/len(prose)+1)[:n] }

func messages(n int) string {
	type part struct {
		Type    string `json:"type"`
		Content string `json:"content"`
	}
	type message struct {
		Role  string `json:"role"`
		Parts []part `json:"parts"`
	}
	var list []message
	for size := 0; size < n; size += 400 {
		list = append(list, message{"user", []part{{"text", clean(300) + "\n\n- item one\n- item \"two\""}}})
	}
	text, _ := json.Marshal(list)
	return string(text)
}

func BenchmarkString(b *testing.B) {
	r := newRedactor(b, Options{})
	ruled := newRedactor(b, Options{Rules: []Rule{{Name: "customer", Pattern: `CUST-[0-9]{8}`}}})
	record, _ := json.Marshal(map[string]any{
		"time": "2026-11-21T07:31:02.123456Z", "level": "info", "msg": "call done", "model": "gpt-4o", "input_tokens": 1200,
		"output_tokens": 34, "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736", "span_id": "00f067aa0ba902b7",
		"duration_ms": 1234.5, "path": "/v1/chat/completions", "user_agent": "openai-python/1.2.3",
	})
	for _, c := range []struct {
		name string
		r    *Redactor
		text string
	}{
		{"prose-2KB", r, clean(2048)},
		{"prose-64KB", r, clean(64 << 10)},
		{"prose-2KB-rule", ruled, clean(2048)},
		{"messages-2KB", r, messages(2048)},
		{"messages-64KB", r, messages(64 << 10)},
		{"record", r, string(record)},
		{"secrets-only-prose-2KB", r.SecretsOnly(), clean(2048)},
		{"base64-64KB", r, strings.Repeat("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJbB0aEJz7", 1260)},
		{"numbers-64KB", r, strings.Repeat("0.0123456, -0.123456, 17, 1732182662123, ", 1598)},
		{"dirty-2KB", r, clean(1500) + " ask ada@example.com, +49 151 12345678, key sk-proj-1a2B3c4D5e6F7g8H " + clean(480)},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(len(c.text)))
			b.ReportAllocs()
			for b.Loop() {
				r := c.r
				if _, n := r.String(c.text); n > 3 {
					b.Fatal("this text is not clean")
				}
			}
		})
	}
}

// BenchmarkHostile runs texts that are nothing but triggers: none may cost much more for each byte the longer it gets.
func BenchmarkHostile(b *testing.B) {
	r := newRedactor(b, Options{})
	for _, unit := range []string{
		"sk-", "eyJ", "eyJhbGciOi.", "AIza", "AKIA", "bearer ", "bearer+", "basic ", "a://", "a://b:c", "-----BEGIN PRIVATE KEY-----",
		"-----END PRIVATE KEY-----", "password=", "password=x(", "password=\"", "password:'", `password:\"`, `"password":\"`,
		"authorization: ", "authorization: bearer ", "cookie: ", "cookie:a b=", "token=", "@a", "a@a.", "1 ", "1-", "+1", "4111 ", "DE89 ",
		"phone ", "[redacted:email]", "--password ", `"cookies":[`, "\\", `\u0040`, "%40",
	} {
		b.Run(unit, func(b *testing.B) {
			text := strings.Repeat(unit, 256<<10/len(unit))
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				r.String(text)
			}
		})
	}
}

func BenchmarkField(b *testing.B) {
	r := newRedactor(b, Options{})
	for b.Loop() {
		r.Field("gen_ai.usage.input_tokens", "1200")
		r.Field("http.request.method", "POST")
		r.Field("service.instance.id", "627cc493-f310-47de-96bd-71410b7dec09")
	}
}
