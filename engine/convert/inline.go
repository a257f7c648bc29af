package convert

import (
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/docjobs/docjobs/engine/dita"
	"github.com/docjobs/docjobs/engine/docx"
)

// A flow is where inlines are put, which decides what may stand there.
type flow struct {
	title bool   // no links, notes and index entries (title.cnt)
	link  bool   // inside of a link: none of these either (xreftext.cnt)
	code  bool   // line breaks and tabs are kept
	lines bool   // line breaks are kept, by the element around
	block bool   // blocks may stand beside the text (para.cnt, listitem.cnt)
	lang  string // of the paragraph around; "" if none is known
	rtl   bool   // the paragraph around goes from right to left
}

// inlines turns inlines into nodes. What may not stand in the flow is put into
// b.later.
func (b *builder) inlines(content []docx.Inline, f flow) []dita.Node {
	holder := dita.New("")
	for i := 0; i < len(content); i++ {
		if text, ok := content[i].(*docx.Text); ok {
			n := 1
			joined := *text
			for i+n < len(content) {
				next, ok := content[i+n].(*docx.Text)
				if !ok || next.Style != text.Style || next.Marks != text.Marks || next.Lang != text.Lang || next.RTL != text.RTL {
					break
				}
				joined.Text += next.Text
				n++
			}
			i += n - 1
			holder.Add(b.text(&joined, f))
			continue
		}
		before := len(b.later)
		holder.Add(b.inline(content[i], f)...)
		if !f.title && !f.link && !f.code && len(b.later) > before {
			holder.Add(b.later[before:]...)
			b.later = b.later[:before]
		}
	}
	return holder.Children
}

// inline turns one inline that is no text into nodes.
func (b *builder) inline(in docx.Inline, f flow) []dita.Node {
	switch in := in.(type) {
	case *docx.Break:
		return []dita.Node{b.lineBreak(in, f)}
	case *docx.Link:
		return b.link(in, f)
	case *docx.Reference:
		return b.reference(in, f)
	case *docx.Anchor:
		return b.anchor(in, f)
	case *docx.Image:
		return b.image(in, f, "inline")
	case *docx.Math:
		return b.math(in, f)
	case *docx.NoteRef:
		return b.noteRef(in, f)
	case *docx.IndexEntry:
		if in.Range != "" {
			b.note("index-range", "An index entry is about the pages of a bookmark; it points to where it stands.", b.ordinal)
		}
		b.later = append(b.later, indexTerm(in))
		return nil
	case *docx.Field:
		return b.inlines(in.Content, f)
	case *docx.Object:
		return b.object(in)
	}
	return nil
}

func (b *builder) lineBreak(br *docx.Break, f flow) dita.Node {
	switch {
	case br.Kind == docx.LineBreak && (f.code || f.lines):
		return dita.Text("\n")
	case br.Kind == docx.Tab && f.code:
		return dita.Text("\t")
	}
	return dita.Text(" ")
}

// marks are the elements of direct formatting, from the innermost to the outermost.
var marks = []struct {
	mark    docx.Marks
	element string
	class   string
}{
	{docx.Subscript, "sub", ""},
	{docx.Superscript, "sup", ""},
	{docx.Italic, "i", ""},
	{docx.Bold, "b", ""},
	{docx.Underline, "u", ""},
	{docx.Strike, "ph", "strike"},
	{docx.SmallCaps, "ph", "small-caps"},
	{docx.Hidden, "ph", "hidden"},
}

// text turns text with one formatting into a node. White space is never
// formatted.
func (b *builder) text(t *docx.Text, f flow) dita.Node {
	if t.Text == "" {
		return nil
	}
	content := t.Text
	if !f.code {
		content = strings.ReplaceAll(content, "\n", " ")
	}
	if strings.TrimSpace(content) == "" {
		return dita.Text(content)
	}
	var node dita.Node = dita.Text(content)
	name, known := b.styles.character(t.Style)
	if t.Style != "" && !known {
		b.style("character", t.Style, t.Text, "its formatting only")
	}
	if name == "" && t.Marks&docx.Monospace != 0 {
		name = "codeph"
	}
	if f.code && (name == "codeph" || name == "tt") {
		name = ""
	}
	if name != "" {
		node = dita.New(name, node)
	}
	for _, m := range marks {
		if t.Marks&m.mark != 0 && m.element != name {
			node = dita.New(m.element, node).With("outputclass", m.class)
		}
	}
	lang, dir := t.Lang, ""
	if lang == f.lang {
		lang = ""
	}
	if t.RTL && !f.rtl {
		dir = "rtl"
	}
	if lang != "" || dir != "" {
		node = dita.New("ph", node).With("xml:lang", lang).With("dir", dir)
	}
	return node
}

