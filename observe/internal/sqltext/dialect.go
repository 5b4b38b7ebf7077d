// Package sqltext reads SQL far enough to say what a query does and to show it without the values in it.
//
// It is no parser: it knows where literals, comments and names begin and end, and which words stand before names of
// tables. What it cannot tell for certain it leaves out, so that no value is ever shown for a name.
package sqltext

import "strings"

// Dialect says how a system writes literals and comments.
type Dialect struct {
	backslash bool // \' does not end a literal
	doubtful  bool // "x" may be a literal
	brackets  bool // [x] is a name
	hash      bool // # begins a comment
	dashSpace bool // -- begins a comment only before a space
	nested    bool // comments nest
	escape    bool // E'…' has backslashes
	dollar    bool // $tag$…$tag$ is a literal
	unknown   bool // what dialects read differently ends the text
}

// DialectOf returns the dialect of a system by its db.system.name.
func DialectOf(system string) Dialect {
	switch system {
	case "postgresql", "cockroachdb", "aws.redshift":
		return Dialect{nested: true, escape: true, dollar: true}
	case "sqlite":
		return Dialect{doubtful: true, brackets: true}
	case "mysql", "mariadb":
		return Dialect{backslash: true, doubtful: true, hash: true, dashSpace: true}
	case "microsoft.sql_server":
		return Dialect{brackets: true, nested: true}
	}
	return Dialect{doubtful: true, dollar: true, unknown: true}
}

// systems are parts of the names of drivers and of their packages, the more special first.
var systems = [...]struct{ part, system string }{
	{"cockroach", "cockroachdb"},
	{"redshift", "aws.redshift"},
	{"postgres", "postgresql"},
	{"pgx", "postgresql"},
	{"lib/pq", "postgresql"},
	{"sqlite", "sqlite"},
	{"libsql", "sqlite"},
	{"mariadb", "mariadb"},
	{"mysql", "mysql"},
	{"sqlserver", "microsoft.sql_server"},
	{"mssql", "microsoft.sql_server"},
	{"azuresql", "microsoft.sql_server"},
	{"oracle", "oracle.db"},
	{"godror", "oracle.db"},
	{"go-ora", "oracle.db"},
	{"clickhouse", "clickhouse"},
	{"spanner", "gcp.spanner"},
	{"snowflake", "snowflake"},
	{"duckdb", "duckdb"},
	{"trino", "trino"},
}

// System returns the db.system.name of a driver by its name or by the path of its package, other_sql if it is not known.
func System(driver string) string {
	driver = strings.ToLower(driver)
	if driver == "pq" {
		return "postgresql"
	}
	for _, s := range systems {
		if strings.Contains(driver, s.part) {
			return s.system
		}
	}
	return "other_sql"
}
