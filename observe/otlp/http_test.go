package otlp

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protowire"
)

// backend starts a server and returns a Sender to it.
func backend(t *testing.T, o HTTPOptions, answer http.HandlerFunc) Sender {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	o.Endpoint = server.URL + o.Endpoint
	return sender(t, o)
}

func sender(t *testing.T, o HTTPOptions) Sender {
	t.Helper()
	s, err := NewHTTPSender(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestRequests(t *testing.T) {
	for _, compression := range []Compression{"", Gzip, Uncompressed} {
		var got *http.Request
		var body []byte
		s := backend(t, HTTPOptions{
			Endpoint: "/base/", Compression: compression, UserAgent: "chat-api/2", Headers: map[string]string{"authorization": "Bearer x"},
		}, func(_ http.ResponseWriter, r *http.Request) {
			got = r
			body, _ = io.ReadAll(r.Body)
		})
		for signal, path := range map[Signal]string{
			Traces: "/base/v1/traces", Logs: "/base/v1/logs", Metrics: "/base/v1/metrics",
		} {
			if err := s.Send(t.Context(), signal, []byte("request")); err != nil {
				t.Fatal(err)
			}
			if got.Method != http.MethodPost || got.URL.Path != path {
				t.Errorf("%s goes to %s %s", signal, got.Method, got.URL.Path)
			}
		}
		for name, want := range map[string]string{
			"Content-Type": "application/x-protobuf", "User-Agent": "chat-api/2 telltale-observe", "Authorization": "Bearer x",
			"Traceparent": "",
		} {
			if got.Header.Get(name) != want {
				t.Errorf("%s is %q, want %q", name, got.Header.Get(name), want)
			}
		}
		if got.Header.Get("Content-Encoding") == "gzip" {
			r, err := gzip.NewReader(bytes.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			body, _ = io.ReadAll(r)
		}
		if (got.Header.Get("Content-Encoding") == "") != (compression == Uncompressed) || string(body) != "request" {
			t.Errorf("%q: encoding %q, body %q", compression, got.Header.Get("Content-Encoding"), body)
		}
	}
}

func TestAURLOfItsOwn(t *testing.T) {
	var path string
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { path = r.URL.String() }))
	t.Cleanup(server.Close)
	s := sender(t, HTTPOptions{LogsURL: server.URL + "/otlp/logs?tenant=1"})
	if err := s.Send(t.Context(), Logs, nil); err != nil || path != "/otlp/logs?tenant=1" {
		t.Errorf("logs go to %q: %v", path, err)
	}
}

// said is a response with a partial success, or with a google.rpc.Status if code is its number.
func said(rejected uint64, message string) []byte {
	var inner []byte
	inner = protowire.AppendVarint(protowire.AppendTag(inner, 1, protowire.VarintType), rejected)
	inner = protowire.AppendString(protowire.AppendTag(inner, 2, protowire.BytesType), message)
	return protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType), inner)
}

func status(message string) []byte {
	b := protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), 3)
	return protowire.AppendString(protowire.AppendTag(b, 2, protowire.BytesType), message)
}

func TestResponses(t *testing.T) {
	for _, test := range []struct {
		name    string
		status  int
		header  map[string]string
		body    []byte
		want    string
		retry   bool
		after   time.Duration
		partial int64
	}{
		{name: "taken", status: 200},
		{name: "taken without a word", status: 200, body: said(0, "")},
		{name: "partial", status: 200, body: said(7, "too old"), want: "backend rejected 7 records: too old", partial: 7},
		{name: "warning", status: 200, body: said(0, "old client"), want: "backend warns: old client"},
		{name: "another 2xx", status: 202},
		{name: "not protobuf", status: 200, body: []byte("\xff\xff\xff")},
		{name: "bad", status: 400, body: status("no\nsuch field"), want: "backend answers 400: no such field"},
		{
			name: "unauthorized", status: 401, body: []byte("key unknown\n"), header: map[string]string{"Content-Type": "text/plain"},
			want: "backend answers 401: key unknown",
		},
		{
			name: "a page", status: 404, body: []byte("<html>"), header: map[string]string{"Content-Type": "text/html"},
			want: "backend answers 404",
		},
		{name: "moved", status: 307, header: map[string]string{"Location": "https://elsewhere.example"}, want: "backend answers 307"},
		{name: "broken", status: 500, want: "backend answers 500"},
		{name: "too many", status: 429, header: map[string]string{"Retry-After": "3"}, want: "backend answers 429", retry: true, after: 3 * time.Second},
		{name: "bad gateway", status: 502, want: "backend answers 502", retry: true},
		{name: "unavailable", status: 503, header: map[string]string{"Retry-After": "soon"}, want: "backend answers 503", retry: true},
		{name: "gateway timeout", status: 504, header: map[string]string{"Retry-After": "-5"}, want: "backend answers 504", retry: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := backend(t, HTTPOptions{}, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/x-protobuf")
				for k, v := range test.header {
					w.Header().Set(k, v)
				}
				w.WriteHeader(test.status)
				_, _ = w.Write(test.body)
			})
			err := s.Send(t.Context(), Traces, []byte("x"))
			got := ""
			if err != nil {
				got = err.Error()
			}
			if got != test.want {
				t.Errorf("error %q, want %q", got, test.want)
			}
			var retry *Retry
			if errors.As(err, &retry) != test.retry || test.retry && retry.After != test.after {
				t.Errorf("retry is %+v", retry)
			}
			var partial *Partial
			if errors.As(err, &partial) && partial.Rejected != test.partial {
				t.Errorf("partial is %+v", partial)
			}
		})
	}
}

