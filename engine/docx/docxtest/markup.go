package docxtest

import (
	"encoding/xml"
	"fmt"
	"strings"
)

// XML is a piece of WordprocessingML with the usual prefixes, put in as it is.
type XML string

// Props are properties of the paragraph, run, row or cell that they are given to:
// the children of its w:pPr, w:rPr, w:trPr or w:tcPr.
type Props string

// The lists that every file has.
const (
	Bulleted = 1 // nine levels of bullets
	Numbered = 2 // 1. a) i. and again
)

// markup joins pieces: a string is the text of a run, XML is taken as it is, Props
// are returned apart.
func markup(pieces []any) (content, props string) {
	var c, p strings.Builder
	for _, piece := range pieces {
		switch piece := piece.(type) {
		case string:
			c.WriteString(string(R("", piece)))
		case XML:
			c.WriteString(string(piece))
		case Props:
			p.WriteString(string(piece))
		default:
			panic(fmt.Sprintf("docxtest: a piece is a string, XML or Props, not %T", piece))
		}
	}
	return c.String(), p.String()
}

// element is an element with its properties first.
func element(name, properties string, pieces []any) XML {
	content, props := markup(pieces)
	if props != "" {
		props = "<w:" + properties + ">" + props + "</w:" + properties + ">"
	}
	return XML("<w:" + name + ">" + props + content + "</w:" + name + ">")
}

func join(blocks []XML) string {
	var b strings.Builder
	for _, x := range blocks {
		b.WriteString(string(x))
	}
	return b.String()
}

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder takes everything
	return b.String()
}

// P is a paragraph.
func P(pieces ...any) XML { return element("p", "pPr", pieces) }

// Styled is a paragraph of a style, named by ID.
func Styled(style string, pieces ...any) XML {
	return P(append([]any{Props(`<w:pStyle w:val="` + escape(style) + `"/>`)}, pieces...)...)
}

// Heading is a heading of level 1 to 6.
func Heading(level int, pieces ...any) XML {
	return Styled(fmt.Sprintf("Heading%d", level), pieces...)
}

// Item is an item of a list ([Bulleted], [Numbered] or one of File.Numbering) at a
// level from 0.
func Item(list, level int, pieces ...any) XML {
	return P(append([]any{NumPr(list, level)}, pieces...)...)
}

// NumPr makes a paragraph an item of a list.
func NumPr(list, level int) Props {
	return Props(fmt.Sprintf(`<w:numPr><w:ilvl w:val="%d"/><w:numId w:val="%d"/></w:numPr>`, level, list))
}

// R is a run of text with properties.
func R(props Props, text string) XML {
	t := XML(`<w:t xml:space="preserve">` + escape(text) + `</w:t>`)
	return element("r", "rPr", []any{props, t})
}

// Run is a run of anything but text.
func Run(pieces ...any) XML { return element("r", "rPr", pieces) }

// Bold, Italic and Code are runs of text that look so.
func Bold(text string) XML   { return R("<w:b/>", text) }
func Italic(text string) XML { return R("<w:i/>", text) }
func Code(text string) XML   { return R(`<w:rFonts w:ascii="Consolas" w:hAnsi="Consolas"/>`, text) }

// Char is a run of a character style, named by ID.
func Char(style, text string) XML {
	return R(Props(`<w:rStyle w:val="`+escape(style)+`"/>`), text)
}

// Breaks and tabs.
const (
	Tab       XML = `<w:r><w:tab/></w:r>`
	LineBreak XML = `<w:r><w:br/></w:r>`
	PageBreak XML = `<w:r><w:br w:type="page"/></w:r>`
)

// Link leads to what a relationship of the document ([File.External]) names.
func Link(rel string, pieces ...any) XML {
	content, _ := markup(pieces)
	return XML(`<w:hyperlink r:id="` + escape(rel) + `">` + content + `</w:hyperlink>`)
}

// LinkTo leads to a bookmark.
func LinkTo(bookmark string, pieces ...any) XML {
	content, _ := markup(pieces)
	return XML(`<w:hyperlink w:anchor="` + escape(bookmark) + `">` + content + `</w:hyperlink>`)
}

// Bookmark is a bookmark around inlines.
func Bookmark(name string, pieces ...any) XML {
	content, _ := markup(pieces)
	id := fmt.Sprint(len(name)*1000 + int(name[0]))
	return XML(`<w:bookmarkStart w:id="` + id + `" w:name="` + escape(name) + `"/>` + content + `<w:bookmarkEnd w:id="` + id + `"/>`)
}

