package plain

import (
	"html"
	"strings"

	"github.com/cespare/xxhash/v2"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	tables "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// content is what one Markdown body says, without the body.
type content struct {
	// heading is the text of the first level 1 heading.
	heading string
	// headingLeads says that no other heading stands before it.
	headingLeads bool
	// opens says that the body begins with a level 1 heading.
	opens bool
	// lead is the text of the first paragraph that has any.
	lead string
	// sections are the headings below level 1, for the search.
	sections []section
	// tocEntries counts the headings of level 2 and 3.
	tocEntries int
	// destinations are the distinct link and image addresses as written.
	destinations []string
	// edits are the places where the written page differs from the body.
	edits []edit
	// guarded says that edits hold guards, tasks that there are check boxes.
	guarded, tasks bool
	// excerpt and terms are the page's share of the search index.
	excerpt, terms string
}

// maxSections bounds the headings of one page that the search knows.
const maxSections = 300

type section struct{ title, id string }

// markdown parses as the Hugo configuration in config.go renders, so that
// destinations and anchors agree.
var markdown = goldmark.New(
	goldmark.WithExtensions(extension.Table, extension.Strikethrough, extension.Linkify,
		extension.TaskList, extension.DefinitionList, extension.Footnote),
	goldmark.WithParserOptions(parser.WithAttribute()),
).Parser()

func parse(body []byte, share searchBudget) content {
	doc := markdown.Parse(text.NewReader(body))
	r := reader{body: body, anchors: anchors{}, seen: map[string]bool{}, index: newIndexer(share)}
	if h, ok := doc.FirstChild().(*ast.Heading); ok && h.Level == 1 {
		r.out.opens = true
	}
	_ = ast.Walk(doc, r.visit) // visit returns no error
	r.out.excerpt, r.out.terms = r.index.result()
	guards := shortcodeEdits(body)
	r.out.guarded = len(guards) > 0
	r.out.edits = append(r.out.edits, guards...)
	sortEdits(r.out.edits)
	return r.out
}

// reader collects content from a syntax tree.
type reader struct {
	body     []byte
	out      content
	anchors  anchors
	seen     map[string]bool
	index    *indexer
	headings int
}

func (r *reader) visit(node ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	switch n := node.(type) {
	case *ast.Heading:
		r.heading(n)
	case *ast.Paragraph, *ast.TextBlock, *tables.TableCell:
		r.prose(n)
	case *ast.Link:
		r.destination(n.Destination)
	case *ast.Image:
		r.destination(n.Destination)
	case *ast.FencedCodeBlock:
		r.fence(n)
		r.index.code(n.Lines(), r.body)
	case *ast.CodeBlock:
		r.index.code(n.Lines(), r.body)
	case *ast.HTMLBlock:
		r.htmlBlock(n)
	case *tables.TaskCheckBox:
		r.out.tasks = true
	case *ast.RawHTML:
		r.rawHTML(n.Segments)
	}
	return ast.WalkContinue, nil
}

func (r *reader) heading(h *ast.Heading) {
	title, id := plainText(h, r.body), r.anchors.name(h, r.body)
	r.headings++
	if h.Level == 1 && r.out.heading == "" && title != "" {
		r.out.heading, r.out.headingLeads = title, r.headings == 1
		return
	}
	if h.Level == 2 || h.Level == 3 {
		r.out.tocEntries++
	}
	if title != "" && id != "" && len(r.out.sections) < maxSections {
		r.out.sections = append(r.out.sections, section{title, id})
	}
}

func (r *reader) prose(n ast.Node) {
	words := plainText(n, r.body)
	if words == "" {
		return
	}
	if _, paragraph := n.(*ast.Paragraph); paragraph && r.out.lead == "" && n.Parent().Kind() == ast.KindDocument {
		r.out.lead = shorten(words, 200)
	}
	r.index.prose(words)
}

func (r *reader) destination(dest []byte) {
	s := string(dest)
	if s != "" && !r.seen[s] {
		r.seen[s] = true
		r.out.destinations = append(r.out.destinations, s)
	}
}

// plainText is the text of a node as a reader sees it, on one line.
func plainText(node ast.Node, src []byte) string {
	var b strings.Builder
	_ = ast.Walk(node, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			writeText(&b, n, src)
		}
		return ast.WalkContinue, nil
	})
	return strings.Join(strings.Fields(b.String()), " ")
}

func writeText(b *strings.Builder, node ast.Node, src []byte) {
	switch n := node.(type) {
	case *ast.Text:
		value := n.Segment.Value(src)
		if n.Parent().Kind() == ast.KindCodeSpan {
			b.Write(value)
		} else {
			b.WriteString(html.UnescapeString(string(util.UnescapePunctuations(value))))
		}
		if n.SoftLineBreak() || n.HardLineBreak() {
			b.WriteByte(' ')
		}
	case *ast.String:
		b.Write(n.Value)
	case *ast.AutoLink:
		b.Write(n.Label(src))
	}
}

// shorten cuts at a word, to at most limit bytes and an ellipsis.
func shorten(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	cut := strings.LastIndexByte(s[:limit], ' ')
	if cut < limit/2 {
		cut = len(strings.ToValidUTF8(s[:limit], ""))
	}
	return strings.TrimRight(s[:cut], " ,.;:") + "…"
}

func hash(b []byte) uint64 { return xxhash.Sum64(b) }
