package convert

import (
	"regexp"

	"github.com/docjobs/docjobs/engine/dita"
	"github.com/docjobs/docjobs/engine/docx"
)

// withCaptions puts every caption to the table or picture that it belongs to: the
// one that follows it, or else the one before.
func (b *builder) withCaptions(blocks []docx.Block) []unit {
	blocks = b.withoutBlanks(blocks)
	var out []unit
	for i := 0; i < len(blocks); i++ {
		p, ok := blocks[i].(*docx.Paragraph)
		if !ok || !b.isCaption(p) {
			out = append(out, unit{block: blocks[i]})
			continue
		}
		ofTable := tableLabel.MatchString(plainText(p.Content))
		before := len(out) - 1
		switch {
		case before >= 0 && out[before].caption == nil && isFigureBlock(out[before].block) && !ofTable:
			out[before].caption = p
		case i+1 < len(blocks) && isTable(blocks[i+1]) && (ofTable || before < 0 || !isTable(out[before].block)):
			out = append(out, unit{blocks[i+1], p})
			i++
		case i+1 < len(blocks) && isFigureBlock(blocks[i+1]):
			out = append(out, unit{blocks[i+1], p})
			i++
		case before >= 0 && out[before].caption == nil && isTable(out[before].block):
			out[before].caption = p
		default:
			out = append(out, unit{block: p})
		}
	}
	return out
}

// withoutBlanks leaves out paragraphs that have nothing to show and stand beside a
// table or picture, so that captions find them.
func (b *builder) withoutBlanks(blocks []docx.Block) []docx.Block {
	var out []docx.Block
	for i, block := range blocks {
		if p, ok := block.(*docx.Paragraph); ok && b.blankParagraph(p) {
			if i > 0 && (isTable(blocks[i-1]) || isFigureBlock(blocks[i-1])) || i+1 < len(blocks) && (isTable(blocks[i+1]) || isFigureBlock(blocks[i+1])) {
				continue
			}
		}
		out = append(out, block)
	}
	return out
}

func (b *builder) isCaption(p *docx.Paragraph) bool {
	t, _ := b.styles.paragraph(p)
	return t.name == "caption" && !b.blankParagraph(p) && !holdsPicture(p.Content)
}

func isTable(block docx.Block) bool { _, ok := block.(*docx.Table); return ok }

func isFigureBlock(block docx.Block) bool {
	p, ok := block.(*docx.Paragraph)
	return ok && isFigure(p)
}

// isFigure reports whether a paragraph is a picture, or several, and nothing else.
func isFigure(p *docx.Paragraph) bool {
	pictures := 0
	for _, in := range p.Content {
		switch in := in.(type) {
		case *docx.Image:
			pictures++
		case *docx.Anchor, *docx.Break:
		case *docx.Text:
			if !isSpace(in.Text) {
				return false
			}
		default:
			return false
		}
	}
	return pictures > 0
}

// figure makes a figure of a paragraph of pictures.
func (b *builder) figure(p, caption *docx.Paragraph, _ place) []dita.Node {
	var pictures []dita.Node
	for _, in := range p.Content {
		if image, ok := in.(*docx.Image); ok {
			pictures = append(pictures, b.image(image, flow{}, "break")...)
		}
	}
	if len(pictures) == 0 {
		return nil
	}
	if caption == nil {
		return []dita.Node{b.identify(dita.New("p", pictures...), b.ids[p])}
	}
	fig := dita.New("fig", b.captionTitle(caption)).Add(pictures...)
	b.identify(fig, firstOf(b.ids[caption], b.ids[p]))
	return append([]dita.Node{fig}, b.takeLater()...)
}

const labels = `figure|fig\.?|table|listing|example|equation|abbildung|abb\.?|bild|tabelle|tab\.?|beispiel|figura|tableau|tabla|tabella|tabela|illustration|図|表`

var (
	// labelPattern is a label with a number, which publishing writes itself.
	labelPattern = regexp.MustCompile(`(?i)^\s*(?:` + labels + `)[\s\x{00A0}]*(?:\d+|[A-Z]\b|[IVXLC]+\b)(?:[.\-–—]\d+)*(?:[\s\x{00A0}]*[:.–—\-|])?[\s\x{00A0}]*`)
	tableLabel   = regexp.MustCompile(`(?i)^\s*(?:table|tabelle|tab\.|tableau|tabla|tabella|tabela|表)`)
)

// captionTitle makes a title of a caption, without its label and number.
func (b *builder) captionTitle(caption *docx.Paragraph) *dita.Element {
	b.ordinal = caption.Ordinal
	p := b.withoutPrefix(caption, labelPattern, "caption-label", "labels and numbers of captions were left out; publishing counts them")
	title := dita.New("title", b.inlines(p.Content, flow{title: true})...)
	trim(title)
	return title
}
