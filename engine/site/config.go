package site

import (
	"encoding/json"
	"errors"
	"io/fs"
	"path"
	"strings"

	"github.com/BurntSushi/toml"
	"go.yaml.in/yaml/v3"
)

const maxConfig = 1 << 20

// settings is what a build must know of a Hugo configuration beforehand. It
// is a hint: what cannot be read here, Hugo complains about later, better.
type settings struct {
	// themes are the names under "theme", list says that they are a list.
	themes []string
	list   bool
	// imports are the paths of the modules that the site imports.
	imports   []string
	themesDir string
	git       bool
	// least is the oldest Hugo that the site works with, as it says itself.
	least string
}

// readSettings reads the site's one configuration file and then the files of
// config/_default that may hold the same keys.
func readSettings(site fs.FS) settings {
	s := settings{themesDir: "themes"}
	for _, name := range configFiles(site) {
		s.add(decode(site, name), strings.TrimSuffix(path.Base(name), path.Ext(name)))
	}
	return s
}

func configFiles(site fs.FS) (names []string) {
	for _, base := range []string{"hugo", "config"} {
		if name := withExtension(site, base); name != "" {
			names = append(names, name)
			break
		}
	}
	for _, base := range []string{"config", "hugo", "module"} {
		if name := withExtension(site, defaults+"/"+base); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// withExtension finds a file by its path without extension, in Hugo's order.
func withExtension(site fs.FS, base string) string {
	for _, ext := range extensions {
		if name := base + "." + ext; isFile(site, name) {
			return name
		}
	}
	return ""
}

func (s *settings) add(values map[string]any, file string) {
	if file == "module" { // the file's name is the key of what is in it
		values = map[string]any{"module": values}
	}
	switch theme := values["theme"].(type) {
	case string:
		s.themes, s.list = []string{theme}, false
	case []any:
		s.themes, s.list = stringsIn(theme), true
	}
	if dir, ok := values["themesdir"].(string); ok && dir != "" {
		s.themesDir = dir
	}
	if on, ok := values["enablegitinfo"].(bool); ok {
		s.git = on
	}
	module, _ := values["module"].(map[string]any)
	if version, ok := lower(module)["hugoversion"].(map[string]any); ok {
		if least, ok := lower(version)["min"].(string); ok {
			s.least = least
		}
	}
	switch imports := lower(module)["imports"].(type) {
	case []any: // YAML and JSON
		for _, each := range imports {
			s.imports = append(s.imports, importPath(each))
		}
	case []map[string]any: // TOML
		for _, each := range imports {
			s.imports = append(s.imports, importPath(each))
		}
	}
}

func importPath(module any) string {
	m, _ := module.(map[string]any)
	name, _ := lower(m)["path"].(string)
	return name
}

func stringsIn(list []any) (found []string) {
	for _, each := range list {
		if text, ok := each.(string); ok {
			found = append(found, text)
		}
	}
	return found
}

// decode reads a configuration file; its keys do not depend on case. What is
// broken is empty.
func decode(site fs.FS, name string) map[string]any {
	text, err := readBounded(site, name)
	if err != nil {
		return nil
	}
	var values map[string]any
	switch path.Ext(name) {
	case ".toml":
		_, err = toml.Decode(string(text), &values)
	case ".json":
		err = json.Unmarshal(text, &values)
	default:
		err = yaml.Unmarshal(text, &values)
	}
	if err != nil {
		return nil
	}
	return lower(values)
}

func readBounded(site fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(site, name)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxConfig {
		return nil, errors.New("too large")
	}
	return fs.ReadFile(site, name)
}

func lower(values map[string]any) map[string]any {
	out := make(map[string]any, len(values))
	for key, value := range values {
		out[strings.ToLower(key)] = value
	}
	return out
}
