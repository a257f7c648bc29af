package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/docjobs/docjobs/activities"
	"github.com/docjobs/docjobs/engine/calendar"
	"github.com/docjobs/docjobs/engine/release"
	"github.com/docjobs/docjobs/engine/release/s3release"
	"github.com/docjobs/docjobs/job"
)

// targetConfig is one target.
type targetConfig struct {
	// Type is "file", a folder on this machine, or "s3", a bucket.
	Type string `yaml:"type"`
	// Path is the folder of a file target.
	Path string   `yaml:"path"`
	S3   s3Config `yaml:",inline"`
	// URL is where readers find the site. When empty the site of a file target is
	// served by the API under /sites/<name>/.
	URL string `yaml:"url"`
	// KeepReleases and KeepFor say which releases stay, to go back to and for the
	// pages that readers have open.
	KeepReleases int           `yaml:"keep_releases"`
	KeepFor      time.Duration `yaml:"keep_for"`
	// Tenants are those who may use the target; everybody when empty.
	Tenants []string `yaml:"tenants"`
	// Freezes are times during which publishes wait.
	Freezes []freezeConfig `yaml:"freezes"`
	// Approval says who approves publishes.
	Approval approvalConfig `yaml:"approval"`
}

// s3Config is what only targets in buckets have.
type s3Config struct {
	Bucket      string            `yaml:"bucket"`
	Prefix      string            `yaml:"prefix"`     // folder in the bucket
	Region      string            `yaml:"region"`     // needed without endpoint
	Endpoint    string            `yaml:"endpoint"`   // of a store that is not AWS's
	PathStyle   bool              `yaml:"path_style"` // address the bucket by path, not by host name
	Layout      string            `yaml:"layout"`     // pointer or sync
	Credentials credentialsConfig `yaml:"credentials"`
	CloudFront  *cloudFrontConfig `yaml:"cloudfront"`
}

// credentialsConfig names environment variables of this process. With none of them the
// SDK looks for credentials where it always does.
type credentialsConfig struct {
	AccessKey    string `yaml:"access_key_env"`
	SecretKey    string `yaml:"secret_key_env"`
	SessionToken string `yaml:"session_token_env"`
}

// cloudFrontConfig is what stands between readers and a bucket.
type cloudFrontConfig struct {
	Distribution  string        `yaml:"distribution"`    // ID
	KeyValueStore string        `yaml:"key_value_store"` // ARN
	Wait          time.Duration `yaml:"wait"`            // for an invalidation
}

// approvalConfig says when publishes of a target wait for an approval.
type approvalConfig struct {
	Required bool          `yaml:"required"` // all of them; else those that ask for it
	Others   bool          `yaml:"others"`   // the submitter may not approve
	Within   time.Duration `yaml:"within"`   // after that the job fails; 168h when zero
}

// freezeConfig is a window in time: one of every week, or a range of days.
type freezeConfig struct {
	Name   string `yaml:"name"`
	Weekly string `yaml:"weekly"` // Fri 16:00 - Mon 06:00
	From   string `yaml:"from"`   // 2026-12-20, or with a time 2026-12-20 18:00
	To     string `yaml:"to"`     // the same; a day counts to its end
	Zone   string `yaml:"zone"`   // Europe/Berlin; UTC when empty
}

// What stays of releases, unless the configuration says otherwise.
const (
	defaultKeepFor = 24 * time.Hour
	maxKeepFor     = 2 * 365 * 24 * time.Hour
	maxKeep        = 1000
)

// targetFaults returns what is wrong with the targets.
func (c *config) targetFaults() (faults []error) {
	places := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(c.Targets)) {
		t := c.Targets[name]
		faults = append(faults, t.check(name)...)
		place := cmp.Or(t.Path, t.S3.Endpoint+" "+t.S3.Bucket+"/"+t.S3.Prefix)
		if other, taken := places[place]; taken {
			faults = append(faults, fmt.Errorf("targets.%s: is in the same place as target %s", name, other))
		}
		places[place] = name
	}
	return faults
}

