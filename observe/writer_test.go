package observe_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
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

// abilities are what a writer can do besides what every one does.
func abilities(w http.ResponseWriter) string {
	_, flushes := w.(http.Flusher)
	_, hijacks := w.(http.Hijacker)
	_, pushes := w.(http.Pusher)
	_, notifies := w.(interface{ CloseNotify() <-chan bool })
	return fmt.Sprintf("flush %t, hijack %t, push %t, notify %t", flushes, hijacks, pushes, notifies)
}

func TestWritersCanDoWhatTheyCouldWithout(t *testing.T) {
	o := begin(t)
	for _, version := range []int{1, 2} {
		var with, without string
		inner := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { with = abilities(w) })
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			without = abilities(w)
			o.Handler(inner).ServeHTTP(w, r)
		}))
		s.EnableHTTP2 = version == 2
		s.StartTLS()
		resp, err := send(t, s.Client(), http.MethodGet, s.URL)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		s.Close()
		if resp.ProtoMajor != version || with != without {
			t.Errorf("%s: with %s, without %s", resp.Proto, with, without)
		}
	}
}

// The rest of a body that is too large is not read, with this handler or without.
func TestConnectionClosesAfterABodyThatIsTooLarge(t *testing.T) {
	o := begin(t)
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 10)); err != nil {
			http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
		}
	})
	for name, handler := range map[string]http.Handler{"without": h, "with": o.Handler(h)} {
		s := httptest.NewServer(handler)
		for size, closes := range map[int]bool{5: false, 50: true} {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL, strings.NewReader(strings.Repeat("x", size)))
			if err != nil {
				t.Fatal(err)
			}
			resp, err := s.Client().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			_ = resp.Body.Close()
			if resp.Close != closes {
				t.Errorf("%s: %d bytes, status %d: close is %t", name, size, resp.StatusCode, resp.Close)
			}
		}
		s.Close()
	}
}

func TestInvalidStatusIsAPanic(t *testing.T) {
	o := begin(t)
	s := o.serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(1000) }))
	if resp, _ := get(t, s.URL); resp.StatusCode != http.StatusInternalServerError {
		t.Errorf("status %d", resp.StatusCode)
	}
}
