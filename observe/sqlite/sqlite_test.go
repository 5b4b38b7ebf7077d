package sqlite_test

import (
	"bufio"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/telltale-dev/telltale/observe/apikey"
	"github.com/telltale-dev/telltale/observe/apikey/keytest"
	"github.com/telltale-dev/telltale/observe/audit"
	"github.com/telltale-dev/telltale/observe/audit/audittest"
	"github.com/telltale-dev/telltale/observe/sqlite"
)

func open(t testing.TB, path string, o sqlite.Options) *sqlite.DB {
	t.Helper()
	db, err := sqlite.Open(t.Context(), path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// raw connects to a file as any program may.
func raw(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func TestKeyStore(t *testing.T) {
	keytest.Run(t, func(t *testing.T) apikey.Store {
		return open(t, filepath.Join(t.TempDir(), "access.db"), sqlite.Options{}).Keys()
	})
}

func TestAuditLog(t *testing.T) {
	audittest.Run(t, func(t *testing.T, c *audit.Chain) audit.Log {
		return open(t, filepath.Join(t.TempDir(), "access.db"), sqlite.Options{Chain: c}).Audit()
	})
}

func write(t testing.TB, db *sqlite.DB, n int) []audit.Head {
	t.Helper()
	var heads []audit.Head
	for i := range n {
		e, err := db.Audit().Append(t.Context(), audit.Entry{Actor: "ada", Action: fmt.Sprint(i)})
		if err != nil {
			t.Fatal(err)
		}
		heads = append(heads, e.Head())
	}
	return heads
}

func verify(t *testing.T, db *sqlite.DB, pins ...audit.Head) error {
	t.Helper()
	return audit.Verify(t.Context(), db.Audit().Entries(t.Context(), 1), pins...)
}

func TestTheAuditTableRefusesChanges(t *testing.T) {
	path := filepath.Join(t.TempDir(), "access.db")
	db := open(t, path, sqlite.Options{})
	heads := write(t, db, 3)
	other := raw(t, path)
	const values = "(seq, time, actor, action, target, request_id, ip, prev_hash, hash) VALUES "
	for _, statement := range []string{
		"UPDATE audit SET actor = 'eve' WHERE seq = 2",
		"UPDATE audit SET seq = seq + 10",
		"UPDATE OR REPLACE audit SET seq = 1 WHERE seq = 2",
		"DELETE FROM audit WHERE seq = 3",
		"DELETE FROM audit",
		"INSERT OR REPLACE INTO audit " + values + "(2, 0, 'eve', 'x', '', '', '', zeroblob(32), zeroblob(32))",
		"REPLACE INTO audit SELECT 3, time, 'eve', action, target, before, after, request_id, ip, prev_hash, hash FROM audit WHERE seq = 3",
		"INSERT INTO audit " + values + "(9, 0, 'eve', 'x', '', '', '', zeroblob(32), zeroblob(32))",
		"INSERT INTO audit " + values + "(4, 0, 'eve', 'x', '', '', '', zeroblob(32), zeroblob(32))",
		"INSERT INTO audit " + values + "(NULL, 0, 'eve', 'x', '', '', '', (SELECT hash FROM audit WHERE seq = 3), zeroblob(32))",
		"INSERT INTO audit " + values + "(3, 0, 'eve', 'x', '', '', '', zeroblob(32), zeroblob(32)) ON CONFLICT DO UPDATE SET actor = 'eve'",
	} {
		if _, err := other.ExecContext(t.Context(), statement); err == nil || !strings.Contains(err.Error(), "append-only") {
			t.Errorf("%s: %v", statement, err)
		}
	}
	if err := verify(t, db, heads...); err != nil {
		t.Error(err)
	}
}

func TestWithoutTriggersTheChainShowsIt(t *testing.T) {
	for statement, seq := range map[string]uint64{
		"UPDATE audit SET actor = 'eve' WHERE seq = 150":                  150,
		"DELETE FROM audit WHERE seq = 201":                               202,
		"DELETE FROM audit WHERE seq > 240":                               241,
		"UPDATE audit SET time = time + 1 WHERE seq = 7":                  7,
		"UPDATE audit SET hash = zeroblob(32) WHERE seq = 200":            200,
		"DELETE FROM audit":                                               250,
		"UPDATE audit SET before = 'null' WHERE seq = 3":                  3,
		"UPDATE audit SET seq = -5 WHERE seq = 1":                         2,
		"UPDATE audit SET actor = actor || char(0) || 'x' WHERE seq = 11": 11,
	} {
		t.Run(statement, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "access.db")
			db := open(t, path, sqlite.Options{})
			head := write(t, db, 250)[249]
			other := raw(t, path)
			for _, s := range []string{"DROP TRIGGER audit_no_update", "DROP TRIGGER audit_no_delete", statement} {
				if _, err := other.ExecContext(t.Context(), s); err != nil {
					t.Fatal(err)
				}
			}
			var broken *audit.Broken
			if err := verify(t, db, head); !errors.As(err, &broken) || broken.Seq != seq {
				t.Errorf("%v, want entry %d", err, seq)
			}
		})
	}
}

func TestTwoConnectionsAppendToOneChain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "access.db")
	dbs := []*sqlite.DB{open(t, path, sqlite.Options{}), open(t, path, sqlite.Options{})}
	const each = 60
	var wg sync.WaitGroup
	for n, db := range dbs {
		wg.Go(func() {
			for i := range each {
				if _, err := db.Audit().Append(t.Context(), audit.Entry{Actor: fmt.Sprint(n), Action: fmt.Sprint(i)}); err != nil {
					t.Errorf("append: %v", err)
				}
			}
		})
	}
	wg.Wait()
	for _, db := range dbs {
		if err := verify(t, db); err != nil {
			t.Error(err)
		}
		if head, err := db.Audit().Head(t.Context()); err != nil || head.Seq != 2*each {
			t.Errorf("head is %v, want entry %d: %v", head, 2*each, err)
		}
	}
}

// TestKilledProcesses kills two processes while they append to one log: what they were told is written is there.
func TestKilledProcesses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "access.db")
	open(t, path, sqlite.Options{})
	var pins []audit.Head
	var mu sync.Mutex
	for range 3 {
		var wg sync.WaitGroup
		for n := range 2 {
			child := exec.CommandContext(t.Context(), os.Args[0]) //nolint:gosec // this very program
			child.Env = append(os.Environ(), childPath+"="+path)
			child.Stderr = os.Stderr
			out, err := child.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := child.Start(); err != nil {
				t.Fatal(err)
			}
			wg.Go(func() {
				lines := bufio.NewScanner(out)
				for said := 1; lines.Scan(); said++ {
					head, err := audit.ParseHead(lines.Text())
					if err != nil {
						t.Errorf("a child says %q", lines.Text())
						continue
					}
					mu.Lock()
					pins = append(pins, head)
					mu.Unlock()
					if said == 15+10*n {
						_ = child.Process.Kill() // SIGKILL
					}
				}
				_ = child.Wait() // killed
			})
		}
		wg.Wait()
		db := open(t, path, sqlite.Options{})
		if err := verify(t, db, pins...); err != nil {
			t.Fatalf("after %d confirmed entries: %v", len(pins), err)
		}
		write(t, db, 1)
	}
	if len(pins) < 3*(15+25) {
		t.Errorf("children said %d entries only", len(pins))
	}
}

func TestARevocationReachesAnotherProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "access.db")
	one := apikey.New(open(t, path, sqlite.Options{}).Keys(), apikey.Options{})
	two := apikey.New(open(t, path, sqlite.Options{}).Keys(), apikey.Options{Remember: time.Millisecond})
	secret, key, err := one.Create(t.Context(), apikey.Grant{User: "ada"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := two.Validate(t.Context(), secret.Reveal()); err != nil {
		t.Error(err)
	}
	if err := one.Revoke(t.Context(), key.ID); err != nil {
		t.Error(err)
	}
	time.Sleep(2 * time.Millisecond)
	if _, err := two.Validate(t.Context(), secret.Reveal()); !errors.Is(err, apikey.ErrRevoked) {
		t.Errorf("revoked by another: %v", err)
	}
	for _, k := range []*apikey.Keys{one, two} {
		if err := k.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
	for _, name := range []string{path, path + "-wal"} {
		if content, err := os.ReadFile(name); err != nil || strings.Contains(string(content), secret.Reveal()) {
			t.Errorf("%s holds the key: %v", name, err)
		}
	}
}

func TestFilesArePrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "strange ?name#100%.db")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o666); err != nil { //nolint:gosec // what Open is to mend
		t.Fatal(err)
	}
	write(t, open(t, path, sqlite.Options{}), 1)
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		if stat, err := os.Stat(name); err != nil || stat.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", name, stat, err)
		}
	}
}

func TestFilesThatAreNotOurs(t *testing.T) {
	for _, test := range []struct {
		name, statement string
		want            error
	}{
		{"tables of another program", "CREATE TABLE users (id INTEGER)", sqlite.ErrForeign},
		{"a version of another program", "PRAGMA user_version = 1", sqlite.ErrForeign},
		{"a later version", "PRAGMA application_id = 0x546c7461; PRAGMA user_version = 99", sqlite.ErrLater},
	} {
		path := filepath.Join(t.TempDir(), "x.db")
		if _, err := raw(t, path).ExecContext(t.Context(), test.statement); err != nil {
			t.Fatal(err)
		}
		if _, err := sqlite.Open(t.Context(), path, sqlite.Options{}); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	path := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(path, []byte(strings.Repeat("not a database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Open(t.Context(), path, sqlite.Options{}); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("a text file: %v", err)
	}
	if _, err := sqlite.Open(t.Context(), filepath.Join(path, "x.db"), sqlite.Options{}); err == nil {
		t.Error("a file below a file is opened")
	}
}

func TestAnotherKeyIsNoticed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "access.db")
	chain, err := audit.NewChain([]byte(strings.Repeat("k", 32)))
	if err != nil {
		t.Fatal(err)
	}
	write(t, open(t, path, sqlite.Options{Chain: chain}), 2)
	db := open(t, path, sqlite.Options{})
	write(t, db, 1) // a process without the key
	var broken *audit.Broken
	if err := chain.Verify(t.Context(), db.Audit().Entries(t.Context(), 1)); !errors.As(err, &broken) || broken.Seq != 3 {
		t.Errorf("%v, want entry 3", err)
	}
}

func BenchmarkAppend(b *testing.B) {
	db := open(b, filepath.Join(b.TempDir(), "access.db"), sqlite.Options{})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := db.Audit().Append(b.Context(), audit.Entry{Actor: "ada", Action: "x"}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFind(b *testing.B) {
	s := open(b, filepath.Join(b.TempDir(), "access.db"), sqlite.Options{}).Keys()
	k := apikey.Key{ID: "key_1", Hash: apikey.Hash{1}, Created: time.Now()}
	if err := s.Add(b.Context(), k); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Find(b.Context(), k.Hash); err != nil {
			b.Fatal(err)
		}
	}
}
