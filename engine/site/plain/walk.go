package plain

import (
	"context"
	"io/fs"
	"path"
	"strings"

	"github.com/docjobs/docjobs/engine/site/sourceconfig"
)

// inventory is what a source folder holds, in lexical order of the paths.
type inventory struct {
	documents []*document
	files     []string
	skipped   []Skipped
}

// Skipped is a file or folder that is not part of the site.
type Skipped struct {
	// Path is relative to the source folder, with slashes.
	Path string
	// Reason is a clause for people, such as "symbolic link".
	Reason string
}

const maxSkipped = 1000

func (inv *inventory) skip(name, reason string) {
	if len(inv.skipped) < maxSkipped {
		inv.skipped = append(inv.skipped, Skipped{Path: name, Reason: reason})
	}
}

func walk(ctx context.Context, source fs.FS, limits Limits) (*inventory, error) {
	inv := &inventory{}
	err := fs.WalkDir(source, ".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil || name == "." {
			return err
		}
		if entry.IsDir() {
			return inv.addFolder(name, limits)
		}
		return inv.addFile(name, entry, limits)
	})
	return inv, err
}

func (inv *inventory) addFolder(name string, limits Limits) error {
	if reason := ignored(path.Base(name)); reason != "" {
		inv.skip(name, reason)
		return fs.SkipDir
	}
	if strings.Count(name, "/")+1 > limits.Depth {
		return &LimitError{What: "folders inside folders", Path: name, Max: int64(limits.Depth)}
	}
	return nil
}

func (inv *inventory) addFile(name string, entry fs.DirEntry, limits Limits) error {
	if reason := ignored(path.Base(name)); reason != "" {
		inv.skip(name, reason)
		return nil
	}
	if entry.Type()&fs.ModeSymlink != 0 {
		inv.skip(name, "symbolic link")
		return nil
	}
	if !entry.Type().IsRegular() {
		inv.skip(name, "not a regular file")
		return nil
	}
	if !isMarkdown(name) {
		inv.files = append(inv.files, name)
		return tooMany("files", len(inv.files), limits.Files)
	}
	inv.documents = append(inv.documents, &document{path: name})
	return tooMany("Markdown files", len(inv.documents), limits.Pages)
}

func tooMany(what string, n, limit int) error {
	if n > limit {
		return &LimitError{What: what, Max: int64(limit)}
	}
	return nil
}

// ignored gives the reason for which a name is no part of any documentation.
func ignored(base string) string {
	switch {
	case strings.HasPrefix(base, "."):
		return "name starts with a dot"
	case base == "node_modules":
		return "installed packages"
	case base == sourceconfig.Name:
		return "settings of the build"
	}
	return ""
}

func isMarkdown(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".md", ".markdown":
		return true
	}
	return false
}

// stem is the file's name without folder and extension.
func stem(name string) string {
	base := path.Base(name)
	return strings.TrimSuffix(base, path.Ext(base))
}

// parentDir is the folder of a path, "" for the root.
func parentDir(name string) string {
	if dir := path.Dir(name); dir != "." {
		return dir
	}
	return ""
}
