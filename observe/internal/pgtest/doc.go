// Package pgtest starts a PostgreSQL server for a test, on 127.0.0.1 and in a temporary folder. It needs Debian's package
// postgresql, and is there under the build tag e2e only.
package pgtest
