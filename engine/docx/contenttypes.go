package docx

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"strings"
)

// contentTypes are the media types of parts (ISO/IEC 29500-2, 10.1.2), names and
// extensions in lower case.
type contentTypes struct {
	parts, extensions map[string]string
}

func (c contentTypes) of(part string) string {
	part = strings.ToLower(part)
	if t, ok := c.parts[part]; ok {
		return t
	}
	return c.extensions[strings.TrimPrefix(path.Ext(part), ".")]
}

const contentTypesPart = "[Content_Types].xml"

func (p *Package) readContentTypes(ctx context.Context) (contentTypes, error) {
	types := contentTypes{parts: map[string]string{}, extensions: map[string]string{}}
	x, closer, err := p.xml(ctx, contentTypesPart)
	if errors.Is(err, fs.ErrNotExist) {
		return types, nil // findDocument says what is missing
	}
	if err != nil {
		return types, err
	}
	defer closer.Close()
	x.root()
	x.each(func(e element) {
		kind := strings.ToLower(e.attr("ContentType"))
		switch e.name {
		case "ct:Default":
			types.extensions[strings.ToLower(e.attr("Extension"))] = kind
		case "ct:Override":
			types.parts[strings.ToLower(strings.TrimPrefix(e.attr("PartName"), "/"))] = kind
		}
	})
	return types, x.failed()
}

// findDocument finds the main part by the relationship of the package, else
// where every writer puts it.
func (p *Package) findDocument(ctx context.Context) error {
	rels, err := p.relations(ctx, "")
	if err != nil {
		return err
	}
	p.main = "word/document.xml"
	if rel, ok := rels.first("officeDocument"); ok {
		if kind := otherOffice(rel.target, p.types.of(rel.target)); kind != "" {
			return notWordKind(kind)
		}
		if p.has(rel.target) || !p.has(p.main) {
			p.main = rel.target
		}
	}
	if p.has(p.main) {
		return nil
	}
	return p.refuseWithoutDocument()
}

func otherOffice(part, mediaType string) string {
	switch {
	case strings.Contains(mediaType, "spreadsheetml"), mediaType == "" && strings.HasPrefix(part, "xl/"):
		return "an Excel workbook (.xlsx)"
	case strings.Contains(mediaType, "presentationml"), mediaType == "" && strings.HasPrefix(part, "ppt/"):
		return "a PowerPoint presentation (.pptx)"
	case strings.Contains(mediaType, "ms-visio"), strings.Contains(mediaType, "visio"):
		return "a Visio drawing (.vsdx)"
	}
	return ""
}

func (p *Package) refuseWithoutDocument() error {
	switch {
	case p.has("xl/workbook.xml"):
		return notWordKind("an Excel workbook (.xlsx)")
	case p.has("ppt/presentation.xml"):
		return notWordKind("a PowerPoint presentation (.pptx)")
	case p.has("mimetype") && p.has("content.xml"):
		return notWordKind("an OpenDocument file (.odt)")
	case p.has("mimetype") && p.has("META-INF/container.xml"):
		return notWordKind("an e-book (.epub)")
	case p.has(contentTypesPart):
		return refuse(Damaged, "the file is damaged: the part with the text of the document is missing; get an intact copy").in(p.main)
	}
	return refuse(NotWord, "the file is a zip archive without a Word document in it, whatever its name says")
}
