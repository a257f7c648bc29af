package site

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/docjobs/docjobs/engine/site/sourceconfig"
)

// Generator names what turns a source into a site.
type Generator string

const (
	// Hugo is a site with a Hugo configuration.
	Hugo Generator = "hugo"
	// Markdown is a plain folder without any configuration.
	Markdown Generator = "markdown"
	// Static is a finished site, which is copied as it is.
	Static Generator = "static"
)

// Detection is what Detect found.
type Detection struct {
	// Generator is the one to use.
	Generator Generator
	// Config is the configuration that decided, relative to the folder;
	// empty for plain Markdown.
	Config string
	// Dir is the folder to build, relative to the source: "." or the
	// exampleSite of a theme.
	Dir string
	// Below is the folder below Dir in which a generator's configuration
	// stands; "." if that is Dir.
	Below string
	// Output is where a generator leaves the site, if the source says so;
	// relative to Dir.
	Output string
	// Env are variables that the source sets, Versions what it needs of its
	// generators, such as "hugo": "0.121.2".
	Env      map[string]string
	Versions map[string]string
	// Reasons are sentences for a log.
	Reasons []string
}

const (
	exampleSite  = "exampleSite"
	defaults     = "config/_default"
	maxLookedAt  = 200_000
	maxSubfolder = 1000
)

var (
	errEnough   = errors.New("found")
	extensions  = []string{"toml", "yaml", "yml", "json"} // in Hugo's order
	siteFolders = []string{"content", "layouts", "themes", "archetypes"}

	// rootKeys are the names of files in config/_default that are Hugo's
	// alone (https://gohugo.io/configuration/introduction/#configuration-directory).
	rootKeys = []string{"hugo", "config", "languages", "markup", "menus", "menu", "module", "outputs", "outputformats",
		"params", "permalinks", "sitemap", "taxonomies"}
)

// Detect finds the generator of the site in source, without commands of an
// operator. See [Commands.Detect].
func Detect(source fs.FS) (Detection, error) { return Commands(nil).Detect(source, "") }

// Detect finds the generator of the site in the folder dir of source, relative
// with slashes; "" is what the source says, or its top. The source's own docjobs.yaml
// decides, then the settings of hosting services, then the configurations of
// generators, then what files there are. It returns *NotASiteError for a
// folder that no generator is for and *sourceconfig.Error for a faulty docjobs.yaml.
func (c Commands) Detect(source fs.FS, dir string) (Detection, error) {
	own, file, err := sourceconfig.Find(source, dir)
	if err != nil {
		return Detection{}, err
	}
	if own == nil {
		own = &sourceconfig.Config{}
	}
	if dir == "" {
		dir = path.Clean(own.Dir)
	}
	folder, err := fs.Sub(source, path.Clean(dir))
	if err != nil {
		return Detection{}, fmt.Errorf("look into %s: %w", dir, err)
	}
	if dir != "." && !isDir(source, path.Clean(dir)) {
		return Detection{}, &NotASiteError{Looked: []string{"the folder " + dir}}
	}
	d, err := c.detect(folder, own, file)
	if err != nil {
		return d, err
	}
	d.Dir = path.Join(dir, d.Dir)
	d.Below = cmp.Or(d.Below, ".")
	if own.Output != "" {
		d.Output = path.Clean(own.Output)
	}
	d.Env, d.Versions = merged(d.Env, own.Env), merged(d.Versions, own.Versions)
	return d, nil
}

// merged is both maps; what is in the second wins.
func merged(a, b map[string]string) map[string]string {
	all := maps.Clone(a)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, b)
	return all
}

// detect looks at one folder. own is the source's docjobs.yaml, file its name.
func (c Commands) detect(folder fs.FS, own *sourceconfig.Config, file string) (Detection, error) {
	if wanted := Generator(cmp.Or(own.Command, own.Generator)); wanted != "" {
		d := found(folder, wanted)
		d.Reasons = []string{file + " names " + string(wanted) + "."}
		return d, nil
	}
	var noted Detection
	for _, declared := range declarations(folder) {
		d, known := c.declared(folder, declared)
		noted.Reasons = append(noted.Reasons, d.Reasons...)
		noted.Env, noted.Versions = merged(d.Env, noted.Env), merged(d.Versions, noted.Versions)
		if known {
			d.Reasons, d.Env, d.Versions = noted.Reasons, noted.Env, noted.Versions
			return d, nil
		}
	}
	d, err := detectFiles(folder)
	d.Reasons = append(noted.Reasons, d.Reasons...)
	d.Env, d.Versions = noted.Env, noted.Versions
	return d, err
}

