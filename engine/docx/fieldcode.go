package docx

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// A fieldCode is the code of a field (ECMA-376-1, 17.16.5): a name, arguments,
// and switches with their arguments.
type fieldCode struct {
	text     string
	name     string
	args     []string
	switches map[string]string
}

// A formData is what a form field holds (17.16.17).
type formData struct {
	kind     string // "checkBox", "ddList" or ""
	checked  bool
	selected int
	entries  []string
}

// switchArguments are the switches that take an argument, by field; "" is for all.
var switchArguments = map[string]string{
	"": "*#@", "HYPERLINK": "lot", "XE": "frty", "REF": "d", "NOTEREF": "", "PAGEREF": "", "SYMBOL": "fs",
	"INCLUDEPICTURE": "c", "INCLUDETEXT": "cnt", "TOC": "abcdflnopst", "SEQ": "rs", "INDEX": "bcdefgklps", "TC": "fl",
	"EQ": "", "LINK": "", "MERGEFIELD": "bf", "DATE": "", "TA": "lsc", "TOA": "bcdegls", "CITATION": "fplmnsty", "RD": "",
}

// fieldNames are the fields of ST and of Word beyond; a code that begins with
// another word is a reference to a bookmark (17.16.5.51).
var fieldNames = makeSet(`ADDIN ADDRESSBLOCK ADVANCE ASK AUTHOR AUTONUM AUTONUMLGL AUTONUMOUT AUTOTEXT AUTOTEXTLIST
BARCODE BIBLIOGRAPHY BIDIOUTLINE CITATION COMMENTS COMPARE CONTROL CREATEDATE DATABASE DATE DDE DDEAUTO DISPLAYBARCODE
DOCPROPERTY DOCVARIABLE EDITTIME EMBED EQ FILENAME FILESIZE FILLIN FORMCHECKBOX FORMDROPDOWN FORMTEXT FTNREF GLOSSARY
GOTOBUTTON GREETINGLINE HTMLACTIVEX HYPERLINK IF IMPORT INCLUDE INCLUDEPICTURE INCLUDETEXT INDEX INFO KEYWORDS
LASTSAVEDBY LINK LISTNUM MACROBUTTON MERGEBARCODE MERGEFIELD MERGEREC MERGESEQ NEXT NEXTIF NOTEREF NUMCHARS NUMPAGES
NUMWORDS PAGE PAGEREF PRINT PRINTDATE PRIVATE QUOTE RD REF REVNUM SAVEDATE SECTION SECTIONPAGES SEQ SET SHAPE SKIPIF
STYLEREF SUBJECT SYMBOL TA TC TEMPLATE TIME TITLE TOA TOC USERADDRESS USERINITIALS USERNAME XE =`)

func makeSet(words string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(words) {
		set[w] = true
	}
	return set
}

// parseFieldCode reads any text; what is no field code has a name all the same.
func parseFieldCode(text string) *fieldCode {
	c := &fieldCode{text: strings.TrimSpace(text), switches: map[string]string{}}
	tokens := fieldTokens(c.text)
	if len(tokens) == 0 {
		return c
	}
	c.name = strings.ToUpper(tokens[0].text)
	if strings.HasPrefix(c.name, "=") {
		c.name = "="
	}
	tokens = tokens[1:]
	if !fieldNames[c.name] {
		c.args, c.name = []string{strings.Fields(c.text)[0]}, "REF"
	}
	for i := 0; i < len(tokens); i++ {
		t := tokens[i]
		if !t.isSwitch {
			c.args = append(c.args, t.text)
			continue
		}
		key := strings.ToLower(t.text)
		if takesArgument(c.name, key) && i+1 < len(tokens) && !tokens[i+1].isSwitch {
			i++
			c.switches[key] = tokens[i].text
			continue
		}
		c.switches[key] = ""
	}
	return c
}

func takesArgument(name, key string) bool {
	return key != "" && (strings.Contains(switchArguments[""], key) || strings.Contains(switchArguments[name], key))
}

type fieldToken struct {
	text     string
	isSwitch bool
}

// fieldTokens splits a code at spaces; quotes hold words together, and a backslash
// in them keeps the next sign from its meaning.
func fieldTokens(code string) []fieldToken {
	var tokens []fieldToken
	for code = strings.TrimLeft(code, " \u00A0"); code != ""; code = strings.TrimLeft(code, " \u00A0") {
		var t fieldToken
		switch quote := openingQuote(code); {
		case quote > 0:
			t.text, code = quoted(code[quote:])
		case code[0] == '\\' && len(code) > 1 && code[1] != '\\':
			_, size := utf8.DecodeRuneInString(code[1:])
			t.isSwitch = true
			t.text, code = code[1:1+size], code[1+size:]
		default:
			end := strings.IndexAny(code, " \u00A0")
			if end < 0 {
				end = len(code)
			}
			t.text, code = strings.ReplaceAll(code[:end], `\\`, `\`), code[end:]
		}
		tokens = append(tokens, t)
	}
	return tokens
}

// openingQuote is the length of a quote at the start of s: people type curly ones.
func openingQuote(s string) int {
	for _, q := range []string{`"`, "“", "”", "„"} {
		if strings.HasPrefix(s, q) {
			return len(q)
		}
	}
	return 0
}

func quoted(s string) (text, rest string) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && (s[i+1] == '\\' || s[i+1] == '"') {
			i++
			b.WriteByte(s[i])
			continue
		}
		if n := openingQuote(s[i:]); n > 0 {
			return b.String(), s[i+n:]
		}
		b.WriteByte(s[i])
	}
	return b.String(), ""
}

