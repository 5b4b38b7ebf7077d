package body

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

func gz(p []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(p)
	_ = w.Close()
	return b.Bytes()
}

func zl(p []byte) []byte {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	_, _ = w.Write(p)
	_ = w.Close()
	return b.Bytes()
}

func zs(p []byte) []byte {
	w, err := zstd.NewWriter(nil)
	if err != nil {
		panic(err)
	}
	defer func() { _ = w.Close() }()
	return w.EncodeAll(p, nil)
}

// streamed is a zstd frame that does not say its size, as encoders of streams write it.
func streamed(p []byte, opts ...zstd.EOption) []byte {
	var b bytes.Buffer
	w, err := zstd.NewWriter(&b, opts...)
	if err != nil {
		panic(err)
	}
	_, _ = w.Write(p)
	_ = w.Flush()
	_ = w.Close()
	return b.Bytes()
}

func request(encoding string, body []byte) *http.Request {
	r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "/v1/logs", bytes.NewReader(body))
	if encoding != "" {
		r.Header.Set("Content-Encoding", encoding)
	}
	return r
}

func TestRead(t *testing.T) {
	text := []byte(strings.Repeat("one line of a log and no more\n", 5000))
	for name, r := range map[string]*http.Request{
		"identity":             request("", text),
		"identity, said":       request("identity", text),
		"gzip":                 request("gzip", gz(text)),
		"gzip, old name":       request("X-GZIP", gz(text)),
		"gzip, members":        request("gzip", append(gz(text[:100]), gz(text[100:])...)),
		"zstd":                 request("zstd", zs(text)),
		"zstd, frames":         request("zstd", append(zs(text[:100]), streamed(text[100:])...)),
		"deflate":              request("deflate", zl(text)),
		"zlib":                 request("zlib", zl(text)),
		"gzip, then zstd":      request("gzip, zstd", zs(gz(text))),
		"zstd, identity, gzip": request("zstd,identity , gzip", gz(zs(text))),
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Read(r, Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, text) {
				t.Errorf("got %d bytes, want the %d that were sent", len(got), len(text))
			}
		})
	}
}

func TestReadOfUnknownLength(t *testing.T) {
	text := bytes.Repeat([]byte("0123456789abcdef"), 100_000)
	r := request("", nil)
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(text)), -1
	got, err := Read(r, Limits{})
	if err != nil || !bytes.Equal(got, text) {
		t.Errorf("got %d bytes, %v", len(got), err)
	}
}

