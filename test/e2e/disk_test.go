//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/telltale-dev/telltale/test/harness"
)

// mount makes a file system in memory of its own, as small as a test wants it.
func mount(t *testing.T, flags uintptr, options string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", flags, options); err != nil {
		t.Fatalf("mount a tmpfs, which this test needs root for: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Errorf("unmount %s: %v", dir, err)
		}
	})
	return dir
}

// fill takes space on a disk until so many bytes are left, and returns how to give it back.
func fill(t *testing.T, dir string, left int64) (free func()) {
	t.Helper()
	name := filepath.Join(dir, "ballast")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	block := make([]byte, 1<<20)
	for err == nil {
		var st syscall.Statfs_t
		if err := syscall.Statfs(dir, &st); err != nil {
			t.Fatal(err)
		}
		if int64(st.Bavail)*st.Bsize <= left {
			break
		}
		_, err = f.Write(block)
	}
	if err != nil && !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := os.Remove(name); err != nil {
			t.Error(err)
		}
	}
}

// readiness returns the status of /readyz and what it says of the store.
func readiness(t *testing.T, p *harness.Process) (int, string) {
	t.Helper()
	resp, err := http.Get(p.HTTP + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // nothing was written to it
	var answer struct{ Checks map[string]string }
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, answer.Checks["store"]
}

func TestFullDisk(t *testing.T) {
	disk := mount(t, 0, "size=320m")
	p := harness.Start(t, harness.Options{Data: filepath.Join(disk, "data"), Env: harness.ProvidersAt(harness.StartMock(t))})
	l := &ledger{acked: map[string]bool{}}
	next := 0
	load := func(batches int) (refused int) {
		for range batches {
			for _, b := range []batch{spanBatch(next), logBatch(next)} {
				resp := export(t, p, b)
				switch resp.StatusCode {
				case http.StatusOK:
					for _, id := range b.ids {
						l.acked[id] = true
					}
				case http.StatusServiceUnavailable:
					refused++
					if resp.Header.Get("Retry-After") == "" || !strings.Contains(resp.Body, "cannot") && !strings.Contains(resp.Body, "disk") {
						t.Fatalf("refused with %v and %q", resp.Header, resp.Body)
					}
				default:
					t.Fatalf("%s: %s", resp.Status, resp.Body)
				}
			}
			next += 20
		}
		return refused
	}
	if load(100) > 0 {
		t.Fatal("refused while there is room")
	}
	for name, left := range map[string]int64{"to the last byte": 0, "nearly": 40 << 20} {
		free := fill(t, disk, left)
		harness.Eventually(t, time.Minute, func() string {
			if code, store := readiness(t, p); code != http.StatusServiceUnavailable || !strings.Contains(store, "MB are free") && !strings.Contains(store, "no space left") {
				load(1)
				return harness.Errorf("%s full: /readyz answers %d, %q", name, code, store)
			}
			return ""
		})
		if load(20) != 40 {
			t.Errorf("%s full: not all was refused", name)
		}
		checkOnce(t, p, l.acked) // reads go on
		if out, err := p.CLI(t, "status"); err == nil || !strings.Contains(out, "read only") {
			t.Errorf("telltale status: %v\n%s", err, out)
		}
		resp := post(t, p.HTTP+"/openai/v1/chat/completions", `{"model":"gpt-4o-mini","messages":[{"role":"user","content":"hi"}]}`)
		if resp.StatusCode != http.StatusOK {
			t.Errorf("%s full: a call through the gateway is answered %s", name, resp.Status)
		}
		free()
		harness.Eventually(t, time.Minute, func() string {
			code, store := readiness(t, p)
			if code != http.StatusOK {
				return harness.Errorf("there is room again, and /readyz answers %d, %q", code, store)
			}
			return ""
		})
		if load(20) > 0 {
			t.Errorf("refused after there was room again")
		}
	}
	checkOnce(t, p, l.acked)
	checkBooks(t, p)
	p.Kill()
	p = harness.Start(t, harness.Options{Data: p.Data})
	checkOnce(t, p, l.acked)
	checkBooks(t, p)
}

func TestUnwritableFolderIsRefused(t *testing.T) {
	readOnly := mount(t, syscall.MS_RDONLY, "size=1m")
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct{ data, want string }{
		"read-only disk": {filepath.Join(readOnly, "data"), "read-only file system"},
		"existing":       {readOnly, "read-only file system"},
		"a file":         {file, "not a directory"},
	} {
		p := harness.Start(t, harness.Options{Data: tc.data, MayFail: true})
		if !p.Exited() || p.Cmd.ProcessState.ExitCode() == 0 {
			t.Errorf("%s: the server runs", name)
		}
		out := p.Output.String()
		if !strings.Contains(out, tc.want) || !strings.Contains(out, tc.data) || strings.Contains(out, "goroutine") {
			t.Errorf("%s: the message does not say what is wrong and where: %s", name, out)
		}
	}
}

// A damaged file is set aside and said so; everything else is served, and the books show what is lost.
func TestDamagedPartIsSetAside(t *testing.T) {
	withinAnHour(t, time.Minute)
	for name, harm := range map[string]func(b []byte) []byte{
		"flipped": func(b []byte) []byte {
			for i := len(b) / 4; i < len(b)/2; i += 64 {
				b[i] ^= 0x55
			}
			return b
		},
		"cut":   func(b []byte) []byte { return b[:len(b)/2] },
		"empty": func([]byte) []byte { return nil },
		"gone":  nil,
	} {
		t.Run(name, func(t *testing.T) {
			data := t.TempDir()
			acked := [2]map[string]bool{}
			for i := range acked { // two parts of 5,000 spans
				p := harness.Start(t, harness.Options{Data: data})
				acked[i] = map[string]bool{}
				for n := range 250 {
					b := spanBatch((i*250 + n) * 20)
					if resp := export(t, p, b); resp.StatusCode != http.StatusOK {
						t.Fatalf("%s: %s", resp.Status, resp.Body)
					}
					for _, id := range b.ids {
						acked[i][id] = true
					}
				}
				if code := p.Signal(t, syscall.SIGTERM, time.Minute); code != 0 {
					t.Fatalf("exit code %d", code)
				}
			}
			parts, err := filepath.Glob(filepath.Join(data, "parts", "*.parquet"))
			if err != nil || len(parts) != 2 {
				t.Fatalf("parts %v, %v", parts, err)
			}
			hurt(t, parts[0], harm)

			p := harness.Start(t, harness.Options{Data: data})
			harness.Eventually(t, time.Minute, func() string {
				_ = readable(t, p) // damage inside a page is met by who reads it
				if _, store := readiness(t, p); !strings.Contains(store, filepath.Base(parts[0])) {
					return harness.Errorf("/readyz says %q", store)
				}
				return ""
			})
			checkOnce(t, p, acked[1])
			b := checkBooks(t, p).Books
			if b.Quarantined != int64(len(acked[0])) || b.Stored != int64(len(acked[1])) || b.Accepted != b.Stored+b.Quarantined {
				t.Errorf("books: %+v", b)
			}
			out, err := p.CLI(t, "status")
			if !strings.Contains(out, filepath.Base(parts[0])) {
				t.Errorf("telltale status: %v\n%s", err, out)
			}
			more := spanBatch(1_000_000)
			if resp := export(t, p, more); resp.StatusCode != http.StatusOK {
				t.Errorf("new spans are refused: %s %s", resp.Status, resp.Body)
			}
		})
	}
}

// withinAnHour waits for the next hour where this one is over in less than that: what is stored is merged then.
func withinAnHour(t *testing.T, takes time.Duration) {
	t.Helper()
	if left := time.Until(time.Now().Truncate(time.Hour).Add(time.Hour)); left < takes {
		t.Logf("waiting %v for the next hour", left)
		time.Sleep(left + time.Second)
	}
}

// hurt replaces a file by what harm makes of it, or removes it.
func hurt(t *testing.T, name string, harm func([]byte) []byte) {
	t.Helper()
	if harm == nil {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
		return
	}
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	was := bytes.Clone(b)
	if b = harm(b); bytes.Equal(b, was) {
		t.Fatal("the file is as it was")
	}
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// readable counts the spans that a query over everything returns.
func readable(t *testing.T, p *harness.Process) int {
	t.Helper()
	n, cursor := 0, ""
	for {
		var page struct {
			Spans []struct{ Name string }
			Next  string `json:"next_cursor"`
		}
		q := url.Values{"limit": {"1000"}}
		if cursor != "" {
			q.Set("cursor", cursor)
		}
		resp, err := http.Get(p.HTTP + "/api/v1/spans?" + q.Encode())
		if err != nil {
			t.Fatalf("%v\n%s", err, p.Output)
		}
		err = json.NewDecoder(resp.Body).Decode(&page)
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusOK { // an error is honest; an empty answer is not
			return -1
		}
		if err != nil {
			t.Fatal(fmt.Errorf("read spans: %w", err))
		}
		n += len(page.Spans)
		if cursor = page.Next; cursor == "" {
			return n
		}
	}
}
