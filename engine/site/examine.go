package site

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
)

// Examine says what a build of the source would do, without running anything,
// and what this machine lacks for it: *MissingError, *UnsafeError. Of the options it
// needs Source, Dir, and how sites are built here.
func Examine(o BuildOptions) (Detection, []error, error) {
	source, err := filepath.Abs(o.Source)
	if err != nil {
		return Detection{}, nil, err
	}
	o.Source = source
	if o.Log == nil {
		o.Log = func(string) {}
	}
	found, err := o.Commands.Detect(os.DirFS(source), o.Dir)
	if err != nil {
		return found, nil, err
	}
	s := &setup{o: o, found: found, site: filepath.Join(source, filepath.FromSlash(found.Dir))}
	var lacking []error
	note := func(err error) {
		if err != nil {
			lacking = append(lacking, err)
		}
	}
	note(s.permit())
	switch found.Generator {
	case Markdown, Static:
	case Hugo:
		note(s.chooseHugo(readSettings(os.DirFS(s.site))))
	default:
		note(s.lackOfCommand())
	}
	return found, lacking, nil
}

// lackOfCommand says what is missing of the generator's command.
func (s *setup) lackOfCommand() error {
	name := string(s.found.Generator)
	command, allowed := s.o.Commands[name]
	if !allowed {
		return lacks(s.found.Generator, strings.Join(s.found.Reasons, " "))
	}
	r := &commandRun{setup: s, name: name, command: command}
	programs := []string{command.Argv[0]}
	if p := command.Prepare; p != nil && isFile(os.DirFS(s.site), p.Files[0]) {
		programs = append(programs, p.Argv[0])
	}
	lacking := []error{r.unnamed(os.DirFS(s.site))}
	for _, program := range programs {
		if _, err := r.find(program); err != nil {
			lacking = append(lacking, err)
		}
	}
	return errors.Join(lacking...)
}
