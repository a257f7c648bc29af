package docxtest

import (
	"archive/zip"
	"bytes"
	"fmt"
	"sort"
	"strings"
)

// A File is a Word file in the making. Its methods change it and return it.
type File struct {
	parts    map[string]string // by name
	types    map[string]string // content types by name of part
	rels     []string          // of the document
	notes    map[string]string // by kind
	styles   string
	numbers  [2]string // definitions, instances
	body     string
	strict   bool
	without  map[string]bool
	rawNames []rawPart
}

type rawPart struct{ name, content string }

// New is a file with these blocks as its body. It has the styles Normal, Title,
// Subtitle, Heading1 to Heading6, Caption, ListParagraph, Quote, FootnoteText,
// CodeBlock, the character styles Strong, Emphasis, Hyperlink and CodeChar, and the
// table style TableGrid.
func New(blocks ...XML) *File {
	return &File{
		parts: map[string]string{}, types: map[string]string{}, notes: map[string]string{}, without: map[string]bool{},
		styles: defaultStyles(), numbers: [2]string{defaultNumbering, defaultNums}, body: join(blocks),
	}
}

// Style adds a style; content is what follows its name: w:basedOn, w:pPr, w:rPr.
func (f *File) Style(kind, id, name string, content XML) *File {
	f.styles += style(kind, id, name, content)
	return f
}

// Styles replaces all styles.
func (f *File) Styles(styles ...XML) *File {
	f.styles = join(styles)
	return f
}

// Numbering adds a list: a definition with levels, and an instance of the same
// number. Numbers from 3 on are free.
func (f *File) Numbering(list int, levels ...XML) *File {
	f.numbers[0] += fmt.Sprintf(`<w:abstractNum w:abstractNumId="%d">%s</w:abstractNum>`, list, join(levels))
	return f.Num(list, list)
}

// Num adds an instance of the definition of another list.
func (f *File) Num(list, of int, overrides ...XML) *File {
	f.numbers[1] += fmt.Sprintf(`<w:num w:numId="%d"><w:abstractNumId w:val="%d"/>%s</w:num>`, list, of, join(overrides))
	return f
}

// Definition adds a definition of a list alone, in full.
func (f *File) Definition(x XML) *File {
	f.numbers[0] += string(x)
	return f
}

// Level is a level of a list; more are further children of w:lvl.
func Level(i int, format, text string, more ...XML) XML {
	return XML(fmt.Sprintf(`<w:lvl w:ilvl="%d"><w:start w:val="1"/><w:numFmt w:val="%s"/>%s<w:lvlText w:val="%s"/></w:lvl>`, i, format, join(more), escape(text)))
}

// StartAt overrides where a level of an instance starts.
func StartAt(level, start int) XML {
	return XML(fmt.Sprintf(`<w:lvlOverride w:ilvl="%d"><w:startOverride w:val="%d"/></w:lvlOverride>`, level, start))
}

// Footnote, Endnote and Comment add a note.
func (f *File) Footnote(id int, blocks ...XML) *File { return f.note("footnote", id, blocks) }

// Endnote adds an endnote.
func (f *File) Endnote(id int, blocks ...XML) *File { return f.note("endnote", id, blocks) }

// Comment adds a comment.
func (f *File) Comment(id int, blocks ...XML) *File { return f.note("comment", id, blocks) }

func (f *File) note(kind string, id int, blocks []XML) *File {
	f.notes[kind] += fmt.Sprintf(`<w:%s w:id="%d" w:author="A">%s</w:%s>`, kind, id, join(blocks), kind)
	return f
}

// Media adds a picture under word/media and a relationship of the document to it.
func (f *File) Media(rel, name string, data []byte) *File {
	f.parts["word/media/"+name] = string(data)
	return f.Rel(rel, "image", "media/"+name)
}

// Rel adds a relationship of the document to a part.
func (f *File) Rel(id, kind, target string) *File {
	f.rels = append(f.rels, relationship(id, kind, target, ""))
	return f
}

// External adds a relationship of the document to an address.
func (f *File) External(id, kind, target string) *File {
	f.rels = append(f.rels, relationship(id, kind, target, ` TargetMode="External"`))
	return f
}

const relTypes = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"

