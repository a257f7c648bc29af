package docx

import (
	"bytes"
	"errors"
	"io"
)

// partSeparator stands between a document that is taken in and a part of it.
const partSeparator = "!"

// documentChunk takes in another Word document. One that cannot be read, or takes
// in others itself, is flagged.
func (s *story) documentChunk(k *sink, part string, f io.Reader) error {
	data, err := io.ReadAll(f)
	if err != nil {
		return err
	}
	if s.r.included += int64(len(data)); s.r.included > maxChunk {
		s.unreadChunk(k, part)
		return nil
	}
	blocks, err := s.r.include(part, data)
	var refused *Error
	if errors.As(err, &refused) {
		s.unreadChunk(k, part)
		return nil
	}
	if err != nil {
		return err
	}
	s.find("alt-chunk", "the document includes another Word document, which was read")
	for _, b := range blocks {
		k.add(b)
	}
	return nil
}

// include reads a document within the document and returns its body, with notes
// and pictures made those of the document.
func (r *reader) include(part string, data []byte) ([]Block, error) {
	pkg, err := Open(r.ctx, bytes.NewReader(data), int64(len(data)), r.pkg.limits)
	if err != nil {
		return nil, err
	}
	options := r.options
	options.Progress, options.HeadersFooters = nil, DropHeaders
	inner := &reader{
		ctx: r.ctx, pkg: pkg, options: options, doc: &Document{}, media: map[string]int{},
		lists: r.lists, nodes: r.nodes, included: -1,
	}
	if err := inner.read(); err != nil {
		return nil, err
	}
	if r.pkg.included == nil {
		r.pkg.included = map[string]*Package{}
	}
	r.pkg.included[part] = pkg
	r.lists, r.nodes = inner.lists, inner.nodes
	r.adopt(part, inner.doc)
	return inner.doc.Body, nil
}

// adopt makes notes and pictures of a document those of the one that includes it.
func (r *reader) adopt(part string, doc *Document) {
	notes := map[NoteKind][]int{
		Footnote: adoptNotes(part, &r.footnotes, doc.Footnotes),
		Endnote:  adoptNotes(part, &r.endnotes, doc.Endnotes),
	}
	for _, c := range doc.Comments {
		notes[Comment] = append(notes[Comment], len(r.doc.Comments))
		r.doc.Comments = append(r.doc.Comments, c)
	}
	media := make([]int, len(doc.Media))
	for i, m := range doc.Media {
		media[i] = len(r.doc.Media)
		m.Part = part + partSeparator + m.Part
		r.doc.Media = append(r.doc.Media, m)
	}
	(&reader{doc: doc}).eachParagraph(func(p *Paragraph) {
		p.Part = part + partSeparator + p.Part
		eachInline(p.Content, func(in Inline) {
			switch in := in.(type) {
			case *NoteRef:
				in.Index = notes[in.Kind][in.Index]
			case *Image:
				if in.Media >= 0 {
					in.Media = media[in.Media]
				}
			}
		})
	})
	for _, f := range doc.Findings {
		f.Part = part + partSeparator + f.Part
		r.findings.add(f)
	}
}

func adoptNotes(part string, index *noteIndex, notes []Note) []int {
	indexes := make([]int, len(notes))
	for i, n := range notes {
		id := part + partSeparator + n.ID
		indexes[i] = index.refer(id)
		index.keep(id, n)
	}
	return indexes
}
