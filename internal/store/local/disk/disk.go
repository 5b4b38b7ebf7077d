// Package disk is the small file system the event store writes through, so that tests can cut the power, fill the disk and
// damage files. Names are relative to the data folder, with forward slashes.
package disk

import "io"

// FS is a folder of files. What was written is safe only after File.Sync; that a file exists, was renamed or is gone, only
// after SyncDir of its folder.
type FS interface {
	// Create makes or truncates a file for writing.
	Create(name string) (File, error)
	// Append opens a file for writing at its end, and makes it if need be.
	Append(name string) (File, error)
	// Open opens a file for reading.
	Open(name string) (File, error)
	Rename(from, to string) error
	Remove(name string) error
	MkdirAll(dir string) error
	// List names the files of a folder, sorted, without the folder.
	List(dir string) ([]string, error)
	SyncDir(dir string) error
	// Free is how many bytes can still be written.
	Free() (int64, error)
}

// File is an open file. Reads and writes of one file may run at the same time.
type File interface {
	io.Writer
	io.ReaderAt
	io.Closer
	Size() (int64, error)
	Truncate(size int64) error
	Sync() error
}
