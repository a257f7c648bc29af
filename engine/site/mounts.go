package site

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
)

// checkMounts refuses a site that reads files outside the source: its
// configuration may name any folder of the machine as its content or static
// files. Hugo itself says what it would read, whatever file, theme or
// language setting that comes from.
func (s *setup) checkMounts(ctx context.Context) error {
	var documents []string
	argv := append(s.hugoArgv(), "config", "mounts", "--source", s.site)
	asked := *s
	asked.names = true
	asked.o.Limits.LogBytes = max(asked.o.Limits.LogBytes, maxListBytes)
	_, err := asked.hugo(ctx, argv, func(line string) {
		switch n := len(documents) - 1; {
		case line == "{": // warnings may stand between the documents
			documents = append(documents, line)
		case n >= 0 && !strings.HasSuffix(documents[n], "\n}"):
			documents[n] += "\n" + line
		}
	})
	if err != nil {
		return err
	}
	for _, document := range documents {
		if err := s.checkModule(document); err != nil {
			return err
		}
	}
	return nil
}

// checkModule looks at the mounts of the project or of one theme.
func (s *setup) checkModule(document string) error {
	var module struct {
		Path   string
		Dir    string
		Mounts []struct{ Source, Target string }
	}
	if err := json.Unmarshal([]byte(document), &module); err != nil {
		return fmt.Errorf("read the generator's list of mounts: %w", err)
	}
	if !s.insideSource(filepath.Clean(module.Dir)) {
		return &BuildError{Generator: s.found.Generator, File: inside(s.o.Dir, s.found.Config),
			Message: fmt.Sprintf("the theme or module %q is not in the source", module.Path),
			Fix:     "put the theme into the source"}
	}
	for _, mount := range module.Mounts {
		from := mount.Source
		if !filepath.IsAbs(from) {
			from = filepath.Join(module.Dir, from)
		}
		if !s.insideSource(from) {
			return &BuildError{Generator: s.found.Generator, File: inside(s.o.Dir, s.found.Config),
				Message: fmt.Sprintf("the site takes its %s files from %q, which is not in the source", mount.Target, mount.Source),
				Fix:     "put the files into the source and name them relative to the site"}
		}
	}
	return nil
}

// insideSource looks at the path as it is written and as links lead it.
func (s *setup) insideSource(name string) bool {
	below := func(dir, name string) bool {
		return name == dir || strings.HasPrefix(name, dir+string(filepath.Separator))
	}
	if !below(s.o.Source, filepath.Clean(name)) {
		return false
	}
	real, err := filepath.EvalSymlinks(name)
	if err != nil {
		return true // it is not there, and nothing is read
	}
	source, err := filepath.EvalSymlinks(s.o.Source)
	return err == nil && below(source, real)
}
