package audit_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/telltale-dev/telltale/observe/audit"
)

func ExampleNewMemory() {
	var log audit.Log = audit.NewMemory(nil) // for tests; OpenFile and package sqlite keep theirs
	head, err := log.Head(context.Background())
	fmt.Println(head.Seq, err)
	// Output: 0 <nil>
}

func ExampleMemory_Append() {
	log := audit.NewMemory(nil)
	e, err := log.Append(context.Background(), audit.Entry{Actor: "ada", Action: "login"})
	fmt.Println(e.Seq, e.Actor, e.Action, err)
	_, err = log.Append(context.Background(), audit.Entry{Actor: "ada"}) // did what?
	fmt.Println(errors.Is(err, audit.ErrInvalid))
	// Output:
	// 1 ada login <nil>
	// true
}

func ExampleMemory_Entries() {
	ctx := context.Background()
	log := audit.NewMemory(nil)
	for _, action := range []string{"login", "key.create", "logout"} {
		_, _ = log.Append(ctx, audit.Entry{Actor: "ada", Action: action})
	}
	for e, err := range log.Entries(ctx, 2) {
		fmt.Println(e.Seq, e.Action, err)
	}
	// Output:
	// 2 key.create <nil>
	// 3 logout <nil>
}

func ExampleMemory_Head() {
	ctx := context.Background()
	log := audit.NewMemory(nil)
	e, _ := log.Append(ctx, audit.Entry{Actor: "ada", Action: "login"})
	head, err := log.Head(ctx)
	fmt.Println(head == e.Head(), err)
	// Output: true <nil>
}

// inFile makes a log in a new directory, which done removes.
func inFile() (log *audit.File, path string, done func()) {
	dir, err := os.MkdirTemp("", "audit")
	if err != nil {
		panic(err)
	}
	path = filepath.Join(dir, "audit.jsonl")
	if log, err = audit.OpenFile(path, audit.FileOptions{}); err != nil {
		panic(err)
	}
	return log, path, func() {
		_ = log.Close()
		_ = os.RemoveAll(dir)
	}
}

func ExampleOpenFile() {
	log, path, done := inFile()
	defer done()
	_, _ = log.Append(context.Background(), audit.Entry{Actor: "ada", Action: "login"})
	_ = log.Close()

	again, err := audit.OpenFile(path, audit.FileOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = again.Close() }()
	e, _ := again.Append(context.Background(), audit.Entry{Actor: "ada", Action: "logout"})
	fmt.Println(e.Seq)
	// Output: 2
}

func ExampleFile_Append() {
	log, _, done := inFile()
	defer done()
	e, err := log.Append(context.Background(), audit.Entry{
		Actor: "ada", Action: "plan.change", Target: "acme",
		Before: json.RawMessage(`{"plan":"free"}`), After: json.RawMessage(`{"plan":"pro"}`),
	})
	fmt.Println(e.Seq, string(e.Before), string(e.After), err) // on disk now
	// Output: 1 {"plan":"free"} {"plan":"pro"} <nil>
}

func ExampleFile_Close() {
	log, _, done := inFile()
	defer done()
	fmt.Println(log.Close())
	_, err := log.Append(context.Background(), audit.Entry{Actor: "ada", Action: "login"})
	fmt.Println(errors.Is(err, audit.ErrClosed))
	// Output:
	// <nil>
	// true
}

func ExampleFile_Head() {
	log, _, done := inFile()
	defer done()
	_, _ = log.Append(context.Background(), audit.Entry{Actor: "ada", Action: "login"})
	pin, err := log.Head(context.Background()) // to be kept somewhere else, see Chain.Verify
	fmt.Println(pin.Seq, err)
	// Output: 1 <nil>
}

func ExampleRead() {
	log, path, done := inFile()
	defer done()
	_, _ = log.Append(context.Background(), audit.Entry{Actor: "ada", Action: "login"})

	backup, err := os.ReadFile(path)
	if err != nil {
		panic(err)
	}
	fmt.Println(audit.Verify(context.Background(), audit.Read(bytes.NewReader(backup))))
	// Output: <nil>
}

