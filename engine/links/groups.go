package links

import (
	"cmp"
	"slices"
)

// groupKey identifies a broken target: a missing anchor of a file, or an address by its hash with noFile.
type groupKey struct {
	file   fileID
	hash   uint64
	ignore ignoreID // what excuses the links, 0 for those of the report's main list
}

// group is a broken target with the documents that lead to it.
type group struct {
	key   groupKey
	docs  []int32 // positions in checker.docs, ascending
	count int     // links
	keep  int     // places that the report lists
	last  int32   // the last document that must be read again for them
}

// findGroups judges the anchors and gathers everything broken by target, the most frequent first: where the report is
// cut, what most readers meet stays.
func (c *checker) findGroups() []*group {
	byKey := map[groupKey]*group{}
	add := func(key groupKey, doc int, n uint32) {
		g := byKey[key]
		if g == nil {
			g = &group{key: key}
			byKey[key] = g
		}
		g.docs = append(g.docs, int32(doc))
		g.count += int(n)
	}
	for i, doc := range c.docs {
		for _, miss := range doc.broken {
			add(groupKey{noFile, miss.hash, miss.ignore}, i, miss.count)
		}
		for _, ref := range doc.refs {
			if !c.hasAnchor(ref) {
				add(groupKey{ref.file, ref.dec, ref.ignore}, i, ref.count)
			}
		}
	}
	groups := make([]*group, 0, len(byKey))
	for _, g := range byKey {
		g.docs = slices.Compact(g.docs)
		groups = append(groups, g)
	}
	slices.SortFunc(groups, func(a, b *group) int {
		return cmp.Or(
			cmp.Compare(b.count, a.count), cmp.Compare(a.docs[0], b.docs[0]),
			cmp.Compare(a.key.file, b.key.file), cmp.Compare(a.key.hash, b.key.hash),
			cmp.Compare(a.key.ignore, b.key.ignore),
		)
	})
	return groups
}

// maxRefreshes bounds the chain of pages that send the reader on.
const maxRefreshes = 5

// hasAnchor follows pages that only forward (Hugo's aliases) to the one that the reader ends on.
func (c *checker) hasAnchor(ref anchorRef) bool {
	file := ref.file
	for range maxRefreshes {
		if file == noFile || c.docOf[file] < 0 {
			return true
		}
		doc := c.docs[c.docOf[file]]
		if doc.incomplete != "" || doc.has(ref.raw) || doc.has(ref.dec) {
			return true
		}
		if !doc.refreshes {
			return false
		}
		file = doc.refresh
	}
	return true
}

// budget decides how many places of each target the report lists, and so which documents are read again. It returns
// the groups that fit.
func budget(groups []*group, limits Limits) []*group {
	left := limits.Places
	for i, g := range groups {
		if i >= limits.Targets || left == 0 {
			return groups[:i]
		}
		g.keep = min(g.count, limits.PlacesPerTarget, left)
		left -= g.keep
		g.last = g.docs[min(g.keep, len(g.docs))-1]
	}
	return groups
}
