package notify

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"net/url"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/docjobs/docjobs/job"
)

// A Format is how an endpoint is told.
type Format string

// The formats.
const (
	FormatWebhook Format = ""       // Standard Webhooks
	FormatSlack   Format = "slack"  // of Slack, an incoming webhook, or a bot with one message a job that it edits
	FormatGitHub  Format = "github" // the status of a commit on GitHub
	FormatGitLab  Format = "gitlab" // the status of a commit on GitLab
)

// An Endpoint is a program that is told of jobs.
type Endpoint struct {
	Format  Format
	URL     string         // of a webhook, or of an API that is not where it usually is
	Secrets []SecretSource // more than one while they are being changed
	Events  []string       // see [job.Route.Wants]

	Channel      string   // ID of the channel that Slack's bot writes to; without one it is an incoming webhook
	Repositories []string // whose commits are marked, such as acme/handbook or acme/*

	Tenants []string // whose jobs it may be told of; everybody's when empty
	All     bool     // told of every job, not only of those that name it
}

// maxSecrets bounds how many secrets an endpoint has.
const maxSecrets = 4

// A SecretSource is where a secret is: an environment variable or a file.
type SecretSource struct {
	Env  string
	File string
}

// String names the source, not the secret.
func (s SecretSource) String() string {
	if s.Env != "" {
		return "environment variable " + s.Env
	}
	return "file " + s.File
}

// Read returns the secret. A file is read anew each time, so that a secret can be
// changed while docjobs runs.
func (s SecretSource) Read() (string, error) {
	if s.Env != "" {
		value, ok := os.LookupEnv(s.Env)
		if !ok {
			return "", fmt.Errorf("%s is not set", s)
		}
		return value, nil
	}
	content, err := os.ReadFile(s.File)
	return strings.TrimSpace(string(content)), err
}

// Keys returns the keys that sign what is sent to a webhook.
func (e Endpoint) Keys() ([]Key, error) {
	keys := make([]Key, len(e.Secrets))
	for i, source := range e.Secrets {
		secret, err := source.Read()
		if err != nil {
			return nil, err
		}
		if keys[i], err = ParseSecret(secret); err != nil {
			return nil, fmt.Errorf("the secret in %s %w", source, err)
		}
	}
	return keys, nil
}

// Endpoints are the endpoints by name, and what holds for all of them.
type Endpoints struct {
	Named        map[string]Endpoint
	AllowHTTP    bool           // also http://, not only https://
	AllowPrivate []netip.Prefix // private networks that may be reached
}

// Validate returns everything that is wrong, secrets excepted: see
// [Endpoints.CheckSecrets].
func (e Endpoints) Validate() error {
	var faults []error
	for _, name := range slices.Sorted(maps.Keys(e.Named)) {
		if !job.ValidEndpoint(name) {
			faults = append(faults, fmt.Errorf("%q is no name for an endpoint: lower-case letters, digits and dashes", name))
		}
		for _, fault := range e.Named[name].faults(e.AllowHTTP) {
			faults = append(faults, fmt.Errorf("%s.%w", name, fault))
		}
	}
	return errors.Join(faults...)
}

func (e Endpoint) faults(allowHTTP bool) (faults []error) {
	p := e.protocol()
	if p == nil {
		return []error{fmt.Errorf("type: %q is not known; leave it out, or give slack, github or gitlab", e.Format)}
	}
	faults = p.faults(e)
	if address := p.address(e); address != "" {
		u, err := url.Parse(address)
		switch {
		case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
			faults = append(faults, errors.New("url: is not an address that begins with https://"))
		case u.Scheme == "http" && !allowHTTP:
			faults = append(faults, errors.New("url: begins with http://, which allow_http must allow"))
		case u.User != nil:
			faults = append(faults, errors.New("url: must not hold a password; that is what secrets are for"))
		}
	}
	for _, s := range e.Secrets {
		if (s.Env == "") == (s.File == "") {
			faults = append(faults, errors.New("secrets: each must name either an environment variable (env) or a file"))
		}
	}
	for _, event := range e.Events {
		if !strings.Contains(event, ".") {
			faults = append(faults, fmt.Errorf("events: %q is no type of event such as job.failed or step.*", event))
		}
	}
	for _, tenant := range e.Tenants {
		if !job.ValidTenant(tenant) {
			faults = append(faults, fmt.Errorf("tenants: %q is not a name of a tenant", tenant))
		}
	}
	return faults
}

