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
	broken  map[missKey]uint32
	cache   map[string]verdict
	key     []byte

	pageNames []string // see [collector.names]
	externals map[externalKey]*externalPlaces
}

// verdict is what is known of an address once its path is looked up.
type verdict struct {
	class    class
	file     fileID
	miss     uint64     // for classBroken
	raw, dec uint64     // hashes of the anchor asked for, 0 for none
	ignores  []ignoreID // that match the address
}

// maxCache bounds the remembered addresses of one worker. Pages of one folder mostly share their navigation.
const maxCache = 1 << 14

func newCollector(c *checker) *collector {
	return &collector{
		c: c, reader: newReader(c, false),
		refs: map[anchorRef]uint32{}, broken: map[missKey]uint32{}, cache: map[string]verdict{},
		externals: map[externalKey]*externalPlaces{},
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
	col.anchors, col.pageNames = col.anchors[:0], nil
	clear(col.externals)
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
	switch {
	case v.class == classExternal && col.c.options.External:
		col.external(r)
	case v.class == classBroken:
		col.broken[missKey{v.miss, col.ignore(v)}]++
	case v.class == classInternal && v.file != noFile:
		if v.dec != 0 && col.c.docOf[v.file] >= 0 {
			col.refs[anchorRef{file: v.file, raw: v.raw, dec: v.dec, ignore: col.ignore(v)}]++
		}
		if r.kind == KindStylesheet && strings.EqualFold(path.Ext(col.c.index.names[v.file]), ".css") {
			col.doc.styles = append(col.doc.styles, v.file)
		}
	}
	if r.attr == refreshAttr && v.class != classBroken {
		col.doc.refresh, col.doc.refreshes = v.file, true
	}
}

// ignore returns what excuses a link on the page in hand.
func (col *collector) ignore(v verdict) ignoreID {
	if len(v.ignores) == 0 {
		return 0
	}
	return col.c.ignores.onPage(v.ignores, col.names())
}

// names are the names of the page in hand, for ignores.
func (col *collector) names() []string {
	if col.pageNames == nil {
		col.pageNames = col.c.pageNames(col.doc.id)
	}
	return col.pageNames
}

func (col *collector) count(v verdict) {
	counts := &col.doc.counts
	counts.links++
	switch {
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
	if len(r.url) == 0 || r.url[0] == '#' || r.url[0] == '?' || len(r.url) > 512 || len(r.integrity) > 0 {
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
	v := verdict{class: f.class, file: f.file}
	if f.class == classBroken {
		v.miss, v.ignores = f.hash(), col.c.candidates(&f)
	} else if anchor := anchorOf(f.fragment); anchor != "" && f.class == classInternal {
		v.raw, v.dec = xxhash.Sum64String(anchor), xxhash.Sum64String(decodeFragment(anchor))
		if f.file != noFile {
			v.ignores = col.c.candidates(&f)
		}
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
	for key, n := range col.broken {
		doc.broken = append(doc.broken, missRef{key, n})
	}
	if len(col.externals) > 0 {
		col.c.addExternals(col.externals)
		col.externals = map[externalKey]*externalPlaces{}
	}
	slices.Sort(doc.styles)
	doc.styles = slices.Clone(slices.Compact(doc.styles))
}

func (d *document) has(anchor uint64) bool {
	_, ok := slices.BinarySearch(d.anchors, anchor)
	return ok
}
