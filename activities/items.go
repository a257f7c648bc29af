package activities

import (
	"encoding/json"
	"fmt"
	"io"
	"path"
	"slices"

	"github.com/docjobs/docjobs/engine/links"
	"github.com/docjobs/docjobs/job"
)

// itemsOf returns an item for every page of the site, named by its source file
// where that is known. A page failed if its broken links keep the site from
// being released.
func itemsOf(pages []page, report *links.Report, policy job.LinkPolicy) ([]job.Item, job.ItemCounts) {
	broken, stops := map[string]int{}, map[string]bool{}
	first := map[string]*job.Error{}
	for _, target := range report.Broken {
		for _, place := range target.Places {
			broken[place.Page]++
			stops[place.Page] = stops[place.Page] || policy != job.LinksWarn && (policy != job.LinksNew || place.New)
			if first[place.Page] == nil {
				where := placeOf(place)
				first[place.Page] = &job.Error{
					Code: job.CodeLinksBroken, Cause: job.CauseContent, Step: checking.step,
					File: where.File, Line: where.Line,
					Message: fmt.Sprintf("The link %q is broken: %s", place.Href, target.Message),
					Hint:    "All broken links are listed in reports/links.html.",
				}
			}
		}
	}
	items := make([]job.Item, 0, len(pages))
	var counts job.ItemCounts
	sourcesKnown := slices.ContainsFunc(pages, func(p page) bool { return p.Source != "" })
	for _, page := range pages {
		if sourcesKnown && page.Source == "" && broken[page.Path] == 0 {
			continue // the generator's own, such as the list of a folder's pages
		}
		item := job.Item{Document: page.document(), State: job.StepCompleted, Outputs: []string{path.Join("site", page.Path)}}
		if n := broken[page.Path]; n > 0 {
			item.Warnings, item.Error = n, first[page.Path]
		}
		switch {
		case stops[page.Path]:
			item.State = job.StepFailed
			counts.Failed++
		case item.Warnings > 0:
			counts.Warnings++
			counts.Completed++
		default:
			counts.Completed++
		}
		items = append(items, item)
	}
	counts.Total = len(items)
	return items, counts
}

// writeLines writes each value as a line of JSON.
func writeLines[T any](w io.Writer, values []T) error {
	encoder := json.NewEncoder(w)
	for _, v := range values {
		if err := encoder.Encode(v); err != nil {
			return err
		}
	}
	return nil
}
