package convert

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/docjobs/docjobs/engine/dita"
	"github.com/docjobs/docjobs/engine/docx"
	"github.com/docjobs/docjobs/engine/words"
)

// noteWords are the words with which authors begin a note, by the type that DITA
// gives it, in English, German, French, Spanish, Italian, Portuguese, Dutch,
// Japanese and Chinese.
var noteWords = map[string]string{
	"note": "note", "notes": "note", "hinweis": "note", "anmerkung": "note", "remarque": "note", "nota": "note", "opmerking": "note", "注": "note", "注意": "caution", "備考": "note", "备注": "note",
	"tip": "tip", "tipp": "tip", "astuce": "tip", "conseil": "tip", "consejo": "tip", "suggerimento": "tip", "dica": "tip", "ヒント": "tip", "提示": "tip",
	"important": "important", "wichtig": "important", "importante": "important", "belangrijk": "important", "重要": "important",
	"caution": "caution", "vorsicht": "caution", "prudence": "caution", "precaución": "caution", "attenzione": "caution", "cuidado": "caution",
	"warning": "warning", "warnung": "warning", "avertissement": "warning", "advertencia": "warning", "avvertenza": "warning", "aviso": "warning", "waarschuwing": "warning", "警告": "warning",
	"danger": "danger", "gefahr": "danger", "peligro": "danger", "pericolo": "danger", "perigo": "danger", "gevaar": "danger", "危険": "danger", "危险": "danger",
	"attention": "attention", "achtung": "attention", "atención": "attention", "atenção": "attention", "let op": "attention",
	"notice": "notice", "remember": "remember", "restriction": "restriction",
}

// notePattern is such a word and a colon at the beginning of a paragraph.
var notePattern = regexp.MustCompile(`^\s*(\p{L}+(?: op)?)\s*[:：]\s*`)

// noteWord returns the type of the note that a paragraph begins as, or "". There
// must be more text than the word.
func noteWord(p *docx.Paragraph) string {
	text := plainText(p.Content)
	match := notePattern.FindStringSubmatch(text)
	if match == nil || isSpace(text[len(match[0]):]) {
		return ""
	}
	return noteWords[strings.ToLower(match[1])]
}

// typedNote makes a note of a paragraph, and of those in the same style after it
// that do not begin another one. The word that says what it is goes: publishing
// writes it, in the language of the reader.
func (b *builder) typedNote(units []unit, kind string) ([]dita.Node, int) {
	note := dita.New("note").With("type", kind)
	first := units[0].paragraph()
	begun := false
	n := b.same(units, func(p *docx.Paragraph) bool {
		t, _ := b.styles.paragraph(p)
		return !begun || t.name == "note" && t.kind == kind && p.Style == first.Style && noteWord(p) == "" && p.List == nil
	}, func(p *docx.Paragraph) {
		begun = true
		if noteWord(p) != "" {
			p = b.withoutPrefix(p, notePattern, "note-word", "words such as “Note:” were left out; publishing writes them")
		}
		note.Add(b.para(p, "p"))
	})
	if len(note.Children) == 1 { // one paragraph needs no element of its own
		if only, ok := note.Children[0].(*dita.Element); ok && only.Name == "p" {
			note.Children = only.Children
			for _, a := range only.Attrs {
				note.With(a.Name, a.Value)
			}
		}
	}
	return []dita.Node{note}, n
}

// withoutPrefix returns a paragraph without the text at its beginning that the
// pattern matches, which is noted as left out by a rule.
func (b *builder) withoutPrefix(p *docx.Paragraph, pattern *regexp.Regexp, code, message string) *docx.Paragraph {
	return b.withoutStart(p, len(pattern.FindString(plainText(p.Content))), code, message)
}

// withoutStart returns a paragraph without the first n bytes of its plain text, which
// are noted as left out by a rule.
func (b *builder) withoutStart(p *docx.Paragraph, n int, code, message string) *docx.Paragraph {
	if n == 0 {
		return p
	}
	prefix := plainText(p.Content)[:n]
	copied := *p
	copied.Content = cutText(p.Content, n)
	if id := b.ids[p]; id != "" {
		b.ids[&copied] = id
	}
	if words.Count(prefix) > 0 {
		b.dropped(code, message, prefix)
	}
	return &copied
}

// cutText returns inlines without their first n bytes of plain text.
func cutText(content []docx.Inline, n int) []docx.Inline {
	var out []docx.Inline
	for _, in := range content {
		length := len(plainText([]docx.Inline{in}))
		text, isText := in.(*docx.Text)
		switch {
		case n <= 0 || length == 0:
			out = append(out, in)
		case n >= length:
			if _, isNote := in.(*docx.NoteRef); isNote {
				out = append(out, in)
			}
		case isText:
			rest := *text
			rest.Text = text.Text[n:]
			out = append(out, &rest)
		default:
			out = append(out, in) // half a link stays whole
		}
		n -= length
	}
	return out
}

// withoutMark returns the blocks of a note without the mark at their beginning, which
// their author typed there as in the text.
func (b *builder) withoutMark(blocks []docx.Block, mark string) []docx.Block {
	if mark == "" || len(blocks) == 0 {
		return blocks
	}
	p, ok := blocks[0].(*docx.Paragraph)
	if !ok {
		return blocks
	}
	n := markLength(plainText(p.Content), mark)
	p = b.withoutStart(p, n, "note-mark", "marks that footnotes repeat were left out; publishing writes them")
	return append([]docx.Block{p}, blocks[1:]...)
}

// markLength is how much of the text of a note is its mark and the space around it. A
// letter with which a word begins is no mark.
func markLength(text, mark string) int {
	rest, ok := strings.CutPrefix(trimLeft(text), mark)
	next, _ := utf8.DecodeRuneInString(rest)
	if last, _ := utf8.DecodeLastRuneInString(mark); !ok || inWord(last) && rest != "" && !unicode.IsSpace(next) {
		return 0
	}
	return len(text) - len(trimLeft(rest))
}

func inWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }
