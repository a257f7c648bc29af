package docx

import (
	"strings"
	"unicode"
)

// languageTag makes a BCP 47 tag of an ST_Lang (ECMA-376-1, 22.9.2.6): "" for none,
// and without what only Word knows ("es-ES_tradnl").
func languageTag(lang string) string {
	tag, _, _ := strings.Cut(lang, "_")
	if tag == "x-none" || strings.ContainsFunc(tag, func(r rune) bool {
		return r != '-' && !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9')
	}) {
		return ""
	}
	return tag
}

// language is the one that applies to the script of the text (17.3.2.20).
func (l look) language(text string) string {
	if l.rtl {
		return l.lang.bidi
	}
	for _, r := range text {
		if unicode.IsLetter(r) {
			if unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo) {
				return l.lang.eastAsian
			}
			break
		}
	}
	return l.lang.western
}

// languages moves a language that all texts share to the paragraph, and drops that
// of the document.
func (s *story) languages(p *Paragraph) {
	common, mixed := "", false
	eachText(p.Content, func(t *Text) {
		switch {
		case !strings.ContainsFunc(t.Text, unicode.IsLetter):
		case common == "":
			common = t.Lang
		case common != t.Lang:
			mixed = true
		}
	})
	if mixed {
		common = s.r.doc.Properties.Language
	}
	eachText(p.Content, func(t *Text) {
		if t.Lang == common || !strings.ContainsFunc(t.Text, unicode.IsLetter) {
			t.Lang = ""
		}
	})
	if common != s.r.doc.Properties.Language {
		p.Lang = common
	}
}

// settleLanguage gives a document whose styles name no language that of most of its
// paragraphs, which then need none.
func (r *reader) settleLanguage() {
	if r.doc.Properties.Language != "" {
		return
	}
	uses, most := map[string]int{}, ""
	r.eachParagraph(func(p *Paragraph) {
		uses[p.Lang]++
		if n := uses[p.Lang]; p.Lang != "" && (n > uses[most] || most == "") {
			most = p.Lang
		}
	})
	r.doc.Properties.Language = most
	r.eachParagraph(func(p *Paragraph) {
		switch p.Lang {
		case most:
			p.Lang = ""
		case "":
			eachText(p.Content, func(t *Text) {
				if t.Lang == most {
					t.Lang = ""
				}
			})
		}
	})
}

// eachParagraph visits all paragraphs of the document.
func (r *reader) eachParagraph(visit func(p *Paragraph)) {
	eachParagraph(r.doc.Body, visit)
	for _, notes := range [][]Note{r.doc.Footnotes, r.doc.Endnotes, r.doc.Comments} {
		for _, n := range notes {
			eachParagraph(n.Blocks, visit)
		}
	}
	for _, stories := range [][]Story{r.doc.Headers, r.doc.Footers} {
		for _, s := range stories {
			eachParagraph(s.Blocks, visit)
		}
	}
}

func eachParagraph(blocks []Block, visit func(p *Paragraph)) {
	for _, b := range blocks {
		switch b := b.(type) {
		case *Paragraph:
			visit(b)
		case *TextBox:
			eachParagraph(b.Blocks, visit)
		case *Group:
			eachParagraph(b.Blocks, visit)
		case *Table:
			for _, row := range b.Rows {
				for _, c := range row.Cells {
					eachParagraph(c.Blocks, visit)
				}
			}
		}
	}
}

func eachText(content []Inline, visit func(t *Text)) {
	eachInline(content, func(in Inline) {
		if t, ok := in.(*Text); ok {
			visit(t)
		}
	})
}

// eachInline visits inlines, and those within them after each.
func eachInline(content []Inline, visit func(in Inline)) {
	for _, in := range content {
		visit(in)
		switch in := in.(type) {
		case *Link:
			eachInline(in.Content, visit)
		case *Reference:
			eachInline(in.Content, visit)
		case *Field:
			eachInline(in.Content, visit)
		}
	}
}
