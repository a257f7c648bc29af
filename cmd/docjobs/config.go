package main

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/docjobs/docjobs/engine/dita"
	"github.com/docjobs/docjobs/engine/source"
	"github.com/docjobs/docjobs/engine/source/gitsource"
	"github.com/docjobs/docjobs/engine/weblinks"
)

// config is the operator's configuration: a YAML file, all of which may be
// left out on a laptop.
type config struct {
	// Data is the folder for everything that is kept.
	Data string `yaml:"data"`
	// Artifacts is where inputs and outputs of jobs are kept: file:///folder or
	// s3://bucket?region=…; a folder in Data when empty.
	Artifacts string `yaml:"artifacts"`
	// Retention is how long Temporal keeps ended jobs, at least 24h.
	Retention time.Duration `yaml:"retention"`
	// Results say how long what jobs leave behind is kept, and Archives where copies of
	// it can be kept, by name.
	Results  resultsConfig            `yaml:"results"`
	Archives map[string]archiveConfig `yaml:"archives"`
	// Targets are the places that sites can be released to, by name.
	Targets map[string]targetConfig `yaml:"targets"`
	Git     gitConfig               `yaml:"git"`
	// ExternalLinks says how links to other sites are checked.
	ExternalLinks externalConfig `yaml:"external_links"`
	Limits        limitsConfig   `yaml:"limits"`
	Worker        workerConfig   `yaml:"worker"`
	// Generators are the commands that builds may run besides Hugo, by name.
	Generators map[string]generatorConfig `yaml:"generators"`
	Hugo       hugoConfig                 `yaml:"hugo"`
	// UnsafeBuilds lets builds run that cannot be shut in.
	UnsafeBuilds bool      `yaml:"unsafe_builds"`
	API          apiConfig `yaml:"api"`
	// Notify says who is told of jobs.
	Notify notifyConfig `yaml:"notify"`
	// PublicURL is the address under which people reach the API, for links.
	PublicURL string `yaml:"public_url"`
}

// apiConfig bounds what the keys of one tenant may ask of one API process. Zero is
// the default.
type apiConfig struct {
	RequestsPerSecond float64 `yaml:"requests_per_second"`
	Burst             int     `yaml:"burst"`
}

// gitConfig says which repositories may be read.
type gitConfig struct {
	AllowHTTP    bool     `yaml:"allow_http"`    // also http://, not only https://
	AllowPrivate []string `yaml:"allow_private"` // private networks that may be reached, such as 10.1.0.0/16
	Ports        []uint16 `yaml:"ports"`         // besides 443
}

// externalConfig says how links to other sites are checked. Zero is the default.
type externalConfig struct {
	Budget       time.Duration `yaml:"budget"`        // of one job
	AllowPrivate []string      `yaml:"allow_private"` // private networks that may be asked, such as 10.1.0.0/16
	Ports        []uint16      `yaml:"ports"`         // besides 80, 443, 8080 and 8443
	PerHost      int           `yaml:"per_host"`      // requests to one host at the same time
	Interval     time.Duration `yaml:"interval"`      // between two requests to one host
	Fresh        time.Duration `yaml:"fresh"`         // how long a good answer counts
}

// limitsConfig bounds what is taken in. Zero is the default.
type limitsConfig struct {
	UploadMiB int64 `yaml:"upload_mib"` // size of an archive
	SourceMiB int64 `yaml:"source_mib"` // of all files in a source together
	FileMiB   int64 `yaml:"file_mib"`   // of one file
	Files     int   `yaml:"files"`      // in a source
}

// workerConfig is how much a worker does at the same time. Zero is the default.
type workerConfig struct {
	Builds    int `yaml:"builds"`
	Transfers int `yaml:"transfers"`
	Documents int `yaml:"documents"` // that are converted
	// Grammars are folders with the grammar of DITA, by its version.
	Grammars map[string]string `yaml:"grammars"`
}

const (
	defaultUploadMiB = 512
	defaultRetention = 30 * 24 * time.Hour
	localTarget      = "local"
)

// loadConfig reads the file, or takes the defaults for "". data, if not empty,
// overrides where data is kept. Everything that is wrong is named at once.
func loadConfig(file, data string) (*config, error) {
	c := &config{}
	if file != "" {
		content, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("the configuration cannot be read: %w", err)
		}
		if err := yaml.UnmarshalWithOptions(content, c, yaml.Strict()); err != nil {
			return nil, fmt.Errorf("the configuration %s has an error:\n%s", file, yaml.FormatError(err, false, true))
		}
	}
	if data != "" {
		c.Data = data
	}
	if err := c.complete(); err != nil {
		return nil, err
	}
	return c, nil
}

