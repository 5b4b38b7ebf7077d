package audit_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/telltale-dev/telltale/observe/audit"
)

func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "audit")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "audit.jsonl")

	log, err := audit.OpenFile(path, audit.FileOptions{})
	if err != nil {
		panic(err)
	}
	defer func() { _ = log.Close() }()
	for _, action := range []string{"key.create", "key.revoke"} {
		if _, err := log.Append(ctx, audit.Entry{
			Actor: "ada", Action: action, Target: "key_1", IP: "192.0.2.7",
			After: json.RawMessage(`{"name": "ci", "password": "hunter2"}`),
		}); err != nil {
			panic(err)
		}
	}

	for e, err := range log.Entries(ctx, 1) {
		if err != nil {
			panic(err)
		}
		fmt.Println(e.Seq, e.Actor, e.Action, e.Target, string(e.After))
	}
	fmt.Println(audit.Verify(ctx, log.Entries(ctx, 1)))
	// Output:
	// 1 ada key.create key_1 {"name":"ci","password":"[redacted:secret]"}
	// 2 ada key.revoke key_1 {"name":"ci","password":"[redacted:secret]"}
	// <nil>
}

func ExampleVerify() {
	ctx := context.Background()
	log := audit.NewMemory(nil)
	for _, action := range []string{"login", "key.create", "logout"} {
		if _, err := log.Append(ctx, audit.Entry{Actor: "ada", Action: action}); err != nil {
			panic(err)
		}
	}
	// Somebody gets at what is stored.
	changed := func(yield func(audit.Entry, error) bool) {
		for e, err := range log.Entries(ctx, 1) {
			if e.Seq == 2 {
				e.Actor = "bob"
			}
			if !yield(e, err) {
				return
			}
		}
	}
	err := audit.Verify(ctx, changed)
	var broken *audit.Broken
	fmt.Println(errors.As(err, &broken), err)
	// Output: true audit: entry 2: its hash is not that of what it says
}

func ExampleChain_Verify() {
	ctx := context.Background()
	chain, err := audit.NewChain([]byte("32 random bytes from a safe place"))
	if err != nil {
		panic(err)
	}
	log := audit.NewMemory(chain)
	_, _ = log.Append(ctx, audit.Entry{Actor: "ada", Action: "login"})
	pin, _ := log.Head(ctx) // kept somewhere else

	cut := audit.NewMemory(chain) // the log, without its end
	fmt.Println(chain.Verify(ctx, log.Entries(ctx, 1), pin))
	fmt.Println(chain.Verify(ctx, cut.Entries(ctx, 1), pin))
	// Output:
	// <nil>
	// audit: entry 1: the log has no entries, and this one was pinned
}

func ExampleParseHead() {
	head := audit.Head{Seq: 7, Hash: audit.Hash{0xab}}
	again, err := audit.ParseHead(head.String())
	fmt.Println(again == head, err)
	// Output: true <nil>
}
