package links

import (
	"bytes"
	"strings"
)

// Kind says what a link is for.
type Kind string

// The kinds of links.
const (
	KindLink       Kind = "link"       // a, area
	KindImage      Kind = "image"      // img, picture, poster, icon, SVG image and use, og:image
	KindStylesheet Kind = "stylesheet" // link rel=stylesheet, @import
	KindScript     Kind = "script"
	KindFrame      Kind = "frame" // iframe, frame, object, embed
	KindMedia      Kind = "media" // video, audio, track
	KindMeta       Kind = "meta"  // other link relations, meta refresh
	KindCSS        Kind = "css"   // url() in a style
	KindSitemap    Kind = "sitemap"
	KindRedirect   Kind = "redirect" // the target of a rule in _redirects
)

// linkAttr is one attribute that holds an address.
type linkAttr struct {
	name   string
	kind   Kind
	srcset bool
}

// elementRules lists the addresses that a browser or a reader follows in plain attributes. link, meta and style need
// more than one attribute and are handled in code. Forms are left out: their targets are programs, not pages.
var elementRules = map[string][]linkAttr{
	"a":       {{name: "href", kind: KindLink}, {name: "xlink:href", kind: KindLink}},
	"area":    {{name: "href", kind: KindLink}},
	"img":     {{name: "src", kind: KindImage}, {name: "srcset", kind: KindImage, srcset: true}},
	"source":  {{name: "src", kind: KindMedia}, {name: "srcset", kind: KindImage, srcset: true}},
	"script":  {{name: "src", kind: KindScript}},
	"iframe":  {{name: "src", kind: KindFrame}},
	"frame":   {{name: "src", kind: KindFrame}},
	"embed":   {{name: "src", kind: KindFrame}},
	"object":  {{name: "data", kind: KindFrame}},
	"video":   {{name: "src", kind: KindMedia}, {name: "poster", kind: KindImage}},
	"audio":   {{name: "src", kind: KindMedia}},
	"track":   {{name: "src", kind: KindMedia}},
	"input":   {{name: "src", kind: KindImage}},
	"use":     {{name: "href", kind: KindImage}, {name: "xlink:href", kind: KindImage}},
	"image":   {{name: "href", kind: KindImage}, {name: "xlink:href", kind: KindImage}},
	"feimage": {{name: "href", kind: KindImage}, {name: "xlink:href", kind: KindImage}},
}

// linksOf hands over every address of the tag in hand.
func (s *pageScanner) linksOf(tag string, at position) error {
	for _, rule := range elementRules[tag] {
		val, ok := s.attrs.get(rule.name)
		if !ok {
			continue
		}
		if err := s.attrLink(tag, rule, val, at); err != nil {
			return err
		}
	}
	if style, ok := s.attrs.get("style"); ok {
		if err := s.css(style, at, tag, "style"); err != nil {
			return err
		}
	}
	switch tag {
	case "link":
		return s.linkElement(at)
	case "meta":
		return s.metaElement(at)
	}
	return nil
}

func (s *pageScanner) attrLink(tag string, rule linkAttr, val []byte, at position) error {
	ref := reference{element: tag, attr: rule.name, kind: rule.kind, line: at.line, column: at.column}
	if s.keepText {
		ref.text = s.attrs.label()
		if s.open != nil && tag == "img" {
			s.open.ref.text = ref.text // a link around a picture is known by the picture's text
		}
	}
	if rule.srcset {
		for _, candidate := range parseSrcset(val) {
			ref.url = candidate
			if err := s.emit(&ref); err != nil {
				return err
			}
		}
		return nil
	}
	if len(bytes.TrimSpace(val)) == 0 && !s.emptyIsBroken(tag) {
		return nil
	}
	ref.url = val
	if tag == "script" || tag == "link" {
		ref.integrity, _ = s.attrs.get("integrity")
	}
	return s.emit(&ref)
}

// emptyIsBroken tells a forgotten picture (Markdown's ![text]()) from the empty frame that a script fills. An empty
// href is a link to the page itself.
func (s *pageScanner) emptyIsBroken(tag string) bool {
	return tag == "img" && !s.attrs.scripted
}

// linkElement handles <link>: its relation decides what is loaded.
func (s *pageScanner) linkElement(at position) error {
	rel, _ := s.attrs.get("rel")
	kind, follow := relKind(strings.Fields(strings.ToLower(string(rel))))
	if !follow {
		return nil
	}
	if set, ok := s.attrs.get("imagesrcset"); ok {
		if err := s.attrLink("link", linkAttr{"imagesrcset", KindImage, true}, set, at); err != nil {
			return err
		}
	}
	href, ok := s.attrs.get("href")
	if !ok {
		return nil
	}
	return s.attrLink("link", linkAttr{name: "href", kind: kind}, href, at)
}

func relKind(rels []string) (Kind, bool) {
	kind := KindMeta
	for _, rel := range rels {
		switch rel {
		case "preconnect", "dns-prefetch": // name a server, not a file
			return "", false
		case "stylesheet":
			kind = KindStylesheet
		case "icon", "apple-touch-icon", "mask-icon":
			kind = KindImage
		}
	}
	return kind, true
}

// metaElement handles <meta http-equiv=refresh> and the absolute picture addresses of link previews.
func (s *pageScanner) metaElement(at position) error {
	content, ok := s.attrs.get("content")
	if !ok {
		return nil
	}
	ref := reference{url: content, element: "meta", attr: "content", line: at.line, column: at.column}
	if equiv, _ := s.attrs.get("http-equiv"); bytes.EqualFold(bytes.TrimSpace(equiv), []byte("refresh")) {
		ref.url, ref.kind, ref.attr = parseRefresh(content), KindMeta, refreshAttr
	} else if s.previewImage() && hasHTTPScheme(content) {
		ref.kind = KindImage
	} else {
		return nil
	}
	if len(ref.url) == 0 {
		return nil
	}
	return s.emit(&ref)
}

func (s *pageScanner) previewImage() bool {
	for _, name := range []string{"property", "name"} {
		switch v, _ := s.attrs.get(name); string(v) {
		case "og:image", "og:image:url", "twitter:image":
			return true
		}
	}
	return false
}

// refreshAttr marks the reference of a meta refresh: the page stands in for its target.
const refreshAttr = "content (refresh)"