// declared says what the settings of a hosting service mean, and whether they
// decide.
func (c Commands) declared(folder fs.FS, d declared) (Detection, bool) {
	found, known := Detection{Dir: "."}, false
	base := path.Clean(strings.TrimPrefix(d.base, "/"))
	if d.base != "" && base != "." && fs.ValidPath(base) && isDir(folder, base) {
		if d.generator == "" {
			found.Dir = base
			folder, _ = fs.Sub(folder, base) // the path is valid
		}
	}
	generator, why := d.generator, "names "+string(d.generator)
	if d.command != "" {
		why = fmt.Sprintf("runs %q, ", cut(d.command))
		switch name := c.matching(d.command); {
		case name != "":
			generator, why = Generator(name), why+"which is the command "+name+" here"
		case recognise(folder, d.command) != "":
			generator = recognise(folder, d.command)
			why += "which is " + string(generator)
		default:
			why += "which is no command that is known here: it is left out of account"
		}
	}
	if generator != "" {
		inner := Detection{}
		if inner, known = foundOrNot(folder, generator), true; inner.Config != "" {
			inner.Dir = path.Join(found.Dir, inner.Dir)
		} else {
			inner.Dir = found.Dir
		}
		found = inner
	}
	if found.Output = path.Clean(strings.TrimPrefix(d.output, "/")); d.output == "" || !fs.ValidPath(found.Output) || found.Output == "." {
		found.Output = ""
	}
	found.Versions = map[string]string{}
	if v := strings.TrimPrefix(d.env["HUGO_VERSION"], "v"); v != "" {
		found.Versions["hugo"] = v
		why += "; it wants Hugo " + cut(v)
	}
	found.Reasons = nil
	if generator != "" || d.command != "" || len(found.Versions) > 0 {
		found.Reasons = []string{d.file + " " + strings.TrimPrefix(why, "names ; ") + "."}
	}
	return found, known
}

func cut(s string) string {
	if len(s) > 120 {
		return strings.ToValidUTF8(s[:120], "") + "…"
	}
	return s
}

// found is the detection of a generator that is wanted, whether or not its
// configuration is where it mostly is.
func found(folder fs.FS, wanted Generator) Detection {
	d := foundOrNot(folder, wanted)
	d.Generator, d.Dir = wanted, cmp.Or(d.Dir, ".")
	return d
}

func foundOrNot(folder fs.FS, wanted Generator) Detection {
	if wanted == Hugo {
		if d, ok := detectHugo(folder); ok {
			return d
		}
	} else if d, ok := configured(folder, wanted); ok {
		return d
	}
	return Detection{Generator: wanted}
}

// detectFiles goes by the files that are there.
func detectFiles(source fs.FS) (Detection, error) {
	if d, ok := detectHugo(source); ok {
		return d, nil
	}
	if d, ok := configured(source, ""); ok {
		return d, nil
	}
	nearby := sitesBelow(source)
	doc, err := firstMarkdown(source)
	if err != nil {
		return Detection{}, fmt.Errorf("look for Markdown: %w", err)
	}
	switch {
	case doc == "" && isFile(source, "index.html"):
		return Detection{Generator: Static, Config: "index.html", Dir: ".", Reasons: []string{
			"There is an index.html and no Markdown: the folder is a finished site and is copied as it is."}}, nil
	case doc == "":
		return Detection{}, &NotASiteError{Nearby: nearby, Looked: []string{"hugo.toml, hugo.yaml, hugo.json",
			"config.toml (or .yaml, .json) beside a content folder", "a configuration in config/_default",
			"a theme with an exampleSite", "a configuration of MkDocs, Docusaurus, VitePress, Astro, mdBook, Sphinx or Jekyll",
			"any .md file", "index.html"}}
	}
	d := Detection{Generator: Markdown, Dir: ".", Reasons: []string{
		"No generator's configuration was found.", doc + " is Markdown: the folder is built as plain Markdown."}}
	if isFile(source, "index.html") {
		d.Reasons = append(d.Reasons, "There is an index.html: to have the folder copied as it is, write \"generator: static\" into docjobs.yaml.")
	}
	for _, dir := range nearby {
		d.Reasons = append(d.Reasons, "There is a Hugo site in "+dir+": to build that, name the folder.")
	}
	return d, nil
}

