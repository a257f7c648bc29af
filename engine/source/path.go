package source

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// ignored names, in lower case, are left out of every tree.
var ignored = map[string]bool{
	".git": true, ".hg": true, ".svn": true, "node_modules": true,
	".ds_store": true, "thumbs.db": true, ".hugo_build.lock": true, "__macosx": true,
}

// Ignored reports whether path is left out of every tree, because a component
// of it is, in any case, one of
//
//	.git .hg .svn node_modules .DS_Store Thumbs.db .hugo_build.lock __MACOSX
//
// or starts with "._" (what macOS adds to archives beside each file).
func Ignored(path string) bool {
	for part := range strings.SplitSeq(path, "/") {
		if strings.HasPrefix(part, "._") || ignored[strings.ToLower(part)] {
			return true
		}
	}
	return false
}

// reserved device names of Windows: a reader who unpacks the site there would
// not get past them.
var reserved = map[string]bool{
	"con": true, "prn": true, "aux": true, "nul": true,
	"com1": true, "com2": true, "com3": true, "com4": true, "com5": true, "com6": true, "com7": true, "com8": true, "com9": true,
	"lpt1": true, "lpt2": true, "lpt3": true, "lpt4": true, "lpt5": true, "lpt6": true, "lpt7": true, "lpt8": true, "lpt9": true,
}

// cleanName brings an archive's spelling into canonical form: without leading
// "./" and trailing "/". The root itself becomes "".
func cleanName(name string) string {
	for strings.HasPrefix(name, "./") {
		name = name[2:]
	}
	name = strings.TrimSuffix(name, "/")
	if name == "." {
		return ""
	}
	return name
}

// checkPath refuses every path that is not canonical, portable and in limits.
func (l Limits) checkPath(path string) error {
	if len(path) > l.PathBytes {
		return refuse(ReasonLongName, path, "the path is longer than %d bytes", l.PathBytes)
	}
	if err := checkTraversal(path); err != nil {
		return err
	}
	if !utf8.ValidString(path) {
		return refuse(ReasonName, path, "the name is not UTF-8; pack it again with UTF-8 names")
	}
	if strings.ContainsFunc(path, unicode.IsControl) {
		return refuse(ReasonName, path, "the name holds a control character")
	}
	if n := strings.Count(path, "/") + 1; n > l.Depth {
		return refuse(ReasonDepth, path, "it lies %d folders deep, the limit is %d", n, l.Depth)
	}
	for part := range strings.SplitSeq(path, "/") {
		if err := l.checkComponent(path, part); err != nil {
			return err
		}
	}
	return nil
}

func checkTraversal(path string) error {
	switch {
	case strings.ContainsRune(path, '\\'):
		return refuse(ReasonTraversal, path, "backslashes are not allowed in names; use forward slashes")
	case strings.HasPrefix(path, "/"):
		return refuse(ReasonTraversal, path, "absolute paths are not allowed")
	case len(path) >= 2 && path[1] == ':' && isLetter(path[0]):
		return refuse(ReasonTraversal, path, "drive letters are not allowed")
	}
	for part := range strings.SplitSeq(path, "/") {
		if part == ".." {
			return refuse(ReasonTraversal, path, `".." is not allowed in paths`)
		}
	}
	return nil
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func (l Limits) checkComponent(path, part string) error {
	stem, _, _ := strings.Cut(strings.ToLower(part), ".")
	switch {
	case part == "" || part == ".":
		return refuse(ReasonName, path, "the path has an empty component")
	case len(part) > l.NameBytes:
		return refuse(ReasonLongName, path, "a name in it is longer than %d bytes", l.NameBytes)
	case reserved[stem]:
		return refuse(ReasonName, path, "%q is the name of a device on Windows; rename it", part)
	}
	return nil
}

// foldKey is equal for paths that a case-insensitive, normalising file system
// (macOS, Windows) takes for one.
func foldKey(path string) string {
	for i := range len(path) {
		if path[i] >= utf8.RuneSelf {
			return norm.NFC.String(cases.Fold().String(norm.NFC.String(path)))
		}
	}
	return strings.ToLower(path)
}