func TestTwoHeadersAreOneList(t *testing.T) {
	r := request("", gz(zs([]byte("x"))))
	r.Header["Content-Encoding"] = []string{"zstd", "gzip"}
	got, err := Read(r, Limits{})
	if err != nil || string(got) != "x" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestReadRefuses(t *testing.T) {
	text := bytes.Repeat([]byte("0123456789abcdef"), 1000)
	zeros := make([]byte, 1<<20)
	for name, c := range map[string]struct {
		encoding string
		body     []byte
		limits   Limits
		status   int
		reason   string
	}{
		"unknown encoding":       {"br", text, Limits{}, 415, `content encoding "br" is not supported; use gzip, zstd, deflate or none`},
		"unknown under known":    {"snappy, gzip", gz(text), Limits{}, 415, `content encoding "snappy" is not supported; use gzip, zstd, deflate or none`},
		"three layers":           {"gzip, gzip, gzip", gz(gz(gz(text))), Limits{}, 415, "more than 2 content encodings over each other are not supported"},
		"not gzip":               {"gzip", text, Limits{}, 400, "the body is not valid gzip"},
		"gzip of nothing":        {"gzip", nil, Limits{}, 400, "the body is not valid gzip"},
		"gzip cut":               {"gzip", gz(text)[:30], Limits{}, 400, "the body is not valid gzip"},
		"gzip with a tail":       {"gzip", append(gz(text), "tail"...), Limits{}, 400, "the body is not valid gzip"},
		"gzip with a wrong sum":  {"gzip", flip(gz(text), -6), Limits{}, 400, "the body is not valid gzip"},
		"zstd cut":               {"zstd", zs(text)[:30], Limits{}, 400, "the body is not valid zstd"},
		"zstd with a tail":       {"zstd", append(zs(text), "tail"...), Limits{}, 400, "the body is not valid zstd"},
		"zstd with large window": {"zstd", streamed(make([]byte, 40<<20), zstd.WithWindowSize(32<<20)), Limits{}, 413, "the zstd window is larger than 8388608 bytes"},
		"deflate cut":            {"deflate", zl(text)[:30], Limits{}, 400, "the body is not valid deflate (RFC 1950)"},
		"deflate with a tail":    {"deflate", append(zl(text), 'x'), Limits{}, 400, "the body is not valid deflate (RFC 1950)"},
		"too long":               {"", text, Limits{Encoded: 15_999}, 413, "the body is larger than 15999 bytes"},
		"too long, decoded":      {"", text, Limits{Decoded: 15_999}, 413, "the body is larger than 15999 bytes"},
		"too long before":        {"gzip", gz(randomish(4000)), Limits{Encoded: 100}, 413, "the body is larger than 100 bytes"},
		"too long after":         {"gzip", gz(text), Limits{Decoded: 15_999}, 413, "the decompressed body is larger than 15999 bytes"},
		"too long in between":    {"gzip, gzip", gz(gz(randomish(40_000))), Limits{Decoded: 20_000}, 413, "the decompressed body is larger than 20000 bytes"},
		"zstd bomb":              {"zstd", zs(zeros), Limits{Decoded: 1 << 16}, 413, "the decompressed body is larger than 65536 bytes"},
		"deflate bomb":           {"deflate", zl(zeros), Limits{Decoded: 1 << 16}, 413, "the decompressed body is larger than 65536 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, length := range []int64{int64(len(c.body)), -1} {
				r := request(c.encoding, c.body)
				r.ContentLength = length
				_, err := Read(r, c.limits)
				var e *Error
				if !errors.As(err, &e) {
					t.Fatalf("got %v, want an *Error", err)
				}
				if diff := cmp.Diff([]any{c.status, c.reason}, []any{e.Status, e.Reason}); diff != "" {
					t.Errorf("length %d: %s", length, diff)
				}
			}
		})
	}
}

func TestExactlyTheLimit(t *testing.T) {
	text := bytes.Repeat([]byte("0123456789abcdef"), 4096) // pieces end where the limit is
	sent := gz(text)
	l := Limits{Encoded: int64(len(sent)), Decoded: int64(len(text))}
	if got, err := Read(request("gzip", sent), l); err != nil || !bytes.Equal(got, text) {
		t.Errorf("got %d bytes, %v", len(got), err)
	}
}

// A bomb may not cost more than the limit: everything allocated while it is read is an upper bound of what is held.
func TestBombCostsTheLimitAtMost(t *testing.T) {
	const limit = 4 << 20
	bomb := gz(make([]byte, 64<<20)) // 1,000 : 1, and 1,000,000 : 1 in two layers
	for name, r := range map[string]*http.Request{
		"gzip":       request("gzip", bomb),
		"gzip twice": request("gzip, gzip", gz(bomb)),
		"zstd":       request("zstd", streamed(make([]byte, 64<<20))),
		"zstd, gzip": request("gzip, zstd", zs(bomb)),
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := Read(r, Limits{Decoded: limit})
			runtime.ReadMemStats(&after)
			var e *Error
			if !errors.As(err, &e) || e.Status != http.StatusRequestEntityTooLarge {
				t.Fatalf("got %v, want 413", err)
			}
			const overhead = maxWindow + 4<<20
			if spent := after.TotalAlloc - before.TotalAlloc; spent > limit+overhead {
				t.Errorf("allocated %d bytes in all, want at most %d", spent, limit+overhead)
			}
		})
	}
}

