package convert

import (
	"fmt"
	"strings"

	"github.com/docjobs/docjobs/engine/dita"
	"github.com/docjobs/docjobs/engine/docx"
)

// A topic is one topic of the plan: where its text is in the document, and what it
// will be called.
type topic struct {
	heading  *docx.Paragraph // nil for the text before the first heading
	level    int
	title    string // as plain text
	blocks   []docx.Block
	children []*topic

	id   string // of the topic; its file is topics/<id>.dita
	kind dita.Kind
}

// file returns the path of the topic under the output folder.
func (t *topic) file() string { return topicsFolder + "/" + t.id + ".dita" }

const (
	topicsFolder = "topics"
	imagesFolder = "images"
)

// A plan is the outline of a document: its topics in reading order, nested as its
// headings are.
type plan struct {
	title  string // of the whole
	roots  []*topic
	topics []*topic // all, in reading order
}

// planner cuts a document into topics.
type planner struct {
	*conversion
	plan  plan
	stack []*topic // from the outermost to the one that is open
	names names
}

// outline cuts the document into topics at the headings that the style map names.
func (c *conversion) outline() plan {
	p := &planner{conversion: c, names: names{}}
	for _, block := range c.doc.Body {
		p.take(block)
	}
	p.headersAndFooters()
	p.finish()
	return p.plan
}

// take puts a block where it belongs.
func (p *planner) take(block docx.Block) {
	if group, ok := block.(*docx.Group); ok {
		for _, inner := range group.Blocks {
			p.take(inner)
		}
		return
	}
	para, ok := block.(*docx.Paragraph)
	if !ok {
		p.current().blocks = append(p.current().blocks, block)
		return
	}
	if para.Generated != "" {
		p.dropped("generated", para.Generated+" that Word had generated was left out; publishing makes its own", plainText(para.Content))
		return
	}
	t, _ := p.styles.paragraph(para)
	switch text := plainText(para.Content); {
	case t.name == "drop":
		p.dropped("style-dropped", "text in styles that the style map drops was left out", text)
	case t.name == "title" && p.plan.title == "" && len(p.plan.topics) == 0 && strings.TrimSpace(text) != "" && !holdsPicture(para.Content):
		p.plan.title = oneLine(text)
		p.current().heading = para
	case t.name == "heading" && t.level <= p.styles.Topics.Split && strings.TrimSpace(text) != "" && !holdsPicture(para.Content):
		p.open(para, t.level, text)
	default:
		p.current().blocks = append(p.current().blocks, block)
	}
}

// current returns the open topic: until the first heading the introduction.
func (p *planner) current() *topic {
	if len(p.stack) == 0 {
		p.add(&topic{})
	}
	return p.stack[len(p.stack)-1]
}

// open begins a topic at a heading.
func (p *planner) open(heading *docx.Paragraph, level int, text string) {
	for len(p.stack) > 0 && p.stack[len(p.stack)-1].level >= level {
		p.stack = p.stack[:len(p.stack)-1]
	}
	if len(p.stack) > 0 && p.stack[0].level == 0 {
		p.stack = nil // the introduction has no topics in it
	}
	above := 0
	if len(p.stack) > 0 {
		above = p.stack[len(p.stack)-1].level
	}
	if level > above+1 {
		p.warn("skipped-level", fmt.Sprintf("A heading of level %d follows one of level %d; its topic is nested one level deeper only.", level, above), heading.Ordinal)
	}
	p.add(&topic{heading: heading, level: level, title: oneLine(text)})
}

func (p *planner) add(t *topic) {
	if len(p.stack) == 0 {
		p.plan.roots = append(p.plan.roots, t)
	} else {
		above := p.stack[len(p.stack)-1]
		above.children = append(above.children, t)
	}
	p.stack = append(p.stack, t)
	p.plan.topics = append(p.plan.topics, t)
}

// headersAndFooters keeps them in a topic of their own where the policy says so.
func (p *planner) headersAndFooters() {
	t := &topic{title: "Headers and footers", level: 1}
	for _, story := range append(append([]docx.Story{}, p.doc.Headers...), p.doc.Footers...) {
		t.blocks = append(t.blocks, story.Blocks...)
	}
	if len(t.blocks) > 0 {
		p.stack = nil
		p.add(t)
	}
}

