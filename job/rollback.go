package job

import (
	"fmt"
	"strconv"
)

// Rollback are the parameters of a rollback job: make a release live again that
// is still on Target. Nothing is built.
type Rollback struct {
	Target string `json:"target"`
	// To is the job whose release is to be live, or the name of the release
	// itself. When left out it is the release that the live one took the place of.
	To string `json:"to,omitempty"`
	// Override lets an admin roll back although the target is locked or frozen.
	Override bool `json:"override,omitempty"`

	// Release and From are the releases that To and the live one were when the
	// job was accepted. The service sets them; a submission that names them is
	// refused.
	Release string `json:"release,omitempty"`
	From    string `json:"from,omitempty"`
}

// Kind implements [Params].
func (r *Rollback) Kind() Kind { return KindRollback }

// Normalize implements [Params].
func (r *Rollback) Normalize() (faults []Fault) {
	switch {
	case r.Target == "":
		faults = append(faults, Fault{"target", "is missing; name the target that is to be rolled back."})
	case !ValidTarget(r.Target):
		faults = append(faults, Fault{"target", fmt.Sprintf("%q is not a name of a target.", abbreviate(r.Target, 80))})
	}
	if len(r.To) > MaxIDLength+13 || !searchable(r.To) {
		faults = append(faults, Fault{"to", "must be a Job ID, or the name of a release."})
	}
	for field, value := range map[string]string{"release": r.Release, "from": r.From} {
		if value != "" {
			faults = append(faults, Fault{field, "is set by the server; leave it out."})
		}
	}
	return faults
}

// Identity implements [Params]. What is live decides: from another release it is
// another rollback.
func (r *Rollback) Identity() []string {
	return []string{r.Target, r.From, r.Release, strconv.FormatBool(r.Override)}
}

// Summary implements [Params].
func (r *Rollback) Summary() string {
	if r.Release == "" {
		return "Roll back " + r.Target
	}
	return fmt.Sprintf("Roll back %s to %s", r.Target, r.Release)
}
