package fidelity

import (
	"slices"

	"github.com/docjobs/docjobs/engine/convert"
)

// A Document is what became of one document and what was found when it was checked.
type Document struct {
	Document  string             `json:"document"` // its path in the source
	SHA256    string             `json:"sha256,omitempty"`
	Outcome   convert.Outcome    `json:"outcome"`
	Gates     Gates              `json:"gates"`
	Validator string             `json:"validator,omitempty"`
	Map       string             `json:"map,omitempty"` // path of its DITA map among the results
	Topics    int                `json:"topics"`
	Reason    *convert.Reason    `json:"reason,omitempty"`   // why it was rejected
	Warnings  []convert.Warning  `json:"warnings,omitempty"` // what a person must look at, the validator's findings included
	Notes     []convert.Warning  `json:"notes,omitempty"`
	Fidelity  convert.Fidelity   `json:"fidelity"`
	Styles    []convert.StyleUse `json:"unmapped_styles,omitempty"`
}

// Gates are the checks that a document passes or not.
type Gates struct {
	Schema     string `json:"schema"`     // "valid", "invalid" or "not validated"
	References string `json:"references"` // Passed or Failed
	Words      string `json:"words"`      // Passed or Failed: whether 99.5 % are kept
}

// What a gate says; Schema says it in words of its own.
const (
	Passed = "passed"
	Failed = "failed"

	Valid        = "valid"
	Invalid      = "invalid"
	NotValidated = "not validated"
)

// New tells of a converted or rejected document. validation is one of [Valid],
// [Invalid] and [NotValidated]; findings are the validator's.
func New(r *convert.Report, validation string, findings []convert.Warning) Document {
	d := Document{
		Document: r.Document, Outcome: r.Outcome, Topics: r.Topics, Reason: r.Reason, Map: r.Map,
		Warnings: slices.Concat(r.Warnings, findings), Notes: r.Notes, Fidelity: r.Fidelity, Styles: r.Styles,
		Gates: Gates{Schema: validation, References: Passed, Words: Passed},
	}
	if d.Outcome == convert.Converted && len(findings) > 0 {
		d.Outcome = convert.WithWarnings
	}
	for _, w := range r.Warnings {
		switch w.Code {
		case convert.CodeReference:
			d.Gates.References = Failed
		case convert.CodeWordsLost:
			d.Gates.Words = Failed
		}
	}
	return d
}

// Rejected reports whether nothing came of the document.
func (d Document) Rejected() bool { return d.Outcome == convert.Rejected }

// A Summary is what was kept of all documents of a job.
type Summary struct {
	JobID      string             `json:"job_id,omitempty"`
	Documents  Counts             `json:"documents"`
	Validation map[string]int     `json:"validation"`       // converted documents by what Gates.Schema says
	References int                `json:"reference_faults"` // documents whose references do not all resolve
	Words      int                `json:"words_lost"`       // documents of which less than 99.5 % of the words are kept
	Total      convert.Fidelity   `json:"total"`
	Each       []Each             `json:"each"`                      // converted documents
	Styles     []convert.StyleUse `json:"unmapped_styles,omitempty"` // over all documents, the most frequent first

	styles map[string]int // index in Styles
}

// Counts are how many documents there are.
type Counts struct {
	Total     int `json:"total"`
	Completed int `json:"completed"` // converted, with warnings or not
	Warnings  int `json:"warnings,omitempty"`
	Failed    int `json:"failed"`
	Reused    int `json:"reused,omitempty"` // known from before
}

// Each is what was kept of one document.
type Each struct {
	Document string           `json:"document"`
	Outcome  convert.Outcome  `json:"outcome"`
	Gates    Gates            `json:"gates"`
	Fidelity convert.Fidelity `json:"fidelity"`
}

// Add adds a document; reused says that it was known from before.
func (s *Summary) Add(d Document, reused bool) {
	if s.Validation == nil {
		s.Validation, s.Each, s.styles = map[string]int{}, []Each{}, map[string]int{}
	}
	s.Documents.add(d, reused)
	if d.Rejected() {
		return
	}
	s.Validation[d.Gates.Schema]++
	s.References += count(d.Gates.References == Failed)
	s.Words += count(d.Gates.Words == Failed)
	s.Total.Add(d.Fidelity)
	s.Each = append(s.Each, Each{d.Document, d.Outcome, d.Gates, d.Fidelity})
	for _, use := range d.Styles {
		s.addStyle(use)
	}
}

func (c *Counts) add(d Document, reused bool) {
	c.Total++
	c.Reused += count(reused)
	c.Failed += count(d.Rejected())
	c.Completed += count(!d.Rejected())
	c.Warnings += count(d.Outcome == convert.WithWarnings)
}

func (s *Summary) addStyle(use convert.StyleUse) {
	key := use.Type + " " + use.Name
	i, ok := s.styles[key]
	if !ok {
		s.styles[key] = len(s.Styles)
		s.Styles = append(s.Styles, use)
		return
	}
	s.Styles[i].Count += use.Count
}

func count(is bool) int {
	if is {
		return 1
	}
	return 0
}
