package convert

import (
	_ "embed"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/docjobs/docjobs/engine/docx"
)

// A StyleMap says what becomes of the styles of a document, where topics begin,
// and of which type they are. docs/word-to-dita.md is its reference.
type StyleMap struct {
	Topics     TopicRules        `yaml:"topics"`
	Policies   Policies          `yaml:"policies"`
	Paragraphs map[string]string `yaml:"paragraphs"` // style name to target, lower case
	Characters map[string]string `yaml:"characters"`
}

// TopicRules say how a document is cut into topics and how those are typed.
type TopicRules struct {
	Split      int    `yaml:"split"`   // greatest heading level that begins a topic, 0 to 9
	Default    string `yaml:"default"` // "concept" or "topic"
	Tasks      *bool  `yaml:"tasks"`
	References *bool  `yaml:"references"`
}

// Policies say what becomes of what is not plainly the text.
type Policies struct {
	Changes        string `yaml:"changes"`         // "accept" or "reject"
	Hidden         string `yaml:"hidden"`          // "drop" or "keep"
	Comments       string `yaml:"comments"`        // "keep" or "drop"
	HeadersFooters string `yaml:"headers_footers"` // "drop" or "keep"
}

// MaxStyleMap bounds a style map, in bytes.
const MaxStyleMap = 64 << 10

//go:embed default.yaml
var defaultText string

// DefaultText returns the default style map as it is written down.
func DefaultText() string { return defaultText }

// Default returns the style map that holds where none is given.
var Default = sync.OnceValue(func() *StyleMap {
	m, err := decode(defaultText)
	if err == nil {
		err = m.check(defaultText)
	}
	if err != nil {
		panic("convert: the default style map: " + err.Error()) // it is part of the program
	}
	return m
})

// ParseStyleMap reads a style map. What it does not say is as in [Default]. The
// error names every fault with its line.
func ParseStyleMap(text string) (*StyleMap, error) {
	if len(text) > MaxStyleMap {
		return nil, fmt.Errorf("the style map has more than %d KiB", MaxStyleMap>>10)
	}
	m, err := decode(text)
	if err != nil {
		return nil, err
	}
	if err := m.check(text); err != nil {
		return nil, err
	}
	return m.over(Default()), nil
}

// decode reads YAML strictly: a key that is not known, or that stands twice, is a
// fault.
func decode(text string) (*StyleMap, error) {
	m := &StyleMap{Topics: TopicRules{Split: -1}}
	if strings.TrimSpace(text) == "" {
		return m, nil
	}
	if err := yaml.UnmarshalWithOptions([]byte(text), m, yaml.Strict()); err != nil {
		return nil, yamlFault(err)
	}
	var errs [2]error
	m.Paragraphs, errs[0] = byKey(text, "paragraphs", m.Paragraphs)
	m.Characters, errs[1] = byKey(text, "characters", m.Characters)
	return m, errors.Join(errs[:]...)
}

// yamlFault says what is wrong with YAML, and in which line, without the types of this program.
func yamlFault(err error) error {
	var fault yaml.Error
	if !errors.As(err, &fault) || fault.GetToken() == nil {
		return errors.New(strings.TrimSpace(yaml.FormatError(err, false, false)))
	}
	message := fault.GetMessage()
	var kind *yaml.TypeError
	var node *yaml.UnexpectedNodeTypeError
	switch {
	case errors.As(err, &kind) && kind.DstType.Kind() == reflect.Int:
		message = fmt.Sprintf("%.40q must be a number", fault.GetToken().Value)
	case errors.As(err, &kind) && kind.DstType.Kind() == reflect.Bool:
		message = fmt.Sprintf("%.40q must be true or false", fault.GetToken().Value)
	case errors.As(err, &kind), errors.As(err, &node):
		message = fmt.Sprintf("%.40q is not what belongs here; see the example in the documentation of style maps", fault.GetToken().Value)
	}
	return fmt.Errorf("line %d: %s", fault.GetToken().Position.Line, message)
}

