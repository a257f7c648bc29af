package sourceconfig

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Name is the name of the file, at the top of a source or in the folder to build.
const Name = "docjobs.yaml"

// Config is the content of the file.
type Config struct {
	// Generator makes the site: a generator's name, or empty to have it detected.
	Generator string `yaml:"generator"`
	// Dir is the folder to build, relative to the file's folder.
	Dir string `yaml:"dir"`
	// Output is the folder that the generator leaves the site in, relative to Dir.
	Output string `yaml:"output"`
	// Command is the name of a command that the operator allows.
	Command string `yaml:"command"`
	// Env are variables for the generator; those of the job win.
	Env map[string]string `yaml:"env"`
	// Versions are versions of generators that the source needs, such as
	// "hugo": "0.121.2".
	Versions map[string]string `yaml:"versions"`
	Links    Links             `yaml:"links"`
}

// Links are the settings of the link check.
type Links struct {
	// Ignore are the broken links that are not reported.
	Ignore []Ignore `yaml:"ignore"`
}

// Ignore describes links that are not reported when they are broken. In the
// file it may be just the URL.
type Ignore struct {
	// URL is the address; * stands for any characters.
	URL string `yaml:"url"`
	// Page is the page of the site that the link is on; * stands for any
	// characters. Empty is every page.
	Page string `yaml:"page"`
	// Reason is for people.
	Reason string `yaml:"reason"`
}

// UnmarshalYAML implements [yaml.Unmarshaler].
func (i *Ignore) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		return node.Decode(&i.URL)
	}
	if node.Kind != yaml.MappingNode {
		return &Error{Line: node.Line, Problem: "an entry of links.ignore is an address, or has the keys url, page and reason"}
	}
	for n := 0; n+1 < len(node.Content); n += 2 { // a decoder of its own knows nothing of strictness
		key := node.Content[n]
		into, known := map[string]*string{"url": &i.URL, "page": &i.Page, "reason": &i.Reason}[key.Value]
		if !known {
			return &Error{Line: key.Line, Problem: fmt.Sprintf("the key %q is not known in links.ignore", shorten(key.Value))}
		}
		if err := node.Content[n+1].Decode(into); err != nil {
			return err
		}
	}
	return nil
}

// Error is a fault in the file.
type Error struct {
	// Path is the file, relative to the source.
	Path string
	// Line is from 1; 0 if unknown.
	Line int
	// Problem says what is wrong.
	Problem string
}

// Error gives "path:line: problem".
func (e *Error) Error() string {
	place := e.Path
	if e.Line > 0 {
		place += ":" + strconv.Itoa(e.Line)
	}
	if place == "" {
		return e.Problem
	}
	return place + ": " + e.Problem
}

// Bounds of what a file may hold.
const (
	maxBytes   = 64 << 10
	maxIgnores = 1000
	maxEntries = 100
	maxText    = 4096
)

// Find reads the file of the folder dir, else the one at the top of the
// source. dir is relative with slashes; "" and "." are the top. It returns the
// path of the file, or "" if there is none.
func Find(source fs.FS, dir string) (*Config, string, error) {
	for _, name := range []string{path.Join(dir, Name), Name} {
		info, err := fs.Stat(source, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, "", fmt.Errorf("read %s: %w", name, err)
		}
		if !info.Mode().IsRegular() || info.Size() > maxBytes {
			return nil, "", &Error{Path: name, Problem: fmt.Sprintf("it must be a file of at most %d KiB", maxBytes>>10)}
		}
		text, err := fs.ReadFile(source, name)
		if err != nil {
			return nil, "", fmt.Errorf("read %s: %w", name, err)
		}
		c, err := Parse(text)
		var fault *Error
		if errors.As(err, &fault) {
			fault.Path = name
		}
		return c, name, err
	}
	return nil, "", nil
}

// Parse reads a file. The error is an *[Error].
func Parse(text []byte) (*Config, error) {
	if len(text) > maxBytes {
		return nil, &Error{Problem: fmt.Sprintf("it is larger than %d KiB", maxBytes>>10)}
	}
	c := &Config{}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(c); err != nil && !errors.Is(err, io.EOF) {
		return nil, fault(err)
	}
	if err := decoder.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, &Error{Problem: "it holds more than one YAML document"}
	}
	if problem := c.problem(); problem != "" {
		return nil, &Error{Problem: problem}
	}
	return c, nil
}

var (
	lineOf  = regexp.MustCompile(`line (\d{1,9}): `)
	unknown = regexp.MustCompile(`field (.+) not found in type \S+`)
	// name is what generators and commands are called.
	name = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)
	// version is a version number, without anything that could be a path.
	version = regexp.MustCompile(`^v?[0-9]+(\.[0-9]+){0,3}([-+][0-9A-Za-z.]{1,40})?$`)
)

// fault puts an error of the YAML library into an *Error.
func fault(err error) *Error {
	var ours *Error
	if errors.As(err, &ours) {
		return ours
	}
	problem := strings.TrimPrefix(err.Error(), "yaml: ")
	var types *yaml.TypeError
	if errors.As(err, &types) && len(types.Errors) > 0 {
		problem = types.Errors[0]
	}
	e := &Error{}
	if m := lineOf.FindStringSubmatchIndex(problem); m != nil {
		e.Line, _ = strconv.Atoi(problem[m[2]:m[3]])
		problem = problem[m[1]:]
	}
	e.Problem = unknown.ReplaceAllString(problem, "the key $1 is not known")
	return e
}

// problem says what the values break, or "".
func (c *Config) problem() string {
	switch {
	case c.Generator != "" && !name.MatchString(c.Generator):
		return fmt.Sprintf("generator: %q is not the name of a generator", shorten(c.Generator))
	case c.Command != "" && !name.MatchString(c.Command):
		return fmt.Sprintf("command: %q is not the name of a command; command lines are not run", shorten(c.Command))
	case !local(c.Dir):
		return fmt.Sprintf("dir: %q is not a folder inside the source", shorten(c.Dir))
	case !local(c.Output):
		return fmt.Sprintf("output: %q is not a folder inside the source", shorten(c.Output))
	case len(c.Env) > maxEntries || len(c.Versions) > maxEntries:
		return fmt.Sprintf("env and versions may have %d entries each", maxEntries)
	case len(c.Links.Ignore) > maxIgnores:
		return fmt.Sprintf("links.ignore may have %d entries", maxIgnores)
	}
	for tool, v := range c.Versions {
		if !name.MatchString(tool) || !version.MatchString(v) {
			return fmt.Sprintf("versions: %q: %q is not a version such as 1.2.3", shorten(tool), shorten(v))
		}
	}
	for i, ignore := range c.Links.Ignore {
		if ignore.URL == "" && ignore.Page == "" {
			return fmt.Sprintf("links.ignore: entry %d has neither url nor page", i+1)
		}
		if len(ignore.URL)+len(ignore.Page)+len(ignore.Reason) > maxText {
			return fmt.Sprintf("links.ignore: entry %d is longer than %d bytes", i+1, maxText)
		}
	}
	return ""
}

// local reports whether a path is empty or stays where it begins.
func local(p string) bool {
	return p == "" || len(p) <= 1024 && fs.ValidPath(path.Clean(p)) && !strings.ContainsAny(p, "\\\x00")
}

func shorten(s string) string {
	if len(s) > 80 {
		return strings.ToValidUTF8(s[:80], "") + "…"
	}
	return s
}
