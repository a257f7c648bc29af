package site

import (
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/docjobs/docjobs/engine/site/sandbox"
)

// BuildOptions says what to build and how.
type BuildOptions struct {
	// Source is the folder with everything that the site needs; it is only read.
	Source string
	// Dir is the folder to build, relative to Source, with slashes; what was
	// detected if empty.
	Dir string
	// Output receives the site. It must not exist; it appears, by a rename,
	// only when the build succeeded. Its parent must exist.
	Output string
	// Work is a folder for caches and temporary files, used by this build alone.
	Work string
	// Title names the site of a plain folder; its front page's title if empty.
	// A Hugo site has a title of its own.
	Title string
	// BaseURL is the site's address with its path; required.
	BaseURL string
	// Environment is for the site's templates (getenv) and settings
	// (HUGO_PARAMS_…). The child sees nothing else of the environment; names
	// that steer the child are refused with *EnvironmentError, see
	// [CheckEnvironment].
	Environment map[string]string
	// Tools are the programs that the site may run: "git" for enableGitInfo,
	// "sass", "node", "postcss". They are found in ToolFolders and this
	// program's PATH and run in the sandbox of the build.
	Tools       []string
	ToolFolders []string
	// Executable is the beginning of the command line of the Hugo in this
	// program, which shuts itself in; Version is its version.
	Executable []string
	Version    string
	// Hugos are other versions of Hugo: programs by their versions.
	Hugos map[string]string
	// Commands are the generators that may be run beside Hugo.
	Commands Commands
	// Cache keeps what the prepare steps of commands have fetched, for all
	// builds of this machine; a folder in Work if empty.
	Cache string
	// Sandbox shuts generators in. Where it is too weak for what the source
	// needs, the build is refused with *UnsafeError, unless Unsafe allows it.
	Sandbox *sandbox.Sandbox
	Unsafe  bool
	// Log receives the child's output line by line, one call at a time; may be nil.
	Log func(line string)
	// Limits bounds the build; zero fields mean the defaults.
	Limits Limits
}

// Limits bounds a build. A build beyond one ends with a *LimitError.
type Limits struct {
	// Time is the longest duration of the child; 30 minutes if 0.
	Time time.Duration
	// OutputBytes is the largest site, and the largest size of site and caches
	// together while it is built; 10 GiB if 0. It is looked at twice a second.
	OutputBytes int64
	// LogBytes is how much of the output is passed to Log; 4 MiB if 0. The
	// rest is left out; a build that writes 16 times as much is stopped.
	LogBytes int
	// MemoryBytes is the most memory of the child; unlimited if 0. Hugo's
	// caches and Go's collector are told to stay below it; it is measured
	// several times a second, and on Linux the kernel refuses much more.
	MemoryBytes int64
	// Processes is the most processes and threads of a command; 1,000 if 0.
	Processes int64
	// Files is the most files of a site, and of the site and all that is
	// written beside it; 2,000,000 if 0.
	Files int
}

func (o BuildOptions) withDefaults() (BuildOptions, error) {
	if o.Source == "" || o.Output == "" || o.Work == "" || o.BaseURL == "" || len(o.Executable) == 0 {
		return o, errors.New("build a site: Source, Output, Work, BaseURL and Executable are required")
	}
	if o.Dir != "" && !filepath.IsLocal(filepath.FromSlash(o.Dir)) {
		return o, fmt.Errorf("build a site: the folder %q is not inside the source", o.Dir)
	}
	if err := checkEnvironment(o.Environment); err != nil {
		return o, err
	}
	for _, p := range []*string{&o.Source, &o.Output, &o.Work} {
		abs, err := filepath.Abs(*p)
		if err != nil {
			return o, fmt.Errorf("build a site: %w", err)
		}
		*p = abs
	}
	if o.Log == nil {
		o.Log = func(string) {}
	}
	o.Limits = o.Limits.withDefaults()
	return o, nil
}

func (l Limits) withDefaults() Limits {
	if l.Time <= 0 {
		l.Time = 30 * time.Minute
	}
	if l.OutputBytes <= 0 {
		l.OutputBytes = 10 << 30
	}
	if l.LogBytes <= 0 {
		l.LogBytes = 4 << 20
	}
	if l.Processes <= 0 {
		l.Processes = 1000
	}
	if l.Files <= 0 {
		l.Files = 2_000_000
	}
	return l
}
