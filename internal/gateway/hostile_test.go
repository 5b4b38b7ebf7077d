package gateway

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/telltale-dev/telltale/internal/telemetry"
	"github.com/telltale-dev/telltale/observe/wire"
)

// TestPaths sends request lines as they are and looks at what comes out on the other side.
func TestPaths(t *testing.T) {
	var mu sync.Mutex
	var seen []string
	r := newRig(t, func(w http.ResponseWriter, req *http.Request) {
		mu.Lock()
		seen = append(seen, req.RequestURI)
		mu.Unlock()
		answer("application/json", "{}")(w, req)
	}, nil)
	r.providers["openai"].prefix = "/base/v9"
	for _, tc := range []struct{ target, want string }{
		{"/openai/v1/models", "/base/v9/v1/models"},
		{"/openai", "/base/v9"},
		{"/openai/", "/base/v9/"},
		{"/openai/v1/models?limit=2&after=a%20b", "/base/v9/v1/models?limit=2&after=a%20b"},
		{"/openai/v1/models?", "/base/v9/v1/models?"},
		{"/openai//v1///models", "/base/v9//v1///models"},
		{"/openai/v1/models/org%2Fname", "/base/v9/v1/models/org%2Fname"},
		{"/openai/v1/a%20b/%E2%82%AC", "/base/v9/v1/a%20b/%E2%82%AC"},
		{"/openai/v1/^|\"<>{}~!$&'()*+,;=:@", "/base/v9/v1/^|\"<>{}~!$&'()*+,;=:@"},
		{"/openai/v1/..a/b../...", "/base/v9/v1/..a/b../..."},
		{"http://evil.example/openai/v1/models", "/base/v9/v1/models"},
		{"/anthropic//v1/messages", "//v1/messages"},
		{"/openai/..", ""},
		{"/openai/../admin", ""},
		{"/openai/v1/./x", ""},
		{"/openai/%2e%2e/x", ""},
		{"/openai/%2E./x", ""},
		{"/openai/..%2fx", ""},
		{"/openai/x%2f..%2f..%2fy", ""},
		{"/openai/x%5c..%5cy", ""},
		{"/openai/x\\..\\y", ""},
		{"/openai/%252e%252e/x", ""},
		{"/openai/%25252e%25252e%25252fx", ""},
		{"/openai/..;/x", ""},
		{"/openai/v1/%00", ""},
		{"/openai/v1/%0d%0aX:y", ""},
		{"/openai/v1/%250a", ""},
		{"/openai/v1/%zz", ""},
		{"/openai/v1/x#frag", ""},
		{"/OPENAI/v1/models", ""},
		{"/%6fpenai/v1/models", ""},
		{"//openai/v1/models", ""},
		{"/../openai/v1/models", ""},
		{"*", ""},
	} {
		mu.Lock()
		seen = nil
		mu.Unlock()
		got := r.raw(t, "GET "+tc.target+" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		mu.Lock()
		out := strings.Join(seen, " ")
		mu.Unlock()
		if out != tc.want {
			t.Errorf("%s: the provider saw %q, want %q", tc.target, out, tc.want)
		}
		if tc.want == "" && !strings.HasPrefix(got, "HTTP/1.1 4") {
			t.Errorf("%s: answered %.60q", tc.target, got)
		}
	}
}

// TestSmuggling sends requests on whose end two servers might not agree, followed by one that must not be served.
func TestSmuggling(t *testing.T) {
	r := newRig(t, func(w http.ResponseWriter, req *http.Request) {
		if strings.Contains(req.RequestURI, "smuggled") {
			t.Errorf("a smuggled request arrived: %s", req.RequestURI)
		}
		_, _ = io.Copy(io.Discard, req.Body)
		answer("application/json", "{}")(w, req)
	}, nil)
	const line = "POST /openai/v1/x HTTP/1.1\r\nHost: x\r\n"
	const inner = "GET /openai/smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
	for name, request := range map[string]string{
		"length and chunked":    line + "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + inner,
		"two lengths":           line + "Content-Length: 0\r\nContent-Length: 44\r\n\r\n" + inner,
		"length list":           line + "Content-Length: 0, 44\r\n\r\n" + inner,
		"length with sign":      line + "Content-Length: +0\r\n\r\n" + inner,
		"unknown encoding":      line + "Transfer-Encoding: xchunked\r\n\r\n" + inner,
		"encoding twice":        line + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n" + inner,
		"space before colon":    line + "Content-Length : 44\r\n\r\n" + inner,
		"folded header":         line + "X-A: b\r\n Content-Length: 44\r\nTransfer-Encoding:\r\n chunked\r\n\r\n" + inner,
		"NUL in header":         line + "X-A: b\x00c\r\n\r\n" + inner,
		"CR in header":          line + "X-A: b\rContent-Length: 44\r\n\r\n" + inner,
		"no host":               "GET /openai/smuggled HTTP/1.1\r\n\r\n",
		"two hosts":             "GET /openai/smuggled HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
		"bad chunk size":        line + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n" + inner,
		"negative chunk":        line + "Transfer-Encoding: chunked\r\n\r\n-1\r\n" + inner,
		"huge chunk size":       line + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n" + inner,
		"bare LF after chunk":   line + "Transfer-Encoding: chunked\r\n\r\n1\nx\n0\n\n" + inner,
		"chunk data overrun":    line + "Transfer-Encoding: chunked\r\n\r\n1\r\nxyz\r\n0\r\n\r\n" + inner,
		"bad method":            "GE(T /openai/smuggled HTTP/1.1\r\nHost: x\r\n\r\n",
		"version 0.9":           "GET /openai/smuggled\r\n\r\n",
		"space in target":       "GET /openai/smuggled x HTTP/1.1\r\nHost: x\r\n\r\n",
		"raw control in target": "GET /openai/smuggled\x01 HTTP/1.1\r\nHost: x\r\n\r\n",
	} {
		got := r.raw(t, request)
		if strings.Count(got, "HTTP/1.1 200") > 1 {
			t.Errorf("%s: two requests were served: %q", name, got)
		}
	}
}

// TestBareLF shows that lines ended by LF alone mean the same on both sides: the gateway writes every request anew.
func TestBareLF(t *testing.T) {
	var paths []string
	var mu sync.Mutex
	r := newRig(t, func(w http.ResponseWriter, req *http.Request) {
		mu.Lock()
		paths = append(paths, req.RequestURI)
		mu.Unlock()
		answer("application/json", "{}")(w, req)
	}, nil)
	r.raw(t, "GET /openai/v1/models HTTP/1.1\nHost: x\nConnection: close\nX-A: b\n\n")
	mu.Lock()
	defer mu.Unlock()
	for _, p := range paths {
		if p != "/v1/models" {
			t.Errorf("the provider saw %q", p)
		}
	}
}

func TestCompressedBodies(t *testing.T) {
	var got []byte
	var coding string
	r := newRig(t, func(w http.ResponseWriter, req *http.Request) {
		got, _ = io.ReadAll(req.Body)
		coding = req.Header.Get("Content-Encoding")
		answer("application/json", chatAnswer)(w, req)
	}, nil)
	for i, tc := range []struct {
		coding string
		body   []byte
	}{{"gzip", gzipped([]byte(chatBody))}, {"zstd", zstded([]byte(chatBody))}, {"br", []byte("not looked into")}} {
		resp, body := r.post(t, "/openai/v1/chat/completions", string(tc.body), "Content-Encoding: "+tc.coding)
		if resp.StatusCode != 200 || !bytes.Equal(got, tc.body) || coding != tc.coding {
			t.Errorf("%s: status %d %s, %d bytes of %d arrived as %q", tc.coding, resp.StatusCode, body, len(got), len(tc.body), coding)
		}
		s := r.sink.wait(t, i+1)[i]
		if tc.coding != "br" && (s.GenAI.RequestModel != "gpt-4o-mini" || !strings.Contains(s.GenAI.InputMessages, "hi there")) {
			t.Errorf("%s: recorded %+v", tc.coding, s.GenAI)
		}
	}
}

func TestBombs(t *testing.T) {
	r := newRig(t, func(_ http.ResponseWriter, req *http.Request) { t.Errorf("a bomb went upstream: %s", req.RequestURI) }, nil)
	bomb := zstdBomb(512)
	if ratio := 512 * 128 * kib / len(bomb); ratio < 10_000 {
		t.Fatalf("the bomb is only %d:1", ratio)
	}
	gz := gzipped(make([]byte, 16*mib))
	defer debug.SetGCPercent(debug.SetGCPercent(10)) // what is measured is held, not garbage that nobody collected yet
	stop := make(chan struct{})
	peak := make(chan uint64)
	go heapPeak(stop, peak)
	var wg sync.WaitGroup
	for i := range 12 {
		wg.Go(func() {
			body, coding := bomb, "zstd"
			switch i % 3 {
			case 1:
				body, coding = gz, "gzip"
			case 2:
				body, coding = gzipped(gz), "gzip, gzip"
			}
			resp, text := r.post(t, "/anthropic/v1/messages", string(body), "Content-Encoding: "+coding)
			if resp.StatusCode != 413 {
				t.Errorf("%s: status %d", coding, resp.StatusCode)
			}
			errorShape(t, wire.Anthropic, 413, text)
		})
	}
	wg.Wait()
	close(stop)
	if p := <-peak; p > 64*mib {
		t.Errorf("the heap grew by %d MB", p/mib)
	}
	for _, s := range r.sink.wait(t, 12) {
		if s.ErrorType != "gateway_body_too_large" {
			t.Errorf("recorded %q", s.ErrorType)
		}
	}
}

// heapPeak tells by how much the heap grew at most.
func heapPeak(stop chan struct{}, peak chan uint64) {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	base, top := m.HeapAlloc, m.HeapAlloc
	for {
		select {
		case <-stop:
			peak <- top - base
			return
		case <-time.After(2 * time.Millisecond):
			runtime.ReadMemStats(&m)
			top = max(top, m.HeapAlloc)
		}
	}
}

// TestCompressedAnswer is for a provider that compresses although it was asked not to.
func TestCompressedAnswer(t *testing.T) {
	packed := gzipped([]byte(chatAnswer))
	r := newRig(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(packed)
	}, nil)
	_, got := r.post(t, "/openai/v1/chat/completions", chatBody, "Accept-Encoding: gzip")
	if got != string(packed) {
		t.Errorf("the answer was changed")
	}
	if s := r.sink.waitOne(t); s.GenAI.Usage.Output != telemetry.Known(34) {
		t.Errorf("usage %+v", s.GenAI.Usage)
	}
}

