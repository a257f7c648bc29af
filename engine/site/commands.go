package site

import (
	"slices"
	"strings"
)

// Command is a generator that is no part of this program: what the operator
// allows to be run, with arguments and without a shell. The words {source}
// (the folder to build), {output} (an empty folder for the site), {deps} (what
// the prepare step made), {config} and {configfile} (the folder of the
// generator's configuration and its name), {baseurl} and {basepath} (the site's address and the
// path in it) stand for their values in Argv and Set.
type Command struct {
	// Argv is the program and its arguments.
	Argv []string
	// Output is the folder, relative to the folder to build, in which the
	// program leaves the site; empty if Argv has {output}.
	Output string
	// Env are variables of this program that the generator may see, Set are
	// others with their values.
	Env []string
	Set map[string]string
	// Matches are command lines in the settings of hosting services that mean
	// this command, such as "npm run docs".
	Matches []string
	// Folders can be read beside those of the system, such as /opt/node.
	Folders []string
	// Files are written into the folder to build before the program runs, by
	// their names; the words stand for their values in these, too.
	Files map[string]string
	// Prepare fetches dependencies; may be nil.
	Prepare *Prepare
	// Limits bound this generator; zero fields are those of the build.
	Limits Limits
}

// Prepare is a step with a network before a build without. It sees only the
// named files and runs once for the same ones: what it leaves in its folder is
// kept and read by later builds.
type Prepare struct {
	// Argv is the program and its arguments; it runs in {deps}.
	Argv []string
	// Files are what it needs, relative to the folder to build. The step is
	// left out if the first of them is not in the source; the others may be
	// missing.
	Files []string
	// Link is the name under which the build finds the folder of that name in
	// {deps}, such as node_modules; may be empty.
	Link string
	// Ports are the TCP ports that may be dialled; 443 if nil.
	Ports []uint16
}

// Commands are generators by their names. A command that is called like a
// known generator (mkdocs, vitepress …) is run for its sources.
type Commands map[string]Command

// matching finds the command for a command line of a hosting service.
func (c Commands) matching(line string) string {
	line = strings.Join(strings.Fields(line), " ")
	var found []string
	for name, command := range c {
		if slices.ContainsFunc(command.Matches, func(m string) bool { return strings.Join(strings.Fields(m), " ") == line }) {
			found = append(found, name)
		}
	}
	if len(found) == 0 {
		return ""
	}
	return slices.Min(found)
}

// Generators that are detected and run as commands.
const (
	MkDocs     Generator = "mkdocs"
	Docusaurus Generator = "docusaurus"
	VitePress  Generator = "vitepress"
	Astro      Generator = "astro"
	MdBook     Generator = "mdbook"
	Sphinx     Generator = "sphinx"
	Jekyll     Generator = "jekyll"
)

// npm fetches what a lock file names. Scripts of packages are not run.
func npm() *Prepare {
	return &Prepare{Argv: []string{"npm", "ci", "--include=dev", "--ignore-scripts", "--no-audit", "--no-fund"},
		Files: []string{"package-lock.json", "package.json"}, Link: "node_modules"}
}

// pip fetches what a list of requirements names, and builds nothing.
func pip(files ...string) *Prepare {
	return &Prepare{Argv: []string{"python3", "-m", "pip", "install", "--only-binary", ":all:", "--no-input",
		"--disable-pip-version-check", "--target", "{deps}/python", "-r", files[0]}, Files: files}
}

var python = map[string]string{"PYTHONPATH": "{deps}/python", "PYTHONDONTWRITEBYTECODE": "1"}

// docusaurusConfig is the site's own configuration with another address.
const docusaurusConfig = `import own from "./{configfile}";
const address = new URL("{baseurl}");
export default async () => ({
  ...(typeof own === "function" ? await own() : own),
  url: address.origin, baseUrl: address.pathname,
});
`

// jekyll runs the Jekyll that a Gemfile names, with the gems that were fetched or
// else those of the machine; without a Gemfile, the Jekyll of the machine.
const jekyll = `deps = ARGV.shift
ENV["BUNDLE_PATH"] = deps + "/bundle" unless deps.empty?
exec(*(File.file?("Gemfile") ? %w[bundle exec jekyll] : %w[jekyll]), *ARGV)`

// Preset is the command of a known generator, as its documentation has it.
// The programs must be on the machine: Node.js and npm, Python and pip, mdBook, or
// Ruby and Bundler.
func Preset(name Generator) (Command, bool) {
	c, ok := map[Generator]Command{
		// Without its address MkDocs takes the site to be at the top of its host.
		MkDocs: {Argv: []string{"python3", "-m", "mkdocs", "build", "--config-file", ".docjobs-mkdocs.yml", "--site-dir", "{output}"},
			Files: map[string]string{".docjobs-mkdocs.yml": "INHERIT: \"{configfile}\"\nsite_url: \"{baseurl}\"\n"},
			Set:   python, Prepare: pip("requirements.txt"), Matches: []string{"mkdocs build", "python -m mkdocs build", "python3 -m mkdocs build"}},
		Sphinx: {Argv: []string{"python3", "-m", "sphinx", "-b", "dirhtml", "-d", "{output}/../doctrees", "{config}", "{output}"},
			Set: python, Prepare: pip("requirements.txt")},
		// The address of the site is a setting, for which there is no argument.
		Docusaurus: {Argv: []string{"node", "node_modules/@docusaurus/core/bin/docusaurus.mjs", "build", "--config", ".docjobs-docusaurus.config.mjs", "--out-dir", "{output}"},
			Files:   map[string]string{".docjobs-docusaurus.config.mjs": docusaurusConfig},
			Prepare: npm(), Set: map[string]string{"DOCUSAURUS_IGNORE_SSG_WARNINGS": "true"}},
		VitePress: {Argv: []string{"node", "node_modules/vitepress/bin/vitepress.js", "build", "{config}", "--outDir", "{output}", "--base", "{basepath}"}, Prepare: npm()},
		Astro: {Argv: []string{"node", "node_modules/astro/astro.js", "build", "--outDir", "{output}", "--site", "{baseurl}", "--base", "{basepath}"},
			Prepare: npm(), Set: map[string]string{"ASTRO_TELEMETRY_DISABLED": "1"}},
		MdBook: {Argv: []string{"mdbook", "build", "--dest-dir", "{output}"}},
		Jekyll: {Argv: []string{"ruby", "-e", jekyll, "{deps}", "build", "--destination", "{output}", "--baseurl", "{basepath}"},
			Prepare: &Prepare{Argv: []string{"env", "BUNDLE_PATH={deps}/bundle", "BUNDLE_FROZEN=true", "bundle", "install"}, Files: []string{"Gemfile.lock", "Gemfile"}}},
	}[name]
	return c, ok
}
