// Package fidelity sums up what conversions kept, for programs and for people:
//
//	f := &fidelity.Summary{JobID: "convert-3f9k2m7qx1ab4c5d"}
//	for _, d := range documents {
//		f.Add(d)
//	}
//	err := f.WriteHTML(w, slices.Values(documents))
//
// The summary is JSON; the page is one file without scripts, for screen and paper.
package fidelity
