package job

import (
	"encoding/json"
	"slices"
)

// Only says what of a job its next attempt does.
type Only string

// What can be done.
const (
	OnlyFailed Only = "failed" // what failed or was not done; what was done is used again
	OnlyAll    Only = "all"    // everything
)

// Onlys lists everything that can be done.
var Onlys = []Only{OnlyFailed, OnlyAll}

// normalize fills in the default and returns what is wrong.
func (o *Only) normalize() []Fault {
	if *o == "" {
		*o = OnlyFailed
	}
	if !slices.Contains(Onlys, *o) {
		return []Fault{{"only", `must be "failed" or "all".`}}
	}
	return nil
}

// A Resubmission says how the next attempt differs from the one before. The zero
// value says that it does not.
type Resubmission struct {
	// Replace is the upload whose files take the place of those at the same paths of
	// the job's source, for this attempt and those after it.
	Replace string `json:"replace,omitempty"`
	// Only says what is done again; OnlyFailed when empty.
	Only Only `json:"only,omitempty"`

	// Attempt, if it is not 0, is the attempt after which the next one is wanted. In is
	// the job that wants it. Asking again for the same changes nothing.
	Attempt int `json:"-"`
	In      ID  `json:"-"`
}

// Normalize fills in defaults and returns everything that is wrong.
func (r *Resubmission) Normalize() []Fault { return r.Only.normalize() }

// Resubmit are the parameters of a resubmit job: start the next attempt of every job
// that Filter chooses when it begins.
type Resubmit struct {
	Filter Filter `json:"filter"`         // must choose something; in the states failed and partial if it names none
	Only   Only   `json:"only,omitempty"` // OnlyFailed when left out
}

// MaxResubmit bounds how many jobs one job resubmits.
const MaxResubmit = 20_000

// Kind implements [Params].
func (r *Resubmit) Kind() Kind { return KindResubmit }

// Normalize implements [Params].
func (r *Resubmit) Normalize() (faults []Fault) {
	if r.Filter.Empty() {
		faults = append(faults, Fault{"filter", "is empty and would choose every job; name at least one condition, such as a state or a label."})
	}
	if len(r.Filter.States) == 0 {
		r.Filter.States = []State{StateFailed, StatePartial}
	}
	for _, f := range r.Filter.Normalize() {
		faults = append(faults, Fault{"filter." + f.Field, f.Message})
	}
	for _, state := range r.Filter.States {
		if state.Valid() && !state.Repeatable() {
			faults = append(faults, Fault{"filter.state", "must be failed, partial or cancelled: nothing else can be resubmitted."})
			break
		}
	}
	if r.Filter.Parent != "" {
		faults = append(faults, Fault{"filter.parent", "chooses batches, which are resubmitted with the job that they belong to."})
	}
	return append(faults, r.Only.normalize()...)
}

// Identity implements [Params]. While it runs, the same is not asked for twice; once it
// has ended, it is new work.
func (r *Resubmit) Identity() []string {
	filter, _ := json.Marshal(r.Filter) // which cannot fail
	return []string{string(filter), string(r.Only)}
}

// Summary implements [Params].
func (r *Resubmit) Summary() string {
	summary := "Resubmit jobs: " + r.Filter.String()
	if r.Only == OnlyAll {
		summary += ", everything anew"
	}
	return summary
}
