package links

import (
	"bytes"
	"encoding/xml"
	"io"
	"strings"
)

// scanSitemap hands over every <loc> and <xhtml:link> of a sitemap or sitemap index (sitemaps.org, 0.9). It reads raw tokens: nothing
// is nested in memory. What is not XML ends the reading.
func scanSitemap(r io.Reader, out sink, limits Limits) error {
	file := &watchedReader{Reader: r}
	decoder := xml.NewDecoder(file)
	decoder.Strict = false
	decoder.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil } // addresses are ASCII
	var loc bool
	for links := 0; links < limits.LinksPerPage; {
		line, column := decoder.InputPos()
		token, err := decoder.RawToken()
		if err != nil {
			return file.err // nil at the end and for all that is not XML
		}
		switch t := token.(type) {
		case xml.StartElement:
			loc = t.Name.Local == "loc"
			if url := alternate(t); url != "" {
				links++
				out.reference(&reference{url: []byte(url), element: "link", attr: "href", kind: KindSitemap, line: line, column: column})
			}
		case xml.EndElement:
			loc = false
		case xml.CharData:
			if url := bytes.TrimSpace(t); loc && len(url) > 0 {
				links++
				out.reference(&reference{url: url, element: "loc", kind: KindSitemap, line: line, column: column})
			}
		}
	}
	return nil
}

// alternate returns the address of an xhtml:link, which names a page in another language.
func alternate(t xml.StartElement) string {
	if t.Name.Local != "link" {
		return ""
	}
	for _, a := range t.Attr {
		if a.Name.Local == "href" {
			return strings.TrimSpace(a.Value)
		}
	}
	return ""
}

// watchedReader remembers why reading failed, to tell a broken file from a broken document.
type watchedReader struct {
	io.Reader
	err error
}

func (r *watchedReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err != nil && err != io.EOF {
		r.err = err
	}
	return n, err
}