// image turns a picture into an image element; placement is "inline" or "break".
func (b *builder) image(in *docx.Image, f flow, placement string) []dita.Node {
	href := in.URL
	scope := "external"
	if in.Media >= 0 {
		href, scope = b.use(in.Media, b.ordinal), ""
	}
	switch {
	case href == "":
		b.warn("missing-picture", "A picture is not in the file; it is left out.", b.ordinal)
		return textOf(firstOf(in.Alt, in.Title))
	case in.Media < 0 && !onTheWeb(href): // whoever publishes the topic would read a file of that machine
		b.warn("missing-picture", fmt.Sprintf("A picture is linked to the file %q and is not in the document; it is left out.", abbreviate(href, 80)), b.ordinal)
		return textOf(firstOf(in.Alt, in.Title))
	}
	alt := strings.TrimSpace(firstOf(in.Alt, in.Title))
	if alt == "" {
		b.note("no-alternative-text", "Pictures have no alternative text.", 0)
	}
	image := dita.New("image").With("href", escapeURL(href)).With("scope", scope).With("placement", placement)
	if in.Width > 0 && in.Height > 0 {
		image.With("width", strconv.Itoa(in.Width)+"pt").With("height", strconv.Itoa(in.Height)+"pt")
	}
	if alt != "" {
		image.Add(dita.New("alt", dita.Text(oneLine(alt))))
	}
	if f.code { // which holds text only
		b.later = append(b.later, image)
		return nil
	}
	return []dita.Node{image}
}

