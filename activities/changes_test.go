package activities

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/docjobs/docjobs/engine/links"
	"github.com/docjobs/docjobs/engine/release"
	"github.com/docjobs/docjobs/job"
)

func TestWhatAReleaseWouldChange(t *testing.T) {
	t.Parallel()
	before := []release.File{{Path: "a.html", SHA256: "1"}, {Path: "b.html", SHA256: "1"}, {Path: "old/index.html", SHA256: "1"}, {Path: "x.css", SHA256: "1"}, {Path: "y.css", SHA256: "1"}}
	now := []release.File{{Path: "a.html", SHA256: "1"}, {Path: "b.html", SHA256: "2"}, {Path: "new.html", SHA256: "1"}, {Path: "x.css", SHA256: "2"}, {Path: "z.png", SHA256: "1"}}
	var c job.Changes
	compareFiles(&c, before, now)
	require.Equal(t, job.Changes{
		PagesAdded: 1, PagesChanged: 1, PagesRemoved: 1, OtherFiles: 3,
		Added: []string{"new.html"}, Changed: []string{"b.html"}, Removed: []string{"old/index.html"},
	}, c)
	require.Empty(t, c.Cut(0).Added)

	c = job.Changes{}
	compareFiles(&c, nil, now)
	require.Equal(t, 3, c.PagesAdded, "the first release adds everything")
	require.Equal(t, 2, c.OtherFiles)
}

func TestLinksThatBreakAndAreMended(t *testing.T) {
	t.Parallel()
	known := func(pages ...string) links.KnownTarget { return links.KnownTarget{Pages: pages} }
	before := &links.Baseline{Targets: map[string]links.KnownTarget{
		"/gone/": known("a.html", "b.html"), "/mended/": known("a.html"), "/all/": {Everywhere: true},
	}}
	now := &links.Baseline{Targets: map[string]links.KnownTarget{
		"/gone/": known("b.html", "c.html"), "/new/": known("a.html", "c.html"), "/all/": known("z.html"),
	}}
	fixed, n := brokenOnlyIn(before, now)
	require.Equal(t, []string{"/gone/", "/mended/"}, fixed)
	require.Equal(t, 2, n)
	broken, n := brokenOnlyIn(now, before)
	require.Equal(t, []string{"/gone/", "/new/"}, broken)
	require.Equal(t, 3, n)
	_, n = brokenOnlyIn(nil, now)
	require.Zero(t, n)
	_, n = brokenOnlyIn(now, nil)
	require.Equal(t, 5, n)
}