// finish names everything, and drops an introduction without text.
func (p *planner) finish() {
	if len(p.plan.topics) > 0 {
		if intro := p.plan.topics[0]; intro.level == 0 && p.blank(intro.blocks) && (intro.heading == nil || len(p.plan.topics) > 1) {
			if intro.heading != nil && len(p.plan.topics) > 1 {
				p.plan.topics[1].blocks = append(notesOf(intro.heading), p.plan.topics[1].blocks...)
			}
			p.plan.topics, p.plan.roots = p.plan.topics[1:], p.plan.roots[1:]
		}
	}
	if p.plan.title == "" {
		p.plan.title = oneLine(p.doc.Properties.Title)
	}
	if p.plan.title == "" && len(p.plan.roots) == 1 {
		p.plan.title = p.plan.roots[0].title
	}
	if p.plan.title == "" {
		p.plan.title = baseName(p.path)
	}
	for _, t := range p.plan.topics {
		if t.title == "" {
			t.title = p.plan.title
		}
		t.id = p.names.unique(slug(t.title, "topic"))
	}
}

// notesOf returns a paragraph that holds the notes of a title that has no topic.
func notesOf(title *docx.Paragraph) []docx.Block {
	var kept []docx.Inline
	for _, in := range title.Content {
		switch in.(type) {
		case *docx.NoteRef, *docx.IndexEntry, *docx.Anchor:
			kept = append(kept, in)
		}
	}
	if len(kept) == 0 {
		return nil
	}
	return []docx.Block{&docx.Paragraph{Style: "Normal", Lineage: []string{"Normal"}, Content: kept, Part: title.Part, Ordinal: title.Ordinal}}
}

// blank reports whether blocks have nothing to show.
func (c *conversion) blank(blocks []docx.Block) bool {
	for _, block := range blocks {
		switch b := block.(type) {
		case *docx.Paragraph:
			if !c.blankParagraph(b) {
				return false
			}
		case *docx.Group:
			if !c.blank(b.Blocks) {
				return false
			}
		case *docx.TextBox:
			if !c.blank(b.Blocks) {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// blankParagraph reports whether a paragraph has nothing to show.
func (c *conversion) blankParagraph(p *docx.Paragraph) bool {
	return strings.TrimSpace(plainText(p.Content)) == "" && !holds(p.Content, func(in docx.Inline) bool {
		switch in.(type) {
		case *docx.Image, *docx.Math, *docx.NoteRef, *docx.IndexEntry, *docx.Object:
			return true
		}
		return false
	})
}

func holdsPicture(content []docx.Inline) bool {
	return holds(content, func(in docx.Inline) bool { _, ok := in.(*docx.Image); return ok })
}

// holds reports whether an inline, or one inside of it, is what is looked for.
func holds(content []docx.Inline, is func(docx.Inline) bool) bool {
	for _, in := range content {
		if is(in) || holds(inside(in), is) {
			return true
		}
	}
	return false
}

// inside returns the inlines that an inline holds.
func inside(in docx.Inline) []docx.Inline {
	switch in := in.(type) {
	case *docx.Link:
		return in.Content
	case *docx.Reference:
		return in.Content
	case *docx.Field:
		return in.Content
	}
	return nil
}

// plainText returns the words of inlines, notes left out.
func plainText(content []docx.Inline) string {
	var b strings.Builder
	var walk func([]docx.Inline)
	walk = func(content []docx.Inline) {
		for _, in := range content {
			switch in := in.(type) {
			case *docx.Text:
				b.WriteString(in.Text)
			case *docx.Break:
				b.WriteByte(' ')
			case *docx.Math:
				b.WriteString(in.Text)
			case *docx.Object:
				b.WriteString(in.Text)
			default:
				walk(inside(in))
			}
		}
	}
	walk(content)
	return b.String()
}

// oneLine returns text with every stretch of white space as one space.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
