package grammar

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// maxDocument bounds a document that is validated.
const maxDocument = 64 << 20

// maxElements bounds the nesting of elements; topics stay under 50.
const maxElements = 512

// A staged document is a copy that a program can be given.
type staged struct {
	file string // as it was given to Validate
	name string // of the copy
	root string // name of the root element
}

// stage copies documents into a folder, without their document type declarations and
// under names of one form. What no program needs to see to refuse is a finding.
func stage(root string, files []string, folder string) (documents []staged, findings []Finding, err error) {
	dir, err := os.OpenRoot(root)
	if err != nil {
		return nil, nil, err
	}
	defer dir.Close()
	for i, file := range files {
		content, err := read(dir, file)
		if err != nil {
			return nil, nil, err
		}
		name, fault := undeclare(content)
		if fault != nil {
			fault.File = file
			findings = append(findings, *fault)
			continue
		}
		s := staged{file: file, name: fmt.Sprintf("%06d.xml", i), root: name}
		if err := os.WriteFile(filepath.Join(folder, s.name), content, 0o600); err != nil {
			return nil, nil, err
		}
		documents = append(documents, s)
	}
	return documents, findings, nil
}

func read(dir *os.Root, file string) ([]byte, error) {
	f, err := dir.Open(filepath.FromSlash(file))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, maxDocument+1))
	if err == nil && len(content) > maxDocument {
		err = fmt.Errorf("%s has more than %d MiB", file, maxDocument>>20)
	}
	return content, err
}

// xinclude is the namespace of XInclude, which would read other files.
const xinclude = "http://www.w3.org/2001/XInclude"

// undeclare puts spaces in the place of the document type declaration, so that every
// place stays where it is, and returns the name of the root element.
func undeclare(content []byte) (root string, fault *Finding) {
	d := xml.NewDecoder(bytes.NewReader(content))
	depth := 0
	for {
		begin := d.InputOffset()
		token, err := d.Token()
		if errors.Is(err, io.EOF) && root != "" {
			return root, nil
		}
		if err != nil {
			return "", at(d, "not well-formed: "+reason(err))
		}
		switch token := token.(type) {
		case xml.Directive:
			if bytes.ContainsRune(token, '[') {
				return "", at(d, "the document type declaration has a subset of its own, which is not allowed here")
			}
			blank(content[begin:d.InputOffset()])
		case xml.StartElement:
			if depth++; depth > maxElements {
				return "", at(d, fmt.Sprintf("elements are nested more than %d deep", maxElements))
			}
			if token.Name.Space == xinclude {
				return "", at(d, "XInclude is not part of DITA")
			}
			if root == "" {
				root = token.Name.Local
			}
		case xml.EndElement:
			depth--
		}
	}
}

func reason(err error) string {
	var syntax *xml.SyntaxError
	if errors.As(err, &syntax) {
		return syntax.Msg
	}
	return err.Error()
}

func at(d *xml.Decoder, message string) *Finding {
	line, column := d.InputPos()
	return &Finding{Line: line, Column: column, Message: message}
}

func blank(b []byte) {
	for i, c := range b {
		if c != '\n' && c != '\r' {
			b[i] = ' '
		}
	}
}
