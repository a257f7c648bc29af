package job

import (
	"encoding/json"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Publish are the parameters of a publish job: build the documentation in
// Source, check its links, release the site to Target.
type Publish struct {
	Source Source            `json:"source"`
	Target string            `json:"target,omitempty"` // name of a target of the operator's configuration; needed unless CheckOnly
	Dir    string            `json:"dir,omitempty"`    // folder in the source that holds the site; the top when empty
	Links  LinkPolicy        `json:"links,omitempty"`  // what broken internal links do; LinksNew when left out
	Title  string            `json:"title,omitempty"`  // of a site made from a plain folder
	Env    map[string]string `json:"env,omitempty"`    // variables for the generator

	// External says what is done about links to other sites; ExternalOff when left out.
	External ExternalPolicy `json:"external,omitempty"`
	// CheckOnly ends the job after the check. A target then only says which
	// address the site will have and which release its links are compared with.
	CheckOnly bool `json:"check_only,omitempty"`

	// Approve lets the job wait for somebody's approval before the release. The
	// target may want that by itself.
	Approve bool `json:"approve,omitempty"`
	// Approval is who may approve, and until when. The service sets it; a submission
	// that names it is refused.
	Approval *ApprovalRule `json:"approval,omitempty"`
}

// A LinkPolicy says what the link check does with broken internal links.
type LinkPolicy string

// The link policies.
const (
	LinksNew  LinkPolicy = "new"  // a link that is broken now and not in the live release stops the job before the release
	LinksAll  LinkPolicy = "all"  // any broken link does
	LinksWarn LinkPolicy = "warn" // broken links are reported and the site is released
)

// LinkPolicies lists every link policy.
var LinkPolicies = []LinkPolicy{LinksNew, LinksAll, LinksWarn}

// An ExternalPolicy says what is done about links to other sites.
type ExternalPolicy string

// The policies.
const (
	ExternalOff    ExternalPolicy = "off"    // they are counted
	ExternalReport ExternalPolicy = "report" // the other sites are asked, and broken links are reported
	ExternalFail   ExternalPolicy = "fail"   // and a broken link stops the job before the release
)

// ExternalPolicies lists every policy.
var ExternalPolicies = []ExternalPolicy{ExternalOff, ExternalReport, ExternalFail}

// ChecksExternal reports whether other sites are asked.
func (p *Publish) ChecksExternal() bool {
	return p.External == ExternalReport || p.External == ExternalFail
}

// A Source says where the documentation comes from. Exactly one of Upload and
// Git is given.
type Source struct {
	Upload string `json:"upload,omitempty"` // "sha256:…" as an upload answered it
	Git    string `json:"git,omitempty"`    // URL of a repository
	Ref    string `json:"ref,omitempty"`    // branch, tag or commit; the default branch when empty
	Name   string `json:"name,omitempty"`   // what people call it, such as the folder's name; no part of what the work is

	// Replaced are the uploads whose files took the place of files of the source when
	// the job was resubmitted, in this order. The service sets them.
	Replaced []string `json:"replaced,omitempty"`

	// Digest is what the source was reduced to when the job was accepted:
	// "tree:<sha256>" of an upload's content or "commit:<hash>" of a
	// repository. The service sets it; a submission that names it is refused.
	Digest string `json:"digest,omitempty"`
}

// String names the source for people.
func (s Source) String() string {
	if s.Name != "" {
		return s.Name
	}
	if s.Git == "" {
		return "upload " + abbreviate(strings.TrimPrefix(s.Upload, "sha256:"), 12)
	}
	if s.Ref == "" {
		return s.Git
	}
	return s.Git + "@" + s.Ref
}

var (
	uploadPattern = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
	targetPattern = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)
	envPattern    = regexp.MustCompile(`^[A-Z][A-Z0-9_]{0,63}$`)

	// reservedEnv are variables that steer the worker, its tools or the
	// sandbox around them and are none of a submission's business.
	reservedEnv = regexp.MustCompile(`^(PATH|HOME|TMPDIR|USER|SHELL|IFS|ENV|BASH_ENV|PYTHON.*|NODE_.*|GIT_.*|SSH_.*|LD_.*|DYLD_.*|GO.*|HTTPS?_PROXY|ALL_PROXY|NO_PROXY|DOCJOBS_.*|TEMPORAL_.*|AWS_.*|HUGO_SECURITY.*|HUGO_MODULE.*|HUGO_CACHEDIR|HUGO_CACHES.*|HUGO_BASEURL|HUGO_PUBLISHDIR|HUGO_RESOURCEDIR)$`)
)

// ValidTarget reports whether name can name a target: 1 to 63 lower-case
// letters, digits and inner dashes.
func ValidTarget(name string) bool { return targetPattern.MatchString(name) }

// Limits of what a publish may name.
const (
	maxEnv      = 50
	maxEnvValue = 4096
	maxEnvTotal = 16 << 10 // the parameters are part of every job's history
	maxName     = 200
)

// Kind implements [Params].
func (p *Publish) Kind() Kind { return KindPublish }

