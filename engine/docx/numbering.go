package docx

import (
	"context"
	"strings"
)

// numbering is the numbering part (ECMA-376-1, 17.9).
type numbering struct {
	abstracts map[int]*abstractNum
	nums      map[int]*num
}

// An abstractNum is a definition that instances share (17.9.1).
type abstractNum struct {
	id        int
	levels    [9]*level
	styleLink string // it defines this numbering style
	numStyle  string // it is what this numbering style defines
}

// A num is an instance of a definition (17.9.15).
type num struct {
	abstract  int
	overrides [9]override
}

type override struct {
	start *int
	level *level
}

// A level is one of the nine of a definition (17.9.6).
type level struct {
	start   int
	format  string
	custom  string // w:format of a custom numFmt
	text    string
	restart int // w:lvlRestart; -1 if not said
	legal   bool
	style   string // the paragraph style that stands for this level
	font    string // of a bullet
	indent  *int
}

func newNumbering() *numbering {
	return &numbering{abstracts: map[int]*abstractNum{}, nums: map[int]*num{}}
}

// maxNumberings bounds definitions and instances each; Word itself gets slow at
// some thousand.
const maxNumberings = 100_000

func (p *Package) readNumbering(ctx context.Context, part string) (*numbering, error) {
	n := newNumbering()
	x, closer, err := p.xml(ctx, part)
	if err != nil {
		return nil, err
	}
	defer closer.Close()
	x.root()
	x.each(func(e element) {
		switch {
		case e.name == "w:abstractNum" && len(n.abstracts) < maxNumberings:
			a := readAbstractNum(x, e)
			n.abstracts[a.id] = a
		case e.name == "w:num" && len(n.nums) < maxNumberings:
			n.nums[number(e.attr("w:numId"), -1)] = readNum(x)
		}
	})
	return n, x.failed()
}

func readAbstractNum(x *xmlReader, e element) *abstractNum {
	a := &abstractNum{id: number(e.attr("w:abstractNumId"), -1)}
	x.each(func(e element) {
		switch e.name {
		case "w:styleLink":
			a.styleLink = e.val()
		case "w:numStyleLink":
			a.numStyle = e.val()
		case "w:lvl":
			if i, ok := levelIndex(e); ok {
				a.levels[i] = readLevel(x)
			}
		}
	})
	return a
}

func levelIndex(e element) (int, bool) {
	i := number(e.attr("w:ilvl"), -1)
	return i, i >= 0 && i < 9
}

func readLevel(x *xmlReader) *level {
	l := &level{start: 0, format: "decimal", restart: -1}
	props := propReader{x: x}
	x.each(func(e element) {
		switch e.name {
		case "w:start":
			l.start = number(e.val(), 0)
		case "w:numFmt":
			l.format, l.custom = e.val(), e.attr("w:format")
		case "w:lvlText":
			l.text = e.val()
		case "w:lvlRestart":
			l.restart = number(e.val(), -1)
		case "w:isLgl":
			l.legal = isOn(e.val(), true)
		case "w:pStyle":
			l.style = e.val()
		case "w:rPr":
			l.font = props.run().font
		case "w:pPr":
			l.indent = props.para().indent
		}
	})
	return l
}

func readNum(x *xmlReader) *num {
	n := &num{abstract: -1}
	x.each(func(e element) {
		switch e.name {
		case "w:abstractNumId":
			n.abstract = number(e.val(), -1)
		case "w:lvlOverride":
			if i, ok := levelIndex(e); ok {
				n.overrides[i] = readOverride(x)
			}
		}
	})
	return n
}

func readOverride(x *xmlReader) override {
	var o override
	x.each(func(e element) {
		switch e.name {
		case "w:startOverride":
			start := number(e.val(), 0)
			o.start = &start
		case "w:lvl":
			o.level = readLevel(x)
		}
	})
	return o
}

// linkStyles resolves definitions that only name a numbering style (17.9.21):
// that style names an instance, or another definition says that it is its.
func (n *numbering) linkStyles(styles *styleSheet) {
	defined := map[string]*abstractNum{}
	for _, a := range n.abstracts {
		if old := defined[a.styleLink]; a.styleLink != "" && (old == nil || a.id < old.id) {
			defined[a.styleLink] = a
		}
	}
	for _, num := range n.nums {
		a := n.abstracts[num.abstract]
		if a == nil || a.numStyle == "" {
			continue
		}
		if target := n.byStyle(styles, a.numStyle, defined); target != nil {
			num.abstract = target.id
		}
	}
}

func (n *numbering) byStyle(styles *styleSheet, style string, defined map[string]*abstractNum) *abstractNum {
	if a := defined[style]; a != nil {
		return a
	}
	r := styles.get(NumberingStyle, style)
	if r == nil || r.para.num == nil || r.para.num.id == nil {
		return nil
	}
	if num := n.nums[*r.para.num.id]; num != nil {
		if a := n.abstracts[num.abstract]; a != nil && a.numStyle == "" {
			return a
		}
	}
	return nil
}

