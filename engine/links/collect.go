package links

import (
	"errors"
	"path"
	"slices"
	"strings"

	"github.com/cespare/xxhash/v2"
)

// collector reads documents for the first phase and keeps only what the later ones need.
type collector struct {
	c       *checker
	reader  *reader
	doc     *document
	base    pageBase
	anchors []uint64
	refs    map[anchorRef]uint32
	broken  map[uint64]uint32
	cache   map[string]verdict
	key     []byte
}

// verdict is what is known of an address once its path is looked up.
type verdict struct {
	class    class
	file     fileID
	miss     uint64 // for classBroken
	raw, dec uint64 // hashes of the anchor asked for, 0 for none
	ignored  bool
}

// maxCache bounds the remembered addresses of one worker. Pages of one folder mostly share their navigation.
const maxCache = 1 << 14

func newCollector(c *checker) *collector {
	return &collector{
		c: c, reader: newReader(c, false),
		refs: map[anchorRef]uint32{}, broken: map[uint64]uint32{}, cache: map[string]verdict{},
	}
}

// read collects one document. A document that cannot be read to its end is marked, not refused.
func (col *collector) read(id fileID, f format) (*document, error) {
	err := col.attempt(id, f, nil)
	if errors.Is(err, errRestart) {
		base := col.reader.scanner.base
		err = col.attempt(id, f, &base)
		col.doc.base = &base
	}
	var incomplete *incompleteError
	if errors.As(err, &incomplete) {
		col.doc.incomplete, err = incomplete.reason, nil
	}
	if err != nil {
		return nil, err
	}
	col.finish()
	return col.doc, nil
}

func (col *collector) attempt(id fileID, f format, base *string) error {
	col.doc = &document{id: id, format: f}
	col.anchors = col.anchors[:0]
	clear(col.refs)
	clear(col.broken)
	col.setBase(base)
	return col.reader.read(id, f, base, col)
}

func (col *collector) setBase(href *string) {
	col.base = col.c.site.base(col.c.index.names[col.doc.id], href)
	col.doc.base = href
}

// anchor implements sink.
func (col *collector) anchor(name []byte) {
	col.anchors = append(col.anchors, xxhash.Sum64(name))
}

// reference implements sink.
func (col *collector) reference(r *reference) {
	if s := &col.reader.scanner; s.hasBase && !col.base.moved && col.doc.format == formatPage {
		base := s.base
		col.setBase(&base)
	}
	v := col.verdict(r)
	col.count(v)
	if v.ignored {
		return
	}
	switch {
	case v.class == classBroken:
		col.broken[v.miss]++
	case v.class == classInternal && v.file != noFile:
		if v.dec != 0 && col.c.docOf[v.file] >= 0 {
			col.refs[anchorRef{file: v.file, raw: v.raw, dec: v.dec}]++
		}
		if r.kind == KindStylesheet && strings.EqualFold(path.Ext(col.c.index.names[v.file]), ".css") {
			col.doc.styles = append(col.doc.styles, v.file)
		}
	}
	if r.attr == refreshAttr && v.class != classBroken {
		col.doc.refresh, col.doc.refreshes = v.file, true
	}
}

func (col *collector) count(v verdict) {
	counts := &col.doc.counts
	counts.links++
	switch {
	case v.ignored:
		counts.ignored++
	case v.class == classExternal:
		counts.external++
	case v.class == classOther:
		counts.other++
	default:
		counts.internal++
	}
}

// verdict judges an address, from memory where the same one was seen in the same folder.
func (col *collector) verdict(r *reference) verdict {
	if len(r.url) == 0 || r.url[0] == '#' || r.url[0] == '?' || len(r.url) > 512 {
		return col.judge(r)
	}
	key := col.key[:0]
	if r.url[0] != '/' && !hasHTTPScheme(r.url) {
		key = append(append(key, col.base.dir...), 0)
	}
	key = append(key, r.url...)
	col.key = key
	if v, ok := col.cache[string(key)]; ok && !col.base.moved {
		return v
	}
	v := col.judge(r)
	if !col.base.moved {
		if len(col.cache) >= maxCache {
			clear(col.cache)
		}
		col.cache[string(key)] = v
	}
	return v
}

func (col *collector) judge(r *reference) verdict {
	f := col.c.judge(col.doc.id, col.base, r)
	v := verdict{class: f.class, file: f.file, ignored: f.ignored}
	if f.class == classBroken {
		v.miss = f.hash()
	} else if anchor := anchorOf(f.fragment); anchor != "" && f.class == classInternal {
		v.raw, v.dec = xxhash.Sum64String(anchor), xxhash.Sum64String(decodeFragment(anchor))
	}
	return v
}

// finish packs what was collected; links to anchors of the page itself are judged at once.
func (col *collector) finish() {
	doc := col.doc
	slices.Sort(col.anchors)
	doc.anchors = slices.Clone(slices.Compact(col.anchors))
	for ref, n := range col.refs {
		if ref.file != doc.id || !(doc.has(ref.raw) || doc.has(ref.dec)) {
			ref.count = n
			doc.refs = append(doc.refs, ref)
		}
	}
	for hash, n := range col.broken {
		doc.broken = append(doc.broken, missRef{hash: hash, count: n})
	}
	slices.Sort(doc.styles)
	doc.styles = slices.Clone(slices.Compact(doc.styles))
}

func (d *document) has(anchor uint64) bool {
	_, ok := slices.BinarySearch(d.anchors, anchor)
	return ok
}
