package plain

import (
	"path"
	"slices"
	"strings"
)

// page is one page of the site, from a document or made for a folder.
type page struct {
	// doc is nil for a section page that no file asks for.
	doc *document
	// folder is set for section pages.
	folder *folder
	parent *page
	// title is the full name, label the one for navigation.
	title, label string
	// url is the address on the site without leading slash: "guide/setup/";
	// "" for the front page. segment is its last part.
	url, segment string
	// prepared is the file in the Hugo site.
	prepared string
	children []*page
	// position is the index among the children of parent.
	position int
	// before and after are the neighbours in reading order.
	before, after *page
	rank          rank
}

// folder is a source folder with Markdown in or below it.
type folder struct {
	path    string
	docs    []*document
	folders []*folder
	page    *page
}

// tree is the site: its pages in reading order, each file's place.
type tree struct {
	title string
	// base is the source folder that is the site's root.
	base    string
	pages   []*page
	byPath  map[string]*page  // document path
	folders map[string]*page  // folder path
	files   map[string]string // file path to address, unescaped
	skipped []Skipped
}

func newTree(inv *inventory, title string) (*tree, error) {
	t := &tree{byPath: map[string]*page{}, folders: map[string]*page{},
		files: map[string]string{}, skipped: inv.skipped}
	docs := t.published(inv.documents)
	if len(docs) == 0 {
		return nil, ErrNoMarkdown
	}
	root := promote(foldersOf(docs))
	t.base = root.path
	home := t.section(root, nil)
	nameRoot(home, title)
	t.title = home.title
	if title != "" {
		t.title = title
	}
	t.sequence(home)
	return t, t.place(inv.files, home)
}

func (t *tree) published(all []*document) []*document {
	docs := make([]*document, 0, len(all))
	for _, d := range all {
		if d.meta.Draft {
			t.skip(d.path, "marked as a draft")
		} else {
			docs = append(docs, d)
		}
	}
	return docs
}

func (t *tree) skip(name, reason string) {
	t.skipped = append(t.skipped, Skipped{Path: name, Reason: reason})
}

// foldersOf builds the folders that hold docs, which come in path order.
func foldersOf(docs []*document) *folder {
	root := &folder{}
	known := map[string]*folder{"": root}
	var find func(dir string) *folder
	find = func(dir string) *folder {
		if f := known[dir]; f != nil {
			return f
		}
		f := &folder{path: dir}
		known[dir] = f
		parent := find(parentDir(dir))
		parent.folders = append(parent.folders, f)
		return f
	}
	for _, d := range docs {
		f := find(parentDir(d.path))
		f.docs = append(f.docs, d)
	}
	return root
}

// promote skips folders that hold nothing but one folder.
func promote(f *folder) *folder {
	for len(f.docs) == 0 && len(f.folders) == 1 {
		f = f.folders[0]
	}
	return f
}

// section makes the page of folder f and of all below it; beside is the
// document next to the folder that has its name, if it is to be the page.
func (t *tree) section(f *folder, beside *document) *page {
	index := indexOf(f.docs)
	if index == nil {
		index = beside
	}
	p := t.newPage(index, path.Base(f.path))
	p.folder, f.page = f, p
	t.folders[f.path] = p
	partner := partners(f)
	used := map[*document]bool{index: true}
	for _, sub := range f.folders {
		used[partner[sub]] = true
		t.adopt(p, t.section(sub, partner[sub]))
	}
	for _, d := range f.docs {
		if !used[d] {
			t.adopt(p, t.newPage(d, stem(d.path)))
		}
	}
	slices.SortFunc(p.children, func(a, b *page) int { return a.rank.compare(b.rank) })
	return p
}

func (t *tree) adopt(parent, child *page) {
	child.parent = parent
	parent.children = append(parent.children, child)
}

func (t *tree) newPage(d *document, name string) *page {
	p := &page{doc: d, title: readable(name), rank: newRank(Meta{}, name)}
	if d != nil {
		p.title = d.title(p.title)
		p.rank = newRank(d.meta, name)
		p.label = d.meta.NavTitle
		t.byPath[d.path] = p
	}
	if p.label == "" {
		p.label = p.title
	}
	return p
}

// title is the page's name from its text, else the one given.
func (d *document) title(otherwise string) string {
	switch {
	case d.meta.Title != "":
		return d.meta.Title
	case d.content.heading != "":
		return shorten(d.content.heading, 200)
	}
	return otherwise
}

// indexOf picks a folder's own page: index before _index before README, the
// usual spelling before others.
func indexOf(docs []*document) *document {
	for _, same := range []func(a, b string) bool{func(a, b string) bool { return a == b }, strings.EqualFold} {
		for _, name := range []string{"index", "_index", "README"} {
			for _, d := range docs {
				if same(stem(d.path), name) {
					return d
				}
			}
		}
	}
	return nil
}

// partners finds, for folders without a page of their own, the document of
// the same name beside them.
func partners(f *folder) map[*folder]*document {
	byStem := make(map[string]*document, len(f.docs))
	for _, d := range slices.Backward(f.docs) {
		byStem[stem(d.path)] = d
	}
	found := map[*folder]*document{}
	for _, sub := range f.folders {
		if d := byStem[path.Base(sub.path)]; d != nil && indexOf(sub.docs) == nil && d != indexOf(f.docs) {
			found[sub] = d
		}
	}
	return found
}

func nameRoot(home *page, title string) {
	if home.doc == nil || home.doc.meta.Title == "" && home.doc.content.heading == "" {
		home.title, home.label = "Documentation", "Documentation"
		if title != "" {
			home.title, home.label = title, title
		}
	}
}

// sequence lists the pages in reading order and links neighbours.
func (t *tree) sequence(p *page) {
	if n := len(t.pages); n > 0 {
		p.before = t.pages[n-1]
		t.pages[n-1].after = p
	}
	t.pages = append(t.pages, p)
	for i, child := range p.children {
		child.position = i
		t.sequence(child)
	}
}