// detectHugo finds a Hugo site: the folder itself, or the example in a theme.
func detectHugo(source fs.FS) (Detection, bool) {
	config, example := hugoConfig(source, "."), hugoConfig(source, exampleSite)
	switch {
	case example != "" && !isDir(source, "content") && (config != "" || isTheme(source)):
		return Detection{Generator: Hugo, Config: example, Dir: exampleSite, Reasons: []string{
			"There is no content folder, but " + example + " is a site of its own: the folder is a theme and its example site is built."}}, true
	case config != "":
		return Detection{Generator: Hugo, Config: config, Dir: ".", Reasons: []string{config + " is a Hugo configuration."}}, true
	}
	return Detection{}, false
}

// hugoConfig finds the configuration of a Hugo site in dir in Hugo's own
// order; config.* is used by other programs too and must stand beside one of
// Hugo's folders.
func hugoConfig(source fs.FS, dir string) string {
	if name := withExtension(source, path.Join(dir, "hugo")); name != "" {
		return name
	}
	if name := withExtension(source, path.Join(dir, "config")); name != "" && looksLikeHugo(source, dir) {
		return name
	}
	for _, key := range rootKeys {
		if name := withExtension(source, path.Join(dir, defaults, key)); name != "" {
			return name
		}
	}
	return languageFile(source, path.Join(dir, defaults))
}

// languageFile finds a file such as menus.en.toml.
func languageFile(source fs.FS, dir string) string {
	entries, err := fs.ReadDir(source, dir)
	if err != nil {
		return ""
	}
	for _, entry := range entries {
		parts := strings.Split(entry.Name(), ".")
		if len(parts) == 3 && entry.Type().IsRegular() && slices.Contains(rootKeys, parts[0]) && slices.Contains(extensions, parts[2]) {
			return path.Join(dir, entry.Name())
		}
	}
	return ""
}

// sitesBelow finds the sub-folders, one level down, that hold a Hugo site.
func sitesBelow(source fs.FS) (found []string) {
	entries, err := fs.ReadDir(source, ".")
	if err != nil {
		return nil
	}
	for _, entry := range entries[:min(len(entries), maxSubfolder)] {
		if entry.IsDir() && !hidden(entry) && hugoConfig(source, entry.Name()) != "" {
			found = append(found, entry.Name())
		}
	}
	return found[:min(len(found), 5)]
}

func looksLikeHugo(source fs.FS, dir string) bool {
	return slices.ContainsFunc(siteFolders, func(f string) bool { return isDir(source, path.Join(dir, f)) })
}

func isFile(source fs.FS, name string) bool {
	info, err := fs.Stat(source, name)
	return err == nil && info.Mode().IsRegular()
}

func isDir(source fs.FS, name string) bool {
	info, err := fs.Stat(source, name)
	return err == nil && info.IsDir()
}

func hidden(entry fs.DirEntry) bool { return strings.HasPrefix(entry.Name(), ".") }

func firstMarkdown(source fs.FS) (string, error) {
	found, seen := "", 0
	err := fs.WalkDir(source, ".", func(name string, entry fs.DirEntry, err error) error {
		seen++
		switch ext := strings.ToLower(path.Ext(name)); {
		case err != nil:
			return err
		case seen > maxLookedAt:
			return errEnough
		case entry.IsDir() && name != "." && hidden(entry):
			return fs.SkipDir
		case entry.Type().IsRegular() && (ext == ".md" || ext == ".markdown"):
			found = name
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return found, err
}
