package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/docjobs/docjobs/engine/site"
	"github.com/docjobs/docjobs/engine/site/hugo"
	"github.com/docjobs/docjobs/engine/site/sandbox"
	"github.com/docjobs/docjobs/job"
)

// generatorConfig is a command that builds may run. What is left out of one
// that is called like a known generator is as its documentation has it.
type generatorConfig struct {
	Command []string          `yaml:"command"` // program and arguments; see docs/configuration.md for the words in braces
	Output  string            `yaml:"output"`  // folder in the source that the site is left in
	Env     []string          `yaml:"env"`     // variables of the worker that are passed on
	Set     map[string]string `yaml:"set"`     // other variables
	Matches []string          `yaml:"matches"` // command lines of hosting services that mean it
	Folders []string          `yaml:"folders"` // that may be read besides those of the system
	Prepare *prepareConfig    `yaml:"prepare"` // step with a network
	Limits  buildLimits       `yaml:"limits"`
}

// prepareConfig is the step that fetches what a build depends on.
type prepareConfig struct {
	Command []string `yaml:"command"` // empty: there is no such step
	Files   []string `yaml:"files"`   // all that it sees; the first must be there for it to run
	Link    string   `yaml:"link"`    // such as node_modules
	Ports   []uint16 `yaml:"ports"`   // that may be dialled; 443 when left out
}

// buildLimits bound a build. Zero is the default.
type buildLimits struct {
	Time      time.Duration `yaml:"time"`
	MemoryMiB int64         `yaml:"memory_mib"`
	OutputMiB int64         `yaml:"output_mib"`
	LogKiB    int           `yaml:"log_kib"`
	Processes int64         `yaml:"processes"`
	Files     int           `yaml:"files"`
}

// hugoConfig is what Hugo sites can have besides the Hugo in this program.
type hugoConfig struct {
	Versions map[string]string `yaml:"versions"` // other versions of Hugo: their programs
	Sass     string            `yaml:"sass"`     // Dart Sass
	Git      bool              `yaml:"git"`      // git may be run for enableGitInfo
	Limits   buildLimits       `yaml:"limits"`
}

// defaultMemoryMiB is what the processes of a command may use together.
const defaultMemoryMiB = 4096

func (l buildLimits) limits() site.Limits {
	return site.Limits{Time: l.Time, MemoryBytes: l.MemoryMiB << 20, OutputBytes: l.OutputMiB << 20,
		LogBytes: l.LogKiB << 10, Processes: l.Processes, Files: l.Files}
}

func (l buildLimits) check(where string) []error {
	if l.Time < 0 || l.MemoryMiB < 0 || l.OutputMiB < 0 || l.LogKiB < 0 || l.Processes < 0 || l.Files < 0 {
		return []error{fmt.Errorf("%s.limits: none may be negative", where)}
	}
	return nil
}

// generatorFaults returns what is wrong with the generators.
func (c *config) generatorFaults() (faults []error) {
	for _, name := range slices.Sorted(maps.Keys(c.Generators)) {
		faults = append(faults, c.Generators[name].check(name)...)
	}
	for version, program := range c.Hugo.Versions {
		if !filepath.IsAbs(program) {
			faults = append(faults, fmt.Errorf("hugo.versions.%s: %q is not an absolute path of a program", version, program))
		}
	}
	if c.Hugo.Sass != "" && !filepath.IsAbs(c.Hugo.Sass) {
		faults = append(faults, fmt.Errorf("hugo.sass: %q is not an absolute path of a program", c.Hugo.Sass))
	}
	return append(faults, c.Hugo.Limits.check("hugo")...)
}

