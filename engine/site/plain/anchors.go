package plain

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/util"
)

// anchors gives headings the fragment names that Hugo's autoIDType "github"
// gives them: letters and digits in lower case, "_" and "-", blanks as "-",
// and a number where a name repeats. Headings must come in document order.
// The value is the number to try next for a name that is taken.
type anchors map[string]int

// name gives a heading's anchor: its own {#id}, else one of its text; "" for
// a heading without text.
func (a anchors) name(h *ast.Heading, src []byte) string {
	if id, ok := h.AttributeString("id"); ok {
		if own, ok := id.([]byte); ok {
			a[string(own)] = max(a[string(own)], 1)
			return string(own)
		}
	}
	words := anchorText(h, src)
	if words == "" {
		return ""
	}
	name := anchorName([]byte(words))
	if name == "" {
		name = "heading"
	}
	unique := name
	for i := a[name]; a[unique] > 0; i++ {
		unique = fmt.Sprintf("%s-%d", name, i)
		a[name] = i + 1
	}
	a[unique] = max(a[unique], 1)
	return unique
}

// anchorText is the text that Hugo makes the anchor of: the last line, no
// tags, and of emphasis, links and the like the first piece of text only.
func anchorText(h *ast.Heading, src []byte) string {
	var b bytes.Buffer
	for child := h.FirstChild(); child != nil; child = child.NextSibling() {
		firstText(&b, child, src)
	}
	words := string(util.ResolveEntityNames(b.Bytes()))
	if h.Lines().Len() > 1 {
		words = words[strings.LastIndexByte(words, '\n')+1:]
	}
	return words
}

func firstText(b *bytes.Buffer, node ast.Node, src []byte) {
	for node != nil {
		switch n := node.(type) {
		case *ast.RawHTML:
			return
		case *ast.String:
			b.Write(n.Value)
			return
		case *ast.Text:
			b.Write(n.Segment.Value(src))
			if n.SoftLineBreak() || n.HardLineBreak() {
				b.WriteByte('\n')
			}
			return
		}
		node = node.FirstChild()
	}
}

func anchorName(value []byte) string {
	return string(bytes.Map(func(r rune) rune {
		switch {
		case r == '-' || r == ' ':
			return '-'
		case r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
			return unicode.ToLower(r)
		}
		return -1
	}, bytes.TrimSpace(value)))
}
