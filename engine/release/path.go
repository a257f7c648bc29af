package release

import (
	"fmt"
	"io/fs"
	"strings"
)

// Bounds of a release. They keep a manifest within memory and a name within
// what the file system takes, and are far above any real site.
const (
	MaxFiles = 1 << 20 // files in one release
	maxName  = 255     // bytes in one path element: NAME_MAX on Linux and macOS
	maxPath  = 2048    // bytes in one path, leaving room under PATH_MAX for the target folder
)

// checkPath refuses only what really breaks:
//
//   - anything that is not a clean relative slash path (it could leave the
//     release), and NUL (no file system stores it);
//   - bytes that are not UTF-8 (JSON cannot carry them, so the manifest would
//     silently name another file);
//   - elements or paths that are longer than a file system takes.
//
// Names that are merely unusual (spaces, colons, backslashes, control
// characters, a leading dot) work on Linux and macOS and in a URL. Names that
// differ only in case are refused by the file system that cannot hold both,
// see [stage.place]: on one that can, they are two files as the author meant.
func checkPath(p string) error {
	switch {
	case len(p) > maxPath:
		return &SourceError{Path: p[:80] + "…", Reason: fmt.Sprintf("has a path of %d bytes; the limit is %d", len(p), maxPath)}
	case !fs.ValidPath(p) || p == "." || strings.IndexByte(p, 0) >= 0:
		return &SourceError{Path: p, Reason: `has a path that cannot be released: it must be relative, UTF-8, and free of "..", "." and empty elements`}
	}
	for name := range strings.SplitSeq(p, "/") {
		if len(name) > maxName {
			return &SourceError{Path: p, Reason: fmt.Sprintf("has a name of %d bytes; file systems take %d: shorten its title or slug", len(name), maxName)}
		}
	}
	return nil
}

// parents calls yield for every folder above p, the nearest first.
func parents(p string, yield func(dir string) bool) {
	for {
		i := strings.LastIndexByte(p, '/')
		if i < 0 {
			return
		}
		p = p[:i]
		if !yield(p) {
			return
		}
	}
}
