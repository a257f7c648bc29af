package convert

import (
	"regexp"

	"github.com/docjobs/docjobs/engine/dita"
)

// taskBody makes prerequisites, context, steps and result of what stands before, in and after the
// numbered list (DITA 1.3, taskbody of the strict task).
func taskBody(nodes []dita.Node) *dita.Element {
	body := dita.New("taskbody")
	nodes, before := prerequisites(nodes)
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
	for _, part := range []*dita.Element{dita.New("prereq", before...), context, steps, result} {
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
	cmd := dita.New("cmd", command...)
	trim(cmd)
	step := dita.New(name, cmd)
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
		if part := partOf(step, rest, i); part != nil {
			step.Add(part)
			info = nil
			continue
		}
		if info == nil {
			info = dita.New("info")
			step.Add(info)
		}
		info.Add(n)
	}
	return step
}

// partOf returns what the i-th of the blocks behind a command becomes, if that is more
// than information.
func partOf(step *dita.Element, rest []dita.Node, i int) *dita.Element {
	e, ok := rest[i].(*dita.Element)
	switch {
	case !ok:
		return nil
	case e.Name == "ol" && step.Name == "step" && areSteps(e):
		return substepsOf(e)
	case e.Name == "ul" && i == 0 && step.Name == "step" && choicePattern.MatchString(dita.Words(step)):
		return choicesOf(e)
	case e.Name == "p" && i == len(rest)-1 && resultPattern.MatchString(dita.Words(e)):
		return dita.New("stepresult", e)
	}
	return nil
}

func substepsOf(list *dita.Element) *dita.Element {
	substeps := dita.New("substeps")
	for _, n := range list.Children {
		substeps.Add(stepOf(n.(*dita.Element), "substep"))
	}
	return substeps
}

func choicesOf(list *dita.Element) *dita.Element {
	choices := dita.New("choices")
	for _, n := range list.Children {
		item := n.(*dita.Element)
		item.Name = "choice"
		choices.Add(item)
	}
	return choices
}

// prerequisites takes what must be so before the first step from the beginning of a
// task: a paragraph that says so, and the list that it announces.
func prerequisites(nodes []dita.Node) (rest, before []dita.Node) {
	n := 0
	if is(nodes, 0, "p") && prereqPattern.MatchString(dita.Words(nodes[0])) {
		if n = 1; is(nodes, 1, "ul") {
			n = 2
		}
	}
	return nodes[n:], nodes[:n]
}

// is tells whether the i-th of the nodes is an element of that name.
func is(nodes []dita.Node, i int, name string) bool {
	if i >= len(nodes) {
		return false
	}
	e, ok := nodes[i].(*dita.Element)
	return ok && e.Name == name
}

var (
	// resultPattern is how authors begin to tell what comes of a step.
	resultPattern = regexp.MustCompile(`(?i)^\s*(result|ergebnis|résultat|resultado|risultato)\s*[:：]`)

	// choicePattern is how they leave a choice to the reader, and its alternatives follow.
	choicePattern = regexp.MustCompile(`(?i)(\b(choose|select|do|use|try|one|any) (one|any|either) of\b|\bone of the following\b|^\s*choose\b|\beither\b|\bentweder\b|\beine der folgenden\b|\bl’une? des\b|\buna de las\b).*[:：]\s*$`)

	// prereqPattern is how they say what must be so before.
	prereqPattern = regexp.MustCompile(`(?i)^\s*(prerequisites?|requirements?|before you (begin|start)|voraussetzung(en)?|bevor sie beginnen|prérequis|avant de commencer|requisitos( previos)?|antes de (empezar|começar)|prerequisiti)\s*([:：]|$)`)
)
