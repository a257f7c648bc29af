package docx_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/docjobs/docjobs/engine/docx"
	"github.com/docjobs/docjobs/engine/docx/docxtest"
	"github.com/stretchr/testify/require"
)

// read reads a file that must be readable.
func read(t *testing.T, f *docxtest.File, o docx.Options) *docx.Document {
	t.Helper()
	doc, err := docx.Read(t.Context(), f.Reader(), f.Size(), o)
	require.NoError(t, err)
	return doc
}

// dump writes blocks in a short notation, a line for each paragraph:
//
//	Heading 1 h1: text in the style Heading 1, of outline level 1
//	2/0 "1.":     first an item of list 2, level 0, labelled 1.
//	[b:bold]      marks; [link #x:…], [REF x:…], [note 0] and so on
func dump(blocks []docx.Block) string {
	var b strings.Builder
	dumpBlocks(&b, blocks, "")
	return strings.TrimSuffix(b.String(), "\n")
}

func dumpBlocks(b *strings.Builder, blocks []docx.Block, indent string) {
	for _, block := range blocks {
		switch block := block.(type) {
		case *docx.Paragraph:
			fmt.Fprintf(b, "%s%s%s\n", indent, dumpParagraph(block), dumpInlines(block.Content))
		case *docx.Table:
			fmt.Fprintf(b, "%stable%s\n", indent, maybe(" %s", block.Style))
			dumpRows(b, block, indent+"  ")
		case *docx.TextBox:
			fmt.Fprintf(b, "%sbox\n", indent)
			dumpBlocks(b, block.Blocks, indent+"  ")
		case *docx.Group:
			fmt.Fprintf(b, "%sgroup%s%s%s\n", indent, maybe(" %q", block.Title), maybe(" tag=%s", block.Tag), maybe(" kind=%s", block.Kind))
			dumpBlocks(b, block.Blocks, indent+"  ")
		}
	}
}

func dumpParagraph(p *docx.Paragraph) string {
	var head []string
	if p.Style != "Normal" {
		head = append(head, p.Style)
	}
	if p.Outline > 0 {
		head = append(head, fmt.Sprintf("h%d", p.Outline))
	}
	if l := p.List; l != nil {
		head = append(head, fmt.Sprintf("%d/%d %q", l.List, l.Level, l.Label))
	}
	if p.Generated != "" {
		head = append(head, "generated="+p.Generated)
	}
	if len(head) == 0 {
		return "- "
	}
	return strings.Join(head, " ") + ": "
}

func dumpRows(b *strings.Builder, t *docx.Table, indent string) {
	for _, row := range t.Rows {
		kind := "row"
		if row.Header {
			kind = "header"
		}
		fmt.Fprintf(b, "%s%s\n", indent, kind)
		for _, c := range row.Cells {
			span := ""
			if c.ColSpan > 1 || c.RowSpan > 1 {
				span = fmt.Sprintf(" %dx%d", c.ColSpan, c.RowSpan)
			}
			fmt.Fprintf(b, "%s  cell %d%s\n", indent, c.Column, span)
			dumpBlocks(b, c.Blocks, indent+"    ")
		}
	}
}

func dumpInlines(content []docx.Inline) string {
	var b strings.Builder
	for _, in := range content {
		b.WriteString(dumpInline(in))
	}
	return b.String()
}

func dumpInline(in docx.Inline) string {
	switch in := in.(type) {
	case *docx.Text:
		return dumpText(in)
	case *docx.Break:
		return "<" + string(in.Kind) + ">"
	case *docx.Link:
		return "[link " + in.URL + maybe("#%s", in.Anchor) + maybe(" (%s)", in.Tooltip) + ":" + dumpInlines(in.Content) + "]"
	case *docx.Reference:
		return "[" + in.Kind + " " + in.Target + ":" + dumpInlines(in.Content) + "]"
	case *docx.Anchor:
		return "{" + in.Name + "}"
	case *docx.Image:
		return fmt.Sprintf("[image %d%s%s]", in.Media, maybe(" %s", in.URL), maybe(" %q", in.Alt))
	case *docx.Math:
		return "[math:" + in.Text + "]"
	case *docx.NoteRef:
		return fmt.Sprintf("[%s %d]", in.Kind, in.Index)
	case *docx.IndexEntry:
		return "[index " + strings.Join(in.Terms, "|") + maybe(" see %s", in.See) + "]"
	case *docx.Field:
		return "[" + in.Name + ":" + dumpInlines(in.Content) + "]"
	case *docx.Object:
		return "[" + in.Kind + maybe(" %s", in.Name) + maybe(" %q", in.Text) + "]"
	}
	return "?"
}

var markLetters = []string{"b", "i", "u", "s", "sup", "sub", "sc", "caps", "hidden", "mono", "hi"}

func dumpText(t *docx.Text) string {
	var looks []string
	if t.Style != "" {
		looks = append(looks, t.Style)
	}
	for i, letter := range markLetters {
		if t.Marks&(1<<i) != 0 {
			looks = append(looks, letter)
		}
	}
	if t.Lang != "" {
		looks = append(looks, "lang="+t.Lang)
	}
	if t.RTL {
		looks = append(looks, "rtl")
	}
	if t.Change != "" {
		looks = append(looks, string(t.Change))
	}
	if len(looks) == 0 {
		return t.Text
	}
	return "[" + strings.Join(looks, " ") + ":" + t.Text + "]"
}

func maybe(format, s string) string {
	if s == "" {
		return ""
	}
	return fmt.Sprintf(format, s)
}
