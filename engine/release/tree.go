package release

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
)

// File is one file of a site.
type File struct {
	Path   string `json:"path"`   // relative, slash-separated
	Size   int64  `json:"size"`   // bytes
	SHA256 string `json:"sha256"` // of the content, lower-case hex
}

// Tree returns the digest of a whole site: SHA-256 over one record per file,
// sorted by path (bytewise): path, NUL, size in decimal, NUL, hex digest, LF.
// A path holds no NUL and the digest has a fixed length, so two different
// sites never give the same input. Neither modes nor times are part of it.
func Tree(files []File) string {
	if !slices.IsSortedFunc(files, byPath) {
		files = slices.SortedFunc(slices.Values(files), byPath)
	}
	h := sha256.New()
	io.WriteString(h, "site tree 1\n") // never fails, see hash.Hash
	var record []byte
	for _, f := range files {
		record = fmt.Appendf(record[:0], "%s\x00%d\x00%s\n", f.Path, f.Size, f.SHA256)
		h.Write(record)
	}
	return hex.EncodeToString(h.Sum(nil))
}

func byPath(a, b File) int { return cmp.Compare(a.Path, b.Path) }

// checkFiles says whether files, sorted by path, can form a release.
func checkFiles(files []File) error {
	switch {
	case len(files) == 0:
		return &SourceError{Reason: "is empty: a release without files would take the site down"}
	case len(files) > MaxFiles:
		return &SourceError{Reason: fmt.Sprintf("has %d files; the limit is %d", len(files), MaxFiles)}
	}
	for i, f := range files {
		if err := checkFile(f); err != nil {
			return err
		}
		if i > 0 && files[i-1].Path >= f.Path {
			return &SourceError{Path: f.Path, Reason: "is listed twice or out of order"}
		}
	}
	return checkFolders(files)
}

func checkFile(f File) error {
	if err := checkPath(f.Path); err != nil {
		return err
	}
	if f.Size < 0 {
		return &SourceError{Path: f.Path, Reason: fmt.Sprintf("has the impossible size %d", f.Size)}
	}
	if !digestPattern.MatchString(f.SHA256) {
		return &SourceError{Path: f.Path, Reason: fmt.Sprintf("has the digest %.80q, which is not a SHA-256 in lower-case hex", f.SHA256)}
	}
	return nil
}

// checkFolders refuses a path that is a file and a folder at once. Sorting
// does not bring the two together ("a", "a-b", "a/b"), hence the set.
func checkFolders(files []File) error {
	dirs := folders(files)
	for _, f := range files {
		if dirs[f.Path] {
			return &SourceError{Path: f.Path, Reason: "is listed as a file and as a folder"}
		}
	}
	return nil
}

// folders returns every folder that holds a file, directly or deeper.
func folders(files []File) map[string]bool {
	dirs := make(map[string]bool)
	for _, f := range files {
		parents(f.Path, func(dir string) bool {
			known := dirs[dir]
			dirs[dir] = true
			return !known
		})
	}
	return dirs
}
