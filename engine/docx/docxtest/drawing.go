package docxtest

import "strings"

// Picture is a picture in DrawingML, of 72 by 36 points, in the line.
func Picture(rel, alt string) XML {
	return inlineDrawing(alt, "http://schemas.openxmlformats.org/drawingml/2006/picture", `<pic:pic><pic:nvPicPr><pic:cNvPr id="0" name=""/><pic:cNvPicPr/></pic:nvPicPr>`+
		`<pic:blipFill><a:blip r:embed="`+XML(escape(rel))+`"/></pic:blipFill><pic:spPr/></pic:pic>`)
}

// LinkedPicture is a picture that is not in the file.
func LinkedPicture(rel, alt string) XML {
	return XML(strings.Replace(string(Picture(rel, alt)), "r:embed=", "r:link=", 1))
}

// Graphic is a drawing of anything, in the line: a chart, SmartArt, a group.
func Graphic(alt string, graphic XML) XML { return inlineDrawing(alt, "", graphic) }

func inlineDrawing(alt, uri string, graphic XML) XML {
	return `<w:r><w:drawing><wp:inline><wp:extent cx="914400" cy="457200"/><wp:docPr id="1" name="Picture 1" descr="` + XML(escape(alt)) + `"/>` +
		`<a:graphic><a:graphicData uri="` + XML(uri) + `">` + graphic + `</a:graphicData></a:graphic></wp:inline></w:drawing></w:r>`
}

// VMLPicture is a picture in VML.
func VMLPicture(rel, alt string) XML {
	return VML(`<v:shape style="width:72pt;height:.5in" alt="` + XML(escape(alt)) + `"><v:imagedata r:id="` + XML(escape(rel)) + `"/></v:shape>`)
}

// VML is a drawing in VML.
func VML(shapes XML) XML { return `<w:r><w:pict>` + shapes + `</w:pict></w:r>` }

// TextBox is a text box as Word writes it: in DrawingML, with the same in VML for
// programs of before 2010.
func TextBox(blocks ...XML) XML {
	content := `<w:txbxContent>` + XML(join(blocks)) + `</w:txbxContent>`
	return `<w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wp:anchor><a:graphic><a:graphicData><wps:wsp><wps:txbx>` + content +
		`</wps:txbx></wps:wsp></a:graphicData></a:graphic></wp:anchor></w:drawing></mc:Choice>` +
		`<mc:Fallback><w:pict><v:shape><v:textbox>` + content + `</v:textbox></v:shape></w:pict></mc:Fallback></mc:AlternateContent></w:r>`
}

// PNG is a picture of one pixel.
func PNG() []byte {
	return []byte("\x89PNG\r\n\x1A\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1F\x15\xC4\x89" +
		"\x00\x00\x00\rIDATx\x9Cc\xF8\xCF\xC0\xF0\x1F\x00\x05\x05\x02\x00\x5F\xC8\xF1\xD2\x00\x00\x00\x00IEND\xAEB`\x82")
}
