package convert

import (
	"fmt"
	"strconv"

	"github.com/docjobs/docjobs/engine/dita"
	"github.com/docjobs/docjobs/engine/docx"
)

// table makes a CALS table (OASIS Exchange Table Model; DITA 1.3, 3.2.3). In a cell
// there is none: the cells of a table within a table follow each other as
// paragraphs.
func (b *builder) table(t *docx.Table, caption *docx.Paragraph, in place) []dita.Node {
	rows := normalRows(t.Rows)
	if len(rows) == 0 {
		return nil
	}
	if in.cell || b.inNote {
		return b.flattened(rows, caption, in)
	}
	columns := columnsOf(rows)
	group := dita.New("tgroup").With("cols", strconv.Itoa(columns))
	for i := range columns {
		spec := dita.New("colspec").With("colname", columnName(i)).With("colnum", strconv.Itoa(i+1))
		if len(t.Columns) == columns && t.Columns[i] > 0 {
			spec.With("colwidth", strconv.Itoa(t.Columns[i])+"*")
		}
		group.Add(spec)
	}
	head := headRows(rows)
	if head > 0 {
		group.Add(b.rows("thead", rows[:head]))
	}
	group.Add(b.rows("tbody", rows[head:]))
	table := dita.New("table")
	var later []dita.Node
	if caption != nil {
		table.Add(b.captionTitle(caption))
		b.identify(table, b.ids[caption])
		later = b.takeLater()
	}
	if t.RTL {
		table.With("dir", "rtl")
	}
	return append([]dita.Node{table.Add(group)}, later...)
}

// flattened returns the content of a table without its grid.
func (b *builder) flattened(rows []docx.Row, caption *docx.Paragraph, in place) []dita.Node {
	b.warn("nested-table", "A table stands in a cell of another one, which DITA does not have; its cells follow each other as paragraphs.", b.ordinal)
	var out []dita.Node
	if caption != nil {
		out = append(out, b.para(caption, "p"))
	}
	for _, row := range rows {
		for _, cell := range row.Cells {
			out = append(out, b.blocks(cell.Blocks, in)...)
		}
	}
	return out
}

// headRows returns how many rows make the head: those that are repeated on every
// page, but never all.
func headRows(rows []docx.Row) int {
	n := 0
	for n < len(rows)-1 && rows[n].Header {
		n++
	}
	for i := range n { // no span leaves the head
		for _, cell := range rows[i].Cells {
			if i+cell.RowSpan > n {
				return i
			}
		}
	}
	return n
}

// normalRows returns the rows that have a cell of their own; spans over rows that
// have none, or that there are not, are made shorter.
func normalRows(rows []docx.Row) []docx.Row {
	kept := make([]int, len(rows)+1) // how many rows before the i-th are kept
	for i, row := range rows {
		kept[i+1] = kept[i]
		if len(row.Cells) > 0 {
			kept[i+1]++
		}
	}
	out := make([]docx.Row, 0, len(rows))
	for i, row := range rows {
		if len(row.Cells) == 0 {
			continue
		}
		cells := make([]docx.Cell, len(row.Cells))
		for j, cell := range row.Cells {
			end := min(i+max(cell.RowSpan, 1), len(rows))
			cell.RowSpan = max(kept[end]-kept[i], 1)
			cell.ColSpan = max(cell.ColSpan, 1)
			cells[j] = cell
		}
		out = append(out, docx.Row{Header: row.Header, Cells: cells})
	}
	return out
}

func columnsOf(rows []docx.Row) int {
	n := 1
	for _, row := range rows {
		for _, cell := range row.Cells {
			n = max(n, cell.Column+cell.ColSpan)
		}
	}
	return n
}

func columnName(i int) string { return fmt.Sprintf("c%d", i+1) }

// rows makes the head or the body of a table.
func (b *builder) rows(name string, rows []docx.Row) *dita.Element {
	part := dita.New(name)
	for i, row := range rows {
		r := dita.New("row")
		for _, cell := range row.Cells {
			r.Add(b.cell(cell, len(rows)-i))
		}
		part.Add(r)
	}
	return part
}

// cell makes an entry; left is how many rows there are from its own on.
func (b *builder) cell(cell docx.Cell, left int) *dita.Element {
	entry := dita.New("entry").With("colname", columnName(cell.Column))
	if cell.ColSpan > 1 {
		entry.Attrs = nil
		entry.With("namest", columnName(cell.Column)).With("nameend", columnName(cell.Column+cell.ColSpan-1))
	}
	if span := min(cell.RowSpan, left); span > 1 {
		entry.With("morerows", strconv.Itoa(span-1))
	}
	switch cell.Align {
	case "center":
		entry.With("valign", "middle")
	case "bottom":
		entry.With("valign", "bottom")
	}
	entry.Add(b.blocks(cell.Blocks, place{cell: true})...)
	if len(entry.Children) == 1 {
		unwrap(entry)
	}
	return entry
}

// unwrap takes the text out of the only paragraph of an element, if that has no
// attributes.
func unwrap(e *dita.Element) {
	if only, ok := e.Children[0].(*dita.Element); ok && only.Name == "p" && len(only.Attrs) == 0 {
		e.Children = only.Children
	}
}
