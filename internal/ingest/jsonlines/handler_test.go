package jsonlines

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"github.com/telltale-dev/telltale/internal/ingest/body"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// memory keeps what it is given, once for each batch hash, as the pipeline does.
type memory struct {
	bodies  []string
	batches []telemetry.Batch
	known   map[uint64]bool
	fail    map[int]error // by number of the call, from 1
	calls   int
}

func (m *memory) Ingest(_ context.Context, b *telemetry.Batch) error {
	if m.calls++; m.fail[m.calls] != nil {
		return m.fail[m.calls]
	}
	if m.known == nil {
		m.known = map[uint64]bool{}
	}
	m.batches = append(m.batches, *b)
	for i := range b.Logs {
		if sum := b.Logs[i].Batch; sum == 0 || !m.known[sum] {
			m.bodies = append(m.bodies, b.Logs[i].Body)
		}
	}
	for i := range b.Logs {
		m.known[b.Logs[i].Batch] = true
	}
	return nil
}

func post(t *testing.T, h http.Handler, url, content string, headers ...string) (*httptest.ResponseRecorder, Response) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(content))
	for pair := range slices.Chunk(headers, 2) {
		r.Header.Set(pair[0], pair[1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	var resp Response
	if err := json.Unmarshal(w.Body.Bytes(), &resp); err != nil {
		t.Fatalf("answer %q: %v", w.Body, err)
	}
	return w, resp
}

func newHandler(m *memory) *Handler {
	return NewHandler(m, testOptions(), body.Limits{Encoded: 4 << 20, Decoded: 8 << 20}, slog.New(slog.DiscardHandler))
}

const dated = `{"msg":"tick","time":"2026-11-21T08:13:12.5Z"}` + "\n"

func TestUpload(t *testing.T) {
	m := &memory{}
	res, resp := post(t, newHandler(m), "/api/v1/logs", dated+"{bad\nplain\n")
	want := Response{
		Accepted: 2, RejectedCount: 1, Text: 1, Undated: 1,
		Rejected: []Refusal{{2, "not valid JSON: invalid character 'b' looking for beginning of object key string at byte 2"}},
	}
	if diff := cmp.Diff(want, resp); diff != "" || res.Code != http.StatusOK {
		t.Error(res.Code, diff)
	}
	if diff := cmp.Diff([]string{"tick", "plain"}, m.bodies); diff != "" {
		t.Error(diff)
	}
	counts := []telemetry.Count{{Signal: telemetry.SignalLogs, Outcome: telemetry.Rejected, Reason: CodeInvalidJSON, N: 1}}
	if diff := cmp.Diff(counts, m.batches[0].Counts); diff != "" {
		t.Error(diff)
	}
}

func TestUploadNamesServiceAndEnvironment(t *testing.T) {
	for url, headers := range map[string][]string{
		"/?service=billing&env=prod": nil,
		"/":                          {HeaderService, "billing", HeaderEnvironment, "prod"},
		"/?service=billing":          {HeaderService, "other", HeaderEnvironment, "prod"},
	} {
		m := &memory{}
		post(t, newHandler(m), url, dated, headers...)
		if l := m.batches[0].Logs[0]; l.Service != "billing" || l.Environment != "prod" {
			t.Errorf("%s %v: got %q, %q", url, headers, l.Service, l.Environment)
		}
	}
	if res, resp := post(t, newHandler(&memory{}), "/?service="+strings.Repeat("x", 600), dated); res.Code != http.StatusBadRequest {
		t.Error(res.Code, resp)
	}
}

func TestCompressedUpload(t *testing.T) {
	var gz bytes.Buffer
	w := gzip.NewWriter(&gz)
	_, _ = w.Write([]byte(dated))
	_ = w.Close()
	enc, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	for encoding, content := range map[string]string{"gzip": gz.String(), "zstd": string(enc.EncodeAll([]byte(dated), nil)), "identity": dated} {
		if res, resp := post(t, newHandler(&memory{}), "/", content, "Content-Encoding", encoding); resp.Accepted != 1 {
			t.Errorf("%s: %d %+v", encoding, res.Code, resp)
		}
	}
}

func TestUploadRefused(t *testing.T) {
	for name, c := range map[string]struct {
		content string
		headers []string
		status  int
		want    string
	}{
		"empty":          {"", nil, 400, "the body has no lines"},
		"blank":          {"\n\r\n  \n", nil, 400, "the body has no lines"},
		"nothing valid":  {"{bad\n[1]\n", nil, 400, "no line is valid"},
		"too large":      {strings.Repeat("x", 5<<20), nil, 413, "the body is larger than 4194304 bytes"},
		"not gzip":       {"plain", []string{"Content-Encoding", "gzip"}, 400, "the body is not valid gzip"},
		"other encoding": {"plain", []string{"Content-Encoding", "br"}, 415, `content encoding "br" is not supported; use gzip, zstd, deflate or none`},
	} {
		t.Run(name, func(t *testing.T) {
			res, resp := post(t, newHandler(&memory{}), "/", c.content, c.headers...)
			if res.Code != c.status || resp.Error != c.want || resp.Accepted != 0 {
				t.Errorf("got %d %+v", res.Code, resp)
			}
		})
	}
	w := httptest.NewRecorder()
	newHandler(&memory{}).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
	if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != http.MethodPost {
		t.Errorf("GET: got %d, Allow %q", w.Code, w.Header().Get("Allow"))
	}
}

// lines makes n lines that differ.
func lines(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"msg":"line %d","time":%d}`+"\n", i+1, 1795248792000+i)
	}
	return b.String()
}

func TestUploadThatFailsHalfWayIsResumed(t *testing.T) {
	for name, c := range map[string]struct {
		err    error
		status int
		retry  string
	}{
		"overloaded": {fmt.Errorf("append: %w", telemetry.ErrOverloaded), 429, "1"},
		"recovering": {telemetry.ErrRecovering, 503, "5"},
		"stopped":    {telemetry.ErrStopped, 503, "5"},
		"read only":  {telemetry.ErrReadOnly, 503, "30"},
		"unknown":    {errors.New("secret detail"), 500, ""},
	} {
		t.Run(name, func(t *testing.T) {
			m := &memory{fail: map[int]error{2: c.err}}
			h := newHandler(m)
			content := lines(3*batchLines - 5)
			res, resp := post(t, h, "/", content)
			if res.Code != c.status || res.Header().Get("Retry-After") != c.retry {
				t.Errorf("got %d, Retry-After %q", res.Code, res.Header().Get("Retry-After"))
			}
			if resp.Accepted != batchLines || resp.NextLine != batchLines+1 || resp.Error == "" || strings.Contains(resp.Error, "secret") {
				t.Errorf("got %+v", resp)
			}
			if res, resp = post(t, h, "/", content); res.Code != http.StatusOK || resp.Accepted != 3*batchLines-5 {
				t.Errorf("second try: %d %+v", res.Code, resp)
			}
			seen := map[string]int{}
			for _, b := range m.bodies {
				seen[b]++
			}
			if len(seen) != 3*batchLines-5 || len(m.bodies) != len(seen) {
				t.Errorf("%d lines stored, %d of them different", len(m.bodies), len(seen))
			}
		})
	}
}

func TestWhatIsTheSameUpload(t *testing.T) {
	undated := `{"msg":"tick"}` + "\n"
	for name, c := range map[string]struct {
		content [2]string
		keys    [2]string
		url     [2]string
		want    int
	}{
		"dated lines, sent again":      {content: [2]string{dated, dated}, want: 1},
		"undated lines, sent again":    {content: [2]string{undated, undated}, want: 2},
		"undated, same key":            {content: [2]string{undated, undated}, keys: [2]string{"a", "a"}, want: 1},
		"dated, other key":             {content: [2]string{dated, dated}, keys: [2]string{"f:0", "f:47"}, want: 2},
		"dated, for another service":   {content: [2]string{dated, dated}, url: [2]string{"?service=a", "?service=b"}, want: 2},
		"equal lines of one upload":    {content: [2]string{dated + dated + dated, "{}"}, want: 4},
		"equal batches of one upload":  {content: [2]string{strings.Repeat(dated, 2*batchLines), dated}, want: 2*batchLines + 1},
		"same key, other bytes":        {content: [2]string{dated, dated + dated}, keys: [2]string{"a", "a"}, want: 3},
		"one undated line among dated": {content: [2]string{dated + undated, dated + undated}, want: 4},
	} {
		t.Run(name, func(t *testing.T) {
			m := &memory{}
			h := newHandler(m)
			for i := range 2 {
				var headers []string
				if c.keys[i] != "" {
					headers = []string{HeaderKey, c.keys[i]}
				}
				if res, resp := post(t, h, "/"+c.url[i], c.content[i], headers...); res.Code != http.StatusOK {
					t.Fatal(res.Code, resp)
				}
			}
			if len(m.bodies) != c.want {
				t.Errorf("%d lines stored, want %d", len(m.bodies), c.want)
			}
		})
	}
}

func TestLineNumbersOverBatches(t *testing.T) {
	content := lines(batchLines) + "{bad\n" + lines(batchLines) + "{worse"
	_, resp := post(t, newHandler(&memory{}), "/", content)
	if len(resp.Rejected) != 2 || resp.Rejected[0].Line != batchLines+1 || resp.Rejected[1].Line != 2*batchLines+2 {
		t.Errorf("got %+v", resp.Rejected)
	}
}

func TestCutCoversEverythingOnce(t *testing.T) {
	for _, content := range []string{"", "a", "a\n", "\n\n\n", lines(10), lines(batchLines), lines(batchLines + 1), strings.Repeat("x", 3*batchBytes) + "\n" + lines(5)} {
		total := 0
		at := 0
		for at < len(content) {
			end, n := cut([]byte(content), at)
			if end <= at || content[end-1] != '\n' && end != len(content) {
				t.Fatalf("cut at %d of %d", end, len(content))
			}
			at, total = end, total+n
		}
		if want := strings.Count(content, "\n") + map[bool]int{true: 1}[content != "" && !strings.HasSuffix(content, "\n")]; total != want {
			t.Errorf("%.20q…: %d lines, want %d", content, total, want)
		}
	}
}