// complete fills in defaults and checks everything.
func (c *config) complete() error {
	var faults []error
	if c.Data == "" {
		folder, err := defaultData()
		if err != nil {
			return err
		}
		c.Data = folder
	}
	absolute, err := filepath.Abs(c.Data)
	if err != nil {
		return err
	}
	c.Data = absolute
	if c.Artifacts == "" {
		c.Artifacts = "file://" + filepath.ToSlash(filepath.Join(c.Data, "artifacts"))
	}
	if c.Retention == 0 {
		c.Retention = defaultRetention
	}
	if c.Retention < 24*time.Hour {
		faults = append(faults, fmt.Errorf("retention: %s is less than 24h", c.Retention))
	}
	for version := range c.Worker.Grammars {
		if version != string(dita.V12) && version != string(dita.V13) {
			faults = append(faults, fmt.Errorf("worker.grammars: %q is no version of DITA that is written; it is 1.2 or 1.3, in quotation marks", version))
		}
	}
	if len(c.Targets) == 0 {
		c.Targets = map[string]targetConfig{localTarget: {Type: "file", Path: filepath.Join(c.Data, "targets", localTarget)}}
	}
	faults = append(faults, c.targetFaults()...)
	if _, err := c.git(); err != nil {
		faults = append(faults, err)
	}
	if _, err := c.web(); err != nil {
		faults = append(faults, err)
	}
	if _, err := c.notify(); err != nil {
		faults = append(faults, err)
	}
	if u, err := url.Parse(c.PublicURL); c.PublicURL != "" && (err != nil || u.Host == "") {
		faults = append(faults, fmt.Errorf("public_url: %q is not an address such as https://docjobs.example.org", c.PublicURL))
	}
	if err := c.limits().Validate(); err != nil {
		faults = append(faults, fmt.Errorf("limits: %w", err))
	}
	if c.Limits.UploadMiB < 0 || c.Worker.Builds < 0 || c.Worker.Transfers < 0 {
		faults = append(faults, errors.New("limits.upload_mib, worker.builds and worker.transfers must not be negative"))
	}
	if c.API.RequestsPerSecond < 0 || c.API.Burst < 0 {
		faults = append(faults, errors.New("api.requests_per_second and api.burst must not be negative"))
	}
	faults = append(faults, c.generatorFaults()...)
	faults = append(faults, c.resultFaults()...)
	if err := errors.Join(faults...); err != nil {
		return fmt.Errorf("the configuration has errors:\n%w", err)
	}
	return nil
}

// git returns the options for reading repositories.
func (c *config) git() (gitsource.Options, error) {
	options := gitsource.Options{AllowHTTP: c.Git.AllowHTTP, Ports: c.Git.Ports, Limits: c.limits()}
	allowed, err := networks("git.allow_private", c.Git.AllowPrivate)
	options.AllowPrivate = allowed
	return options, err
}

// maxExternalBudget is less than what a step may take.
const maxExternalBudget = 90 * time.Minute

// web returns the options for checking links to other sites.
func (c *config) web() (weblinks.Options, error) {
	e := c.ExternalLinks
	options := weblinks.Options{Budget: e.Budget, Ports: e.Ports, PerHost: e.PerHost, Interval: e.Interval, Fresh: e.Fresh}
	if e.Budget < 0 || e.Budget > maxExternalBudget || e.PerHost < 0 || e.Interval < 0 || e.Fresh < 0 {
		return options, fmt.Errorf("external_links: nothing may be negative, and budget be at most %s", maxExternalBudget)
	}
	allowed, err := networks("external_links.allow_private", e.AllowPrivate)
	options.AllowPrivate = allowed
	return options, err
}

// networks reads networks of the setting name.
func networks(name string, list []string) (prefixes []netip.Prefix, err error) {
	for _, network := range list {
		prefix, err := netip.ParsePrefix(network)
		if err != nil {
			return nil, fmt.Errorf("%s: %q is not a network such as 10.1.0.0/16", name, network)
		}
		prefixes = append(prefixes, prefix)
	}
	return prefixes, nil
}

// limits returns what a source may hold.
func (c *config) limits() source.Limits {
	limits := source.DefaultLimits()
	if c.Limits.SourceMiB != 0 {
		limits.TotalBytes = c.Limits.SourceMiB << 20
	}
	if c.Limits.FileMiB != 0 {
		limits.FileBytes = c.Limits.FileMiB << 20
	}
	if c.Limits.Files != 0 {
		limits.Entries = c.Limits.Files
	}
	return limits
}

// maxUpload returns the greatest size of an archive, in bytes.
func (c *config) maxUpload() int64 {
	if c.Limits.UploadMiB == 0 {
		return defaultUploadMiB << 20
	}
	return c.Limits.UploadMiB << 20
}

// defaultData is the folder for data under the user's own data folder, as the
// platform has it (XDG Base Directory Specification on Unix).
func defaultData() (string, error) {
	if runtime.GOOS != "darwin" && runtime.GOOS != "windows" {
		if dir := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
			return filepath.Join(dir, "docjobs"), nil
		}
		home, err := os.UserHomeDir()
		if err != nil {
			return "", fmt.Errorf("no folder for data is known: %w; name one with --data", err)
		}
		return filepath.Join(home, ".local", "share", "docjobs"), nil
	}
	dir, err := os.UserConfigDir() // on these, where applications keep data as well
	if err != nil {
		return "", fmt.Errorf("no folder for data is known: %w; name one with --data", err)
	}
	return filepath.Join(dir, "docjobs"), nil
}
