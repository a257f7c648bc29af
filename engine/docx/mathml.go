package docx

import (
	"encoding/xml"
	"strings"
	"unicode"
)

// mathML writes presentation MathML 3 (W3C, 3) for a formula.
func mathML(n *mathNode, display bool) string {
	w := &mathWriter{}
	w.b.WriteString(`<math xmlns="http://www.w3.org/1998/Math/MathML"`)
	if display {
		w.b.WriteString(` display="block"`)
	}
	w.b.WriteString(">")
	w.row(n)
	w.b.WriteString("</math>")
	return w.b.String()
}

// A mathWriter writes MathML. Every method that takes a node writes exactly one
// element for it: most of MathML counts its arguments.
type mathWriter struct {
	b     strings.Builder
	align bool // within an array whose runs mark alignment by "&"
}

func (w *mathWriter) open(tag string)  { w.b.WriteString("<" + tag + ">") }
func (w *mathWriter) close(tag string) { w.b.WriteString("</" + tag + ">") }

// wrap writes an element around arguments. The tag may have attributes.
func (w *mathWriter) wrap(tag string, arguments ...*mathNode) {
	w.open(tag)
	for _, n := range arguments {
		w.row(n)
	}
	name, _, _ := strings.Cut(tag, " ")
	w.close(name)
}

// row writes the children of an argument, in an mrow.
func (w *mathWriter) row(n *mathNode) {
	w.open("mrow")
	w.runs(n)
	for _, c := range n.children {
		w.node(c)
	}
	w.close("mrow")
}

// node writes an element. Those without a form of their own are read through.
func (w *mathWriter) node(n *mathNode) {
	switch n.name {
	case "m:r", "w:r":
		w.runs(n)
	case "m:f":
		w.fraction(n)
	case "m:rad":
		w.radical(n)
	case "m:sSup":
		w.wrap("msup", n.child("m:e"), n.child("m:sup"))
	case "m:sSub":
		w.wrap("msub", n.child("m:e"), n.child("m:sub"))
	case "m:sSubSup":
		w.wrap("msubsup", n.child("m:e"), n.child("m:sub"), n.child("m:sup"))
	case "m:sPre":
		w.prescripts(n)
	case "m:limLow":
		w.wrap("munder", n.child("m:e"), n.child("m:lim"))
	case "m:limUpp":
		w.wrap("mover", n.child("m:e"), n.child("m:lim"))
	default:
		w.group(n)
	}
}

func (w *mathWriter) group(n *mathNode) {
	switch n.name {
	case "m:nary":
		w.nary(n)
	case "m:d":
		w.delimiters(n)
	case "m:m":
		w.matrix(n)
	case "m:acc":
		w.accent(n)
	case "m:bar":
		w.bar(n)
	case "m:func":
		w.function(n)
	case "m:borderBox":
		w.borderBox(n)
	case "m:eqArr":
		w.array(n)
	case "m:groupChr":
		w.groupChar(n)
	case "m:phant":
		w.phantom(n)
	default:
		w.row(n)
	}
}

// fraction writes an m:f (ECMA-376-1, 22.1.2.36).
func (w *mathWriter) fraction(n *mathNode) {
	num, den := n.child("m:num"), n.child("m:den")
	switch n.prop("type", "bar") {
	case "lin":
		w.open("mrow")
		w.row(num)
		w.operator("/", "")
		w.row(den)
		w.close("mrow")
	case "skw":
		w.wrap(`mfrac bevelled="true"`, num, den)
	case "noBar":
		w.wrap(`mfrac linethickness="0"`, num, den)
	default:
		w.wrap("mfrac", num, den)
	}
}

// radical writes an m:rad (22.1.2.88).
func (w *mathWriter) radical(n *mathNode) {
	if degree := n.child("m:deg"); !n.on("degHide") && !degree.empty() {
		w.wrap("mroot", n.child("m:e"), degree)
		return
	}
	w.wrap("msqrt", n.child("m:e"))
}

// prescripts writes an m:sPre (22.1.2.99).
func (w *mathWriter) prescripts(n *mathNode) {
	w.open("mmultiscripts")
	w.row(n.child("m:e"))
	w.b.WriteString("<mprescripts/>")
	w.row(n.child("m:sub"))
	w.row(n.child("m:sup"))
	w.close("mmultiscripts")
}

