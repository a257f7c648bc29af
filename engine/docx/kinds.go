package docx

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
)

// refuseOtherKinds refuses what is no zip archive with a name for what it is.
func refuseOtherKinds(r io.ReaderAt, size int64) error {
	if size == 0 {
		return refuse(Damaged, "the file is empty")
	}
	head := make([]byte, min(size, 1024))
	if _, err := r.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if bytes.HasPrefix(head, []byte("PK")) {
		return nil
	}
	if bytes.HasPrefix(head, []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")) {
		return refuseCompound(r, head)
	}
	return otherKind(head)
}

func otherKind(head []byte) error {
	start := strings.ToLower(strings.TrimLeft(strings.TrimPrefix(string(head), "\xEF\xBB\xBF"), " \t\r\n"))
	switch {
	case strings.HasPrefix(start, `{\rtf`):
		return notWord("an RTF file")
	case strings.HasPrefix(start, "%pdf"):
		return notWord("a PDF file")
	case strings.Contains(start, "xmlpackage") || strings.Contains(start, "office/word/2003/wordml"):
		return notWord("a Word document in the form of a single XML file")
	case strings.HasPrefix(start, "<!doctype html"), strings.Contains(start, "<html"):
		return notWord("a web page")
	case strings.HasPrefix(start, "mime-version:"):
		return notWord("a web archive")
	case strings.Trim(start, "\x00") == "":
		return refuse(Damaged, "the file is damaged: it holds nothing but zeros; get an intact copy")
	}
	return refuse(NotWord, "the file is not a Word document (.docx), whatever its name says")
}

func notWord(kind string) error {
	return refuse(NotWord, "the file is %s, whatever its name says; open it in Word and save it as .docx", kind)
}

// refuseCompound looks into an OLE compound file ([MS-CFB]): Word of before 2007
// saves documents as one, and Word of today those with a password.
func refuseCompound(r io.ReaderAt, head []byte) error {
	names := compoundNames(r, head)
	switch {
	case bytes.Contains(names, utf16("EncryptedPackage")), bytes.Contains(names, utf16("DRMEncryptedDataSpace")):
		return refuse(Encrypted, "the file is protected by a password; open it in Word and save it without one")
	case bytes.Contains(names, utf16("WordDocument")):
		return refuse(NotWord, "the file is a Word 97-2003 document, which .doc files are; open it in Word and save it as .docx")
	case bytes.Contains(names, utf16("Workbook")), bytes.Contains(names, utf16("Book")):
		return notWordKind("an old Excel workbook (.xls)")
	case bytes.Contains(names, utf16("PowerPoint Document")):
		return notWordKind("an old PowerPoint presentation (.ppt)")
	}
	return refuse(NotWord, "the file is an OLE compound file and no Word document (.docx), whatever its name says")
}

// compoundNames returns the bytes of the directory: its first sector ([MS-CFB],
// 2.2 and 2.6) and what follows, which holds the streams of the root in files
// that Word writes; else of the beginning of the file.
func compoundNames(r io.ReaderAt, head []byte) []byte {
	if len(head) < 512 {
		return nil
	}
	shift, sector := binary.LittleEndian.Uint16(head[30:]), binary.LittleEndian.Uint32(head[48:])
	names := make([]byte, 64<<10)
	if shift == 9 || shift == 12 {
		n, _ := r.ReadAt(names, (int64(sector)+1)<<shift) // what cannot be read names nothing
		if bytes.Contains(names[:n], utf16("Root Entry")) {
			return names[:n]
		}
	}
	names = make([]byte, 1<<20)
	n, _ := r.ReadAt(names, 0)
	return names[:n]
}

func utf16(s string) []byte {
	b := make([]byte, 0, 2*len(s))
	for i := range len(s) {
		b = append(b, s[i], 0)
	}
	return b
}

func notWordKind(kind string) error {
	return refuse(NotWord, "the file is %s, whatever its name says; only Word documents are read", kind)
}
