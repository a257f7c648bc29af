package convert

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"strings"

	"github.com/docjobs/docjobs/engine/dita"
	"github.com/docjobs/docjobs/engine/docx"
)

// An anchor is where a bookmark is.
type anchor struct {
	topic   *topic
	element string // ID in the topic; "" for the topic itself
}

// A pendingLink is a link whose goal is known once every topic is built.
type pendingLink struct {
	element *dita.Element
	from    *topic
	anchor  string
	ordinal int
	number  string // label and number that a cross-reference shows, such as "Table 3", and nothing else
}

// findAnchors finds where every bookmark is, and which paragraphs need an ID.
func (c *conversion) findAnchors() {
	c.anchors, c.ids, c.emitted, c.titled = map[string]anchor{}, map[*docx.Paragraph]string{}, map[string]bool{}, map[string]bool{}
	wanted := c.wantedAnchors()
	for _, t := range c.plan.topics {
		taken := names{t.id: true}
		if t.heading != nil {
			for _, name := range anchorsIn(t.heading.Content) {
				c.anchors[name] = anchor{topic: t}
			}
		}
		eachParagraph(t.blocks, func(p *docx.Paragraph) {
			names := anchorsIn(p.Content)
			blank := len(names) > 0 && c.blankParagraph(p)
			for _, name := range names {
				if blank {
					c.anchors[name] = anchor{topic: t}
					continue
				}
				if c.ids[p] == "" && (wanted[name] || !strings.HasPrefix(name, "_")) {
					c.ids[p] = taken.unique(slug(strings.TrimLeft(name, "_"), "a"))
				}
				c.anchors[name] = anchor{t, c.ids[p]}
			}
		})
	}
	if first := c.plan.topics; len(first) > 0 { // bookmarks in what was left out
		eachParagraph(c.doc.Body, func(p *docx.Paragraph) {
			for _, name := range anchorsIn(p.Content) {
				if _, known := c.anchors[name]; !known {
					c.anchors[name] = anchor{topic: first[0]}
				}
			}
		})
	}
}

func anchorsIn(content []docx.Inline) (names []string) {
	for _, in := range content {
		if a, ok := in.(*docx.Anchor); ok {
			names = append(names, a.Name)
		}
		names = append(names, anchorsIn(inside(in))...)
	}
	return names
}

// wantedAnchors are the bookmarks that the document itself refers to.
func (c *conversion) wantedAnchors() map[string]bool {
	wanted := map[string]bool{}
	var walk func([]docx.Inline)
	walk = func(content []docx.Inline) {
		for _, in := range content {
			switch in := in.(type) {
			case *docx.Link:
				wanted[in.Anchor] = true
			case *docx.Reference:
				wanted[in.Target] = true
			}
			walk(inside(in))
		}
	}
	visit := func(p *docx.Paragraph) { walk(p.Content) }
	eachParagraph(c.doc.Body, visit)
	for _, notes := range [][]docx.Note{c.doc.Footnotes, c.doc.Endnotes, c.doc.Comments} {
		for _, n := range notes {
			eachParagraph(n.Blocks, visit)
		}
	}
	return wanted
}

// anchor keeps a bookmark that is not where its paragraph's element begins: only
// code joins several paragraphs in one element.
func (b *builder) anchor(a *docx.Anchor, f flow) []dita.Node {
	if !f.code {
		return nil
	}
	id := b.anchors[a.Name].element
	if id == "" || b.emitted[b.topic.id+"/"+id] {
		return nil
	}
	return []dita.Node{b.identify(dita.New("ph"), id)}
}

// identify gives the element an ID that links lead to.
func (b *builder) identify(e *dita.Element, id string) *dita.Element {
	if id == "" || b.emitted[b.topic.id+"/"+id] {
		return e
	}
	b.emitted[b.topic.id+"/"+id] = true
	b.titled[b.topic.id+"/"+id] = is(e.Children, 0, "title")
	return e.With("id", id)
}

// link turns a hyperlink into an xref (DITA 1.3, 3.2.2.49), or into its text
// where no link may stand or nothing is at its end.
func (b *builder) link(in *docx.Link, f flow) []dita.Node {
	if f.title || f.link || f.code {
		return b.inlines(in.Content, f)
	}
	inside := f
	inside.link = true
	xref := dita.New("xref", b.inlines(in.Content, inside)...)
	if dita.Blank(xref.Children...) {
		if in.URL == "" {
			return xref.Children
		}
		xref.Add(dita.Text(in.URL))
	}
	switch {
	case in.URL == "":
		return b.internal(xref, in.Anchor)
	case isWord(in.URL) || b.find(b.beside(in.URL)) != "":
		return b.toSibling(xref, in)
	}
	return b.external(xref, in)
}

// beside is the path of what a relative address leads to from the document; "" if it is
// no such address of a Word document.
func (c *conversion) beside(address string) string {
	u, err := url.Parse(escapeURL(address))
	if err != nil || u.Scheme != "" || u.Host != "" || strings.HasPrefix(u.Path, "/") || !IsWordFile(u.Path) {
		return ""
	}
	return path.Join(path.Dir(c.path), u.Path)
}

