package weblinks

import (
	_ "embed"
	"encoding/json"
	"html/template"
	"io"

	"github.com/docjobs/docjobs/engine/links"
)

// Report tells which links to other sites lead nowhere, with the places where they stand.
type Report struct {
	Version   int       `json:"version"`
	Addresses int       `json:"addresses"` // asked about
	Links     int       `json:"links"`     // that lead to them
	OK        int       `json:"ok"`
	Cached    int       `json:"cached"` // of these, known from an earlier check
	Broken    []Finding `json:"broken"`
	Unknown   []Finding `json:"unknown"`
	Moved     []Finding `json:"moved,omitempty"` // work, but the server says that they have another address for good
}

// Finding is an answer with the places of its links.
type Finding struct {
	Answer
	Links  int           `json:"links"`
	Places []links.Place `json:"places"` // the first ones
}

// ReportVersion is the version of the report's JSON form.
const ReportVersion = 1

// NewReport puts answers and links together; both have the same order.
func NewReport(answers []Answer, found []links.ExternalLink) *Report {
	r := &Report{Version: ReportVersion, Addresses: len(answers), Broken: []Finding{}, Unknown: []Finding{}}
	for i, a := range answers {
		f := Finding{Answer: a, Links: found[i].Links, Places: found[i].Places}
		r.Links += f.Links
		switch a.State {
		case Broken:
			r.Broken = append(r.Broken, f)
			continue
		case Unknown:
			r.Unknown = append(r.Unknown, f)
			continue
		}
		r.OK++
		if a.Cached {
			r.Cached++
		}
		if a.Moved != "" {
			r.Moved = append(r.Moved, f)
		}
	}
	return r
}

// WriteJSON writes the report as indented JSON.
func (r *Report) WriteJSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(r)
}

//go:embed report.tmpl.html
var reportHTML string

var reportTemplate = template.Must(template.New("report").Parse(reportHTML))

// WriteHTML writes the report as one self-contained page without scripts.
func (r *Report) WriteHTML(w io.Writer) error { return reportTemplate.Execute(w, r) }
