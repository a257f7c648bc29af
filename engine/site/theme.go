package site

import (
	"encoding/json"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
)

// themeSettings makes the source the theme of the example site in it. Theme
// authors build such a site with "--themesDir ../..", which depends on the
// name of the folder and offers its siblings as themes. Here the name that
// means the source becomes the source's path, other themes keep their place
// in the list, and themes are looked for inside the site only.
func (s *setup) themeSettings(hugo settings) []string {
	source, example := os.DirFS(s.o.Source), os.DirFS(s.site)
	if s.found.Dir == "." || !isTheme(source) {
		return nil
	}
	if name := modulePath(source); name != "" {
		for _, imported := range hugo.imports {
			if imported == name {
				s.say("The source is the module " + name + ", which the site in " + s.found.Dir + " imports.")
				return []string{"HUGO_MODULE_REPLACEMENTS=" + name + "->" + s.o.Source}
			}
		}
	}
	dir := themesInside(hugo.themesDir)
	i := ownTheme(hugo.themes, source, filepath.Base(s.o.Source), func(theme string) bool {
		return fs.ValidPath(path.Join(dir, theme)) && isDir(example, path.Join(dir, theme))
	})
	env := []string{"HUGO_THEMESDIR=" + filepath.Join(s.site, filepath.FromSlash(dir))}
	switch {
	case i >= 0:
		s.say("The source is a theme: it is the theme " + hugo.themes[i] + " of the site in " + s.found.Dir + ".")
		return append(env, "HUGO_THEME="+themeList(hugo, i, s.o.Source))
	case len(hugo.themes) == 0 && len(hugo.imports) == 0 && !isDir(example, "layouts"):
		s.say("The source is a theme: it is the theme of the site in " + s.found.Dir + ", which names none.")
		return append(env, "HUGO_THEME="+s.o.Source)
	}
	return env
}

// isTheme says whether a folder is a theme (https://gohugo.io/hugo-modules/theme-components/).
func isTheme(source fs.FS) bool {
	return isFile(source, "theme.toml") || isDir(source, "layouts")
}

// themesInside keeps a themes folder only if it is inside the site.
func themesInside(dir string) string {
	if dir = path.Clean(filepath.ToSlash(dir)); fs.ValidPath(dir) {
		return dir
	}
	return "themes"
}

// ownTheme finds the theme in the list that means the source: the one that
// is called like it, else the first that is not beside the site. It gives -1
// if there is none.
func ownTheme(themes []string, source fs.FS, folder string, beside func(string) bool) int {
	own := map[string]bool{strings.ToLower(folder): true, strings.ToLower(path.Base(modulePath(source))): true}
	if name, ok := decode(source, "theme.toml")["name"].(string); ok {
		own[strings.ToLower(name)] = true
	}
	first := -1
	for i, theme := range themes {
		switch {
		case beside(theme):
		case own[strings.ToLower(path.Base(theme))]:
			return i
		case first < 0:
			first = i
		}
	}
	return first
}

// themeList is the setting "theme" with one name replaced, in the form that
// Hugo reads from the environment: that of the site's own value.
func themeList(hugo settings, own int, replaced string) string {
	if !hugo.list {
		return replaced
	}
	themes := append([]string{}, hugo.themes...)
	themes[own] = replaced
	text, _ := json.Marshal(themes) // strings only: cannot fail
	return string(text)
}

var moduleLine = regexp.MustCompile(`(?m)^module[ \t]+"?([^\s"]+)"?`)

// modulePath is the name in a go.mod file.
func modulePath(source fs.FS) string {
	text, err := readBounded(source, "go.mod")
	if err != nil {
		return ""
	}
	if m := moduleLine.FindSubmatch(text); m != nil {
		return string(m[1])
	}
	return ""
}

// themesLeast is the oldest Hugo that a theme of the site works with.
func themesLeast(site fs.FS, hugo settings) (least string) {
	for _, theme := range hugo.themes {
		if name := path.Join(themesInside(hugo.themesDir), theme, "theme.toml"); fs.ValidPath(name) {
			if v, ok := decode(site, name)["min_version"].(string); ok && (least == "" || older(least, v)) {
				least = v
			}
		}
	}
	return least
}
