package api

import (
	"bytes"
	"net/url"
	"regexp"
	"strings"

	"golang.org/x/net/html"
)

// A rebaser leads links of a site to where it is previewed. It changes links that
// name the site's own address, whole or from the root of its server on; relative
// ones are right already. Addresses that scripts put together are left alone.
type rebaser struct {
	address string // https://docs.example.org/guide/
	noHost  string // //docs.example.org/guide/
	root    string // /guide/
	to      string // /v1/jobs/…/preview/
}

func newRebaser(address, to string) rebaser {
	r := rebaser{address: address, root: "/", to: to}
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		r.noHost = "//" + u.Host + u.EscapedPath()
		r.root = u.EscapedPath()
	}
	return r
}

// link returns where a link of the site leads in the preview.
func (r rebaser) link(link string) string {
	for _, base := range []string{r.address, r.noHost} {
		if rest, ok := strings.CutPrefix(link, base); ok && base != "" {
			return r.to + rest
		}
	}
	if strings.HasPrefix(link, "//") || strings.HasPrefix(link, "/\\") {
		return link
	}
	if rest, ok := strings.CutPrefix(link, r.root); ok && r.root != "" {
		return r.to + rest
	}
	return link
}

// linkAttributes are the attributes of HTML that hold one address.
var linkAttributes = map[string]bool{
	"href": true, "src": true, "action": true, "formaction": true, "poster": true, "data": true, "xlink:href": true,
}

// html writes a page with its links led into the preview. What is no link stays as
// it is, byte by byte.
func (r rebaser) html(w *bytes.Buffer, page []byte) {
	tokens := html.NewTokenizer(bytes.NewReader(page))
	style := false
	for {
		kind := tokens.Next()
		raw := bytes.Clone(tokens.Raw())
		switch kind {
		case html.ErrorToken:
			w.Write(raw)
			return
		case html.StartTagToken, html.SelfClosingTagToken:
			token := tokens.Token()
			style = token.Data == "style"
			if r.tag(&token) {
				raw = []byte(token.String())
			}
		case html.EndTagToken:
			style = false
		case html.TextToken:
			if style {
				raw = []byte(r.css(string(raw)))
			}
		}
		w.Write(raw)
	}
}

// tag changes the links of a tag and reports whether there were any.
func (r rebaser) tag(token *html.Token) (changed bool) {
	for i, a := range token.Attr {
		value := a.Val
		switch {
		case linkAttributes[a.Key]:
			value = r.link(strings.TrimSpace(value))
		case a.Key == "srcset" || a.Key == "imagesrcset":
			value = r.srcset(value)
		case a.Key == "style":
			value = r.css(value)
		case a.Key == "integrity":
			// The digest of a style sheet is not that of the one with other links.
			token.Attr[i].Key, changed = "data-integrity", true
			continue
		}
		if value != a.Val {
			token.Attr[i].Val, changed = value, true
		}
	}
	return changed
}

// srcset changes the addresses in a list of images with their sizes.
func (r rebaser) srcset(list string) string {
	images := strings.Split(list, ",")
	for i, image := range images {
		link := strings.TrimSpace(image)
		images[i] = strings.Replace(image, link, r.link(link), 1)
	}
	return strings.Join(images, ",")
}

var cssLink = regexp.MustCompile(`(?i)(url\(\s*['"]?|@import\s+['"])([^'")\s]+)`)

// css changes the addresses in a style sheet.
func (r rebaser) css(sheet string) string {
	return cssLink.ReplaceAllStringFunc(sheet, func(found string) string {
		parts := cssLink.FindStringSubmatch(found)
		return parts[1] + r.link(parts[2])
	})
}
