package audit_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telltale-dev/telltale/observe/audit"
	"github.com/telltale-dev/telltale/observe/audit/audittest"
	"github.com/telltale-dev/telltale/observe/internal/scope"
)

func TestMemory(t *testing.T) {
	audittest.Run(t, func(_ *testing.T, c *audit.Chain) audit.Log { return audit.NewMemory(c) })
}

func TestFile(t *testing.T) {
	audittest.Run(t, func(t *testing.T, c *audit.Chain) audit.Log {
		return openFile(t, filepath.Join(t.TempDir(), "audit.jsonl"), c)
	})
}

func openFile(t *testing.T, path string, c *audit.Chain) *audit.File {
	t.Helper()
	l, err := audit.OpenFile(path, audit.FileOptions{Chain: c})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// chain returns n entries.
func chain(t testing.TB, c *audit.Chain, n int) []audit.Entry {
	t.Helper()
	l := audit.NewMemory(c)
	var entries []audit.Entry
	for i := range n {
		e, err := l.Append(t.Context(), audit.Entry{
			Time: time.Unix(int64(i), 5), Actor: "ada", Action: fmt.Sprintf("step-%d", i), After: json.RawMessage(`{"n":1}`),
		})
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, e)
	}
	return entries
}

func seq(entries []audit.Entry) iter.Seq2[audit.Entry, error] {
	return func(yield func(audit.Entry, error) bool) {
		for _, e := range entries {
			if !yield(e, nil) {
				return
			}
		}
	}
}

func keyed(t testing.TB, key string) *audit.Chain {
	t.Helper()
	c, err := audit.NewChain([]byte(key))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestVerifyNamesTheFirstBrokenEntry(t *testing.T) {
	plain, secret := &audit.Chain{}, keyed(t, strings.Repeat("s", 32))
	// relink writes the chain anew from an index on, as one does who knows how but not the key.
	relink := func(e []audit.Entry, from int) []audit.Entry {
		for i := from; i < len(e); i++ {
			e[i] = plain.Link(e[i-1].Head(), e[i])
		}
		return e
	}
	for _, test := range []struct {
		name   string
		keyed  bool
		change func(e []audit.Entry) []audit.Entry
		pins   []int // numbers of entries, as they were
		broken uint64
		reason string
	}{
		{name: "whole", pins: []int{10, 1, 5}},
		{name: "actor changed", change: func(e []audit.Entry) []audit.Entry { e[3].Actor = "eve"; return e }, broken: 4, reason: "its hash"},
		{name: "time changed", change: func(e []audit.Entry) []audit.Entry { e[3].Time = e[3].Time.Add(1); return e }, broken: 4, reason: "its hash"},
		{name: "text moved between fields", change: func(e []audit.Entry) []audit.Entry {
			e[3].Actor, e[3].Action = "adas", strings.TrimPrefix(e[3].Action, "s")
			return e
		}, broken: 4, reason: "its hash"},
		{name: "changed with its hash", change: func(e []audit.Entry) []audit.Entry {
			e[3].Actor = "eve"
			e[3].Hash = plain.Sum(&e[3])
			return e
		}, broken: 5, reason: "does not follow entry 4"},
		{name: "left out", change: func(e []audit.Entry) []audit.Entry { return append(e[:3], e[4:]...) }, broken: 5, reason: "entry 4 before it is missing"},
		{name: "many left out", change: func(e []audit.Entry) []audit.Entry { return append(e[:3], e[6:]...) }, broken: 7, reason: "entries 4 to 6"},
		{name: "beginning cut", change: func(e []audit.Entry) []audit.Entry { return e[2:] }, broken: 3, reason: "entries 1 to 2"},
		{name: "twice", change: func(e []audit.Entry) []audit.Entry { return append(e[:4:4], e[3:]...) }, broken: 4, reason: "stands after entry 4"},
		{name: "changed places", change: func(e []audit.Entry) []audit.Entry { e[3], e[4] = e[4], e[3]; return e }, broken: 5, reason: "entry 4 before it"},
		{name: "tail cut", change: func(e []audit.Entry) []audit.Entry { return e[:7] }},
		{name: "tail cut, pinned", change: func(e []audit.Entry) []audit.Entry { return e[:7] }, pins: []int{3, 10}, broken: 8, reason: "entry 10 was pinned"},
		{name: "all cut, pinned", change: func(e []audit.Entry) []audit.Entry { return e[:0] }, pins: []int{10}, broken: 10, reason: "no entries"},
		{name: "tail written anew", change: func(e []audit.Entry) []audit.Entry { e[5].Actor = "eve"; return relink(e, 5) }},
		{name: "tail written anew, pinned", change: func(e []audit.Entry) []audit.Entry { e[5].Actor = "eve"; return relink(e, 5) }, pins: []int{4, 8}, broken: 8, reason: "pinned"},
		{name: "keyed, whole", keyed: true},
		{name: "keyed, tail written anew", keyed: true, change: func(e []audit.Entry) []audit.Entry { e[5].Actor = "eve"; return relink(e, 5) }, broken: 6, reason: "its hash"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := plain
			if test.keyed {
				c = secret
			}
			entries := chain(t, c, 10)
			var pins []audit.Head
			for _, n := range test.pins {
				pins = append(pins, entries[n-1].Head())
			}
			if test.change != nil {
				entries = test.change(entries)
			}
			err := c.Verify(t.Context(), seq(entries), pins...)
			var broken *audit.Broken
			switch errors.As(err, &broken); {
			case test.broken == 0 && err != nil:
				t.Errorf("%v, want none", err)
			case test.broken != 0 && (broken == nil || broken.Seq != test.broken || !strings.Contains(broken.Reason, test.reason)):
				t.Errorf("%v, want entry %d: %s", err, test.broken, test.reason)
			}
		})
	}
	if err := audit.Verify(t.Context(), seq(chain(t, secret, 3))); err == nil {
		t.Error("a keyed chain passes without its key")
	}
	if _, err := audit.NewChain([]byte("short")); err == nil {
		t.Error("a short key is taken")
	}
}

