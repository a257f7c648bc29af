package docx

import (
	"errors"
	"io/fs"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A noteIndex gives notes their index in the order of their first reference.
type noteIndex struct {
	ids   []string
	index map[string]int
	found map[string]Note
}

func (n *noteIndex) refer(id string) int {
	if i, ok := n.index[id]; ok {
		return i
	}
	if n.index == nil {
		n.index = map[string]int{}
	}
	n.index[id] = len(n.ids)
	n.ids = append(n.ids, id)
	return n.index[id]
}

func (n *noteIndex) keep(id string, note Note) {
	if n.found == nil {
		n.found = map[string]Note{}
	}
	n.found[id] = note
}

// notes returns the notes that were referred to.
func (n *noteIndex) notes() []Note {
	var notes []Note
	for _, id := range n.ids {
		note := n.found[id]
		note.ID = id
		notes = append(notes, note)
	}
	return notes
}

func (r *reader) noteIndex(kind NoteKind) *noteIndex {
	if kind == Endnote {
		return &r.endnotes
	}
	return &r.footnotes
}

// maxMark is how many signs Word lets the mark of a note have.
const maxMark = 10

// cutMark divides text that follows a reference to a note into the mark of the note
// and space behind it. Text that is no mark is returned as it is.
func cutMark(text string) (mark, rest string) {
	mark = strings.TrimRightFunc(text, unicode.IsSpace)
	if strings.ContainsFunc(mark, unicode.IsSpace) || utf8.RuneCountInString(mark) > maxMark {
		return "", text
	}
	return mark, text[len(mark):]
}

// readNotes reads footnotes and endnotes (ECMA-376-1, 17.11). Notes may refer to
// notes no further, so that one pass is enough.
func (r *reader) readNotes() error {
	if err := r.readNotePart(Footnote, "footnotes", "w:footnote"); err != nil {
		return err
	}
	return r.readNotePart(Endnote, "endnotes", "w:endnote")
}

// readComments reads all comments in the order of their part (17.13.4), before the
// body that refers to them. One on text that was deleted has no reference.
func (r *reader) readComments() error {
	r.comments = map[string]int{}
	return r.readNoteStory("comments", func(s *story, e element) {
		id := e.attr("w:id")
		if _, twice := r.comments[id]; e.name != "w:comment" || twice {
			return
		}
		r.comments[id] = len(r.doc.Comments)
		r.doc.Comments = append(r.doc.Comments, Note{ID: id, Author: e.attr("w:author"), Blocks: s.blocks()})
	})
}

func (r *reader) readNotePart(kind NoteKind, relation, name string) error {
	index := r.noteIndex(kind)
	if len(index.ids) == 0 {
		return nil
	}
	err := r.readNoteStory(relation, func(s *story, e element) {
		if e.name == name {
			s.note(index, e)
		}
	})
	if err == nil {
		r.reportMissing(kind, index)
	}
	return err
}

// readNoteStory reads the children of a part of notes, if the file has it.
func (r *reader) readNoteStory(relation string, visit func(s *story, e element)) error {
	part := r.related(relation, "word/"+relation+".xml")
	rels, err := r.pkg.relations(r.ctx, part)
	if err != nil {
		return err
	}
	s, closer, err := r.story(part, rels)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer closer.Close()
	s.x.root()
	s.x.each(func(e element) { visit(s, e) })
	return s.close()
}

// note reads a note that was referred to; separators and notes that a deletion
// orphaned are left out.
func (s *story) note(index *noteIndex, e element) {
	id := e.attr("w:id")
	if _, referred := index.index[id]; !referred {
		return
	}
	if _, twice := index.found[id]; twice {
		return
	}
	index.keep(id, Note{Author: e.attr("w:author"), Blocks: s.blocks()})
}

func (r *reader) reportMissing(kind NoteKind, index *noteIndex) {
	for _, id := range index.ids {
		if _, ok := index.found[id]; !ok {
			r.findings.add(Finding{
				Code:    "missing-note",
				Message: "a " + string(kind) + " that the document refers to is not in the file",
			})
		}
	}
}
