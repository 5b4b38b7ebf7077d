// Package sqltracetest tests sqltrace with real drivers and databases. It is a module of its own, so that nobody else
// depends on them.
package sqltracetest