func relationship(id, kind, target, mode string) string {
	return fmt.Sprintf(`<Relationship Id="%s" Type="%s%s" Target="%s"%s/>`, escape(id), relTypes, kind, escape(target), mode)
}

// Part adds a part, or replaces one that the file would have.
func (f *File) Part(name, content string) *File {
	f.parts[name] = content
	return f
}

// Type declares the content type of a part.
func (f *File) Type(part, contentType string) *File {
	f.types[part] = contentType
	return f
}

// Root wraps content in an element that declares the usual prefixes.
func Root(name string, content ...XML) string {
	return `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n<" + name + namespaces + ">" + join(content) + "</" + name + ">"
}

// Without leaves a part out.
func (f *File) Without(part string) *File {
	f.without[part] = true
	return f
}

// Entry appends a zip entry of any name, even one that is there already.
func (f *File) Entry(name, content string) *File {
	f.rawNames = append(f.rawNames, rawPart{name, content})
	return f
}

// Strict makes a file of ISO/IEC 29500 Strict of it.
func (f *File) Strict() *File {
	f.strict = true
	return f
}

// Bytes are the file.
func (f *File) Bytes() []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	parts := f.all()
	names := make([]string, 0, len(parts))
	for name := range parts {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		write(z, name, parts[name])
	}
	for _, p := range f.rawNames {
		write(z, p.name, p.content)
	}
	if err := z.Close(); err != nil {
		panic(err) // a Buffer takes everything
	}
	return b.Bytes()
}

// Reader reads the file.
func (f *File) Reader() *bytes.Reader { return bytes.NewReader(f.Bytes()) }

// Size is the length of the file.
func (f *File) Size() int64 { return int64(len(f.Bytes())) }

func write(z *zip.Writer, name, content string) {
	w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate})
	if err == nil {
		_, err = w.Write([]byte(content))
	}
	if err != nil {
		panic(err) // a Buffer takes everything
	}
}

// all returns all parts, replaced and left out as asked for.
func (f *File) all() map[string]string {
	parts := map[string]string{
		"word/document.xml":  Root("w:document", XML("<w:body>"+f.body+"</w:body>")),
		"word/styles.xml":    Root("w:styles", XML(f.styles)),
		"word/numbering.xml": Root("w:numbering", XML(f.numbers[0]+f.numbers[1])),
	}
	rels := relationship("rIdStyles", "styles", "styles.xml", "") + relationship("rIdNumbering", "numbering", "numbering.xml", "")
	for kind, notes := range f.notes {
		parts["word/"+kind+"s.xml"] = Root("w:"+kind+"s", XML(notes))
	}
	for _, kind := range []string{"footnote", "endnote", "comment"} {
		if f.notes[kind] != "" {
			rels += relationship("rId"+kind, kind+"s", kind+"s.xml", "")
		}
	}
	parts["word/_rels/document.xml.rels"] = relationships(rels + strings.Join(f.rels, ""))
	parts["_rels/.rels"] = relationships(relationship("rId1", "officeDocument", "word/document.xml", "") +
		strings.Replace(relationship("rId2", "core-properties", "docProps/core.xml", ""), relTypes, "http://schemas.openxmlformats.org/package/2006/relationships/metadata/", 1))
	parts["[Content_Types].xml"] = f.contentTypes()
	for name, content := range f.parts {
		parts[name] = content
	}
	for name := range f.without {
		delete(parts, name)
	}
	if f.strict {
		for name, content := range parts {
			if strings.HasSuffix(name, ".xml") || strings.HasSuffix(name, ".rels") {
				parts[name] = strictly.Replace(content)
			}
		}
	}
	return parts
}

func relationships(rels string) string {
	return `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` + rels + `</Relationships>`
}

func (f *File) contentTypes() string {
	types := map[string]string{"word/document.xml": "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"}
	for part, t := range f.types {
		types[part] = t
	}
	parts := make([]string, 0, len(types))
	for part := range types {
		parts = append(parts, part)
	}
	sort.Strings(parts)
	overrides := ""
	for _, part := range parts {
		overrides += `<Override PartName="/` + escape(part) + `" ContentType="` + escape(types[part]) + `"/>`
	}
	return `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
		`<Default Extension="xml" ContentType="application/xml"/><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
		`<Default Extension="png" ContentType="image/png"/>` + overrides + `</Types>`
}
