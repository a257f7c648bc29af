package docx

import (
	"bytes"
	"errors"
	"io"
	"path"
	"strings"
)

// Media opens a picture of the document as a stream. It ends with an [*Error] if it
// is larger than the limits allow. Only what Read listed can be opened.
func (p *Package) Media(m Media) (io.ReadCloser, error) {
	outer, inner, within := strings.Cut(m.Part, partSeparator)
	if p, ok := p.included[outer]; within && ok {
		return p.part(inner, p.limits.Bytes)
	}
	return p.part(m.Part, p.limits.Bytes)
}

// picture returns the index of a picture, in order of first use.
func (r *reader) picture(part string) int {
	key := strings.ToLower(part)
	if i, ok := r.media[key]; ok {
		return i
	}
	m := Media{Part: part, Size: r.pkg.size(part), MediaType: r.sniff(part)}
	r.media[key] = len(r.doc.Media)
	r.doc.Media = append(r.doc.Media, m)
	return r.media[key]
}

// sniffBytes is how much of a picture is looked at: an SVG may begin with comments.
const sniffBytes = 1024

// sniff tells the type of a picture by its content.
func (r *reader) sniff(part string) string {
	f, err := r.pkg.part(part, r.pkg.limits.Bytes)
	if err != nil {
		r.findings.add(Finding{Code: "damaged-picture", Part: part, Message: "a picture cannot be read"})
		return ""
	}
	defer f.Close()
	head := make([]byte, sniffBytes)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		r.findings.add(Finding{Code: "damaged-picture", Part: part, Message: "a picture cannot be read"})
		return ""
	}
	kind := pictureType(head[:n], strings.ToLower(path.Ext(part)))
	if !strings.HasPrefix(kind, "image/") {
		kind = orElse(kind, r.pkg.types.of(part))
	}
	switch kind {
	case "image/emf", "image/wmf", "image/tiff", "image/x-pict":
		r.findings.add(Finding{Code: "picture-format", Part: part, Message: "a picture has the format " + kind + ", which browsers do not show"})
	}
	return kind
}

// signatures are how files begin.
var signatures = []struct {
	at     int
	start  string
	result string
}{
	{0, "\x89PNG\r\n\x1A\n", "image/png"},
	{0, "\xFF\xD8\xFF", "image/jpeg"},
	{0, "GIF87a", "image/gif"},
	{0, "GIF89a", "image/gif"},
	{0, "BM", "image/bmp"},
	{0, "II*\x00", "image/tiff"},
	{0, "MM\x00*", "image/tiff"},
	{8, "WEBP", "image/webp"},
	{40, " EMF", "image/emf"},
	{0, "\xD7\xCD\xC6\x9A", "image/wmf"},
	{0, "\x01\x00\x09\x00", "image/wmf"},
	{0, "\x02\x00\x09\x00", "image/wmf"},
	{0, "%PDF", "application/pdf"},
	{0, "\xC5\xD0\xD3\xC6", "image/eps"},
	{0, "%!PS", "image/eps"},
	{0, "\x00\x00\x00\x0CjP  ", "image/jp2"},
	{0, "II\xBC", "image/vnd.ms-photo"},
}

// pictureType is the media type of a file that begins like this; "" if unknown.
func pictureType(head []byte, extension string) string {
	for _, s := range signatures {
		if len(head) >= s.at && bytes.HasPrefix(head[s.at:], []byte(s.start)) {
			return s.result
		}
	}
	switch {
	case bytes.HasPrefix(head, []byte("\x1F\x8B")) && (extension == ".emz" || extension == ".wmz"):
		return "image/" + strings.TrimSuffix(extension[1:], "z") + "f+gzip"
	case bytes.Contains(head, []byte("<svg")):
		return "image/svg+xml"
	case extension == ".pict" || extension == ".pct":
		return "image/x-pict"
	case extension == ".emf" || extension == ".wmf": // damaged, or of a kind without a signature
		return "image/" + extension[1:]
	}
	return ""
}
