package audit_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"github.com/telltale-dev/telltale/observe/audit"
)

// childPath, if set, makes the test program one that appends to that file, from many goroutines, until it is killed.
const childPath = "TELLTALE_TEST_APPEND_TO"

func TestMain(m *testing.M) {
	if path := os.Getenv(childPath); path != "" {
		fmt.Fprintln(os.Stderr, appendForever(path))
		os.Exit(1)
	}
	goleak.VerifyTestMain(m)
}

// appendForever says the head of each entry once it is written, and returns why it ended.
func appendForever(path string) error {
	l, err := audit.OpenFile(path, audit.FileOptions{})
	if err != nil {
		return err
	}
	ended := make(chan error)
	for w := range 16 {
		go func() {
			for {
				e, err := l.Append(context.Background(), audit.Entry{Actor: fmt.Sprint(w), Action: "append"})
				if err != nil {
					ended <- err
				}
				fmt.Println(e.Head())
			}
		}()
	}
	return <-ended
}

func TestWhatWasConfirmedOutlivesAKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var pins []audit.Head
	for round := range 4 {
		child := exec.CommandContext(t.Context(), program)
		child.Env = append(os.Environ(), childPath+"="+path)
		child.Stderr = os.Stderr
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		said := 0
		for lines := bufio.NewScanner(out); lines.Scan(); {
			head, err := audit.ParseHead(lines.Text())
			if err != nil {
				t.Errorf("a child says %q", lines.Text())
				continue
			}
			pins = append(pins, head)
			if said++; said == 40+17*round {
				_ = child.Process.Kill() // SIGKILL
			}
		}
		_ = child.Wait() // killed
		if said < 40 {
			t.Errorf("a child confirmed %d entries only", said)
		}
		l := openFile(t, path, nil)
		if err := audit.Verify(t.Context(), l.Entries(t.Context(), 1), pins...); err != nil {
			t.Fatalf("after %d confirmed entries: %v", len(pins), err)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
}
