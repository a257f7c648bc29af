package convert

import (
	"regexp"

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
			return first.Children, item.Children[1:]
		}
	}
	for i, n := range item.Children {
		if e, ok := n.(*dita.Element); ok && blockNames[e.Name] {
			return item.Children[:i], item.Children[i:]
		}
	}
	return item.Children, nil
}

// blockNames are the blocks that the builder makes.
var blockNames = map[string]bool{
	"p": true, "lines": true, "ul": true, "ol": true, "dl": true, "table": true, "fig": true, "note": true,
	"codeblock": true, "pre": true, "lq": true, "section": true,
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

// taskBody makes context, steps and result of what stands before, in and after the
// numbered list (DITA 1.3, taskbody of the strict task).
func taskBody(nodes []dita.Node) *dita.Element {
	body := dita.New("taskbody")
	context, result := dita.New("context"), dita.New("result")
	var steps *dita.Element
	for _, n := range nodes {
		e, ok := n.(*dita.Element)
		switch {
		case ok && e.Name == "ol":
			steps = stepsOf(e)
		case steps == nil:
			context.Add(n)
		default:
			result.Add(n)
		}
	}
	for _, part := range []*dita.Element{context, steps, result} {
		if len(part.Children) > 0 {
			body.Add(part)
		}
	}
	return body
}

// stepsOf makes steps of the items of a numbered list.
func stepsOf(list *dita.Element) *dita.Element {
	steps := dita.New("steps")
	for _, n := range list.Children {
		steps.Add(stepOf(n.(*dita.Element), "step"))
	}
	return steps
}

// stepOf makes a step or substep of an item: a command, and what else there is as
// substeps, information, or the result.
func stepOf(item *dita.Element, name string) *dita.Element {
	command, rest := commandOf(item)
	step := dita.New(name, dita.New("cmd", command...))
	step.Attrs = item.Attrs
	if len(item.Children) > 0 {
		if p, ok := item.Children[0].(*dita.Element); ok && p.Name == "p" {
			for _, a := range p.Attrs {
				step.With(a.Name, a.Value)
			}
		}
	}
	var info *dita.Element
	for i, n := range rest {
		e, ok := n.(*dita.Element)
		switch {
		case ok && e.Name == "ol" && name == "step" && areSteps(e):
			info = nil
			substeps := dita.New("substeps")
			for _, sub := range e.Children {
				substeps.Add(stepOf(sub.(*dita.Element), "substep"))
			}
			step.Add(substeps)
		case ok && e.Name == "p" && i == len(rest)-1 && resultPattern.MatchString(dita.Words(e)):
			step.Add(dita.New("stepresult", e))
		default:
			if info == nil {
				info = dita.New("info")
				step.Add(info)
			}
			info.Add(n)
		}
	}
	return step
}

// resultPattern is how authors begin to tell what comes of a step.
var resultPattern = regexp.MustCompile(`(?i)^\s*(result|ergebnis|résultat|resultado|risultato)\s*[:：]`)
