package site

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// offline is what a generator says that has no network whatever its policy.
const offline = "there is no network in a build"

// maxMore bounds the faults after the first.
const maxMore = 49

var (
	// position is a place as Hugo writes it: "path:line:column", or without column.
	position = regexp.MustCompile(`"([^"\n]+?):(\d{1,9})(?::(\d{1,9}))?"`)
	// stream is how Hugo names a broken file in config/_default.
	stream   = regexp.MustCompile(`"([^"\n]+)": "_stream\.[a-z]+:(\d{1,9}:\d{1,9})"`)
	notFound = regexp.MustCompile(`\b(asciidoctor|pandoc|rst2html(?:\.py)?) not found in \$PATH`)
	missing  = regexp.MustCompile(`module "([^"\n]+)" not found`)
	denied   = regexp.MustCompile(`access denied: "([^"\n]*)" is not whitelisted in policy "(security\.[a-zA-Z.]+)"(; the current security configuration is:.*)?`)
)

// A placer knows the author's files behind Hugo's words; see setup.
type placer interface {
	place(file string, line int) (source string, sourceLine int, known bool)
	tidy(message string) (tidied, file string)
}

// parseHugo reads the faults in the error lines of Hugo's output, at least one.
func parseHugo(lines []string, at placer) (faults []*BuildError) {
	var seen []string
	summary := ""
	for _, line := range lines {
		message := strings.TrimSpace(strings.TrimPrefix(line, "ERROR "))
		message = strings.TrimPrefix(message, "error building site: ")
		if strings.Contains(message, "of template failed") { // Hugo blames whoever asked for templates first
			message = strings.TrimPrefix(message, "error copying static files: ")
		}
		if strings.HasPrefix(message, "logged ") {
			summary = message
			continue
		}
		if message != "" && !slices.Contains(seen, message) {
			seen = append(seen, message)
			faults = append(faults, parseFault(message, at))
		}
	}
	if len(faults) == 0 {
		faults = append(faults, &BuildError{Generator: Hugo, Message: "the generator failed, see its log: " + summary})
	}
	return faults
}

// parseFault finds the place of a fault, which is the last that a message
// names and its author wrote, and puts the author's paths into the message.
func parseFault(message string, at placer) *BuildError {
	e := &BuildError{Generator: Hugo, Fix: fixFor(message)}
	message = stream.ReplaceAllString(message, `"$1:$2"`)
	e.Message = position.ReplaceAllStringFunc(message, func(quoted string) string {
		m := position.FindStringSubmatch(quoted)
		if strings.Contains(m[1], "://") || m[3] == "" && !strings.Contains(m[1], "/") {
			return quoted // a port is no line
		}
		line, _ := strconv.Atoi(m[2])
		file, line, known := at.place(m[1], line)
		if known || e.File == "" && !strings.HasPrefix(file, "/") {
			e.File, e.Line, e.Column = file, line, 0
			e.Column, _ = strconv.Atoi(m[3])
		}
		text := file + ":" + strconv.Itoa(line)
		if m[3] != "" {
			text += ":" + m[3]
		}
		return strconv.Quote(text)
	})
	var file string
	if e.Message, file = at.tidy(e.Message); e.File == "" {
		e.File = file
	}
	e.Message = strings.TrimSpace(denied.ReplaceAllString(e.Message, `access denied: "$1" is not allowed by the policy $2`))
	return e
}

// fixFor says what to do about faults that builds here have and a build at
// the author's has not.
func fixFor(message string) string {
	if m := denied.FindStringSubmatch(message); m != nil {
		return fixForDenied(m[1], m[2])
	}
	m := missing.FindStringSubmatch(message)
	switch {
	case m == nil && strings.Contains(message, "failed to download modules"), m != nil && strings.Contains(m[1], "."):
		return fixModules
	case strings.Contains(message, offline):
		return fixRemote
	case m != nil:
		return "add the theme to the source (a git submodule is not fetched by itself), or name the folder that holds it"
	case strings.Contains(message, "Dart Sass"), strings.Contains(message, "dart-sass"):
		return "builds do not run Dart Sass: " + compiled + ", or ask the operator to install and allow sass"
	case strings.Contains(message, "need the extended version"), strings.Contains(message, "not available in your current Hugo version"):
		return "this needs the extended edition of Hugo, which is not the one here: " + compiled
	case notFound.MatchString(message):
		return "builds do not run " + notFound.FindStringSubmatch(message)[1] + ": write the page in Markdown, or ask the operator to allow it"
	}
	return ""
}

const (
	fixModules = `builds have no network: run "hugo mod vendor" and include the folder _vendor in the source`
	fixRemote  = `builds have no network: save what is at that address in the site's assets folder and use resources.Get`
	compiled   = `build once where it is and include the folder resources/_gen in the source`
)

func fixForDenied(name, policy string) string {
	switch {
	case policy == "security.exec.allow" && name == "go":
		return fixModules
	case policy == "security.exec.allow":
		return "builds do not run the program " + name + ": " + compiled + ", or ask the operator to allow it"
	case strings.HasPrefix(policy, "security.http"):
		return fixRemote
	}
	return ""
}
