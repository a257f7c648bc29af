package docx_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/docjobs/docjobs/engine/docx"
	w "github.com/docjobs/docjobs/engine/docx/docxtest"
	"github.com/stretchr/testify/require"
)

// compound is the beginning of an OLE compound file with these streams.
func compound(streams ...string) []byte {
	b := make([]byte, 1024)
	copy(b, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")
	b[30] = 9 // sectors of 512 bytes; the directory begins at the first
	for i, name := range append([]string{"Root Entry"}, streams...) {
		for j := range len(name) {
			b[512+128*i+2*j] = name[j]
		}
	}
	return b
}

func document(body string) string { return w.Root("w:document", w.XML("<w:body>"+body+"</w:body>")) }

func TestRefusals(t *testing.T) {
	t.Parallel()
	whole := w.New(w.P("a")).Bytes()
	deep := strings.Repeat("<w:smartTag>", 600) + strings.Repeat("</w:smartTag>", 600)
	fields := strings.Repeat(string(w.FieldBegin), 100)
	for _, c := range []struct {
		name    string
		file    []byte
		code    docx.Code
		message string
	}{
		{"empty", nil, docx.Damaged, "empty"},
		{"zeros", make([]byte, 100), docx.Damaged, "zeros"},
		{"password", compound("EncryptionInfo", "EncryptedPackage"), docx.Encrypted, "save it without one"},
		{"old Word", compound("WordDocument"), docx.NotWord, "Word 97-2003"},
		{"old Excel", compound("Workbook"), docx.NotWord, "old Excel"},
		{"another compound file", compound("Other"), docx.NotWord, "OLE"},
		{"RTF", []byte(`{\rtf1\ansi a}`), docx.NotWord, "RTF"},
		{"PDF", []byte("%PDF-1.7\n"), docx.NotWord, "PDF"},
		{"web page", []byte("\n<!DOCTYPE html><html>"), docx.NotWord, "web page"},
		{"text", []byte("Dear reader"), docx.NotWord, "not a Word document"},
		{"zip of anything", w.New().Without("word/document.xml").Without("_rels/.rels").Without("[Content_Types].xml").Bytes(), docx.NotWord, "zip archive"},
		{"workbook", w.New().Part("_rels/.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="a" Type="x/officeDocument" Target="xl/workbook.xml"/></Relationships>`).Part("xl/workbook.xml", "<x/>").Type("xl/workbook.xml", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml").Bytes(), docx.NotWord, "Excel"},
		{"OpenDocument", w.New().Without("word/document.xml").Without("_rels/.rels").Part("mimetype", "application/vnd.oasis.opendocument.text").Part("content.xml", "<x/>").Bytes(), docx.NotWord, "OpenDocument"},
		{"another root", w.New().Part("word/document.xml", "<html/>").Bytes(), docx.NotWord, "html"},
		{"no document", w.New().Without("word/document.xml").Bytes(), docx.Damaged, "missing"},
		{"empty document", w.New().Part("word/document.xml", "").Bytes(), docx.Damaged, "is empty"},
		{"document without elements", w.New().Part("word/document.xml", "/etc/motd").Bytes(), docx.Damaged, "is empty"},
		{"truncated", whole[:len(whole)/2], docx.Damaged, "its end is missing"},
		{"not well-formed", w.New().Part("word/document.xml", document("\n<w:p>")).Bytes(), docx.Damaged, "not well-formed"},
		{"cut off", w.New().Part("word/document.xml", document(string(w.P("a")))[:900]).Bytes(), docx.Damaged, "not well-formed"},
		{"damaged styles", w.New().Part("word/styles.xml", "<w:styles").Bytes(), docx.Damaged, "not well-formed"},
		{"document type", w.New().Part("word/document.xml", `<!DOCTYPE a [<!ENTITY b "c">]>`+document("")).Bytes(), docx.Bomb, "document type"},
		{"unknown entity", w.New(w.P(w.XML("<w:r><w:t>&b;</w:t></w:r>"))).Bytes(), docx.Damaged, "not well-formed"},
		{"deep elements", w.New(w.XML(deep)).Bytes(), docx.Bomb, "nested"},
		{"deep fields", w.New(w.P(w.XML(fields))).Bytes(), docx.Bomb, "fields are nested"},
		{"huge attribute", w.New(w.XML(`<w:p a="` + strings.Repeat("a", 9<<20) + `"/>`)).Bytes(), docx.Bomb, "single tag"},
		{"zip bomb", w.New(w.XML(strings.Repeat("<!---->", 3<<20))).Bytes(), docx.Bomb, "expands more than 250 times"},
		{"duplicate document", w.New(w.P("a")).Entry("word/document.xml", document("")).Bytes(), docx.DuplicatePart, "twice"},
		{"duplicate in another case", w.New(w.P("a")).Entry("WORD/styles.xml", "").Bytes(), docx.DuplicatePart, "twice"},
		{"name that leads out", w.New().Entry("../evil", "").Bytes(), docx.UnsafeName, "leads out"},
		{"backslashes that lead out", w.New().Entry(`word\..\..\evil`, "").Bytes(), docx.UnsafeName, "leads out"},
		{"drive", w.New().Entry(`C:/evil`, "").Bytes(), docx.UnsafeName, "leads out"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := docx.Read(t.Context(), bytes.NewReader(c.file), int64(len(c.file)), docx.Options{})
			var refused *docx.Error
			require.ErrorAs(t, err, &refused)
			require.Equal(t, c.code, refused.Code, err)
			require.Contains(t, err.Error(), c.message)
		})
	}
}

