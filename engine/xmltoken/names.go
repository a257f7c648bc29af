package xmltoken

import (
	"bytes"
	"encoding/binary"
	"strings"
)

// names resolves the names of a file to those by which a format is known (Namespaces
// in XML 1.0, 5 and 6).
type names struct {
	known      func(namespace string) string
	prefixes   map[string]string // that are bound, by those of the file; "" is no namespace
	shadowed   []binding
	elements   nameCache
	attributes nameCache
	cached     bool // there is something in the caches
}

// A nameCache remembers names by how they are written. Each has one place, from which
// it drives another one out: files have few names, and hostile ones as many as bytes.
type nameCache [256]knownName

type knownName struct{ written, name string }

// maxCachedName is the length of the longest names that are remembered.
const maxCachedName = 64

// place is where a name has its place: a hash of its first and last bytes.
func (c *nameCache) place(written []byte) *knownName {
	var a, b uint64
	switch n := len(written); {
	case n >= 8:
		a, b = binary.LittleEndian.Uint64(written), binary.LittleEndian.Uint64(written[n-8:])
	case n >= 4:
		a, b = uint64(binary.LittleEndian.Uint32(written)), uint64(binary.LittleEndian.Uint32(written[n-4:]))
	case n > 0:
		a, b = uint64(written[0]), uint64(written[n/2])<<8|uint64(written[n-1])
	}
	const mixer = 0x9E3779B97F4A7C15 // 2^64 divided by the golden ratio (Knuth, TAOCP 6.4)
	return &c[((a*mixer)^b)*mixer>>56]
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
	return names{known: known, prefixes: map[string]string{}}
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

// reset ends what a file has bound.
func (n *names) reset() {
	n.unbind(0)
	if cap(n.shadowed) > maxRoom {
		n.prefixes = map[string]string{} // one never gets smaller
	}
	n.shadowed = emptied(n.shadowed)
}

func (n *names) forget() {
	if n.cached {
		clear(n.elements[:])
		clear(n.attributes[:])
		n.cached = false
	}
}

// element returns the name of an element; false if it is none.
func (n *names) element(written []byte) (string, bool) { return n.name(&n.elements, written) }

// attribute does the same for an attribute, for which there is no default namespace.
func (n *names) attribute(written []byte) (string, bool) { return n.name(&n.attributes, written) }

func (n *names) name(cache *nameCache, written []byte) (string, bool) {
	known := cache.place(written)
	if known.name != "" && known.written == string(written) {
		return known.name, true
	}
	if !isName(written) || bytes.Count(written, colon) > 1 {
		return "", false
	}
	own := string(written)
	name := n.resolve(own, cache == &n.elements)
	if len(own) <= maxCachedName {
		*known, n.cached = knownName{own, name}, true
	}
	return name, true
}

func (n *names) resolve(written string, element bool) string {
	prefix, local, qualified := strings.Cut(written, ":")
	switch {
	case qualified && prefix != "" && local != "":
		prefix = n.Prefix(prefix)
	case element:
		prefix, local = n.prefixes[""], written
	default:
		prefix, local = "", written
	}
	if prefix == "" {
		return local
	}
	return prefix + ":" + local
}

var colon = []byte{':'}

// local is a name as it is written without its prefix.
func local(name []byte) string {
	if _, local, ok := bytes.Cut(name, []byte(":")); ok && len(local) > 0 && len(local) < len(name)-1 {
		return string(local)
	}
	return string(name)
}
