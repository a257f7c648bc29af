package site

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/docjobs/docjobs/engine/site/sandbox"
)

// permit refuses a generator that the sandbox is too weak for, and says what
// protects this build. Of a plain folder nothing is run but our own
// templates, and of a finished site nothing at all.
func (s *setup) permit() error {
	level := s.o.Sandbox.Level()
	if level > sandbox.None {
		s.say("Sandbox: " + strings.Join(s.o.Sandbox.Protections(), ", ") + ".")
	}
	needed, why := sandbox.None, ""
	switch s.found.Generator {
	case Markdown, Static:
		return nil
	case Hugo:
		needed, why = sandbox.Files, "this machine has neither user namespaces nor Landlock"
	default:
		needed, why = sandbox.Full, "this machine gives no user namespaces to it"
	}
	switch {
	case level >= needed:
	case s.o.Unsafe:
		s.say("WARN This build is not shut in: " + why + ", and the operator allows it with --unsafe-builds.")
	default:
		return &UnsafeError{s.found.Generator, why}
	}
	return nil
}

// policy is what Hugo may touch; grows are the folders that it writes to.
func (s *setup) policy(grows []string) sandbox.Policy {
	p := sandbox.Policy{
		Read: []string{s.o.Source, s.site}, Write: append([]string{s.o.Work}, grows...), Temp: filepath.Join(s.o.Work, "tmp"),
		FileBytes: s.o.Limits.OutputBytes, Names: s.names,
	}
	if len(s.o.Tools) > 0 || s.external != "" {
		p.Programs, p.Folders = true, slices.Clone(s.o.ToolFolders)
	}
	if s.external != "" {
		p.Folders = append(p.Folders, filepath.Dir(s.external))
	}
	return p
}

// chooseHugo takes the version of Hugo that the source wants, if there is one
// here, else the one in this program, unless that is older than what the site
// says it needs.
func (s *setup) chooseHugo(hugo settings) error {
	wanted, version := s.found.Versions["hugo"], s.o.Version
	if program := s.o.Hugos[wanted]; wanted != "" && wanted != version && program != "" {
		if _, err := os.Stat(program); err != nil {
			return &MissingError{"Hugo " + wanted, "The source asks for this version, and the worker's configuration names " + program + " for it.",
				"put the program there, or mend hugo.versions in the worker's configuration: " + errors.Unwrap(err).Error() + "."}
		}
		s.external, version = program, wanted
		s.say("Hugo " + wanted + " builds it, which the source asks for.")
	} else if wanted != "" && wanted != version {
		s.say("WARN The source asks for Hugo " + wanted + "; this is " + version + ", and the operator has not provided the other with hugo.versions.")
	}
	least := cmp.Or(hugo.least, themesLeast(os.DirFS(s.site), hugo))
	if version != "" && older(version, least) {
		return &MissingError{"Hugo " + least, "The site or its theme works with this version or a later one only, and this is " + version + ".",
			"install it and name it in the worker's configuration under hugo.versions, with the source asking for it in docjobs.yaml (versions: {hugo: " + least + "})."}
	}
	return nil
}

// older compares version numbers by their parts; what is no number is 0.
func older(a, b string) bool {
	parts := func(v string) (n [3]int) {
		v, _, _ = strings.Cut(strings.TrimPrefix(v, "v"), "-")
		for i, part := range strings.SplitN(v, ".", 3) {
			n[i], _ = strconv.Atoi(part)
		}
		return n
	}
	x, y := parts(a), parts(b)
	return slices.Compare(x[:], y[:]) < 0
}

// inBrackets names a command's variables of the form {name}.
func (s *setup) inBrackets(work, output, deps string) *strings.Replacer {
	base := s.o.BaseURL
	if _, rest, found := strings.Cut(base, "://"); found {
		_, below, _ := strings.Cut(rest, "/")
		base = "/" + below
	}
	return strings.NewReplacer("{source}", work, "{output}", output, "{deps}", deps, "{config}", s.found.Below, "{configfile}", path.Base(cmp.Or(s.found.Config, "mkdocs.yml")),
		"{baseurl}", s.o.BaseURL, "{basepath}", base)
}

// lacks says that a command is not allowed here or not installed.
func lacks(g Generator, why string) *MissingError {
	how := fmt.Sprintf("install %s and let the operator enable it with \"generators: {%s: {}}\" in the worker's configuration", g, g)
	if _, preset := Preset(g); !preset {
		how = fmt.Sprintf("let the operator name the command under \"generators: {%s: …}\" in the worker's configuration", g)
	}
	return &MissingError{string(g), why, how + `, or write "generator: markdown" into docjobs.yaml to have the Markdown files built without it.`}
}
