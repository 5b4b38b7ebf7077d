package sqltrace_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/codes"

	"github.com/telltale-dev/telltale/observe/observetest"
	"github.com/telltale-dev/telltale/observe/sqltrace"
)

// oldDriver is a driver with nothing but what is required: what database/sql makes of the lack of the rest must stay.
type oldDriver struct{ log *[]string }

func (d oldDriver) Open(string) (driver.Conn, error) { return &oldConn{d.log}, nil }

type oldConn struct{ log *[]string }

func (c *oldConn) note(s string) { *c.log = append(*c.log, s) }

func (c *oldConn) Prepare(query string) (driver.Stmt, error) {
	c.note("prepare")
	if strings.Contains(query, "wrong") {
		return nil, errors.New("near \"wrong\": mail to ada@example.com")
	}
	return &oldStmt{c, query}, nil
}
func (c *oldConn) Close() error              { c.note("close"); return nil }
func (c *oldConn) Begin() (driver.Tx, error) { c.note("begin"); return c, nil }
func (c *oldConn) Commit() error             { c.note("commit"); return nil }
func (c *oldConn) Rollback() error           { c.note("rollback"); return nil }

type oldStmt struct {
	c     *oldConn
	query string
}

func (s *oldStmt) Close() error  { s.c.note("stmt close"); return nil }
func (s *oldStmt) NumInput() int { return strings.Count(s.query, "?") }
func (s *oldStmt) Exec(args []driver.Value) (driver.Result, error) {
	s.c.note("exec")
	return driver.RowsAffected(len(args)), nil
}

func (s *oldStmt) Query([]driver.Value) (driver.Rows, error) {
	s.c.note("query")
	return &oldRows{left: 2}, nil
}

type oldRows struct{ left int }

func (r *oldRows) Columns() []string { return []string{"n"} }
func (r *oldRows) Close() error      { return nil }
func (r *oldRows) Next(dest []driver.Value) error {
	if r.left == 0 {
		return io.EOF
	}
	r.left--
	dest[0] = int64(r.left)
	return nil
}

// skippingConn can do everything, but says ErrSkip, as drivers do for arguments they want prepared.
type skippingConn struct{ *oldConn }

func (c skippingConn) ExecContext(context.Context, string, []driver.NamedValue) (driver.Result, error) {
	return nil, driver.ErrSkip
}

func (c skippingConn) QueryContext(context.Context, string, []driver.NamedValue) (driver.Rows, error) {
	return nil, driver.ErrSkip
}
func (c skippingConn) ResetSession(context.Context) error { c.note("reset"); return nil }
func (c skippingConn) IsValid() bool                      { c.note("valid"); return true }
func (c skippingConn) Ping(context.Context) error         { c.note("ping"); return nil }

type source struct {
	d    driver.Driver
	make func() driver.Conn
}

func (s source) Connect(context.Context) (driver.Conn, error) { return s.make(), nil }
func (s source) Driver() driver.Driver                        { return s.d }

// work uses a database as programs do and returns what came of it.
func work(t *testing.T, ctx context.Context, db *sql.DB) []string { //nolint:revive // t before the context, as tests do
	t.Helper()
	var seen []string
	note := func(what string, err error) {
		if err != nil {
			what += ": " + err.Error()
		}
		seen = append(seen, what)
	}
	note("ping", db.PingContext(ctx))
	_, err := db.ExecContext(ctx, "INSERT INTO t VALUES (?, ?)", 1, "x")
	note("exec", err)
	_, err = db.ExecContext(ctx, "INSERT INTO t VALUES (?)", struct{}{})
	note("exec of a struct", err)
	_, err = db.ExecContext(ctx, "INSERT INTO t VALUES (?)", sql.Named("a", 1))
	note("exec of a named value", err)
	_, err = db.ExecContext(ctx, "INSERT INTO t VALUES (?)", 1, 2)
	note("exec of too many", err)
	_, err = db.ExecContext(ctx, "wrong")
	note("exec of what is wrong", err)
	_, err = db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelSerializable})
	note("isolation", err)
	_, err = db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	note("read only", err)
	tx, err := db.BeginTx(ctx, nil)
	note("begin", err)
	rows, err := tx.QueryContext(ctx, "SELECT n FROM t WHERE a = 'secret' AND b = ?", 1)
	note("query", err)
	types, err := rows.ColumnTypes()
	note("types "+types[0].DatabaseTypeName()+types[0].ScanType().String(), err)
	for rows.Next() {
		note("row", nil)
	}
	if rows.NextResultSet() {
		note("another set", nil)
	}
	note("rows", errors.Join(rows.Err(), rows.Close()))
	note("commit", tx.Commit())
	return seen
}

