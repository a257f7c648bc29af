package links

import (
	_ "embed"
	"html/template"
	"io"
)

//go:embed report.tmpl.html
var reportHTML string

var reportTemplate = template.Must(template.New("report").Funcs(template.FuncMap{
	"more":   func(t Target) int { return t.Links - len(t.Places) },
	"hidden": func(r *Report) int { return r.BrokenTargets - len(r.Broken) },
	"plural": plural,
}).Parse(reportHTML))

// plural chooses the noun for a number.
func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// WriteHTML writes the report as one self-contained page without scripts, for screen (light and dark) and paper.
func (r *Report) WriteHTML(w io.Writer) error {
	return reportTemplate.Execute(w, r)
}
