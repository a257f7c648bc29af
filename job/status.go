package job

import (
	"encoding/json"
	"time"
)

// A Status is all that is known of a job at one moment. Its JSON form is the
// job resource of the HTTP API; the record that outlives the job is the last
// one of each attempt.
type Status struct {
	ID        ID       `json:"id"`
	Kind      Kind     `json:"kind"`
	State     State    `json:"state"`
	Attempt   int      `json:"attempt"` // from 1
	Submitter string   `json:"submitter,omitempty"`
	Labels    []string `json:"labels,omitempty"`

	// ResubmittedBy is who started this attempt, where that is not the submitter.
	ResubmittedBy string `json:"resubmitted_by,omitempty"`
	// ResubmittedIn is the job that started this attempt, of many.
	ResubmittedIn ID `json:"resubmitted_in,omitempty"`

	Priority int             `json:"priority,omitempty"` // 1 (first) to 5 (last)
	Params   json.RawMessage `json:"params,omitempty"`   // the parameters of the kind, as they were canonicalised
	Summary  string          `json:"summary,omitempty"`  // what the job does, in one line
	Notify   []string        `json:"notify,omitempty"`   // endpoints that the submission named
	Commit   *Commit         `json:"commit,omitempty"`   // what the job was made for, where it names that or its source is a repository

	CreatedAt   time.Time    `json:"created_at"` // of this attempt
	UpdatedAt   time.Time    `json:"updated_at"`
	FinishedAt  *time.Time   `json:"finished_at,omitempty"`
	ExpiresAt   *time.Time   `json:"expires_at,omitempty"` // when the artifacts are deleted, or were
	Pinned      bool         `json:"pinned,omitempty"`     // they are kept until somebody unpins the job
	FetchedAt   *time.Time   `json:"fetched_at,omitempty"` // when somebody first fetched some of them
	Archive     *Archived    `json:"archive,omitempty"`    // where a copy of the result is to be kept, or is
	Transitions []Transition `json:"states,omitempty"`

	Parent  ID  `json:"parent,omitempty"`  // of a batch, the job that it belongs to
	Batches int `json:"batches,omitempty"` // how many batches the job has; see [ID.Batch]

	Waiting      *Waiting  `json:"waiting,omitempty"` // set while the job does not go on
	Approval     *Approval `json:"approval,omitempty"`
	SupersededBy ID        `json:"superseded_by,omitempty"` // the newer job because of which this one was cancelled

	Estimate  *Estimate  `json:"estimate,omitempty"`   // while the job is processed and jobs like it have ended
	StalledAt *time.Time `json:"stalled_at,omitempty"` // when it had taken longer than it was expected to

	Progress *Progress  `json:"progress,omitempty"` // of the step that is being processed
	Steps    []Step     `json:"steps,omitempty"`
	Items    ItemCounts `json:"items"`
	Error    *Error     `json:"error,omitempty"`

	Outputs []Output `json:"outputs,omitempty"` // what there is to fetch
	Release *Release `json:"release,omitempty"` // what was put where, for a publish

	LastEvent   int64  `json:"last_event"`      // number of the newest event
	Stale       bool   `json:"stale,omitempty"` // no worker answered: this is the last that is known
	StaleReason string `json:"stale_reason,omitempty"`
}

// Ended reports whether the attempt is over and all of it cleaned up. A job is
// shown as cancelled from the moment the cancel was accepted, which is before.
func (s *Status) Ended() bool {
	return s.State.Terminal() && (s.State != StateCancelled || s.FinishedAt != nil)
}

// Outcome returns the state in which the attempt ended, whether it has expired since or
// not, or its state if it has not ended.
func (s *Status) Outcome() State {
	if s.State != StateExpired {
		return s.State
	}
	for i := len(s.Transitions) - 1; i >= 0; i-- {
		if state := s.Transitions[i].State; state != StateExpired {
			return state
		}
	}
	return s.State
}

// Step returns the step with this name, or nil.
func (s *Status) Step(name string) *Step {
	for i := range s.Steps {
		if s.Steps[i].Name == name {
			return &s.Steps[i]
		}
	}
	return nil
}

// Waiting says why a job does not go on.
type Waiting struct {
	For      string     `json:"for,omitempty"` // "worker", "slot", "target" or "retry"
	Reason   string     `json:"reason"`
	JobID    ID         `json:"job_id,omitempty"`   // of the job that it waits for, unless it is another tenant's
	Position int        `json:"position,omitempty"` // 1 is next; about, where it waits for a slot
	Since    time.Time  `json:"since"`
	Until    *time.Time `json:"until,omitempty"` // when it goes on by itself
}

// What a job waits for.
const (
	WaitingWorker = "worker" // none is running
	WaitingSlot   = "slot"   // workers are running, and all are busy
	WaitingTarget = "target" // it is not the job's turn, or the target is locked or frozen
	WaitingRetry  = "retry"  // a step failed and is tried again after a pause
)

