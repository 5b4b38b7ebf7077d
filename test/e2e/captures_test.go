//go:build e2e

package e2e

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/telltale-dev/telltale/test/harness"
)

// captures are what eight real clients sent for the same calls.
const captures = "../../internal/pipeline/dialect/testdata/captures"

// All that eight clients sent, into one server: every call is there once, though all of them were answered with the same
// response ids, some within two seconds of each other.
func TestCapturedClientsCountOnce(t *testing.T) {
	p := harness.Start(t, harness.Options{})
	files, err := filepath.Glob(captures + "/*.otlp.jsonl")
	if err != nil || len(files) != 9 {
		t.Fatalf("%d captures, %v", len(files), err)
	}
	for range 2 { // clients send again what they got no answer for
		for _, f := range files {
			replay(t, p, f)
		}
	}
	var calls struct {
		Spans []struct {
			Scope string `json:"scope"`
			GenAI struct {
				Model string  `json:"model"`
				Cost  *string `json:"cost_usd"`
				Usage struct {
					Input  int64 `json:"input_tokens"`
					Output int64 `json:"output_tokens"`
				} `json:"usage"`
			} `json:"genai"`
		} `json:"spans"`
	}
	p.Get(t, "/api/v1/calls", url.Values{"from": {"2026-11-01"}, "limit": {"1000"}}, &calls)
	byScope := map[string]int{}
	for _, c := range calls.Spans {
		byScope[c.Scope]++
	}
	const want = 51 // 7 + 7 + 4 + 4 + 3 + 5 + 7 + 8 + 6, by file
	if len(calls.Spans) != want {
		t.Errorf("%d calls, want %d: %v", len(calls.Spans), want, byScope)
	}
	for _, c := range calls.Spans {
		switch u := c.GenAI.Usage; {
		case u.Input == 1200 && u.Output == 34, u.Input == 1300 && u.Output == 34, u.Input == 4 && u.Output == 2, u.Input == 7, u.Input == 0:
		default:
			t.Errorf("%s %s: %d → %d tokens, which nobody used", c.Scope, c.GenAI.Model, u.Input, u.Output)
		}
	}
	checkBooks(t, p)
}

// replay sends a capture as OTLP/JSON.
func replay(t *testing.T, p *harness.Process, file string) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // it is only read
	for lines := newLines(f); lines.Scan(); {
		var c struct {
			Body              json.RawMessage
			Signal, Transport string
		}
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		body := c.Body
		if !strings.Contains(c.Transport, "json") {
			body = asOTLPJSON(body)
		}
		resp := post(t, p.HTTP+"/v1/"+c.Signal, string(body))
		if resp.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s", file, resp.Status)
		}
	}
}

func newLines(f *os.File) *bufio.Scanner {
	s := bufio.NewScanner(f)
	s.Buffer(nil, 16<<20)
	return s
}

var (
	idField   = regexp.MustCompile(`"(traceId|spanId|parentSpanId)":\s*"([^"]*)"`)
	enumField = regexp.MustCompile(`"(SPAN_KIND|STATUS_CODE|SEVERITY_NUMBER)_([A-Z0-9]+)"`)
	enums     = map[string]int{
		"SPAN_KIND_INTERNAL": 1, "SPAN_KIND_SERVER": 2, "SPAN_KIND_CLIENT": 3, "STATUS_CODE_OK": 1, "STATUS_CODE_ERROR": 2, "SEVERITY_NUMBER_INFO": 9,
	}
)

// asOTLPJSON turns protobuf's own JSON, as the captures have it, into that of OTLP: ids in hex, enums as numbers.
func asOTLPJSON(body []byte) []byte {
	body = idField.ReplaceAllFunc(body, func(m []byte) []byte {
		parts := idField.FindSubmatch(m)
		raw, err := base64.StdEncoding.DecodeString(string(parts[2]))
		if err != nil {
			return m
		}
		return fmt.Appendf(nil, `"%s":"%s"`, parts[1], hex.EncodeToString(raw))
	})
	return enumField.ReplaceAllFunc(body, func(m []byte) []byte {
		return fmt.Append(nil, enums[string(bytes.Trim(m, `"`))])
	})
}
