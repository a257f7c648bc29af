package links

import (
	"cmp"
	"net/url"
	"path"
	"slices"
	"strings"
)

// Baseline is the internal breakage of a release, for later checks to compare with. Links that are ignored are part of
// it: they are there all the same.
type Baseline struct {
	Release string                 `json:"release,omitempty"` // for people
	Targets map[string]KnownTarget `json:"targets"`           // by address, without the base path of the site
	// Unlisted is how many broken links were too many for the list of targets.
	Unlisted int `json:"unlisted,omitempty"`
}

// KnownTarget is a broken address with the pages that lead to it. Lines are no part of it, they move with every edit.
type KnownTarget struct {
	Pages []string `json:"pages"` // sorted
	// Everywhere is set where the list of pages was cut: the link comes from a template and counts as known on all.
	Everywhere bool `json:"everywhere,omitempty"`
}

// Baseline returns what later checks compare with.
func (r *Report) Baseline() *Baseline {
	b := &Baseline{Targets: map[string]KnownTarget{}, Unlisted: r.unlisted()}
	for _, t := range slices.Concat(r.Broken, r.IgnoredTargets) {
		known := b.Targets[r.relative(t.URL)]
		known.Everywhere = known.Everywhere || t.Links > len(t.Places)
		for _, p := range t.Places {
			known.Pages = append(known.Pages, p.Page)
		}
		slices.Sort(known.Pages)
		known.Pages = slices.Compact(known.Pages)
		b.Targets[r.relative(t.URL)] = known
	}
	return b
}

// unlisted counts the broken links of targets that the report does not list.
func (r *Report) unlisted() int {
	n := r.BrokenLinks
	for _, t := range r.Broken {
		n -= t.Links
	}
	return n
}

// Compare marks what is broken now and was not in old, and counts it. With nil everything is new. Targets with new
// links come first.
//
// Where lists were cut, Compare errs on the quiet side for the old one (a target whose list was cut counts as known on
// every page) and on the loud side for the new one (links that are not listed are taken for new if the target was
// unknown).
func (r *Report) Compare(old *Baseline) {
	r.NewLinks, r.NewTargets, r.Mended, r.ComparedWith = 0, 0, 0, ""
	if old == nil {
		old = &Baseline{}
	}
	r.ComparedWith = old.Release
	for i := range r.Broken {
		t := &r.Broken[i]
		t.compare(old.Targets[r.relative(t.URL)])
		r.NewLinks += t.New
		r.NewTargets += min(t.New, 1)
	}
	r.NewLinks += max(0, r.unlisted()-old.Unlisted)
	r.Mended = old.mended(r.Baseline())
	slices.SortStableFunc(r.Broken, func(a, b Target) int { return cmp.Compare(min(b.New, 1), min(a.New, 1)) })
}

// compare marks the places of a target that are new.
func (t *Target) compare(known KnownTarget) {
	t.New = 0
	listedAsKnown := 0
	for i := range t.Places {
		p := &t.Places[i]
		_, found := slices.BinarySearch(known.Pages, p.Page)
		p.New = !found && !known.Everywhere
		if !p.New {
			listedAsKnown++
		}
	}
	if !known.Everywhere {
		t.New = t.Links - listedAsKnown
	}
}

// mended counts the links, one a target and page, that are not broken any more.
func (b *Baseline) mended(now *Baseline) int {
	n := 0
	for target, old := range b.Targets {
		known, still := now.Targets[target]
		switch {
		case !still:
			n += max(1, len(old.Pages))
		case !known.Everywhere:
			for _, page := range old.Pages {
				if _, found := slices.BinarySearch(known.Pages, page); !found {
					n++
				}
			}
		}
	}
	return n
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
