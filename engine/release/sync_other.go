//go:build unix && !linux

package release

import (
	"cmp"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// syncTree hands every file and folder below path to the drive with plain
// fsync(2), then makes the drive write its cache once. On macOS File.Sync is
// F_FULLFSYNC, which empties the drive's cache: for every single file of a
// site that would take minutes.
func syncTree(path string) error {
	err := filepath.WalkDir(path, func(p string, d fs.DirEntry, err error) error {
		if err != nil || !(d.IsDir() || d.Type().IsRegular()) {
			return err
		}
		f, err := os.Open(p)
		if err != nil {
			return err
		}
		err = os.NewSyscallError("fsync", syscall.Fsync(int(f.Fd())))
		return cmp.Or(err, f.Close())
	})
	if err != nil {
		return err
	}
	return durable{}.dir(path)
}
