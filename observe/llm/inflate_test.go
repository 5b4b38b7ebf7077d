package llm_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/telltale-dev/telltale/observe/llm"
)

// embeddings is a compressed answer that is longer than what is kept of one, with its usage at the end.
func embeddings() []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = io.WriteString(z, `{"object":"list","data":[{"embedding":[`)
	for i := range 90_000 {
		_, _ = fmt.Fprintf(z, "%d,", i*7919%100_003)
	}
	_, _ = io.WriteString(z, `1]}],"model":"text-embedding-3-small","usage":{"prompt_tokens":3,"total_tokens":3}}`)
	_ = z.Close()
	return b.Bytes()
}

func TestLongCompressedAnswer(t *testing.T) {
	packed := embeddings()
	for name, tt := range map[string]struct {
		answer []byte
		usage  string
	}{
		"whole":    {packed, "3"},
		"cut":      {packed[:len(packed)-100], ""},
		"no gzip":  {bytes.Repeat([]byte("x"), 300<<10), ""},
		"followed": {append(bytes.Clone(packed), strings.Repeat("x", 100<<10)...), "3"},
	} {
		t.Run(name, func(t *testing.T) {
			tel := newTelemetry(t)
			base := roundTrip(func(r *http.Request) (*http.Response, error) {
				return &http.Response{
					StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}, "Content-Encoding": {"gzip"}},
					Body: io.NopCloser(bytes.NewReader(tt.answer)), Request: r,
				}, nil
			})
			c := &http.Client{Transport: llm.Transport(base)}
			const body = `{"model":"text-embedding-3-small","input":"x"}`
			got := read(tel.in(t.Context()), t, c, "http://localhost/v1/embeddings", body, "Accept-Encoding", "gzip")
			if got != string(tt.answer) {
				t.Error("the answer was changed")
			}
			if n := attributes(tel.one(t))["gen_ai.usage.input_tokens"]; n != tt.usage {
				t.Errorf("%q input tokens, want %q", n, tt.usage)
			}
		})
	}
}
