package links

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"
	"unicode/utf8"
)

// index knows every file of the site by its path. Its memory is one entry a file.
type index struct {
	root      fs.FS
	files     map[string]fileID
	dirs      map[string]struct{}
	names     []string // by fileID
	pages     []fileID // HTML files, in walking order
	sitemaps  []fileID
	redirects redirects
	clean     bool // "guide" may be answered by guide.html
	similar   func() *spellings
}

// fileID numbers the files in walking order, so that sorting by it sorts by folder and name.
type fileID int32

// noFile is the fileID of an address that no file answers.
const noFile fileID = -1

// redirectsFile holds rewrite rules on several static hosts.
const redirectsFile = "_redirects"

// newIndex walks the site. Links of the file system that leave the root are left out when root is an os.Root's FS.
func newIndex(ctx context.Context, o *Options) (*index, error) {
	x := &index{root: o.Root, files: map[string]fileID{}, dirs: map[string]struct{}{}, clean: o.CleanURLs}
	x.similar = sync.OnceValue(func() *spellings { return newSpellings(x.names) })
	err := fs.WalkDir(o.Root, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil && !utf8.ValidString(name):
			return nil // io/fs cannot open such a folder; what it holds cannot be checked
		case err != nil:
			return &ReadError{File: name, Err: err}
		case len(x.names) >= o.Limits.Files:
			return fmt.Errorf("the site has more than %d files; raise the limit or check a part of it", o.Limits.Files)
		}
		return x.add(name, d)
	})
	if err != nil {
		return nil, err
	}
	return x, x.readRedirects(o.Limits)
}

func (x *index) add(name string, d fs.DirEntry) error {
	if d.IsDir() {
		if name == "." {
			name = ""
		}
		x.dirs[name] = struct{}{}
		return nil
	}
	if d.Type()&fs.ModeSymlink != 0 {
		info, err := fs.Stat(x.root, name)
		if err != nil || !info.Mode().IsRegular() {
			return nil // dangling, leaving the root, or a folder that could contain itself
		}
	} else if !d.Type().IsRegular() {
		return nil
	}
	id := fileID(len(x.names))
	x.names = append(x.names, name)
	x.files[name] = id
	page, err := x.isPage(name)
	switch {
	case err != nil:
		return err
	case page:
		x.pages = append(x.pages, id)
	case path.Base(name) == "sitemap.xml":
		x.sitemaps = append(x.sitemaps, id)
	}
	return nil
}

// isPage goes by the extension; a file without one is looked into.
func (x *index) isPage(name string) (bool, error) {
	switch ext := strings.ToLower(path.Ext(name)); ext {
	case ".html", ".htm", ".xhtml":
		return true, nil
	case "":
		return x.sniff(name)
	}
	return false, nil
}

func (x *index) sniff(name string) (bool, error) {
	if !utf8.ValidString(name) {
		return false, nil
	}
	f, err := x.root.Open(name)
	if err != nil {
		return false, &ReadError{File: name, Err: err}
	}
	defer f.Close()
	head := make([]byte, 512)
	n, err := io.ReadFull(f, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return false, &ReadError{File: name, Err: err}
	}
	return strings.HasPrefix(http.DetectContentType(head[:n]), "text/html"), nil
}

func (x *index) readRedirects(limits Limits) error {
	if _, ok := x.files[redirectsFile]; !ok {
		return nil
	}
	f, err := x.root.Open(redirectsFile)
	if err != nil {
		return &ReadError{File: redirectsFile, Err: err}
	}
	defer f.Close()
	rules, err := parseRedirects(io.LimitReader(f, limits.FileBytes), limits.LinksPerPage)
	if err != nil {
		return &ReadError{File: redirectsFile, Err: err}
	}
	x.redirects = newRedirects(rules)
	return nil
}

// lookup finds the file that a static host answers with for a path of the site. Where a redirect rule answers, the
// file is noFile and the reason empty.
func (x *index) lookup(p string, slash bool) (fileID, Reason) {
	if id, ok := x.files[p]; ok && !slash {
		return id, ""
	}
	for _, name := range []string{"index.html", "index.htm"} {
		if id, ok := x.files[path.Join(p, name)]; ok {
			return id, ""
		}
	}
	if x.clean && !slash {
		if id, ok := x.files[p+".html"]; ok {
			return id, ""
		}
	}
	if x.redirects.answer(p) {
		return noFile, ""
	}
	if _, ok := x.dirs[p]; ok {
		return noFile, ReasonNoIndex
	}
	if id := x.similar().file(p); id != noFile && x.names[id] != p {
		return noFile, ReasonCase
	}
	return noFile, ReasonMissing // also "page.html/": a file is no folder
}
