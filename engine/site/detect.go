package site

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Generator names what turns a source into a site.
type Generator string

const (
	// Hugo is a site with a Hugo configuration.
	Hugo Generator = "hugo"
	// Markdown is a plain folder without any configuration.
	Markdown Generator = "markdown"
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

// Detect finds the generator of the site in source. It returns
// *NotASiteError for a folder that no generator is for.
func Detect(source fs.FS) (Detection, error) {
	if d, ok := detectHugo(source); ok {
		return d, nil
	}
	nearby := sitesBelow(source)
	doc, err := firstMarkdown(source)
	if err != nil {
		return Detection{}, fmt.Errorf("look for Markdown: %w", err)
	}
	if doc == "" {
		return Detection{}, &NotASiteError{Nearby: nearby, Looked: []string{"hugo.toml, hugo.yaml, hugo.json",
			"config.toml (or .yaml, .json) beside a content folder", "a configuration in config/_default",
			"a theme with an exampleSite", "any .md file"}}
	}
	d := Detection{Generator: Markdown, Dir: ".", Reasons: []string{
		"No generator's configuration was found.", doc + " is Markdown: the folder is built as plain Markdown."}}
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
