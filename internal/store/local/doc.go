// Package local is the event store of one machine: a write-ahead log, rows in memory, and standard Parquet files.
//
// What is in the data folder:
//
//	manifest-0, manifest-1   the parts there are, the books, and up to where the log is covered by parts; the newer one
//	                         counts, the older one is complete too (see manifest)
//	wal/                     batches not yet in parts, and those of one generation more
//	parts/                   Parquet files, which any tool reads, each with an index that can be made anew
//	quarantine/              what is damaged, set aside; nothing reads it
//	lock                     which process has the folder
//
// A batch is durable when it is synced in the log; then its rows enter the memtable, where they can be read, and its
// sender is told. A full memtable is sealed: written as a part, which the manifest adopts in the same step in which it
// disowns the range of the log. So a row is in one place only, whenever the process ends.
//
// Locks, in the order in which they are taken: commitMu lets one at a time write a manifest; applyMu lets a batch enter a
// memtable as a whole; hotMu guards the memtables; mu guards the manifest and the open parts.
package local