// byKey returns the targets by the keys of the styles. Two names of one style with different
// targets are a fault: which of them counts would be anybody's guess.
func byKey(text, section string, styles map[string]string) (out map[string]string, err error) {
	out = make(map[string]string, len(styles))
	names := map[string]string{}
	for _, name := range sortedKeys(styles) {
		key, target := styleKey(name), strings.Join(strings.Fields(styles[name]), " ")
		if other, twice := names[key]; twice && out[key] != target {
			err = errors.Join(err, fmt.Errorf("line %d: %s: %.60q and %.60q are the same style; keep one of them", lineOf(text, section, key), section, other, name))
		}
		names[key], out[key] = name, target
	}
	return out, err
}

// styleKey returns a style name as names are compared: folded, and a built-in style by
// its English name, whatever the language of the Word that its author sees it in.
func styleKey(name string) string { return fold(docx.StyleName(name)) }

// fold returns a style name as names are compared: without case and without the
// difference of spaces.
func fold(name string) string { return strings.ToLower(strings.Join(strings.Fields(name), " ")) }

// paragraphTargets are the targets of paragraph styles beside headings and notes.
var paragraphTargets = []string{"p", "title", "caption", "codeblock", "pre", "lq", "drop", "dt", "dd"}

// noteTypes are the values of note/@type in both versions (DITA 1.2, note).
var noteTypes = []string{"note", "tip", "fastpath", "restriction", "important", "remember", "attention", "caution", "notice", "danger", "warning"}

// characterTargets are the targets of character styles.
var characterTargets = []string{
	"b", "i", "u", "sup", "sub", "tt", "codeph", "uicontrol", "cite", "term", "filepath", "userinput", "systemoutput", "q", "ph", "none",
}

// check returns every fault, with lines of text.
func (m *StyleMap) check(text string) error {
	var faults []error
	fault := func(section, key, format string, args ...any) {
		place := section
		if key != "" {
			place += "." + key
		}
		if line := lineOf(text, section, key); line > 0 {
			place = fmt.Sprintf("line %d: %s", line, place)
		}
		faults = append(faults, fmt.Errorf(place+": "+format, args...))
	}
	if m.Topics.Split < -1 || m.Topics.Split > 9 {
		fault("topics", "split", "must be 0 to 9")
	}
	oneOf := func(section, key, value string, words ...string) {
		if value != "" && !slices.Contains(words, value) {
			fault(section, key, "%.40q must be one of %s", value, strings.Join(words, ", "))
		}
	}
	oneOf("topics", "default", m.Topics.Default, "concept", "topic")
	oneOf("policies", "changes", m.Policies.Changes, "accept", "reject")
	oneOf("policies", "hidden", m.Policies.Hidden, "drop", "keep")
	oneOf("policies", "comments", m.Policies.Comments, "keep", "drop")
	oneOf("policies", "headers_footers", m.Policies.HeadersFooters, "drop", "keep")
	for _, name := range sortedKeys(m.Paragraphs) {
		if _, ok := parseTarget(m.Paragraphs[name]); !ok {
			fault("paragraphs", name, "%.40q is no target; use %s, heading 1 to heading 9, or note and a type", m.Paragraphs[name], strings.Join(paragraphTargets, ", "))
		}
	}
	for _, name := range sortedKeys(m.Characters) {
		if !slices.Contains(characterTargets, m.Characters[name]) {
			fault("characters", name, "%.40q is no target; use one of %s", m.Characters[name], strings.Join(characterTargets, ", "))
		}
	}
	return errors.Join(faults...)
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// lineOf returns the line of a key in a section, or 0.
func lineOf(text, section, key string) int {
	file, err := parser.ParseBytes([]byte(text), 0)
	if err != nil {
		return 0
	}
	for _, doc := range file.Docs {
		for _, top := range mappings(doc.Body) {
			if fold(top.Key.String()) != section {
				continue
			}
			for _, inner := range mappings(top.Value) {
				if styleKey(strings.Trim(inner.Key.String(), `"'`)) == key {
					return inner.Key.GetToken().Position.Line
				}
			}
			return top.Key.GetToken().Position.Line
		}
	}
	return 0
}

func mappings(node ast.Node) []*ast.MappingValueNode {
	switch n := node.(type) {
	case *ast.MappingNode:
		return n.Values
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}
	}
	return nil
}

