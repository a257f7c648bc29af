package convert

import (
	"regexp"
	"strings"

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

const (
	blank  = `[\s\x{00A0}]`
	tables = `table|tabelle|tab\.?|tableau|tabla|tabella|tabela|tabel|tabell|taulukko|tabulka|tablo|таблица|табл\.|表|표`
	labels = `figure|fig\.?|listing|example|equation|abbildung|abb\.?|bild|beispiel|figura|ilustración|illustration|figuur|afbeelding|` +
		`figur|kuva|obrázek|rysunek|şekil|рисунок|рис\.|図|图|圖|그림|` + tables
)

var (
	// labelPattern is a label with a number, which publishing writes itself. A letter is a
	// number only if something sets it off from the text: "Table A: Parts", "Figure B-2".
	labelPattern = regexp.MustCompile(`(?i)^\s*(?:` + labels + `)(?:` +
		blank + `*\d+(?-i:[a-z])?\b(?:[.\-–—]\d+)*(?:` + blank + `*[:.–—\-|：])?|` +
		blank + `+(?-i:[A-Z]|[IVXLC]+)(?:[.\-–—]\d+)+(?:` + blank + `*[:.–—\-|：])?|` +
		blank + `+(?-i:[A-Z]|[IVXLC]+)` + blank + `*(?:[:.–—\-|：]|$))` + blank + `*`)
	tableLabel = regexp.MustCompile(`(?i)^\s*(?:` + tables + `)(?:` + blank + `*[\d:：]|` + blank + `+(?-i:[A-Z]))`)

	// separatorPattern is what stands between a number and the text of a caption.
	separatorPattern = regexp.MustCompile(`^` + blank + `*[:.–—\-|：．、)]?` + blank + `*`)

	// numberedLabel is a label with its number, and nothing else.
	numberedLabel = regexp.MustCompile(`^` + blank + `*\p{L}+\.?` + blank + `*\d+(?:[.\-–—]\d+)*` + blank + `*$`)
)

// captionTitle makes a title of a caption, without its label and number.
func (b *builder) captionTitle(caption *docx.Paragraph) *dita.Element {
	b.ordinal = caption.Ordinal
	p := b.withoutStart(caption, labelLength(caption.Content), "caption-label", "labels and numbers of captions were left out; publishing counts them")
	title := dita.New("title", b.inlines(p.Content, flow{title: true})...)
	trim(title)
	return title
}

// labelLength is how many bytes of the plain text of a caption are its label and number.
// Where Word has counted (ECMA-376-1, 17.16.5.56) that is told in any language.
func labelLength(content []docx.Inline) int {
	text, n := plainText(content), 0
	for _, in := range content {
		n += len(plainText([]docx.Inline{in}))
		field, ok := in.(*docx.Field)
		if ok && field.Name == "SEQ" {
			if isLabel(text[:n], field) {
				return n + len(separatorPattern.FindString(text[n:]))
			}
			break
		}
	}
	return len(labelPattern.FindString(text))
}

// isLabel reports whether text up to its number is a label: one word, or what the number
// counts, which is the argument of its field.
func isLabel(text string, number *docx.Field) bool {
	if numberedLabel.MatchString(text) {
		return true
	}
	arguments := strings.Fields(number.Code)
	if len(arguments) < 2 {
		return false
	}
	counted := strings.ReplaceAll(strings.Trim(arguments[1], `"`), "_", " ")
	rest, ok := strings.CutPrefix(fold(text), fold(counted)+" ")
	return ok && !strings.Contains(rest, " ")
}
