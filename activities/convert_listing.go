package activities

import (
	"path"
	"strings"
)

// A listing is the documents of a job, to be found by their paths and by what authors
// type for them.
type listing struct {
	digests map[string]string // by path
	folded  map[string]string // path by folded path; "" if several have it
}

func newListing(plan []planned) *listing {
	l := &listing{digests: map[string]string{}, folded: map[string]string{}}
	for _, p := range plan {
		l.digests[p.Path] = p.SHA256
		key := strings.ToLower(p.Path)
		if _, twice := l.folded[key]; twice {
			l.folded[key] = ""
			continue
		}
		l.folded[key] = p.Path
	}
	return l
}

// find returns the path of the document that a path means: the one that has it, or has it
// in another case, or is the .docx that an old .doc has become.
func (l *listing) find(document string) (string, bool) {
	if _, ok := l.digests[document]; ok {
		return document, true
	}
	folded := strings.ToLower(document)
	names := []string{folded}
	if path.Ext(folded) == ".doc" {
		names = append(names, folded+"x", folded+"m")
	}
	for _, name := range names {
		if found := l.folded[name]; found != "" {
			return found, true
		}
	}
	return "", false
}

// digest is that of the document that a path means; "" if there is none.
func (l *listing) digest(document string) string {
	found, _ := l.find(document)
	return l.digests[found]
}
