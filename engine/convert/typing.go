package convert

import (
	"slices"

	"github.com/docjobs/docjobs/engine/dita"
	"github.com/docjobs/docjobs/engine/words"
)

// typeOf decides of which type a topic is, by the rules of docs/word-to-dita.md:
//
//   - task: its text is one numbered list of at least two steps, each of which
//     begins with text of at most sixty words, with nothing but paragraphs, notes and pictures around it;
//   - reference: at least three fifths of its words are in tables;
//   - else the default of the style map.
func (b *builder) typeOf(nodes []dita.Node) dita.Kind {
	lists, others, sectioned := 0, 0, false
	var total, tabled int
	steps := true
	for _, n := range nodes {
		e, ok := n.(*dita.Element)
		if !ok {
			continue
		}
		count := words.Count(dita.Words(e))
		total += count
		switch e.Name {
		case "ol":
			lists++
			steps = steps && areSteps(e)
		case "table":
			tabled += count
			others++
		case "section":
			sectioned = true
		case "p", "note", "fig", "lines", "ul", "codeblock", "pre":
		default:
			others++
		}
	}
	rules := b.styles.Topics
	switch {
	case *rules.Tasks && lists == 1 && steps && others == 0 && !sectioned:
		return dita.KindTask
	case *rules.Tasks && lists > 1 && steps && others == 0 && !sectioned && b.topic.level > 0:
		b.note("uncertain-type", "A topic has several numbered lists; it may be more than one task.", b.ordinalOf())
	case *rules.References && tabled > 0 && tabled*5 >= total*3:
		return dita.KindReference
	}
	return dita.Kind(rules.Default)
}

func (b *builder) ordinalOf() int {
	if b.topic.heading == nil {
		return 0
	}
	return b.topic.heading.Ordinal
}

// maxStep is how many words a command may have: more is an argument, not something
// to do.
const maxStep = 60

// areSteps reports whether the items of a list can be steps.
func areSteps(list *dita.Element) bool {
	for _, n := range list.Children {
		command, _ := commandOf(n.(*dita.Element))
		if dita.Blank(command...) || words.Count(dita.Words(command...)) > maxStep {
			return false
		}
	}
	return len(list.Children) >= 2
}

// commandOf tells the text with which an item begins from the rest of it.
func commandOf(item *dita.Element) (command, rest []dita.Node) {
	if len(item.Children) > 0 {
		if first, ok := item.Children[0].(*dita.Element); ok && first.Name == "p" {
			command, rest = beforeBlocks(first.Children)
			return command, slices.Concat(rest, item.Children[1:])
		}
	}
	return beforeBlocks(item.Children)
}

// beforeBlocks divides nodes before the first block.
func beforeBlocks(nodes []dita.Node) (before, rest []dita.Node) {
	for i, n := range nodes {
		if e, ok := n.(*dita.Element); ok && blockNames[e.Name] {
			return nodes[:i], nodes[i:]
		}
	}
	return nodes, nil
}

// blockNames are the blocks that the builder makes.
var blockNames = map[string]bool{
	"p": true, "lines": true, "ul": true, "ol": true, "dl": true, "table": true, "fig": true, "note": true,
	"codeblock": true, "pre": true, "lq": true, "section": true, "equation-block": true,
}

// body makes the body of a topic of this type.
func (b *builder) body(kind dita.Kind, nodes []dita.Node) *dita.Element {
	switch kind {
	case dita.KindTask:
		return taskBody(nodes)
	case dita.KindReference:
		return referenceBody(nodes)
	}
	return dita.New(kind.Body(), nodes...)
}

// referenceBody puts what may not stand in a reference by itself into sections
// (DITA 1.3, refbody).
func referenceBody(nodes []dita.Node) *dita.Element {
	body := dita.New("refbody")
	var open *dita.Element
	for _, n := range nodes {
		e, ok := n.(*dita.Element)
		if ok && (e.Name == "table" || e.Name == "section") {
			open = nil
			body.Add(n)
			continue
		}
		if open == nil {
			open = dita.New("section")
			body.Add(open)
		}
		open.Add(n)
	}
	return body
}
