package site

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"github.com/docjobs/docjobs/engine/site/plain"
)

// setup is a source made ready for Hugo.
type setup struct {
	o     BuildOptions
	found Detection
	// site is Hugo's source folder.
	site string
	// theme are the settings that make the source the theme of the site in it.
	theme []string
	// git says that Hugo can read the source's history.
	git   bool
	plain *plain.Result
	// external is a Hugo beside the one in this program, where the source
	// wants its version.
	external string
	// names says that the child is to see what files there are outside.
	names bool
}

func prepare(ctx context.Context, o BuildOptions) (*setup, error) {
	s := &setup{o: o, site: filepath.Join(o.Source, filepath.FromSlash(o.Dir))}
	if err := checkFolder(s.site, o.Dir); err != nil {
		return nil, err
	}
	found, err := o.Commands.Detect(os.DirFS(o.Source), o.Dir)
	if err != nil {
		return nil, err
	}
	if err := checkEnvironment(found.Env); err != nil {
		return nil, err
	}
	s.site, s.found = filepath.Join(o.Source, filepath.FromSlash(found.Dir)), found
	for _, dir := range []string{"home", "tmp", "cache"} {
		if err := os.MkdirAll(filepath.Join(o.Work, dir), 0o700); err != nil {
			return nil, fmt.Errorf("prepare the build: %w", err)
		}
	}
	s.say(found.Reasons...)
	if found.Generator == Markdown {
		return s, s.preparePlain(ctx)
	}
	if found.Generator != Hugo {
		return s, nil
	}
	hugo := readSettings(os.DirFS(s.site))
	if err := s.chooseHugo(hugo); err != nil {
		return nil, err
	}
	s.theme = s.themeSettings(hugo)
	s.lookForGit(hugo.git)
	return s, s.copyResources()
}

// checkFolder tells a folder that the author named wrongly from a source that
// is not there.
func checkFolder(site, dir string) error {
	info, err := os.Stat(site)
	switch {
	case err == nil && info.IsDir():
		return nil
	case dir != "" && (err == nil || errors.Is(err, os.ErrNotExist)):
		return &NotASiteError{Looked: []string{"the folder " + dir}}
	case err == nil:
		return fmt.Errorf("prepare the build: the source %s is not a folder", site)
	}
	return fmt.Errorf("prepare the build: %w", err)
}

func (s *setup) say(lines ...string) {
	for _, line := range lines {
		s.o.Log(line)
	}
}

func (s *setup) preparePlain(ctx context.Context) (err error) {
	prepared := filepath.Join(s.o.Work, "site")
	s.plain, err = plain.Prepare(ctx, plain.Options{
		Source: s.site, Site: prepared, Title: s.o.Title, BaseURL: s.o.BaseURL,
	})
	s.site = prepared
	return fromSource(s.found.Dir, err)
}

// fromSource makes the paths in an error about dir relative to the source.
func fromSource(dir string, err error) error {
	var documents *plain.DocumentErrors
	var limit *plain.LimitError
	switch {
	case errors.As(err, &documents):
		for _, document := range documents.List {
			document.Path = inside(dir, document.Path)
		}
	case errors.As(err, &limit) && limit.Path != "":
		limit.Path = inside(dir, limit.Path)
	}
	return err
}

// lookForGit finds out whether enableGitInfo can work. Git obeys the
// configuration in .git, which can name programs to run: it must be allowed.
func (s *setup) lookForGit(wanted bool) {
	why := ""
	if _, err := os.Stat(filepath.Join(s.o.Source, ".git")); err != nil {
		why = "the source has no git history"
	} else if !slices.Contains(s.o.Tools, "git") {
		why = "builds may not run git here"
	} else if _, err := exec.LookPath("git"); err != nil {
		why = "git is not installed here"
	}
	s.git = why == ""
	if wanted && !s.git {
		s.say("WARN enableGitInfo is off, pages have no dates and authors from git: " + why + ".")
	}
}

// copyResources keeps Hugo from writing into the source, and what the source
// brings in its resources folder (compiled style sheets) usable.
func (s *setup) copyResources() error {
	from := filepath.Join(s.site, "resources")
	if !isDir(os.DirFS(s.site), "resources") {
		return nil
	}
	err := os.CopyFS(filepath.Join(s.o.Work, "resources"), os.DirFS(from))
	if err != nil && !errors.Is(err, os.ErrExist) {
		return fmt.Errorf("copy the resources folder: %w", err)
	}
	return nil
}

// hugoArgv is the beginning of the command line of the Hugo that builds.
func (s *setup) hugoArgv() []string {
	if s.external != "" {
		return []string{s.external}
	}
	return slices.Clone(s.o.Executable)
}

func (s *setup) argv(destination string) []string {
	arguments := []string{"--source", s.site, "--destination", destination, "--baseURL", s.o.BaseURL, "--noTimes", "--noBuildLock"}
	if s.external != "" { // older ones have no word for it
		return append([]string{s.external}, arguments...)
	}
	return append(append(slices.Clone(s.o.Executable), "build"), arguments...)
}
