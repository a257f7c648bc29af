package hugo_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/engine/site"
	llsys "github.com/landlock-lsm/go-landlock/landlock/syscall"
)

// TestABuildTouchesNothingOutside tries what Hugo's own rules let through:
// bundlers that open files themselves, and caches with a place of their own.
func TestABuildTouchesNothingOutside(t *testing.T) {
	t.Parallel()
	if abi, err := llsys.LandlockGetABIVersion(); err != nil || abi < 1 {
		t.Skip("this kernel has no Landlock")
	}
	outside := t.TempDir()
	secret := filepath.Join(outside, "secret.txt")
	require.NoError(t, os.WriteFile(secret, []byte("TOPSECRET"), 0o644))
	picture, err := os.ReadFile(filepath.Join("testdata", "dot.png"))
	require.NoError(t, err)
	for name, files := range map[string]map[string]string{
		"js.Build imports a file": {
			"layouts/all.html": `{{ with resources.Get "m.js" | js.Build (dict "format" "esm" "loaders" (dict ".txt" "text")) }}{{ .Content | safeHTML }}{{ end }}`,
			"assets/m.js":      `import a from "` + secret + `"; console.log(a);`,
		},
		"css.Build refers to a file": {
			"layouts/all.html": `{{ with resources.Get "m.css" | css.Build (dict "loaders" (dict ".txt" "dataurl")) }}{{ .Content | safeHTML }}{{ end }}`,
			"assets/m.css":     `a{background:url("` + secret + `")}`,
		},
		"a cache elsewhere": {
			"hugo.toml":        "[caches.images]\ndir = '" + outside + "/cache'\nmaxAge = -1\n",
			"layouts/all.html": `{{ ((resources.Get "p.png").Resize "1x1").RelPermalink }}`,
			"assets/p.png":     string(picture),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := options(t, minimal, files)
			_, err := site.Build(t.Context(), o)
			if err == nil { // what it has written is in the folder that is /tmp for it
				require.Equal(t, "a cache elsewhere", name)
			} else {
				require.NotContains(t, err.Error(), "TOPSECRET")
				require.NoDirExists(t, o.Output)
			}
			left, err := os.ReadDir(outside)
			require.NoError(t, err)
			require.Len(t, left, 1, "nothing was written")
		})
	}
}
