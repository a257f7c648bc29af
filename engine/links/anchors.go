package links

import "context"

// anchorList is a sink that keeps the names of a page's anchors, for suggestions.
type anchorList struct{ names []string }

// maxSuggested bounds how many anchors of a page are compared for a suggestion.
const maxSuggested = 1_000

func (l *anchorList) reference(*reference) {}

func (l *anchorList) anchor(name []byte) {
	if len(l.names) < maxSuggested && len(name) < maxHref {
		l.names = append(l.names, validText(string(name)))
	}
}

// anchorNames returns a function that reads a page's anchors again. It remembers a hundred pages and gives up without
// an error: a suggestion is a courtesy.
func (c *checker) anchorNames(ctx context.Context) func(fileID) []string {
	pages := newReader(c, false)
	known := map[fileID][]string{}
	return func(id fileID) []string {
		if names, ok := known[id]; ok || ctx.Err() != nil {
			return names
		}
		if len(known) >= 100 {
			clear(known)
		}
		var list anchorList
		doc := c.docs[c.docOf[id]]
		if err := pages.read(id, formatPage, doc.base, &list); err != nil {
			list.names = nil
		}
		known[id] = list.names
		return list.names
	}
}
