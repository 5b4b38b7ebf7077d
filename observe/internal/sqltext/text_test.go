package sqltext_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/telltale-dev/telltale/observe/internal/sqltext"
)

func TestParse(t *testing.T) {
	for _, c := range []struct{ system, query, text, summary string }{
		{"postgresql", "SELECT * FROM users WHERE name = 'O''Brien' AND age > 41", "SELECT * FROM users WHERE name = ? AND age > ?", "SELECT users"},
		{"postgresql", "select id\n  from public.orders o -- who's\n where id = $1", "select id from public.orders o where id = $1", "SELECT public.orders"},
		{"postgresql", `SELECT "a b" FROM "song list", x WHERE y = E'it\'s'`, `SELECT "a b" FROM "song list", x WHERE y = E?`, `SELECT "song list" x`},
		{"postgresql", `SELECT 'c:\' || secret, 'x'`, `SELECT ? || secret, ?`, "SELECT"},
		{"postgresql", "SELECT $tag$ it's $$ $tag$, $1::text, -1.5e-3", "SELECT ?, $1::text, -?", "SELECT"},
		{"postgresql", "/* a /* nested ' */ */SELECT 1", "SELECT ?", "SELECT"},
		{
			"postgresql", "INSERT INTO a.b (x) SELECT y FROM c JOIN d ON c.i = d.i ON CONFLICT DO UPDATE SET x = 2",
			"INSERT INTO a.b (x) SELECT y FROM c JOIN d ON c.i = d.i ON CONFLICT DO UPDATE SET x = ?", "INSERT a.b SELECT c d",
		},
		{"postgresql", "WITH gone AS (DELETE FROM carts RETURNING id) UPDATE orders SET n = 1", "WITH gone AS (DELETE FROM carts RETURNING id) UPDATE orders SET n = ?", "DELETE carts UPDATE orders"},
		{"postgresql", "SELECT EXTRACT(year FROM at) FROM t WHERE a IS DISTINCT FROM b FOR UPDATE", "SELECT EXTRACT(year FROM at) FROM t WHERE a IS DISTINCT FROM b FOR UPDATE", "SELECT t"},
		{"postgresql", "SELECT x FROM t WHERE a IN (1, 2, 3) AND b IN ($1,$2) AND c IN ('x', lower(y))", "SELECT x FROM t WHERE a IN (?) AND b IN ($1) AND c IN (?, lower(y))", "SELECT t"},
		{"postgresql", "CREATE TABLE IF NOT EXISTS users (id int DEFAULT 7)", "CREATE TABLE IF NOT EXISTS users (id int DEFAULT ?)", "CREATE TABLE users"},
		{"postgresql", "SET app.token = hunter2; SELECT 1", "SET app.token = ?; SELECT ?", "SET SELECT"},
		{"postgresql", "COPY users FROM STDIN", "COPY users FROM STDIN", "COPY users"},
		{"postgresql", "begin", "begin", "BEGIN"},
		{"postgresql", "EXPLAIN ANALYZE UPDATE t SET a = b", "EXPLAIN ANALYZE UPDATE t SET a = b", "UPDATE t"},
		{"postgresql", "MERGE INTO t USING s ON t.i = s.i WHEN MATCHED THEN UPDATE SET x = 1", "MERGE INTO t USING s ON t.i = s.i WHEN MATCHED THEN UPDATE SET x = ?", "MERGE t s"},
		{"postgresql", "SELECT 'no end", "SELECT ?", "SELECT"},
		{"sqlite", `SELECT "name" FROM "users" WHERE "users"."mail" = "ada@example.com"`, `SELECT ? FROM "users" WHERE "users"."mail" = ?`, `SELECT "users"`},
		{"sqlite", "SELECT [it's] FROM [t] WHERE x = x'ff'", "SELECT [it's] FROM [t] WHERE x = x?", "SELECT [t]"},
		{"sqlite", "PRAGMA key = hunter2", "PRAGMA key = ?", "PRAGMA"},
		{"mysql", `SELECT * FROM t WHERE a = 'it\'s' AND b = "x" # 'end`, `SELECT * FROM t WHERE a = ? AND b = ?`, "SELECT t"},
		{"mysql", "SELECT 5--1 FROM `a b`", "SELECT ?--? FROM `a b`", "SELECT `a b`"},
		{"oracle.db", "CREATE USER u IDENTIFIED BY hunter2", "CREATE USER u IDENTIFIED BY ?", "CREATE USER u"},
		{"oracle.db", "SELECT q'[it's secret]' FROM dual", "SELECT…", "SELECT"},
		{"other_sql", `SELECT a FROM t WHERE b = 'x\' OR c = 'secret'`, "SELECT a FROM t WHERE b =…", "SELECT t"},
		{"other_sql", "SELECT a # it's\n FROM t WHERE b = 'secret'", "SELECT a…", "SELECT"},
		{"other_sql", "", "", ""},
	} {
		q := sqltext.Parse(sqltext.DialectOf(c.system), c.query)
		if diff := cmp.Diff([]string{c.text, c.summary}, []string{q.Text, q.Summary}); diff != "" {
			t.Errorf("%s: %s\n%s", c.system, c.query, diff)
		}
	}
}

