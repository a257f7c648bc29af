package docx

// A tableReader reads one w:tbl (ECMA-376-1, 17.4).
type tableReader struct {
	s     *story
	t     *Table
	spans []span // vertical ones that reach the row above, by column
}

// A span says which columns of the grid a vertical span covers.
type span struct {
	from, to int
	origin   place
}

// A place is a cell of the table that was read so far.
type place struct{ row, cell int }

// table reads the table that was just entered.
func (s *story) table(k *sink) {
	s.node()
	r := &tableReader{s: s, t: &Table{}}
	s.x.each(r.child)
	if len(r.t.Rows) > 0 {
		k.add(r.t)
	}
}

// child reads a child of the table, or of a wrapper in it.
func (r *tableReader) child(e element) {
	switch e.name {
	case "w:tblPr":
		r.s.x.each(r.property)
	case "w:tblGrid":
		r.s.x.each(func(e element) {
			if e.name == "w:gridCol" && len(r.t.Columns) < maxColumns {
				r.t.Columns = append(r.t.Columns, number(e.attr("w:w"), 0))
			}
		})
	case "w:tr":
		r.row()
	case "w:bookmarkStart":
		r.s.anchors = append(r.s.anchors, anchor(e)...)
	default:
		if !isProperties(e.name) {
			r.s.x.each(r.child)
		}
	}
}

func (r *tableReader) property(e element) {
	switch e.name {
	case "w:tblStyle":
		r.t.Style = e.val()
		if style := r.s.r.styles.get(TableStyle, e.val()); style != nil {
			style.Uses++
			r.t.Style = style.Name
		}
	case "w:tblCaption":
		r.t.Caption = e.val()
	case "w:tblDescription":
		r.t.Summary = e.val()
	case "w:bidiVisual":
		r.t.RTL = isOn(e.val(), true)
	}
}

// maxColumns bounds a grid; Word itself stops at 63.
const maxColumns = 1024

// A rowReader reads one w:tr (17.4.78).
type rowReader struct {
	*tableReader
	row    Row
	column int // of the grid, of the next cell
	gone   bool
	spans  []span
	above  int // index of the span above that the next cell may continue
	hMerge int // index of the cell that w:hMerge continues; -1 if none
}

func (r *tableReader) row() {
	row := &rowReader{tableReader: r, hMerge: -1}
	r.s.x.each(row.child)
	if row.gone || len(row.row.Cells) == 0 && len(row.spans) == 0 {
		return
	}
	for _, at := range distinct(row.spans) {
		if at.row < len(r.t.Rows) {
			r.t.Rows[at.row].Cells[at.cell].RowSpan++
		}
	}
	r.spans = row.spans
	r.t.Rows = append(r.t.Rows, row.row)
}

// distinct returns each origin once: several cells may continue one that is wide.
func distinct(spans []span) []place {
	seen := map[place]bool{}
	var places []place
	for _, s := range spans {
		if !seen[s.origin] {
			seen[s.origin] = true
			places = append(places, s.origin)
		}
	}
	return places
}

func (r *rowReader) child(e element) {
	switch e.name {
	case "w:trPr":
		r.s.x.each(r.property)
	case "w:tc":
		r.cell()
	case "w:bookmarkStart":
		r.s.anchors = append(r.s.anchors, anchor(e)...)
	default:
		if !isProperties(e.name) {
			r.s.x.each(r.child)
		}
	}
}

func (r *rowReader) property(e element) {
	switch e.name {
	case "w:tblHeader":
		r.row.Header = isOn(e.val(), true)
	case "w:gridBefore":
		r.column += min(max(number(e.val(), 0), 0), maxColumns)
	case "w:del":
		r.gone = r.gone || r.s.drops(Deleted)
	case "w:ins":
		r.gone = r.gone || r.s.drops(Inserted)
	}
}

// cellProps are w:tcPr (17.4.69).
type cellProps struct {
	span           int
	vMerge, hMerge string // "restart", "continue" or ""
	align          string
	gone           bool
}

// cell reads one w:tc (17.4.65).
func (r *rowReader) cell() {
	r.s.node()
	props := cellProps{span: 1}
	var k sink
	r.s.x.each(func(e element) {
		if e.name == "w:tcPr" {
			r.s.x.each(func(e element) { r.cellProp(&props, e) })
			return
		}
		r.s.block(&k, e)
	})
	k.flush()
	if !props.gone {
		r.add(props, k.blocks)
	}
}

func (r *rowReader) cellProp(p *cellProps, e element) {
	switch e.name {
	case "w:gridSpan":
		p.span = min(max(number(e.val(), 1), 1), maxColumns)
	case "w:vMerge":
		p.vMerge = orElse(e.val(), "continue")
	case "w:hMerge":
		p.hMerge = orElse(e.val(), "continue")
	case "w:vAlign":
		p.align = e.val()
	case "w:cellDel":
		p.gone = p.gone || r.s.drops(Deleted)
	case "w:cellIns":
		p.gone = p.gone || r.s.drops(Inserted)
	}
}

// add places a cell. What a span covers becomes part of the cell that spans, with
// whatever text it has: Word keeps such text out of sight, a reader must not.
func (r *rowReader) add(p cellProps, blocks []Block) {
	at := r.column
	r.column += p.span
	origin, covered := r.spanAbove(at)
	switch {
	case p.hMerge == "continue" && r.hMerge >= 0:
		cell := &r.row.Cells[r.hMerge]
		cell.ColSpan += p.span
		cell.Blocks = append(cell.Blocks, withText(blocks)...)
		return
	case p.vMerge == "continue" && covered:
		cell := &r.t.Rows[origin.row].Cells[origin.cell]
		cell.Blocks = append(cell.Blocks, withText(blocks)...)
		r.cover(at, p.span, origin)
		r.hMerge = -1
		return
	}
	here := place{len(r.t.Rows), len(r.row.Cells)}
	if p.vMerge != "" {
		r.cover(at, p.span, here)
	}
	r.hMerge = -1
	if p.hMerge != "" {
		r.hMerge = here.cell
	}
	r.row.Cells = append(r.row.Cells, Cell{Column: at, ColSpan: p.span, RowSpan: 1, Align: p.align, Blocks: blocks})
}

// spanAbove returns the origin of the vertical span that covers a column in the row
// above. Columns are asked for in ascending order.
func (r *rowReader) spanAbove(at int) (place, bool) {
	spans := r.tableReader.spans
	for r.above < len(spans) && spans[r.above].to <= at {
		r.above++
	}
	if r.above < len(spans) && spans[r.above].from <= at {
		return spans[r.above].origin, true
	}
	return place{}, false
}

// cover notes the columns of a vertical span.
func (r *rowReader) cover(at, columns int, origin place) {
	r.spans = append(r.spans, span{at, at + columns, origin})
}

// withText leaves out empty paragraphs.
func withText(blocks []Block) []Block {
	var kept []Block
	for _, b := range blocks {
		if p, ok := b.(*Paragraph); ok && len(p.Content) == 0 {
			continue
		}
		kept = append(kept, b)
	}
	return kept
}