// Normalize implements [Params].
func (p *Publish) Normalize() []Fault {
	faults := p.Source.normalize()
	if p.Target == "" && !p.CheckOnly {
		faults = append(faults, Fault{"target", "is missing; name the target that the site is released to."})
	} else if p.Target != "" && !ValidTarget(p.Target) {
		faults = append(faults, Fault{"target", fmt.Sprintf("%q is not a name of a target.", abbreviate(p.Target, 80))})
	}
	if p.Approval != nil {
		faults = append(faults, Fault{"approval", "is set by the server; leave it out."})
	}
	if p.Approve && p.CheckOnly {
		faults = append(faults, Fault{"approve", "goes without check_only, which releases nothing."})
	}
	switch p.Links {
	case "":
		p.Links = LinksNew
	case "fail": // as "all" was called first
		p.Links = LinksAll
	}
	if !slices.Contains(LinkPolicies, p.Links) {
		faults = append(faults, Fault{"links", `must be "new", "all" or "warn".`})
	}
	if p.External == "" {
		p.External = ExternalOff
	}
	if !slices.Contains(ExternalPolicies, p.External) {
		faults = append(faults, Fault{"external", `must be "off", "report" or "fail".`})
	}
	if p.Dir != "" {
		p.Dir = path.Clean(p.Dir)
		if path.IsAbs(p.Dir) || p.Dir == ".." || strings.HasPrefix(p.Dir, "../") || strings.ContainsAny(p.Dir, "\\") || !printable(p.Dir) || len(p.Dir) > 1024 {
			faults = append(faults, Fault{"dir", "must be a folder inside the source, such as docs/site."})
		}
		if p.Dir == "." {
			p.Dir = ""
		}
	}
	if len(p.Title) > 200 || !printable(p.Title) {
		faults = append(faults, Fault{"title", "must be at most 200 bytes of printable text."})
	}
	return append(faults, envFaults(p.Env)...)
}

// maxReplaced is how often files of a source can be replaced: each time is part of the
// history of every attempt after it.
const maxReplaced = 50

// Replace puts the files of an upload in the place of those of the source, when its
// job is resubmitted. It returns what is wrong with that.
func (s *Source) Replace(upload string) []Fault {
	switch {
	case !uploadPattern.MatchString(upload):
		return []Fault{{"replace", "must be sha256: and 64 hexadecimal digits, as the upload answered."}}
	case len(s.Replaced) == maxReplaced:
		return []Fault{{"replace", fmt.Sprintf("cannot be done more than %d times; submit the mended source as a new job: what was done is found.", maxReplaced)}}
	case slices.Contains(s.Replaced, upload):
		s.Replaced = slices.DeleteFunc(slices.Clone(s.Replaced), func(known string) bool { return known == upload })
	}
	s.Replaced = append(slices.Clip(s.Replaced), upload)
	return nil
}

// normalize returns everything that is wrong with the source.
func (s *Source) normalize() (faults []Fault) {
	switch {
	case s.Upload == "" && s.Git == "":
		return []Fault{{"source", "is missing; give source.upload or source.git."}}
	case s.Upload != "" && s.Git != "":
		return []Fault{{"source", "has both upload and git; give one of them."}}
	case s.Upload != "" && !uploadPattern.MatchString(s.Upload):
		faults = append(faults, Fault{"source.upload", "must be sha256: and 64 hexadecimal digits, as the upload answered."})
	case s.Upload != "" && s.Ref != "":
		faults = append(faults, Fault{"source.ref", "goes with source.git only."})
	}
	if len(s.Name) > maxName || !printable(s.Name) {
		faults = append(faults, Fault{"source.name", fmt.Sprintf("must be at most %d bytes of printable text.", maxName)})
	}
	if s.Digest != "" {
		faults = append(faults, Fault{"source.digest", "is set by the server; leave it out."})
	}
	if len(s.Replaced) > 0 {
		faults = append(faults, Fault{"source.replaced", "is set by the server when a job is resubmitted; leave it out."})
	}
	return faults
}

// envFaults returns everything that is wrong with the generator's variables.
func envFaults(env map[string]string) (faults []Fault) {
	if len(env) > maxEnv {
		return []Fault{{"env", fmt.Sprintf("has more than %d variables.", maxEnv)}}
	}
	total := 0
	for name, value := range env {
		total += len(name) + len(value)
		field := "env." + abbreviate(name, 80)
		switch {
		case !envPattern.MatchString(name):
			faults = append(faults, Fault{field, "must be capital letters, digits and underscores."})
		case reservedEnv.MatchString(name):
			faults = append(faults, Fault{field, "cannot be set by a job."})
		case len(value) > maxEnvValue || strings.ContainsRune(value, 0):
			faults = append(faults, Fault{field, fmt.Sprintf("must be at most %d bytes of text.", maxEnvValue)})
		}
	}
	if total > maxEnvTotal {
		faults = append(faults, Fault{"env", fmt.Sprintf("holds more than %d bytes.", maxEnvTotal)})
	}
	slices.SortFunc(faults, func(a, b Fault) int { return strings.Compare(a.Field, b.Field) })
	return faults
}

// Identity implements [Params]. The source counts by its digest: the same
// content by another way is the same work.
func (p *Publish) Identity() []string {
	env, _ := json.Marshal(p.Env) // a map of strings always encodes, with sorted keys
	identity := []string{p.Source.Digest, p.Target, p.Dir, string(p.Links), p.Title, string(env)}
	if p.CheckOnly {
		identity = append(identity, "check only")
	}
	if p.Approve {
		identity = append(identity, "approve")
	}
	if p.ChecksExternal() {
		identity = append(identity, "external "+string(p.External))
	}
	return identity
}

// Summary implements [Params].
func (p *Publish) Summary() string {
	switch {
	case p.CheckOnly && p.Target == "":
		return fmt.Sprintf("Check the links of %s", p.Source)
	case p.CheckOnly:
		return fmt.Sprintf("Check the links of %s for %s", p.Source, p.Target)
	}
	return fmt.Sprintf("Publish %s to %s", p.Source, p.Target)
}
