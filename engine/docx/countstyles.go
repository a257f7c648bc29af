package docx

import (
	"context"
	"errors"
	"io/fs"
	"strconv"
)

// A countedStyle is what counting needs to know of a style.
type countedStyle struct {
	basedOn string
	outline int // 1 to 9; 0 if not said; -1 for body text
	list    string
	hidden  string // value of w:vanish; "-" if not said
}

// countedStyles are the styles of a document by their ID; the default paragraph
// style is also under "".
type countedStyles map[string]*countedStyle

// countedStyles reads them (ECMA-376-1, 17.7); none is no error.
func (p *Package) countedStyles(ctx context.Context, part string) (countedStyles, error) {
	styles := countedStyles{}
	x, err := p.tokens(ctx, part)
	if errors.Is(err, fs.ErrNotExist) {
		return styles, nil
	}
	if err != nil {
		return nil, err
	}
	defer x.Close()
	var style *countedStyle
	for x.next() {
		switch {
		case x.kind == atEnd && x.Depth() < 2:
			style = nil
		case x.kind != atStart:
		case x.Name == "w:style" && x.Depth() == 2 && len(styles) < maxCountedStyles:
			style = &countedStyle{hidden: "-"}
			styles[x.attr("w:styleId")] = style
			if on(orElse(x.attr("w:default"), "0")) && x.attr("w:type") == "paragraph" {
				styles[""] = style
			}
		case style != nil:
			style.property(x)
		}
	}
	return styles, x.failed()
}

// maxCountedStyles bounds the styles of a hostile file.
const maxCountedStyles = 100_000

func (s *countedStyle) property(x *tokenReader) {
	switch x.Name {
	case "w:name":
		if n := headingOf(StyleName(x.attr("w:val"))); n > 0 && s.outline == 0 {
			s.outline = n
		}
	case "w:basedOn":
		s.basedOn = x.attr("w:val")
	case "w:outlineLvl":
		s.outline = outlineLevel(x.attr("w:val"))
	case "w:numId":
		s.list = x.attr("w:val")
	case "w:vanish":
		s.hidden = x.attr("w:val")
	}
}

// outlineLevel reads w:outlineLvl (17.3.1.20): 0 to 8, and 9 for body text.
func outlineLevel(value string) int {
	n, err := strconv.Atoi(value)
	if err != nil || n < 0 || n > 8 {
		return -1
	}
	return n + 1
}

// each visits a style and what it is based on, until visit says that this is enough.
func (all countedStyles) each(id string, visit func(s *countedStyle) bool) {
	for n := 0; n < 100; n++ {
		s := all[id]
		if s == nil || visit(s) || s.basedOn == "" {
			return
		}
		id = s.basedOn
	}
}

func (all countedStyles) outline(id string) int {
	level := 0
	all.each(id, func(s *countedStyle) bool { level = s.outline; return level != 0 })
	return max(level, 0)
}

func (all countedStyles) list(id string) string {
	list := ""
	all.each(id, func(s *countedStyle) bool { list = s.list; return list != "" })
	return list
}

func (all countedStyles) hidden(id string) bool {
	value := "-"
	all.each(id, func(s *countedStyle) bool { value = s.hidden; return value != "-" })
	return value != "-" && on(value)
}