func TestDriversWorkAsWithoutTracing(t *testing.T) {
	for name, wrap := range map[string]func(*oldConn) driver.Conn{
		"old":      func(c *oldConn) driver.Conn { return c },
		"skipping": func(c *oldConn) driver.Conn { return skippingConn{c} },
	} {
		t.Run(name, func(t *testing.T) {
			open := func(log *[]string) driver.Connector {
				return source{oldDriver{log}, func() driver.Conn { return wrap(&oldConn{log}) }}
			}
			var plainLog, log []string
			plain := sql.OpenDB(open(&plainLog))
			want := work(t, t.Context(), plain)
			rec := observetest.New(t)
			traced := sql.OpenDB(sqltrace.Wrap(open(&log), sqltrace.Options{}))
			got := work(t, rec.Context(t.Context()), traced)
			if err := errors.Join(plain.Close(), traced.Close()); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("what a program sees changes:\n%s", diff)
			}
			if diff := cmp.Diff(plainLog, log); diff != "" {
				t.Errorf("what the driver sees changes:\n%s", diff)
			}
			if _, ok := traced.Driver().(oldDriver); !ok {
				t.Errorf("the driver is hidden by %T", traced.Driver())
			}
			rec.NoSecrets(t, "secret", "ada@example.com")
			var names []string
			for _, s := range rec.Spans() {
				names = append(names, s.Name())
			}
			if diff := cmp.Diff(wantSpans(name), names); diff != "" {
				t.Errorf("spans:\n%s", diff)
			}
		})
	}
}

func wantSpans(name string) []string {
	want := []string{"PREPARE INSERT t", "INSERT t"}
	if name == "old" {
		want = append(want, "PREPARE INSERT t") // for a struct, which is no value; others are asked before that
	}
	return append(want,
		"PREPARE INSERT t", "INSERT t", // a name, which the driver does not know
		"PREPARE INSERT t", // too many
		"PREPARE WRONG",
		"BEGIN", "BEGIN", "BEGIN", "PREPARE SELECT t", "SELECT t", "COMMIT",
	)
}

func TestErrorsAreRecordedWithoutPrivateData(t *testing.T) {
	rec := observetest.New(t)
	var log []string
	db := sql.OpenDB(sqltrace.Wrap(source{oldDriver{&log}, func() driver.Conn { return &oldConn{&log} }}, sqltrace.Options{}))
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(rec.Context(t.Context()), "wrong"); err == nil || !strings.Contains(err.Error(), "ada@") {
		t.Fatalf("the program gets another error: %v", err)
	}
	span := rec.Span(t, "PREPARE WRONG")
	if span.Status().Code != codes.Error || !strings.Contains(span.Status().Description, "[redacted:email]") {
		t.Errorf("status %+v", span.Status())
	}
	if got := span.Attr("error.type"); got != "*errors.errorString" {
		t.Errorf("error.type %s", got)
	}
}

func TestUnwrapAndOnlyInTrace(t *testing.T) {
	rec := observetest.New(t)
	var log []string
	o := sqltrace.Options{OnlyInTrace: true, OmitText: true}
	db := sql.OpenDB(sqltrace.Wrap(source{oldDriver{&log}, func() driver.Conn { return &oldConn{&log} }}, o))
	defer func() { _ = db.Close() }()
	ctx := rec.Context(t.Context())
	if _, err := db.ExecContext(ctx, "INSERT INTO t VALUES (?)", 1); err != nil {
		t.Fatal(err)
	}
	if spans := rec.Spans(); len(spans) > 0 {
		t.Errorf("spans without a trace: %v", spans)
	}
	ctx, parent := rec.Tracer().Start(ctx, "request")
	if _, err := db.ExecContext(ctx, "INSERT INTO t VALUES (?)", 1); err != nil {
		t.Fatal(err)
	}
	parent.End()
	span := rec.Span(t, "INSERT t")
	if span.Parent().SpanID() != parent.SpanContext().SpanID() || span.Attr("db.query.text") != "" {
		t.Errorf("parent %s, text %q", span.Parent().SpanID(), span.Attr("db.query.text"))
	}
	one, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = one.Close() }()
	err = one.Raw(func(c any) error {
		if _, ok := sqltrace.Unwrap(c).(*oldConn); !ok {
			t.Errorf("unwrapped: %T", sqltrace.Unwrap(c))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestPoolsAreShown(t *testing.T) {
	rec := observetest.New(t)
	ctx := rec.Context(t.Context())
	var log []string
	db := sql.OpenDB(source{oldDriver{&log}, func() driver.Conn { return &oldConn{&log} }})
	defer func() { _ = db.Close() }()
	db.SetMaxOpenConns(7)
	pool, err := sqltrace.Stats(ctx, db, "main")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sqltrace.Stats(ctx, db, "main"); err == nil || !strings.Contains(err.Error(), `"main"`) {
		t.Errorf("a second pool of that name: %v", err)
	}
	other, err := sqltrace.Stats(ctx, db, "other")
	if err != nil {
		t.Fatal(err)
	}
	one, err := db.Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = one.Close() }()
	want := map[string]float64{
		"pool=main,state=idle": 0, "pool=main,state=in_use": 1, "pool=other,state=idle": 0, "pool=other,state=in_use": 1,
	}
	if diff := cmp.Diff(want, rec.Series(t, "db_pool_connections")); diff != "" {
		t.Error(diff)
	}
	if got := rec.Metric(t, "db_pool_connections_max", "pool=main"); got != 7 {
		t.Errorf("max %v", got)
	}
	for range 2 {
		if err := errors.Join(pool.Close(), other.Close()); err != nil {
			t.Fatal(err)
		}
	}
	if got := rec.Series(t, "db_pool_wait_seconds_total"); len(got) > 0 {
		t.Errorf("closed pools are shown: %v", got)
	}
}
