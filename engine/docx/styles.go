package docx

import (
	"context"
	"strconv"
	"strings"
)

// A styleSheet is the styles part (ECMA-376-1, 17.7).
type styleSheet struct {
	list     []*styleRule
	byID     map[string]*styleRule
	defaults map[StyleType]*styleRule
	runs     runProps // of the document's defaults
}

// A styleRule is a style as stored, and what it comes to through basedOn.
type styleRule struct {
	Style
	para paraProps
	run  runProps
	// chain holds the style and what it is based on, nearest first.
	chain   []*styleRule
	lineage []string
	toggles toggles
	font    string
	lang    langs
	align   string
	indent  *int
	rtl     bool
	num     *numProps
	numBy   string // the style that num comes from
}

func newStyleSheet() *styleSheet {
	return &styleSheet{byID: map[string]*styleRule{}, defaults: map[StyleType]*styleRule{}}
}

// readStyles reads the styles part. A damaged one is an error: headings and lists
// would be lost without a word.
func (p *Package) readStyles(ctx context.Context, part string, policy ChangePolicy) (*styleSheet, error) {
	sheet := newStyleSheet()
	x, closer, err := p.xml(ctx, part)
	if err != nil {
		return nil, err
	}
	defer closer.Close()
	x.root()
	props := propReader{x, policy}
	x.each(func(e element) {
		switch e.name {
		case "w:docDefaults":
			x.each(func(e element) {
				if e.name == "w:rPrDefault" {
					x.each(func(element) { sheet.runs = props.run() })
				}
			})
		case "w:style":
			sheet.add(readStyle(props, e))
		}
	})
	sheet.resolve()
	return sheet, x.failed()
}

// maxStyles bounds the sheet; Word itself stops at 4,079 in use.
const maxStyles = 20_000

func (s *styleSheet) add(r *styleRule) {
	if len(s.list) >= maxStyles {
		return
	}
	if _, twice := s.byID[r.ID]; twice {
		return // Word takes the first
	}
	s.list = append(s.list, r)
	s.byID[r.ID] = r
}

func readStyle(props propReader, e element) *styleRule {
	x := props.x
	r := &styleRule{Style: Style{ID: e.attr("w:styleId"), Type: styleType(e.attr("w:type"))}}
	r.para.outline = -1
	isDefault := isOn(e.attr("w:default"), false)
	x.each(func(e element) {
		switch e.name {
		case "w:name":
			r.Name = StyleName(e.val())
		case "w:basedOn":
			r.BasedOn = e.val()
		case "w:pPr":
			r.para = props.para()
		case "w:rPr":
			r.run = props.run()
		}
	})
	if r.Name == "" {
		r.Name = StyleName(r.ID)
	}
	if isDefault {
		r.para.isDefault = true
	}
	return r
}

func styleType(t string) StyleType {
	switch t {
	case "character":
		return CharacterStyle
	case "table":
		return TableStyle
	case "numbering":
		return NumberingStyle
	}
	return ParagraphStyle
}

// resolve follows basedOn of every style (17.7.4.3); a circle ends where it closes.
func (s *styleSheet) resolve() {
	for _, r := range s.list {
		if r.para.isDefault && s.defaults[r.Type] == nil {
			s.defaults[r.Type] = r
		}
	}
	for _, r := range s.list {
		s.follow(r)
	}
}

// maxChain bounds basedOn; Word itself stops at 10.
const maxChain = 32

func (s *styleSheet) follow(r *styleRule) {
	seen := map[*styleRule]bool{}
	for at := r; at != nil && !seen[at] && len(r.chain) < maxChain; at = s.byID[at.BasedOn] {
		if at.Type != r.Type {
			break
		}
		seen[at] = true
		r.chain = append(r.chain, at)
		r.lineage = append(r.lineage, at.Name)
	}
	r.Outline = r.outline()
	for i := len(r.chain) - 1; i >= 0; i-- {
		r.inherit(r.chain[i])
	}
	r.Marks = r.toggles.on
}

// inherit lays what a style says itself over what it is based on.
func (r *styleRule) inherit(from *styleRule) {
	r.toggles.apply(from.run.toggles)
	r.lang.apply(from.run.lang)
	if from.run.font != "" {
		r.font = from.run.font
	}
	if from.para.align != "" {
		r.align = from.para.align
	}
	if from.para.indent != nil {
		r.indent = from.para.indent
	}
	if from.para.rtl != nil {
		r.rtl = *from.para.rtl
	}
	r.inheritNum(from)
}

// inheritNum merges w:numPr: a style may change the level alone.
func (r *styleRule) inheritNum(from *styleRule) {
	if from.para.num == nil {
		return
	}
	merged := *from.para.num
	if r.num != nil {
		if merged.id == nil {
			merged.id = r.num.id
		}
	}
	r.num, r.numBy = &merged, from.ID
}