// over returns m completed by what base says.
func (m *StyleMap) over(base *StyleMap) *StyleMap {
	out := *base
	out.Paragraphs, out.Characters = merged(base.Paragraphs, m.Paragraphs), merged(base.Characters, m.Characters)
	if m.Topics.Split >= 0 {
		out.Topics.Split = m.Topics.Split
	}
	for _, word := range []struct{ to, from *string }{
		{&out.Topics.Default, &m.Topics.Default}, {&out.Policies.Changes, &m.Policies.Changes},
		{&out.Policies.Hidden, &m.Policies.Hidden}, {&out.Policies.Comments, &m.Policies.Comments},
		{&out.Policies.HeadersFooters, &m.Policies.HeadersFooters},
	} {
		if *word.from != "" {
			*word.to = *word.from
		}
	}
	if m.Topics.Tasks != nil {
		out.Topics.Tasks = m.Topics.Tasks
	}
	if m.Topics.References != nil {
		out.Topics.References = m.Topics.References
	}
	return &out
}

func merged(base, over map[string]string) map[string]string {
	out := make(map[string]string, len(base)+len(over))
	for name, target := range base {
		out[name] = target
	}
	for name, target := range over {
		out[name] = target
	}
	return out
}

// A target is what becomes of a paragraph.
type target struct {
	name  string // one of paragraphTargets, "heading" or "note"
	level int    // of a heading
	kind  string // of a note
}

// parseTarget reads the target of a paragraph style.
func parseTarget(s string) (target, bool) {
	name, rest, _ := strings.Cut(s, " ")
	switch {
	case name == "heading":
		level, err := strconv.Atoi(rest)
		return target{name: name, level: level}, err == nil && level >= 1 && level <= 9
	case name == "note":
		kind := rest
		if kind == "" {
			kind = "note"
		}
		return target{name: name, kind: kind}, slices.Contains(noteTypes, kind)
	}
	return target{name: name}, rest == "" && slices.Contains(paragraphTargets, name)
}

// paragraph returns what becomes of a paragraph, and whether the map names its
// style or one that this is based on.
func (m *StyleMap) paragraph(p *docx.Paragraph) (target, bool) {
	for i, name := range p.Lineage {
		text, ok := m.Paragraphs[styleKey(name)]
		if !ok {
			continue
		}
		t, _ := parseTarget(text)
		if i > 0 && (t.name == "p" || t.name == "title") {
			break // everything is based on Normal: that says nothing
		}
		return t, true
	}
	if p.Outline > 0 {
		return target{name: "heading", level: p.Outline}, true
	}
	_, named := m.Paragraphs[styleKey(p.Style)]
	return target{name: "p"}, named
}

// character returns the element for a character style, and whether the map names it.
func (m *StyleMap) character(style string) (string, bool) {
	name, ok := m.Characters[styleKey(style)]
	if name == "none" {
		name = ""
	}
	return name, ok
}

// read returns how documents are read under the map.
func (m *StyleMap) read(l Limits, progress func(done, total int64)) docx.Options {
	o := docx.Options{
		Limits:   docx.Limits{Bytes: l.Bytes, Parts: l.Parts, Depth: l.Depth},
		Progress: progress,
	}
	if m.Policies.Changes == "reject" {
		o.Changes = docx.RejectChanges
	}
	if m.Policies.Hidden == "keep" {
		o.Hidden = docx.KeepHidden
	}
	if m.Policies.HeadersFooters == "keep" {
		o.HeadersFooters = docx.KeepHeaders
	}
	return o
}