// check returns what is wrong with a target.
func (t targetConfig) check(name string) (faults []error) {
	if !job.ValidTarget(name) {
		faults = append(faults, fmt.Errorf("targets: %q is no name for a target: lower-case letters, digits and dashes", name))
	}
	wrong := func(field, text string, args ...any) {
		faults = append(faults, fmt.Errorf("targets.%s.%s: %s", name, field, fmt.Sprintf(text, args...)))
	}
	switch t.Type {
	case "file":
		if !filepath.IsAbs(t.Path) {
			wrong("path", "%q is not an absolute path", t.Path)
		}
		if t.S3 != (s3Config{}) {
			wrong("type", "bucket, prefix, region, endpoint, path_style, layout, credentials and cloudfront are for type s3")
		}
	case "s3":
		for _, fault := range t.s3Faults() {
			faults = append(faults, fmt.Errorf("targets.%s.%w", name, fault))
		}
	default:
		wrong("type", "%q is not known; it must be \"file\" or \"s3\"", t.Type)
		if t.Path != "" && !filepath.IsAbs(t.Path) {
			wrong("path", "%q is not an absolute path", t.Path)
		}
	}
	if t.KeepReleases < 0 || t.KeepReleases > maxKeep {
		wrong("keep_releases", "%d is not between 1 and %d", t.KeepReleases, maxKeep)
	}
	if t.KeepFor < 0 || t.KeepFor > maxKeepFor {
		wrong("keep_for", "%s is not between 0s and %s", t.KeepFor, maxKeepFor)
	}
	if w := t.Approval.Within; w < 0 || w > 0 && w < time.Minute || w > 90*24*time.Hour {
		wrong("approval.within", "%s is not between 1m and 2160h", w)
	}
	if _, err := activities.FreezesOf(t.freezes()); err != nil {
		faults = append(faults, fmt.Errorf("targets.%s.freezes: %w", name, err))
	}
	for _, tenant := range t.Tenants {
		if !job.ValidTenant(tenant) {
			wrong("tenants", "%q is not a name of a tenant", tenant)
		}
	}
	return faults
}

// s3Faults returns what is wrong with a bucket, by the name of the setting. Whether
// credentials are there shows when the target is opened.
func (t targetConfig) s3Faults() (faults []error) {
	if t.Path != "" {
		faults = append(faults, errors.New("path: is for type file"))
	}
	if t.URL == "" {
		faults = append(faults, errors.New("url: is needed: the address under which readers find what is in the bucket"))
	}
	if c := t.S3.Credentials; c != (credentialsConfig{}) && (c.AccessKey == "" || c.SecretKey == "") {
		faults = append(faults, errors.New("credentials: access_key_env and secret_key_env are needed, or none for where the AWS SDK looks"))
	}
	o := t.s3Options("")
	return append(faults, o.Check()...)
}

// s3Options are those of the bucket, without credentials.
func (t targetConfig) s3Options(name string) s3release.Options {
	o := s3release.Options{
		Name: name, Bucket: t.S3.Bucket, Prefix: t.S3.Prefix, Region: t.S3.Region, Endpoint: t.S3.Endpoint,
		PathStyle: t.S3.PathStyle, Layout: s3release.Layout(t.S3.Layout),
	}
	if c := t.S3.CloudFront; c != nil {
		o.CloudFront = &s3release.CloudFront{Distribution: c.Distribution, KeyValueStore: c.KeyValueStore, Wait: c.Wait}
	}
	return o
}

// read returns the credentials that the environment holds, or nil if none are named.
func (c credentialsConfig) read() (*s3release.Credentials, error) {
	if c == (credentialsConfig{}) {
		return nil, nil
	}
	read := &s3release.Credentials{AccessKey: os.Getenv(c.AccessKey), SecretKey: os.Getenv(c.SecretKey)}
	names := []string{c.AccessKey, c.SecretKey}
	if c.SessionToken != "" {
		read.SessionToken = os.Getenv(c.SessionToken)
		names = append(names, c.SessionToken)
	}
	for _, name := range names {
		if os.Getenv(name) == "" {
			return nil, fmt.Errorf("the environment variable %s, which the configuration names for credentials, is not set", name)
		}
	}
	return read, nil
}

// open opens the target, and for one whose site the API can serve what does.
func (t targetConfig) open(ctx context.Context, name string, log *slog.Logger) (release.Target, http.Handler, error) {
	if t.Type == "file" {
		target, err := release.OpenFile(t.Path, release.Options{Name: name, Logger: log})
		if err != nil {
			return nil, nil, err
		}
		return target, release.NewHandler(target), nil
	}
	o := t.s3Options(name)
	o.Logger = log
	var err error
	if o.Credentials, err = t.S3.Credentials.read(); err != nil {
		return nil, nil, err
	}
	target, err := s3release.Open(ctx, o)
	if err != nil {
		return nil, nil, err
	}
	return target, nil, nil
}

// keep says which releases of the target stay.
func (t targetConfig) keep() release.PruneOptions {
	return release.PruneOptions{Keep: cmp.Or(t.KeepReleases, activities.DefaultKeep), For: cmp.Or(t.KeepFor, defaultKeepFor)}
}

// rules are what the configuration says about the use of a target.
func (t targetConfig) rules() activities.Rules {
	freezes, _ := activities.FreezesOf(t.freezes()) // which were checked when the configuration was read
	return activities.Rules{
		Tenants: t.Tenants, Freezes: freezes,
		Approval: t.Approval.Required, Others: t.Approval.Others, Within: t.Approval.Within,
	}
}

// address is where readers find the target's site; it ends in a slash.
func (t targetConfig) address(base, name string) string {
	if t.URL != "" {
		return strings.TrimSuffix(t.URL, "/") + "/"
	}
	return base + "/sites/" + name + "/"
}

// freezes are the windows of the target, as they are written.
func (t targetConfig) freezes() (specs []calendar.Spec) {
	for _, f := range t.Freezes {
		specs = append(specs, calendar.Spec(f))
	}
	return specs
}
