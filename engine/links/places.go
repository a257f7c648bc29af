package links

import (
	"context"
	"errors"
	"slices"

	"github.com/cespare/xxhash/v2"
)

// hit is a broken link found again in the second look, with everything that the report tells.
type hit struct {
	key    groupKey
	target Target // without places
	place  Place
}

// locator is the sink of the second look at a page with broken links.
type locator struct {
	c      *checker
	reader *reader
	wanted map[groupKey]*group
	doc    int32
	base   pageBase
	hits   []hit
	taken  map[groupKey]int
	source *sourceFinder
}

// locate reads the documents again that the groups need and returns the hits of each, by position in checker.docs.
func (c *checker) locate(ctx context.Context, groups []*group) (map[int32][]hit, error) {
	wanted := make(map[groupKey]*group, len(groups))
	var docs []int32
	for _, g := range groups {
		wanted[g.key] = g
		for _, doc := range g.docs {
			if doc <= g.last {
				docs = append(docs, doc)
			}
		}
	}
	slices.Sort(docs)
	docs = slices.Compact(docs)
	found := make([][]hit, len(docs))
	err := c.parallel(ctx, len(docs), func() func(i int) error {
		l := &locator{
			c: c, reader: newReader(c, true), wanted: wanted, taken: map[groupKey]int{}, source: newSourceFinder(&c.options),
		}
		return func(i int) (err error) {
			found[i], err = l.read(docs[i])
			return err
		}
	})
	hits := make(map[int32][]hit, len(docs))
	for i, doc := range docs {
		hits[doc] = found[i]
	}
	return hits, err
}

func (l *locator) read(doc int32) ([]hit, error) {
	d := l.c.docs[doc]
	l.doc, l.hits = doc, nil
	l.base = l.c.site.base(l.c.index.names[d.id], d.base)
	clear(l.taken)
	err := l.reader.read(d.id, d.format, d.base, l)
	var incomplete *incompleteError
	if err != nil && !errors.As(err, &incomplete) {
		return nil, err
	}
	l.source.locate(l.c.index.names[d.id], l.hits)
	return l.hits, nil
}

func (l *locator) anchor([]byte) {}

// ignore returns what excuses a broken link on the page in hand.
func (l *locator) ignore(f *finding) ignoreID {
	candidates := l.c.candidates(f)
	if len(candidates) == 0 {
		return 0
	}
	return l.c.ignores.onPage(candidates, l.c.pageNames(l.c.docs[l.doc].id))
}

func (l *locator) reference(r *reference) {
	d := l.c.docs[l.doc]
	f := l.c.judge(d.id, l.base, r)
	key := groupKey{file: noFile}
	if f.class == classBroken {
		key.hash = f.hash()
	} else if anchor := anchorOf(f.fragment); anchor != "" && f.file != noFile {
		ref := anchorRef{file: f.file, raw: xxhash.Sum64String(anchor), dec: xxhash.Sum64String(decodeFragment(anchor))}
		if l.c.docOf[f.file] < 0 || l.c.hasAnchor(ref) {
			return
		}
		key = groupKey{file: f.file, hash: ref.dec}
	} else {
		return
	}
	key.ignore = l.ignore(&f)
	g := l.wanted[key]
	if g == nil || l.doc > g.last || l.taken[key] >= g.keep {
		return
	}
	l.taken[key]++
	l.hits = append(l.hits, hit{key: key, target: l.target(&f, r), place: l.place(r)})
}

func (l *locator) target(f *finding, r *reference) Target {
	t := Target{Kind: r.kind, Reason: f.reason, detail: f.detail, file: f.file, path: f.path}
	if f.class == classBroken {
		t.URL = f.url()
		return t
	}
	t.Reason = ReasonAnchor
	t.anchor = decodeFragment(anchorOf(f.fragment))
	t.URL = webPath(f.prefix, l.c.index.names[f.file]) + "#" + validText(t.anchor)
	return t
}

func (l *locator) place(r *reference) Place {
	return Place{
		Page: validText(l.c.index.names[l.c.docs[l.doc].id]), Line: r.line, Column: r.column,
		Href: cut(validText(string(r.url)), maxHref), Text: r.text, Element: r.element, Attribute: r.attr,
	}
}
