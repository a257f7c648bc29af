package docx

import (
	"strconv"
	"strings"
)

// vml reads a w:pict or w:object: drawings in VML (ECMA-376-4, 19.1), embedded
// files and controls.
func (s *story) vml() {
	s.x.each(func(e element) { s.vmlElement(picture{}, e) })
}

func (s *story) vmlElement(p picture, e element) {
	switch e.name {
	case "v:shapetype", "v:formulas", "v:handles", "v:path", "v:stroke", "v:shadow":
	case "v:shape", "v:rect", "v:oval", "v:roundrect", "v:image", "v:line", "v:polyline", "v:arc", "v:curve", "v:group":
		s.shape(p, e)
	case "v:imagedata":
		p.alt = orElse(p.alt, strings.TrimSpace(e.attr("o:title")))
		s.image(p, orElse(e.attr("r:id"), e.attr("r:pict")), e.attr("r:href"))
	case "v:fill":
		s.image(p, e.attr("r:id"), "")
	case "v:textpath":
		if text := strings.TrimSpace(e.attr("string")); text != "" {
			s.put(&Object{Kind: "word art", Text: text})
		}
	case "o:OLEObject":
		s.embedded(e)
	case "w:control":
		s.find("control", "a control cannot be converted")
		s.put(&Object{Kind: "control", Name: e.attr("w:name")})
	case "w:txbxContent":
		s.textBox()
	case "w:drawing":
		s.drawing()
	default:
		s.x.each(func(e element) { s.vmlElement(p, e) })
	}
}

func (s *story) shape(p picture, e element) {
	p.alt = orElse(strings.TrimSpace(e.attr("alt")), p.alt)
	p.title = orElse(strings.TrimSpace(e.attr("title")), p.title)
	p.link = orElse(e.attr("href"), p.link)
	p.inline = true
	p.cssSize(e.attr("style"))
	s.x.each(func(e element) { s.vmlElement(p, e) })
}

// cssSize reads width, height and position of a style attribute.
func (p *picture) cssSize(style string) {
	for _, declaration := range strings.Split(style, ";") {
		name, value, _ := strings.Cut(declaration, ":")
		value = strings.TrimSpace(value)
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "width":
			p.width = cssPoints(value)
		case "height":
			p.height = cssPoints(value)
		case "position":
			p.inline = p.inline && value != "absolute"
		}
	}
}

// cssUnits are the units of lengths, in points.
var cssUnits = map[string]float64{"pt": 1, "in": 72, "cm": 72 / 2.54, "mm": 72 / 25.4, "px": 0.75, "pc": 12}

func cssPoints(length string) int {
	if len(length) < 3 {
		return 0
	}
	n, err := strconv.ParseFloat(strings.TrimSpace(length[:len(length)-2]), 64)
	if err != nil || !(n > 0 && n < 1e6) {
		return 0
	}
	return int(n*cssUnits[length[len(length)-2:]] + 0.5)
}

// embedded reads an o:OLEObject (ECMA-376-4, 19.2.2.19). Its picture is in the shape
// before it.
func (s *story) embedded(e element) {
	s.find("embedded-object", "an embedded file cannot be converted; its picture was kept")
	s.put(&Object{Kind: "embedded object", Name: e.attr("ProgID")})
}
