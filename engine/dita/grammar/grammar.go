package grammar

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/docjobs/docjobs/engine/dita"
)

// A Validator validates documents.
type Validator interface {
	// Validate returns what is wrong with documents, in their order: none for
	// valid ones. Files are paths under the folder root. An error is about the
	// world: a program that fails, a file that cannot be read, a context that ended.
	Validate(ctx context.Context, root string, files []string) ([]Finding, error)
}

// A Finding is a fault of a document.
type Finding struct {
	File    string // as it was given to Validate
	Line    int    // from 1; 0 if it is not known
	Column  int    // from 1, of the end of the tag that is at fault; 0 if it is not known
	Message string // as the validator says it
}

// String returns the finding as compilers write theirs.
func (f Finding) String() string {
	return fmt.Sprintf("%s:%d:%d: %s", f.File, f.Line, f.Column, f.Message)
}

// Config says where things are. The zero value finds what Debian and Homebrew install.
type Config struct {
	Version dita.Version  // 1.2 if empty
	Schemas string        // folder with topic.rng, concept.rng, task.rng, reference.rng and map.rng, or the same as .dtd; needed for 1.3
	Cache   string        // folder for grammars made by trang; the user's cache folder if empty
	Time    time.Duration // that one run of a program may take; 5 minutes if 0
}

// kinds are the documents that are validated; their grammars are files of that name.
var kinds = []dita.Kind{dita.KindTopic, dita.KindConcept, dita.KindTask, dita.KindReference, dita.KindMap}

// installed are the folders of DITA 1.2 DTDs: Debian's dita-ot, and Homebrew's on
// both kinds of Mac.
var installed = []string{
	"/usr/share/dita-ot/dtd/technicalContent/dtd",
	"/opt/homebrew/opt/dita-ot/libexec/plugins/org.oasis-open.dita.v1_2/dtd/technicalContent/dtd",
	"/usr/local/opt/dita-ot/libexec/plugins/org.oasis-open.dita.v1_2/dtd/technicalContent/dtd",
}

// Detect returns the best validator that the machine has and a sentence on it; a nil
// Validator, and what to install, if it has none. What is returned was tried on a
// valid and on an invalid topic. An error is about the world.
func Detect(ctx context.Context, c Config) (Validator, string, error) {
	c = c.withDefaults()
	folder, format := c.grammars()
	if folder == "" {
		return nil, c.missing(), nil
	}
	v, description, err := c.choose(ctx, folder, format)
	if err != nil || v == nil {
		return nil, description, err
	}
	if err := try(ctx, v); err != nil {
		return nil, "", fmt.Errorf("%s does not work: %w", description, err)
	}
	return v, description, nil
}

func (c Config) withDefaults() Config {
	if c.Version == "" {
		c.Version = dita.V12
	}
	if c.Time <= 0 {
		c.Time = 5 * time.Minute
	}
	return c
}

// grammars returns the folder of the grammars and "rng" or "dtd"; "" if there is none.
func (c Config) grammars() (folder, format string) {
	folders := []string{c.Schemas}
	if c.Schemas == "" {
		folders = nil
		if c.Version == dita.V12 {
			folders = installed
		}
	}
	for _, folder := range folders {
		for _, format := range []string{"rng", "dtd"} {
			if complete(folder, format) {
				return folder, format
			}
		}
	}
	return "", ""
}

func complete(folder, format string) bool {
	for _, kind := range kinds {
		if info, err := os.Stat(filepath.Join(folder, string(kind)+"."+format)); err != nil || !info.Mode().IsRegular() {
			return false
		}
	}
	return true
}

// Check returns what is wrong with Schemas, if it names a folder.
func (c Config) Check() error {
	c = c.withDefaults()
	if folder, _ := c.grammars(); c.Schemas == "" || folder != "" {
		return nil
	}
	hint := ""
	if near := below(c.Schemas); len(near) > 0 {
		hint = "; " + strings.Join(near, " and ") + " would do"
	}
	return fmt.Errorf("the folder %s does not hold the grammars of topic, concept, task, reference and map of DITA %s as .rng or .dtd%s", c.Schemas, c.Version, hint)
}

// Limits of the search for grammars that were meant.
const (
	maxLooked = 5000 // files and folders
	maxNear   = 2
)

// below returns folders under one that hold grammars, the first in the order of their
// paths.
func below(root string) (near []string) {
	looked := 0
	// Nothing that cannot be read is worth a word: this is for a hint.
	_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if looked++; err != nil || looked > maxLooked || len(near) == maxNear {
			return fs.SkipAll
		}
		if d.IsDir() && (complete(path, "rng") || complete(path, "dtd")) {
			near = append(near, path)
		}
		return nil
	})
	return near
}

func (c Config) missing() string {
	switch {
	case c.Schemas != "":
		return fmt.Sprintf("no validator: the folder %s does not hold grammars of topic, concept, task, reference and map as .rng or .dtd", c.Schemas)
	case c.Version != dita.V12:
		return fmt.Sprintf("no validator: no folder with the grammar of DITA %s is configured (worker.grammars)", c.Version)
	}
	return "no validator: the grammar of DITA 1.2 is not installed (Debian: apt-get install dita-ot jing trang; Homebrew: brew install dita-ot jing-trang)"
}

// choose picks the programs.
func (c Config) choose(ctx context.Context, folder, format string) (Validator, string, error) {
	jing, noJing := exec.LookPath("jing")
	trang, noTrang := exec.LookPath("trang")
	xmllint, noXMLLint := exec.LookPath("xmllint")
	switch {
	case noJing == nil && format == "rng":
		schema, err := c.wrap(folder)
		return &jingValidator{run: runner{c.Time}, program: jing, schema: schema},
			fmt.Sprintf("jing, with the RELAX NG grammar of DITA %s in %s", c.Version, folder), err
	case noJing == nil && noTrang == nil:
		schema, err := c.convert(ctx, trang, folder)
		return &jingValidator{run: runner{c.Time}, program: jing, schema: schema},
			fmt.Sprintf("jing, with the grammar of DITA %s that trang made of the DTDs in %s", c.Version, folder), err
	case noXMLLint == nil && format == "dtd":
		return &xmllintValidator{run: runner{c.Time}, program: xmllint, folder: folder},
			fmt.Sprintf("xmllint, with the DTDs of DITA %s in %s; jing and trang would be faster and tell columns", c.Version, folder), nil
	case format == "rng":
		return nil, "no validator: jing is not installed (Debian: apt-get install jing; Homebrew: brew install jing-trang)", nil
	}
	return nil, "no validator: neither jing and trang nor xmllint is installed (Debian: apt-get install jing trang; Homebrew: brew install jing-trang)", nil
}

// try has a validator tell a valid topic from an invalid one.
func try(ctx context.Context, v Validator) error {
	dir, err := os.MkdirTemp("", "docjobs-grammar-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	good, bad := "good.dita", "bad.dita"
	for name, body := range map[string]string{good: "<p/>", bad: "<title/>"} {
		text := `<concept id="c"><title>t</title><conbody>` + body + "</conbody></concept>\n"
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	findings, err := v.Validate(ctx, dir, []string{good, bad})
	if err != nil {
		return err
	}
	if len(findings) == 0 || findings[0].File != bad {
		return fmt.Errorf("it does not tell a valid topic from an invalid one: %v", findings)
	}
	return nil
}
