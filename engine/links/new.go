package links

import (
	"net/url"
	"path"
	"slices"
	"strings"
)

// breakage identifies a broken link between two reports: its target, without the base path of the site, and the page
// that it stands on. Lines are no part of it, they move with every edit.
type breakage struct{ target, page string }

// New returns the part of the report that old does not have, for checks that only stop on new breakage. Counts follow
// what is returned.
//
// Where a report lists only some of a target's places, New errs on the quiet side for the old one (a target whose list
// was cut counts as known on every page: it comes from a template) and on the loud side for the new one (links that
// are not listed are taken for new if the target was unknown).
func (r *Report) New(old *Report) *Report {
	if old == nil {
		old = &Report{}
	}
	known, everywhere := old.breakages()
	fresh := *r
	fresh.Broken, fresh.BrokenLinks, fresh.BrokenTargets = []Target{}, 0, 0
	for _, t := range r.Broken {
		target := r.relative(t.URL)
		if everywhere[target] {
			continue
		}
		unseen := slices.Clone(t.Places)
		unseen = slices.DeleteFunc(unseen, func(p Place) bool { return known[breakage{target, p.Page}] })
		if len(unseen) == 0 && t.Links == len(t.Places) {
			continue
		}
		if dropped := len(t.Places) - len(unseen); dropped > 0 {
			t.Links -= dropped
			t.Pages = max(1, t.Pages-distinctPages(t.Places)+distinctPages(unseen))
		}
		t.Places = unseen
		fresh.Broken = append(fresh.Broken, t)
		fresh.BrokenLinks += t.Links
		fresh.BrokenTargets++
	}
	return &fresh
}

// breakages returns what a report lists, and the targets whose list was cut.
func (r *Report) breakages() (known map[breakage]bool, everywhere map[string]bool) {
	known, everywhere = map[breakage]bool{}, map[string]bool{}
	for _, t := range r.Broken {
		target := r.relative(t.URL)
		if t.Links > len(t.Places) {
			everywhere[target] = true
		}
		for _, p := range t.Places {
			known[breakage{target, p.Page}] = true
		}
	}
	return known, everywhere
}

// relative removes the base path, so that reports of the same site on two targets can be compared.
func (r *Report) relative(target string) string {
	u, err := url.Parse(r.BaseURL)
	if err != nil {
		return target
	}
	prefix := path.Clean("/" + u.Path)
	if rest, ok := strings.CutPrefix(target, prefix); ok && prefix != "/" && (rest == "" || rest[0] == '/') {
		return rest
	}
	return target
}

func distinctPages(places []Place) int {
	pages := map[string]bool{}
	for _, p := range places {
		pages[p.Page] = true
	}
	return len(pages)
}
