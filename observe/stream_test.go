package observe_test

import (
	"bufio"
	"crypto/sha1" //nolint:gosec // the handshake of websockets is made of it
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// bare is a http.ResponseWriter that can do nothing else.
type bare struct{ http.ResponseWriter }

func TestWriterCanDoWhatItStandsForCan(t *testing.T) {
	o := begin(t)
	able := func(w http.ResponseWriter) (flush, hijack bool) {
		_, flush = w.(http.Flusher)
		_, hijack = w.(http.Hijacker)
		return flush, hijack
	}
	check := func(name string, wantFlush, wantHijack bool) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			if f, h := able(w); f != wantFlush || h != wantHijack {
				t.Errorf("%s: flusher %v, hijacker %v", name, f, h)
			}
		}
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
	o.Handler(check("bare", false, false)).ServeHTTP(bare{httptest.NewRecorder()}, r)
	o.Handler(check("recorder", true, false)).ServeHTTP(httptest.NewRecorder(), r)
	s1 := httptest.NewServer(o.Handler(check("HTTP/1.1", true, true)))
	defer s1.Close()
	_, _ = get(t, s1.URL)
	s2 := httptest.NewUnstartedServer(o.Handler(check("HTTP/2", true, false)))
	s2.EnableHTTP2 = true
	s2.StartTLS()
	defer s2.Close()
	resp, err := send(t, s2.Client(), http.MethodGet, s2.URL)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.ProtoMajor != 2 {
		t.Fatalf("%s", resp.Proto)
	}
}

func TestStreamsArriveAsTheyAreFlushed(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		o := begin(t)
		next := make(chan struct{})
		s := httptest.NewUnstartedServer(o.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			rc := http.NewResponseController(w)
			if err := rc.SetWriteDeadline(time.Now().Add(time.Minute)); err != nil {
				t.Errorf("write deadline: %v", err)
			}
			if err := rc.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
				t.Errorf("read deadline: %v", err)
			}
			if r.ProtoMajor == 1 {
				if err := rc.EnableFullDuplex(); err != nil {
					t.Errorf("full duplex: %v", err)
				}
			}
			for i := range 3 {
				_, _ = fmt.Fprintf(w, "data: %d\n\n", i)
				if err := rc.Flush(); err != nil {
					t.Errorf("flush: %v", err)
				}
				<-next
			}
		})))
		s.EnableHTTP2 = http2
		s.StartTLS()
		resp, err := send(t, s.Client(), http.MethodGet, s.URL)
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(resp.Body)
		for i := range 3 {
			if !lines.Scan() || lines.Text() != fmt.Sprintf("data: %d", i) {
				t.Fatalf("chunk %d is %q", i, lines.Text())
			}
			lines.Scan()
			next <- struct{}{}
		}
		_ = resp.Body.Close()
		if l := o.access(t); l["bytes"] != 27.0 {
			t.Errorf("access line %v", l)
		}
		s.Close()
	}
}

func TestWebsocket(t *testing.T) {
	o := begin(t)
	s := o.serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, rw, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Errorf("hijack: %v", err)
			return
		}
		defer func() { _ = conn.Close() }()
		sum := sha1.Sum([]byte(r.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")) //nolint:gosec // as above
		_, _ = fmt.Fprintf(rw, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
			"Sec-WebSocket-Accept: %s\r\n\r\n", base64.StdEncoding.EncodeToString(sum[:]))
		_ = rw.Flush()
		var frame [8]byte // a masked text frame of two bytes
		if _, err := io.ReadFull(rw, frame[:]); err != nil {
			t.Errorf("read frame: %v", err)
			return
		}
		_, _ = rw.Write([]byte{0x81, 2, frame[6] ^ frame[2], frame[7] ^ frame[3]})
		_ = rw.Flush()
	}))
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_, _ = io.WriteString(conn, "GET /chat HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
	r := bufio.NewReader(conn)
	resp, err := http.ReadResponse(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != 101 || resp.Header.Get("Sec-WebSocket-Accept") != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" {
		t.Fatalf("handshake %v", resp)
	}
	_, _ = conn.Write([]byte{0x81, 0x82, 1, 2, 3, 4, 'h' ^ 1, 'i' ^ 2})
	var frame [4]byte
	if _, err := io.ReadFull(r, frame[:]); err != nil || string(frame[2:]) != "hi" {
		t.Errorf("echo %q, %v", frame[2:], err)
	}
	if l := o.access(t); l["status"] != 101.0 {
		t.Errorf("access line %v", l)
	}
}

func TestStatusesAndSizes(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file.txt")
	if err := os.WriteFile(file, []byte(strings.Repeat("x", 100_000)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, method, body string
		handler            http.HandlerFunc
		status, in, out    float64
	}{
		{"nothing written", "GET", "", func(http.ResponseWriter, *http.Request) {}, 200, 0, 0},
		{"early hints", "GET", "", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Link", "</a.css>")
			w.WriteHeader(http.StatusEarlyHints)
			w.WriteHeader(http.StatusAccepted)
		}, 202, 0, 0},
		{"not modified", "GET", "", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusNotModified)
			_, _ = io.WriteString(w, "never")
		}, 304, 0, 0},
		{"head", "HEAD", "", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "never") }, 200, 0, 0},
		{"second header", "GET", "", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "12")
			_, _ = w.Write([]byte("34"))
		}, 200, 0, 4},
		{"file", "GET", "", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, file) }, 200, 0, 100_000},
		{"chunked request", "POST", "chunked", func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
		}, 200, 70_000, 0},
		{"timeout", "GET", "", http.TimeoutHandler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
		}), time.Millisecond, "late").ServeHTTP, 503, 0, 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := begin(t)
			s := o.serve(t, c.handler)
			var body io.Reader
			if c.body != "" {
				body = struct{ io.Reader }{strings.NewReader(strings.Repeat("y", 70_000))} // without a length
			}
			r, err := http.NewRequestWithContext(t.Context(), c.method, s.URL, body)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := s.Client().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
			l := o.access(t)
			if l["status"] != c.status || l["bytes"] != c.out || l["bytes_in"] != c.in {
				t.Errorf("status %v, in %v, out %v", l["status"], l["bytes_in"], l["bytes"])
			}
		})
	}
}
