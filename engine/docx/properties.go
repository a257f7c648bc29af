package docx

import (
	"errors"
	"io/fs"
	"strings"
)

// readProperties reads the core properties (ISO/IEC 29500-2, 11). A document is
// no worse for damaged ones.
func (r *reader) readProperties() error {
	rels, err := r.pkg.relations(r.ctx, "")
	if err != nil {
		return err
	}
	part := "docProps/core.xml"
	if rel, ok := rels.first("core-properties"); ok {
		part = rel.target
	}
	x, closer, err := r.pkg.xml(r.ctx, part)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer closer.Close()
	x.root()
	x.each(func(e element) {
		if field := r.doc.Properties.field(e.name); field != nil {
			*field = strings.TrimSpace(x.text())
		}
	})
	return r.forgive(x.failed(), part, "the properties of the document cannot be read")
}

func (p *Properties) field(name string) *string {
	switch name {
	case "dc:title":
		return &p.Title
	case "dc:subject":
		return &p.Subject
	case "dc:creator":
		return &p.Creator
	case "dc:description":
		return &p.Description
	case "cp:keywords":
		return &p.Keywords
	case "cp:category":
		return &p.Category
	case "dcterms:created":
		return &p.Created
	case "dcterms:modified":
		return &p.Modified
	}
	return nil
}

// forgive makes a finding of damage to a part that the text does not depend on.
func (r *reader) forgive(err error, part, message string) error {
	var own *Error
	if errors.As(err, &own) && own.Code == Damaged {
		r.findings.add(Finding{Code: "damaged-part", Part: part, Message: message})
		return nil
	}
	return err
}
