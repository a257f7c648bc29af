package convert

import (
	"github.com/docjobs/docjobs/engine/dita"
	"github.com/docjobs/docjobs/engine/docx"
)

// A builder makes the elements of one topic.
type builder struct {
	*conversion
	version dita.Version
	topic   *topic

	later   []dita.Node // what may not stand where its text does
	inNote  bool        // in a note: another one becomes text
	ordinal int         // of the paragraph that is being built

	failed error // of the world
}

// A place says what may stand in the element that blocks are put into.
type place struct {
	cell bool // a table cell: no tables (DITA 1.3, entry)
	note bool // a note: no notes
	item bool // an item of a list: no sections
}

// A unit is a block of the topic with the caption that belongs to it.
type unit struct {
	block   docx.Block
	caption *docx.Paragraph
}

// paragraph returns the unit as a paragraph, or nil.
func (u unit) paragraph() *docx.Paragraph {
	p, _ := u.block.(*docx.Paragraph)
	return p
}

// document builds the topic.
func (b *builder) document() *dita.Document {
	t := b.topic
	title := dita.New("title")
	if t.heading != nil {
		title.Add(b.inlines(t.heading.Content, flow{title: true})...)
	}
	if dita.Blank(title.Children...) {
		title.Children = []dita.Node{dita.Text(t.title)}
	}
	prolog, rest := splitIndex(b.later)
	b.later = nil
	nodes := b.blocks(t.blocks, place{})
	if len(rest) > 0 { // notes of the title
		nodes = append([]dita.Node{dita.New("p", rest...)}, nodes...)
	}
	t.kind = b.typeOf(nodes)
	root := dita.New(string(t.kind), title).With("id", t.id).With("xml:lang", b.doc.Properties.Language)
	if len(prolog) > 0 {
		root.Add(dita.New("prolog", dita.New("metadata", dita.New("keywords", prolog...))))
	}
	root.Add(b.body(t.kind, nodes))
	return &dita.Document{Kind: t.kind, Version: b.version, Root: root}
}

// splitIndex tells index entries from the rest.
func splitIndex(nodes []dita.Node) (index, rest []dita.Node) {
	for _, n := range nodes {
		if e, ok := n.(*dita.Element); ok && e.Name == "indexterm" {
			index = append(index, n)
		} else {
			rest = append(rest, n)
		}
	}
	return index, rest
}

// blocks turns blocks into elements.
func (b *builder) blocks(blocks []docx.Block, in place) []dita.Node {
	return b.units(b.withCaptions(flatten(blocks)), in)
}

// flatten takes blocks out of the groups and text boxes that hold them.
func flatten(blocks []docx.Block) []docx.Block {
	var out []docx.Block
	for _, block := range blocks {
		switch block := block.(type) {
		case *docx.Group:
			out = append(out, flatten(block.Blocks)...)
		case *docx.TextBox:
			out = append(out, flatten(block.Blocks)...)
		default:
			out = append(out, block)
		}
	}
	return out
}

// units turns blocks with their captions into elements, until the time of the document
// is over.
func (b *builder) units(units []unit, in place) []dita.Node {
	var out []dita.Node
	for i := 0; i < len(units) && b.ctx.Err() == nil; {
		nodes, n := b.next(units[i:], in)
		out = append(out, nodes...)
		i += n
	}
	if !in.cell && !in.note && !in.item {
		out = sections(out)
	}
	return out
}

// next turns the first of the units into elements, with those after it that belong
// to the same element, and returns how many they were.
func (b *builder) next(units []unit, in place) ([]dita.Node, int) {
	u := units[0]
	if table, ok := u.block.(*docx.Table); ok {
		return b.table(table, u.caption, in), 1
	}
	p := u.paragraph()
	if p == nil {
		return nil, 1
	}
	b.ordinal = p.Ordinal
	if p.Generated != "" {
		b.dropped("generated", p.Generated+" that Word had generated was left out; publishing makes its own", plainText(p.Content))
		return nil, 1
	}
	if b.blankParagraph(p) {
		return nil, 1
	}
	t := b.targetOf(p)
	switch {
	case t.name == "drop":
		b.dropped("style-dropped", "text in styles that the style map drops was left out", plainText(p.Content))
		return nil, 1
	case t.name == "heading":
		return b.deepHeading(p, t.level, in), 1
	case t.name == "p" && p.List != nil:
		return b.list(units, in)
	case isFigure(p):
		return b.figure(p, u.caption, in), 1
	case t.name == "codeblock" || t.name == "pre":
		return b.code(units, t.name)
	case t.name == "dt" || t.name == "dd":
		return b.definitions(units)
	case t.name == "note" && !in.note:
		return b.typedNote(units, t.kind)
	case t.name == "lq":
		return b.quote(units)
	}
	return []dita.Node{b.para(p, "p")}, 1
}