// TestHostileIDs sends what would be dangerous in a terminal, a log or a label.
func TestHostileIDs(t *testing.T) {
	r := newRig(t, answer("application/json", chatAnswer), nil)
	r.raw(t, "POST /openai/v1/chat/completions HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-User-Id: a\x1b[31mb\r\nX-Session-Id: "+strings.Repeat("s", 300)+
		"\r\nX-Telltale-Service: bad name\r\nUser-Agent: evil/\x1b]0;x\x07\r\nContent-Length: 2\r\n\r\n{}")
	r.post(t, "/openai/v1/chat/completions", chatBody, "X-User-Id: caf\u00e9", "X-Session-Id: "+strings.Repeat("s", 300),
		"X-Telltale-Service: bad name", "User-Agent: who knows", "traceparent: 00-zz-yy-01", "tracestate: a=b")
	for _, s := range r.sink.wait(t, 1) {
		if s.SessionID != "" || s.Service != "gateway" || strings.ContainsAny(dump(s), "\x1b\x07") {
			t.Errorf("recorded %s", dump(s))
		}
	}
}

func gzipped(b []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write(b)
	_ = w.Close()
	return out.Bytes()
}

// zstdBomb is a frame of blocks that stand for 128 KiB each.
func zstdBomb(blocks int) []byte {
	b := []byte{0x28, 0xb5, 0x2f, 0xfd, 0, 13 << 3} // magic, no options, a window of 8 MiB
	for i := range blocks {
		h := uint32(128*kib)<<3 | 1<<1 // run of one byte
		if i == blocks-1 {
			h |= 1
		}
		b = append(b, byte(h), byte(h>>8), byte(h>>16), ' ')
	}
	return b
}

func zstded(b []byte) []byte {
	w, err := zstd.NewWriter(nil)
	if err != nil {
		panic(err)
	}
	defer func() { _ = w.Close() }()
	return w.EncodeAll(b, nil)
}
