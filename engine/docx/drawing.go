package docx

import (
	"strconv"
	"strings"
)

// A picture gathers what is said around a picture in DrawingML or VML.
type picture struct {
	alt, title    string
	width, height int // points
	inline        bool
	link          string // address that a click leads to
}

// drawing reads a w:drawing (ECMA-376-1, 20.4).
func (s *story) drawing() {
	s.x.each(func(e element) {
		switch e.name {
		case "wp:inline", "wp:anchor":
			s.anchored(picture{inline: e.name == "wp:inline"})
		default:
			s.graphic(picture{}, e)
		}
	})
}

// anchored reads a wp:inline or wp:anchor: first what describes it, then it.
func (s *story) anchored(p picture) {
	s.x.each(func(e element) {
		switch e.name {
		case "wp:extent":
			p.width, p.height = points(e.attr("cx")), points(e.attr("cy"))
		case "wp:docPr":
			s.describe(&p, e)
		default:
			s.graphic(p, e)
		}
	})
}

// describe reads the non-visual properties of a drawing (20.1.2.2.8).
func (s *story) describe(p *picture, e element) {
	p.alt = orElse(strings.TrimSpace(e.attr("descr")), p.alt)
	p.title = orElse(strings.TrimSpace(e.attr("title")), p.title)
	s.x.each(func(e element) {
		if e.name == "a:hlinkClick" {
			p.link = s.rels[e.attr("r:id")].target
		}
	})
}

// emuPerPoint is how many English Metric Units a point has (20.1.2.1).
const emuPerPoint = 12700

func points(emu string) int {
	n, err := strconv.ParseInt(emu, 10, 64)
	if err != nil || n < 0 || n > 1<<40 {
		return 0
	}
	return int((n + emuPerPoint/2) / emuPerPoint)
}

// graphic reads what a drawing shows: pictures, shapes with text, charts, SmartArt,
// and groups of them.
func (s *story) graphic(p picture, e element) {
	switch e.name {
	case "pic:pic":
		s.pic(p)
	case "a:blip": // that fills a shape
		s.blip(p, e)
	case "w:txbxContent":
		s.textBox()
	case "a:txBody":
		s.shapeText()
	case "c:chart", "cx:chart":
		s.chart(e)
	case "dgm:relIds":
		s.diagram(e)
	case "wpg:cNvPr", "wps:cNvPr", "a:hlinkClick":
	default:
		s.x.each(func(e element) { s.graphic(p, e) })
	}
}

// pic reads a pic:pic (20.2.2.5); in a group it describes itself.
func (s *story) pic(p picture) {
	own := p
	var visit func(e element)
	visit = func(e element) {
		switch e.name {
		case "pic:cNvPr":
			s.describe(&own, e)
		case "a:blip":
			s.blip(own, e)
		default:
			s.x.each(visit)
		}
	}
	s.x.each(visit)
}

// blip reads a reference to a picture (20.1.8.13). An SVG has its likeness in
// pixels beside it, which every reader can show.
func (s *story) blip(p picture, e element) {
	embedded, linked := e.attr("r:embed"), e.attr("r:link")
	var visit func(e element)
	visit = func(e element) {
		if e.name == "asvg:svgBlip" && embedded == "" {
			embedded = e.attr("r:embed")
		}
		s.x.each(visit)
	}
	s.x.each(visit)
	s.image(p, embedded, linked)
}

// image adds a picture by the relationships that hold it.
func (s *story) image(p picture, embedded, linked string) {
	if embedded == "" && linked == "" {
		return
	}
	i := &Image{Media: -1, Alt: p.alt, Title: p.title, Width: p.width, Height: p.height, Inline: p.inline}
	rel, ok := s.rels[orElse(embedded, linked)]
	if embedded != "" && (!ok || !rel.external && !s.r.pkg.has(rel.target)) && s.rels[linked].external {
		rel, ok = s.rels[linked], true
	}
	switch {
	case ok && rel.external:
		i.URL = rel.target
		s.find("linked-picture", "a picture is linked, not in the file")
	case ok && s.r.pkg.has(rel.target):
		i.Media = s.r.picture(rel.target)
	default:
		s.find("missing-picture", "a picture that the document shows is not in the file")
	}
	if p.link == "" {
		s.put(i)
		return
	}
	link := &Link{URL: p.link, Content: []Inline{i}}
	if strings.HasPrefix(p.link, "#") {
		link.URL, link.Anchor = "", p.link[1:]
	}
	s.put(link)
}

// textBox reads a w:txbxContent (17.17.1), which stands after the paragraph.
func (s *story) textBox() {
	var blocks []Block
	s.apart(func() { blocks = s.blocks() })
	if len(withText(blocks)) > 0 {
		s.node()
		s.line.after = append(s.line.after, &TextBox{Blocks: blocks})
	}
}

// shapeText reads the text of a shape of plain DrawingML (21.1.2).
func (s *story) shapeText() {
	box := &TextBox{}
	style := s.r.styles.paragraph("")
	s.x.each(func(e element) {
		if e.name != "a:p" {
			return
		}
		s.node()
		p := &Paragraph{Style: style.Name, Lineage: style.lineage, Part: s.part, Ordinal: s.ordinal}
		if text := s.drawingText(); text != "" {
			p.Content = []Inline{&Text{Text: text}}
		}
		box.Blocks = append(box.Blocks, p)
	})
	if len(withText(box.Blocks)) > 0 {
		s.line.after = append(s.line.after, box)
	}
}

// drawingText returns the text of an a:p.
func (s *story) drawingText() string {
	var b strings.Builder
	var visit func(e element)
	visit = func(e element) {
		switch e.name {
		case "a:t":
			b.WriteString(s.x.text())
		case "a:br", "a:tab":
			b.WriteByte(' ')
		default:
			s.x.each(visit)
		}
	}
	s.x.each(visit)
	return b.String()
}

// chart and diagram read the words of what cannot be shown as text.
func (s *story) chart(e element) {
	part := s.rels[e.attr("r:id")].target
	s.find("chart", "a chart cannot be converted; its words were kept")
	s.put(&Object{Kind: "chart", Name: part, Text: s.r.words(part, chartWords)})
}

func (s *story) diagram(e element) {
	part := s.rels[e.attr("r:dm")].target
	s.find("diagram", "a SmartArt diagram cannot be converted; its words were kept")
	s.put(&Object{Kind: "diagram", Name: part, Text: s.r.words(part, diagramWords)})
}
