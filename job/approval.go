package job

import "time"

// An ApprovalRule says who may approve a publish, and until when.
type ApprovalRule struct {
	Others bool  `json:"others,omitempty"` // not the submitter
	Within int64 `json:"within_seconds"`   // from the moment at which it waits
}

// PreviewPath is where the built site of a job is shown, relative to the server.
func PreviewPath(id ID) string { return "/v1/jobs/" + string(id) + "/preview/" }

// DefaultApproval is how long a publish waits for an approval.
const DefaultApproval = 7 * 24 * time.Hour

// An Approval is what is known of a publish that has to be approved.
type Approval struct {
	Since    time.Time `json:"since"`
	Deadline time.Time `json:"deadline"`         // after which the job fails
	Others   bool      `json:"others,omitempty"` // the submitter may not decide
	// Preview is the address of the built site, relative to the server, and Address
	// the one that the site was built for.
	Preview  string    `json:"preview"`
	Address  string    `json:"address"`
	Changes  Changes   `json:"changes"`
	Decision *Decision `json:"decision,omitempty"`
}

// Changes are what a release would change on its target. The lists are cut after
// [MaxListed] entries; reports/changes.json has them whole.
type Changes struct {
	Against      string   `json:"against,omitempty"` // the release that was live; none when missing
	PagesAdded   int      `json:"pages_added"`
	PagesChanged int      `json:"pages_changed"`
	PagesRemoved int      `json:"pages_removed"`
	OtherFiles   int      `json:"other_files"` // that are added, changed or removed, and no pages
	LinksFixed   int      `json:"links_fixed"`
	LinksBroken  int      `json:"links_broken"`
	Added        []string `json:"added,omitempty"`
	Changed      []string `json:"changed,omitempty"`
	Removed      []string `json:"removed,omitempty"`
	Fixed        []string `json:"fixed,omitempty"`  // addresses that were broken
	Broken       []string `json:"broken,omitempty"` // and that are now
}

// MaxListed is how many entries of a list the status holds.
const MaxListed = 20

// Cut returns the changes with lists of at most n entries.
func (c Changes) Cut(n int) Changes {
	for _, list := range []*[]string{&c.Added, &c.Changed, &c.Removed, &c.Fixed, &c.Broken} {
		*list = (*list)[:min(n, len(*list))]
	}
	return c
}

// A Verdict is what somebody says of a job that waits for an approval.
type Verdict struct {
	Reject  bool   `json:"reject,omitempty"`
	Comment string `json:"comment,omitempty"`
}

// A Decision is a verdict that was taken.
type Decision struct {
	Approved bool      `json:"approved"`
	By       string    `json:"by,omitempty"`
	Comment  string    `json:"comment,omitempty"`
	At       time.Time `json:"at"`
}
