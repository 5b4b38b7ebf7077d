package sqltrace_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"

	"github.com/telltale-dev/telltale/observe/sqltrace"
)

func ExampleUnwrap() {
	var log []string
	db := sql.OpenDB(sqltrace.Wrap(source{make: func() driver.Conn { return &oldConn{&log} }}, sqltrace.Options{}))
	defer func() { _ = db.Close() }()
	conn, err := db.Conn(context.Background())
	if err != nil {
		panic(err)
	}
	defer func() { _ = conn.Close() }()
	_ = conn.Raw(func(c any) error {
		_, own := sqltrace.Unwrap(c).(*oldConn) // what only this driver can do
		fmt.Println(own)
		return nil
	})
	// Output: true
}
