package docx

import (
	"strconv"
	"strings"
)

// paraProps are the properties of a paragraph or of a paragraph style as stored
// (ECMA-376-1, 17.3.1).
type paraProps struct {
	style     string
	outline   int // w:outlineLvl; -1 if not said
	num       *numProps
	align     string
	indent    *int
	rtl       *bool
	pageBreak bool
	section   bool
	dropCap   bool
	isDefault bool // of a style
	mark      markProps
	headers   []sectionStory
}

// numProps are w:numPr (17.3.1.19).
type numProps struct{ id, level *int }

// markProps are what is said of the paragraph mark.
type markProps struct {
	inserted, deleted, hidden bool
	run                       runProps
}

// A sectionStory is a header or footer that a section refers to (17.10).
type sectionStory struct {
	footer bool
	rel    string
}

// runProps are the properties of a run as stored (17.3.2).
type runProps struct {
	style   string
	toggles toggles
	rtl     bool
	font    string // for the characters of ASCII
	lang    langs

	// specVanish is on the mark of a style separator, which is always hidden
	// although its paragraph is not (17.3.2.36).
	specVanish bool
}

type langs struct{ western, eastAsian, bidi string }

func (l *langs) apply(nearer langs) {
	if nearer.western != "" {
		l.western = nearer.western
	}
	if nearer.eastAsian != "" {
		l.eastAsian = nearer.eastAsian
	}
	if nearer.bidi != "" {
		l.bidi = nearer.bidi
	}
}

// toggles are the properties that are on, off or not said.
type toggles struct{ on, off Marks }

func (t *toggles) set(m Marks, on bool) {
	if on {
		t.on, t.off = t.on|m, t.off&^m
	} else {
		t.on, t.off = t.on&^m, t.off|m
	}
}

// apply lays nearer properties over t.
func (t *toggles) apply(nearer toggles) {
	t.on = t.on&^nearer.off | nearer.on
	t.off = t.off&^nearer.on | nearer.off
}

// A propReader reads property elements that were just entered.
type propReader struct {
	x      *xmlReader
	policy ChangePolicy
}

// isOn reads an ST_OnOff (22.9.2.7); absent is what it means when the attribute
// is not there.
func isOn(v string, absent bool) bool {
	switch strings.ToLower(v) {
	case "":
		return absent
	case "0", "false", "off", "none":
		return false
	}
	return true
}

func (p propReader) para() paraProps {
	props := paraProps{outline: -1}
	p.x.each(func(e element) { p.paraProp(&props, e) })
	return props
}

func (p propReader) paraProp(props *paraProps, e element) {
	switch e.name {
	case "w:pStyle":
		props.style = e.val()
	case "w:outlineLvl":
		props.outline = number(e.val(), -1)
	case "w:numPr":
		props.num = p.num()
	case "w:jc":
		props.align = alignment(e.val())
	case "w:ind":
		props.indent = indent(e)
	case "w:bidi":
		on := isOn(e.val(), true)
		props.rtl = &on
	case "w:pageBreakBefore":
		props.pageBreak = isOn(e.val(), true)
	case "w:framePr":
		cap := e.attr("w:dropCap")
		props.dropCap = cap == "drop" || cap == "margin"
	case "w:rPr":
		props.mark = p.mark()
	case "w:sectPr":
		props.section, props.headers = true, p.section()
	case "w:pPrChange":
		p.oldPara(props)
	}
}

// oldPara replaces the properties by those before a tracked change if it is to be
// rejected (17.13.5.29).
func (p propReader) oldPara(props *paraProps) {
	if p.policy != RejectChanges {
		return
	}
	p.x.each(func(e element) {
		if e.name == "w:pPr" {
			old := p.para()
			old.mark, old.section, old.headers = props.mark, props.section, props.headers
			*props = old
		}
	})
}

func (p propReader) num() *numProps {
	var n numProps
	p.x.each(func(e element) {
		v, err := strconv.Atoi(e.val())
		if err != nil {
			return
		}
		switch e.name {
		case "w:numId":
			n.id = &v
		case "w:ilvl":
			n.level = &v
		}
	})
	return &n
}

