package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/docjobs/docjobs/artifact"
	"github.com/docjobs/docjobs/job"
	"github.com/docjobs/docjobs/worker"
	"github.com/docjobs/docjobs/workflows"
)

// resultsConfig says how long what jobs leave behind is kept: artifacts and logs. Zero
// is the default.
type resultsConfig struct {
	Keep    time.Duration `yaml:"keep"`    // after the end of a job
	Longest time.Duration `yaml:"longest"` // that a submission or docjobs extend may ask for
	Warn    time.Duration `yaml:"warn"`    // how long before its expiry a result is announced that nobody has fetched; negative for never
	Pin     string        `yaml:"pin"`     // the scope that pinning takes: submit or admin
	Uploads time.Duration `yaml:"uploads"` // how long uploads are kept that no job refers to
	Sweep   time.Duration `yaml:"sweep"`   // the time between two sweeps
	Grace   time.Duration `yaml:"grace"`   // how long what is needed no more is kept all the same
}

// archiveConfig is where copies of results can be kept.
type archiveConfig struct {
	URL     string   `yaml:"url"` // file:///folder or s3://bucket?region=…
	Tenants []string `yaml:"tenants"`
}

// shortestGrace is more than a step may take with all its tries: 24 hours.
const shortestGrace = 25 * time.Hour

// resultFaults returns what is wrong with how long results are kept, and where.
func (c *config) resultFaults() (faults []error) {
	r := c.Results
	for name, d := range map[string]time.Duration{"keep": r.Keep, "longest": r.Longest, "uploads": r.Uploads, "sweep": r.Sweep, "grace": r.Grace} {
		if d < 0 || d%time.Second != 0 {
			faults = append(faults, fmt.Errorf("results.%s: %s is not a whole number of seconds", name, d))
		}
	}
	if longest := cmp.Or(r.Longest, workflows.DefaultLongest); r.Keep > longest {
		faults = append(faults, fmt.Errorf("results.keep: %s is longer than results.longest, %s", r.Keep, longest))
	}
	if scope := job.Scope(r.Pin); scope != "" && scope != job.ScopeSubmit && scope != job.ScopeAdmin {
		faults = append(faults, fmt.Errorf("results.pin: %q is neither submit nor admin", r.Pin))
	}
	for name, a := range c.Archives {
		if !job.ValidEndpoint(name) {
			faults = append(faults, fmt.Errorf("archives: %q is no name for an archive: lower-case letters, digits and dashes", name))
		}
		if a.URL == "" {
			faults = append(faults, fmt.Errorf("archives.%s.url: is missing; file:///folder or s3://bucket?region=…", name))
		}
		for _, tenant := range a.Tenants {
			if !job.ValidTenant(tenant) {
				faults = append(faults, fmt.Errorf("archives.%s.tenants: %q is not a name of a tenant", name, tenant))
			}
		}
	}
	return faults
}

// keep is what the job service knows of it.
func (c *config) keep() workflows.Keep {
	k := workflows.Keep{
		Default: c.Results.Keep, Longest: c.Results.Longest, Warn: c.Results.Warn, Pin: job.Scope(c.Results.Pin),
		Archives: map[string][]string{},
	}
	for name, a := range c.Archives {
		k.Archives[name] = a.Tenants
	}
	return k
}

// keeping is what a worker knows of it.
func (p *parts) keeping() worker.Keeping {
	r := p.config.Results
	if g := r.Grace; g != 0 && g < shortestGrace {
		p.log.Warn("results.grace is less than a step may take: what a slow step is about to need may be deleted. It is for trying things out.", "grace", g, "shortest", shortestGrace)
	}
	return worker.Keeping{Vaults: p.vaults, Grace: r.Grace, Sweep: r.Sweep, Uploads: cmp.Or(r.Uploads, r.Keep)}
}

// openVaults opens the archives.
func (p *parts) openVaults(ctx context.Context) error {
	p.vaults = map[string]*artifact.Vault{}
	for name, a := range p.config.Archives {
		v, err := artifact.OpenVault(ctx, a.URL)
		if err != nil {
			return fmt.Errorf("archive %s: %w", name, err)
		}
		p.vaults[name] = v
	}
	return nil
}

// closeVaults closes them.
func (p *parts) closeVaults() error {
	var errs []error
	for _, v := range p.vaults {
		errs = append(errs, v.Close())
	}
	return errors.Join(errs...)
}
