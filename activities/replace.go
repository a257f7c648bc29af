package activities

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/docjobs/docjobs/job"
)

// replace moves the files of one folder over those of another that holds a source.
// Files that the source does not have are added, as long as there is one that it has:
// else the paths are not those of this source.
func (t *task) replace(mended, dir string) error {
	replaced, added := 0, ""
	err := fs.WalkDir(os.DirFS(mended), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		from, to := filepath.Join(mended, filepath.FromSlash(name)), filepath.Join(dir, filepath.FromSlash(name))
		info, err := os.Lstat(to)
		switch {
		case err == nil && info.IsDir():
			return refusedReplacement(name, "is a folder in the source, not a file.")
		case err == nil:
			replaced++
		default:
			added = name
			if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
				return refusedReplacement(name, "lies in what is a file in the source, not a folder.")
			}
		}
		return os.Rename(from, to)
	})
	if err == nil && replaced == 0 {
		return refusedReplacement(added, "is not in the source, and neither is any other of the files that were sent.")
	}
	if err == nil {
		t.log.Info(fmt.Sprintf("%s of the source replaced.", count(replaced, "file")))
	}
	return err
}

func refusedReplacement(name, why string) error {
	return &job.Error{
		Code: job.CodeSourceRefused, Cause: job.CauseContent, File: name,
		Message: "The file " + why,
		Hint:    "Send a folder in which the mended files have the same paths as in the source that was submitted, and resubmit the job with it.",
	}
}
