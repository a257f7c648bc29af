package notify

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/docjobs/docjobs/job"
)

// What is known of the two services.
const (
	gitHubAPI = "https://api.github.com"
	gitLabAPI = "https://gitlab.com/api/v4"

	maxGitHubDescription = 140 // characters
	maxGitLabDescription = 255
)

// A mark is what is shown beside a commit.
type mark struct {
	State       job.State `json:"state"`
	Name        string    `json:"name"` // of what has looked at the commit
	Description string    `json:"description"`
	URL         string    `json:"target_url"`
}

// mark returns the message as a mark on a commit.
func (m Message) mark() ([]byte, error) {
	d := m.Data
	text := d.Message
	if d.Error != nil {
		text = d.Error.Message
	}
	if text == "" {
		text = strings.ReplaceAll(string(d.State), "_", " ")
	}
	return encode(mark{d.State, "docjobs/" + string(d.Kind), fmt.Sprintf("%s: %s", d.JobID, text), d.Links.Job})
}

// encode returns v as JSON with HTML as it is, and without a line break at its end.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// commitStatus is what both services share.
type commitStatus struct{}

func (commitStatus) checkSecrets(e Endpoint, _ bool) error {
	_, err := token(e)
	return err
}

func (commitStatus) showsLatest() bool                 { return true }
func (commitStatus) marksCommits() bool                { return true }
func (commitStatus) compose(m Message) ([]byte, error) { return m.mark() }

func (commitStatus) faults(e Endpoint) []error {
	faults := append(oneSecret(e, "a token that may set the status of commits"), onlyFor(e, "channel")...)
	if len(e.Repositories) == 0 {
		faults = append(faults, fmt.Errorf("repositories: name those whose commits are marked, such as acme/handbook or acme/*"))
	}
	for _, pattern := range e.Repositories {
		if _, err := path.Match(pattern, ""); err != nil || !strings.Contains(pattern, "/") {
			faults = append(faults, fmt.Errorf("repositories: %q is no repository such as acme/handbook or acme/*", pattern))
		}
	}
	return faults
}

// send returns the request that sends body to a path of the API.
func (commitStatus) send(ctx context.Context, e Endpoint, address string, body any) (*http.Request, error) {
	secret, err := token(e)
	if err != nil {
		return nil, err
	}
	content, err := encode(body)
	if err != nil {
		return nil, err
	}
	req, err := post(ctx, address, content)
	if err == nil {
		req.Header.Set("Authorization", "Bearer "+secret)
	}
	return req, err
}

// refused explains what both services refuse.
func (commitStatus) refused(v *Verdict) {
	switch v.Try.Status {
	case http.StatusUnauthorized, http.StatusForbidden:
		v.Try.Error += " The token must be allowed to set the status of commits of the repository."
	case http.StatusNotFound:
		v.Try.Error += " There is no such repository or commit, or the token does not reach it."
	}
}

// parts reads what is to be sent.
func (o Outgoing) parts() (m mark, repository string, err error) {
	if o.Commit == nil {
		return m, "", fmt.Errorf("the job names no commit")
	}
	_, repository = o.Commit.Place()
	return m, repository, json.Unmarshal(o.Body, &m)
}

// gitHub marks commits with statuses
// (https://docs.github.com/rest/commits/statuses).
type gitHub struct{ commitStatus }

func (gitHub) address(e Endpoint) string { return cmp.Or(e.URL, gitHubAPI) }

func (g gitHub) request(ctx context.Context, e Endpoint, o Outgoing, _ time.Time) (*http.Request, map[string]string, error) {
	m, repository, err := o.parts()
	if err != nil {
		return nil, nil, err
	}
	state := "pending"
	switch m.State {
	case job.StateCompleted:
		state = "success"
	case job.StateFailed, job.StatePartial:
		state = "failure"
	case job.StateCancelled:
		state = "error"
	}
	address := fmt.Sprintf("%s/repos/%s/statuses/%s", strings.TrimSuffix(g.address(e), "/"), escapePath(repository), o.Commit.SHA)
	req, err := g.send(ctx, e, address, map[string]string{
		"state": state, "context": m.Name, "description": shorten(m.Description, maxGitHubDescription), "target_url": m.URL,
	})
	return req, map[string]string{"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}, err
}

func (g gitHub) judge(v *Verdict, _ Outgoing, _ []byte) {
	g.refused(v)
	v.Refused = v.Try.Status == http.StatusUnprocessableEntity // no such commit, or a thousand statuses
}

// gitLab marks commits with statuses (https://docs.gitlab.com/api/commits/).
type gitLab struct{ commitStatus }

func (gitLab) address(e Endpoint) string { return cmp.Or(e.URL, gitLabAPI) }

func (g gitLab) request(ctx context.Context, e Endpoint, o Outgoing, _ time.Time) (*http.Request, map[string]string, error) {
	m, repository, err := o.parts()
	if err != nil {
		return nil, nil, err
	}
	state := "running"
	switch m.State {
	case job.StateQueued:
		state = "pending"
	case job.StateCompleted:
		state = "success"
	case job.StateFailed, job.StatePartial:
		state = "failed"
	case job.StateCancelled:
		state = "canceled"
	}
	address := fmt.Sprintf("%s/projects/%s/statuses/%s", strings.TrimSuffix(g.address(e), "/"), url.PathEscape(repository), o.Commit.SHA)
	req, err := g.send(ctx, e, address, map[string]string{
		"state": state, "name": m.Name, "description": shorten(m.Description, maxGitLabDescription), "target_url": m.URL,
	})
	return req, nil, err
}

// judge takes it for delivered that the commit is in the state already: GitLab
// refuses to enter it again.
func (g gitLab) judge(v *Verdict, _ Outgoing, answer []byte) {
	g.refused(v)
	if v.Try.Status == http.StatusBadRequest && bytes.Contains(answer, []byte("Cannot transition status")) {
		v.Delivered, v.Try.Error = true, ""
	}
}

// host is where the repositories are that the endpoint's API is for.
func (e Endpoint) host() string {
	address := e.protocol().address(e)
	if address == gitHubAPI {
		return "github.com"
	}
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Host)
}

// escapePath escapes each part of a path.
func escapePath(p string) string {
	parts := strings.Split(p, "/")
	for i, part := range parts {
		parts[i] = url.PathEscape(part)
	}
	return strings.Join(parts, "/")
}

// shorten cuts s to at most n characters.
func shorten(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}
