package source

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// Format names what carried a tree.
type Format string

// The formats, recognised by content and never by file name.
const (
	FormatFolder Format = "folder"
	FormatZip    Format = "zip"
	FormatTar    Format = "tar"
	FormatTarGz  Format = "tar.gz"
	FormatGit    Format = "git"
)

// Summary describes a tree.
type Summary struct {
	Format Format
	Digest string // see [TreeDigest]
	Files  int
	Bytes  int64 // of all files, uncompressed
}

// File is one file of a tree.
type File struct {
	Path   string // relative, with slashes
	Size   int64
	SHA256 [sha256.Size]byte
}

// Progress is told how much has been done so far. It is called from one
// goroutine at a time and must not block.
type Progress func(files int, bytes int64)

// TreeDigest is the digest of a set of files: the SHA-256, in 64 lower-case hex
// digits, of this text in UTF-8:
//
//	docjobs-tree-v1\n
//	<SHA-256 of the content, 64 lower-case hex digits> <size in decimal> <path>\n
//	…
//
// with one line a file, sorted by the bytes of the path. Paths are relative,
// use "/", and cannot hold a line feed, because control characters are refused.
// They are compared byte by byte: no Unicode normalisation takes place.
func TreeDigest(files []File) string {
	sorted := slices.Clone(files)
	slices.SortFunc(sorted, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	h := sha256.New()
	w := bufio.NewWriter(h) // a hash never fails to write
	_, _ = w.WriteString("docjobs-tree-v1\n")
	for _, f := range sorted {
		_, _ = fmt.Fprintf(w, "%x %d %s\n", f.SHA256, f.Size, f.Path)
	}
	_ = w.Flush()
	return hex.EncodeToString(h.Sum(nil))
}

func summarize(format Format, files []File) (Summary, error) {
	if len(files) == 0 {
		return Summary{}, refuse(ReasonEmpty, "", "there is not one file in it; give the folder or archive that holds the documentation")
	}
	s := Summary{Format: format, Files: len(files), Digest: TreeDigest(files)}
	for _, f := range files {
		s.Bytes += f.Size
	}
	return s, nil
}