// A Step is a named stage of a job.
type Step struct {
	Name       string     `json:"name"`
	State      StepState  `json:"state"`
	StartedAt  *time.Time `json:"started_at,omitempty"`
	FinishedAt *time.Time `json:"finished_at,omitempty"`
	Progress   *Progress  `json:"progress,omitempty"`
	Try        int        `json:"try,omitempty"`     // how often it was begun in this attempt, from 1
	Reused     bool       `json:"reused,omitempty"`  // an earlier attempt did it and nothing changed since
	Summary    string     `json:"summary,omitempty"` // what came of it: "254 pages, 12.1 MB"
	Error      *Error     `json:"error,omitempty"`   // why it failed, or why it is being tried again
}

// Progress counts what has been done of a whole. Total is 0 while unknown.
type Progress struct {
	Done  int64  `json:"done"`
	Total int64  `json:"total"`
	Unit  string `json:"unit,omitempty"` // "files", "pages", "bytes" …

	PerMinute int64      `json:"per_minute,omitempty"` // since the step began
	Estimate  *time.Time `json:"estimate,omitempty"`   // when it is done if it goes on so
}

// An Estimate says when a job will have ended, going by what earlier jobs of the same
// kind, tenant and target took. Half of them would end between Earliest and Latest.
type Estimate struct {
	End      time.Time `json:"end"`
	Earliest time.Time `json:"earliest"`
	Latest   time.Time `json:"latest"`
	Jobs     int       `json:"jobs"` // how many earlier jobs there are to go by
}

// ItemCounts tells how many items of a job are in which state.
type ItemCounts struct {
	Total     int `json:"total"`
	Completed int `json:"completed"`
	Warnings  int `json:"warnings"` // completed ones that somebody should look at
	Failed    int `json:"failed"`
	Reused    int `json:"reused,omitempty"`  // completed ones that had been done before
	Skipped   int `json:"skipped,omitempty"` // with which nothing was to be done, or could be
}

// An Item is one document inside a job.
type Item struct {
	Document string    `json:"document"` // its path in the source
	State    StepState `json:"state"`
	SHA256   string    `json:"sha256,omitempty"` // of the document as it was, lower-case hex, where it is known
	Batch    ID        `json:"batch,omitempty"`  // that the document was part of
	Warnings int       `json:"warnings,omitempty"`
	Error    *Error    `json:"error,omitempty"`
	Outputs  []string  `json:"outputs,omitempty"` // artifact paths
}

// ItemsPath is the path of the output that lists a job's items, one JSON object a line.
const ItemsPath = "items.jsonl"

// An Output is an artifact of a job: one file, or a folder of files.
type Output struct {
	Path      string `json:"path"` // "site/" (a folder ends in a slash), "reports/links.html"
	MediaType string `json:"media_type,omitempty"`
	SHA256    string `json:"sha256"` // lower-case hex; of a folder, of its manifest
	Size      int64  `json:"size"`   // bytes; of a folder, of all its files together
	Files     int    `json:"files,omitempty"`
	Manifest  int64  `json:"manifest_size,omitempty"` // bytes; of a folder's manifest
}

// Folder reports whether the output is a folder.
func (o Output) Folder() bool { return len(o.Path) > 0 && o.Path[len(o.Path)-1] == '/' }

// A Release says what a publish put on a target.
type Release struct {
	ID         string    `json:"id"`
	Target     string    `json:"target"`
	URL        string    `json:"url,omitempty"` // where readers find the site
	Files      int       `json:"files"`
	Bytes      int64     `json:"bytes"`
	New        int       `json:"new_files"` // files that the target did not hold already
	Previous   string    `json:"previous,omitempty"`
	ReleasedAt time.Time `json:"released_at"`
}

// An Artifact is one file that a job made, as it can be fetched.
type Artifact struct {
	Path      string `json:"path"`
	Size      int64  `json:"size"` // bytes
	MediaType string `json:"media_type"`
	SHA256    string `json:"sha256"` // lower-case hex
}

// A Result is the manifest of what an ended attempt left behind.
type Result struct {
	ID         ID         `json:"id"`
	Attempt    int        `json:"attempt"`
	State      State      `json:"state"`
	FinishedAt *time.Time `json:"finished_at,omitempty"`
	ExpiresAt  *time.Time `json:"expires_at,omitempty"`
	Pinned     bool       `json:"pinned,omitempty"`
	Archive    *Archived  `json:"archive,omitempty"`
	Outputs    []Output   `json:"outputs"`
	Release    *Release   `json:"release,omitempty"`
	Items      ItemCounts `json:"items"`
	Error      *Error     `json:"error,omitempty"`
}