// find is the path of the document that a path means; "" if there is none, or the source
// knows no other names than paths.
func (c *conversion) find(document string) string {
	source, ok := c.source.(Finder)
	if !ok || document == "" || c.uses == nil { // nil: nobody looks at the links of a sibling
		return ""
	}
	found, _ := source.Find(document)
	if found != document {
		c.uses[document] = true // it may mean another one next time
	}
	return found
}

// internal is a link to a bookmark of the same document.
func (b *builder) internal(xref *dita.Element, name string) []dita.Node {
	if name == "" || name == "_top" || name == "_Top" {
		name = ""
	}
	b.pending = append(b.pending, pendingLink{element: xref, from: b.topic, anchor: name, ordinal: b.ordinal})
	return []dita.Node{xref}
}

// external is a link to an address.
func (b *builder) external(xref *dita.Element, in *docx.Link) []dita.Node {
	href := in.URL
	if in.Anchor != "" && !strings.Contains(href, "#") {
		href += "#" + in.Anchor
	}
	u, err := url.Parse(escapeURL(href))
	if err != nil || !safeScheme(u.Scheme) {
		b.warn("bad-link", fmt.Sprintf("A link to %q cannot be kept; its text is.", abbreviate(in.URL, 80)), b.ordinal)
		return xref.Children
	}
	if u.Scheme == "" || u.Scheme == "file" {
		b.warn("link-to-file", fmt.Sprintf("A link leads to the file %q, which is not one of the documents.", abbreviate(in.URL, 80)), b.ordinal)
	}
	format := strings.TrimPrefix(strings.ToLower(path.Ext(u.Path)), ".")
	if format == "" || u.Scheme == "http" || u.Scheme == "https" || u.Scheme == "mailto" || !plain(format) {
		format = "html"
	}
	xref.Attrs = nil
	return []dita.Node{xref.With("href", escapeURL(href)).With("scope", "external").With("format", format)}
}

func plain(s string) bool {
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') {
			return false
		}
	}
	return len(s) <= 8
}

// safeScheme reports whether links with the scheme may be kept: not those that
// run something.
func safeScheme(scheme string) bool {
	switch strings.ToLower(scheme) {
	case "", "http", "https", "ftp", "ftps", "mailto", "tel", "file", "news", "sip", "sips", "ldap", "doi", "urn":
		return true
	}
	return false
}

