package site

import (
	"encoding/json"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
	"go.yaml.in/yaml/v3"
)

// declared is what the settings of a hosting service say about a build.
type declared struct {
	file string
	// command is a command line, which is recognised and never run.
	command string
	// generator is what the settings say without a command line.
	generator Generator
	output    string
	base      string
	env       map[string]string
}

// declarations reads the settings of hosting services. What is broken or says
// nothing is left out: these files are others' and not ours to judge.
func declarations(source fs.FS) (found []declared) {
	for _, each := range []struct {
		name string
		read func([]byte) (declared, bool)
	}{{"netlify.toml", readNetlify}, {"vercel.json", readVercel},
		{".readthedocs.yaml", readReadTheDocs}, {".readthedocs.yml", readReadTheDocs}} {
		text, err := readBounded(source, each.name)
		if err != nil {
			continue
		}
		if d, ok := each.read(text); ok {
			d.file = each.name
			found = append(found, d)
		}
	}
	return found
}

// readNetlify reads netlify.toml (https://docs.netlify.com/configure-builds/file-based-configuration/).
func readNetlify(text []byte) (declared, bool) {
	var file struct {
		Build   netlifyBuild
		Context map[string]netlifyBuild
	}
	if _, err := toml.Decode(string(text), &file); err != nil {
		return declared{}, false
	}
	d := declared{command: file.Build.Command, output: file.Build.Publish, base: file.Build.Base, env: map[string]string{}}
	for _, build := range []netlifyBuild{file.Build, file.Context["production"]} {
		for name, value := range build.Environment {
			if text, ok := value.(string); ok {
				d.env[name] = text
			}
		}
	}
	if production := file.Context["production"]; production.Command != "" {
		d.command = production.Command
	}
	return d, d.command != "" || d.output != "" || len(d.env) > 0
}

type netlifyBuild struct {
	Command, Publish, Base string
	Environment            map[string]any
}

// readVercel reads vercel.json (https://vercel.com/docs/project-configuration).
func readVercel(text []byte) (declared, bool) {
	var file struct {
		BuildCommand, OutputDirectory, Framework *string
		Build                                    struct{ Env map[string]string }
	}
	if json.Unmarshal(text, &file) != nil {
		return declared{}, false
	}
	value := func(s *string) string {
		if s == nil {
			return ""
		}
		return *s
	}
	frameworks := map[string]Generator{"hugo": Hugo, "docusaurus": Docusaurus, "docusaurus-2": Docusaurus,
		"vitepress": VitePress, "astro": Astro, "jekyll": Jekyll}
	d := declared{command: value(file.BuildCommand), output: value(file.OutputDirectory),
		generator: frameworks[value(file.Framework)], env: file.Build.Env}
	return d, d.command != "" || d.output != "" || d.generator != ""
}

// readReadTheDocs reads .readthedocs.yaml (https://docs.readthedocs.io/en/stable/config-file/v2.html).
func readReadTheDocs(text []byte) (declared, bool) {
	var file struct {
		Sphinx *struct{ Configuration string }
		MkDocs *struct{ Configuration string }
		Build  struct {
			Commands []string
			Jobs     struct {
				Build struct{ HTML []string }
			}
		}
	}
	if yaml.Unmarshal(text, &file) != nil {
		return declared{}, false
	}
	d := declared{}
	switch commands := append(file.Build.Jobs.Build.HTML, file.Build.Commands...); {
	case file.Sphinx != nil:
		d.generator, d.base = Sphinx, path.Dir(file.Sphinx.Configuration)
	case file.MkDocs != nil:
		d.generator, d.base = MkDocs, path.Dir(file.MkDocs.Configuration)
	case len(commands) > 0:
		d.command = commands[len(commands)-1]
		for _, line := range commands {
			if recognise(nil, line) != "" {
				d.command = line
			}
		}
	}
	return d, d.generator != "" || d.command != ""
}

// recognise names the known generator that a command line runs; source, which
// may be nil, has the scripts of a package.json.
func recognise(source fs.FS, line string) Generator {
	words := strings.Fields(line)
	for i, word := range words {
		next := func(n int) string {
			if i+n < len(words) {
				return words[i+n]
			}
			return ""
		}
		switch name := path.Base(word); name {
		case "hugo":
			return Hugo
		case "mkdocs", "vitepress", "docusaurus", "astro", "mdbook", "jekyll":
			if next(1) == "build" {
				return Generator(name)
			}
		case "sphinx-build", "sphinx":
			return Sphinx
		case "npm", "yarn", "pnpm", "bun":
			script := next(1)
			if script == "run" {
				script = next(2)
			}
			if g := recogniseScript(source, script); g != "" {
				return g
			}
		}
	}
	return ""
}

// recogniseScript looks a script up in package.json.
func recogniseScript(source fs.FS, script string) Generator {
	if source == nil {
		return ""
	}
	var pkg struct{ Scripts map[string]string }
	text, err := readBounded(source, "package.json")
	if err != nil || json.Unmarshal(text, &pkg) != nil {
		return ""
	}
	return recognise(nil, pkg.Scripts[script]) // one level: scripts may call themselves
}

// known are the files by which generators are recognised, in the order of the
// search; the first folder that has one is the folder to build.
var known = []struct {
	generator Generator
	folders   []string
	files     []string
	// below says that the folder is the generator's {config}, and what it
	// depends on is named above.
	below bool
}{
	{MkDocs, []string{"."}, []string{"mkdocs.yml", "mkdocs.yaml"}, false},
	{Docusaurus, []string{".", "website"}, scripts("docusaurus.config"), false},
	{VitePress, []string{".", "docs"}, scripts(".vitepress/config"), true},
	{Astro, []string{"."}, scripts("astro.config"), false},
	{MdBook, []string{"."}, []string{"book.toml"}, false},
	{Sphinx, []string{".", "docs", "doc", "docs/source", "doc/source", "source"}, []string{"conf.py"}, true},
	{Jekyll, []string{"."}, []string{"_config.yml", "_config.yaml", "_config.toml"}, false},
}

// scripts are a configuration's names in the dialects of JavaScript.
func scripts(base string) (names []string) {
	for _, ext := range []string{"js", "mjs", "cjs", "ts", "mts", "cts"} {
		names = append(names, base+"."+ext)
	}
	return names
}

// configured finds the configuration of a known generator; only the wanted
// one if that is not empty.
func configured(source fs.FS, wanted Generator) (Detection, bool) {
	for _, k := range known {
		if wanted != "" && k.generator != wanted {
			continue
		}
		for _, folder := range k.folders {
			i := slices.IndexFunc(k.files, func(name string) bool { return isFile(source, path.Join(folder, name)) })
			if i < 0 {
				continue
			}
			d := Detection{Generator: k.generator, Config: path.Join(folder, k.files[i]), Dir: folder}
			if k.below { // dependencies are named at the top
				d.Dir, d.Below = ".", folder
			}
			d.Reasons = []string{d.Config + " is a configuration of " + string(k.generator) + "."}
			return d, true
		}
	}
	return Detection{}, false
}