// targetOf returns what becomes of a paragraph, by its style, and where that says
// nothing, by what it looks like.
func (b *builder) targetOf(p *docx.Paragraph) target {
	t, known := b.styles.paragraph(p)
	if t.name == "p" && p.List == nil {
		if looksLikeCode(p) || !known && b.monospaced[p.Style] {
			t = target{name: "codeblock"}
		} else if kind := noteWord(p); kind != "" {
			t = target{name: "note", kind: kind}
		}
	}
	if !known && !b.told[p] {
		b.told[p] = true
		b.style("paragraph", p.Style, plainText(p.Content), t.String())
	}
	return t
}

// looksLikeCode reports whether all text of a paragraph is in a font for code.
func looksLikeCode(p *docx.Paragraph) bool {
	code := false
	for _, in := range p.Content {
		switch in := in.(type) {
		case *docx.Text:
			if in.Marks&docx.Monospace != 0 {
				code = true
			} else if !isSpace(in.Text) {
				return false
			}
		case *docx.Break, *docx.Anchor:
		default:
			return false
		}
	}
	return code
}

// para turns a paragraph into an element. One whose lines its author broke keeps
// them.
func (b *builder) para(p *docx.Paragraph, name string) dita.Node {
	f := flow{block: name != "dt", lang: p.Lang, rtl: p.RTL}
	if name == "p" && brokenLines(p) {
		name, f.lines, f.block = "lines", true, false
	}
	e := dita.New(name, b.inlines(p.Content, f)...)
	trim(e)
	if len(e.Children) == 0 {
		return nil
	}
	return b.identify(b.localize(e, p), b.ids[p])
}

// localize says in which language and direction an element is.
func (b *builder) localize(e *dita.Element, p *docx.Paragraph) *dita.Element {
	if p.Lang != "" && p.Lang != b.doc.Properties.Language {
		e.With("xml:lang", p.Lang)
	}
	if p.RTL {
		e.With("dir", "rtl")
	}
	return e
}

// brokenLines reports whether a paragraph is text with line breaks in it.
func brokenLines(p *docx.Paragraph) bool {
	text := false
	for i, in := range p.Content {
		switch in := in.(type) {
		case *docx.Text:
			text = text || !isSpace(in.Text)
		case *docx.Break:
			if in.Kind == docx.LineBreak && text && i < len(p.Content)-1 {
				return !holdsPicture(p.Content)
			}
		}
	}
	return false
}

// deepHeading is a heading that begins no topic; [sections] makes the section. Where
// no section may stand it is a bold paragraph.
func (b *builder) deepHeading(p *docx.Paragraph, level int, in place) []dita.Node {
	if in.cell || in.item || in.note || holdsPicture(p.Content) {
		e := dita.New("p", b.inlines(p.Content, flow{block: true, lang: p.Lang, rtl: p.RTL})...).With("outputclass", "heading")
		trim(e)
		return []dita.Node{b.identify(b.localize(e, p), b.ids[p])}
	}
	title := dita.New("title", b.inlines(p.Content, flow{title: true})...)
	trim(title)
	section := dita.New("section", title)
	section.Add(b.later...)
	b.later = nil
	if level > b.styles.Topics.Split+1 {
		section.With("outputclass", "heading")
	}
	return []dita.Node{b.identify(section, b.ids[p])}
}

// sections puts what follows a heading into its section. A section holds no other
// (DITA 1.3, section): headings of all deeper levels stand one after the other.
func sections(nodes []dita.Node) []dita.Node {
	var out []dita.Node
	var open *dita.Element
	for _, n := range nodes {
		if e, ok := n.(*dita.Element); ok && e.Name == "section" {
			open = e
			out = append(out, e)
			continue
		}
		if open != nil {
			open.Add(n)
		} else {
			out = append(out, n)
		}
	}
	return out
}

