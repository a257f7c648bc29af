package docx

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/docjobs/docjobs/engine/words"
)

// Count counts the document as it is stored. It is a witness for what Read returns
// and therefore shares nothing with it but the opening of parts: it knows of no styles,
// numbers or blocks, and follows the text run by run.
func (p *Package) Count(ctx context.Context, o Options) (*Counts, error) {
	c := &counter{policy: o, counts: &Counts{Words: words.Tally{}}, notes: map[string]bool{}}
	if err := c.part(ctx, p, p.main, ""); err != nil {
		return nil, err
	}
	for _, kind := range []string{"footnote", "endnote"} {
		part := path.Join(path.Dir(p.main), kind+"s.xml")
		var damaged *Error // as far as they can be read
		err := c.part(ctx, p, part, "w:"+kind)
		if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.As(err, &damaged) {
			return nil, err
		}
	}
	return c.counts, nil
}

// A counter follows the text of one part after the other.
type counter struct {
	policy Options
	counts *Counts
	notes  map[string]bool // "w:footnote 3": notes that the text refers to

	path   []string // names of the open elements
	skip   int      // depth of the element whose content does not count; 0 if all does
	chosen []bool   // of each open mc:AlternateContent, whether a Choice was met
	text   strings.Builder
	run    strings.Builder
	hidden bool // the run is
	fields []countedField
}

// A countedField is a complex field that has not ended.
type countedField struct {
	code    []byte
	result  bool
	dropped bool
}

// part counts one part; in notes only those that the text refers to.
func (c *counter) part(ctx context.Context, p *Package, name, note string) error {
	x, closer, err := p.xml(ctx, name)
	if err != nil {
		return err
	}
	defer closer.Close()
	c.path, c.skip, c.chosen, c.fields = nil, 0, nil, nil
	for {
		event, e := x.next()
		switch event {
		case atStart:
			c.path = append(c.path, e.name)
			if c.skip == 0 && (c.left(e) || e.name == note && (!c.notes[note+" "+e.attr("w:id")] || e.attr("w:type") != "" && e.attr("w:type") != "normal")) {
				c.skip = len(c.path)
			}
			if c.skip == 0 {
				c.start(e)
			}
		case atEnd:
			if c.skip == 0 {
				c.end()
			}
			if c.skip == len(c.path) {
				c.skip = 0
			}
			if c.path[len(c.path)-1] == "mc:AlternateContent" && c.skip == 0 {
				c.chosen = c.chosen[:len(c.chosen)-1]
			}
			c.path = c.path[:len(c.path)-1]
		case atText:
			if c.skip == 0 && len(c.path) > 0 {
				c.chars(x)
			}
		default:
			c.paragraph()
			if errors.Is(x.err, io.EOF) {
				return nil
			}
			return x.err
		}
	}
}

// left reports whether nothing in the element counts.
func (c *counter) left(e element) bool {
	switch e.name {
	case "w:del", "w:moveFrom":
		return c.policy.Changes == AcceptChanges
	case "w:ins", "w:moveTo":
		return c.policy.Changes == RejectChanges
	case "m:oMath", "m:oMathPara", "w:delText", "w:rPrChange", "w:pPrChange", "w:tblPrChange", "w:tcPrChange", "w:sectPrChange":
		return true
	case "mc:Fallback":
		return len(c.chosen) > 0 && c.chosen[len(c.chosen)-1]
	case "mc:Choice":
		if len(c.chosen) > 0 && c.chosen[len(c.chosen)-1] {
			return true
		}
		if len(c.chosen) > 0 {
			c.chosen[len(c.chosen)-1] = true
		}
	}
	return false
}

func (c *counter) start(e element) {
	switch e.name {
	case "mc:AlternateContent":
		c.chosen = append(c.chosen, false)
	case "w:r":
		c.run.Reset()
		c.hidden = false
	case "w:vanish":
		if v := e.val(); c.parent() == "w:rPr" && len(c.path) > 2 && c.path[len(c.path)-3] == "w:r" {
			c.hidden = v != "0" && v != "false" && v != "off" && c.policy.Hidden == DropHidden
		}
	case "w:tab", "w:br", "w:cr", "w:ptab":
		if c.parent() == "w:r" {
			c.run.WriteByte(' ')
		}
	case "w:noBreakHyphen":
		c.run.WriteByte('-')
	case "w:fldChar":
		c.field(e.attr("w:fldCharType"))
	case "w:fldSimple":
		c.simple(e.attr("w:instr"))
	case "w:tbl":
		c.counts.Tables++
	case "w:tr":
		c.counts.Rows++
	case "w:tc":
		c.counts.Cells++
	case "w:vMerge", "w:hMerge":
		if e.val() != "restart" {
			c.counts.Cells--
		}
	case "pic:pic", "v:imagedata":
		c.counts.Images++
	case "w:hyperlink":
		c.counts.Links++
	case "w:footnoteReference", "w:endnoteReference":
		c.counts.Footnotes++
		c.notes[strings.TrimSuffix(e.name, "Reference")+" "+e.attr("w:id")] = true
	}
}

func (c *counter) parent() string {
	if len(c.path) < 2 {
		return ""
	}
	return c.path[len(c.path)-2]
}

func (c *counter) end() {
	switch c.path[len(c.path)-1] {
	case "w:r":
		if !c.hidden && !c.dropping() {
			c.text.WriteString(c.run.String())
		}
		c.run.Reset()
	case "w:p", "w:txbxContent", "w:tc":
		c.paragraph()
	case "w:fldSimple":
		if n := len(c.fields); n > 0 {
			c.fields = c.fields[:n-1]
		}
	}
}

// paragraph ends a stretch of text: no word goes on behind it.
func (c *counter) paragraph() {
	c.counts.Words.Add(c.text.String())
	c.text.Reset()
}

func (c *counter) chars(x *xmlReader) {
	switch c.path[len(c.path)-1] {
	case "w:t":
		c.run.Write(x.chars)
	case "w:instrText":
		if n := len(c.fields); n > 0 && len(c.fields[n-1].code) < 256 {
			c.fields[n-1].code = append(c.fields[n-1].code, x.chars...)
		}
	}
}

// field follows the parts of a complex field (17.16.18).
func (c *counter) field(kind string) {
	n := len(c.fields)
	switch {
	case kind == "begin":
		c.fields = append(c.fields, countedField{})
	case kind == "separate" && n > 0:
		c.fields[n-1].result = true
		c.fields[n-1].dropped = generatedField(string(c.fields[n-1].code))
		if fieldName(string(c.fields[n-1].code)) == "HYPERLINK" {
			c.counts.Links++
		}
	case kind == "end" && n > 0:
		c.fields = c.fields[:n-1]
	}
}

// simple begins a simple field (17.16.19).
func (c *counter) simple(code string) {
	c.fields = append(c.fields, countedField{result: true, dropped: generatedField(code)})
	if fieldName(code) == "HYPERLINK" {
		c.counts.Links++
	}
}

func fieldName(code string) string {
	if words := strings.Fields(code); len(words) > 0 {
		return strings.ToUpper(words[0])
	}
	return ""
}

// generatedField reports whether Word makes the result of the field from the rest of
// the document.
func generatedField(code string) bool {
	switch fieldName(code) {
	case "TOC", "INDEX", "TOA", "BIBLIOGRAPHY":
		return true
	}
	return false
}

// dropping reports whether the text is a field's code or a generated result.
func (c *counter) dropping() bool {
	for i := range c.fields {
		if !c.fields[i].result || c.fields[i].dropped {
			return true
		}
	}
	return false
}