// The length a client claims is not believed before the bytes are there.
func TestClaimedLengthCostsNothing(t *testing.T) {
	r := request("", []byte("x"))
	r.ContentLength = 15 << 20
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, _ = Read(r, Limits{})
	runtime.ReadMemStats(&after)
	if spent := after.TotalAlloc - before.TotalAlloc; spent > 2<<20 {
		t.Errorf("allocated %d bytes for a body of one", spent)
	}
}

func TestBrokenConnection(t *testing.T) {
	for name, c := range map[string]struct {
		err    error
		status int
		reason string
	}{
		"gone":    {io.ErrUnexpectedEOF, 400, "the body ended early"},
		"slow":    {os.ErrDeadlineExceeded, 408, "the body did not arrive in time"},
		"limited": {&http.MaxBytesError{Limit: 10}, 413, "the body is larger than 10 bytes"},
	} {
		for _, encoding := range []string{"", "gzip", "zstd", "gzip, zstd"} {
			t.Run(name+" "+encoding, func(t *testing.T) {
				sent := []byte("plain")
				switch encoding {
				case "gzip":
					sent = gz(sent)
				case "zstd":
					sent = zs(sent)
				case "gzip, zstd":
					sent = zs(gz(sent))
				}
				r := request(encoding, nil)
				r.ContentLength = -1
				r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(sent[:len(sent)-2]), failing{c.err}))
				_, err := Read(r, Limits{})
				var e *Error
				if !errors.As(err, &e) {
					t.Fatalf("got %v, want an *Error", err)
				}
				if e.Status != c.status || e.Reason != c.reason || !errors.Is(err, c.err) {
					t.Errorf("got %d %q (%v), want %d %q", e.Status, e.Reason, err, c.status, c.reason)
				}
			})
		}
	}
}

// A slow client is cut off by the server's own deadline and told so.
func TestReadTimeoutOfServer(t *testing.T) {
	got := make(chan error, 1)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(20 * time.Millisecond))
		_, err := Read(r, Limits{})
		got <- err
	}))
	defer srv.Close()
	pr, pw := io.Pipe()
	defer func() { _ = pw.Close() }()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL, pr)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		if resp, err := srv.Client().Do(req); err == nil {
			_ = resp.Body.Close()
		}
	}()
	_, _ = pw.Write([]byte("begin"))
	var e *Error
	if err := <-got; !errors.As(err, &e) || e.Status != http.StatusRequestTimeout {
		t.Errorf("got %v, want 408", err)
	}
}

func TestRefuse(t *testing.T) {
	w := httptest.NewRecorder()
	_, err := Read(request("br", nil), Limits{})
	Refuse(w, err)
	got := []string{w.Result().Status, w.Header().Get("Accept-Encoding"), w.Body.String()}
	want := []string{"415 Unsupported Media Type", "gzip, zstd, deflate", "content encoding \"br\" is not supported; use gzip, zstd, deflate or none\n"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func FuzzRead(f *testing.F) {
	for _, e := range []string{"gzip", "zstd", "deflate", "gzip, zstd"} {
		for _, p := range [][]byte{nil, gz([]byte("a")), zs([]byte("a")), zl([]byte("a")), zs(gz([]byte("a")))} {
			f.Add(e, p)
		}
	}
	f.Fuzz(func(t *testing.T, encoding string, p []byte) {
		const limit = 1 << 16
		got, err := Read(request(encoding, p), Limits{Encoded: limit, Decoded: limit})
		var e *Error
		if err != nil && !errors.As(err, &e) {
			t.Errorf("%v is not an *Error", err)
		}
		if len(got) > limit {
			t.Errorf("%d bytes passed the limit", len(got))
		}
	})
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func flip(p []byte, at int) []byte {
	p[len(p)+at] ^= 0xff
	return p
}

// randomish is a text that does not compress well, the same each time.
func randomish(n int) []byte {
	out := make([]byte, n)
	x := uint32(1)
	for i := range out {
		x = x*1664525 + 1013904223
		out[i] = byte(x >> 24)
	}
	return out
}
