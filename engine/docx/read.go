package docx

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"slices"
)

// Read reads a Word file. An [*Error] says why the file is refused; any other
// error is about the world.
func Read(ctx context.Context, r io.ReaderAt, size int64, o Options) (*Document, error) {
	p, err := Open(ctx, r, size, o.Limits)
	if err != nil {
		return nil, err
	}
	return p.Read(ctx, o)
}

// Read reads the document of the package. Options.Limits is not looked at: those
// of Open hold.
func (p *Package) Read(ctx context.Context, o Options) (*Document, error) {
	r := &reader{ctx: ctx, pkg: p, options: o, doc: &Document{}, media: map[string]int{}}
	if err := r.read(); err != nil {
		if world := p.src.failure(); world != nil {
			return nil, world
		}
		return nil, err
	}
	return r.doc, nil
}

// A reader reads one document. The parts of a document's text are stories
// ([story]), which share it.
type reader struct {
	ctx       context.Context // of one call of Read
	pkg       *Package
	options   Options
	doc       *Document
	rels      relations // of the main part
	styles    *styleSheet
	numbering *numbering
	findings  findings
	media     map[string]int // index in doc.Media by part
	footnotes noteIndex
	endnotes  noteIndex
	comments  map[string]int // index in doc.Comments by ID
	headers   []sectionStory
	lists     int // the last one's number
	nodes     int // blocks and inlines so far
	progress  progress
	included  int64 // bytes of documents that were taken in; -1 in such a document
}

func (r *reader) read() error {
	var err error
	if r.rels, err = r.pkg.relations(r.ctx, r.pkg.main); err != nil {
		return err
	}
	r.expect()
	for _, step := range []func() error{
		r.readStyles, r.readNumbering, r.readComments, r.readBody, r.readNotes, r.readHeaders, r.readProperties,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	r.finish()
	return nil
}

// related returns the part of a kind that belongs to the document: by its
// relationship, else where every writer puts it.
func (r *reader) related(kind, usual string) string {
	if rel, ok := r.rels.first(kind); ok {
		return rel.target
	}
	return usual
}

func (r *reader) readStyles() error {
	part := r.related("styles", "word/styles.xml")
	sheet, err := r.pkg.readStyles(r.ctx, part, r.options.Changes)
	if errors.Is(err, fs.ErrNotExist) {
		r.findings.add(Finding{Code: "no-styles", Part: part, Message: "the document has no styles; headings are told by the names that paragraphs use"})
		sheet, err = newStyleSheet(), nil
	}
	r.styles = sheet
	r.progress.part(r.pkg.size(part))
	return err
}

func (r *reader) readNumbering() error {
	part := r.related("numbering", "word/numbering.xml")
	n, err := r.pkg.readNumbering(r.ctx, part)
	if errors.Is(err, fs.ErrNotExist) {
		n, err = newNumbering(), nil
	}
	r.numbering = n
	if err == nil {
		n.linkStyles(r.styles)
	}
	r.progress.part(r.pkg.size(part))
	return err
}

// language is the document's: of its default paragraph style, else of its defaults.
func (r *reader) language() string {
	l := r.styles.runs.lang
	if d := r.styles.defaults[ParagraphStyle]; d != nil {
		l.apply(d.lang)
	}
	return l.western
}

func (r *reader) readBody() error {
	r.doc.Properties.Language = r.language()
	s, closer, err := r.story(r.pkg.main, r.rels)
	if errors.Is(err, fs.ErrNotExist) {
		return r.pkg.refuseWithoutDocument()
	}
	if err != nil {
		return err
	}
	defer closer.Close()
	root, ok := s.x.root()
	if !ok {
		if err := s.close(); err != nil {
			return err
		}
		return refuse(Damaged, "the file is damaged: the part with the text of the document is empty; get an intact copy").in(r.pkg.main)
	}
	if root.name != "w:document" {
		return refuse(NotWord, "the file is not a Word document: its main part is %.40q", root.name).in(r.pkg.main)
	}
	s.x.each(func(e element) {
		if e.name == "w:body" {
			r.doc.Body = append(r.doc.Body, s.blocks()...)
		}
	})
	return s.close()
}

// readHeaders reads the distinct headers and footers in the order of the sections.
func (r *reader) readHeaders() error {
	if r.options.HeadersFooters == DropHeaders {
		return nil
	}
	var seen []string
	for _, h := range r.headers {
		rel, ok := r.rels[h.rel]
		if !ok || rel.external || slices.Contains(seen, rel.target) || len(seen) >= maxHeaders {
			continue
		}
		seen = append(seen, rel.target)
		if err := r.readHeader(h, rel.target); err != nil {
			return err
		}
	}
	return nil
}

// maxHeaders bounds the parts that are read as headers and footers.
const maxHeaders = 1000

func (r *reader) readHeader(h sectionStory, part string) error {
	blocks, err := r.readPart(part)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		r.missing(part, "a header or footer")
		return nil
	case err != nil:
		return err
	case h.footer:
		r.doc.Footers = append(r.doc.Footers, Story{Part: part, Blocks: blocks})
	default:
		r.doc.Headers = append(r.doc.Headers, Story{Part: part, Blocks: blocks})
	}
	return nil
}

// readPart reads a part whose root holds blocks.
func (r *reader) readPart(part string) ([]Block, error) {
	rels, err := r.pkg.relations(r.ctx, part)
	if err != nil {
		return nil, err
	}
	s, closer, err := r.story(part, rels)
	if err != nil {
		return nil, err
	}
	defer closer.Close()
	s.x.root()
	blocks := s.blocks()
	return blocks, s.close()
}

// missing notes that the document refers to a part that the file does not have:
// Word opens such files, so they are read.
func (r *reader) missing(part, what string) {
	r.findings.add(Finding{
		Code: "missing-part", Part: part,
		Message: what + " that the document refers to is not in the file",
	})
}

// finish puts what was gathered into the document.
func (r *reader) finish() {
	for _, s := range r.styles.list {
		r.doc.Styles = append(r.doc.Styles, s.Style)
	}
	r.doc.Footnotes, r.doc.Endnotes = r.footnotes.notes(), r.endnotes.notes()
	r.settleLanguage()
	r.doc.Findings = r.findings.list
	r.progress.end()
}