func (c *fieldCode) arg(i int) string {
	if i < len(c.args) {
		return c.args[i]
	}
	return ""
}

// inlines is what the field stands for.
func (c *fieldCode) inlines(content []Inline, form formData) []Inline {
	switch c.name {
	case "HYPERLINK":
		return []Inline{c.link(content)}
	case "REF", "PAGEREF", "NOTEREF", "STYLEREF", "FTNREF":
		kind := c.name
		if kind == "FTNREF" {
			kind = "NOTEREF" // its name before Word 6
		}
		return []Inline{&Reference{Kind: kind, Target: c.arg(0), Content: content}}
	case "XE":
		return append([]Inline{c.indexEntry()}, content...)
	case "SYMBOL":
		return c.symbol(content)
	case "INCLUDEPICTURE":
		return c.picture(content)
	case "FORMCHECKBOX", "FORMDROPDOWN":
		content = form.show(content)
	case "MACROBUTTON", "GOTOBUTTON":
		if len(content) == 0 && len(c.args) > 1 {
			content = []Inline{&Text{Text: strings.Join(c.args[1:], " ")}}
		}
	}
	return []Inline{&Field{Code: c.text, Name: c.name, Content: content}}
}

func (c *fieldCode) link(content []Inline) *Link {
	l := &Link{URL: c.arg(0), Anchor: c.switches["l"], Tooltip: c.switches["o"], Content: content}
	if strings.HasPrefix(l.URL, "#") && l.Anchor == "" {
		l.URL, l.Anchor = "", l.URL[1:]
	}
	return l
}

// indexEntry reads an XE field (17.16.5.79): a colon begins a sub-entry, unless a
// backslash precedes it.
func (c *fieldCode) indexEntry() *IndexEntry {
	entry := &IndexEntry{See: strings.TrimSpace(c.switches["t"]), Range: c.switches["r"]}
	escaped := strings.ReplaceAll(c.arg(0), `\:`, "\x00")
	for _, term := range strings.Split(escaped, ":") {
		if term = strings.TrimSpace(strings.ReplaceAll(term, "\x00", ":")); term != "" {
			entry.Terms = append(entry.Terms, term)
		}
	}
	return entry
}

// symbol reads a SYMBOL field (17.16.5.64): the number of a sign in a font.
func (c *fieldCode) symbol(content []Inline) []Inline {
	n, err := strconv.ParseUint(c.arg(0), 0, 16)
	if err != nil || n < 0x20 {
		return content
	}
	return []Inline{&Text{Text: symbolText(c.switches["f"], string(rune(n)))}}
}

// picture is the picture of an INCLUDEPICTURE field (17.16.5.30): the copy in the
// file if there is one, else where it is.
func (c *fieldCode) picture(content []Inline) []Inline {
	for _, in := range content {
		if _, ok := in.(*Image); ok {
			return content
		}
	}
	return append([]Inline{&Image{Media: -1, URL: c.arg(0), Inline: true}}, content...)
}

func (d formData) show(content []Inline) []Inline {
	switch {
	case hasText(content):
	case d.kind == "checkBox" && d.checked:
		return []Inline{&Text{Text: "☒"}}
	case d.kind == "checkBox":
		return []Inline{&Text{Text: "☐"}}
	case d.kind == "ddList" && d.selected >= 0 && d.selected < len(d.entries):
		return []Inline{&Text{Text: d.entries[d.selected]}}
	}
	return content
}

// formData reads a w:ffData.
func (s *story) formData() formData {
	var d formData
	s.x.each(func(e element) {
		switch e.name {
		case "w:checkBox":
			d.kind = "checkBox"
			s.x.each(func(e element) { d.checkBox(e) })
		case "w:ddList":
			d.kind = "ddList"
			s.x.each(func(e element) { d.list(e) })
		}
	})
	return d
}

func (d *formData) checkBox(e element) {
	switch e.name {
	case "w:default", "w:checked": // in this order
		d.checked = isOn(e.val(), true)
	}
}

func (d *formData) list(e element) {
	switch e.name {
	case "w:default", "w:result":
		d.selected = number(e.val(), 0)
	case "w:listEntry":
		d.entries = append(d.entries, e.val())
	}
}
