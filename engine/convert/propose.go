package convert

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/docjobs/docjobs/engine/docx"
)

// Clues are what a style's paragraphs look like.
type clues struct {
	paragraphs, code, items, captions int
	notes                             map[string]int // by type of note, of paragraphs that begin with its word
	marks                             docx.Marks     // of a character style
}

// paragraph looks at one paragraph of the style, whose font may be one for code.
func (c *clues) paragraph(p *docx.Paragraph, text string, monospaced bool) {
	c.paragraphs++
	if monospaced || looksLikeCode(p) {
		c.code++
	}
	if p.List != nil {
		c.items++
	}
	if labelPattern.MatchString(text) {
		c.captions++
	}
	if kind := noteWord(p); kind != "" {
		if c.notes == nil {
			c.notes = map[string]int{}
		}
		c.notes[kind]++
	}
}

func (c *clues) add(other clues) {
	c.paragraphs += other.paragraphs
	c.code += other.code
	c.items += other.items
	c.captions += other.captions
	c.marks |= other.marks
	for kind, n := range other.notes {
		if c.notes == nil {
			c.notes = map[string]int{}
		}
		c.notes[kind] += n
	}
}

// most reports whether n is most of the paragraphs.
func (c *clues) most(n int) bool { return n > 0 && 3*n >= 2*c.paragraphs }

// String returns the target as a style map writes it.
func (t target) String() string {
	switch t.name {
	case "heading":
		return "heading " + strconv.Itoa(t.level)
	case "note":
		return "note " + t.kind
	}
	return t.name
}

// propose says what the style map could make of a style that it does not name.
func (s *StyleSeen) propose() {
	switch {
	case s.Mapped:
		s.Proposed = ""
	case s.Type == "paragraph":
		s.Proposed = proposedParagraph(s.Name, &s.clues)
	default:
		s.Proposed = proposedCharacter(s.Name, s.clues.marks)
	}
}

// A hint is a target that the name of a style suggests.
type hint struct {
	name   *regexp.Regexp
	target string
}

// The hints go by whole words or by stems, in English, German, French, Spanish,
// Italian, Portuguese and Dutch. The first that fits counts.
var (
	paragraphHints = []hint{
		{regexp.MustCompile(`(?i)\b(toc|contents|inhaltsverzeichnis|sommaire)\b`), "drop"},
		{regexp.MustCompile(`(?i)caption|beschriftung|bildunterschrift|légende|leyenda|didascalia|legenda|\b(figure|table|abbildungs?|tabellen?)[\s-]*(title|titel)`), "caption"},
		{regexp.MustCompile(`(?i)\bcode|code\b|quellcode|source|listing|console|terminal|\bshell|command ?line|programm?list|syntax|código|codice|preformat|monospace|\bxml\b|\bjson\b`), "codeblock"},
		{regexp.MustCompile(`(?i)quot(e|ation)|zitat|citation|citación|citazione|citaat`), "lq"},
		{regexp.MustCompile(`(?i)definition ?term|glossary ?term|\bterm\b|begriff`), "dt"},
		{regexp.MustCompile(`(?i)definition|begriffserklärung`), "dd"},
		{regexp.MustCompile(`(?i)^(doc(ument)?|book|main|haupt|cover)?[\s-]*(title|titel|titre|título|titolo)$`), "title"},
		{regexp.MustCompile(`(?i)^(chapter|kapitel|chapitre|capítulo|capitolo|hoofdstuk)([\s-]*(title|titel|heading))?$`), "heading 1"},
		{regexp.MustCompile(`(?i)^(section|abschnitt|sección|sezione|sectie)([\s-]*(title|titel|heading))?$`), "heading 2"},
		{regexp.MustCompile(`(?i)^sub-?(section|abschnitt|heading)([\s-]*(title|titel))?$`), "heading 3"},
	}
	headingHint = regexp.MustCompile(`(?i)(?:\bhead(?:ing)?|\bh|überschrift|titre|título|titolo|\bkop|rubrik|見出し|标题|標題)[\s-]*([1-9])\b`)
	// letterHint is for publishers' styles, whose letters count below the chapter's title.
	letterHint     = regexp.MustCompile(`(?i)^head(?:ing)?[\s-]*([a-f])$`)
	characterHints = []hint{
		{regexp.MustCompile(`(?i)\b(ui|gui|button|menu|dialog|schaltfläche|menü|bouton|botón|pulsante)\b|ui ?(control|element|text)|screen ?element`), "uicontrol"},
		{regexp.MustCompile(`(?i)\b(file|path|folder|datei|pfad|fichier|archivo|cartella)`), "filepath"},
		{regexp.MustCompile(`(?i)user ?input|eingabe|keyboard|saisie`), "userinput"},
		{regexp.MustCompile(`(?i)(system|screen|console) ?output|ausgabe`), "systemoutput"},
		{regexp.MustCompile(`(?i)code|command|befehl|parameter|variable|literal|monospace|commande|comando`), "codeph"},
		{regexp.MustCompile(`(?i)\b(term|begriff|glossar)`), "term"},
		{regexp.MustCompile(`(?i)book ?title|cite|zitat`), "cite"},
	}
)

func proposedParagraph(name string, c *clues) string {
	spaced := spaces.ReplaceAllString(name, " ")
	if match := headingHint.FindStringSubmatch(spaced); match != nil {
		return "heading " + match[1]
	}
	if match := letterHint.FindStringSubmatch(spaced); match != nil {
		return "heading " + strconv.Itoa(2+int(match[1][0]|0x20-'a'))
	}
	if kind := namedNote(spaced); kind != "" {
		return "note " + kind
	}
	for kind, n := range c.notes {
		if c.most(n) {
			return "note " + kind
		}
	}
	if c.most(c.code) {
		return "codeblock"
	}
	for _, h := range paragraphHints {
		if h.name.MatchString(spaced) {
			return h.target
		}
	}
	if c.most(c.captions) {
		return "caption"
	}
	return "p"
}

// namedNote returns the type of note that a word of a style's name says, or "".
func namedNote(name string) string {
	words := strings.Fields(strings.ToLower(name))
	for i, word := range words {
		kind := noteWords[word]
		if kind == "note" && i+1 < len(words) && noteWords[words[i+1]] != "" {
			continue // "Note Warning" is a warning
		}
		if kind != "" {
			return kind
		}
	}
	return ""
}

func proposedCharacter(name string, marks docx.Marks) string {
	spaced := spaces.ReplaceAllString(name, " ")
	for _, h := range characterHints {
		if h.name.MatchString(spaced) {
			return h.target
		}
	}
	for _, m := range []struct {
		mark   docx.Marks
		target string
	}{{docx.Monospace, "codeph"}, {docx.Bold, "b"}, {docx.Italic, "i"}, {docx.Underline, "u"}, {docx.Superscript, "sup"}, {docx.Subscript, "sub"}} {
		if marks&m.mark != 0 {
			return m.target
		}
	}
	return "none"
}

// maxStyleName bounds the names of styles that are proposed; Word stops at 253 letters,
// a key of YAML at 1,024.
const maxStyleName = 800

// maxProposed leaves room in a style map for what people add.
const maxProposed = MaxStyleMap * 3 / 4

// StyleMap returns a style map for the styles that the one in use does not name, as
// YAML that [ParseStyleMap] reads: a proposal, with how often and for what each style
// is used, for a person to look at.
func (i *Inspection) StyleMap() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# A style map proposed by what %d documents look like. Look at each line; what you\n# delete is as in the default style map.\n", i.Documents)
	left := 0
	for _, section := range []struct{ key, kind string }{{"paragraphs", "paragraph"}, {"characters", "character"}} {
		head := "\n" + section.key + ":\n"
		for _, s := range i.Styles {
			if s.Type != section.kind || s.Proposed == "" || len(s.Name) > maxStyleName {
				continue
			}
			line := head + proposedLine(s)
			if b.Len()+len(line) > maxProposed {
				left++
				continue
			}
			b.WriteString(line)
			head = ""
		}
	}
	if left > 0 {
		fmt.Fprintf(&b, "\n# %d rarer styles are left out.\n", left)
	}
	return b.String()
}

func proposedLine(s StyleSeen) string {
	name, _ := json.Marshal(s.Name) // a string always can be; JSON's are YAML's
	comment := fmt.Sprintf("%d times in %d documents", s.Count, s.Documents)
	if s.Example != "" {
		comment += fmt.Sprintf(": %s", strconv.Quote(s.Example))
	}
	return fmt.Sprintf("  %s: %s # %s\n", name, s.Proposed, comment)
}