func TestOperationAndCollectionOnlyWhereThereIsOne(t *testing.T) {
	for query, want := range map[string][2]string{
		"DELETE FROM public.users WHERE id = 1": {"DELETE", "public.users"},
		"SELECT a FROM b JOIN c USING (d)":      {"SELECT", ""},
		"SELECT a FROM b; DELETE FROM b":        {"", ""},
		"DROP TABLE users CASCADE":              {"DROP TABLE", "users"},
	} {
		q := sqltext.Parse(sqltext.DialectOf("postgresql"), query)
		if got := [2]string{q.Operation, q.Collection}; got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
}

func TestLongQueriesAreCut(t *testing.T) {
	q := sqltext.Parse(sqltext.DialectOf("postgresql"), "SELECT "+strings.Repeat("spälte, ", 100_000)+"1 FROM t")
	if len(q.Text) > sqltext.MaxText || !strings.HasSuffix(q.Text, "…") || !utf8.ValidString(q.Text) {
		t.Errorf("%d bytes: …%s", len(q.Text), q.Text[len(q.Text)-20:])
	}
	q = sqltext.Parse(sqltext.DialectOf("postgresql"), "SELECT '"+strings.Repeat("x", 1<<20)+"' FROM t")
	if q.Text != "SELECT ? FROM t" {
		t.Errorf("a long literal: %.100s", q.Text)
	}
}

func TestACacheTellsTheSame(t *testing.T) {
	var c sqltext.Cache
	d := sqltext.DialectOf("sqlite")
	for range 3 {
		for _, query := range []string{"SELECT a FROM t WHERE b = ?", "SELECT 1"} {
			if diff := cmp.Diff(sqltext.Parse(d, query).Text, c.Parse(d, query).Text); diff != "" {
				t.Error(diff)
			}
		}
	}
	if n := testing.AllocsPerRun(100, func() { c.Parse(d, "SELECT a FROM t WHERE b = ?") }); n > 0 {
		t.Errorf("a known query costs %v allocations", n)
	}
}

func TestSystem(t *testing.T) {
	for driver, want := range map[string]string{
		"pgx/v5": "postgresql", "github.com/lib/pq": "postgresql", "pq": "postgresql", "modernc.org/sqlite": "sqlite",
		"github.com/go-sql-driver/mysql": "mysql", "MSSQL": "microsoft.sql_server", "own": "other_sql",
	} {
		if got := sqltext.System(driver); got != want {
			t.Errorf("%s: %s, want %s", driver, got, want)
		}
	}
}

// FuzzParse hides a value in a literal: wherever the query around it puts it, the text never shows it, unless the query
// itself has ended the literal.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"SELECT * FROM t WHERE a = ", "INSERT INTO x VALUES (1, ", `SELECT "a", '\', `, "/* ", "$a$ "} {
		f.Add(seed, " AND b IN (1, 2)")
	}
	const secret = "hunter2hunter2"
	f.Fuzz(func(t *testing.T, before, after string) {
		for _, system := range []string{"postgresql", "sqlite", "mysql", "microsoft.sql_server", "oracle.db", "other_sql"} {
			d := sqltext.DialectOf(system)
			q := sqltext.Parse(d, before+"'"+secret+"'"+after)
			if len(q.Text) > sqltext.MaxText || len(q.Summary) > 255 || !utf8.ValidString(q.Text) || !utf8.ValidString(q.Summary) {
				t.Fatalf("%s: %d bytes of text, %d of summary", system, len(q.Text), len(q.Summary))
			}
			if strings.ContainsAny(before, "'\"`[\\") || strings.Contains(before, secret) {
				continue
			}
			if strings.Contains(q.Text, secret) && !strings.ContainsAny(before, "-#/$") {
				t.Fatalf("%s shows %q", system, q.Text)
			}
		}
	})
}

func BenchmarkParse(b *testing.B) {
	const query = "SELECT id, name, created_at FROM users WHERE tenant = 'acme' AND id IN (1, 2, 3) ORDER BY created_at DESC LIMIT 20"
	d := sqltext.DialectOf("postgresql")
	b.ReportAllocs()
	for b.Loop() {
		sqltext.Parse(d, query)
	}
}
