//go:build unix

package metrics

import (
	"os"

	"golang.org/x/sys/unix"
)

// freeSpace is what an ordinary user may still write to the disk of a folder.
func freeSpace(dir string) (int64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return unknownSpace, &os.PathError{Op: "statfs", Path: dir, Err: err}
	}
	return int64(st.Bavail) * int64(st.Bsize), nil
}
