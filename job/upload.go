package job

// An Upload is an archive of a documentation source that the server has taken
// in and checked.
type Upload struct {
	// ID is "sha256:" and the digest of the archive's content: of every path
	// and file in it, not of the archive's bytes. The same folder as .zip and
	// as .tar.gz is the same upload.
	ID     string `json:"id"`
	Format string `json:"format"` // "zip", "tar.gz", "tar"
	Files  int    `json:"files"`
	Bytes  int64  `json:"bytes"` // of the files, unpacked
	Size   int64  `json:"size"`  // of the archive
}
