package notify

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/docjobs/docjobs/job"
)

// A Format is how an endpoint is told.
type Format string

// The formats.
const (
	FormatWebhook Format = ""      // Standard Webhooks
	FormatSlack   Format = "slack" // an incoming webhook of Slack: its address is its only secret
)

// An Endpoint is a program that is told of jobs.
type Endpoint struct {
	Format  Format
	URL     string         // of a webhook
	Secrets []SecretSource // more than one while they are being changed
	Events  []string       // see [job.Route.Wants]
	Tenants []string       // whose jobs it may be told of; everybody's when empty
	All     bool           // told of every job, not only of those that name it
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

// address returns where requests for the endpoint go.
func (e Endpoint) address() (*url.URL, error) {
	address := e.URL
	if e.Format == FormatSlack {
		secret, err := e.Secrets[0].Read()
		if err != nil {
			return nil, err
		}
		address = strings.TrimSpace(secret)
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" { // and not what it says, which would show the secret
		return nil, errors.New("the address of the endpoint is none")
	}
	return u, nil
}

// Keys returns the keys that sign what is sent to the endpoint.
func (e Endpoint) Keys() ([]Key, error) {
	if e.Format == FormatSlack {
		return nil, nil
	}
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
	u, err := url.Parse(e.URL)
	switch {
	case e.Format != FormatWebhook && e.Format != FormatSlack:
		faults = append(faults, fmt.Errorf("type: %q is not known; leave it out, or give slack", e.Format))
	case e.Format == FormatSlack:
		if e.URL != "" || len(e.Secrets) != 1 {
			faults = append(faults, errors.New("secrets: of Slack there must be one, which is the address of the incoming webhook; leave url out"))
		}
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		faults = append(faults, errors.New("url: is not an address that begins with https://"))
	case u.Scheme == "http" && !allowHTTP:
		faults = append(faults, errors.New("url: begins with http://, which allow_http must allow"))
	case u.User != nil:
		faults = append(faults, errors.New("url: must not hold a password; what is sent is signed instead"))
	}
	if len(e.Secrets) == 0 || len(e.Secrets) > maxSecrets {
		faults = append(faults, fmt.Errorf("secrets: must be 1 to %d", maxSecrets))
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
	if _, err := endpoint.Keys(); err != nil || endpoint.Format != FormatSlack {
		return err
	}
	u, err := endpoint.address()
	if err == nil && u.Scheme != "https" && !e.AllowHTTP {
		err = errors.New("the address of Slack does not begin with https://")
	}
	return err
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

func (e Endpoint) serves(tenant string) bool {
	return len(e.Tenants) == 0 || slices.Contains(e.Tenants, tenant)
}

// Routes returns who is told of a job of the tenant that names these endpoints,
// and those of them that there are not.
func (e Endpoints) Routes(tenant string, names []string) (routes []job.Route, unknown []string) {
	mine := e.Names(tenant)
	for _, name := range names {
		if !slices.Contains(mine, name) {
			unknown = append(unknown, name)
		}
	}
	for _, name := range mine {
		if endpoint := e.Named[name]; endpoint.All || slices.Contains(names, name) {
			routes = append(routes, job.Route{Endpoint: name, Events: endpoint.Events})
		}
	}
	return routes, unknown
}