// nary writes an m:nary (22.1.2.70): a sum, product or integral with its limits.
func (w *mathWriter) nary(n *mathNode) {
	chr := n.prop("chr", "∫")
	beside := n.prop("limLoc", "") == "subSup" || n.prop("limLoc", "") == "" && isIntegral(chr)
	tag := map[[3]bool]string{
		{true, true, false}: "munderover", {true, false, false}: "munder", {false, true, false}: "mover",
		{true, true, true}: "msubsup", {true, false, true}: "msub", {false, true, true}: "msup",
	}[[3]bool{!n.on("subHide"), !n.on("supHide"), beside}]
	w.open("mrow")
	if tag != "" {
		w.open(tag)
	}
	w.operator(chr, "")
	if !n.on("subHide") {
		w.row(n.child("m:sub"))
	}
	if !n.on("supHide") {
		w.row(n.child("m:sup"))
	}
	if tag != "" {
		w.close(tag)
	}
	w.row(n.child("m:e"))
	w.close("mrow")
}

// delimiters writes an m:d (22.1.2.24).
func (w *mathWriter) delimiters(n *mathNode) {
	w.open("mrow")
	w.fence(n.prop("begChr", "("))
	for i, e := range n.all("m:e") {
		if i > 0 {
			w.fence(n.prop("sepChr", "|"))
		}
		w.row(e)
	}
	w.fence(n.prop("endChr", ")"))
	w.close("mrow")
}

func (w *mathWriter) fence(chr string) {
	if chr != "" {
		w.operator(chr, ` fence="true"`)
	}
}

// matrix writes an m:m (22.1.2.60).
func (w *mathWriter) matrix(n *mathNode) {
	w.open("mtable")
	for _, row := range n.all("m:mr") {
		w.open("mtr")
		for _, e := range row.all("m:e") {
			w.wrap("mtd", e)
		}
		w.close("mtr")
	}
	w.close("mtable")
}

// array writes an m:eqArr (22.1.2.34): equations one below the other.
func (w *mathWriter) array(n *mathNode) {
	outer := w.align
	w.align = true
	w.open(`mtable columnalign="left"`)
	for _, e := range n.all("m:e") {
		w.open("mtr")
		w.wrap("mtd", e)
		w.close("mtr")
	}
	w.close("mtable")
	w.align = outer
}

// accents are the spacing forms of combining characters.
var accents = map[string]string{
	"\u0300": "`", "\u0301": "´", "\u0302": "^", "\u0303": "~", "\u0304": "¯", "\u0305": "¯", "\u0306": "˘",
	"\u0307": "˙", "\u0308": "¨", "\u030A": "˚", "\u030C": "ˇ", "\u20D6": "←", "\u20D7": "→", "\u20E1": "↔",
	"\u20D0": "↼", "\u20D1": "⇀",
}

// accent writes an m:acc (22.1.2.1).
func (w *mathWriter) accent(n *mathNode) {
	chr := n.prop("chr", "\u0302")
	w.open(`mover accent="true"`)
	w.row(n.child("m:e"))
	w.operator(orElse(accents[chr], chr), "")
	w.close("mover")
}

// bar writes an m:bar (22.1.2.7).
func (w *mathWriter) bar(n *mathNode) {
	tag, chr := "munder", "_"
	if n.prop("pos", "bot") == "top" {
		tag, chr = "mover", "¯"
	}
	w.open(tag)
	w.row(n.child("m:e"))
	w.operator(chr, ` stretchy="true"`)
	w.close(tag)
}

// function writes an m:func (22.1.2.39).
func (w *mathWriter) function(n *mathNode) {
	w.open("mrow")
	w.row(n.child("m:fName"))
	w.operator("\u2061", "") // function application
	w.row(n.child("m:e"))
	w.close("mrow")
}

// borderBox writes an m:borderBox (22.1.2.12).
func (w *mathWriter) borderBox(n *mathNode) {
	var notation []string
	for _, side := range [][2]string{{"hideTop", "top"}, {"hideBot", "bottom"}, {"hideLeft", "left"}, {"hideRight", "right"}} {
		if !n.on(side[0]) {
			notation = append(notation, side[1])
		}
	}
	if len(notation) == 4 {
		notation = []string{"box"}
	}
	for _, strike := range [][2]string{
		{"strikeH", "horizontalstrike"}, {"strikeV", "verticalstrike"},
		{"strikeBLTR", "updiagonalstrike"}, {"strikeTLBR", "downdiagonalstrike"},
	} {
		if n.on(strike[0]) {
			notation = append(notation, strike[1])
		}
	}
	w.wrap(`menclose notation="`+strings.Join(notation, " ")+`"`, n.child("m:e"))
}

