package observe_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// breakingReader panics after some reads.
type breakingReader struct{ reads int }

func (r *breakingReader) Read(p []byte) (int, error) {
	if r.reads == 0 {
		panic("reader broke")
	}
	r.reads--
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

// A body that breaks off in io.Copy must not look whole.
func TestPanicInReadFrom(t *testing.T) {
	o := begin(t)
	s := o.serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.Copy(w, &breakingReader{4})
	}))
	resp, err := send(t, http.DefaultClient, http.MethodGet, s.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err == nil || strings.Contains(string(body), "internal_error") {
		t.Errorf("%d bytes, error %v, end %q", len(body), err, body[max(0, len(body)-100):])
	}
	if l := o.access(t); l["error"] != "panic: reader broke" {
		t.Errorf("line %v", l)
	}
}

func TestInvalidStatusIsAPanic(t *testing.T) {
	o := begin(t)
	s := o.serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(1000) }))
	if resp, _ := get(t, s.URL); resp.StatusCode != http.StatusInternalServerError {
		t.Errorf("status %d", resp.StatusCode)
	}
}