func TestRetryAfterADate(t *testing.T) {
	if got := retryAfter(testTime.Add(90*time.Second).Format(http.TimeFormat), testTime); got != 90*time.Second {
		t.Errorf("after %v", got)
	}
	if got := retryAfter("99999999999", testTime); got > 24*time.Hour {
		t.Errorf("after %v", got)
	}
}

func TestAnEndlessResponseIsCut(t *testing.T) {
	s := backend(t, HTTPOptions{}, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		w.WriteHeader(http.StatusBadRequest)
		for r.Context().Err() == nil {
			if _, err := w.Write(bytes.Repeat([]byte("no "), 1000)); err != nil {
				return
			}
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	err := s.Send(ctx, Traces, []byte("x"))
	if err == nil || ctx.Err() != nil || len(err.Error()) > 2*maxMessage {
		t.Errorf("error is %.400v", err)
	}
}

func TestNobodyListens(t *testing.T) {
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	s := sender(t, HTTPOptions{TracesURL: "http://" + l.Addr().String() + "/v1/traces?token=hidden"})
	err = s.Send(t.Context(), Traces, []byte("x"))
	var retry *Retry
	if !errors.As(err, &retry) || strings.Contains(err.Error(), "hidden") {
		t.Errorf("error is %v", err)
	}
}

func TestAHangingBackendEndsWithTheContext(t *testing.T) {
	done := make(chan struct{})
	s := backend(t, HTTPOptions{}, func(http.ResponseWriter, *http.Request) { <-done })
	t.Cleanup(func() { close(done) })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := s.Send(ctx, Traces, []byte("x")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error is %v", err)
	}
}

func TestTLSWithFiles(t *testing.T) {
	var certificates atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		certificates.Store(int32(len(r.TLS.PeerCertificates)))
	}))
	server.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert, MinVersion: tls.VersionTLS12}
	server.StartTLS()
	t.Cleanup(server.Close)

	dir := t.TempDir()
	ca := filepath.Join(dir, "ca.pem")
	write(t, ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
	cert, key := keyPair(t, dir)
	if err := sender(t, HTTPOptions{Endpoint: server.URL, CAFile: ca, CertFile: cert, KeyFile: key}).Send(t.Context(), Logs, nil); err != nil {
		t.Fatal(err)
	}
	if certificates.Load() != 1 {
		t.Errorf("the client shows %d certificates", certificates.Load())
	}
	if err := sender(t, HTTPOptions{Endpoint: server.URL}).Send(t.Context(), Logs, nil); err == nil {
		t.Error("a server nobody vouches for is trusted")
	}
}

func write(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestOptionsThatCannotBe(t *testing.T) {
	dir := t.TempDir()
	empty := filepath.Join(dir, "empty.pem")
	write(t, empty, nil)
	for _, test := range []struct {
		name string
		o    HTTPOptions
		want string
	}{
		{"no scheme", HTTPOptions{Endpoint: "localhost:4318"}, "endpoint of traces is not a URL with http or https"},
		{"other scheme", HTTPOptions{LogsURL: "ftp://x"}, "endpoint of logs is not a URL with http or https"},
		{"header", HTTPOptions{Headers: map[string]string{"a b": "c"}}, `header "a b" is not well-formed`},
		{"value of header", HTTPOptions{Headers: map[string]string{"key": "secret\n"}}, `header "key" is not well-formed`},
		{"own header", HTTPOptions{Headers: map[string]string{"content-type": "x"}}, "header Content-Type is set by the sender"},
		{"compression", HTTPOptions{Compression: "zip"}, `compression "zip" is neither gzip nor none`},
		{"CA", HTTPOptions{CAFile: empty}, "CA file " + empty + " has no certificate"},
		{"certificate", HTTPOptions{CertFile: empty, KeyFile: empty}, "read client certificate: tls: failed to find any PEM data in certificate input"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := "no error"
			if _, err := NewHTTPSender(test.o); err != nil {
				got = err.Error()
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}

func FuzzResponse(f *testing.F) {
	f.Add(said(3, "x"))
	f.Add([]byte{0x0a, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		err := PartialSuccess(b)
		var partial *Partial
		if err != nil && (!errors.As(err, &partial) || partial.Rejected < 0 || len(partial.Message) > 3*maxMessage) {
			t.Errorf("%x: %v", b, err)
		}
	})
}
