// Package audittest tests an audit.Log: what its interface promises, and what a service notices of it. A log
// of one's own, wherever it keeps its entries, is right when it passes:
//
//	func TestLog(t *testing.T) {
//		audittest.Run(t, func(t *testing.T, chain *audit.Chain) audit.Log { return open(t, chain) })
//	}
package audittest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/telltale-dev/telltale/observe/audit"
)

// Run tests a log. open returns a new, empty one for each test, of the chain it is given, and closes it in t.Cleanup.
func Run(t *testing.T, open func(t *testing.T, chain *audit.Chain) audit.Log) {
	plain, err := audit.NewChain(nil)
	must(t, err)
	keyed, err := audit.NewChain(bytes.Repeat([]byte("k"), 32))
	must(t, err)
	for _, c := range []struct {
		name  string
		chain *audit.Chain
	}{{"plain", plain}, {"keyed", keyed}} {
		for _, test := range []struct {
			name string
			run  func(*testing.T, *audit.Chain, audit.Log)
		}{
			{"an empty log", empty},
			{"what is appended comes back", appended},
			{"any text and any JSON", anything},
			{"what is no entry is refused", refused},
			{"secrets are removed", secrets},
			{"reading from a number", from},
			{"concurrent appends are one chain", concurrent},
			{"a context that is over ends the work", cancelled},
		} {
			t.Run(c.name+"/"+test.name, func(t *testing.T) { test.run(t, c.chain, open(t, c.chain)) })
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// all returns the entries from a number on.
func all(t *testing.T, l audit.Log, from uint64) []audit.Entry {
	t.Helper()
	var found []audit.Entry
	for e, err := range l.Entries(t.Context(), from) {
		must(t, err)
		found = append(found, e)
	}
	return found
}

func write(t *testing.T, l audit.Log, e audit.Entry) audit.Entry {
	t.Helper()
	kept, err := l.Append(t.Context(), e)
	must(t, err)
	return kept
}

// same compares entries by their lines.
func same(t *testing.T, what string, got, want audit.Entry) {
	t.Helper()
	a, err := got.MarshalLine()
	must(t, err)
	b, err := want.MarshalLine()
	must(t, err)
	if !bytes.Equal(a, b) {
		t.Errorf("%s:\n got %s\nwant %s", what, a, b)
	}
}

func empty(t *testing.T, chain *audit.Chain, l audit.Log) {
	head, err := l.Head(t.Context())
	if err != nil || head != (audit.Head{}) {
		t.Errorf("head of an empty log: %v %v", head, err)
	}
	must(t, chain.Verify(t.Context(), l.Entries(t.Context(), 1)))
	var broken *audit.Broken
	err = chain.Verify(t.Context(), l.Entries(t.Context(), 1), audit.Head{Seq: 3, Hash: audit.Hash{1}})
	if !errors.As(err, &broken) || broken.Seq != 3 {
		t.Errorf("an empty log whose entry 3 was pinned: %v", err)
	}
}

func appended(t *testing.T, chain *audit.Chain, l audit.Log) {
	at := time.Date(2026, 11, 21, 10, 0, 0, 123456789, time.FixedZone("CET", 3600))
	a := write(t, l, audit.Entry{
		Time: at, Actor: "ada", Action: "key.revoke", Target: "key_1", Before: json.RawMessage(`{ "revoked" : false }`),
		After: json.RawMessage(`{"revoked":true}`), RequestID: "req-1", IP: "2001:db8::1",
	})
	b := write(t, l, audit.Entry{Actor: "bob", Action: "login", Seq: 99, Hash: audit.Hash{1}, PrevHash: audit.Hash{2}})
	if a.Seq != 1 || b.Seq != 2 || b.PrevHash != a.Hash || a.PrevHash != (audit.Hash{}) || !a.Time.Equal(at) {
		t.Errorf("entries are %+v and %+v", a, b)
	}
	if string(a.Before) != `{"revoked":false}` {
		t.Errorf("before is %s", a.Before)
	}
	if time.Since(b.Time).Abs() > time.Minute || b.Time.Location() != time.UTC {
		t.Errorf("time of an entry without one is %v", b.Time)
	}
	got := all(t, l, 1)
	if len(got) != 2 {
		t.Fatalf("%d entries", len(got))
	}
	same(t, "first", got[0], a)
	same(t, "second", got[1], b)
	head, err := l.Head(t.Context())
	if err != nil || head != b.Head() {
		t.Errorf("head is %v, want %v: %v", head, b.Head(), err)
	}
	must(t, chain.Verify(t.Context(), l.Entries(t.Context(), 1), a.Head(), head))
}

func anything(t *testing.T, chain *audit.Chain, l audit.Log) {
	deep := strings.Repeat("[", 5000) + strings.Repeat("]", 5000)
	for _, state := range []string{
		"", "null", "0", "1e400", `""`, `"\u2028<&>\u0000"`, "\"\u2028\u2029<&>\"", "{\"a\":1,\"a\":2}", " [ 1 ,\n2 ] ", deep,
		"\"\xff\"", `"` + strings.Repeat("x", audit.MaxState-2) + `"`,
	} {
		write(t, l, audit.Entry{Actor: "a", Action: "b", Before: json.RawMessage(state), After: json.RawMessage(state)})
	}
	for _, text := range []string{"\x00", "\xff", "<script>", "\u2028", "'; DROP TABLE audit; --", strings.Repeat("ü", audit.MaxText/2)} {
		write(t, l, audit.Entry{Actor: text, Action: text, Target: text, RequestID: text, IP: text})
	}
	must(t, chain.Verify(t.Context(), l.Entries(t.Context(), 1)))
	if n := len(all(t, l, 1)); n != 18 {
		t.Errorf("%d entries, want 18", n)
	}
}

func refused(t *testing.T, _ *audit.Chain, l audit.Log) {
	long := strings.Repeat("x", audit.MaxText+1)
	for name, e := range map[string]audit.Entry{
		"no actor":        {Action: "b"},
		"no action":       {Actor: "a"},
		"long target":     {Actor: "a", Action: "b", Target: long},
		"not JSON":        {Actor: "a", Action: "b", After: json.RawMessage("{")},
		"two values":      {Actor: "a", Action: "b", After: json.RawMessage("1 2")},
		"values of lists": {Actor: "a", Action: "b", After: json.RawMessage("1],[2")},
		"too deep":        {Actor: "a", Action: "b", After: json.RawMessage(strings.Repeat("[", 1e4) + strings.Repeat("]", 1e4))},
		"long state":      {Actor: "a", Action: "b", Before: make(json.RawMessage, audit.MaxState+1)},
		"year 1":          {Actor: "a", Action: "b", Time: time.Date(1, 2, 3, 4, 5, 6, 7, time.UTC)},
	} {
		if _, err := l.Append(t.Context(), e); !errors.Is(err, audit.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := all(t, l, 1); len(got) != 0 {
		t.Errorf("%d entries were written", len(got))
	}
}

func secrets(t *testing.T, chain *audit.Chain, l audit.Log) {
	const key = "sk-proj-1a2B3c4D5e6F7g8H9i0J"
	const password = "hunter2"
	e := write(t, l, audit.Entry{
		Actor: "ada", Action: "provider.set", Target: "https://user:" + password + "@db/",
		Before: json.RawMessage(`{"note":"ada@example.com had ` + key + `"}`),
		After:  json.RawMessage(`{"api_key":"` + key + `","pin":{"password":12345678}}`),
	})
	text, err := e.MarshalLine()
	must(t, err)
	for _, secret := range []string{key, password} {
		if bytes.Contains(text, []byte(secret)) {
			t.Errorf("%s is in %s", secret, text)
		}
	}
	if !bytes.Contains(text, []byte("ada@example.com")) {
		t.Errorf("an audit log is about persons: %s", text)
	}
	must(t, chain.Verify(t.Context(), l.Entries(t.Context(), 1)))
}

func from(t *testing.T, chain *audit.Chain, l audit.Log) {
	for n := range 5 {
		write(t, l, audit.Entry{Actor: "a", Action: fmt.Sprint(n)})
	}
	for start, want := range map[uint64]int{0: 5, 1: 5, 2: 4, 5: 1, 6: 0, 1 << 60: 0} {
		got := all(t, l, start)
		if len(got) != want || want > 0 && got[0].Seq != max(start, 1) {
			t.Errorf("from %d: %d entries, want %d", start, len(got), want)
		}
	}
	n := 0
	for _, err := range l.Entries(t.Context(), 1) {
		must(t, err)
		if n++; n == 2 {
			break
		}
	}
	pin := all(t, l, 3)[0].Head()
	must(t, chain.Verify(t.Context(), l.Entries(t.Context(), 3), pin))
	must(t, chain.Verify(t.Context(), l.Entries(t.Context(), 4), pin))
	var broken *audit.Broken
	if err := chain.Verify(t.Context(), l.Entries(t.Context(), 4)); !errors.As(err, &broken) || broken.Seq != 4 {
		t.Errorf("entries from 4 on without a pin: %v", err)
	}
}

func concurrent(t *testing.T, chain *audit.Chain, l audit.Log) {
	const writers, each = 8, 12
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for n := range each {
				if _, err := l.Append(t.Context(), audit.Entry{Actor: fmt.Sprint(w), Action: fmt.Sprint(n)}); err != nil {
					t.Errorf("append: %v", err)
				}
				if n%4 == 0 {
					if err := chain.Verify(t.Context(), l.Entries(t.Context(), 1)); err != nil {
						t.Errorf("while others append: %v", err)
					}
				}
			}
		})
	}
	wg.Wait()
	must(t, chain.Verify(t.Context(), l.Entries(t.Context(), 1)))
	seen := map[string]int{}
	for _, e := range all(t, l, 1) {
		if e.Action != fmt.Sprint(seen[e.Actor]) {
			t.Errorf("writer %s: action %s after %d", e.Actor, e.Action, seen[e.Actor])
		}
		seen[e.Actor]++
	}
	if len(seen) != writers || seen["0"] != each {
		t.Errorf("entries are lost: %v", seen)
	}
}

func cancelled(t *testing.T, _ *audit.Chain, l audit.Log) {
	write(t, l, audit.Entry{Actor: "a", Action: "b"})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.Append(ctx, audit.Entry{Actor: "a", Action: "b"}); !errors.Is(err, context.Canceled) {
		t.Errorf("append: %v", err)
	}
	var err error
	for _, err = range l.Entries(ctx, 1) {
		break
	}
	if !errors.Is(err, context.Canceled) {
		t.Errorf("entries: %v", err)
	}
	if n := len(all(t, l, 1)); n != 1 {
		t.Errorf("%d entries", n)
	}
}