// The parts of a complex field.
const (
	FieldBegin    XML = `<w:r><w:fldChar w:fldCharType="begin"/></w:r>`
	FieldSeparate XML = `<w:r><w:fldChar w:fldCharType="separate"/></w:r>`
	FieldEnd      XML = `<w:r><w:fldChar w:fldCharType="end"/></w:r>`
)

// FieldCode is a piece of the code of a complex field.
func FieldCode(code string) XML {
	return XML(`<w:r><w:instrText xml:space="preserve">` + escape(code) + `</w:instrText></w:r>`)
}

// Field is a complex field; without a result it has no separator, as an index entry.
func Field(code string, result ...any) XML {
	content, _ := markup(result)
	if content != "" {
		content = string(FieldSeparate) + content
	}
	return FieldBegin + FieldCode(code) + XML(content) + FieldEnd
}

// SimpleField is a w:fldSimple.
func SimpleField(code string, result ...any) XML {
	content, _ := markup(result)
	return XML(`<w:fldSimple w:instr="` + escape(code) + `">` + content + `</w:fldSimple>`)
}

// FootnoteRef, EndnoteRef and CommentRef refer to a note of the file by its ID.
func FootnoteRef(id int) XML { return noteRef("footnote", id) }
func EndnoteRef(id int) XML  { return noteRef("endnote", id) }
func CommentRef(id int) XML  { return noteRef("comment", id) }

func noteRef(kind string, id int) XML {
	return XML(fmt.Sprintf(`<w:r><w:%sReference w:id="%d"/></w:r>`, kind, id))
}

// MarkedRef refers to a footnote that has a mark of its own.
func MarkedRef(id int, mark string) XML {
	return XML(fmt.Sprintf(`<w:r><w:footnoteReference w:customMarkFollows="1" w:id="%d"/><w:t>%s</w:t></w:r>`, id, escape(mark)))
}

// Inserted and Deleted are tracked changes of runs.
func Inserted(pieces ...any) XML {
	content, _ := markup(pieces)
	return XML(`<w:ins w:id="1" w:author="A">` + content + `</w:ins>`)
}

// Deleted is a deletion.
func Deleted(text string) XML {
	return XML(`<w:del w:id="2" w:author="A"><w:r><w:delText xml:space="preserve">` + escape(text) + `</w:delText></w:r></w:del>`)
}

// Properties of the paragraph mark that a tracked change concerns.
const (
	MarkInserted Props = `<w:rPr><w:ins w:id="3" w:author="A"/></w:rPr>`
	MarkDeleted  Props = `<w:rPr><w:del w:id="4" w:author="A"/></w:rPr>`
)

// Table is a table of rows. Props may come first.
func Table(pieces ...any) XML { return element("tbl", "tblPr", pieces) }

// Row is a row of cells.
func Row(pieces ...any) XML { return element("tr", "trPr", pieces) }

// HeaderRow is a row that every page repeats.
func HeaderRow(pieces ...any) XML {
	return Row(append([]any{Props("<w:tblHeader/>")}, pieces...)...)
}

// Cell is a cell of blocks. A string is a paragraph in it.
func Cell(pieces ...any) XML {
	blocks := make([]any, len(pieces))
	for i, piece := range pieces {
		if text, ok := piece.(string); ok {
			piece = P(text)
		}
		blocks[i] = piece
	}
	return element("tc", "tcPr", blocks)
}

// Span makes a cell cover columns of the grid.
func Span(columns int) Props { return Props(fmt.Sprintf(`<w:gridSpan w:val="%d"/>`, columns)) }

// Properties of cells that are merged downwards.
const (
	MergeStart    Props = `<w:vMerge w:val="restart"/>`
	MergeContinue Props = `<w:vMerge/>`
)

// Control is a content control around blocks; gallery is that of a building block,
// such as "Table of Contents", or "".
func Control(title, tag, gallery string, blocks ...XML) XML {
	props := `<w:alias w:val="` + escape(title) + `"/><w:tag w:val="` + escape(tag) + `"/>`
	if gallery != "" {
		props += `<w:docPartObj><w:docPartGallery w:val="` + escape(gallery) + `"/></w:docPartObj>`
	}
	return XML(`<w:sdt><w:sdtPr>` + props + `</w:sdtPr><w:sdtContent>` + join(blocks) + `</w:sdtContent></w:sdt>`)
}

// Section ends a section.
const Section Props = `<w:sectPr/>`