// level returns a level of an instance; nil if neither defines it.
func (n *numbering) level(id, i int) *level {
	num := n.nums[id]
	if num == nil {
		return nil
	}
	if l := num.overrides[i].level; l != nil {
		return l
	}
	if a := n.abstracts[num.abstract]; a != nil {
		return a.levels[i]
	}
	return nil
}

// styleLevel returns the level of an instance that stands for a paragraph style
// (17.9.23).
func (n *numbering) styleLevel(id int, style string) (int, bool) {
	for i := range 9 {
		if l := n.level(id, i); l != nil && l.style == style {
			return i, true
		}
	}
	return 0, false
}

// counters count the items of one story.
type counters struct {
	numbering *numbering
	lists     map[int]*listState // by definition
	started   map[startKey]bool  // startOverrides that were applied
	last      *int               // the last list's number, shared by all stories of the document
}

type startKey struct{ num, level int }

// A listState is where a list stands. Instances of one definition count on in one
// list, unless an override starts them anew (17.9.27).
type listState struct {
	list   int
	values [9]int
	used   [9]bool
}

func newCounters(n *numbering, last *int) *counters {
	return &counters{numbering: n, lists: map[int]*listState{}, started: map[startKey]bool{}, last: last}
}

// item counts one item and returns it; nil if there is no such list.
func (c *counters) item(id, at int) *ListItem {
	num := c.numbering.nums[id]
	l := c.numbering.level(id, at)
	if num == nil || l == nil {
		return nil
	}
	state, isNew := c.state(num.abstract)
	restart := c.count(state, id, at, l) || isNew
	if restart && at == 0 && !isNew {
		c.renew(state)
	}
	c.restartDeeper(state, id, at)
	item := &ListItem{List: state.list, Level: at, Format: l.format, Restart: restart, Label: c.label(state, id, at, l)}
	if l.format != "bullet" && l.format != "none" {
		item.Number = state.values[at]
	}
	return item
}

func (c *counters) state(abstract int) (*listState, bool) {
	if s := c.lists[abstract]; s != nil {
		return s, false
	}
	s := &listState{}
	c.renew(s)
	c.lists[abstract] = s
	return s, true
}

func (c *counters) renew(s *listState) {
	*c.last++
	s.list = *c.last
}

// count moves the counter of a level on and tells whether an override restarted it.
func (c *counters) count(s *listState, id, at int, l *level) bool {
	key := startKey{id, at}
	if start := c.numbering.nums[id].overrides[at].start; start != nil && !c.started[key] {
		c.started[key] = true
		s.values[at], s.used[at] = *start, true
		return true
	}
	if s.used[at] {
		s.values[at]++
		return false
	}
	s.values[at], s.used[at] = c.start(id, at, l), true
	return false
}

// start is what a level begins with, each time: what an override says goes before the
// level itself (17.9.27).
func (c *counters) start(id, at int, l *level) int {
	if start := c.numbering.nums[id].overrides[at].start; start != nil {
		return *start
	}
	return l.start
}

// restartDeeper makes deeper levels start anew, as far as w:lvlRestart allows
// (17.9.10), and gives levels above that were never used their start.
func (c *counters) restartDeeper(s *listState, id, at int) {
	for i := at + 1; i < 9; i++ {
		if l := c.numbering.level(id, i); l == nil || l.restart < 0 || at+1 <= l.restart {
			s.used[i] = false
		}
	}
	for i := range at {
		if l := c.numbering.level(id, i); l != nil && !s.used[i] {
			s.values[i] = c.start(id, i, l)
		}
	}
}

// label writes what stands before an item: w:lvlText with its levels filled in
// (17.9.11).
func (c *counters) label(s *listState, id, at int, l *level) string {
	if l.format == "bullet" {
		return symbolText(l.font, l.text)
	}
	var b strings.Builder
	for i := 0; i < len(l.text); i++ {
		if l.text[i] == '%' && i+1 < len(l.text) && l.text[i+1] >= '1' && l.text[i+1] <= '9' {
			i++
			b.WriteString(c.levelNumber(s, id, int(l.text[i]-'1'), l.legal))
			continue
		}
		b.WriteByte(l.text[i])
	}
	return b.String()
}

func (c *counters) levelNumber(s *listState, id, at int, legal bool) string {
	l := c.numbering.level(id, at)
	switch {
	case l == nil:
		return ""
	case legal && l.format != "none":
		return formatNumber("decimal", "", s.values[at])
	}
	return formatNumber(l.format, l.custom, s.values[at])
}
