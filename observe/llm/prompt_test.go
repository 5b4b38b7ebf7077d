package llm_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/telltale-dev/telltale/observe/llm"
)

// TestCallerUsesItsBodyAgain changes the memory of a body once it is sent, as one may after its Close.
func TestCallerUsesItsBodyAgain(t *testing.T) {
	for _, more := range []string{"", `,"stream":true`} {
		tel := newTelemetry(t)
		body := []byte(`{"model":"gpt-4o-mini","messages":[{"role":"user","content":"what Alice asks"}]` + more + `}`)
		base := roundTrip(func(r *http.Request) (*http.Response, error) {
			_, _ = io.Copy(io.Discard, r.Body)
			_ = r.Body.Close()
			copy(body, bytes.Replace(body, []byte("Alice"), []byte("Bobby"), 1))
			return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(`{"choices":[]}`)), Request: r}, nil
		})
		r, err := http.NewRequestWithContext(tel.in(t.Context()), http.MethodPost, "http://localhost/v1/chat/completions", bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := llm.Transport(base).RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		if got := attributes(tel.one(t))["gen_ai.input.messages"]; !strings.Contains(got, "what Alice asks") {
			t.Errorf("the span says %s", got)
		}
	}
}