// TestTheHashIsAsDocumented makes the bytes anew from the package's documentation.
func TestTheHashIsAsDocumented(t *testing.T) {
	at := time.Date(2026, 11, 21, 10, 0, 0, 1, time.UTC)
	e, err := audit.NewMemory(nil).Append(t.Context(), audit.Entry{
		Time: at, Actor: "ada", Action: "x", Target: "", After: json.RawMessage(`{ "a": 1 }`), IP: "::1",
	})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	b.WriteString("telltale/audit/1\n")
	for _, n := range []uint64{1, uint64(at.UnixNano())} {
		_ = binary.Write(&b, binary.BigEndian, n)
	}
	for _, s := range []string{"ada", "x", "", "", `{"a":1}`, "", "::1"} {
		_ = binary.Write(&b, binary.BigEndian, uint32(len(s)))
		b.WriteString(s)
	}
	b.Write(make([]byte, 32))
	if want := audit.Hash(sha256.Sum256(b.Bytes())); e.Hash != want {
		t.Errorf("hash %v, want %v", e.Hash, want)
	}
}

func TestTheContextSaysWhoAndWhich(t *testing.T) {
	ctx := scope.New(t.Context(), nil, &scope.Identity{RequestID: "req-7", User: "ada", Key: "key_1"})
	l := audit.NewMemory(nil)
	e, err := l.Append(ctx, audit.Entry{Action: "x"})
	if err != nil || e.Actor != "ada" || e.RequestID != "req-7" {
		t.Errorf("%+v %v", e, err)
	}
	e, err = l.Append(ctx, audit.Entry{Actor: "root", Action: "x", RequestID: "own"})
	if err != nil || e.Actor != "root" || e.RequestID != "own" {
		t.Errorf("what is given stays: %+v %v", e, err)
	}
}

func TestAFileLivesOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	var heads []audit.Head
	for range 3 {
		l := openFile(t, path, nil)
		if _, err := audit.OpenFile(path, audit.FileOptions{}); !errors.Is(err, audit.ErrLocked) {
			t.Errorf("open twice: %v", err)
		}
		e, err := l.Append(t.Context(), audit.Entry{Actor: "ada", Action: "start"})
		if err != nil {
			t.Fatal(err)
		}
		heads = append(heads, e.Head())
		for range 2 {
			if err := l.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
		}
		if _, err := l.Append(t.Context(), audit.Entry{Actor: "ada", Action: "late"}); !errors.Is(err, audit.ErrClosed) {
			t.Errorf("append to a closed log: %v", err)
		}
	}
	if err := audit.Verify(t.Context(), openFile(t, path, nil).Entries(t.Context(), 1), heads...); err != nil {
		t.Error(err)
	}
	if stat, err := os.Stat(path); err != nil || stat.Mode().Perm() != 0o600 {
		t.Errorf("mode %v: %v", stat.Mode(), err)
	}
}

// TestTornLines cuts a log at every byte of its last two lines, as a failing machine may.
func TestTornLines(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "whole")
	l := openFile(t, path, nil)
	for range 3 {
		if _, err := l.Append(t.Context(), audit.Entry{Actor: "ada", Action: "deed"}); err != nil {
			t.Fatal(err)
		}
	}
	_ = l.Close()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(whole, []byte("\n"))
	for cut := len(lines[0]); cut < len(whole); cut += 7 {
		path := filepath.Join(dir, fmt.Sprint(cut))
		if err := os.WriteFile(path, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		full := bytes.Count(whole[:cut], []byte("\n"))
		torn := whole[bytes.LastIndexByte(whole[:cut], '\n')+1 : cut]

		var broken *audit.Broken
		if err := audit.Verify(t.Context(), audit.Read(bytes.NewReader(whole[:cut]))); len(torn) > 0 &&
			(!errors.As(err, &broken) || broken.Seq != uint64(full+1) || !strings.Contains(broken.Reason, "torn")) {
			t.Errorf("cut at %d, read as it is: %v", cut, err)
		}
		l := openFile(t, path, nil)
		var actions []string
		for e, err := range l.Entries(t.Context(), 1) {
			if err != nil {
				t.Fatal(err)
			}
			actions = append(actions, e.Action)
		}
		want := []string{"deed", "deed", "deed"}[:full]
		if len(torn) > 0 {
			want = append(want, audit.ActionRecovered)
			if kept, err := os.ReadFile(path + ".torn"); err != nil || !bytes.Equal(kept, append(bytes.Clone(torn), '\n')) {
				t.Errorf("cut at %d: set aside %q, want %q: %v", cut, kept, torn, err)
			}
		}
		if diff := cmp.Diff(want, actions); diff != "" {
			t.Errorf("cut at %d: %s", cut, diff)
		}
		if _, err := l.Append(t.Context(), audit.Entry{Actor: "ada", Action: "next"}); err != nil {
			t.Error(err)
		}
		if err := audit.Verify(t.Context(), l.Entries(t.Context(), 1)); err != nil {
			t.Errorf("cut at %d: %v", cut, err)
		}
		_ = l.Close()
	}
}

func TestAFileThatWasChanged(t *testing.T) {
	var lines [][]byte
	for _, e := range chain(t, nil, 3) {
		line, err := e.MarshalLine()
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line)
	}
	whole := string(bytes.Join(lines, nil))
	for _, test := range []struct {
		name, text string
		opens      bool // the end of it is right
		broken     uint64
	}{
		{"a field more in the middle", strings.Replace(whole, `"seq":2,`, `"seq":2,"x":1,`, 1), true, 2},
		{"a field twice", strings.Replace(whole, `{"seq":2,`, `{"seq":2,"actor":"eve",`, 1), true, 2},
		{"space in a line", strings.Replace(whole, `{"seq":2,`, `{"seq": 2,`, 1), true, 2},
		{"an empty line", strings.Replace(whole, "\n", "\n\n", 1), true, 2},
		{"the last entry changed", whole[:len(whole)-5] + `0"}` + "\n", false, 3},
		{"not a log", "hello\n", false, 1},
		{"zeros", strings.Repeat("\x00", 5000) + "\n", false, 1},
		{"a line without end", strings.Repeat("x", 5<<20), false, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "audit.jsonl")
			if err := os.WriteFile(path, []byte(test.text), 0o600); err != nil {
				t.Fatal(err)
			}
			l, err := audit.OpenFile(path, audit.FileOptions{})
			if (err == nil) != test.opens {
				t.Errorf("open: %v", err)
			}
			if err == nil {
				defer l.Close() //nolint:errcheck // nothing was written
			}
			var broken *audit.Broken
			err = audit.Verify(t.Context(), audit.Read(strings.NewReader(test.text)))
			if !errors.As(err, &broken) || broken.Seq != test.broken {
				t.Errorf("verify: %v, want entry %d", err, test.broken)
			}
			if after, err := os.ReadFile(path); err != nil || string(after) != test.text {
				t.Errorf("the file was changed: %v", err)
			}
		})
	}
}

