package links

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
)

//go:embed report.tmpl.html
var reportHTML string

var reportTemplate = template.Must(template.New("report").Funcs(template.FuncMap{
	"more":      func(t Target) int { return t.Links - len(t.Places) },
	"hidden":    func(r *Report) int { return r.BrokenTargets - len(r.Broken) },
	"unused":    unused,
	"described": describe,
	"plural":    plural,
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

// unused lists the ignores that excuse nothing.
func unused(r *Report) (list []IgnoreUse) {
	for _, use := range r.Ignores {
		if use.Links == 0 {
			list = append(list, use)
		}
	}
	return list
}

// describedTarget is a target with what the whole report says about it.
type describedTarget struct {
	Target
	Compared bool
	Age      string // whether its links are new, where that was looked at
}

func describe(r *Report, t Target) describedTarget {
	d := describedTarget{Target: t, Compared: r.ComparedWith != ""}
	switch {
	case !d.Compared || t.New == t.Links:
	case t.New == 0:
		d.Age = "known"
	default:
		d.Age = fmt.Sprintf("%d of them new", t.New)
	}
	return d
}
