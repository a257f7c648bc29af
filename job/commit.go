package job

import (
	"net/url"
	"regexp"
	"strings"
)

// A Commit is what a job was made for, in a repository that shows what became of
// its commits.
type Commit struct {
	Repository string `json:"repository"` // address of the repository, such as https://github.com/acme/handbook
	SHA        string `json:"sha"`        // of the commit, whole
}

var shaPattern = regexp.MustCompile(`^([0-9a-f]{40}|[0-9a-f]{64})$`)

// faults says what is wrong with a commit.
func (c *Commit) faults() (faults []Fault) {
	if host, path := c.Place(); host == "" || !strings.Contains(path, "/") {
		faults = append(faults, Fault{"commit.repository", "is not the address of a repository, without a password or token, such as https://github.com/acme/handbook."})
	}
	if !shaPattern.MatchString(c.SHA) {
		faults = append(faults, Fault{"commit.sha", "is not the whole SHA of a commit, in lower case."})
	}
	return faults
}

// Place returns the host of the repository and its path there, such as
// "acme/handbook"; "" and "" of what is no http, https or ssh address, or may hold a
// secret.
func (c *Commit) Place() (host, path string) {
	u, err := url.Parse(c.Repository)
	if err != nil || len(c.Repository) > maxRepository || u.RawQuery != "" || u.Fragment != "" {
		return "", ""
	}
	_, password := u.User.Password()
	switch u.Scheme {
	case "http", "https":
		if u.User != nil {
			return "", ""
		}
	case "ssh":
		if password {
			return "", ""
		}
	default:
		return "", ""
	}
	return strings.ToLower(u.Host), strings.TrimSuffix(strings.Trim(u.Path, "/"), ".git")
}

const maxRepository = 500

// Commit returns the commit that the source was fixed to, or nil if it is none of a
// repository that has an address.
func (s Source) Commit() *Commit {
	sha, ok := strings.CutPrefix(s.Digest, "commit:")
	u, err := url.Parse(s.Git)
	if !ok || err != nil {
		return nil
	}
	u.User = nil
	c := &Commit{Repository: u.String(), SHA: sha}
	if len(c.faults()) > 0 {
		return nil
	}
	return c
}
