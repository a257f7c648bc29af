package convert

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// A Selection says which Word documents of a folder are converted. The zero value
// takes them all.
//
// A pattern is one of [path.Match], for each part of a path; ** stands for any number
// of folders, also none. A pattern without a slash is about names, in whatever folder.
type Selection struct {
	Include []string // if there are any, one must match
	Exclude []string // none may match
}

// Takes reports whether a document is taken.
func (s Selection) Takes(document string) bool {
	if len(s.Include) > 0 && !anyMatches(s.Include, document) {
		return false
	}
	return !anyMatches(s.Exclude, document)
}

func anyMatches(patterns []string, document string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool { return matches(pattern, document) })
}

// matches reports whether a pattern matches a path. It takes no longer than their
// lengths allow, however many ** there are.
func matches(pattern, document string) bool {
	if !strings.Contains(pattern, "/") {
		ok, _ := path.Match(pattern, path.Base(document)) // who takes patterns in looks at their faults
		return ok
	}
	parts := strings.Split(document, "/")
	reached := make([]bool, len(parts)+1) // what the pattern so far matches: parts[:i]
	reached[0] = true
	for p := range strings.SplitSeq(pattern, "/") {
		next := make([]bool, len(reached))
		for i, ok := range reached {
			switch {
			case p == "**":
				next[i] = ok || i > 0 && next[i-1]
			case ok && i < len(parts):
				next[i+1], _ = path.Match(p, parts[i])
			}
		}
		reached = next
	}
	return reached[len(parts)]
}

// A Listing is what a folder holds for a conversion.
type Listing struct {
	Documents []string // that are taken, sorted
	Bytes     int64    // that they have
	LeftOut   int      // Word documents that the selection leaves out
	Locks     int      // files that Word keeps beside documents that somebody has open
	Others    int      // files that are no Word documents
}

// List lists the Word documents of a folder. Links are not followed.
func (s Selection) List(ctx context.Context, folder fs.FS) (*Listing, error) {
	l := &Listing{}
	err := fs.WalkDir(folder, ".", func(name string, d fs.DirEntry, err error) error {
		if err = errors.Join(err, ctx.Err()); err != nil || !d.Type().IsRegular() {
			return err
		}
		switch {
		case !IsWordFile(name) && IsLock(name):
			l.Locks++
		case !IsWordFile(name):
			l.Others++
		case !s.Takes(name):
			l.LeftOut++
		default:
			l.Documents = append(l.Documents, name)
			info, err := d.Info()
			if err != nil {
				return err
			}
			l.Bytes += info.Size()
		}
		return nil
	})
	slices.Sort(l.Documents)
	return l, err
}

// IsLock reports whether a file has the name of one that Word keeps beside a document
// that somebody has open (~$name.docx). It holds no text.
func IsLock(name string) bool {
	return isWordName(name) && strings.HasPrefix(path.Base(name), "~$")
}
