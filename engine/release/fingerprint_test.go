package release

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFingerprinted(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"assets/stylesheets/main.6543a935.min.css",                                      // MkDocs Material
		"assets/js/runtime~main.3f2a1b4c.js",                                            // Docusaurus
		"assets/app.CkD3f9x_.js",                                                        // VitePress
		"assets/guide_setup.md.B2aQw-9Z.lean.js",                                        // VitePress
		"_astro/index-DiwrgTda.css",                                                     // Astro
		"css/site.0f3cb1d6a3c17d6ab2f0c1c5a2b3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5.css", // Hugo
		"static.files/main-a1b2c3d4e5f6.js",
	} {
		require.True(t, Fingerprinted(name), name)
	}
	for _, name := range []string{
		"index.html", "page-6543a935.html", "style.css", "report-20240101.pdf", "deadbeef.css", "feedface",
		"assets/bootstrap-carousel.js", "assets/logo-Carousel.png", "js/index-DiwrgTda.js", "dir_68267d1309a1af8e8297ef4c3efbb0cd.js",
		"assets/x-internat.js",
	} {
		require.False(t, Fingerprinted(name), name)
	}
}
