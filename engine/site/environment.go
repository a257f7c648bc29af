package site

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const (
	maxVariables     = 100
	maxVariableBytes = 32 << 10
)

var (
	variableName = regexp.MustCompile(`^[A-Z][A-Z0-9_]*$`)

	// reserved are names that steer the child, the programs that it may run,
	// or this program.
	reserved = regexp.MustCompile(`^(PATH|HOME|TMPDIR|TMP|TEMP|SHELL|IFS|ENV|BASH_ENV|CDPATH` +
		`|(LD|DYLD|GIT|SSH|NODE|NPM|XDG|DOCJOBS|TEMPORAL)_.*|.*_PROXY)$`)

	// golang are the settings of Go's runtime and tools.
	golang = regexp.MustCompile(`^(GO|CGO)`)

	// hugoName is a name that Hugo takes as a setting in the ordinary way.
	// "HUGO" with another delimiter is one as well: HUGOxSECURITY.
	hugoName = regexp.MustCompile(`^HUGO_[A-Z]`)

	// hugoOurs are settings of Hugo that say where it reads and writes, and
	// what it may do; they beat the command line.
	hugoOurs = regexp.MustCompile(`^HUGO_(SECURITY|MODULE|CACHE|BASEURL|THEME|BUILD(_|$)|ENABLEGITINFO|ENABLEINLINESHORTCODES` +
		`|MEMORYLIMIT|NUMWORKERMULTIPLIER|IGNOREVENDOR|IGNORELOGS|IGNOREERRORS|FILE_|LANGUAGES|[A-Z]+DIRS?(_|$))`)
)

// CheckEnvironment says with an *EnvironmentError why a variable may not be
// in [BuildOptions.Environment]: its name must be of capital letters, digits
// and underscores and must not be one that steers the generator. Hugo's
// HUGO_PARAMS_…, HUGO_TITLE and the like are welcome; HUGO_ENABLEGITINFO is
// not, because a build turns that on only where it can work.
func CheckEnvironment(name, value string) error {
	refuse := func(reason string) error { return &EnvironmentError{name, reason} }
	switch {
	case !variableName.MatchString(name):
		return refuse("a name has capital letters, digits and underscores and starts with a letter")
	case strings.ContainsRune(value, 0):
		return refuse("its value contains a NUL byte")
	case len(name)+len(value) > maxVariableBytes:
		return refuse(fmt.Sprintf("it is longer than %d bytes", maxVariableBytes))
	case reserved.MatchString(name), golang.MatchString(name) && !strings.HasPrefix(name, "GOOGLE_"):
		return refuse("it is reserved for the worker; choose another name")
	case strings.HasPrefix(name, "HUGO") && !hugoName.MatchString(name), hugoOurs.MatchString(name):
		return refuse("this setting of Hugo is made by the worker; leave it out")
	}
	return nil
}

func checkEnvironment(env map[string]string) error {
	if len(env) > maxVariables {
		return &EnvironmentError{"…", fmt.Sprintf("there are more than %d variables", maxVariables)}
	}
	for _, name := range slices.Sorted(maps.Keys(env)) {
		if err := CheckEnvironment(name, env[name]); err != nil {
			return err
		}
	}
	return nil
}

// variables are what the source and the job set; the job wins.
func (s *setup) variables() map[string]string { return merged(s.found.Env, s.o.Environment) }

// environment is all that the child sees. Ours comes last and wins.
func (s *setup) environment() []string {
	env := []string{"TZ=UTC"} // a build does not depend on where it is made
	variables := s.variables()
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		env = append(env, name+"="+variables[name])
	}
	in := func(name string) string { return filepath.Join(s.o.Work, name) }
	env = append(env, "HOME="+in("home"), "TMPDIR="+in("tmp"),
		"HUGO_CACHEDIR="+in("cache"), "HUGO_RESOURCEDIR="+in("resources"), "HUGO_BASEURL="+s.o.BaseURL,
		"HUGO_SECURITY="+policy(s.o.Tools), "HUGO_MODULE_PROXY=off", "GOPROXY=off", "GOTOOLCHAIN=local", "GOFLAGS=-mod=mod",
		// Both would write into the source.
		"HUGO_NOBUILDLOCK=true", "HUGO_BUILD_BUILDSTATS_ENABLE=false", "HUGO_BUILD_WRITESTATS=false", "HUGO_BUILD_NOJSCONFIGINASSETS=true")
	if len(s.o.Tools) > 0 {
		env = append(env, "PATH="+strings.Join(append(slices.Clone(s.o.ToolFolders), os.Getenv("PATH")), string(os.PathListSeparator)))
	}
	if v := os.Getenv("GOMAXPROCS"); v != "" {
		env = append(env, "GOMAXPROCS="+v)
	}
	if !s.git {
		env = append(env, "HUGO_ENABLEGITINFO=false")
	}
	env = append(env, s.theme...)
	return append(env, memorySettings(s.o.Limits.MemoryBytes)...)
}

// memorySettings keeps the collector below the limit and Hugo's caches below
// half of it.
func memorySettings(limit int64) []string {
	if limit <= 0 {
		return nil
	}
	gigabytes := strconv.FormatFloat(float64(limit)/2/(1<<30), 'f', 3, 64)
	return []string{"HUGO_MEMORYLIMIT=" + gigabytes, "GOMEMLIMIT=" + strconv.FormatInt(limit/10*9, 10)}
}

// policy is Hugo's security configuration, which beats the site's own because
// it comes from the environment (https://gohugo.io/configuration/security/).
// It is one object because Hugo reads a list only in one or where the site
// has a list, too. Templates may read every variable but ours: they see the
// job's, and nothing else is there.
func policy(tools []string) string {
	allow := []string{"none"}
	if len(tools) > 0 {
		quoted := make([]string, len(tools))
		for i, tool := range tools {
			quoted[i] = regexp.QuoteMeta(tool)
		}
		allow = []string{"^(" + strings.Join(quoted, "|") + ")$"}
	}
	type object map[string]any
	text, _ := json.Marshal(object{ // strings only: cannot fail
		"exec":  object{"allow": allow, "osenv": []string{"^(PATH|HOME|TMPDIR|GOPROXY|GOTOOLCHAIN|GOFLAGS)$"}},
		"funcs": object{"getenv": []string{"! (?i)^(PATH|HOME|TMPDIR|(GO|CGO)[^_]*|HUGO_(SECURITY|CACHEDIR|RESOURCEDIR|MODULE|THEME|MEMORY).*)$"}},
		"http":  object{"urls": []string{"none"}, "methods": []string{"none"}},
	})
	return string(text)
}