func TestHeadsArePinnedAsText(t *testing.T) {
	want := chain(t, nil, 3)[2].Head()
	got, err := audit.ParseHead(want.String())
	if err != nil || got != want {
		t.Errorf("%v became %v: %v", want, got, err)
	}
	for _, bad := range []string{"", "3", ":", "3:", "x:" + want.Hash.String(), "03:" + want.Hash.String(), "-3:" + want.Hash.String(), want.String() + "0"} {
		if h, err := audit.ParseHead(bad); err == nil {
			t.Errorf("%q is head %v", bad, h)
		}
	}
}

func FuzzUnmarshalLine(f *testing.F) {
	for _, e := range chain(f, nil, 3) {
		line, err := e.MarshalLine()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(line)
	}
	f.Add([]byte(`{"seq":1,"time":"0001-01-01T00:00:00Z","actor":"","action":"","before":null}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		var e audit.Entry
		if e.UnmarshalLine(line) != nil {
			return
		}
		again, err := e.MarshalLine()
		if err != nil || !bytes.Equal(bytes.TrimSuffix(again, []byte("\n")), bytes.TrimSuffix(line, []byte("\n"))) {
			t.Errorf("%q is also %q: %v", line, again, err)
		}
		(&audit.Chain{}).Sum(&e)
	})
}

func FuzzAppend(f *testing.F) {
	f.Add("ada", "key.revoke", "\xff", []byte(`{"a": "<\u2028>"}`))
	f.Add("\x00", "x", "[redacted:secret]", []byte(`"password=hunter2"`))
	f.Add("a", "b", "sk-proj-1a2B3c4D5e6F7g8H", []byte(`{"token": 1e5, "password": 12345678}`))
	f.Fuzz(func(t *testing.T, actor, action, target string, state []byte) {
		e, err := audit.NewMemory(nil).Append(t.Context(), audit.Entry{
			Actor: actor, Action: action, Target: target, IP: target, RequestID: actor, Before: state, After: state,
		})
		if err != nil {
			if !errors.Is(err, audit.ErrInvalid) {
				t.Error(err)
			}
			return
		}
		line, err := e.MarshalLine()
		if err != nil {
			t.Fatal(err)
		}
		if err := audit.Verify(context.Background(), audit.Read(bytes.NewReader(line))); err != nil {
			t.Errorf("what was appended does not verify: %v\n%q", err, line)
		}
	})
}

func FuzzParseHead(f *testing.F) {
	f.Add(audit.Head{Seq: 3, Hash: audit.Hash{1}}.String())
	f.Fuzz(func(t *testing.T, text string) {
		if h, err := audit.ParseHead(text); err == nil && !strings.EqualFold(h.String(), text) {
			t.Errorf("%q became %v", text, h)
		}
	})
}

func BenchmarkAppend(b *testing.B) {
	l := audit.NewMemory(nil)
	e := audit.Entry{Actor: "ada", Action: "key.revoke", Target: "key_1", After: json.RawMessage(`{"revoked":true}`)}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := l.Append(b.Context(), e); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	entries := chain(b, nil, 1000)
	b.ReportAllocs()
	for b.Loop() {
		if err := audit.Verify(b.Context(), seq(entries)); err != nil {
			b.Fatal(err)
		}
	}
}