// onTheWeb reports whether an address is one that every reader's machine can fetch.
func onTheWeb(address string) bool {
	u, err := url.Parse(escapeURL(address))
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

func textOf(text string) []dita.Node {
	if text = oneLine(text); text == "" {
		return nil
	}
	return []dita.Node{dita.Text(text)}
}

func firstOf(words ...string) string {
	for _, w := range words {
		if strings.TrimSpace(w) != "" {
			return w
		}
	}
	return ""
}

// math turns a formula into MathML where the grammar has it (DITA 1.3, 3.2.7), and
// else into its text. One in lines of its own is an equation-block, which is a div, where
// the flow has blocks.
func (b *builder) math(m *docx.Math, f flow) []dita.Node {
	if b.version == dita.V13 && m.MathML != "" && !f.code {
		formula := dita.New("mathml", dita.Markup(m.MathML))
		if m.Display && f.block && !f.link {
			return []dita.Node{dita.New("equation-block", formula)}
		}
		return []dita.Node{dita.New("equation-inline", formula)}
	}
	because := "DITA " + string(b.version) + " has no MathML"
	if b.version == dita.V13 {
		because = "code holds text only"
	}
	b.warn("formula-as-text", "Formulas are kept as text, because "+because+".", 0)
	return []dita.Node{dita.New("ph", dita.Text(m.Text)).With("outputclass", "formula")}
}

// noteRef turns the first reference to a note into the note, and further ones into the
// mark that they have.
func (b *builder) noteRef(in *docx.NoteRef, f flow) []dita.Node {
	if b.repeats(in) {
		b.warn("repeated-note", "A footnote, endnote or comment is referred to again; its text stands only where it is referred to first.", b.ordinal)
		if in.Mark == "" {
			return nil
		}
		return []dita.Node{dita.Text(" " + in.Mark + " ")}
	}
	if in.Kind == docx.Comment {
		if in.Index >= len(b.doc.Comments) {
			return nil
		}
		comment := b.doc.Comments[in.Index]
		if b.styles.Policies.Comments == "drop" {
			eachParagraph(comment.Blocks, func(p *docx.Paragraph) {
				b.dropped("comment-dropped", "comments were left out, as the style map says", plainText(p.Content))
			})
			return nil
		}
		return b.aside(dita.New("draft-comment").With("author", oneLine(comment.Author)), comment.Blocks, f)
	}
	notes := b.doc.Footnotes
	if in.Kind == docx.Endnote {
		notes = b.doc.Endnotes
	}
	if in.Index >= len(notes) {
		return nil
	}
	return b.aside(dita.New("fn").With("callout", in.Mark), b.withoutMark(notes[in.Index].Blocks, in.Mark), f)
}

// aside fills an element with blocks that stand outside of the text, and puts it
// off where the flow may not hold it. Notes within notes become text.
func (b *builder) aside(e *dita.Element, blocks []docx.Block, f flow) []dita.Node {
	if b.inNote {
		text := dita.New("", dita.Text(" "))
		if mark := e.Attr("callout"); mark != "" {
			text.Add(dita.Text(mark + " "))
		}
		return text.Add(b.flat(blocks)...).Add(dita.Text(" ")).Children
	}
	b.inNote = true
	paragraphs := b.bare(blocks)
	for _, nodes := range paragraphs {
		if len(paragraphs) == 1 {
			e.Add(nodes...)
		} else {
			e.Add(dita.New("p", nodes...))
		}
	}
	b.inNote = false
	if f.title || f.link || f.code {
		b.later = append(b.later, e)
		return nil
	}
	return []dita.Node{e}
}

// flat turns blocks into inlines, for places that hold nothing else.
func (b *builder) flat(blocks []docx.Block) []dita.Node {
	var out []dita.Node
	for i, nodes := range b.bare(blocks) {
		if i > 0 {
			out = append(out, dita.Text("\n"))
		}
		out = append(out, nodes...)
	}
	return out
}

// bare returns the inlines of every paragraph in blocks, without their structure.
func (b *builder) bare(blocks []docx.Block) (paragraphs [][]dita.Node) {
	eachParagraph(blocks, func(p *docx.Paragraph) {
		if nodes := b.inlines(p.Content, flow{block: true}); len(nodes) > 0 {
			paragraphs = append(paragraphs, nodes)
		}
	})
	return paragraphs
}

// eachParagraph calls f with every paragraph in blocks, in reading order.
func eachParagraph(blocks []docx.Block, f func(*docx.Paragraph)) {
	for _, block := range blocks {
		switch block := block.(type) {
		case *docx.Paragraph:
			f(block)
		case *docx.Table:
			for _, row := range block.Rows {
				for _, cell := range row.Cells {
					eachParagraph(cell.Blocks, f)
				}
			}
		case *docx.TextBox:
			eachParagraph(block.Blocks, f)
		case *docx.Group:
			eachParagraph(block.Blocks, f)
		}
	}
}

// indexTerm turns an index entry into nested indexterms (DITA 1.3, 3.3.4.2).
func indexTerm(in *docx.IndexEntry) *dita.Element {
	var outer, inner *dita.Element
	for _, term := range in.Terms {
		e := dita.New("indexterm", dita.Text(oneLine(term)))
		if inner == nil {
			outer = e
		} else {
			inner.Add(e)
		}
		inner = e
	}
	if inner != nil && in.See != "" {
		inner.Add(seeTerm(oneLine(in.See)))
	}
	return outer
}

// seeAlso are the words with which Word offers to begin a cross-reference of an index,
// and what authors make of them in other languages.
var seeAlso = regexp.MustCompile(`(?i)^(?:see|siehe|voir|véase|ver|vedi|zie|se)( also| auch| aussi| también| anche| ook| även| também)?[\s:]+`)

// seeTerm is a cross-reference of an index. Publishing writes “see”.
func seeTerm(see string) *dita.Element {
	match := seeAlso.FindStringSubmatch(see)
	switch {
	case match == nil:
		return dita.New("index-see", dita.Text(see))
	case match[1] != "":
		return dita.New("index-see-also", dita.Text(see[len(match[0]):]))
	}
	return dita.New("index-see", dita.Text(see[len(match[0]):]))
}

// object keeps the words of something that DITA cannot show. The reader has noticed it.
func (b *builder) object(in *docx.Object) []dita.Node {
	text := oneLine(in.Text)
	if text == "" {
		return nil
	}
	return []dita.Node{dita.New("ph", dita.Text(text)).With("outputclass", "object")}
}
