package docx

import "strings"

// A mathNode is an element of Office Math (ECMA-376-1, 22.1.2) without what is
// only about looks.
type mathNode struct {
	name     string            // "m:f", "m:r" …
	props    map[string]string // children of its properties, without prefix: "chr", "type"
	children []*mathNode
	text     string // of a run
	written  strings.Builder
}

// mathParagraph reads an m:oMathPara (22.1.2.78): formulas in lines of their own.
func (s *story) mathParagraph() {
	s.x.each(func(e element) {
		switch e.name {
		case "m:oMath":
			s.math(true)
		case "w:r": // between formulas
			s.inline(e)
		}
	})
}

// math reads an m:oMath (22.1.2.77).
func (s *story) math(display bool) {
	n := s.mathNode("m:oMath")
	if s.unseen > 0 || n.empty() {
		return
	}
	s.put(&Math{MathML: mathML(n, display), Text: linearMath(n), Display: display})
}

func (s *story) mathNode(name string) *mathNode {
	s.node()
	n := &mathNode{name: name}
	s.x.each(func(e element) { s.mathChild(n, e) })
	n.text = n.written.String()
	return n
}

func (s *story) mathChild(n *mathNode, e element) {
	switch e.name {
	case "m:t", "w:t":
		if s.unseen == 0 {
			n.written.WriteString(s.x.text())
		}
	case "w:br", "w:tab":
		n.written.WriteByte(' ')
	case "w:ins", "w:moveTo", "w:del", "w:moveFrom":
		s.changed(e, func(e element) { s.mathChild(n, e) })
	case "m:ctrlPr", "w:rPr", "m:argPr":
	default:
		switch {
		case strings.HasPrefix(e.name, "m:") && strings.HasSuffix(e.name, "Pr"):
			s.x.each(n.property)
		case !isProperties(e.name):
			n.children = append(n.children, s.mathNode(e.name))
		}
	}
}

func (n *mathNode) property(e element) {
	if n.props == nil {
		n.props = map[string]string{}
	}
	v, ok := e.lookup("m:val")
	if !ok && e.name != "m:chr" && e.name != "m:begChr" && e.name != "m:endChr" && e.name != "m:sepChr" {
		v = "on"
	}
	n.props[strings.TrimPrefix(e.name, "m:")] = v
}

// prop returns a property, or what its absence means.
func (n *mathNode) prop(name, absent string) string {
	if v, ok := n.props[name]; ok {
		return v
	}
	return absent
}

func (n *mathNode) on(name string) bool { return isOn(n.props[name], false) }

// child returns the first child of a name; an empty one if there is none.
func (n *mathNode) child(name string) *mathNode {
	for _, c := range n.children {
		if c.name == name {
			return c
		}
	}
	return &mathNode{name: name}
}

// all returns the children of a name.
func (n *mathNode) all(name string) []*mathNode {
	var found []*mathNode
	for _, c := range n.children {
		if c.name == name {
			found = append(found, c)
		}
	}
	return found
}

func (n *mathNode) empty() bool {
	if n.text != "" {
		return false
	}
	for _, c := range n.children {
		if !c.empty() {
			return false
		}
	}
	return true
}

// isIntegral tells the n-ary operators whose limits stand beside them (22.1.2.53).
func isIntegral(chr string) bool {
	r := []rune(chr)
	return len(r) == 1 && r[0] >= '∫' && r[0] <= '∳'
}