// escapeURL makes what an author typed an address: spaces and what may not stand in
// one are escaped, what is escaped already stays (RFC 3986).
func escapeURL(s string) string {
	s = strings.ReplaceAll(strings.TrimSpace(s), `\`, "/")
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '%' && (i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2])):
			b.WriteString("%25")
		case c <= ' ' || c >= 0x7F || strings.IndexByte(`"<>^`+"`{|}", c) >= 0:
			fmt.Fprintf(&b, "%%%02X", c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

// reference turns a cross-reference field into a link. A page number means nothing
// in a topic: publishing puts the title there.
func (b *builder) reference(in *docx.Reference, f flow) []dita.Node {
	_, known := b.anchors[in.Target]
	if f.link && known && in.Kind == "PAGEREF" {
		b.pageNumber(in)
		return nil
	}
	if !known && strings.HasPrefix(in.Target, "_") { // one that Word has made for a cross-reference, and that was deleted
		b.warn("broken-link", fmt.Sprintf("A cross-reference leads to the bookmark %q, which there is not; its text is kept.", abbreviate(in.Target, 60)), b.ordinal)
	}
	if f.title || f.link || f.code || !known || in.Kind == "STYLEREF" {
		return b.inlines(in.Content, f)
	}
	inside := f
	inside.link = true
	xref := dita.New("xref")
	if in.Kind == "PAGEREF" {
		b.pageNumber(in)
	} else {
		xref.Add(b.inlines(in.Content, inside)...)
	}
	nodes := b.internal(xref, in.Target)
	if text := plainText(in.Content); numberedLabel.MatchString(text) {
		b.pending[len(b.pending)-1].number = text
	}
	return nodes
}

// pageNumber leaves out the number that a cross-reference shows.
func (b *builder) pageNumber(in *docx.Reference) {
	b.dropped("page-number", "page numbers in cross-references were left out; publishing puts the title there", plainText(in.Content))
}

// resolveLinks gives the links within the document their addresses.
func (c *conversion) resolveLinks() {
	for _, l := range c.pending {
		if l.anchor == "" {
			l.element.With("href", c.href(l.from, anchor{topic: c.plan.topics[0]}))
			continue
		}
		goal, ok := c.anchors[l.anchor]
		if !ok || goal.topic == nil {
			c.warn("broken-link", fmt.Sprintf("A link leads to the bookmark %q, which there is not; its text is kept.", abbreviate(l.anchor, 60)), l.ordinal)
			l.element.Name = "ph"
			continue
		}
		l.element.With("href", c.href(l.from, goal))
		if l.number != "" && goal.element != "" && c.titled[goal.topic.id+"/"+goal.element] {
			l.element.Children = nil
			c.dropped("caption-number", "numbers of tables and figures in cross-references were left out; publishing counts them", l.number)
		}
		if len(l.element.Children) == 0 && goal.element != "" && !c.titled[goal.topic.id+"/"+goal.element] {
			l.element.Add(dita.Text(goal.topic.title)) // publishing would find no words for the link
		}
	}
}

// href returns the address of an anchor as it is written in a topic.
func (c *conversion) href(from *topic, goal anchor) string {
	file := goal.topic.id + ".dita"
	if goal.topic == from {
		file = ""
	}
	address := file + "#" + goal.topic.id
	if goal.element != "" && c.emitted[goal.topic.id+"/"+goal.element] {
		address += "/" + goal.element
	}
	return address
}

// isWord reports whether a link leads to another Word document beside this one.
func isWord(address string) bool {
	u, err := url.Parse(escapeURL(address))
	if err != nil || u.Scheme != "" || u.Host != "" || strings.HasPrefix(u.Path, "/") {
		return false
	}
	switch strings.ToLower(path.Ext(u.Path)) {
	case ".docx", ".docm":
		return true
	}
	return false
}

// A sibling is another document that this one links to.
type sibling struct {
	folder  string
	first   string            // address of its first topic
	anchors map[string]string // addresses by bookmark
}

// maxSiblings bounds how many other documents are read for the links of one.
const maxSiblings = 100

// toSibling is a link to another document of the source.
func (b *builder) toSibling(xref *dita.Element, in *docx.Link) []dita.Node {
	u, _ := url.Parse(escapeURL(in.URL))
	goal := path.Join(path.Dir(b.path), u.Path)
	if found := b.find(goal); found != "" {
		goal = found
	}
	name := firstOf(in.Anchor, u.Fragment)
	other, err := b.sibling(goal)
	if err != nil {
		b.failed = err
		return nil
	}
	if other == nil {
		b.warn("broken-link", fmt.Sprintf("A link leads to %q, which is not one of the documents or cannot be read; its text is kept.", abbreviate(in.URL, 80)), b.ordinal)
		return xref.Children
	}
	address, ok := other.anchors[name]
	if !ok {
		address = other.first
		if name != "" {
			b.warn("missing-bookmark", fmt.Sprintf("A link leads to the bookmark %q of %s, which there is not; it leads to its beginning now.", abbreviate(name, 60), goal), b.ordinal)
		}
	}
	if file, _, _ := strings.Cut(address, "#"); b.leads != nil && goal != b.path {
		b.leads[other.folder+"/"+file] = true
	}
	return []dita.Node{xref.With("href", relative(OutputFolder(b.path)+"/"+topicsFolder, other.folder+"/"+address))}
}

// relative returns the address of a file as it is written in a folder.
func relative(folder, file string) string {
	from, to := strings.Split(folder, "/"), strings.Split(file, "/")
	same := 0
	for same < len(from) && same < len(to)-1 && from[same] == to[same] {
		same++
	}
	return strings.Repeat("../", len(from)-same) + strings.Join(to[same:], "/")
}

// sibling returns another document, or nil if it is none or cannot be converted.
func (c *conversion) sibling(document string) (*sibling, error) {
	if known, ok := c.siblings[document]; ok {
		return known, nil
	}
	if c.siblings == nil || len(c.siblings) >= maxSiblings || document == c.path {
		return c.self(document), nil
	}
	other := &conversion{ctx: c.ctx, source: c.source, path: document, options: c.options, styles: c.styles}
	c.siblings[document] = nil
	c.uses[document] = true
	err := guard(func() error {
		if err := other.load(); err != nil {
			return err
		}
		return other.build()
	})
	defer other.close()
	var reason *Reason
	switch {
	case errors.As(err, &reason) && reason.Code == faultCode: // which its own conversion may not meet
		c.warn(faultCode, fmt.Sprintf("docjobs itself fails at %s, to which a link leads. Please report that: %s.", document, reason.Detail), 0)
		return nil, nil
	case errors.As(err, &reason), errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	}
	c.siblings[document] = other.asSibling()
	return c.siblings[document], nil
}

// self answers for a link that a document has to itself by its file name.
func (c *conversion) self(document string) *sibling {
	if document != c.path || len(c.plan.topics) == 0 {
		return nil
	}
	return c.asSibling()
}

// asSibling tells other documents where things are in this one.
func (c *conversion) asSibling() *sibling {
	s := &sibling{folder: OutputFolder(c.path), anchors: map[string]string{}}
	if len(c.plan.topics) == 0 {
		return nil
	}
	address := func(a anchor) string { return topicsFolder + "/" + a.topic.id + ".dita" + c.href(a.topic, a) }
	s.first = address(anchor{topic: c.plan.topics[0]})
	for name, a := range c.anchors {
		s.anchors[name] = address(a)
	}
	return s
}
