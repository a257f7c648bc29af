package docxtest

import (
	"fmt"
	"strings"
)

const namespaces = ` xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"` +
	` xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"` +
	` xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"` +
	` xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"` +
	` xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"` +
	` xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"` +
	` xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"` +
	` xmlns:dgm="http://schemas.openxmlformats.org/drawingml/2006/diagram"` +
	` xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"` +
	` xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"` +
	` xmlns:wpg="http://schemas.microsoft.com/office/word/2010/wordprocessingGroup"` +
	` xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"` +
	` xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"`

// strictly replaces the namespaces of Transitional by those of Strict.
var strictly = strings.NewReplacer(
	"http://schemas.openxmlformats.org/wordprocessingml/2006/main", "http://purl.oclc.org/ooxml/wordprocessingml/main",
	"http://schemas.openxmlformats.org/officeDocument/2006/relationships", "http://purl.oclc.org/ooxml/officeDocument/relationships",
	"http://schemas.openxmlformats.org/officeDocument/2006/math", "http://purl.oclc.org/ooxml/officeDocument/math",
	"http://schemas.openxmlformats.org/drawingml/2006/", "http://purl.oclc.org/ooxml/drawingml/",
)

func style(kind, id, name string, content XML) string {
	isDefault := ""
	if id == "Normal" {
		isDefault = ` w:default="1"`
	}
	return fmt.Sprintf(`<w:style w:type="%s" w:styleId="%s"%s><w:name w:val="%s"/>%s</w:style>`, kind, escape(id), isDefault, escape(name), content)
}

func defaultStyles() string {
	var b strings.Builder
	b.WriteString(`<w:docDefaults><w:rPrDefault><w:rPr><w:lang w:val="en-GB"/></w:rPr></w:rPrDefault></w:docDefaults>`)
	b.WriteString(style("paragraph", "Normal", "Normal", ""))
	for i := range 6 {
		b.WriteString(style("paragraph", fmt.Sprintf("Heading%d", i+1), fmt.Sprintf("heading %d", i+1),
			XML(fmt.Sprintf(`<w:basedOn w:val="Normal"/><w:pPr><w:outlineLvl w:val="%d"/></w:pPr><w:rPr><w:b/></w:rPr>`, i))))
	}
	for _, s := range [][2]string{
		{"Title", "Title"}, {"Subtitle", "Subtitle"}, {"Caption", "caption"}, {"ListParagraph", "List Paragraph"},
		{"Quote", "Quote"}, {"FootnoteText", "footnote text"},
	} {
		b.WriteString(style("paragraph", s[0], s[1], `<w:basedOn w:val="Normal"/>`))
	}
	b.WriteString(style("paragraph", "CodeBlock", "Code Block", `<w:basedOn w:val="Normal"/><w:rPr><w:rFonts w:ascii="Consolas" w:hAnsi="Consolas"/></w:rPr>`))
	b.WriteString(style("character", "Strong", "Strong", `<w:rPr><w:b/></w:rPr>`))
	b.WriteString(style("character", "Emphasis", "Emphasis", `<w:rPr><w:i/></w:rPr>`))
	b.WriteString(style("character", "Hyperlink", "Hyperlink", `<w:rPr><w:u w:val="single"/></w:rPr>`))
	b.WriteString(style("character", "CodeChar", "Code Char", `<w:rPr><w:rFonts w:ascii="Consolas" w:hAnsi="Consolas"/></w:rPr>`))
	b.WriteString(style("table", "TableGrid", "Table Grid", ""))
	return b.String()
}

var (
	defaultNumbering = `<w:abstractNum w:abstractNumId="1">` + levels([]string{"bullet"}, "•") + `</w:abstractNum>` +
		`<w:abstractNum w:abstractNumId="2">` + levels([]string{"decimal", "lowerLetter", "lowerRoman"}, "%d.", "%d)", "%d.") + `</w:abstractNum>`
	defaultNums = `<w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="2"/></w:num>`
)

func levels(formats []string, texts ...string) string {
	var b strings.Builder
	for i := range 9 {
		text := strings.Replace(texts[i%len(texts)], "%d", fmt.Sprintf("%%%d", i+1), 1)
		b.WriteString(string(Level(i, formats[i%len(formats)], text)))
	}
	return b.String()
}
