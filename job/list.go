package job

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// A Filter chooses jobs. Empty fields choose all; several must all hold.
type Filter struct {
	ID        string  `json:"id,omitempty"` // what the Job ID begins with
	Kind      Kind    `json:"kind,omitempty"`
	States    []State `json:"state,omitempty"` // one of them
	Submitter string  `json:"submitter,omitempty"`
	Target    string  `json:"target,omitempty"`
	Label     string  `json:"label,omitempty"`
	// Parent chooses the batches of a job, which are not listed otherwise.
	Parent ID `json:"parent,omitempty"`
	// Document is the ID of a document that the job worked on; see [DocumentQuery].
	Document string `json:"document,omitempty"`
	// Version is what the digest of a document or of the job's source begins with: a
	// SHA-256, or a commit.
	Version string `json:"version,omitempty"`
	// Error is text that the error of the job or of one of its documents has in it, in
	// capitals or not.
	Error string    `json:"error,omitempty"`
	Since time.Time `json:"since,omitzero"` // first submitted at or after
	Until time.Time `json:"until,omitzero"` // first submitted before

	// Documents asks for the documents of each job as well.
	Documents bool `json:"-"`

	Cursor string `json:"-"` // of the page before
	Limit  int    `json:"-"` // jobs a page; DefaultLimit when 0, at most MaxLimit
}

// Limits of one page of a list.
const (
	DefaultLimit = 50
	MaxLimit     = 500
)

// Limits of what a filter says, in bytes.
const (
	maxFilterText = 200
	maxDocument   = 1024
	minVersion    = 4
)

// Empty reports whether the filter chooses every job.
func (f Filter) Empty() bool {
	return f.ID == "" && f.Kind == "" && len(f.States) == 0 && f.Submitter == "" && f.Target == "" && f.Label == "" &&
		f.Parent == "" && f.Document == "" && f.Version == "" && f.Error == "" && f.Since.IsZero() && f.Until.IsZero()
}

// String says in a few words what the filter chooses: "state failed, kind convert".
func (f Filter) String() string {
	var words []string
	add := func(name, value string) {
		if value != "" {
			words = append(words, name+" "+value)
		}
	}
	add("ID", f.ID)
	states := make([]string, len(f.States))
	for i, s := range f.States {
		states[i] = string(s)
	}
	add("state", strings.Join(states, " or "))
	add("kind", string(f.Kind))
	add("submitter", f.Submitter)
	add("target", f.Target)
	add("label", f.Label)
	add("parent", string(f.Parent))
	add("document", f.Document)
	add("version", f.Version)
	if f.Error != "" {
		add("error", fmt.Sprintf("%q", f.Error))
	}
	if !f.Since.IsZero() {
		add("since", f.Since.UTC().Format(time.RFC3339))
	}
	if !f.Until.IsZero() {
		add("until", f.Until.UTC().Format(time.RFC3339))
	}
	if len(words) == 0 {
		return "all jobs"
	}
	return strings.Join(words, ", ")
}

// Normalize fills in the limit, puts what it can in one form, and returns everything
// that is wrong. Whether the cursor is one is for who made it to tell.
func (f *Filter) Normalize() (faults []Fault) {
	var fault *Fault
	if f.Limit, fault = pageLimit(f.Limit); fault != nil {
		faults = append(faults, *fault)
	}
	f.States = slices.Compact(slices.Sorted(slices.Values(f.States)))
	if slices.ContainsFunc(f.States, func(s State) bool { return !s.Valid() }) {
		faults = append(faults, Fault{"state", "is not a state of a job."})
	}
	if f.Kind != "" && NewParams(f.Kind) == nil {
		faults = append(faults, Fault{"kind", "is not a kind of job."})
	}
	f.Version = bareDigest(f.Version)
	if f.Version != "" && (len(f.Version) < minVersion || len(f.Version) > 64 || strings.Trim(f.Version, "0123456789abcdef") != "") {
		faults = append(faults, Fault{"version", fmt.Sprintf("must be the first %d characters or more of a SHA-256 or of a commit, in lower-case hex.", minVersion)})
	}
	for _, text := range []struct {
		field, value string
		most         int
	}{
		{"id", f.ID, MaxIDLength}, {"submitter", f.Submitter, maxFilterText}, {"target", f.Target, maxFilterText},
		{"label", f.Label, maxFilterText}, {"document", f.Document, maxDocument}, {"error", f.Error, maxFilterText},
	} {
		if len(text.value) > text.most || !utf8.ValidString(text.value) || strings.ContainsRune(text.value, 0) {
			faults = append(faults, Fault{text.field, fmt.Sprintf("must be at most %d bytes of text.", text.most)})
		}
	}
	return faults
}