// groupChar writes an m:groupChr (22.1.2.41): a brace or the like above or below.
func (w *mathWriter) groupChar(n *mathNode) {
	tag := "munder"
	if n.prop("pos", "bot") == "top" {
		tag = "mover"
	}
	w.open(tag)
	w.row(n.child("m:e"))
	w.operator(n.prop("chr", "⏟"), ` stretchy="true"`)
	w.close(tag)
}

// phantom writes an m:phant (22.1.2.81).
func (w *mathWriter) phantom(n *mathNode) {
	if isOn(n.prop("show", "on"), true) {
		w.row(n.child("m:e"))
		return
	}
	w.wrap("mphantom", n.child("m:e"))
}

func (w *mathWriter) operator(chr, attributes string) { w.token("mo", attributes, chr) }

func (w *mathWriter) token(tag, attributes, text string) {
	w.b.WriteString("<" + tag + attributes + ">")
	_ = xml.EscapeText(&w.b, []byte(text)) // a Builder takes everything
	w.close(tag)
}

// runs writes the text of a run as identifiers, numbers and operators; normal text
// (m:nor, 22.1.2.72) as it is.
func (w *mathWriter) runs(n *mathNode) {
	if n.text == "" {
		return
	}
	if n.on("nor") {
		w.token("mtext", "", n.text)
		return
	}
	text := n.text
	if w.align {
		text = strings.ReplaceAll(text, "&", "")
	}
	variant := n.variant()
	for _, t := range mathTokens(text, n.prop("sty", "i") == "p") {
		attributes := variant
		if t.tag == "mo" || t.tag == "mtext" || t.tag == "mn" && variant == ` mathvariant="normal"` {
			attributes = ""
		}
		w.token(t.tag, attributes, t.text)
	}
}

// variant is the attribute for m:sty (22.1.2.111) and m:scr (22.1.2.92); none for
// what MathML does by itself: italic for one letter.
func (n *mathNode) variant() string {
	script := map[string]string{
		"double-struck": "double-struck", "script": "script", "fraktur": "fraktur", "sans-serif": "sans-serif", "monospace": "monospace",
	}[n.prop("scr", "roman")]
	style := n.prop("sty", "i")
	bold := style == "b" || style == "bi"
	value := script
	switch {
	case script == "" && style == "p":
		value = "normal"
	case script == "" && style == "b":
		value = "bold"
	case script == "" && style == "bi":
		value = "bold-italic"
	case bold && (script == "script" || script == "fraktur" || script == "sans-serif"):
		value = "bold-" + script
	}
	if value == "" {
		return ""
	}
	return ` mathvariant="` + value + `"`
}

type mathToken struct{ tag, text string }

// mathTokens splits the text of a run. Upright letters make one word (sin), others
// are each a name of its own.
func mathTokens(text string, upright bool) []mathToken {
	var tokens []mathToken
	for rest := []rune(text); len(rest) > 0; {
		tag, n := mathTokenAt(rest, upright)
		if word := string(rest[:n]); strings.TrimSpace(word) != "" {
			tokens = append(tokens, mathToken{tag, word})
		}
		rest = rest[n:]
	}
	return tokens
}

func mathTokenAt(text []rune, upright bool) (tag string, n int) {
	switch {
	case unicode.IsDigit(text[0]):
		return "mn", numberLength(text)
	case unicode.IsLetter(text[0]), text[0] == '∞', text[0] == '∅':
		n = 1
		for n < len(text) && (unicode.IsMark(text[n]) || upright && unicode.IsLetter(text[n])) {
			n++
		}
		return "mi", n
	case unicode.IsSpace(text[0]):
		return "mtext", 1
	}
	return "mo", 1
}

// numberLength is how many runes of the text are one number.
func numberLength(text []rune) int {
	n := 1
	for n < len(text) && (unicode.IsDigit(text[n]) || (text[n] == '.' || text[n] == ',') && n+1 < len(text) && unicode.IsDigit(text[n+1])) {
		n++
	}
	return n
}
