package links

import (
	"bytes"

	"golang.org/x/net/html"
)

// attr is one attribute of the tag in hand; val is valid until the tokenizer moves on.
type attr struct {
	key string
	val []byte
}

// tagAttrs holds the attributes of one start tag that matter here, first of each name only, as browsers do.
type tagAttrs struct {
	list     []attr
	scripted bool // has id, class or data-*: scripts may fill an empty address
}

// keptAttr returns the constant for the attributes that matter here; a switch spares a string for all others.
func keptAttr(key []byte) (string, bool) {
	switch string(key) {
	case "id":
		return "id", true
	case "name":
		return "name", true
	case "href":
		return "href", true
	case "src":
		return "src", true
	case "alt":
		return "alt", true
	case "rel":
		return "rel", true
	case "style":
		return "style", true
	case "title":
		return "title", true
	case "content":
		return "content", true
	}
	return rareAttr(key)
}

func rareAttr(key []byte) (string, bool) {
	switch string(key) {
	case "srcset":
		return "srcset", true
	case "imagesrcset":
		return "imagesrcset", true
	case "xlink:href":
		return "xlink:href", true
	case "data":
		return "data", true
	case "poster":
		return "poster", true
	case "http-equiv":
		return "http-equiv", true
	case "property":
		return "property", true
	case "aria-label":
		return "aria-label", true
	case "integrity":
		return "integrity", true
	}
	return "", false
}

func (t *tagAttrs) read(z *html.Tokenizer, more bool) {
	t.list, t.scripted = t.list[:0], false
	for more {
		var key, val []byte
		key, val, more = z.TagAttr()
		name, known := keptAttr(key)
		if !known {
			t.scripted = t.scripted || scriptHook(key)
			continue
		}
		t.scripted = t.scripted || name == "id"
		if _, twice := t.get(name); !twice {
			t.list = append(t.list, attr{name, val})
		}
	}
}

// scriptHook tells whether scripts commonly find an element by this attribute.
func scriptHook(key []byte) bool {
	return string(key) == "class" || string(key) == "hidden" || bytes.HasPrefix(key, []byte("data-"))
}

func (t *tagAttrs) get(name string) ([]byte, bool) {
	for _, a := range t.list {
		if a.key == name {
			return a.val, true
		}
	}
	return nil, false
}

// label is the text that stands for an element without content: its alt, aria-label or title.
func (t *tagAttrs) label() string {
	for _, name := range []string{"alt", "aria-label", "title"} {
		if v, ok := t.get(name); ok && len(v) > 0 {
			return foldText(string(v[:min(len(v), 4*maxText)]))
		}
	}
	return ""
}