// pageLimit returns how many entries a page holds.
func pageLimit(limit int) (int, *Fault) {
	if limit == 0 {
		return DefaultLimit, nil
	}
	if limit < 0 || limit > MaxLimit {
		return 0, &Fault{"limit", fmt.Sprintf("must be 1 to %d.", MaxLimit)}
	}
	return limit, nil
}

// bareDigest returns a digest without what says of what it is.
func bareDigest(digest string) string {
	for _, prefix := range []string{"sha256:", "commit:", "tree:"} {
		digest = strings.TrimPrefix(digest, prefix)
	}
	return digest
}

// A Page is one page of a list of jobs.
type Page struct {
	Jobs []Summary `json:"jobs"`
	Next string    `json:"next,omitempty"` // cursor of the next page; empty on the last
	// Behind says what the list may lack at the moment, and why; empty when nothing.
	Behind string `json:"behind,omitempty"`
}

// A Summary is a job as a list shows it.
type Summary struct {
	ID        ID       `json:"id"`
	Kind      Kind     `json:"kind"`
	State     State    `json:"state"`
	Attempt   int      `json:"attempt"`
	Parent    ID       `json:"parent,omitempty"`
	Summary   string   `json:"summary,omitempty"`
	Submitter string   `json:"submitter,omitempty"`
	Target    string   `json:"target,omitempty"`
	Labels    []string `json:"labels,omitempty"`
	// Source is the digest of the job's source: "tree:…" or "commit:…".
	Source     string     `json:"source,omitempty"`
	CreatedAt  time.Time  `json:"created_at"` // when the job was first submitted
	FinishedAt *time.Time `json:"finished_at,omitempty"`
	ExpiresAt  *time.Time `json:"expires_at,omitempty"` // when the artifacts are deleted, or were
	Pinned     bool       `json:"pinned,omitempty"`
	Items      ItemCounts `json:"items,omitzero"`
	Error      string     `json:"error,omitempty"` // why it failed, in a sentence
	// Documents are what became of the documents of the newest attempt that has ended,
	// if the filter asks for them.
	Documents []Item `json:"documents,omitempty"`
}

// Counts tells how many jobs there are in which state.
type Counts struct {
	Total  int           `json:"total"`
	States map[State]int `json:"states"` // only those in which there are any
	Behind string        `json:"behind,omitempty"`
}

// A DocumentQuery asks for the history of a document. A document is known by its path
// in the source of the job, which is the same for every kind of job.
type DocumentQuery struct {
	Document string
	Cursor   string
	Limit    int
}

// Normalize fills in the limit and returns everything that is wrong.
func (q *DocumentQuery) Normalize() (faults []Fault) {
	var fault *Fault
	if q.Limit, fault = pageLimit(q.Limit); fault != nil {
		faults = append(faults, *fault)
	}
	if q.Document == "" || len(q.Document) > maxDocument || !utf8.ValidString(q.Document) || strings.ContainsRune(q.Document, 0) {
		faults = append(faults, Fault{"document", fmt.Sprintf("must be the path of a document, 1 to %d bytes of text.", maxDocument)})
	}
	return faults
}

// A History is one page of what happened to a document.
type History struct {
	Document string     `json:"document"`
	Jobs     []Happened `json:"jobs"`
	Next     string     `json:"next,omitempty"`
	Behind   string     `json:"behind,omitempty"`
}

// Happened is what one attempt of a job did to a document.
type Happened struct {
	JobID      ID         `json:"job_id"`
	Kind       Kind       `json:"kind"`
	Attempt    int        `json:"attempt"`
	JobState   State      `json:"job_state"` // of the attempt
	Submitter  string     `json:"submitter,omitempty"`
	CreatedAt  time.Time  `json:"created_at"` // of the attempt
	FinishedAt *time.Time `json:"finished_at,omitempty"`
	Source     string     `json:"source,omitempty"` // digest of the job's source
	Item       Item       `json:"item"`
	Target     string     `json:"target,omitempty"`  // that the job releases to
	Release    string     `json:"release,omitempty"` // where it was released, if it was
}
