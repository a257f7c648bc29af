package dita

import "strings"

// A Node is an *[Element], a [Text] or a [Markup].
type Node interface{ node() }

// Text is character data.
type Text string

// Markup is well-formed XML that is written as it is, such as MathML.
type Markup string

// An Element is an element with its attributes, in the order in which they are
// written, and its children.
type Element struct {
	Name     string
	Attrs    []Attr
	Children []Node
}

// An Attr is an attribute.
type Attr struct{ Name, Value string }

func (*Element) node() {}
func (Text) node()     {}
func (Markup) node()   {}

// New returns an element with these children; nil ones are left out.
func New(name string, children ...Node) *Element {
	return (&Element{Name: name}).Add(children...)
}

// With sets an attribute, if it has a value, and returns the element.
func (e *Element) With(name, value string) *Element {
	if value == "" {
		return e
	}
	for i := range e.Attrs {
		if e.Attrs[i].Name == name {
			e.Attrs[i].Value = value
			return e
		}
	}
	e.Attrs = append(e.Attrs, Attr{name, value})
	return e
}

// Attr returns the value of an attribute, or "".
func (e *Element) Attr(name string) string {
	for _, a := range e.Attrs {
		if a.Name == name {
			return a.Value
		}
	}
	return ""
}

// Add appends children and returns the element; nil ones are left out, and text
// that follows text becomes one. Of many texts that is quick if they are added at once.
func (e *Element) Add(children ...Node) *Element {
	for i := 0; i < len(children); i++ {
		switch child := children[i].(type) {
		case Text:
			first := i
			for i+1 < len(children) && isText(children[i+1]) {
				i++
			}
			e.addText(children[first : i+1])
		case *Element:
			if child != nil {
				e.Children = append(e.Children, child)
			}
		case Markup:
			e.Children = append(e.Children, child)
		}
	}
	return e
}

func isText(n Node) bool {
	_, ok := n.(Text)
	return ok
}

// addText appends texts as one, which goes on with the text before them.
func (e *Element) addText(texts []Node) {
	if last := len(e.Children) - 1; last >= 0 && isText(e.Children[last]) {
		texts = append([]Node{e.Children[last]}, texts...)
		e.Children = e.Children[:last]
	}
	text := texts[0]
	if len(texts) > 1 {
		text = Text(Words(texts...))
	}
	if text != Text("") {
		e.Children = append(e.Children, text)
	}
}

// Words returns all text in the nodes.
func Words(nodes ...Node) string {
	var b strings.Builder
	gather(&b, nodes)
	return b.String()
}

func gather(b *strings.Builder, nodes []Node) {
	for _, n := range nodes {
		switch n := n.(type) {
		case Text:
			b.WriteString(string(n))
		case *Element:
			gather(b, n.Children)
		}
	}
}

// Blank reports whether the nodes have nothing to show: no text but white space
// and no picture or formula.
func Blank(nodes ...Node) bool {
	for _, n := range nodes {
		switch n := n.(type) {
		case Text:
			if strings.TrimSpace(string(n)) != "" {
				return false
			}
		case Markup:
			return false
		case *Element:
			if n.Name == "image" || !Blank(n.Children...) {
				return false
			}
		}
	}
	return true
}
