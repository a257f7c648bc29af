package dita

// A Version is a version of DITA.
type Version string

// The versions.
const (
	V12 Version = "1.2"
	V13 Version = "1.3"
)

// A Kind is a type of document, named by its root element.
type Kind string

// The kinds.
const (
	KindTopic     Kind = "topic"
	KindConcept   Kind = "concept"
	KindTask      Kind = "task"
	KindReference Kind = "reference"
	KindMap       Kind = "map"
)

// shells are the document types: their names in public identifiers, and their
// files (DITA 1.3, part 2, 2.1.3).
var shells = map[Kind]struct{ name, file string }{
	KindTopic:     {"Topic", "topic.dtd"},
	KindConcept:   {"Concept", "concept.dtd"},
	KindTask:      {"Task", "task.dtd"},
	KindReference: {"Reference", "reference.dtd"},
	KindMap:       {"Map", "map.dtd"},
}

func (k Kind) public(v Version) string {
	return "-//OASIS//DTD DITA " + string(v) + " " + shells[k].name + "//EN"
}

func (k Kind) system() string { return shells[k].file }

// Body returns the name of the element that holds the content of a topic.
func (k Kind) Body() string {
	switch k {
	case KindConcept:
		return "conbody"
	case KindTask:
		return "taskbody"
	case KindReference:
		return "refbody"
	}
	return "body"
}

// A Document is one topic or map.
type Document struct {
	Kind    Kind
	Version Version
	Root    *Element
}