// CheckSecrets returns what is wrong with the secrets.
func (e Endpoints) CheckSecrets() error {
	var faults []error
	for _, name := range slices.Sorted(maps.Keys(e.Named)) {
		if err := e.checkSecrets(e.Named[name]); err != nil {
			faults = append(faults, fmt.Errorf("notify.endpoints.%s.secrets: %w", name, err))
		}
	}
	return errors.Join(faults...)
}

func (e Endpoints) checkSecrets(endpoint Endpoint) error {
	p := endpoint.protocol()
	if p == nil || len(endpoint.Secrets) == 0 {
		return nil // which is refused elsewhere
	}
	return p.checkSecrets(endpoint, e.AllowHTTP)
}

// Names lists the endpoints that jobs of the tenant may name.
func (e Endpoints) Names(tenant string) (names []string) {
	for _, name := range slices.Sorted(maps.Keys(e.Named)) {
		if e.Named[name].serves(tenant) {
			names = append(names, name)
		}
	}
	return names
}

// ShowsLatest reports whether the endpoint shows what a job has come to, rather than
// being told of one event after another.
func (e Endpoints) ShowsLatest(name string) bool {
	endpoint, ok := e.Named[name]
	return ok && endpoint.protocol().showsLatest()
}

func (e Endpoint) serves(tenant string) bool {
	return len(e.Tenants) == 0 || slices.Contains(e.Tenants, tenant)
}

// Routes returns who is told of a job of the tenant that names these endpoints and
// is made for the commit, which may be nil. An error says in a sentence what is wrong
// with a name.
func (e Endpoints) Routes(tenant string, names []string, commit *job.Commit) (routes []job.Route, err error) {
	mine := e.Names(tenant)
	for _, name := range names {
		switch {
		case !slices.Contains(mine, name) && len(mine) == 0:
			err = cmp.Or(err, fmt.Errorf("there is no endpoint %q; none is configured", name))
		case !slices.Contains(mine, name):
			err = cmp.Or(err, fmt.Errorf("there is no endpoint %q; the endpoints are: %s", name, strings.Join(mine, ", ")))
		case e.Named[name].protocol().marksCommits() && commit == nil:
			err = cmp.Or(err, fmt.Errorf("the endpoint %q marks commits, and the job names none: give commit, or a repository as source", name))
		case !e.Named[name].marks(commit):
			err = cmp.Or(err, fmt.Errorf("the endpoint %q does not mark commits of %s", name, commit.Repository))
		}
	}
	for _, name := range mine {
		endpoint := e.Named[name]
		if !endpoint.All && !slices.Contains(names, name) || !endpoint.marks(commit) {
			continue
		}
		p := endpoint.protocol()
		route := job.Route{Endpoint: name, Events: endpoint.Events, Latest: p.showsLatest()}
		if p.marksCommits() {
			route.Commit = commit
		}
		routes = append(routes, route)
	}
	return routes, err
}

// marks reports whether the endpoint has nothing to do with commits, or marks this one.
func (e Endpoint) marks(commit *job.Commit) bool {
	p := e.protocol()
	if !p.marksCommits() {
		return true
	}
	if commit == nil {
		return false
	}
	host, repository := commit.Place()
	return host == e.host() && slices.ContainsFunc(e.Repositories, func(pattern string) bool {
		ok, err := path.Match(pattern, repository)
		return err == nil && ok
	})
}
