// Package sqlite keeps API keys and an audit log in a SQLite file. It is pure Go: no C compiler, no other service.
//
//	db, err := sqlite.Open(ctx, "/var/lib/app/access.db", sqlite.Options{})
//	…
//	defer db.Close()
//	keys := apikey.New(db.Keys(), apikey.Options{})
//	log := db.Audit()
//
// It is a module of its own, since SQLite in Go is large. The file is for these tables alone, and readable by its owner
// alone. Any number of processes on one machine may have it open; not over a network file system.
//
// # The audit table
//
// Triggers refuse UPDATE and DELETE, and every INSERT that is not the next entry of the chain, also by REPLACE, for
// whoever connects to the file with whatever program. Who may write the file can drop a trigger too: then the chain shows
// it, see package audit for keys and pins.
//
// An entry is on disk when Append returns: the file is in WAL mode with synchronous=FULL.
package sqlite
