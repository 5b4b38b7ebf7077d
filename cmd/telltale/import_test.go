package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// intake takes JSON lines as the server does: lines that are no JSON object are refused by number.
type intake struct {
	t     *testing.T
	lines []string
	busy  int // answer this many requests with 503 first
	fail  int // answer 500 from this request on, if not 0
	seen  int
}

func (in *intake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil || r.Method != http.MethodPost || r.URL.Path != "/api/v1/logs" {
		in.t.Errorf("%s %s: %v", r.Method, r.URL, err)
	}
	if in.seen++; in.seen <= in.busy {
		w.Header().Set("Retry-After", "0")
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	if in.fail > 0 && in.seen >= in.fail {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	answer := map[string]any{}
	var accepted, rejected int
	var bad []map[string]any
	for i, line := range strings.Split(strings.TrimSuffix(string(body), "\n"), "\n") {
		if !json.Valid([]byte(line)) {
			rejected++
			bad = append(bad, map[string]any{"line": i + 1, "error": "no JSON object \x1b[31m"})
			continue
		}
		accepted++
		in.lines = append(in.lines, line)
	}
	answer["accepted"], answer["rejected"], answer["errors"] = accepted, rejected, bad
	_ = json.NewEncoder(w).Encode(answer)
}

func numbered(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"n":%d}`+"\n", i+1)
	}
	return b.String()
}

func TestImport(t *testing.T) {
	tests := []struct {
		name   string
		intake intake
		text   string
		args   []string
		code   int
		want   int // lines that arrive
		say    []string
	}{
		{"batches", intake{}, numbered(4500), nil, 0, 4500, []string{"4,500 lines imported; "}},
		{"last line without end", intake{}, `{"n":1}` + "\n" + `{"n":2}`, nil, 0, 2, []string{"2 lines imported"}},
		{"nothing", intake{}, "", nil, 0, 0, []string{"0 lines imported"}},
		{"bad lines", intake{}, numbered(2100) + "oops\n" + numbered(3), nil, 1, 2103, []string{`line 2101: no JSON object \x1b[31m`, "2,103 lines imported, 1 refused", "1 line could not be imported"}},
		{"bad lines that do not matter", intake{}, "oops\n{}\n", []string{"--ignore-bad"}, 0, 1, []string{"line 1: no JSON object", "1 refused"}},
		{"many bad lines", intake{}, strings.Repeat("oops\n", 100), nil, 1, 0, []string{"line 20: ", "counted, not shown", "100 refused"}},
		{"a line that is too long", intake{}, "{}\n" + `{"x":"` + strings.Repeat("x", maxLine) + "\"}\n{}\n", nil, 1, 2, []string{"line 2: longer than 4.19 MB", "2 lines imported, 1 refused"}},
		{"a server that is busy", intake{busy: 2}, numbered(3), nil, 0, 3, []string{"3 lines imported"}},
		{"a server that breaks", intake{fail: 3}, numbered(9000), nil, 1, 4000, []string{"Lines up to 4000 are dealt with (4,000 imported). To go on: telltale import --skip 4000 -"}},
		{"going on", intake{}, numbered(9000), []string{"--skip", "4000"}, 0, 5000, []string{"5,000 lines imported"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			in := test.intake
			in.t = t
			server := httptest.NewServer(&in)
			defer server.Close()
			c, code := run(t, server.URL, test.text, append([]string{"import", "-"}, test.args...)...)
			if code != test.code || len(in.lines) != test.want {
				t.Errorf("exit %d, %d lines, want %d and %d", code, len(in.lines), test.code, test.want)
			}
			for _, s := range test.say {
				if !strings.Contains(c.err.String(), s) {
					t.Errorf("no %q in\n%s", s, c.err.String())
				}
			}
			checkClean(t, test.name, c)
			if c.out.Len() > 0 {
				t.Errorf("stdout: %s", c.out.String())
			}
		})
	}
}

func TestImportFile(t *testing.T) {
	in := &intake{t: t}
	server := httptest.NewServer(in)
	defer server.Close()
	name := filepath.Join(t.TempDir(), "app.log")
	if err := os.WriteFile(name, []byte(numbered(10)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, code := run(t, server.URL, "", "import", name); code != 0 || len(in.lines) != 10 {
		t.Errorf("exit %d, %d lines", code, len(in.lines))
	}
	for args, want := range map[string]string{name + ".no": "no such file", t.TempDir(): "is a folder"} {
		if c, code := run(t, server.URL, "", "import", args); code != 1 || !strings.Contains(c.err.String(), want) {
			t.Errorf("exit %d: %s", code, c.err.String())
		}
	}
}