func TestPlaceOfDamage(t *testing.T) {
	t.Parallel()
	f := w.New().Part("word/document.xml", document("\n\n<w:p></w:r>"))
	_, err := docx.Read(t.Context(), f.Reader(), f.Size(), docx.Options{})
	var refused *docx.Error
	require.ErrorAs(t, err, &refused)
	require.Equal(t, "word/document.xml", refused.Part)
	require.Equal(t, 4, refused.Line)
	require.EqualError(t, err, `the document is damaged: a part of it is not well-formed; open it in Word, let Word repair it and save it again `+
		`("word/document.xml", line 4): XML syntax error on line 4: element <p> closed by </r>`)
}

func TestLimits(t *testing.T) {
	t.Parallel()
	f := w.New(w.P("a"), w.P("b"), w.P(w.Picture("rId9", ""))).Media("rId9", "a.png", bytes.Repeat(w.PNG(), 100))
	for name, c := range map[string]struct {
		limits docx.Limits
		code   docx.Code
	}{
		"file":  {docx.Limits{FileBytes: 100}, docx.TooLarge},
		"all":   {docx.Limits{Bytes: 1000}, docx.TooLarge},
		"part":  {docx.Limits{PartBytes: 100}, docx.TooLarge},
		"parts": {docx.Limits{Parts: 2}, docx.Bomb},
		"depth": {docx.Limits{Depth: 3}, docx.Bomb},
		"nodes": {docx.Limits{Nodes: 3}, docx.TooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := docx.Read(t.Context(), f.Reader(), f.Size(), docx.Options{Limits: c.limits})
			var refused *docx.Error
			require.ErrorAs(t, err, &refused)
			require.Equal(t, c.code, refused.Code, err)
		})
	}
}

// brokenDisk fails after some reads.
type brokenDisk struct {
	r    *bytes.Reader
	left int
}

var errDisk = errors.New("input/output error")

func (d *brokenDisk) ReadAt(b []byte, off int64) (int, error) {
	if d.left--; d.left < 0 {
		return 0, errDisk
	}
	return d.r.ReadAt(b, off)
}

func TestBrokenWorldIsNoRefusal(t *testing.T) {
	t.Parallel()
	f := w.New(w.P("a"))
	for reads := range 30 {
		_, err := docx.Read(t.Context(), &brokenDisk{f.Reader(), reads}, f.Size(), docx.Options{})
		var refused *docx.Error
		require.False(t, errors.As(err, &refused), "%d reads: %v", reads, err)
		if err != nil {
			require.ErrorIs(t, err, errDisk)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := docx.Read(ctx, f.Reader(), f.Size(), docx.Options{})
	require.ErrorIs(t, err, context.Canceled)
}

// TestRecoverable holds what Word opens too: it is read, with findings.
func TestRecoverable(t *testing.T) {
	t.Parallel()
	utf16 := []byte{0xFF, 0xFE}
	for _, r := range strings.Replace(document(string(w.P("a"))), "UTF-8", "UTF-16", 1) {
		utf16 = append(utf16, byte(r), byte(r>>8))
	}
	for name, f := range map[string]*w.File{
		"no content types":      w.New(w.P("a")).Without("[Content_Types].xml"),
		"no relationships":      w.New(w.P("a")).Without("_rels/.rels"),
		"no document relations": w.New(w.P("a")).Without("word/_rels/document.xml.rels"),
		"UTF-16":                w.New().Part("word/document.xml", string(utf16)),
		"byte order mark":       w.New().Part("word/document.xml", "\uFEFF"+document(string(w.P("a")))),
		"backslashes":           w.New().Without("word/document.xml").Entry(`word\document.xml`, document(string(w.P("a")))),
		"another case":          w.New().Without("word/document.xml").Entry(`Word/Document.xml`, document(string(w.P("a")))),
		"duplicate picture":     w.New(w.P("a")).Entry("word/media/a.png", "").Entry("word/media/a.png", ""),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, "- a", dump(read(t, f, docx.Options{}).Body))
		})
	}
}

func TestProgress(t *testing.T) {
	t.Parallel()
	var body []w.XML
	for i := range 20_000 {
		body = append(body, w.P(fmt.Sprint("paragraph ", i)))
	}
	var done []int64
	read(t, w.New(body...), docx.Options{Progress: func(d, total int64) {
		require.LessOrEqual(t, d, total)
		done = append(done, d)
		if d == total {
			require.IsNonDecreasing(t, done)
		}
	}})
	require.Greater(t, len(done), 5)
}