func ExampleNewChain() {
	_, err := audit.NewChain([]byte("short"))
	fmt.Println(err)
	// Output: audit: key has 5 bytes, at least 16 are needed
}

// A Log of one's own prepares an entry, and links it to the head while nobody else appends.
func ExampleChain() {
	chain, err := audit.NewChain(nil)
	if err != nil {
		panic(err)
	}
	e, err := chain.Prepare(context.Background(), audit.Entry{
		Time: time.Date(2026, 3, 14, 0, 0, 0, 0, time.UTC), Actor: "ada", Action: "login",
	})
	if err != nil {
		panic(err)
	}
	first := chain.Link(audit.Head{}, e)
	second := chain.Link(first.Head(), e)
	fmt.Println(second.Seq, second.PrevHash == first.Hash, second.Hash == chain.Sum(&second))
	// Output: 2 true true
}

func ExampleEntry_MarshalLine() {
	e := audit.Entry{Seq: 1, Actor: "ada", Action: "login"}
	line, err := e.MarshalLine()
	if err != nil {
		panic(err)
	}
	var again audit.Entry
	fmt.Println(again.UnmarshalLine(line), again.Actor, again.Action)
	// Output: <nil> ada login
}

func ExampleEntry_UnmarshalLine() {
	var e audit.Entry
	fmt.Println(e.UnmarshalLine([]byte(`{"seq": 1}`))) // not how MarshalLine writes it
	// Output: audit: decode entry: not as it was written
}

func ExampleHead_String() {
	fmt.Println(audit.Head{Seq: 7, Hash: audit.Hash{0xab}}.String()[:8])
	// Output: 7:ab0000
}

func ExampleBroken() {
	entries := audit.Read(bytes.NewReader([]byte("not an entry\n")))
	var broken *audit.Broken
	if errors.As(audit.Verify(context.Background(), entries), &broken) {
		fmt.Println("the first that is not as it was written:", broken.Seq)
	}
	// Output: the first that is not as it was written: 1
}

// What is too long is refused, not cut: an audit log says all or nothing.
func ExampleMemory_Append_tooLong() {
	log := audit.NewMemory(nil)
	_, err := log.Append(context.Background(), audit.Entry{
		Actor: "ada", Action: "prompt.change",
		Before: json.RawMessage(`"be brief"`), After: json.RawMessage(`"` + strings.Repeat("very ", audit.MaxState/5) + `brief"`),
	})
	fmt.Println(err)
	// Output: not an audit entry: after: 262147 bytes, 262144 are allowed
}

// A key makes the hashes ones that nobody can compute anew who gets at the log alone.
func ExampleNewChain_key() {
	key := make([]byte, 2*audit.MinKey) // kept apart from the log
	_, _ = rand.Read(key)
	chain, err := audit.NewChain(key)
	if err != nil {
		fmt.Println(err)
		return
	}
	log := audit.NewMemory(chain)
	_, _ = log.Append(context.Background(), audit.Entry{Actor: "ada", Action: "login"})

	entries := log.Entries(context.Background(), 1)
	fmt.Println("with the key:", chain.Verify(context.Background(), entries))
	fmt.Println("without:", audit.Verify(context.Background(), entries) != nil)
	// Output:
	// with the key: <nil>
	// without: true
}

// The power fails in the middle of an entry, which was therefore not confirmed to anyone.
func ExampleOpenFile_torn() {
	log, path, done := inFile()
	defer done()
	_, _ = log.Append(context.Background(), audit.Entry{Actor: "ada", Action: "login"})
	_ = log.Close()
	whole, _ := os.ReadFile(path)
	_ = os.WriteFile(path, append(whole, `{"seq":2,"ti`...), 0o600)

	again, err := audit.OpenFile(path, audit.FileOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = again.Close() }()
	for e, err := range again.Entries(context.Background(), 2) {
		fmt.Println(e.Seq, e.Actor, e.Action == audit.ActionRecovered, err)
	}
	torn, _ := os.ReadFile(path + ".torn")
	fmt.Printf("%s", torn)
	// Output:
	// 2 audit true <nil>
	// {"seq":2,"ti
}
