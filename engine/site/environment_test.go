package site_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/engine/site"
)

func TestEnvironmentRefusesWhatSteersTheChild(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"", "lower", "1A", "A-B", "A=B", "A B", "É", "_A",
		"PATH", "HOME", "TMPDIR", "BASH_ENV", "LD_PRELOAD", "DYLD_INSERT_LIBRARIES", "NODE_OPTIONS",
		"GODEBUG", "GOPROXY", "GOMEMLIMIT", "GOFLAGS", "CGO_ENABLED", "GIT_SSH_COMMAND", "SSH_AUTH_SOCK",
		"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY",
		"HUGO_SECURITY", "HUGO_SECURITY_EXEC_ALLOW", "HUGOXSECURITYXEXECXALLOW", "HUGO__SECURITY",
		"HUGO_MODULE_PROXY", "HUGO_MODULE_REPLACEMENTS", "HUGO_CACHEDIR", "HUGO_CACHES_IMAGES_DIR", "HUGO_BASEURL",
		"HUGO_PUBLISHDIR", "HUGO_RESOURCEDIR", "HUGO_CONTENTDIR", "HUGO_THEMESDIR", "HUGO_WORKINGDIR", "HUGO_STATICDIR",
		"HUGO_LANGUAGES_EN_CONTENTDIR", "HUGO_LANGUAGES_EN_SECURITY_HTTP_URLS", "HUGO_THEME", "HUGO_MEMORYLIMIT",
		"HUGO_ENABLEGITINFO", "HUGO_BUILD_BUILDSTATS_ENABLE",
	} {
		var refused *site.EnvironmentError
		require.ErrorAs(t, site.CheckEnvironment(name, "x"), &refused, name)
		require.Equal(t, name, refused.Name)
		require.Contains(t, refused.Error(), "refused")
	}
	for _, name := range []string{"PACK_VERSION", "CI", "TZ", "GOOGLE_ANALYTICS_ID", "HUGO_PARAMS_COLOR", "HUGO_TITLE",
		"HUGO_ENV", "HUGO_ENVIRONMENT", "HUGO_BUILDDRAFTS", "A1"} {
		require.NoError(t, site.CheckEnvironment(name, "x"), name)
	}
	require.Error(t, site.CheckEnvironment("A", "x\x00"))
	require.Error(t, site.CheckEnvironment("A", strings.Repeat("x", 64<<10)))
}

func TestBuildRefusesTheEnvironmentBeforeItBegins(t *testing.T) {
	t.Parallel()
	o := script(t, "exit 0")
	o.Environment = map[string]string{"OK": "1", "LD_PRELOAD": "/evil.so"}
	_, err := site.Build(t.Context(), o)
	require.ErrorContains(t, err, `"LD_PRELOAD" is refused`)
	require.NoDirExists(t, filepath.Join(o.Work, "home"))
}

// TestTheChildsEnvironmentIsClean lets the child say all that it sees.
func TestTheChildsEnvironmentIsClean(t *testing.T) {
	t.Setenv("SECRET_OF_THE_PARENT", "leaked")
	t.Setenv("HTTPS_PROXY", "http://leaked.example.org")
	o := script(t, "export -p")
	o.Environment = map[string]string{"PACK_VERSION": "0.38.2"}
	var said strings.Builder
	o.Log = func(line string) { said.WriteString(line + "\n") }
	_, err := site.Build(t.Context(), o)
	require.NoError(t, err)
	require.NotContains(t, said.String(), "leaked")
	require.NotRegexp(t, `(?m)^(export|declare -x) PATH=`, said.String())
	require.Contains(t, said.String(), "PACK_VERSION")
	require.Contains(t, said.String(), "GOPROXY=")
}