func (g generatorConfig) check(name string) (faults []error) {
	where := "generators." + name
	fault := func(format string, args ...any) {
		faults = append(faults, fmt.Errorf(where+format, args...))
	}
	command, preset := g.command(name), len(g.Command) == 0
	switch {
	case !job.ValidTarget(name) || slices.Contains([]string{"hugo", "markdown", "static"}, name):
		fault(": this is no name for a generator: lower-case letters, digits and dashes, and not hugo, markdown or static")
	case len(command.Argv) == 0:
		fault(".command is missing: %s is none of the generators that have one already", name)
	case !preset && command.Output == "" && !slices.ContainsFunc(command.Argv, func(w string) bool { return strings.Contains(w, "{output}") }):
		fault(": neither output says where the site is left nor does command have {output}")
	}
	if !filepath.IsLocal(filepath.FromSlash(command.Output)) && command.Output != "" {
		fault(".output: %q is not a folder inside the source", command.Output)
	}
	for _, folder := range g.Folders {
		if !filepath.IsAbs(folder) {
			fault(".folders: %q is not an absolute path", folder)
		}
	}
	if p := command.Prepare; p != nil {
		if len(p.Files) == 0 {
			fault(".prepare.files is missing: name the files that say what to fetch")
		}
		for _, file := range append(slices.Clone(p.Files), p.Link) {
			if file != "" && !filepath.IsLocal(filepath.FromSlash(file)) {
				fault(".prepare: %q is not inside the source", file)
			}
		}
	}
	return append(faults, g.Limits.check(where)...)
}

// command is the preset of the name with what the operator says otherwise.
func (g generatorConfig) command(name string) site.Command {
	c, _ := site.Preset(site.Generator(name))
	if len(g.Command) > 0 {
		c.Argv = g.Command
	}
	if g.Output != "" {
		c.Output = path.Clean(g.Output)
	}
	c.Env, c.Folders = g.Env, g.Folders
	c.Matches = append(c.Matches, g.Matches...)
	set := maps.Clone(c.Set)
	if set == nil {
		set = map[string]string{}
	}
	maps.Copy(set, g.Set)
	c.Set = set
	c.Limits = g.Limits.limits()
	if c.Limits.MemoryBytes == 0 {
		c.Limits.MemoryBytes = defaultMemoryMiB << 20
	}
	if p := g.Prepare; p != nil {
		c.Prepare = p.over(c.Prepare)
	}
	return c
}

// over is the preset's step with what the operator says otherwise; an empty
// command of an operator who names nothing else switches it off.
func (p *prepareConfig) over(preset *site.Prepare) *site.Prepare {
	if len(p.Command)+len(p.Files)+len(p.Ports) == 0 && p.Link == "" {
		return nil
	}
	c := site.Prepare{}
	if preset != nil {
		c = *preset
	}
	if len(p.Command) > 0 {
		c.Argv = p.Command
	}
	if len(p.Files) > 0 {
		c.Files = p.Files
	}
	if p.Link != "" {
		c.Link = p.Link
	}
	if len(p.Ports) > 0 {
		c.Ports = p.Ports
	}
	if len(c.Argv) == 0 {
		return nil
	}
	return &c
}

// site returns how sites are built on this machine, and its fingerprint: where
// it differs, the same source makes another site.
func (c *config) site(ctx context.Context, log *slog.Logger) (site.BuildOptions, string, error) {
	o := site.BuildOptions{
		Version: hugo.Version, Hugos: c.Hugo.Versions, Commands: site.Commands{}, Cache: filepath.Join(c.Data, "dependencies"),
		Unsafe: c.UnsafeBuilds, Limits: c.Hugo.Limits.limits(),
	}
	for name, g := range c.Generators {
		o.Commands[name] = g.command(name)
	}
	if c.Hugo.Sass != "" {
		o.Tools, o.ToolFolders = append(o.Tools, "sass", "dart-sass"), append(o.ToolFolders, filepath.Dir(c.Hugo.Sass))
	}
	if c.Hugo.Git {
		o.Tools = append(o.Tools, "git")
	}
	described, err := json.Marshal([]any{o.Commands, o.Hugos, o.Tools})
	if err != nil {
		return o, "", err
	}
	sum := sha256.Sum256(described)
	fingerprint := hugo.Version + " " + version() + " " + hex.EncodeToString(sum[:8])
	var errs [2]error
	o.Executable, errs[0] = hugo.Command()
	o.Sandbox, errs[1] = sandbox.Open(ctx)
	if err := errors.Join(errs[:]...); err != nil {
		return o, "", err
	}
	switch {
	case o.Sandbox.Level() == sandbox.Full:
	case o.Unsafe:
		log.Warn("Builds are not shut in, or only in part, and are allowed by --unsafe-builds.", "reasons", o.Sandbox.Refused)
	default:
		log.Warn("This machine cannot shut builds in, or only in part: some generators are refused.", "reasons", o.Sandbox.Refused)
	}
	return o, fingerprint, nil
}
