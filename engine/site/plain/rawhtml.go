package plain

import (
	"bytes"
	"html"
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

// address finds the attributes of raw HTML that hold one address. HTML in
// Markdown is a stream of fragments, so tags are looked at one by one and
// nothing else of the HTML is touched.
var (
	tag     = regexp.MustCompile(`<[A-Za-z][^<>]*>`)
	address = regexp.MustCompile(`(?i)\s(?:href|src|poster)\s*=\s*(?:"([^"\r\n]*)"|'([^'\r\n]*)'|([^\s"'=<>` + "`" + `]+))`)
)

func (r *reader) htmlBlock(n *ast.HTMLBlock) {
	r.rawHTML(n.Lines())
	if n.HasClosure() {
		r.htmlSpan(n.ClosureLine.Start, n.ClosureLine.Stop)
	}
}

// rawHTML edits the address attributes from the first to the last segment;
// what lies between two is indentation or the mark of a quotation.
func (r *reader) rawHTML(segments *text.Segments) {
	if n := segments.Len(); n > 0 {
		r.htmlSpan(segments.At(0).Start, segments.At(n-1).Stop)
	}
}

func (r *reader) htmlSpan(start, end int) {
	span := r.body[start:end]
	if bytes.HasPrefix(bytes.TrimSpace(span), []byte("<!--")) {
		return
	}
	for _, t := range tag.FindAllIndex(span, -1) {
		for _, m := range address.FindAllSubmatchIndex(span[t[0]:t[1]], -1) {
			from, to := max(m[2], m[4], m[6]), max(m[3], m[5], m[7]) // one matched
			r.attribute(start+t[0]+from, start+t[0]+to)
		}
	}
}

func (r *reader) attribute(start, end int) {
	value := html.UnescapeString(string(r.body[start:end]))
	// An address with braces is a template's and left to the guards.
	if strings.TrimSpace(value) != "" && !bytes.Contains(r.body[start:end], []byte("{{")) {
		r.out.edits = append(r.out.edits, edit{start, end, value, true})
	}
}
