package convert

import (
	"github.com/docjobs/docjobs/engine/dita"
	"github.com/docjobs/docjobs/engine/docx"
)

// An entry is an item of a list with the blocks that belong to it.
type entry struct {
	p     *docx.Paragraph
	after []unit
}

// maxBetween is how many blocks may stand between two items of one list for the
// second to go on with the first: pictures and explanations of a step.
const maxBetween = 12

// list rebuilds the nested lists that Word keeps as flat paragraphs with a level
// (ECMA-376-1, 17.9). It returns how many units they were.
func (b *builder) list(units []unit, in place) ([]dita.Node, int) {
	var entries []entry
	n := 0
	for n < len(units) {
		if p := units[n].paragraph(); b.isItem(p) {
			entries = append(entries, entry{p: p})
			n++
			continue
		}
		between := b.between(units[n:], entries[len(entries)-1].p)
		if between == 0 {
			break
		}
		last := &entries[len(entries)-1]
		last.after = append(last.after, units[n:n+between]...)
		n += between
	}
	return b.nest(entries, in), n
}

// isItem reports whether a paragraph is an item of a list, and nothing else.
func (b *builder) isItem(p *docx.Paragraph) bool {
	if p == nil || p.List == nil || p.Generated != "" || b.blankParagraph(p) {
		return false
	}
	t, _ := b.styles.paragraph(p)
	return t.name == "p"
}

// between returns how many units from the first on belong to the item before
// them: all that stand before the next item of the same list, if numbers go on
// there, and else those that are indented.
func (b *builder) between(units []unit, item *docx.Paragraph) int {
	indented := 0
	for n, u := range units {
		p := u.paragraph()
		if n > maxBetween {
			break
		}
		if b.isItem(p) {
			if p.List.List == item.List.List && !p.List.Restart && (p.List.Number > 1 || p.List.Level > 0) {
				return n
			}
			break
		}
		if p == nil {
			continue
		}
		if t, _ := b.styles.paragraph(p); t.name == "heading" || p.Generated != "" {
			break
		}
		if n == indented && !b.blankParagraph(p) && p.Indent > 0 && p.Indent >= item.Indent && p.List == nil {
			indented = n + 1
		}
	}
	return indented
}

// An open list is one that items can still be added to.
type openList struct {
	element *dita.Element
	level   int
	list    int
	ordered bool
}

// nest puts items into lists within lists by their levels.
func (b *builder) nest(entries []entry, in place) []dita.Node {
	var out []dita.Node
	var open []openList
	for _, e := range entries {
		item := e.p.List
		ordered := isOrdered(item)
		for len(open) > 0 && open[len(open)-1].level > item.Level {
			open = open[:len(open)-1]
		}
		if top := len(open) - 1; top >= 0 && open[top].level == item.Level &&
			(open[top].ordered != ordered || open[top].list != item.List && item.Number <= 1 && ordered || item.Restart && ordered) {
			open = open[:top]
		}
		if top := len(open) - 1; top < 0 || open[top].level < item.Level {
			list := dita.New(listName(ordered))
			if top < 0 {
				out = append(out, list)
			} else {
				lastItem(open[top].element).Add(list)
			}
			open = append(open, openList{list, item.Level, item.List, ordered})
			if ordered && item.Number > 1 {
				b.note("list-start", "A numbered list begins with another number than 1; DITA numbers it from 1.", e.p.Ordinal)
			}
		}
		open[len(open)-1].element.Add(b.item(e, in))
	}
	return out
}

func isOrdered(item *docx.ListItem) bool {
	return item.Format != "bullet" && item.Format != "none" && item.Format != ""
}

func listName(ordered bool) string {
	if ordered {
		return "ol"
	}
	return "ul"
}

func lastItem(list *dita.Element) *dita.Element {
	return list.Children[len(list.Children)-1].(*dita.Element)
}

// item makes an item: bare text, or paragraphs where it has more than one block.
func (b *builder) item(e entry, in place) *dita.Element {
	b.ordinal = e.p.Ordinal
	in.item = true
	if isFigure(e.p) {
		li := dita.New("li", b.figure(e.p, nil, in)...)
		return b.localize(b.identify(li, b.ids[e.p]), e.p).Add(b.units(e.after, in)...)
	}
	text := e.p
	if len(e.after) == 0 {
		li := dita.New("li", b.inlines(text.Content, flow{block: true, lang: text.Lang, rtl: text.RTL})...)
		trim(li)
		return b.identify(b.localize(li, text), b.ids[text])
	}
	return dita.New("li", b.para(text, "p")).Add(b.units(e.after, in)...)
}
