package convert

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/docjobs/docjobs/engine/dita"
	"github.com/docjobs/docjobs/engine/docx"
	"github.com/docjobs/docjobs/engine/words"
)

// A conversion is the work on one document.
type conversion struct {
	ctx     context.Context // of one call of Convert
	source  Source
	path    string // of the document
	options Options
	styles  *StyleMap
	file    File
	pkg     *docx.Package
	doc     *docx.Document
	counts  *docx.Counts // of the document as it is stored
	plan    plan

	monospaced map[string]bool // paragraph styles, by name, whose font is one for code

	documents []*dita.Document // of the topics of the plan, in its order

	anchors  map[string]anchor          // by bookmark
	ids      map[*docx.Paragraph]string // IDs that paragraphs' elements must have
	emitted  map[string]bool            // "topic/element" that were written
	titled   map[string]bool            // those of them that have a title
	pending  []pendingLink
	siblings map[string]*sibling
	images   []imageUse
	pngs     int // bytes of pictures that were converted
	uses     map[string]bool
	leads    map[string]bool         // see [Report.Leads]
	noted    map[noted]*docx.NoteRef // the reference at which each note is told

	warnings, notes []Warning
	unmapped        map[string]*StyleUse
	told            map[*docx.Paragraph]bool // whose styles are among them
	droppedWords    words.Tally              // left out by a rule
}

// A noted is a note of the document.
type noted struct {
	kind  docx.NoteKind
	index int
}

// repeats tells whether a note is told at another reference than this one. It is kept by
// reference, not by place: what is built a second time is the same again, and notes that
// refer to themselves come to an end.
func (c *conversion) repeats(in *docx.NoteRef) bool {
	note := noted{in.Kind, in.Index}
	first, ok := c.noted[note]
	if !ok {
		c.noted[note] = in
		return false
	}
	return first != in
}

// warn adds something that a person must look at.
func (c *conversion) warn(code, message string, ordinal int) {
	c.warnings = addWarning(c.warnings, code, message, ordinal)
}

// note adds something that a person may want to know.
func (c *conversion) note(code, message string, ordinal int) {
	c.notes = addWarning(c.notes, code, message, ordinal)
}

// maxPlaces is how many places of one kind of warning are listed one by one; after
// that they are counted.
const maxPlaces = 20

func addWarning(list []Warning, code, message string, ordinal int) []Warning {
	same := 0
	for i := range list {
		if list[i].Code != code {
			continue
		}
		if same++; same >= maxPlaces || list[i].Message == message && ordinal == 0 {
			list[i].Count++
			return list
		}
	}
	place := ""
	if ordinal > 0 {
		place = fmt.Sprintf("paragraph %d", ordinal)
	}
	return append(list, Warning{Code: code, Message: message, Place: place, Count: 1})
}

// dropped notes words that were left out by a rule.
func (c *conversion) dropped(code, message, text string) {
	if words.Count(text) == 0 {
		return
	}
	c.droppedWords.Add(text)
	c.note(code, message, 0)
}

// style notes the use of a style that the style map does not name.
func (c *conversion) style(kind, name, text, treated string) {
	if name == "" {
		return
	}
	key := kind + " " + name
	use := c.unmapped[key]
	if use == nil {
		use = &StyleUse{Name: name, Type: kind, Treated: treated}
		c.unmapped[key] = use
	}
	use.Count++
	if use.Example == "" {
		use.Example = abbreviate(oneLine(text), 60)
	}
}

func (c *conversion) styleUses() []StyleUse {
	keys := make([]string, 0, len(c.unmapped))
	for key := range c.unmapped {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	uses := make([]StyleUse, len(keys))
	for i, key := range keys {
		uses[i] = *c.unmapped[key]
	}
	return uses
}

// abbreviate cuts text to at most n bytes between characters.
func abbreviate(text string, n int) string {
	if len(text) <= n {
		return text
	}
	return strings.ToValidUTF8(text[:n], "") + "…"
}
