package xmltoken

import (
	"bytes"
	"strings"
)

// maxNames bounds the names that are remembered: a hostile file has as many as bytes.
const maxNames = 4096

// names resolves the names of a file to those by which a format is known (Namespaces
// in XML 1.0, 5 and 6).
type names struct {
	known      func(namespace string) string
	prefixes   map[string]string // that are bound, by those of the file; "" is no namespace
	shadowed   []binding
	elements   map[string]string // resolved, by names as they are written
	attributes map[string]string
}

// A binding is what a prefix stood for before an element at a depth bound it.
type binding struct {
	depth         int
	prefix, known string
	bound         bool
}

func newNames(known func(namespace string) string) names {
	if known == nil {
		known = func(string) string { return "" }
	}
	return names{known: known, prefixes: map[string]string{}, elements: map[string]string{}, attributes: map[string]string{}}
}

const xmlNamespace = "http://www.w3.org/XML/1998/namespace"

// Prefix returns the prefix by which the namespace is known that a prefix of the file
// stands for where the reader is; "?" for any other.
func (n *names) Prefix(own string) string {
	if own == "xml" {
		return n.of(xmlNamespace)
	}
	if known, bound := n.prefixes[own]; bound {
		return known
	}
	return "?"
}

func (n *names) of(namespace string) string {
	if namespace == "" {
		return ""
	}
	if known := n.known(namespace); known != "" {
		return known
	}
	return "?"
}

// declaration returns the prefix that an attribute of a name declares, "" for the
// default namespace; false for other attributes.
func declaration(name []byte) (prefix []byte, ok bool) {
	rest, ok := bytes.CutPrefix(name, []byte("xmlns"))
	switch {
	case !ok || len(rest) == 0:
		return nil, ok
	case rest[0] != ':' || len(rest) == 1 || bytes.IndexByte(rest[1:], ':') >= 0 || !isName(name):
		return nil, false
	}
	return rest[1:], true
}

// bind makes a prefix stand for a namespace in an element at a depth.
func (n *names) bind(depth int, prefix []byte, namespace string) {
	known := n.of(namespace)
	before, bound := n.prefixes[string(prefix)]
	if bound && before == known {
		return
	}
	own := string(prefix)
	n.shadowed = append(n.shadowed, binding{depth, own, before, bound})
	n.prefixes[own] = known
	n.forget()
}

// unbind ends what elements at a depth have bound.
func (n *names) unbind(depth int) {
	for i := len(n.shadowed) - 1; i >= 0 && n.shadowed[i].depth >= depth; i-- {
		b := n.shadowed[i]
		if b.bound {
			n.prefixes[b.prefix] = b.known
		} else {
			delete(n.prefixes, b.prefix)
		}
		n.shadowed = n.shadowed[:i]
		n.forget()
	}
}

func (n *names) forget() {
	clear(n.elements)
	clear(n.attributes)
}

// element returns the name of an element; false if it is none.
func (n *names) element(written []byte) (string, bool) {
	if name, ok := n.elements[string(written)]; ok {
		return name, true
	}
	return n.resolve(n.elements, string(written), n.prefixes[""])
}

// attributeName does the same for an attribute, for which there is no default namespace.
func (n *names) attributeName(written []byte) (string, bool) {
	if name, ok := n.attributes[string(written)]; ok {
		return name, true
	}
	return n.resolve(n.attributes, string(written), "")
}

func (n *names) resolve(cache map[string]string, written, otherwise string) (string, bool) {
	if !isName([]byte(written)) || strings.Count(written, ":") > 1 {
		return "", false
	}
	prefix, local, qualified := strings.Cut(written, ":")
	if qualified = qualified && prefix != "" && local != ""; qualified {
		prefix = n.Prefix(prefix)
	} else {
		prefix, local = otherwise, written
	}
	name := local
	if prefix != "" {
		name = prefix + ":" + local
	}
	if len(cache) < maxNames {
		cache[written] = name
	}
	return name, true
}

// local is a name as it is written without its prefix.
func local(name []byte) string {
	if _, local, ok := bytes.Cut(name, []byte(":")); ok && len(local) > 0 && len(local) < len(name)-1 {
		return string(local)
	}
	return string(name)
}