// code joins paragraphs of code that follow each other.
func (b *builder) code(units []unit, name string) ([]dita.Node, int) {
	e := dita.New(name)
	var lines []dita.Node // added at once: there may be very many
	n := 0
	for ; n < len(units); n++ {
		p := units[n].paragraph()
		if p == nil || p.Generated != "" || p.List != nil && n > 0 {
			break
		}
		blank := b.blankParagraph(p)
		if blank && !b.codeFollows(units[n+1:], name) || !blank && b.targetOf(p).name != name {
			break
		}
		if n > 0 {
			lines = append(lines, dita.Text("\n"))
		} else {
			b.identify(e, b.ids[p])
		}
		b.ordinal = p.Ordinal
		lines = append(lines, b.inlines(p.Content, flow{code: true})...)
	}
	return append([]dita.Node{e.Add(lines...)}, b.takeLater()...), max(n, 1)
}

// codeFollows reports whether the next paragraph with text is code as well: blank
// lines are part of code, and not what is between code and text.
func (b *builder) codeFollows(units []unit, name string) bool {
	for _, u := range units {
		p := u.paragraph()
		if p == nil {
			return false
		}
		if !b.blankParagraph(p) {
			return p.Generated == "" && p.List == nil && b.targetOf(p).name == name
		}
	}
	return false
}

// takeLater returns what was put off, in a paragraph of its own.
func (b *builder) takeLater() []dita.Node {
	later := b.later
	b.later = nil
	if len(later) == 0 {
		return nil
	}
	return []dita.Node{dita.New("p", later...)}
}

// quote joins quoted paragraphs that follow each other.
func (b *builder) quote(units []unit) ([]dita.Node, int) {
	e := dita.New("lq")
	n := b.same(units, func(p *docx.Paragraph) bool { return p.List == nil && b.targetOf(p).name == "lq" }, func(p *docx.Paragraph) {
		e.Add(b.para(p, "p"))
	})
	return []dita.Node{e}, n
}

// same calls each for the paragraphs from the first on for which is holds, and
// returns how many units they were, at least one.
func (b *builder) same(units []unit, is func(*docx.Paragraph) bool, each func(*docx.Paragraph)) int {
	n := 0
	for ; n < len(units); n++ {
		p := units[n].paragraph()
		if p == nil || p.Generated != "" || !b.blankParagraph(p) && !is(p) {
			break
		}
		if b.blankParagraph(p) {
			continue
		}
		b.ordinal = p.Ordinal
		each(p)
	}
	return max(n, 1)
}

// definitions makes a definition list of terms and their definitions. A definition
// without a term, and a term without a definition, get an empty other half (DITA 1.3,
// dlentry).
func (b *builder) definitions(units []unit) ([]dita.Node, int) {
	list := dita.New("dl")
	var entry *dita.Element
	hasDefinition := false
	n := b.same(units, func(p *docx.Paragraph) bool {
		name := b.targetOf(p).name
		return p.List == nil && (name == "dt" || name == "dd")
	}, func(p *docx.Paragraph) {
		term := b.targetOf(p).name == "dt"
		if entry == nil || term && hasDefinition {
			closeEntry(entry, hasDefinition)
			entry, hasDefinition = dita.New("dlentry"), false
			list.Add(entry)
		}
		if !term && len(entry.Children) == 0 {
			entry.Add(dita.New("dt"))
		}
		name := "dd"
		if term {
			name = "dt"
		}
		hasDefinition = hasDefinition || !term
		entry.Add(b.para(p, name))
	})
	closeEntry(entry, hasDefinition)
	return []dita.Node{list}, n
}

func closeEntry(entry *dita.Element, hasDefinition bool) {
	if entry != nil && !hasDefinition {
		entry.Add(dita.New("dd"))
	}
}

// trim removes white space from the ends of an element, where it says nothing.
func trim(e *dita.Element) {
	for len(e.Children) > 0 {
		text, ok := e.Children[0].(dita.Text)
		if !ok {
			break
		}
		if text = dita.Text(trimLeft(string(text))); text != "" {
			e.Children[0] = text
			break
		}
		e.Children = e.Children[1:]
	}
	for len(e.Children) > 0 {
		last := len(e.Children) - 1
		text, ok := e.Children[last].(dita.Text)
		if !ok {
			break
		}
		if text = dita.Text(trimRight(string(text))); text != "" {
			e.Children[last] = text
			break
		}
		e.Children = e.Children[:last]
	}
}