// outline is the heading level of a style: what it says or inherits, else what
// Word's built-in style of that name has.
func (r *styleRule) outline() int {
	for _, at := range r.chain {
		if at.para.outline >= 0 {
			return headingLevel(at.para.outline)
		}
		if n := headingOf(at.Name); n > 0 && r.Type == ParagraphStyle {
			return n
		}
	}
	return 0
}

// headingLevel is the level, from 1, of a w:outlineLvl; 9 is body text (17.3.1.20).
func headingLevel(outline int) int {
	if outline < 0 || outline > 8 {
		return 0
	}
	return outline + 1
}

func headingOf(name string) int {
	if n, err := strconv.Atoi(strings.TrimPrefix(name, "Heading ")); err == nil && n >= 1 && n <= 9 {
		return n
	}
	return 0
}

// get returns the style of a type by ID, nil if there is none.
func (s *styleSheet) get(t StyleType, id string) *styleRule {
	if id == "" {
		return nil
	}
	if r := s.byID[id]; r != nil && r.Type == t {
		return r
	}
	return nil
}

// paragraph returns the style of a paragraph that names id. Word takes the
// default for one that is not there; the name that an ID stands for is kept, since
// documents without a styles part still say "Heading1".
func (s *styleSheet) paragraph(id string) *styleRule {
	if r := s.get(ParagraphStyle, id); r != nil {
		return r
	}
	if id != "" && s.byID[id] == nil && len(s.byID) < maxStyles {
		return s.invent(ParagraphStyle, id)
	}
	if r := s.defaults[ParagraphStyle]; r != nil {
		return r
	}
	return s.invent(ParagraphStyle, "Normal")
}

// character returns a character style, nil if none is named.
func (s *styleSheet) character(id string) *styleRule {
	if r := s.get(CharacterStyle, id); r != nil || id == "" {
		return r
	}
	if s.byID[id] == nil && len(s.byID) < maxStyles {
		return s.invent(CharacterStyle, id)
	}
	return nil
}

func (s *styleSheet) invent(t StyleType, id string) *styleRule {
	if r := s.byID[id]; r != nil {
		return r
	}
	r := &styleRule{Style: Style{ID: id, Name: StyleName(id), Type: t}}
	r.para.outline = -1
	s.add(r)
	s.follow(r)
	return r
}

// StyleName gives built-in styles the name that an English Word shows: it stores some in
// lower case ("heading 1"), IDs run words together ("Heading1"), and other programs store
// what they show in other languages ("Überschrift 1").
func StyleName(stored string) string {
	stored = strings.TrimSpace(stored)
	key := strings.ToLower(strings.ReplaceAll(stored, " ", ""))
	base := strings.TrimRight(key, "0123456789")
	number := key[len(base):]
	if shown, ok := numberedStyles[base]; ok && len(number) == 1 && number != "0" {
		return shown + " " + number
	}
	if localHeadings[base] && len(number) == 1 && number != "0" {
		return "Heading " + number
	}
	for _, names := range []map[string]string{plainStyles, localStyles} {
		if shown, ok := names[key]; ok {
			return shown
		}
	}
	return stored
}

// The built-in styles whose stored name or ID is not what Word shows (17.7.4.9
// and the latent styles of 17.7.4.5).
var (
	numberedStyles = map[string]string{
		"heading": "Heading", "toc": "TOC", "index": "Index", "listbullet": "List Bullet", "listnumber": "List Number",
		"listcontinue": "List Continue", "list": "List", "bodytext": "Body Text", "bodytextindent": "Body Text Indent",
	}
	plainStyles = map[string]string{
		"title": "Title", "subtitle": "Subtitle", "caption": "Caption", "header": "Header", "footer": "Footer",
		"footnotetext": "Footnote Text", "footnotereference": "Footnote Reference",
		"endnotetext": "Endnote Text", "endnotereference": "Endnote Reference",
		"annotationtext": "Comment Text", "annotationreference": "Comment Reference", "annotationsubject": "Comment Subject",
		"commenttext": "Comment Text", "commentreference": "Comment Reference", "commentsubject": "Comment Subject",
		"pagenumber": "Page Number", "linenumber": "Line Number", "indexheading": "Index Heading",
		"tableoffigures": "Table of Figures", "tableofauthorities": "Table of Authorities", "toaheading": "TOA Heading",
		"tocheading": "TOC Heading", "macro": "Macro Text", "macrotext": "Macro Text", "messageheader": "Message Header",
		"listbullet": "List Bullet", "listnumber": "List Number", "listcontinue": "List Continue", "list": "List",
		"listparagraph": "List Paragraph", "bodytext": "Body Text", "bodytextindent": "Body Text Indent",
		"blocktext": "Block Text", "plaintext": "Plain Text", "normal": "Normal", "quote": "Quote",
		"intensequote": "Intense Quote", "strong": "Strong", "emphasis": "Emphasis", "hyperlink": "Hyperlink",
		"followedhyperlink": "FollowedHyperlink", "htmlpreformatted": "HTML Preformatted", "htmlcode": "HTML Code",
		"nospacing": "No Spacing", "bibliography": "Bibliography", "tablegrid": "Table Grid", "tablenormal": "Table Normal",
	}
)