// alignment makes one word of those of Transitional and Strict (17.18.44).
func alignment(jc string) string {
	switch jc {
	case "start":
		return "left"
	case "end":
		return "right"
	case "distribute", "lowKashida", "mediumKashida", "highKashida", "thaiDistribute":
		return "both"
	case "left", "center", "right", "both":
		return jc
	}
	return ""
}

func indent(e element) *int {
	for _, name := range []string{"w:left", "w:start"} {
		if v, ok := e.lookup(name); ok {
			n := number(v, 0)
			return &n
		}
	}
	return nil
}

func number(v string, otherwise int) int {
	if n, err := strconv.Atoi(strings.TrimSpace(v)); err == nil {
		return n
	}
	return otherwise
}

func (p propReader) mark() markProps {
	var m markProps
	m.run = p.runWith(func(e element) {
		switch e.name {
		case "w:ins", "w:moveTo":
			m.inserted = true
		case "w:del", "w:moveFrom":
			m.deleted = true
		}
	})
	m.hidden = m.run.toggles.on&Hidden != 0 && !m.run.specVanish
	return m
}

func (p propReader) section() []sectionStory {
	var stories []sectionStory
	p.x.each(func(e element) {
		switch e.name {
		case "w:headerReference":
			stories = append(stories, sectionStory{rel: e.attr("r:id")})
		case "w:footerReference":
			stories = append(stories, sectionStory{footer: true, rel: e.attr("r:id")})
		}
	})
	return stories
}

func (p propReader) run() runProps { return p.runWith(func(element) {}) }

func (p propReader) runWith(other func(e element)) runProps {
	var props runProps
	p.x.each(func(e element) {
		if !p.runProp(&props, e) {
			other(e)
		}
	})
	return props
}

// onOffMarks are the toggle properties and others of their form (17.7.3).
var onOffMarks = map[string]Marks{
	"w:b": Bold, "w:i": Italic, "w:strike": Strike, "w:dstrike": Strike,
	"w:smallCaps": SmallCaps, "w:caps": AllCaps, "w:vanish": Hidden,
}

func (p propReader) runProp(props *runProps, e element) bool {
	if m, ok := onOffMarks[e.name]; ok {
		props.toggles.set(m, isOn(e.val(), true))
		return true
	}
	switch e.name {
	case "w:rStyle":
		props.style = e.val()
	case "w:u":
		props.toggles.set(Underline, isOn(e.val(), true))
	case "w:vertAlign":
		props.toggles.set(Superscript, e.val() == "superscript")
		props.toggles.set(Subscript, e.val() == "subscript")
	case "w:highlight":
		props.toggles.set(Highlight, e.val() != "none")
	case "w:rFonts":
		p.fonts(props, e)
	case "w:lang":
		props.lang = langs{languageTag(e.val()), languageTag(e.attr("w:eastAsia")), languageTag(e.attr("w:bidi"))}
	case "w:rtl":
		props.rtl = isOn(e.val(), true)
	case "w:specVanish":
		props.specVanish = isOn(e.val(), true)
	case "w:rPrChange":
		p.oldRun(props)
	default:
		return false
	}
	return true
}

func (p propReader) oldRun(props *runProps) {
	if p.policy != RejectChanges {
		return
	}
	p.x.each(func(e element) {
		if e.name == "w:rPr" {
			*props = p.run()
		}
	})
}

func (p propReader) fonts(props *runProps, e element) {
	props.font = e.attr("w:ascii")
	if props.font == "" {
		props.font = e.attr("w:hAnsi")
	}
	if props.font != "" {
		props.toggles.set(Monospace, isMonospace(props.font))
	}
}

// isMonospace tells fonts for code: those that ship with Word, macOS, Linux
// desktops and the common editors.
func isMonospace(font string) bool {
	font = strings.ToLower(font)
	for _, name := range []string{
		"courier", "consolas", "monaco", "menlo", "mono", "lucida console", "andale", "fixedsys", "terminal",
		"cascadia code", "source code", "fira code", "inconsolata", "ocr a", "letter gothic", "typewriter", "hack",
	} {
		if strings.Contains(font, name) {
			return !strings.HasPrefix(font, "monotype")
		}
	}
	return false
}
