package activities

import (
	"fmt"

	"github.com/docjobs/docjobs/engine/links"
)

// logged bounds how many broken links the log lists; the report has them all.
const logged = 50

// logReport lists broken links in the log, and ignores that are of no use.
func (t *task) logReport(report *links.Report) {
	for _, use := range report.Ignores {
		if use.Links == 0 {
			t.log.Warn(fmt.Sprintf("An entry of links.ignore in docjobs.yaml matches no broken link and can be removed: %s %s", use.URL, use.Page))
		}
	}
	listed := 0
	for _, target := range report.Broken {
		for _, place := range target.Places {
			if listed++; listed > logged {
				t.log.Warn("More broken links are listed in reports/links.html.")
				return
			}
			where := placeOf(place)
			known := ""
			if !place.New {
				known = " (known)"
			}
			t.log.Warn(fmt.Sprintf("%s: %s: %s%s", position(where), place.Href, target.Message, known), "item", where.File)
		}
	}
}

// firstPlace is the first broken link of a report, a new one if it has one.
func firstPlace(report *links.Report) Place {
	for _, target := range report.Broken {
		for _, place := range target.Places {
			if report.NewLinks > 0 && target.New > 0 && !place.New {
				continue
			}
			where := placeOf(place)
			where.Detail = fmt.Sprintf("%s: %s", place.Href, target.Message)
			return where
		}
	}
	return Place{}
}

// placeOf is where a link stands: in the source where that is known, else in
// the built page.
func placeOf(p links.Place) Place {
	if p.Source != "" {
		return Place{File: p.Source, Line: p.SourceLine}
	}
	return Place{File: p.Page, Line: p.Line}
}

func position(p Place) string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d", p.File, p.Line)
}
