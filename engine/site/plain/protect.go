package plain

import (
	"bytes"
	"html"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"
)

// Hugo looks for shortcodes, {{< x >}} and {{% x %}}, in all content, code
// included, and has no switch for it. The guard breaks the delimiters apart:
// a noncharacter of Unicode that no document contains (Unicode Standard,
// section 23.7) and that the theme takes out of the finished HTML again. A
// second one behind "<" keeps {{<x>}} from being read as an HTML tag.
const guard = "\uFDD0"

// edit replaces body[start:end]. If rewrite is set, text is an address that
// is resolved as a link when the page is written.
type edit struct {
	start, end int
	text       string
	rewrite    bool
}

func sortEdits(edits []edit) {
	slices.SortStableFunc(edits, func(a, b edit) int { return a.start - b.start })
}

// shortcodeEdits guards every shortcode delimiter.
func shortcodeEdits(body []byte) []edit {
	var edits []edit
	for at := 0; ; {
		i := bytes.Index(body[at:], []byte("{{"))
		if i < 0 {
			return edits
		}
		at += i + 2
		if at < len(body) && body[at] == '<' {
			edits = append(edits, edit{at, at + 1, guard + "<" + guard, false})
		} else if at < len(body) && body[at] == '%' {
			edits = append(edits, edit{at, at, guard, false})
		} else {
			at-- // "{{{<" holds a delimiter, too
		}
	}
}

// fence reduces the info string of a code block to the language. Hugo takes
// what stands in braces for options of its own and fails on others' notation,
// such as ```{r} or ```js {1,3-4}.
func (r *reader) fence(n *ast.FencedCodeBlock) {
	if n.Info == nil {
		return
	}
	segment := n.Info.Segment
	info := string(segment.Value(r.body))
	brace := strings.IndexByte(info, '{')
	if brace < 0 {
		return
	}
	language := strings.TrimSpace(info[:brace])
	if language == "" {
		language = firstWord(info[brace:])
	}
	r.out.edits = append(r.out.edits, edit{segment.Start, segment.Stop, language, false})
}

// firstWord finds the language in Pandoc's and knitr's {.python #id} and {r}.
func firstWord(braces string) string {
	for word := range strings.FieldsFuncSeq(braces, func(c rune) bool { return strings.ContainsRune("{}.,#= \t", c) }) {
		return word
	}
	return ""
}

// apply writes body with its edits. Where two overlap, the first one stands.
func apply(body []byte, edits []edit, resolve resolver) []byte {
	var out bytes.Buffer
	out.Grow(len(body) + 64*len(edits))
	at := 0
	for _, e := range edits {
		if e.start < at {
			continue
		}
		out.Write(body[at:e.start])
		out.WriteString(e.replacement(body, resolve))
		at = e.end
	}
	out.Write(body[at:])
	return out.Bytes()
}

// resolver gives the address on the site for one as written, if it has one.
type resolver func(written string) (onSite string, ok bool)

func (e edit) replacement(body []byte, resolve resolver) string {
	if !e.rewrite {
		return e.text
	}
	if onSite, ok := resolve(e.text); ok {
		return html.EscapeString(onSite)
	}
	return string(body[e.start:e.end])
}
